// Package magic has the command that lists magic recipients.
package magic

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A magicRow is a line of the table in machine formats.
type magicRow struct {
	Digits      string   `json:"digits"`
	Scenarios   []string `json:"scenarios"`
	Errors      []string `json:"reasons"`
	Description string   `json:"description"`
}

// Options are the flags of magic.
type Options struct {
	*cli.Factory
	format, provider string
}

// NewCommand makes magic. Without run, it lists the recipients.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = list
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "magic",
		Short: "List the recipients whose last digits choose a scenario",
		Long: "List the recipients whose last digits choose a scenario. With --provider, only those\n" +
			"that choose something there, with the scenario and the error of the provider.",
		Example: "  ringback magic\n" +
			"  ringback magic --provider netcore",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	c.Flags().StringVar(&o.provider, "provider", "", "show only what this `PROVIDER` or route plays")
	cli.Enum(c.Flags(), &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func list(_ context.Context, o *Options) error {
	magic, err := shipped.Magic()
	if err != nil {
		return err
	}
	all := append(slices.Clip(magic.Recipients), magic.Others) // the table is shared
	if o.provider != "" {
		catalog, err := o.Catalog()
		if err != nil {
			return err
		}
		if all, err = recipientsOf(catalog, magic, all, o.provider); err != nil {
			return err
		}
	}
	if o.format != "pretty" {
		var rows []magicRow
		for _, r := range all {
			rows = append(rows, magicRow{r.Digits, r.Scenarios, append([]string{}, r.Reasons...), r.Description})
		}
		return cli.WriteRows(o.Out, o.format, rows)
	}
	_, err = io.WriteString(o.Out, recipientsTable(all, o.provider != "").Text(cli.StyleOf(o.Out), nil))
	return cli.WriteError(err)
}

// recipientsTable has a row for each recipient, and the errors if they are those of a provider.
func recipientsTable(all []scenarios.Recipient, errors bool) report.Table {
	table := report.Table{Head: []string{"ends in", "what happens", "scenario"}}
	if errors {
		table.Head = append(table.Head, "error")
	}
	for _, r := range all {
		row := []string{cmp.Or(r.Digits, "others"), r.Description, strings.Join(r.Scenarios, ", ")}
		if errors {
			row = append(row, cmp.Or(strings.Join(r.Reasons, ", "), "-"))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// recipientsOf keeps the recipients that choose something on the routes of a name, with
// the scenarios that are played there and the errors that are known there. One that asks
// for errors of which none is known chooses nothing.
func recipientsOf(catalog *schemas.Catalog, magic *scenarios.Magic, all []scenarios.Recipient, name string) ([]scenarios.Recipient, error) {
	if _, err := catalog.Route(name); err != nil {
		return nil, err
	}
	var kept []scenarios.Recipient
	for _, r := range all {
		asks := len(r.Reasons) > 0
		r.Scenarios, r.Reasons = nil, nil
		for _, route := range cli.Routes(catalog) {
			if route.Name != name && route.Provider.Name != name {
				continue
			}
			played, with, _ := magic.For(r.Digits, script.RouteOf(route))
			known := slices.IndexFunc(with, func(s scenarios.Setting) bool { return s.Name == "error" })
			if played == "" || asks && known < 0 {
				continue
			}
			if !slices.Contains(r.Scenarios, played) {
				r.Scenarios = append(r.Scenarios, played)
			}
			if asks && !slices.Contains(r.Reasons, with[known].Text) {
				r.Reasons = append(r.Reasons, with[known].Text)
			}
		}
		if r.Scenarios != nil {
			kept = append(kept, r)
		}
	}
	return kept, nil
}
