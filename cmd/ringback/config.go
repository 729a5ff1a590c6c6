package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/report"
)

func newConfig(s streams) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Show the effective settings, and the schema of ringback.yaml",
		Example: "  ringback config show --origin -- serve --speed 60x\n  ringback config schema",
	}
	return group(c, newConfigShow(s), newConfigSchema(s))
}

func newConfigShow(s streams) *cobra.Command {
	var format string
	var origin bool
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
				for _, b := range below(at) {
					names = append(names, b.Name())
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"serve"}
			}
			shown, err := parsed(c.Root(), args)
			if err != nil {
				return err
			}
			if err := applySettings(shown, os.LookupEnv); err != nil {
				return err
			}
			return showSettings(s.out, settingRows(shown, origin), format, origin)
		},
	}
	c.Flags().BoolVar(&origin, "origin", false, "show the origin of each value: a flag, a variable, a line of a file, or the default")
	choose(c.Flags(), &format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

// parsed finds the command that a command line is for, and reads its flags.
func parsed(root *cobra.Command, args []string) (*cobra.Command, error) {
	c, rest, err := root.Find(args)
	if err != nil {
		return nil, err
	}
	if err := c.ParseFlags(rest); err != nil {
		return nil, flagError(c, err)
	}
	if rest = c.Flags().Args(); len(rest) > 0 {
		if err := c.ValidateArgs(rest); err != nil {
			return nil, err
		}
	}
	switch {
	case !isOurs(c):
		return nil, fmt.Errorf("show settings: %s has none", c.CommandPath())
	case c.HasSubCommands():
		var names []string
		for _, b := range below(c) {
			names = append(names, b.Name())
		}
		return nil, fmt.Errorf("show settings: %s only holds other commands; name one: %s", c.CommandPath(), strings.Join(names, ", "))
	}
	return c, nil
}

// A settingRow is what machine formats say of a setting. The value is a bool, a
// number, a text or a list of texts.
type settingRow struct {
	Setting string `json:"setting"`
	Value   any    `json:"value"`
	Origin  string `json:"origin,omitempty"`
}

// settingRows are the flags of a command by name, with their values now.
func settingRows(c *cobra.Command, origin bool) []settingRow {
	var rows []settingRow
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		row := settingRow{Setting: f.Name, Value: shownValue(f)}
		if origin {
			row.Origin = originOf(f)
		}
		rows = append(rows, row)
	})
	return rows
}

// shownValue is the value of a flag, with "***" for each secret.
func shownValue(f *pflag.Flag) any {
	hide := func(text string) string {
		if text == "" || !isSecret(f) {
			return text
		}
		return "***"
	}
	if list, ok := f.Value.(pflag.SliceValue); ok {
		texts := list.GetSlice()
		for i := range texts {
			texts[i] = hide(texts[i])
		}
		return texts
	}
	switch text := f.Value.String(); f.Value.Type() {
	case "bool":
		return text == "true"
	case "int":
		return json.Number(text)
	default:
		return hide(text)
	}
}

func showSettings(out io.Writer, rows []settingRow, format string, origin bool) error {
	if format != "pretty" {
		return writeRows(out, format, rows)
	}
	table := report.Table{Head: []string{"setting", "value"}}
	if origin {
		table.Head = append(table.Head, "origin")
	}
	for _, row := range rows {
		cells := []string{row.Setting, report.Clean(valueText(row.Value)), report.Clean(row.Origin)}
		table.Rows = append(table.Rows, cells[:len(table.Head)])
	}
	_, err := io.WriteString(out, table.Text(styleOf(out), nil))
	return written(err)
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
