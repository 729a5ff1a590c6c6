// Package scenario has the commands that list, show, check and create scenarios.
package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

func NewCommand(s cli.Streams, set *cli.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:     "scenario",
		Short:   "List, show, check and create scenarios",
		Example: "  ringback scenario list\n  ringback scenario new late-delivery",
	}
	return cli.Group(c, newScenarioList(s), newScenarioShow(s), newScenarioTable(s, set), newScenarioLint(s, set), newScenarioNew(s, set))
}

// A scenarioRow is what machine formats say of a scenario.
type scenarioRow struct {
	Name          string   `json:"name"`
	Description   string   `json:"about"`
	Provider      string   `json:"provider"`
	Conversations int      `json:"conversations"`
	Events        []string `json:"events"`
}

func newScenarioList(s cli.Streams) *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the scenarios that ship with Ringback",
		Example: "  ringback scenario list",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			library, err := shipped.Library()
			if err != nil {
				return err
			}
			if format == "pretty" {
				table := report.Table{Head: []string{"scenario", "about"}, Below: true}
				for _, one := range library.All() {
					table.Rows = append(table.Rows, []string{one.Name, one.Description})
				}
				_, err := io.WriteString(s.Out, table.Text(cli.StyleOf(s.Out), nil))
				return cli.WriteError(err)
			}
			var rows []scenarioRow
			for _, one := range library.All() {
				rows = append(rows, scenarioRow{one.Name, one.Description, one.Provider, one.Conversations(), one.Events()})
			}
			return cli.WriteRows(s.Out, format, rows)
		},
	}
	cli.Enum(c.Flags(), &format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func newScenarioShow(s cli.Streams) *cobra.Command {
	return cli.TakeScenario(&cobra.Command{
		Use:     "show SCENARIO",
		Short:   "Print the YAML of a scenario",
		Example: "  ringback scenario show message-delivered >mine.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			one, err := cli.Scenario(args[0])
			if err != nil {
				return err
			}
			_, err = s.Out.Write(one.Source)
			return cli.WriteError(err)
		},
	})
}

func newScenarioTable(s cli.Streams, set *cli.Factory) *cobra.Command {
	var route string
	c := &cobra.Command{
		Use:     "table",
		Short:   "Show which scenarios run on which routes, and which steps are left out",
		Example: "  ringback scenario table --provider netcore",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			catalog, err := set.Catalog()
			if err != nil {
				return err
			}
			library, err := shipped.Library()
			if err != nil {
				return err
			}
			if route != "" {
				return oneRouteTable(s.Out, catalog, library, route)
			}
			return wholeTable(s.Out, catalog, library)
		},
	}
	c.Flags().StringVar(&route, "provider", "", "show only this `ROUTE`, with the steps that are left out, and why")
	return c
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
	route := engine.RouteOf(r)
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
	route := engine.RouteOf(r)
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

func newScenarioLint(s cli.Streams, set *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "lint [FILE…]",
		Short: "Check scenarios, and what they send on each route",
		Example: "  ringback scenario lint\n" +
			"  ringback scenario lint late-delivery.yaml",
		Long: "Read each FILE strictly, play it virtually on every route that it is for, and\n" +
			"validate each event. Without FILE, check the scenarios that ship with Ringback.\n" +
			"Exit with 2 if something is wrong.",
		RunE: func(_ *cobra.Command, files []string) error {
			catalog, err := set.Catalog()
			if err != nil {
				return err
			}
			l, err := newLinter(catalog)
			if err != nil {
				return err
			}
			return cmp.Or(l.all(files), l.report(s.Out))
		},
	}
}

func newScenarioNew(s cli.Streams, set *cli.Factory) *cobra.Command {
	var provider string
	c := &cobra.Command{
		Use:     "new NAME",
		Short:   "Create a scenario: write NAME.yaml to this folder",
		Example: "  ringback scenario new late-delivery",
		Args:    cli.OneArgument("begin scenario: no NAME is given; one is of lower-case letters, digits and dashes"),
		RunE: func(_ *cobra.Command, args []string) error {
			responded := true
			if provider != "" {
				catalog, err := set.Catalog()
				if err != nil {
					return err
				}
				p, err := catalog.Provider(provider)
				if err != nil {
					return err
				}
				responded = slices.ContainsFunc(p.Routes, func(r *schemas.Route) bool { ok, _ := engine.RouteOf(r).Supports("inbound.text"); return ok })
			}
			return beginScenario(s, set, args[0], newScenarioText(args[0], provider, responded))
		},
	}
	c.Flags().StringVar(&provider, "provider", "", "write a scenario of this `PROVIDER` only, which may set parts of its bodies")
	return c
}

func beginScenario(s cli.Streams, set *cli.Factory, name, source string) error {
	file := name + ".yaml"
	if _, err := scenarios.Read(file, []byte(source)); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("begin scenario: %s is there already; name another", document.Quote(file))
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

// newScenarioText is a scenario to change. Of a provider by which nobody answers, it is
// about a message alone.
func newScenarioText(name, provider string, responded bool) string {
	var b strings.Builder
	about := "A message is delivered late."
	if responded {
		about = "A message is delivered late, and is answered."
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
	return b.String()
}
