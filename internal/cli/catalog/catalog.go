// Package catalog has the commands that show event types.
package catalog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
)

func NewCommand(s cli.Streams, set *cli.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:     "catalog",
		Short:   "Show the event types and their contracts",
		Example: "  ringback catalog list --provider netcore\n  ringback catalog show netcore/event.sent",
	}
	return cli.Group(c, newCatalogList(s, set), newCatalogShow(s, set), newCatalogSchema(s, set), newCatalogExample(s, set))
}

func newCatalogList(s cli.Streams, set *cli.Factory) *cobra.Command {
	var route, format string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List every event type: channel, direction, document",
		Example: "  ringback catalog list --provider netcore",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			catalog, err := set.Catalog()
			if err != nil {
				return err
			}
			types, err := catalog.TypesOf(route)
			if err != nil {
				return err
			}
			if format == "pretty" {
				return listTable(s.Out, types)
			}
			return cli.WriteRows(s.Out, format, rowsOf(types))
		},
	}
	c.Flags().StringVar(&route, "provider", "", "list only this `PROVIDER` or route")
	cli.Enum(c.Flags(), &format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func listTable(out io.Writer, types []*schemas.EventType) error {
	table := report.Table{Head: []string{"event", "channel", "direction", "document"}, Below: true}
	for _, t := range types {
		table.Rows = append(table.Rows, []string{t.Name, t.Channel(), t.Direction(), t.Document()})
	}
	_, err := io.WriteString(out, table.Text(cli.StyleOf(out), nil))
	return cli.WriteError(err)
}

// A typeRow is what machine formats say of an event type.
type typeRow struct {
	Event          string   `json:"event"`
	Provider       string   `json:"provider"`
	Channel        string   `json:"channel"`
	Direction      string   `json:"direction"`
	CanonicalEvent []string `json:"neutral"`
	Title          string   `json:"title"`
	Document       string   `json:"document"`
}

func rowsOf(types []*schemas.EventType) []typeRow {
	rows := make([]typeRow, 0, len(types))
	for _, t := range types {
		rows = append(rows, typeRow{t.Name, t.Provider.Name, t.Channel(), t.Direction(), t.CanonicalEvents(), t.Title(), t.Document()})
	}
	return rows
}

// oneType makes a subcommand about one event type.
func oneType(s cli.Streams, set *cli.Factory, use, short string, show func(io.Writer, *schemas.EventType) error) *cobra.Command {
	return &cobra.Command{
		Use:     use,
		Short:   short,
		Example: "  ringback catalog " + strings.Fields(use)[0] + " netcore/event.sent",
		Args:    cli.OneArgument("find event type: no EVENT is given; `ringback catalog list` names all"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			catalog, err := set.Catalog()
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return cli.TypeNames(catalog), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			catalog, err := set.Catalog()
			if err != nil {
				return err
			}
			t, err := catalog.Type(args[0])
			if err != nil {
				return err
			}
			return show(s.Out, t)
		},
	}
}

func newCatalogSchema(s cli.Streams, set *cli.Factory) *cobra.Command {
	return oneType(s, set, "schema EVENT", "Print the JSON Schema of an event type", func(out io.Writer, t *schemas.EventType) error {
		_, err := out.Write(t.Schema())
		return cli.WriteError(err)
	})
}

func newCatalogExample(s cli.Streams, set *cli.Factory) *cobra.Command {
	var name string
	c := oneType(s, set, "example EVENT", "Print an example body of an event type", func(out io.Writer, t *schemas.EventType) error {
		return printExample(out, t, name)
	})
	c.Flags().StringVar(&name, "name", "", "print the example with this `NAME`; ringback catalog show EVENT lists the names")
	return c
}

func printExample(out io.Writer, t *schemas.EventType, name string) error {
	examples, err := t.Examples()
	if err != nil {
		return cli.Exit(cli.ExitEnvironment, err)
	}
	var names []string
	for _, e := range examples {
		names = append(names, e.Name)
	}
	switch {
	case len(examples) == 0:
		return fmt.Errorf("find example: %s has none", t.Name)
	case name == "":
		// The documents' own example comes first, if one is named so.
		name = examples[max(0, slices.Index(names, "documented"))].Name
	case !slices.Contains(names, name):
		return fmt.Errorf("find example: %s has no example %q; %s", t.Name, name, document.OneOf(name, names))
	}
	_, err = out.Write(examples[slices.Index(names, name)].Body)
	return cli.WriteError(err)
}

func newCatalogShow(s cli.Streams, set *cli.Factory) *cobra.Command {
	return oneType(s, set, "show EVENT", "Show an event type: its fields, forms and examples", showType)
}

func showType(out io.Writer, t *schemas.EventType) error {
	style := cli.StyleOf(out)
	w := bufio.NewWriter(out)
	fmt.Fprintf(w, "%s\n%s\n\n", style.Bold(t.Name), report.Indent(style, 0, t.Title()+". "+t.Description()))
	for _, fact := range [][2]string{
		{"channel", t.Channel()}, {"direction", t.Direction()}, {"neutral", strings.Join(t.CanonicalEvents(), ", ")}, {"document", t.Document()},
	} {
		const label = 11
		fmt.Fprintf(w, "%-*s%s\n", label, fact[0], strings.TrimLeft(report.Indent(style, label, fact[1]), " "))
	}
	fmt.Fprintf(w, "\n%s\n", style.Bold("fields"))
	for _, f := range t.Fields() {
		showField(w, style, f)
	}
	if forms := t.Variants(); len(forms) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("forms"))
		for _, f := range forms {
			fmt.Fprintf(w, "  %s\n", f.Name)
			w.WriteString(report.Indent(style, 6, strings.TrimSpace(f.Meaning+" "+parenthesised(f.Source))))
			w.WriteByte('\n')
		}
	}
	examples, err := t.Examples()
	if err != nil {
		return cli.Exit(cli.ExitEnvironment, errors.Join(err, w.Flush()))
	}
	fmt.Fprintf(w, "\n%s (ringback catalog example %s --name NAME)\n", style.Bold("examples"), t.Name)
	for _, e := range examples {
		fmt.Fprintf(w, "  %s\n", e.Name)
	}
	return cli.WriteError(w.Flush())
}

// words makes an empty text among others visible.
func words(texts []string) []string {
	shown := slices.Clone(texts)
	for i, text := range shown {
		if text == "" {
			shown[i] = `""`
		}
	}
	return shown
}

func parenthesised(text string) string {
	if text == "" {
		return ""
	}
	return "(" + text + ")"
}

// showField prints a place, its type and whether it is required on one line,
// and what it means below.
func showField(w io.Writer, style report.Style, f schemas.Field) {
	required := map[string]string{"yes": "required", "some": "in some forms", "no": ""}[f.Required]
	kind := strings.Join(f.Types, " or ")
	if kind == "" && len(f.Is) > 0 {
		kind = "constant"
	}
	line := fmt.Sprintf("  %-42s  %-16s  %s", f.Pointer, kind, style.Dim(required))
	fmt.Fprintln(w, strings.TrimRight(line, " "))
	about := f.Meaning
	if len(f.Is) > 0 {
		about += "; is " + strings.Join(words(f.Is), " or ")
	}
	if len(f.Known) > 0 {
		about += "; known: " + strings.Join(words(f.Known), ", ")
	}
	if f.Value != "" {
		about += "; value " + f.Value
	}
	if f.Source != "" {
		about += "; see " + f.Source
	}
	if about = strings.TrimPrefix(about, "; "); about != "" {
		fmt.Fprintf(w, "%s\n", style.Dim(report.Indent(style, 6, about)))
	}
}
