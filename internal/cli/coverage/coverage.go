// Package coverage has the command that shows how much of a contract is covered.
package coverage

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

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/coverage/search"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Options are the arguments and flags of coverage.
type Options struct {
	*cli.Factory
	files                    []string
	provider, format, html   string
	seen, accepted, minCount []string
	seeds                    int
	missing                  bool
}

// NewCommand makes coverage. Without run, it counts.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = count
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "coverage [FILE…]",
		Short: "Show how much of a contract was emitted, accepted and seen",
		Long: "Count the event types, canonical events, properties, listed values and branches of\n" +
			"the schemas that Ringback emits, that a consumer accepted (a tape of grade, play or\n" +
			"emit), and that real traffic contains (each FILE, as with --seen). With --min, exit\n" +
			"with 1 below a percentage, and with 2 without anything to count.",
		Example: "  ringback coverage --min emitted=100\n" +
			"  ringback coverage --provider gupshup/v2 --accepted run.tape captures/",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, files []string) error {
			o.files = files
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.provider, "provider", "", "show only this `ROUTE`, with each event type, or the routes of a provider")
	flags.StringArrayVar(&o.accepted, "accepted", nil, "count what a consumer accepted on the tape in this `FILE` (repeatable)")
	flags.StringArrayVar(&o.seen, "seen", nil, "count what the capture in this `FILE` or folder contains (repeatable)")
	flags.StringArrayVar(&o.minCount, "min", nil, "exit with 1 below this percentage, `DIRECTION=N`, for example emitted=100 (repeatable)")
	flags.IntVar(&o.seeds, "seeds", search.DefaultSeeds, "try up to `N` seeds to emit what is rare")
	flags.BoolVar(&o.missing, "missing", false, "list incomplete event types, and what is missing")
	cli.Enum(flags, &o.format, "format", "output `FORMAT`: pretty or json", "pretty", "json")
	flags.StringVar(&o.html, "html", "", "write an HTML page to this `FILE`")
	return c
}

// maxNotes bounds the notes on events that can't be generated.
const maxNotes = 20

func count(ctx context.Context, o *Options) error {
	if o.seeds < 1 || o.seeds > 100_000 {
		return fmt.Errorf("read --seeds: %d is not from 1 to 100000", o.seeds)
	}
	minCount, err := minOf(o.minCount)
	if err != nil {
		return err
	}
	catalog, err := o.Catalog()
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
	library, err := shipped.Library()
	if err != nil {
		return err
	}
	all, err := coverage.New(catalog)
	if err != nil {
		return err
	}
	k := &counting{catalog: catalog, all: all, shown: map[coverage.Direction]map[string]bool{}}
	if err := k.tapes(o.accepted); err != nil {
		return err
	}
	if err := k.captures(ctx, o.Streams, slices.Concat(o.seen, o.files)); err != nil {
		return err
	}
	unread := &cli.UnreadPaths{Out: o.Err, Ignore: true}
	for _, err := range k.unread {
		unread.Add(err)
	}
	unread.End()
	shown := cli.NewProgress(o.Err, nil)
	notes, err := search.Emit(ctx, catalog, library, all, o.seeds, names, func(done, total int) {
		shown.Show(func() string { return emittedLine(done, total) })
	})
	shown.Clear()
	switch {
	case ctx.Err() != nil:
		return errors.New("count what is emitted: interrupted")
	case err != nil:
		return err
	}
	for _, note := range notes[:min(len(notes), maxNotes)] {
		cli.PrintError(o.Err, errors.New(note))
	}
	routes := all.Routes(names...)
	if err := o.show(routes); err != nil {
		return err
	}
	return shortOf(o.Streams, routes, minCount, k)
}

// emittedLine is the progress of emitting.
func emittedLine(done, total int) string {
	return fmt.Sprintf("%d of %d event types emitted (%d %%)", done, total, 100*done/max(total, 1))
}

func (o *Options) show(routes []coverage.Summary) error {
	if o.html != "" {
		page, err := coverage.HTML(routes)
		if err == nil {
			err = os.WriteFile(o.html, page, 0o644)
		}
		if err != nil {
			return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write %s: %w", o.html, cli.Cause(err)))
		}
	}
	if o.format == "json" {
		e := json.NewEncoder(o.Out)
		e.SetIndent("", "  ")
		return cli.WriteError(e.Encode(coverage.Machine(routes)))
	}
	_, err := io.WriteString(o.Out, coverageText(cli.StyleOf(o.Out), routes, o.missing))
	return cli.WriteError(err)
}

// minOf reads the values of --min.
func minOf(texts []string) (map[coverage.Direction]int, error) {
	minCount := map[coverage.Direction]int{}
	var known []string
	for _, d := range coverage.Directions() {
		known = append(known, string(d))
	}
	for _, text := range strings.FieldsFunc(strings.Join(texts, ","), func(r rune) bool { return r == ',' }) {
		name, number, found := strings.Cut(text, "=")
		n, err := strconv.Atoi(number)
		switch {
		case !found || err != nil || n < 0 || n > 100:
			return nil, fmt.Errorf("read --min: %q is not DIRECTION=N with N from 0 to 100 (for example emitted=100)", text)
		case !slices.Contains(known, name):
			return nil, fmt.Errorf("read --min: unknown direction %s; %s", document.Quote(name), document.OneOf(name, known))
		}
		minCount[coverage.Direction(name)] = n
	}
	return minCount, nil
}

// shortOf reports each route below --min. It skips routes without traffic in the tapes
// and captures; without traffic of any route it fails.
func shortOf(s cli.Streams, routes []coverage.Summary, minCount map[coverage.Direction]int, k *counting) error {
	short := false
	for _, d := range coverage.Directions() {
		want, asked := minCount[d]
		if !asked {
			continue
		}
		validated, left := 0, 0
		for _, r := range routes {
			if d != coverage.Emitted && !k.shown[d][r.Name] {
				left++
				continue
			}
			validated++
			if got := r.Total[d]; got.Percent() < want {
				short = true
				cli.PrintError(s.Err, fmt.Errorf("%s of %s is %d %%, %d of %d; --min requires %d", d, r.Name, got.Percent(), got.Covered, got.All, want))
			}
		}
		switch {
		case validated == 0:
			return fmt.Errorf("check what was %s: no traffic of these routes; set --%s FILE", d, d)
		case left > 0:
			cli.PrintError(s.Err, fmt.Errorf("%d of %d routes are not checked by --min %s: the files have no traffic of them", left, left+validated, d))
		}
	}
	if short {
		return cli.Exit(cli.ExitFindings, nil)
	}
	return nil
}
