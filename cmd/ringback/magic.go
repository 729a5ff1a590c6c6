package main

import (
	"cmp"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/scenarios"
)

// A magicRow is what machine formats say of a line of the table.
type magicRow struct {
	Digits    string   `json:"digits"`
	Scenarios []string `json:"scenarios"`
	Errors    []string `json:"errors"`
	About     string   `json:"about"`
}

func newMagic(s streams) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "magic",
		Short: "List the recipients whose last digits choose a scenario",
		Example: "  ringback magic\n" +
			"  ringback magic --format json",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			magic, err := scenarios.LoadMagic()
			if err != nil {
				return err
			}
			all := append(magic.Recipients, magic.Others)
			if format != "pretty" {
				var rows []magicRow
				for _, r := range all {
					rows = append(rows, magicRow{r.Digits, r.Scenarios, append([]string{}, r.Errors...), r.About})
				}
				return writeRows(s.out, format, rows)
			}
			table := report.Table{Head: []string{"ends in", "what happens", "scenario"}}
			for _, r := range all {
				table.Rows = append(table.Rows, []string{cmp.Or(r.Digits, "others"), r.About, strings.Join(r.Scenarios, ", ")})
			}
			_, err = io.WriteString(s.out, table.Text(styleOf(s.out), nil))
			return written(err)
		},
	}
	choose(c.Flags(), &format, "format", "output format: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}
