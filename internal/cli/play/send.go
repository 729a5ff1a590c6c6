package play

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// runOptions are the flags of a run and of its output.
type runOptions struct {
	speed, tape, format string
	quiet               bool
}

func (o *runOptions) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.speed, "speed", "1x", "scenario time per real time, a `SPEED`: 1x, 60x, or max to send at once")
	f.StringVar(&o.tape, "tape", "", "append each delivery and its attempts to this `FILE`, as a tape")
	f.BoolVar(&o.quiet, "quiet", false, "print only the summary")
	cli.Enum(f, &o.format, "format", "output `FORMAT`: pretty or ndjson", "pretty", "ndjson")
}

// send delivers jobs to one target, shows each delivery, and sums up.
func send(ctx context.Context, s cli.Streams, o *runOptions, jobs iter.Seq2[script.Job, error], target engine.Target, client engine.Attempter) error {
	pace, err := engine.ParseSpeed(o.speed)
	if err != nil {
		return err
	}
	tape, err := cli.AppendTape(o.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	run := &sending{tally: engine.NewStats([]engine.Target{target}), target: &target, show: deliveryPrinterOf(o, s.Out)}
	if o.tape != "" {
		run.tape = tape
	}
	for r, err := range engine.Play(ctx, jobs, []engine.Target{target}, client, pace) {
		if dead, unreached := errors.AsType[*engine.Unreachable](err); unreached {
			return cmp.Or(run.show.end(run.tally), cli.Unreachable(target.URL, dead))
		}
		if err != nil {
			return err
		}
		if err := run.add(r); err != nil {
			return err
		}
	}
	return cmp.Or(run.show.end(run.tally), run.outcome())
}

// A sending is the state of a run.
type sending struct {
	tally  *engine.Stats
	target *engine.Target
	tape   io.Writer // nil without --tape, which saves encoding each delivery
	show   deliveryPrinter
	// rejected counts rejected deliveries without a fault; responded counts deliveries
	// with a response.
	rejected, responded int
}

func (run *sending) add(r engine.Result) error {
	run.tally.Add(r)
	unmet := r.UnmetExpectations(run.target.Schedule.TimeAllowed)
	if len(r.Attempts) > 0 && !r.Accepted && !r.Faulty() {
		run.rejected++
	}
	if n := len(r.Attempts); n > 0 && r.Attempts[n-1].Failure == "" {
		run.responded++
	}
	if run.tape != nil && !r.Dropped {
		if err := capture.WriteDelivery(run.tape, r.Delivery); err != nil {
			return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the tape: %w", cli.Cause(err)))
		}
	}
	return run.show.delivery(r, unmet)
}

// outcome is the error that ends the process. A consumer that can't be reached is not a
// finding.
func (run *sending) outcome() error {
	switch {
	case run.tally.Sent == 0:
		return cli.Exit(cli.ExitUsage, fmt.Errorf("send: nothing was sent"))
	case run.responded == 0:
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("deliver: the endpoint responded to no webhook; see the failures above"))
	case run.rejected > 0 || run.tally.UnmetExpectations > 0:
		return cli.Exit(cli.ExitFindings, nil)
	}
	return nil
}

// record writes what would be sent to a tape, with the times of the plan from a start on.
func record(ctx context.Context, s cli.Streams, out string, script script.Script, start time.Time) error {
	w, closing, err := cli.CreateTape(s, out)
	if err != nil {
		return err
	}
	n := 0
	for r, err := range engine.Virtual(ctx, script.Jobs(), start) {
		if err != nil {
			return err
		}
		if r.Dropped {
			continue
		}
		n++
		if err := capture.WriteDelivery(w, r.Delivery); err != nil {
			return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the tape: %w", cli.Cause(err)))
		}
	}
	if err := closing(); err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the tape %s: %w", out, cli.Cause(err)))
	}
	if out != "-" {
		fmt.Fprintf(s.Err, "ringback: wrote %d deliveries to %s\n", n, out)
	}
	return nil
}

// rawJob delivers a body as it is, by the route's contract.
func rawJob(event webhook.Event, seed uint64) iter.Seq2[script.Job, error] {
	deliveries := func(yield func(webhook.Delivery, error) bool) { yield(webhook.Delivery{Event: event}, nil) }
	return engine.Replay{Deliveries: deliveries, Seed: seed}.Jobs()
}
