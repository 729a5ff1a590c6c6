package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// CoverageOptions are the flags of coverage.
type coverageOptions struct {
	provider, format, html string
	seen, accepted, least  []string
	seeds                  int
	missing                bool
}

func newCoverage(s streams, set *settings) *cobra.Command {
	o := &coverageOptions{}
	c := &cobra.Command{
		Use:   "coverage",
		Short: "Show how much of the contract was emitted, accepted and seen",
		Long: "Coverage counts events, properties, listed values and branches of the schemas: what\n" +
			"Ringback itself emits, what a consumer has accepted (a tape of play or grade), and\n" +
			"what was seen in real traffic (captures). With --min it fails below a share.",
		Example: "  ringback coverage --min emitted=100\n" +
			"  ringback coverage --provider gupshup/v2 --accepted run.tape --seen captures/ --missing",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c.Context(), s, set) },
	}
	f := c.Flags()
	f.StringVar(&o.provider, "provider", "", "show this `ROUTE`, or all of a provider, only")
	f.StringArrayVar(&o.accepted, "accepted", nil, "count what a consumer accepted by this tape, a `FILE` (can be repeated)")
	f.StringArrayVar(&o.seen, "seen", nil, "count what was seen in this capture, a `FILE` or folder (can be repeated)")
	f.StringArrayVar(&o.least, "min", nil, "fail below this share in hundredths, `DIRECTION=N`, such as emitted=100 (can be repeated)")
	f.IntVar(&o.seeds, "seeds", 12, "emit each event with `N` seeds")
	f.BoolVar(&o.missing, "missing", false, "list the events that are not whole, and what is missing")
	choose(f, &o.format, "format", "pretty or json", "pretty", "json")
	f.StringVar(&o.html, "html", "", "write a page for people to this `FILE`")
	complete(c, set)
	return c
}

func (o *coverageOptions) run(ctx context.Context, s streams, set *settings) error {
	if o.seeds < 1 || o.seeds > 10_000 {
		return fmt.Errorf("read --seeds: %d is not from 1 to 10000", o.seeds)
	}
	least, err := leastOf(o.least)
	if err != nil {
		return err
	}
	catalog, err := set.catalog()
	if err != nil {
		return err
	}
	var names []string
	if o.provider != "" {
		if _, err := catalog.TypesOf(o.provider); err != nil {
			return err
		}
		names = []string{o.provider}
	}
	all := coverage.New(catalog)
	if err := emitAll(ctx, catalog, all, o.seeds, names); err != nil {
		return err
	}
	if err := countTapes(catalog, all, o.accepted); err != nil {
		return err
	}
	if err := countCaptures(ctx, catalog, all, o.seen); err != nil {
		return err
	}
	routes := all.Routes(names...)
	if err := o.show(s, routes); err != nil {
		return err
	}
	return shortOf(s, routes, least)
}

func (o *coverageOptions) show(s streams, routes []coverage.Summary) error {
	if o.html != "" {
		page, err := coverage.HTML(routes)
		if err == nil {
			err = os.WriteFile(o.html, page, 0o644)
		}
		if err != nil {
			return exit{exitEnvironment, fmt.Errorf("write %s: %w", o.html, reason(err))}
		}
	}
	if o.format == "json" {
		e := json.NewEncoder(s.out)
		e.SetIndent("", "  ")
		return e.Encode(coverage.Machine(routes))
	}
	_, err := io.WriteString(s.out, coverageText(styleOf(s.out), routes, o.missing))
	return err
}

// leastOf reads what --min asks for.
func leastOf(texts []string) (map[coverage.Direction]int, error) {
	least := map[coverage.Direction]int{}
	var known []string
	for _, d := range coverage.Directions() {
		known = append(known, string(d))
	}
	for _, text := range texts {
		name, number, found := strings.Cut(text, "=")
		n, err := strconv.Atoi(number)
		switch {
		case !found || err != nil || n < 0 || n > 100:
			return nil, fmt.Errorf("read --min: %q is no DIRECTION=N from 0 to 100, such as emitted=100", text)
		case !slices.Contains(known, name):
			return nil, fmt.Errorf("read --min: there is no direction %s; %s", document.Quote(name), document.OneOf(name, known))
		}
		least[coverage.Direction(name)] = n
	}
	return least, nil
}

// shortOf complains about each route that is below what --min asks for.
func shortOf(s streams, routes []coverage.Summary, least map[coverage.Direction]int) error {
	short := false
	for _, d := range coverage.Directions() {
		for _, r := range routes {
			want, asked := least[d]
			if got := r.Total[d]; asked && got.Percent() < want {
				short = true
				complain(s.err, fmt.Errorf("%s of %s is %d %%; --min wants %d", d, r.Name, got.Percent(), want))
			}
		}
	}
	if short {
		return exit{exitFindings, nil}
	}
	return nil
}

// countTapes shows the coverage what a consumer accepted: what was not spoilt and
// answered as the contract wants it.
func countTapes(catalog *schemas.Catalog, all *coverage.Coverage, paths []string) error {
	for _, path := range paths {
		for d, err := range tapeOf(path) {
			if err != nil {
				return err
			}
			if accepted(catalog, d) {
				all.Add(coverage.Accepted, d.Event.Type, formOf(catalog, d.Event), d.Event.Body)
			}
		}
	}
	return nil
}

func accepted(catalog *schemas.Catalog, d webhook.Delivery) bool {
	route, err := catalog.Route(d.Event.Route)
	if err != nil || len(d.Attempts) == 0 || len(d.Faults) > 0 {
		return false
	}
	ok, _ := delivery.Schedule{Success: route.Contract.Success}.Accepted(d.Attempts[len(d.Attempts)-1])
	return ok
}

func formOf(catalog *schemas.Catalog, e webhook.Event) string {
	judge, err := catalog.Judge(schemas.Scope{Type: e.Type})
	if err != nil {
		return ""
	}
	items, err := judge.Body(e.Body)
	if err != nil || len(items) == 0 {
		return ""
	}
	return items[0].Verdict.Form
}

// countCaptures shows the coverage what was seen, as far as it is known.
func countCaptures(ctx context.Context, catalog *schemas.Catalog, all *coverage.Coverage, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	judge, err := catalog.Judge(schemas.Scope{})
	if err != nil {
		return err
	}
	judges := &judges{catalog: catalog}
	bodies := capture.Read(paths, capture.Options{
		Open:  func(path string) (io.ReadCloser, error) { return openInterruptible(ctx, path) },
		Limit: document.BodyLimits().Bytes, IsBody: judge.Recognises,
	})
	counted := 0
	for b, err := range bodies {
		if err != nil {
			return exit{exitEnvironment, err}
		}
		items, err := judgeBody(judges, schemas.Scope{}, b)
		if err != nil {
			return err
		}
		for _, item := range items {
			if v := item.Verdict; v.Event != "" && (v.Level == webhook.OK || v.Level == webhook.Drift) {
				counted++
				all.Add(coverage.Seen, v.Event, v.Form, b.Bytes)
			}
		}
	}
	if counted == 0 {
		return errors.New("count what was seen: nothing in these files is an event that is known")
	}
	return nil
}

// coverageText is a line for each route, and on request one for each event that is
// not whole, with what is missing.
func coverageText(s report.Style, routes []coverage.Summary, missing bool) string {
	table := report.Table{Head: []string{"route", ">events", ">marks", ">emitted", ">accepted", ">seen"}}
	row := func(name string, sum coverage.Summary) {
		cells := []string{name, fmt.Sprint(len(sum.Events)), fmt.Sprint(sum.Total[coverage.Emitted].All)}
		for _, d := range coverage.Directions() {
			cells = append(cells, percentText(sum, d))
		}
		table.Rows = append(table.Rows, cells)
	}
	for _, r := range routes {
		row(r.Name, r)
	}
	text := table.Text(s, nil)
	if !missing {
		return text
	}
	for _, d := range coverage.Directions() {
		for _, r := range routes {
			for _, e := range r.Events {
				if r.Bodies[d] == 0 || len(e.Missing[d]) == 0 {
					continue
				}
				text += fmt.Sprintf("\n%s  not %s: %d of %d\n", s.Bold(e.Name), d, len(e.Missing[d]), e.Total[d].All)
				for _, m := range e.Missing[d] {
					text += "  " + report.Clean(m.String()) + "\n"
				}
			}
		}
	}
	return text
}

// percentText is a share; a dash if nothing was shown.
func percentText(s coverage.Summary, d coverage.Direction) string {
	if s.Bodies[d] == 0 {
		return "-"
	}
	return fmt.Sprintf("%d %%", s.Total[d].Percent())
}
