package settings

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/cli"
)

// taken are the texts that a flag accepts.
func taken(f *pflag.Flag, texts ...string) []string {
	s, ok := f.Value.(cli.Selective)
	if !ok {
		return texts
	}
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return s.Takes(text) != nil })
}

// isForOthers reports whether a text is for the flags of the same name of other
// commands: the flag of this command rejects it, and another one accepts it.
func isForOthers(f *pflag.Flag, all []Setting, text string) bool {
	return len(taken(f, text)) == 0 && slices.ContainsFunc(all, func(s Setting) bool {
		return s.Flag.Name == f.Name && len(taken(s.Flag, text)) == 1
	})
}

// FromEnvironment sets the flags that were not given from variables such as
// RINGBACK_FAIL_ON. What only other commands take, by all the settings there
// are, is left to them.
func FromEnvironment(flags *pflag.FlagSet, all func() []Setting, lookup cli.Lookup) error {
	var failed []error
	flags.VisitAll(func(f *pflag.Flag) {
		if cli.OnCommandLineOnly(f) {
			failed = append(failed, rejectVariable(f, lookup))
			return
		}
		if f.Changed || f.Name == "help" || f.Name == "version" { // they are not settings
			return
		}
		name, text, found, err := variable(f, lookup)
		if err == nil && found && !isForOthers(f, all(), text) {
			err = assign(f, name, text)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("read %s: %w", name, err))
		}
	})
	known := func(name string) bool { return flags.Lookup(name) != nil }
	for _, name := range slices.Sorted(maps.Keys(cli.RenamedFlags())) {
		renamed := cli.RenamedTo(name, known)
		_, found := lookup(Variable(name))
		if found && renamed != "" && !slices.ContainsFunc(all(), func(s Setting) bool { return s.Flag.Name == name }) {
			failed = append(failed, fmt.Errorf("unknown variable %s; it is now %s", Variable(name), Variable(renamed)))
		}
	}
	return errors.Join(failed...)
}

// Variable is the variable of the flag with a name.
func Variable(name string) string {
	return "RINGBACK_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// variable finds the variable of a flag. The variable of a secret
// may end in _FILE, and then names a file that holds it.
func variable(f *pflag.Flag, lookup cli.Lookup) (name, text string, found bool, err error) {
	name = Variable(f.Name)
	text, found = lookup(name)
	path, named := lookup(name + "_FILE")
	if found || !named || !cli.IsSecret(f) {
		return name, text, found, nil
	}
	name += "_FILE"
	content, err := os.ReadFile(path)
	if err != nil {
		return "the file of " + name, "", false, cli.Cause(err)
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
		return cli.Rejection(err)
	}
	if f.Annotations == nil {
		f.Annotations = map[string][]string{}
	}
	f.Annotations[originFlag] = []string{origin}
	return nil
}

// originFlag is where a value is from that stood not on the command line.
const originFlag = "origin"

// Origin is the origin of a flag's value: "flag", the name of a
// variable, "ringback.yaml:3", or "default".
func Origin(f *pflag.Flag) string {
	switch origin := f.Annotations[originFlag]; {
	case f.Changed:
		return "flag"
	case len(origin) > 0:
		return origin[0]
	}
	return "default"
}

// rejectVariable is the error of a variable that would set such a flag; nil if there is none.
func rejectVariable(f *pflag.Flag, lookup cli.Lookup) error {
	for _, name := range []string{Variable(f.Name), Variable(f.Name) + "_FILE"} {
		if _, found := lookup(name); found {
			return fmt.Errorf("read %s: --%s runs a command, which only the command line may set; unset the variable", name, f.Name)
		}
	}
	return nil
}
