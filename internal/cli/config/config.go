// Package config has the command that shows settings.
package config

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
	"github.com/ringback-dev/ringback/internal/report"
)

// NewCommand makes config and the commands below it.
func NewCommand(f *cli.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Show the effective settings, and the schema of ringback.yaml",
		Example: "  ringback config show --origin -- serve --speed 60x\n  ringback config schema",
	}
	return cli.Group(c, NewShowCommand(f, nil), newSchemaCommand(f))
}

// ShowOptions are the arguments and flags of config show.
type ShowOptions struct {
	*cli.Factory
	root   *cobra.Command
	args   []string // a command line
	format string
	origin bool
}

// NewShowCommand makes config show.
func NewShowCommand(f *cli.Factory, run func(context.Context, *ShowOptions) error) *cobra.Command {
	if run == nil {
		run = show
	}
	o := &ShowOptions{Factory: f}
	c := &cobra.Command{
		Use:   "show [COMMAND]",
		Short: "Show every setting of a command, and its origin",
		Long: "Show the value of every setting of COMMAND (default: serve). It comes from the flag,\n" +
			"or from the environment, or from ringback.yaml, or is the default. Put the flags of\n" +
			"COMMAND after --. Secrets are masked.",
		Example: "  ringback config show --origin\n" +
			"  ringback config show --origin -- catalog list --provider netcore",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			if at, _, err := c.Root().Find(args); err == nil {
				for _, b := range settings.Below(at) {
					names = append(names, b.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.root, o.args = c.Root(), args
			return run(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&o.origin, "origin", false, "show the origin of each value: a flag, a variable, a line of a file, or the default")
	cli.Enum(c.Flags(), &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func show(_ context.Context, o *ShowOptions) error {
	if len(o.args) == 0 {
		o.args = []string{"serve"}
	}
	shown, err := settings.Parse(o.root, o.args)
	if err != nil {
		return err
	}
	if err := settings.Apply(shown, os.LookupEnv); err != nil {
		return err
	}
	return ShowSettings(o.Out, settings.Rows(shown, o.origin), o.format, o.origin)
}

// ShowSettings prints rows in a format.
func ShowSettings(out io.Writer, rows []settings.Row, format string, origin bool) error {
	if format != "pretty" {
		return cli.WriteRows(out, format, rows)
	}
	table := report.Table{Head: []string{"setting", "value"}}
	if origin {
		table.Head = append(table.Head, "origin")
	}
	for _, row := range rows {
		cells := []string{row.Setting, report.Clean(valueText(row.Value)), report.Clean(row.Origin)}
		table.Rows = append(table.Rows, cells[:len(table.Head)])
	}
	_, err := io.WriteString(out, table.Text(cli.StyleOf(out), nil))
	return cli.WriteError(err)
}

func valueText(value any) string {
	switch value := value.(type) {
	case []string:
		return "[" + strings.Join(value, ", ") + "]"
	case string:
		if value == "" {
			return document.Quote(value)
		}
	}
	return fmt.Sprint(value)
}
