package settings

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/cli"
)

// Parse finds the command that a command line is for, and reads its flags.
func Parse(root *cobra.Command, args []string) (*cobra.Command, error) {
	c, rest, err := root.Find(args)
	if err != nil {
		return nil, err
	}
	if err := c.ParseFlags(rest); err != nil {
		return nil, cli.FlagError(c, err)
	}
	if rest = c.Flags().Args(); len(rest) > 0 {
		if err := c.ValidateArgs(rest); err != nil {
			return nil, err
		}
	}
	switch {
	case !isOurs(c):
		return nil, fmt.Errorf("show settings: %s has no settings", c.CommandPath())
	case c.HasSubCommands():
		var names []string
		for _, b := range Below(c) {
			names = append(names, b.Name())
		}
		return nil, fmt.Errorf("show settings: %s has only subcommands; choose one: %s", c.CommandPath(), strings.Join(names, ", "))
	}
	return c, nil
}

// A Row is a setting in machine formats. The value is a bool, a
// number, a text or a list of texts.
type Row struct {
	Setting string `json:"setting"`
	Value   any    `json:"value"`
	Origin  string `json:"origin,omitempty"`
}

// Rows are the flags of a command by name, with their values now.
func Rows(c *cobra.Command, origin bool) []Row {
	var rows []Row
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		row := Row{Setting: f.Name, Value: ShownValue(f)}
		if origin {
			row.Origin = Origin(f)
		}
		rows = append(rows, row)
	})
	return rows
}

// ShownValue is the value of a flag, with "***" for each secret.
func ShownValue(f *pflag.Flag) any {
	hide := func(text string) string {
		if text == "" || !cli.IsSecret(f) {
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
