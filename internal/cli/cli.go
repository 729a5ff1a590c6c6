// Package cli is what the commands share: streams, exit codes, flags, endpoints, tapes and
// what they print.
package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// The exit codes of every subcommand.
const (
	ExitOK          = 0
	ExitFindings    = 1
	ExitUsage       = 2 // usage, configuration or data; also: nothing was validated
	ExitEnvironment = 3 // unreachable, unreadable, port taken
	ExitInterrupted = 130
)

// An ExitError is an error with the exit code of the process. Without a message the
// process ends silently: the findings are printed already.
type ExitError struct {
	Code int
	err  error
}

func (e ExitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e ExitError) Unwrap() error { return e.err }

// Exit is an error that ends the process with a code; err may be nil.
func Exit(code int, err error) error { return ExitError{code, err} }

// Streams are the three streams of a process.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// PrintError prints an error, or several that are joined, each on its line.
func PrintError(w io.Writer, err error) {
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			fmt.Fprintln(w, "ringback:", report.Clean(line))
		}
	}
}

// A Factory is what all commands share: the streams, the version and the global flags.
type Factory struct {
	Streams
	Version string
	Schemas []string
}

// Group makes a command of those below it; alone it prints its help.
func Group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
	var names []string
	for _, b := range below {
		names = append(names, b.Name())
	}
	c.AddCommand(below...)
	c.DisableFlagsInUseLine = true
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return fmt.Errorf("find command: %s has no command %q; %s", c.CommandPath(), args[0], document.OneOf(args[0], names))
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return c
}

// OneArgument requires one argument; missing is the error without one.
func OneArgument(missing string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return errors.New(missing)
		case len(args) > 1:
			return fmt.Errorf("read the command line: %s takes one argument, got %d", c.CommandPath(), len(args))
		}
		return nil
	}
}

// Catalog loads the shipped providers and those of --schemas.
func (set *Factory) Catalog() (*schemas.Catalog, error) {
	trees, err := set.Trees()
	if err != nil {
		return nil, err
	}
	return shipped.Catalog(trees...)
}

// Trees are the folders of --schemas.
func (set *Factory) Trees() ([]fs.FS, error) {
	trees := make([]fs.FS, 0, len(set.Schemas))
	for i, folder := range set.Schemas {
		if slices.Contains(set.Schemas[:i], folder) {
			continue // cobra reads the flags twice to complete a line
		}
		if _, err := os.ReadDir(folder); err != nil {
			return nil, Exit(ExitEnvironment, fmt.Errorf("read the folder of providers %s: %w", folder, Cause(err)))
		}
		trees = append(trees, schemas.Dir(folder))
	}
	return trees, nil
}

// Cause is why the file system failed, without the operation and the path.
func Cause(err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		return inner.Err
	}
	return err
}

// ErrServed ends a server after an interrupt, which is not a failure.
var ErrServed = ExitError{ExitOK, nil}
