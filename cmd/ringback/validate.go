package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// validateOptions are the flags of validate.
type validateOptions struct {
	route, eventType, format, failOn string
	reports                          []string
	ignoreUnread                     bool
	sarif                            sarifOptions
}

func newValidate(s streams, set *settings) *cobra.Command {
	o := &validateOptions{}
	c := &cobra.Command{
		Use:   "validate [flags] PATH…",
		Short: "Validate captured webhooks",
		Long: `Identify each captured webhook and check it against the provider's contract.
PATH is a JSON file, NDJSON, a JSON array of bodies, a tape (recorded
deliveries, NDJSON), a folder of these, or - for stdin; the content decides
which. Each body must be as the provider sent it. A file in another format (HAR,
gzip, CSV, a log, an export, a form …) isn't read: the message names the format
and, where there is one, a command that extracts the bodies.

  ok            the contract allows it, and nothing in it is new
  drift         allowed, but a field or a value isn't listed
  error         the contract rejects it
  unknown       it resembles no event type of the catalog
  inconclusive  it is a form, too large or too deep to be validated

Exit codes: 0 if nothing is as bad as --fail-on; 1 if something is; 2 if nothing
was validated; 3 if a path can't be read, or a folder holds captures that aren't
read (unless --ignore-unread is set).`,
		Example: `  ringback validate captured.ndjson
  ringback validate --provider gupshup --fail-on drift captures/
  gunzip -c captured.ndjson.gz | ringback validate --format ndjson -`,
		Args: func(_ *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				return errors.New("validate captured webhooks: no PATH is given; name a file, a folder, or - for stdin")
			}
			return nil
		},
		RunE: func(c *cobra.Command, paths []string) error {
			var err error
			if o.sarif.repository, err = o.sarif.find(c.Flags(), os.LookupEnv); err != nil {
				return err
			}
			return validate(c.Context(), s, set, o, paths)
		},
	}
	f := c.Flags()
	f.StringVar(&o.route, "provider", "", "consider only this `PROVIDER` or route, for example gupshup/v3")
	f.StringVar(&o.eventType, "event", "", "validate every body as this `EVENT` type")
	choose(f, &o.format, "format", "output `FORMAT`: pretty, ndjson or json", "pretty", "ndjson", "json")
	choose(f, &o.failOn, "fail-on", "exit with 1 at this `LEVEL` or worse: error, drift or none", "error", "drift", "none")
	f.BoolVar(&o.ignoreUnread, "ignore-unread", false, "leave out files of a folder that look like captures and can't be read")
	f.StringArrayVar(&o.reports, "report", nil, "write a report, `KIND=FILE`: "+strings.Join(report.Kinds(), ", ")+" (repeatable)")
	o.sarif.flags(f)
	return c
}

func validate(ctx context.Context, s streams, set *settings, o *validateOptions, paths []string) error {
	catalog, err := set.catalog()
	if err != nil {
		return err
	}
	asked := schemas.Scope{Route: o.route, Type: o.eventType}
	validator, err := catalog.Validator(asked)
	if err != nil {
		return err
	}
	traffic, err := beginReport(s.out, o, paths)
	if err != nil {
		return err
	}
	progress := newProgress(s.err, paths)
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	bodies := capture.Read(paths, readingOf(reading, s.in, validator, progress))
	out := s.out
	if traffic.files.Stdout() {
		out = io.Discard
	}
	p := printerOf(o.format, out)
	all := &judges{catalog: catalog}
	unread, failed := &unreadPaths{out: s.err, ignore: o.ignoreUnread}, error(nil)
	for one := range judgeAll(ctx, bodies, func(b capture.Body) ([]webhook.Item, error) { return judgeBody(all, asked, b) }) {
		progress.validated(len(one.items))
		if errors.Is(one.unread, context.Canceled) {
			continue // nobody's failure; the interrupt is told below
		}
		if one.unread != nil {
			progress.clear()
			if unread.add(one.unread) {
				traffic.unread(one.unread)
			}
			continue
		}
		if failed = one.failed; failed == nil {
			traffic.add(one.body, one.items)
			failed = p.body(one.body, one.items)
		}
		if failed == nil && one.last {
			failed = p.flush()
		}
		if failed != nil {
			stopReading() // a pipe may bring nothing for long, and the loop waits for its reader
			break
		}
	}
	progress.clear()
	unread.end()
	if ctx.Err() != nil {
		printError(s.err, errors.New("interrupted; what is shown is not all"))
	}
	failed = cmp.Or(failed, p.end(), p.flush())
	return cmp.Or(failed, traffic.end(s.err, failed == nil && ctx.Err() == nil && !unread.failed), outcome(p.tally(), o.failOn, unread.failed))
}

// readingOf says how captures are read, until the context ends.
func readingOf(ctx context.Context, stdin io.Reader, validator *schemas.Validator, progress *progress) capture.Options {
	return capture.Options{
		Stdin: interruptible(ctx, func() (io.ReadCloser, error) { return io.NopCloser(stdin), nil }),
		Open:  func(path string) (io.ReadCloser, error) { return openInterruptible(ctx, path) },
		Limit: document.BodyLimits().Bytes, IsBody: validator.Recognizes, Progress: progress.read,
	}
}

// judgeBody judges one body within what was asked for and what its tape says.
func judgeBody(all *judges, asked schemas.Scope, b capture.Body) ([]webhook.Item, error) {
	switch {
	case b.Problem != "":
		return []webhook.Item{schemas.Unreadable(b.Problem)}, nil
	case b.Size > 0:
		return []webhook.Item{schemas.Oversized(b.Size)}, nil
	}
	scope := asked
	if asked == (schemas.Scope{}) && all.catalog.HasType(b.Type) {
		scope = schemas.Scope{Likely: b.Type}
	}
	validator, err := all.of(scope)
	if err != nil {
		return nil, err
	}
	return validator.Body(b.Bytes)
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
	switch {
	case unread:
		return exit{exitEnvironment, nil}
	case t.Items == 0:
		return exit{exitUsage, errors.New("validate captured webhooks: nothing was validated")}
	case worst >= rank:
		return exit{exitFindings, nil}
	}
	return nil
}

// rankOf is from which rank on a level fails.
func rankOf(failOn string) int {
	return map[string]int{"error": webhook.LevelError.Rank(), "drift": webhook.LevelDrift.Rank(), "none": webhook.LevelError.Rank() + 1}[failOn]
}

// openInterruptible opens a file; to open a pipe, or to read from it, may take
// until somebody writes into it.
func openInterruptible(ctx context.Context, path string) (io.ReadCloser, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return os.Open(path)
	}
	return interruptible(ctx, func() (io.ReadCloser, error) { return os.Open(path) }), nil
}

// interruptible lets a read from a terminal or pipe end when the context does.
// The goroutine that waits for the pipe may stay; it ends with the process.
func interruptible(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	reader, writer := io.Pipe()
	p := &pipe{PipeReader: reader, stop: context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })}
	p.start = sync.OnceFunc(func() {
		go func() {
			in, err := open()
			if err == nil {
				_, err = io.Copy(writer, in)
				in.Close()
			}
			writer.CloseWithError(err)
		}()
	})
	return p
}

// A pipe starts to be read when it is first asked.
type pipe struct {
	*io.PipeReader
	start func()
	stop  func() bool
}

func (p *pipe) Read(b []byte) (int, error) {
	p.start()
	return p.PipeReader.Read(b)
}

func (p *pipe) Close() error {
	p.stop()
	return p.PipeReader.Close()
}
