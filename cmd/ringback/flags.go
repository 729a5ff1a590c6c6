package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/document"
)

// A choice is the value of a flag that takes one of a few words.
type enumFlag struct {
	word  *string
	words []string
}

// choose adds a flag that takes one of a few words, of which the first is the default.
func choose(flags *pflag.FlagSet, word *string, name, usage string, words ...string) {
	*word = words[0]
	flags.Var(&enumFlag{word, words}, name, usage)
}

func (c *enumFlag) String() string { return *c.word }

func (c *enumFlag) Type() string { return "string" }

func (c *enumFlag) Set(text string) error {
	if err := c.takes(text); err != nil {
		return err
	}
	*c.word = text
	return nil
}

func (c *enumFlag) takes(text string) error {
	if !slices.Contains(c.words, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(c.words, ", "))
	}
	return nil
}

// A selective value can tell what it takes without being set. Flags of one name
// take different values in different commands (fail-on), so a setting for all
// commands holds for those that take it.
type selective interface{ takes(text string) error }

// A checkedList is a repeatable flag that refuses a text right away.
type checkedList struct {
	pflag.Value
	pflag.SliceValue
	check func(text string) error
}

// checkTexts makes a repeatable flag refuse what a check complains about.
func checkTexts(f *pflag.Flag, check func(string) error) {
	f.Value = &checkedList{f.Value, f.Value.(pflag.SliceValue), check}
}

func (l *checkedList) takes(text string) error { return l.check(text) }

func (l *checkedList) Set(text string) error {
	if err := l.check(text); err != nil {
		return err
	}
	return l.Value.Set(text)
}

// taken are the texts that a flag takes, as far as it can tell.
func taken(f *pflag.Flag, texts ...string) []string {
	s, ok := f.Value.(selective)
	if !ok {
		return texts
	}
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return s.takes(text) != nil })
}

// isForOthers reports whether a text is for the flags of the same name of other
// commands: that of this command refuses it, and another one does not.
func isForOthers(f *pflag.Flag, all []setting, text string) bool {
	return len(taken(f, text)) == 0 && slices.ContainsFunc(all, func(s setting) bool {
		return s.flag.Name == f.Name && len(taken(s.flag, text)) == 1
	})
}

// A lookup finds a variable of the environment, as os.LookupEnv does.
type lookup = func(name string) (text string, found bool)

// fromEnvironment sets the flags that were not given from variables such as
// RINGBACK_FAIL_ON. What only other commands take, by all the settings there
// are, is left to them.
func fromEnvironment(flags *pflag.FlagSet, all []setting, lookup lookup) error {
	var failed []error
	flags.VisitAll(func(f *pflag.Flag) {
		if onCommandLineOnly(f) {
			failed = append(failed, rejectVariable(f, lookup))
			return
		}
		if f.Changed || f.Name == "help" || f.Name == "version" { // they ask, and set nothing
			return
		}
		name, text, found, err := variable(f, lookup)
		if err == nil && found && !isForOthers(f, all, text) {
			err = assign(f, name, text)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("read %s: %w", name, err))
		}
	})
	known := func(name string) bool { return flags.Lookup(name) != nil }
	for _, name := range slices.Sorted(maps.Keys(renamedFlags())) {
		renamed := renamedTo(name, known)
		_, found := lookup(variableOf(name))
		if found && renamed != "" && !slices.ContainsFunc(all, func(s setting) bool { return s.flag.Name == name }) {
			failed = append(failed, fmt.Errorf("unknown variable %s; it is now %s", variableOf(name), variableOf(renamed)))
		}
	}
	return errors.Join(failed...)
}

// variableOf is the variable of the flag with a name.
func variableOf(name string) string {
	return "RINGBACK_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// variable finds what the environment says of a flag. The variable of a secret
// may end in _FILE, and then names a file that holds it.
func variable(f *pflag.Flag, lookup lookup) (name, text string, found bool, err error) {
	name = variableOf(f.Name)
	text, found = lookup(name)
	path, named := lookup(name + "_FILE")
	if found || !named || !isSecret(f) {
		return name, text, found, nil
	}
	name += "_FILE"
	content, err := os.ReadFile(path)
	if err != nil {
		return "the file of " + name, "", false, reason(err)
	}
	return name, strings.TrimRight(string(content), "\r\n"), true, nil
}

// assign gives a flag its value, of a repeatable flag all its values, from
// elsewhere than the command line, and keeps where that is.
func assign(f *pflag.Flag, origin string, texts ...string) error {
	var err error
	if list, ok := f.Value.(pflag.SliceValue); ok {
		err = list.Replace(texts) // Set would add to what an earlier assign gave
	} else {
		err = f.Value.Set(texts[0])
	}
	if err != nil {
		return rejection(err)
	}
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[originFlag] = []string{origin}
	return nil
}

// originFlag is where a value is from that stood not on the command line.
const originFlag = "origin"

// originOf says where the value of a flag is from: "flag", the name of a
// variable, "ringback.yaml:3", or "default".
func originOf(f *pflag.Flag) string {
	switch origin := f.Annotations[originFlag]; {
	case f.Changed:
		return "flag"
	case len(origin) > 0:
		return origin[0]
	}
	return "default"
}

// rejection words why a flag refuses a text.
func rejection(err error) error {
	var number *strconv.NumError
	switch {
	case !errors.As(err, &number):
		return err
	case number.Func == "ParseBool":
		return fmt.Errorf("%q is neither true nor false", number.Num)
	case errors.Is(number, strconv.ErrRange):
		return fmt.Errorf("%s is out of range", number.Num)
	}
	return fmt.Errorf("%q is no whole number", number.Num)
}

// commandLineFlag marks flags that are given on the command line alone: what runs a
// command must not come with a folder or an environment.
const commandLineFlag = "command line"

func onCommandLineOnly(f *pflag.Flag) bool { return f.Annotations[commandLineFlag] != nil }

// refuseVariable is the error of a variable that would set such a flag; nil if there is none.
func rejectVariable(f *pflag.Flag, lookup lookup) error {
	for _, name := range []string{variableOf(f.Name), variableOf(f.Name) + "_FILE"} {
		if _, found := lookup(name); found {
			return fmt.Errorf("read %s: --%s runs a command, and is taken from the command line only; unset the variable", name, f.Name)
		}
	}
	return nil
}

// secretFlag marks flags whose value is never shown, and whose variable may
// name a file that holds it: RINGBACK_SECRET_FILE.
const secretFlag = "secret"

func isSecret(f *pflag.Flag) bool { return f.Annotations[secretFlag] != nil }

func secretFlags(c *cobra.Command) {
	for _, name := range []string{"secret", "bearer", "header", "handshake-value"} {
		c.Flags().Lookup(name).Annotations = map[string][]string{secretFlag: {}}
	}
}

// renamedFlags are flags by their old names. Of several new names, the first that the
// command has is meant.
func renamedFlags() map[string][]string {
	return map[string][]string{
		"addr": {"listen"}, "control": {"control-listen", "server"}, "listen": {"server"}, "event": {"type"}, "form": {"variant"},
		"people": {"first-user"}, "strict-answers": {"strict-responses"}, "tls": {"server"}, "windows": {"service-window"},
	}
}

// renamedTo is the new name of a flag, among those that are known; "" if it was not renamed.
func renamedTo(name string, known func(name string) bool) string {
	for _, renamed := range renamedFlags()[name] {
		if known(renamed) {
			return renamed
		}
	}
	return ""
}

// flagError words a flag that is unknown or has a wrong value.
func flagError(c *cobra.Command, err error) error {
	if value, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("read --%s: %w", value.GetFlag().Name, rejection(value.Unwrap()))
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("read the command line: %w; `%s -h` lists the flags", err, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	if renamed := renamedTo(unknown.GetSpecifiedName(), func(name string) bool { return c.Flags().Lookup(name) != nil }); renamed != "" {
		return fmt.Errorf("unknown flag --%s; it is now --%s", unknown.GetSpecifiedName(), renamed)
	}
	name := "--" + unknown.GetSpecifiedName()
	return fmt.Errorf("read the command line: %s has no flag %s; %s", c.CommandPath(), name, document.OneOf(name, names))
}
