package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// An EnumFlag is the value of a flag that takes one of a few words.
type EnumFlag struct {
	word  *string
	Words []string
}

// Enum adds a flag that takes one of a few words, of which the first is the default.
func Enum(flags *pflag.FlagSet, word *string, name, usage string, words ...string) {
	*word = words[0]
	flags.Var(&EnumFlag{word, words}, name, usage)
}

func (c *EnumFlag) String() string { return *c.word }

func (c *EnumFlag) Type() string { return "string" }

func (c *EnumFlag) Set(text string) error {
	if err := c.Takes(text); err != nil {
		return err
	}
	*c.word = text
	return nil
}

func (c *EnumFlag) Takes(text string) error {
	if !slices.Contains(c.Words, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(c.Words, ", "))
	}
	return nil
}

// A Selective value checks a text without being set. Flags of one name
// take different values in different commands (fail-on), so a setting for all
// commands holds for those that take it.
type Selective interface{ Takes(text string) error }

// A checkedList is a repeatable flag that checks each value when it is set.
type checkedList struct {
	pflag.Value
	pflag.SliceValue
	check func(text string) error
}

// CheckTexts makes a repeatable flag reject values that fail a check.
func CheckTexts(f *pflag.Flag, check func(string) error) {
	f.Value = &checkedList{f.Value, f.Value.(pflag.SliceValue), check}
}

func (l *checkedList) Takes(text string) error { return l.check(text) }

func (l *checkedList) Set(text string) error {
	if err := l.check(text); err != nil {
		return err
	}
	return l.Value.Set(text)
}

// Rejection is the reason why a flag rejects a value.
func Rejection(err error) error {
	var number *strconv.NumError
	switch {
	case !errors.As(err, &number):
		return err
	case number.Func == "ParseBool":
		return fmt.Errorf("%q is neither true nor false", number.Num)
	case errors.Is(number, strconv.ErrRange):
		return fmt.Errorf("%s is out of range", number.Num)
	}
	return fmt.Errorf("%q is not a whole number", number.Num)
}

// CommandLineFlag marks flags that are given on the command line alone: what runs a
// command must not come with a folder or an environment.
const CommandLineFlag = "command line"

func OnCommandLineOnly(f *pflag.Flag) bool { return f.Annotations[CommandLineFlag] != nil }

// SecretFlag marks flags whose value is never shown, and whose variable may
// name a file that holds it: RINGBACK_SECRET_FILE.
const SecretFlag = "secret"

func IsSecret(f *pflag.Flag) bool { return f.Annotations[SecretFlag] != nil }

func SecretFlags(c *cobra.Command) {
	for _, name := range []string{"secret", "bearer", "header", "handshake-value"} {
		c.Flags().Lookup(name).Annotations = map[string][]string{SecretFlag: {}}
	}
}

// RenamedFlags are flags by their old names. Of several new names, the first that the
// command has is meant.
func RenamedFlags() map[string][]string {
	return map[string][]string{
		"addr": {"listen"}, "control": {"control-listen", "server"}, "listen": {"server"}, "event": {"type"}, "form": {"variant"},
		"people": {"first-user"}, "strict-answers": {"strict-responses"}, "tls": {"server"}, "windows": {"service-window"},
	}
}

// RenamedTo is the new name of a flag, among those that are known; "" if it was not renamed.
func RenamedTo(name string, known func(name string) bool) string {
	for _, renamed := range RenamedFlags()[name] {
		if !known(name) && known(renamed) {
			return renamed
		}
	}
	return ""
}

// FlagError is the error of an unknown flag or an invalid value.
func FlagError(c *cobra.Command, err error) error {
	if value, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Errorf("read --%s: %w", value.GetFlag().Name, Rejection(value.Unwrap()))
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("read the command line: %w; `%s -h` lists the flags", err, c.CommandPath())
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	if renamed := RenamedTo(unknown.GetSpecifiedName(), func(name string) bool { return c.Flags().Lookup(name) != nil }); renamed != "" {
		return fmt.Errorf("unknown flag --%s; it is now --%s", unknown.GetSpecifiedName(), renamed)
	}
	name := "--" + unknown.GetSpecifiedName()
	return fmt.Errorf("read the command line: %s has no flag %s; %s", c.CommandPath(), name, document.OneOf(name, names))
}

// A Lookup finds a variable of the environment, as os.LookupEnv does.
type Lookup = func(name string) (text string, found bool)

// DefaultConfig is read from the working folder if it is there.
const DefaultConfig = "ringback.yaml"
