package scenario

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// TestOptions are the arguments and flags of scenario test.
type TestOptions struct {
	*cli.Factory
	scenarios []string
	seeds     int
}

// NewTestCommand makes scenario test.
func NewTestCommand(f *cli.Factory, run func(context.Context, *TestOptions) error) *cobra.Command {
	if run == nil {
		run = test
	}
	o := &TestOptions{Factory: f}
	c := &cobra.Command{
		Use:   "test [SCENARIO…]",
		Short: "Check that scenarios send what they prove",
		Example: "  ringback scenario test --seeds 100\n" +
			"  ringback scenario test late-delivery.yaml",
		Long: "Generate what each SCENARIO sends on every route that it is for, with several\n" +
			"seeds, read it back, and check the expectations under its key proves. Without\n" +
			"SCENARIO, test the scenarios that ship with Ringback. Exit with 2 if an\n" +
			"expectation is false, or can't be checked on any route.",
		RunE: func(c *cobra.Command, args []string) error {
			o.scenarios = args
			return run(c.Context(), o)
		},
	}
	c.Flags().IntVar(&o.seeds, "seeds", 5, "test with `N` seeds")
	return c
}

func test(ctx context.Context, o *TestOptions) error {
	if o.seeds < 1 {
		return fmt.Errorf("read --seeds: %d is below 1", o.seeds)
	}
	all, err := o.selected()
	if err != nil {
		return err
	}
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	g, err := generator.New(catalog, generator.Options{})
	if err != nil {
		return err
	}
	table := report.Table{Head: []string{"scenario", ">routes", ">claims", ">problems"}}
	var wrong []error
	for _, one := range all {
		result, err := script.Prove(ctx, catalog, g, one, o.seeds)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			result.Problems = append(result.Problems, err)
		}
		table.Rows = append(table.Rows, []string{one.Name, strconv.Itoa(result.Routes), strconv.Itoa(result.Claims), strconv.Itoa(len(result.Problems))})
		wrong = append(wrong, result.Problems...)
	}
	_, err = fmt.Fprint(o.Out, table.Text(cli.StyleOf(o.Out), nil))
	return cmp.Or(cli.WriteError(err), errors.Join(wrong...))
}

// selected returns the named scenarios; without names, those that ship with Ringback.
func (o *TestOptions) selected() ([]*scenarios.Scenario, error) {
	if len(o.scenarios) == 0 {
		library, err := shipped.Library()
		if err != nil {
			return nil, err
		}
		return library.All(), nil
	}
	var all []*scenarios.Scenario
	for _, name := range o.scenarios {
		one, err := cli.Scenario(name)
		if err != nil {
			return nil, err
		}
		if len(one.Proofs()) == 0 && filepath.Ext(name) == ".yaml" {
			return nil, fmt.Errorf("test %s: it has no key proves; add what its events must show", name)
		}
		all = append(all, one)
	}
	return all, nil
}
