// Package provider has the commands that show and check the data of providers.
package provider

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// NewCommand makes provider and the commands below it.
func NewCommand(f *cli.Factory) *cobra.Command {
	c := &cobra.Command{
		Use:     "provider",
		Short:   "Show and check the data of providers",
		Example: "  ringback provider show netcore\n  ringback provider lint examples/providers",
	}
	return cli.Group(c, NewShowCommand(f, nil), NewLintCommand(f, nil))
}

// ShowOptions are the arguments and flags of provider show.
type ShowOptions struct {
	*cli.Factory
	name, format string
}

// NewShowCommand makes provider show.
func NewShowCommand(f *cli.Factory, run func(context.Context, *ShowOptions) error) *cobra.Command {
	if run == nil {
		run = show
	}
	o := &ShowOptions{Factory: f}
	c := &cobra.Command{
		Use:     "show NAME",
		Short:   "Show the data of a provider: each value and its source",
		Example: "  ringback provider show netcore",
		Args:    cli.OneArgument("find provider: no NAME; `ringback provider lint` lists the names"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			catalog, err := o.Catalog()
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return cli.ProviderNames(catalog), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.name = args[0]
			return run(c.Context(), o)
		},
	}
	cli.Enum(c.Flags(), &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	return c
}

func show(_ context.Context, o *ShowOptions) error {
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	p, err := catalog.Provider(o.name)
	if err != nil {
		return err
	}
	if o.format == "pretty" {
		return showProvider(o.Out, p)
	}
	return cli.WriteRows(o.Out, o.format, leafRows(p))
}

// A leafRow is a value of a provider in machine formats.
type leafRow struct {
	Path    []string `json:"path"`
	Value   string   `json:"value"`
	Source  string   `json:"source"`
	Assumed bool     `json:"assumed"`
}

func leafRows(p *schemas.Provider) []leafRow {
	var rows []leafRow
	for _, leaf := range p.DataValues() {
		rows = append(rows, leafRow{leaf.Path, leaf.Value, leaf.Source, leaf.Assumed})
	}
	return rows
}

// showProvider prints the values as a tree; a source is printed where it
// begins to hold, and holds until the next.
func showProvider(out io.Writer, p *schemas.Provider) error {
	style := cli.StyleOf(out)
	w := bufio.NewWriter(out)
	var before []string
	said := ""
	for _, leaf := range p.DataValues() {
		depth := common(before, leaf.Path)
		for i := depth; i < len(leaf.Path)-1; i++ {
			key := leaf.Path[i]
			if i == 0 {
				fmt.Fprintf(w, "%s\n", style.Bold(key))
				said = ""
			} else {
				fmt.Fprintf(w, "%s%s\n", strings.Repeat("  ", i), key)
			}
		}
		source := sourceText(leaf)
		indent := strings.Repeat("  ", len(leaf.Path)-1)
		fmt.Fprintf(w, "%s%s: %s\n", indent, leaf.Path[len(leaf.Path)-1], leaf.Value)
		if source != said && len(leaf.Path) > 1 {
			fmt.Fprintf(w, "%s\n", style.Dim(report.Indent(style, len(indent)+4, source)))
			said = source
		}
		before = leaf.Path
	}
	return cli.WriteError(w.Flush())
}

func sourceText(leaf schemas.DataValue) string {
	switch {
	case leaf.Assumed:
		return "assumed"
	case leaf.Source == "":
		return "without source"
	}
	return "from " + leaf.Source
}

// common is the number of keys, from the first, that two paths share.
func common(a, b []string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// LintOptions are the arguments and flags of provider lint.
type LintOptions struct {
	*cli.Factory
	folders []string // at most one
}

// NewLintCommand makes provider lint.
func NewLintCommand(f *cli.Factory, run func(context.Context, *LintOptions) error) *cobra.Command {
	if run == nil {
		run = lintProviders
	}
	o := &LintOptions{Factory: f}
	return &cobra.Command{
		Use:   "lint [DIR]",
		Short: "Check the data of providers",
		Long: "Load the providers in DIR, a folder of providers, beside the shipped ones, and check\n" +
			"what loading doesn't: values without a source, event types without a canonical\n" +
			"event, examples that aren't ok or match another event type, and invalid bodies that\n" +
			"are accepted. Without DIR, check the shipped providers and those of --schemas. Exit with 2 if there are\n" +
			"problems.",
		Example: "  ringback provider lint examples/providers",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.folders = args
			return run(c.Context(), o)
		},
	}
}

func lintProviders(_ context.Context, o *LintOptions) error {
	all := cli.Factory{Schemas: slices.Concat(o.Schemas, o.folders)}
	catalog, err := all.Catalog()
	if err != nil {
		return err
	}
	return lint(o.Out, catalog, o.folders)
}

// lint checks the providers of a folder, or all providers.
func lint(out io.Writer, catalog *schemas.Catalog, folders []string) error {
	wanted := catalog.Providers
	if len(folders) == 1 {
		wanted = nil
		names, err := fs.Glob(os.DirFS(folders[0]), "*/provider.yaml")
		if err != nil {
			return cli.Exit(cli.ExitEnvironment, fmt.Errorf("read %s: %w", folders[0], err))
		}
		for _, name := range names {
			p, err := catalog.Provider(strings.TrimSuffix(name, "/provider.yaml"))
			if err != nil {
				return err
			}
			wanted = append(wanted, p)
		}
	}
	library, err := shipped.Library()
	if err != nil {
		return err
	}
	var problems []error
	if _, err := callspec.Load(catalog, library); err != nil {
		problems = append(problems, err)
	}
	table := report.Table{Head: []string{"provider", ">types", ">examples", ">invalid", ">problems"}}
	for _, p := range wanted {
		found := slices.Concat(catalog.Lint(p), generator.Lint(catalog, p))
		problems = append(problems, found...)
		examples, invalid := countBodies(p)
		table.Rows = append(table.Rows, []string{p.Name, fmt.Sprint(len(p.Types)), fmt.Sprint(examples), fmt.Sprint(invalid), fmt.Sprint(len(found))})
	}
	if _, err := io.WriteString(out, table.Text(cli.StyleOf(out), nil)); err != nil {
		return cli.WriteError(err)
	}
	return errors.Join(problems...)
}

func countBodies(p *schemas.Provider) (examples, invalid int) {
	for _, t := range p.Types {
		e, _ := t.Examples()
		i, _ := t.Invalid()
		examples, invalid = examples+len(e), invalid+len(i)
	}
	return examples, invalid
}
