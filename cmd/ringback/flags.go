package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/document"
)

// A choice is the value of a flag that takes one of a few words.
type choice struct {
	word  *string
	words []string
}

// choose adds a flag that takes one of a few words, of which the first is the default.
func choose(flags *pflag.FlagSet, word *string, name, usage string, words ...string) {
	*word = words[0]
	flags.Var(&choice{word, words}, name, usage)
}

func (c *choice) String() string { return *c.word }

func (c *choice) Type() string { return "string" }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.words, text) {
		return fmt.Errorf("%q is none of %s", text, strings.Join(c.words, ", "))
	}
	*c.word = text
	return nil
}

// fromEnvironment sets the flags that were not given from variables such as
// RINGBACK_FAIL_ON.
func fromEnvironment(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "RINGBACK_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		text, ok := lookup(name)
		if path, named := lookup(name + "_FILE"); named && !ok && f.Annotations[secretFlag] != nil && !f.Changed {
			name += "_FILE"
			content, err := os.ReadFile(path)
			if err != nil {
				failed = errors.Join(failed, fmt.Errorf("read the file of %s: %w", name, reason(err)))
				return
			}
			text, ok = strings.TrimRight(string(content), "\r\n"), true
		}
		if ok && !f.Changed {
			if err := f.Value.Set(text); err != nil {
				failed = errors.Join(failed, fmt.Errorf("read %s: %w", name, err))
			}
		}
	})
	return failed
}

// secretFlag marks flags whose variable may name a file that holds the value:
// RINGBACK_SECRET_FILE.
const secretFlag = "secret"

func secretFlags(c *cobra.Command) {
	for _, name := range []string{"secret", "bearer"} {
		c.Flags().Lookup(name).Annotations = map[string][]string{secretFlag: {}}
	}
}

// flagError words a flag that is unknown or has a wrong value.
func flagError(c *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	if errors.As(err, &value) {
		return fmt.Errorf("read --%s: %w", value.GetFlag().Name, value.Unwrap())
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("read the command line: %w; `%s -h` lists the flags", err, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	name := "--" + unknown.GetSpecifiedName()
	return fmt.Errorf("read the command line: %s has no flag %s; %s", c.CommandPath(), name, document.OneOf(name, names))
}
