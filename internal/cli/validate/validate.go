// Package validate has the commands that validate webhooks: validate reads captures, listen
// receives webhooks.
package validate

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/pipeline"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// Options are the arguments and flags of validate.
type Options struct {
	*cli.Factory
	paths                            []string
	route, eventType, format, failOn string
	reports                          []string
	ignoreUnread                     bool
	sequence, template               string
	now                              cli.Now
	sarif                            cli.SARIFOptions
}

// NewCommand makes validate. Without run, it validates.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = validate
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "validate [flags] PATH…",
		Short: "Validate captured webhooks",
		Long: `Identify each captured webhook and check it against the provider's contract.
PATH is a JSON file, NDJSON, a JSON array of bodies, forms or queries (one per
line), a tape (recorded deliveries, NDJSON), a folder of these, or - for stdin;
the content decides which. Each body must be as the provider sent it. A file in
another format (HAR, gzip, CSV, a log, an export …) isn't read: the message
names the format and, where there is one, a command that extracts the bodies.

  ok            the contract allows it, and nothing in it is new
  drift         allowed, but a field or a value isn't listed, or a value is
                implausible or a placeholder
  error         the contract rejects it
  unknown       it resembles no event type of the catalog
  inconclusive  it is too large or too deep to be validated

The items of a message are also checked together: duplicates and late arrivals
are counted, an order of times or IDs that can't be right is drift, and what may
have an innocent cause is a note. At most 20,000 messages are compared at once.

Exit codes: 0 if nothing is as bad as --fail-on; 1 if something is; 2 if nothing
was validated; 3 if a path can't be read, or a folder holds captures that aren't
read (unless --ignore-unread is set).`,
		Example: `  ringback validate captured.ndjson
  ringback validate --provider gupshup --fail-on drift captures/
  gunzip -c captured.ndjson.gz | ringback validate --format ndjson -`,
		Args: func(_ *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return errors.New("validate captured webhooks: no PATH; set a file, a folder, or - for stdin")
			}
			return nil
		},
		RunE: func(c *cobra.Command, paths []string) error {
			var err error
			if o.sarif.Repository, err = o.sarif.Find(c.Flags(), os.LookupEnv); err != nil {
				return err
			}
			o.paths = paths
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.route, "provider", "", "consider only this `PROVIDER` or route, for example gupshup/v3")
	flags.StringVar(&o.eventType, "type", "", "validate every body as this event `TYPE`")
	cli.Enum(flags, &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	cli.Enum(flags, &o.failOn, "fail-on", "exit with 1 at this `LEVEL` or worse: error, drift or none", "error", "drift", "none")
	cli.Enum(flags, &o.sequence, "sequence", "rules over the whole capture, `MODE`: normal, strict (notes are drift) or off", "normal", "strict", "off")
	cli.TemplateFlag(flags, &o.template)
	o.now.Flag(flags, "compare the times of bodies that no tape dates with this `TIME`, for example 2026-03-01T10:00:00Z (default: now)")
	flags.BoolVar(&o.ignoreUnread, "ignore-unread", false, "leave out files of a folder that look like captures and can't be read")
	flags.StringArrayVar(&o.reports, "report", nil, "write a report, `KIND=FILE`: "+strings.Join(report.Kinds(), ", ")+" (repeatable)")
	o.sarif.Flags(flags)
	return c
}

// scope is what the flags say of the bodies, and its validator.
func (o *Options) scope(catalog *schemas.Catalog) (asked schemas.Scope, v *schemas.Validator, err error) {
	asked = schemas.Scope{Route: o.route, Type: o.eventType}
	if asked.Composed, err = cli.RequestTemplate(catalog, o.template); err != nil {
		return asked, nil, err
	}
	v, err = catalog.Validator(asked)
	return asked, v, err
}

func validate(ctx context.Context, o *Options) error {
	defer cli.LimitGarbage()()
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	now, err := o.now.Time()
	if err != nil {
		return err
	}
	asked, validator, err := o.scope(catalog)
	if err != nil {
		return err
	}
	traffic, err := beginReport(o.Out, o.Version, o)
	if err != nil {
		return err
	}
	progress := cli.NewProgress(o.Err, o.paths)
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	bodies := capture.Read(o.paths, readingOf(reading, o.In, validator, progress))
	out := o.Out
	if traffic.files.Stdout() {
		out = io.Discard
	}
	p := printerOf(o.format, out)
	unread, failed := &cli.UnreadPaths{Out: o.Err, Ignore: o.ignoreUnread}, error(nil)
	whole := newWhole(o.sequence)
	for one := range pipeline.Run(ctx, bodies, whole.validator(catalog, asked, now)) {
		progress.Validated(len(one.Items))
		if errors.Is(one.Unread, context.Canceled) {
			continue // the interrupt is reported below
		}
		if one.Unread != nil {
			progress.Clear()
			if unread.Add(one.Unread) {
				traffic.unread(one.Unread)
			}
			continue
		}
		if failed = one.Failed; failed == nil {
			traffic.add(one.Body, one.Items)
			whole.add(one)
			failed = p.body(one.Body, one.Items)
		}
		if failed == nil && one.Last {
			failed = p.flush()
		}
		if failed != nil {
			stopReading() // a pipe may bring nothing for long, and the loop waits for its reader
			break
		}
	}
	progress.Clear()
	unread.End()
	if ctx.Err() != nil {
		cli.PrintError(o.Err, errors.New("interrupted; the results are incomplete"))
	}
	whole.end(p.tally(), traffic)
	failed = cmp.Or(failed, p.end(), p.flush())
	return cmp.Or(failed, traffic.end(o.Err, failed == nil && ctx.Err() == nil && !unread.Failed), outcome(p.tally(), o.failOn, unread.Failed))
}

// readingOf are the options of reading captures until the context ends.
func readingOf(ctx context.Context, stdin io.Reader, validator *schemas.Validator, progress *cli.Progress) capture.Options {
	return capture.Options{
		Stdin: cli.Interruptible(ctx, func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }),
		Open:  func(path string) (io.ReadCloser, error) { return cli.OpenInterruptible(ctx, path) },
		Limit: document.BodyLimits().Bytes, IsBody: validator.Recognizes, Progress: progress.Read,
	}
}

// outcome turns what was counted into the end of the process.
func outcome(t *report.Counts, failOn string, unread bool) error {
	rank := rankOf(failOn)
	worst := 0
	for level, n := range t.Levels {
		if n > 0 {
			worst = max(worst, level.Rank())
		}
	}
	if s := t.Sequence; s != nil && len(s.Drift) > 0 {
		worst = max(worst, webhook.LevelDrift.Rank())
	}
	switch {
	case unread:
		return cli.Exit(cli.ExitEnvironment, nil)
	case t.Items == 0:
		return cli.Exit(cli.ExitUsage, errors.New("validate captured webhooks: nothing was validated"))
	case worst >= rank:
		return cli.Exit(cli.ExitFindings, nil)
	}
	return nil
}

// rankOf is from which rank on a level fails.
func rankOf(failOn string) int {
	return map[string]int{"error": webhook.LevelError.Rank(), "drift": webhook.LevelDrift.Rank(), "none": webhook.LevelError.Rank() + 1}[failOn]
}
