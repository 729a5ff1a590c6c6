// Package catalog has the commands that show event types.
package catalog

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// NewCommand makes catalog and the commands below it.
func NewCommand(f *cli.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:     "catalog",
		Short:   "Show the event types and their contracts",
		Example: "  ringback catalog list --provider netcore\n  ringback catalog show netcore/event.sent",
	}
	return cli.Group(c, NewListCommand(f, nil), NewShowCommand(f, nil), NewSchemaCommand(f, nil), NewExampleCommand(f, nil))
}

// ListOptions are the arguments and flags of catalog list.
type ListOptions struct {
	*cli.Factory
	route, format string
}

// NewListCommand makes catalog list.
func NewListCommand(f *cli.Factory, run func(context.Context, *ListOptions) error) *cobra.Command {
	if run == nil {
		run = list
	}
	o := &ListOptions{Factory: f}
	c := &cobra.Command{
		Use:     "list",
		Short:   "List every event type: channel, direction, document",
		Example: "  ringback catalog list --provider netcore",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	c.Flags().StringVar(&o.route, "provider", "", "list only this `PROVIDER` or route")
	cli.Enum(c.Flags(), &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func list(_ context.Context, o *ListOptions) error {
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	types, err := catalog.TypesOf(o.route)
	if err != nil {
		return err
	}
	if o.format == "pretty" {
		return listTable(o.Out, types)
	}
	return cli.WriteRows(o.Out, o.format, rowsOf(types))
}

func listTable(out io.Writer, types []*schemas.EventType) error {
	table := report.Table{Head: []string{"type", "channel", "direction", "document"}, Below: true}
	for _, t := range types {
		table.Rows = append(table.Rows, []string{t.Name, t.Channel(), t.Direction(), t.Document()})
	}
	_, err := io.WriteString(out, table.Text(cli.StyleOf(out), nil))
	return cli.WriteError(err)
}

// A typeRow is an event type in machine formats.
type typeRow struct {
	Type      string   `json:"type"`
	Provider  string   `json:"provider"`
	Channel   string   `json:"channel"`
	Direction string   `json:"direction"`
	Events    []string `json:"events"`
	Title     string   `json:"title"`
	Document  string   `json:"document"`
}

func rowsOf(types []*schemas.EventType) []typeRow {
	rows := make([]typeRow, 0, len(types))
	for _, t := range types {
		rows = append(rows, typeRow{t.Name, t.Provider.Name, t.Channel(), t.Direction(), t.CanonicalEvents(), t.Title(), t.Document()})
	}
	return rows
}

// TypeOptions are the arguments and flags of the commands that show one event type.
type TypeOptions struct {
	*cli.Factory
	eventType, name string
}

// newTypeCommand makes a command that shows one event type.
func newTypeCommand(o *TypeOptions, use, short string, run func(context.Context, *TypeOptions) error) *cobra.Command {
	return &cobra.Command{
		Use:     use,
		Short:   short,
		Example: "  ringback catalog " + strings.Fields(use)[0] + " netcore/event.sent",
		Args:    cli.OneArgument("find event type: no TYPE; `ringback catalog list` lists the types"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			catalog, err := o.Catalog()
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return cli.TypeNames(catalog), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.eventType = args[0]
			return run(c.Context(), o)
		},
	}
}

// find is the event type of the arguments.
func (o *TypeOptions) find() (*schemas.EventType, error) {
	catalog, err := o.Catalog()
	if err != nil {
		return nil, err
	}
	return catalog.Type(o.eventType)
}

// NewSchemaCommand makes catalog schema.
func NewSchemaCommand(f *cli.Factory, run func(context.Context, *TypeOptions) error) *cobra.Command {
	if run == nil {
		run = printSchema
	}
	return newTypeCommand(&TypeOptions{Factory: f}, "schema TYPE", "Print the JSON Schema of an event type", run)
}

func printSchema(_ context.Context, o *TypeOptions) error {
	t, err := o.find()
	if err != nil {
		return err
	}
	_, err = o.Out.Write(t.Schema())
	return cli.WriteError(err)
}

// NewExampleCommand makes catalog example.
func NewExampleCommand(f *cli.Factory, run func(context.Context, *TypeOptions) error) *cobra.Command {
	if run == nil {
		run = printExample
	}
	o := &TypeOptions{Factory: f}
	c := newTypeCommand(o, "example TYPE", "Print an example body of an event type", run)
	c.Flags().StringVar(&o.name, "name", "", "print the example with this `NAME`; ringback catalog show TYPE lists the names")
	return c
}

func printExample(_ context.Context, o *TypeOptions) error {
	t, err := o.find()
	if err != nil {
		return err
	}
	name := o.name
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
	_, err = o.Out.Write(examples[slices.Index(names, name)].Body)
	return cli.WriteError(err)
}

// NewShowCommand makes catalog show.
func NewShowCommand(f *cli.Factory, run func(context.Context, *TypeOptions) error) *cobra.Command {
	if run == nil {
		run = showType
	}
	return newTypeCommand(&TypeOptions{Factory: f}, "show TYPE", "Show an event type: its fields, variants and examples", run)
}

func showType(_ context.Context, o *TypeOptions) error {
	t, err := o.find()
	if err != nil {
		return err
	}
	style := cli.StyleOf(o.Out)
	w := bufio.NewWriter(o.Out)
	fmt.Fprintf(w, "%s\n%s\n\n", style.Bold(t.Name), report.Indent(style, 0, t.Title()+". "+t.Description()))
	for _, fact := range [][2]string{
		{"channel", t.Channel()}, {"direction", t.Direction()}, {"events", strings.Join(t.CanonicalEvents(), ", ")}, {"document", t.Document()},
	} {
		const label = 11
		fmt.Fprintf(w, "%-*s%s\n", label, fact[0], strings.TrimLeft(report.Indent(style, label, fact[1]), " "))
	}
	fmt.Fprintf(w, "\n%s\n", style.Bold("fields"))
	for _, f := range t.Fields() {
		showField(w, style, f)
	}
	if forms := t.Variants(); len(forms) > 0 {
		fmt.Fprintf(w, "\n%s\n", style.Bold("variants"))
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

// showField prints a JSON Pointer, its type and whether it is required on one line,
// and what it means below.
func showField(w io.Writer, style report.Style, f schemas.Field) {
	required := map[string]string{"yes": "required", "some": "in some variants", "no": ""}[f.Required]
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
