package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// The exit codes of every subcommand.
const (
	exitFine        = 0
	exitFindings    = 1
	exitUsage       = 2 // usage, configuration or data; also: nothing was validated
	exitEnvironment = 3 // unreachable, unreadable, port taken
	exitInterrupted = 130
)

// An exit is an error with the code that the process ends with. Without a
// message it ends silently, because the findings are printed already.
type exit struct {
	code int
	err  error
}

func (e exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exit) Unwrap() error { return e.err }

// streams are the three streams of a process.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// run runs one command line and returns its exit code: what main does, with
// the operating system as arguments.
func run(ctx context.Context, args []string, s streams) int {
	root := newRoot(s)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var e exit
	served := errors.As(err, &e) && e == errServed
	if ctx.Err() != nil && !served {
		return exitInterrupted
	}
	if err == nil || served {
		return exitFine
	}
	code := exitUsage
	if errors.As(err, &e) {
		code = e.code
	}
	printError(s.err, err)
	return code
}

// printError prints an error, or several that are joined, each on its line.
func printError(w io.Writer, err error) {
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			fmt.Fprintln(w, "ringback:", report.Clean(line))
		}
	}
}

// settings are the flags that every subcommand has.
type settings struct {
	schemas []string
}

func newRoot(s streams) *cobra.Command {
	set := &settings{}
	root := group(&cobra.Command{
		Use:   "ringback",
		Short: "Play and judge the webhooks of messaging providers",
		Long: "Ringback plays the provider: a webhook mock server and contract-test harness\n" +
			"for messaging webhooks (WhatsApp, RCS, SMS, Viber, voice).",
		Example: "  ringback demo\n" +
			"  ringback grade --to http://127.0.0.1:3000/webhooks\n" +
			"  ringback serve --to http://127.0.0.1:3000/webhooks --speed 60x\n" +
			"  ringback validate captured.ndjson",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return applySettings(c, os.LookupEnv)
		},
	}, newDemo(s, set), newPlay(s, set), newEmit(s, set), newReplay(s, set), newPlan(s, set), newScenario(s, set),
		newGrade(s, set), newCoverage(s, set), newServe(s, set), newTail(s, set), newMagic(s, set), newHealthcheck(s), newListen(s, set), newValidate(s, set), newCatalog(s, set), newProvider(s, set),
		newConfig(s), newVersion(s), newCompletion(s))
	root.SetHelpCommand(newHelp())
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { _ = helpPage(c.OutOrStdout(), c) }) // cobra has no way to say that it failed
	root.SetUsageFunc(func(c *cobra.Command) error { return usagePage(c.OutOrStderr(), c) })
	showVersion(root)
	root.SetFlagErrorFunc(flagError)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.PersistentFlags().String("config", defaultConfig, "read settings from this `FILE`; empty turns it off")
	root.PersistentFlags().StringArrayVar(&set.schemas, "schemas", nil,
		"load more providers from this `DIR` (repeatable)")
	complete(root, set)
	return root
}

// group makes a command of those below it; alone it prints its help.
func group(c *cobra.Command, below ...*cobra.Command) *cobra.Command {
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

// oneArgument wants one argument; missing says what to do without one.
func oneArgument(missing string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return errors.New(missing)
		case len(args) > 1:
			return fmt.Errorf("read the command line: %s takes one argument, not %d", c.CommandPath(), len(args))
		}
		return nil
	}
}

// catalog loads the shipped providers and those of --schemas.
func (set *settings) catalog() (*schemas.Catalog, error) {
	trees, err := set.trees()
	if err != nil {
		return nil, err
	}
	return shipped.Catalog(trees...)
}

// trees are the folders of --schemas.
func (set *settings) trees() ([]fs.FS, error) {
	trees := make([]fs.FS, 0, len(set.schemas))
	for i, folder := range set.schemas {
		if slices.Contains(set.schemas[:i], folder) {
			continue // cobra reads the flags twice to complete a line
		}
		// A file is no folder that a pattern can be looked for in.
		if _, err := os.ReadDir(folder); err != nil {
			return nil, exit{exitEnvironment, fmt.Errorf("read the folder of providers %s: %w", folder, reason(err))}
		}
		trees = append(trees, schemas.Dir(folder))
	}
	return trees, nil
}

// reason is why the file system failed, without the operation and the path.
func reason(err error) error {
	if inner, ok := errors.AsType[*fs.PathError](err); ok {
		return inner.Err
	}
	return err
}

// styleOf dresses text for a stream: color only on a terminal that knows it, and not
// if NO_COLOR is set.
func styleOf(w io.Writer) report.Style {
	if !isTerminal(w) {
		return report.Style{}
	}
	width, _, err := term.GetSize(int(w.(*os.File).Fd()))
	if err != nil {
		width = 0
	}
	return report.Style{Colour: os.Getenv("NO_COLOR") == "" && !isDumb(), Width: width}
}

// isDumb reports whether the terminal says that it obeys no escapes.
func isDumb() bool { return os.Getenv("TERM") == "dumb" }

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
