// Package scenario has the commands that list, show, check and create scenarios.
package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// NewCommand makes scenario and the commands below it.
func NewCommand(f *cli.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:     "scenario",
		Short:   "List, show, check and create scenarios",
		Example: "  ringback scenario list\n  ringback scenario new late-delivery",
	}
	return cli.Group(c, NewListCommand(f, nil), NewShowCommand(f, nil), NewTableCommand(f, nil), NewLintCommand(f, nil), NewTestCommand(f, nil), NewNewCommand(f, nil))
}

// A scenarioRow is a scenario in machine formats.
type scenarioRow struct {
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	Provider      string   `json:"provider"`
	Conversations int      `json:"conversations"`
	Events        []string `json:"events"`
}

// ListOptions are the arguments and flags of scenario list.
type ListOptions struct {
	*cli.Factory
	format string
}

// NewListCommand makes scenario list.
func NewListCommand(f *cli.Factory, run func(context.Context, *ListOptions) error) *cobra.Command {
	if run == nil {
		run = list
	}
	o := &ListOptions{Factory: f}
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios that ship with Ringback",
		Example: "  ringback scenario list",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	cli.Enum(c.Flags(), &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func list(_ context.Context, o *ListOptions) error {
	library, err := shipped.Library()
	if err != nil {
		return err
	}
	if o.format == "pretty" {
		table := report.Table{Head: []string{"scenario", "description"}, Below: true}
		for _, one := range library.All() {
			table.Rows = append(table.Rows, []string{one.Name, one.Description})
		}
		_, err := io.WriteString(o.Out, table.Text(cli.StyleOf(o.Out), nil))
		return cli.WriteError(err)
	}
	var rows []scenarioRow
	for _, one := range library.All() {
		rows = append(rows, scenarioRow{one.Name, one.Description, one.Provider, one.Conversations(), one.Events()})
	}
	return cli.WriteRows(o.Out, o.format, rows)
}

// ShowOptions are the arguments of scenario show.
type ShowOptions struct {
	*cli.Factory
	scenario string // a name, or a YAML file
}

// NewShowCommand makes scenario show.
func NewShowCommand(f *cli.Factory, run func(context.Context, *ShowOptions) error) *cobra.Command {
	if run == nil {
		run = show
	}
	o := &ShowOptions{Factory: f}
	return cli.TakeScenario(&cobra.Command{
		Use:     "show SCENARIO",
		Short:   "Print the YAML of a scenario",
		Example: "  ringback scenario show message-delivered >mine.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			o.scenario = args[0]
			return run(c.Context(), o)
		},
	})
}

func show(_ context.Context, o *ShowOptions) error {
	one, err := cli.Scenario(o.scenario)
	if err != nil {
		return err
	}
	_, err = o.Out.Write(one.Source)
	return cli.WriteError(err)
}

// TableOptions are the arguments and flags of scenario table.
type TableOptions struct {
	*cli.Factory
	route string
}

// NewTableCommand makes scenario table.
func NewTableCommand(f *cli.Factory, run func(context.Context, *TableOptions) error) *cobra.Command {
	if run == nil {
		run = table
	}
	o := &TableOptions{Factory: f}
	c := &cobra.Command{
		Use:     "table",
		Short:   "Show which scenarios run on which routes, and which steps are left out",
		Example: "  ringback scenario table --provider netcore",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	c.Flags().StringVar(&o.route, "provider", "", "show only this `ROUTE`, with the steps that are left out, and why")
	return c
}

func table(_ context.Context, o *TableOptions) error {
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	library, err := shipped.Library()
	if err != nil {
		return err
	}
	if o.route != "" {
		return oneRouteTable(o.Out, catalog, library, o.route)
	}
	return wholeTable(o.Out, catalog, library)
}

// wholeTable prints a column for each route: "all" if every step is played
// there, how many of how many events if not, and nothing if none is.
func wholeTable(out io.Writer, catalog *schemas.Catalog, library *scenarios.Library) error {
	table := report.Table{Head: []string{"scenario"}}
	routes := cli.Routes(catalog)
	for _, r := range routes {
		head := r.Name[strings.LastIndexByte(r.Name, '/')+1:]
		table.Head = append(table.Head, ">"+head[:min(4, len(head))])
	}
	for _, one := range library.All() {
		row := []string{one.Name}
		for _, r := range routes {
			row = append(row, extent(one, r))
		}
		table.Rows = append(table.Rows, row)
	}
	style := cli.StyleOf(out)
	var names []string
	for _, r := range routes {
		names = append(names, r.Name)
	}
	_, err := fmt.Fprint(out, table.Text(style, nil), "\n", report.Indent(style, 0, "routes: "+strings.Join(names, ", ")), "\n")
	return cli.WriteError(err)
}

func extent(one *scenarios.Scenario, r *schemas.Route) string {
	route := script.RouteOf(r)
	if one.Fits(route) != nil {
		return "-"
	}
	said := 0
	for _, event := range one.Events() {
		if ok, _ := route.Supports(event); ok {
			said++
		}
	}
	switch said {
	case 0:
		return "-"
	case len(one.Events()):
		return "all"
	}
	return fmt.Sprintf("%d/%d", said, len(one.Events()))
}

// oneRouteTable prints what a route plays of each scenario, and why not the rest.
func oneRouteTable(out io.Writer, catalog *schemas.Catalog, library *scenarios.Library, name string) error {
	r, err := catalog.Route(name)
	if err != nil {
		return err
	}
	route := script.RouteOf(r)
	table := report.Table{Head: []string{"scenario", r.Name, "left out"}, Below: true}
	for _, one := range library.All() {
		if one.Fits(route) != nil {
			continue
		}
		var left []string
		for _, event := range one.Events() {
			if ok, why := route.Supports(event); !ok {
				left = append(left, event+": "+why)
			}
		}
		table.Rows = append(table.Rows, []string{one.Name, extent(one, r), strings.Join(left, "; ")})
	}
	_, err = io.WriteString(out, table.Text(cli.StyleOf(out), nil))
	return cli.WriteError(err)
}

// LintOptions are the arguments and flags of scenario lint.
type LintOptions struct {
	*cli.Factory
	files []string
}

// NewLintCommand makes scenario lint.
func NewLintCommand(f *cli.Factory, run func(context.Context, *LintOptions) error) *cobra.Command {
	if run == nil {
		run = lint
	}
	o := &LintOptions{Factory: f}
	return &cobra.Command{
		Use:   "lint [FILE…]",
		Short: "Check scenarios, and what they send on each route",
		Example: "  ringback scenario lint\n" +
			"  ringback scenario lint late-delivery.yaml",
		Long: "Read each FILE strictly, play it virtually on every route that it is for, and\n" +
			"validate each event. Without FILE, check the scenarios that ship with Ringback.\n" +
			"Exit with 2 if there are problems.",
		RunE: func(c *cobra.Command, args []string) error {
			o.files = args
			return run(c.Context(), o)
		},
	}
}

func lint(_ context.Context, o *LintOptions) error {
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	l, err := newLinter(catalog)
	if err != nil {
		return err
	}
	return cmp.Or(l.all(o.files), l.report(o.Out))
}

// NewOptions are the arguments and flags of scenario new.
type NewOptions struct {
	*cli.Factory
	name, provider string
}

// NewNewCommand makes scenario new.
func NewNewCommand(f *cli.Factory, run func(context.Context, *NewOptions) error) *cobra.Command {
	if run == nil {
		run = create
	}
	o := &NewOptions{Factory: f}
	c := &cobra.Command{
		Use:     "new NAME",
		Short:   "Create a scenario: write NAME.yaml to this folder",
		Example: "  ringback scenario new late-delivery",
		Args:    cli.OneArgument("create scenario: no NAME; use lower-case letters, digits and dashes"),
		RunE: func(c *cobra.Command, args []string) error {
			o.name = args[0]
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.provider, "provider", "", "write a scenario of this `PROVIDER` only, which may set parts of its bodies")
	return c
}

func create(_ context.Context, o *NewOptions) error {
	responded := true
	if o.provider != "" {
		catalog, err := o.Catalog()
		if err != nil {
			return err
		}
		p, err := catalog.Provider(o.provider)
		if err != nil {
			return err
		}
		responded = slices.ContainsFunc(p.Routes, func(r *schemas.Route) bool { ok, _ := script.RouteOf(r).Supports("inbound.text"); return ok })
	}
	return beginScenario(o.Streams, o.Factory, o.name, newScenarioText(o.name, o.provider, responded))
}

func beginScenario(s cli.Streams, set *cli.Factory, name, source string) error {
	file := name + ".yaml"
	if _, err := scenarios.Read(file, []byte(source)); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("create scenario: %s exists; choose another name", document.Quote(file))
	}
	if err == nil {
		_, err = f.WriteString(source)
		err = cmp.Or(err, f.Close())
	}
	if err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the scenario %s: %w", file, cli.Cause(err)))
	}
	var folders strings.Builder
	for _, folder := range set.Schemas {
		folders.WriteString(" --schemas " + cli.ShellWord(folder))
	}
	further := folders.String()
	_, err = fmt.Fprintf(s.Out, "wrote %s; next:\n  ringback scenario lint %s%s\n  ringback plan %s%s\n", file, file, further, file, further)
	return cli.WriteError(err)
}

// newScenarioText is a scenario to change. For a provider without inbound text, it is
// about a message alone.
func newScenarioText(name, provider string, responded bool) string {
	var b strings.Builder
	about := "A message is delivered late."
	if responded {
		about = "A message is delivered late, and the end user replies."
	}
	fmt.Fprintf(&b, "name: %s\ndescription: %s\n", name, about)
	if provider != "" {
		fmt.Fprintf(&b, "provider: %s\n", provider)
	}
	b.WriteString(`steps:                                # one after the other; docs/scenarios.md has all that can stand here
  - send: message.sent                # when it comes is known for each route
  - send: message.delivered
    after: {lognormal: {median: 90s, sigma: 0.8}}
`)
	if responded {
		b.WriteString(`  - send: inbound.text
    after: 20s
    probability: 0.5                  # in one half of the conversations
    reply_to: m                       # m is the message that the first steps are about
    with: {message.text: "Where is it?"}
`)
	}
	b.WriteString(`proves:                               # what "ringback scenario test" checks
  - {event: message.delivered, after: message.sent}
`)
	return b.String()
}
