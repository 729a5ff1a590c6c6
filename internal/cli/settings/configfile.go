// Package settings sets flags that the command line leaves out: from the environment, and
// from ringback.yaml.
package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/suggest"
	"github.com/ringback-dev/ringback/internal/cli"
)

// A Setting is a flag of a command that a file can set.
type Setting struct {
	command *cobra.Command
	Flag    *pflag.Flag
}

// Apply gives the flags of a command that were not given on the command line
// their values: from the environment, then from the file of --config. Commands
// that only print help do without the file, so that an invalid file hides no help.
func Apply(c *cobra.Command, lookup cli.Lookup) error {
	c.LocalFlags() // adds those of the commands above to c.Flags
	var err error
	switch {
	case isOurs(c) && !c.HasSubCommands():
		err = fromConfig(c, lookup)
	case c.Name() == cobra.ShellCompRequestCmd:
		_ = fromConfig(c, lookup) // errors are reported when the line is run
	}
	return errors.Join(err, FromEnvironment(c.Flags(), func() []Setting { return Of(c.Root()) }, lookup))
}

// isOurs reports whether a command is not one that cobra adds.
func isOurs(c *cobra.Command) bool {
	for ; c.HasParent(); c = c.Parent() {
		if slices.Contains([]string{"help", "completion", cobra.ShellCompRequestCmd}, c.Name()) {
			return false
		}
	}
	return true
}

// PathOf are the names that lead from the root to a command.
func PathOf(c *cobra.Command) []string { return strings.Fields(c.CommandPath())[1:] }

// Below are the commands of ours right below one.
func Below(c *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(c.Commands()), func(b *cobra.Command) bool { return !isOurs(b) })
}

// Of are the settings of a command, by name; of a command that holds
// others, those of all of them.
func Of(c *cobra.Command) []Setting {
	var all []Setting
	for _, b := range Below(c) {
		all = append(all, Of(b)...)
	}
	if len(all) == 0 {
		c.LocalFlags() // adds those of the commands above to c.Flags
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != "help" && f.Name != "config" && !cli.OnCommandLineOnly(f) { // a file does not name another
				all = append(all, Setting{c, f})
			}
		})
	}
	slices.SortStableFunc(all, func(a, b Setting) int { return strings.Compare(a.Flag.Name, b.Flag.Name) })
	return all
}

// fromConfig sets flags from the file of --config, all of which has to be right.
func fromConfig(c *cobra.Command, lookup cli.Lookup) error {
	named := c.Flags().Lookup("config")
	only := pflag.NewFlagSet("", pflag.ContinueOnError)
	only.AddFlag(named)
	if err := FromEnvironment(only, noSettings, lookup); err != nil {
		return err
	}
	config, err := openConfig(named)
	if err != nil {
		return err
	}
	if err := config.check(&config.Root, c.Root()); err != nil {
		return err
	}
	return config.fill(c)
}

// noSettings are the settings of no command.
func noSettings() []Setting { return nil }

// A configFile is ringback.yaml: values by the names of flags, and under the
// name of a command those that hold for it, or those below it, only.
type configFile struct{ *document.File }

// openConfig reads the file that a flag names. An empty name is an empty file,
// and so is the default one if it does not exist. The error of a file that can't be read
// is a [cli.ExitError] with ExitEnvironment, of an invalid one a *[document.Error].
func openConfig(named *pflag.Flag) (configFile, error) {
	name := named.Value.String()
	empty := configFile{&document.File{Name: name, Root: document.Node{Kind: document.Object}}}
	if name == "" {
		return empty, nil
	}
	source, err := os.ReadFile(name)
	switch {
	case errors.Is(err, os.ErrNotExist) && Origin(named) == "default":
		return empty, nil
	case err != nil:
		return empty, cli.Exit(cli.ExitEnvironment, fmt.Errorf("read the settings in %s: %w", name, cli.Cause(err)))
	case saysNothing(source):
		return empty, nil
	}
	file, err := document.ReadYAML(name, source)
	return configFile{file}, err
}

// saysNothing reports whether a file holds only comments: one to begin with.
func saysNothing(source []byte) bool {
	for line := range bytes.Lines(source) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' {
			return false
		}
	}
	return true
}

// check reports everything in a mapping that no command accepts: of
// the root in the whole file, of another command in the mapping under its name.
func (f configFile) check(n *document.Node, c *cobra.Command) error {
	if n.Kind != document.Object {
		return f.Errorf(n, "expected a mapping with settings of %s, found %s", c.CommandPath(), found(n))
	}
	known, commands := Of(c), Below(c)
	var problems []error
	for i := range n.Members {
		m := &n.Members[i]
		takers := slices.DeleteFunc(slices.Clone(known), func(s Setting) bool { return s.Flag.Name != m.Key })
		at := slices.IndexFunc(commands, func(b *cobra.Command) bool { return b.Name() == m.Key })
		switch {
		case at >= 0 && (m.Value.Kind == document.Object || len(takers) == 0):
			problems = append(problems, f.check(&m.Value, commands[at]))
		case len(takers) == 0:
			problems = append(problems, f.unknown(m, known, commands, c))
		default:
			problems = append(problems, f.fits(m, takers))
		}
	}
	return errors.Join(problems...)
}

// fits reports a value that no setting of a name accepts; those
// of several commands may differ in kind and in what they take.
func (f configFile) fits(m *document.Member, takers []Setting) error {
	var first error
	for _, s := range takers {
		err := f.suits(s, m)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// suits reports a value that a setting does not accept.
func (f configFile) suits(s Setting, m *document.Member) error {
	texts, err := f.texts(s, &m.Value)
	if err != nil {
		return err
	}
	for _, text := range texts {
		if selective, ok := s.Flag.Value.(cli.Selective); ok {
			err = selective.Takes(text)
		} else if s.Flag.Value.Type() == "int" {
			_, err = strconv.ParseInt(text, 0, 64)
		}
		if err != nil {
			return f.rejected(s, m, cli.Rejection(err))
		}
	}
	return nil
}

func (f configFile) rejected(s Setting, m *document.Member, err error) error {
	return f.Errorf(&m.Value, "read %s for %s: %v", s.Flag.Name, s.command.CommandPath(), err)
}

// unknown reports a key that neither a setting of a command nor a
// command below it has as its name.
func (f configFile) unknown(m *document.Member, known []Setting, commands []*cobra.Command, c *cobra.Command) error {
	key := document.Node{Start: m.KeyStart}
	if hasCommandLineFlag(c, m.Key) {
		return f.Errorf(&key, "setting %s runs a command, which only the command line may set; remove it, and set --%s", m.Key, m.Key)
	}
	var names []string
	for _, s := range known {
		names = append(names, s.Flag.Name)
	}
	if renamed := cli.RenamedTo(m.Key, func(name string) bool { return slices.Contains(names, name) }); renamed != "" {
		return f.Errorf(&key, "unknown setting %s; it is now %s", m.Key, renamed)
	}
	for _, b := range commands {
		names = append(names, b.Name())
	}
	hint := suggest.Hint(m.Key, names)
	if hint == "" {
		path := PathOf(c)
		if len(commands) > 0 {
			path = append(path, "COMMAND")
		}
		hint = fmt.Sprintf("`ringback config show %s` lists the settings", strings.Join(path, " "))
	}
	return f.Errorf(&key, "%s has no setting %s; %s", c.CommandPath(), document.Quote(document.Shorten(m.Key, 40)), hint)
}

// hasCommandLineFlag reports whether a command, or one below it, takes a flag from the
// command line alone.
func hasCommandLineFlag(c *cobra.Command, name string) bool {
	flag := c.Flags().Lookup(name)
	return flag != nil && cli.OnCommandLineOnly(flag) || slices.ContainsFunc(Below(c), func(b *cobra.Command) bool { return hasCommandLineFlag(b, name) })
}

// fill sets the flags of a command that were not given. What stands under the
// command's own name goes before what stands further out.
func (f configFile) fill(c *cobra.Command) error {
	values := map[string]*document.Member{}
	level := &f.Root
	for _, name := range append(PathOf(c), "") { // the last level has none below that counts
		for i := range level.Members {
			if m := &level.Members[i]; m.Value.Kind != document.Object {
				values[m.Key] = m
			}
		}
		if level = level.Get(name); level == nil {
			break
		}
	}
	var problems []error
	for _, s := range Of(c) {
		if m := values[s.Flag.Name]; m != nil && !s.Flag.Changed {
			problems = append(problems, f.set(s, m))
		}
	}
	return errors.Join(problems...)
}

func (f configFile) set(s Setting, m *document.Member) error {
	texts, err := f.texts(s, &m.Value)
	if err != nil {
		return err
	}
	given := len(texts)
	if texts = taken(s.Flag, texts...); len(texts) == 0 && given > 0 {
		return nil // check found another command that takes them
	}
	line, _ := document.Position(f.Source, m.KeyStart)
	if err := assign(s.Flag, fmt.Sprintf("%s:%d", f.Name, line), texts...); err != nil {
		return f.rejected(s, m, err)
	}
	return nil
}

// texts are what a value gives a setting: one, or of a repeatable flag any
// number. Paths are taken from the folder of the file.
func (f configFile) texts(s Setting, n *document.Node) ([]string, error) {
	kinds, words := kindsOf(s.Flag)
	items := []document.Node{*n}
	if repeatable(s.Flag) {
		words += " or a list of texts"
		if n.Kind == document.Array {
			items = n.Items
		}
	}
	texts := make([]string, 0, len(items))
	for i := range items {
		item := &items[i]
		if !slices.Contains(kinds, item.Kind) {
			return nil, f.Errorf(item, "read %s for %s: expected %s, found %s", s.Flag.Name, s.command.CommandPath(), words, found(item))
		}
		text := item.Text
		if IsPath(s.Flag) && text != "" && text != "-" && !filepath.IsAbs(text) {
			text = filepath.Join(filepath.Dir(f.Name), text)
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// kindsOf are the kinds of one value of a flag, and what they are called. A
// text may be written as a number: a seed, a status.
func kindsOf(f *pflag.Flag) (kinds []document.Kind, words string) {
	switch f.Value.Type() {
	case "bool":
		return []document.Kind{document.Bool}, "true or false"
	case "int":
		return []document.Kind{document.Number}, "a whole number"
	}
	return []document.Kind{document.String, document.Number}, "a text"
}

func repeatable(f *pflag.Flag) bool {
	_, list := f.Value.(pflag.SliceValue)
	return list
}

// IsPath reports whether a flag takes a path, by what its usage calls the value.
func IsPath(f *pflag.Flag) bool {
	name, _ := pflag.UnquoteUsage(f)
	return name == "FILE" || name == "DIR"
}

// found names a value that was not expected. What is in a list or a mapping is
// not shown: it may be a misplaced secret.
func found(n *document.Node) string {
	switch n.Kind {
	case document.Array:
		return "a list"
	case document.Object:
		return "a mapping"
	}
	return n.Describe()
}
