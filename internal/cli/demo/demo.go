// Package demo has the command that plays every provider to a built-in consumer.
package demo

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/pipeline"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
	"github.com/ringback-dev/ringback/webhook"
)

// Options are the flags of demo.
type Options struct {
	*cli.Factory
	seed, speed string
}

// NewCommand makes demo. Without run, it plays.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = demo
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "demo",
		Short: "Play every provider's webhooks to a built-in consumer, and validate them",
		Example: "  ringback demo\n" +
			"  ringback demo --speed max",
		Long: "Start a consumer on this machine, and play the life of a message to it as each\n" +
			"provider would. For each webhook, show which event type the consumer recognized\n" +
			"and the verdict. Then play it once more with faults.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	c.Flags().StringVar(&o.seed, "seed", "1", "random seed, a `NUMBER`")
	c.Flags().StringVar(&o.speed, "speed", "60x", "scenario time per real time, a `SPEED`: 1x, 60x, or max to send at once")
	return c
}

// An act is what the demo plays at one go.
type act struct {
	title, scenario, route string
	flags                  cli.ScriptOptions
}

func demo(ctx context.Context, o *Options) error {
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	pace, err := engine.ParseSpeed(o.speed)
	if err != nil {
		return err
	}
	l, err := cli.ListenHere(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	d := &demonstration{
		s: o.Streams, catalog: catalog, pace: pace, url: cli.URLOf(l), style: cli.StyleOf(o.Out),
		heard: map[string][]webhook.Item{}, arrived: make(chan hearing, maxHeard),
	}
	serving, stop := context.WithCancel(ctx)
	var consuming sync.WaitGroup
	defer consuming.Wait()
	defer stop()
	consuming.Go(func() { d.consume(serving, l) })
	for _, p := range catalog.Providers {
		err := d.play(ctx, act{p.Title, "message-delivered", p.Name, cli.ScriptOptions{Seed: o.seed}})
		if err != nil {
			return err
		}
	}
	fallback := catalog.Default()
	err = d.play(ctx, act{fallback.Title + ", with faults", "message-delivered", fallback.Name, cli.ScriptOptions{Seed: o.seed, Faults: []string{
		"duplicate:after=2s,count=1", "unknown-field:every=3,count=1", "number-as-string:every=4,count=1",
	}}})
	return cmp.Or(err, d.end())
}

// maxHeard is more than a demo sends.
const maxHeard = 1000

// A demonstration is a demo under way.
type demonstration struct {
	s       cli.Streams
	catalog *schemas.Catalog
	pace    engine.Speed
	url     string
	style   report.Style
	// heard is what the consumer made of the bodies that arrived.
	heard   map[string][]webhook.Item
	arrived chan hearing
	// rejected counts webhooks without a fault that the consumer rejected.
	rejected int
}

// A hearing is what the consumer makes of one body.
type hearing struct {
	body  string
	items []webhook.Item
	err   error
}

// consume is the consumer: it validates webhooks, without access to what was sent.
func (d *demonstration) consume(ctx context.Context, l net.Listener) {
	log := cli.NewLogger(d.s.Err)
	_ = cli.Serve(ctx, l, &inbox.Consumer{Status: 200, Timeout: deadline.Default().Body, Log: log, OnReceived: func(a inbox.Received) {
		items, err := pipeline.Validate(d.catalog, schemas.Scope{}, a.Event.At, capture.Body{Bytes: a.Event.Body})
		d.arrived <- hearing{string(a.Event.Body), items, err}
	}}, log)
}

func (d *demonstration) play(ctx context.Context, a act) error {
	library, err := shipped.Library()
	if err != nil {
		return err
	}
	one, err := library.Scenario(a.scenario)
	if err != nil {
		return err
	}
	route, err := d.catalog.Route(a.route)
	if err != nil {
		return err
	}
	script, err := a.flags.PlanOn(d.catalog, route, one)
	if err != nil {
		return err
	}
	target, err := engine.TargetOf(route, engine.TargetOptions{URL: d.url, Concurrency: 1})
	if err != nil {
		return err
	}
	client, err := delivery.New(delivery.Config{})
	if err != nil {
		return err
	}
	defer client.Close()
	command := "ringback play " + a.scenario + " --provider " + route.Name + a.flags.Shown()
	fmt.Fprintf(d.s.Out, "%s\n%s\n", d.style.Bold(a.title), d.style.Dim(report.Indent(d.style, 2, command)))
	for r, err := range engine.Play(ctx, script.Jobs(), []engine.Target{target}, client, d.pace) {
		if err != nil {
			return err
		}
		if err := d.show(ctx, r); err != nil {
			return err
		}
	}
	fmt.Fprintln(d.s.Out)
	return ctx.Err()
}

// show prints what was sent, and what the consumer made of it.
func (d *demonstration) show(ctx context.Context, r engine.Result) error {
	if !r.Accepted {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("play to the built-in consumer: %s", report.Clean(r.Failure)))
	}
	items, err := d.await(ctx, string(r.Event.Body))
	if err != nil {
		return err
	}
	for _, item := range items {
		v := item.Verdict
		if v.Level != webhook.LevelOK && len(r.Faults) == 0 {
			d.rejected++
		}
		event, _ := cli.EventOf(r)
		var line strings.Builder
		fmt.Fprintf(&line, "  %-18s %-38s %s", event, report.Middle(report.TypeName(v), 38), d.style.Level(v.Level))
		if len(r.Faults) > 0 {
			line.WriteString("  " + d.style.Dim(report.Clean(strings.Join(r.Faults, ", "))))
		}
		for _, f := range v.Findings {
			line.WriteString("\n" + d.style.Dim(report.Indent(d.style, 6, fmt.Sprintf("%s at %s: expected %s", f.Rule, f.Pointer, f.Expected))))
		}
		if _, err := io.WriteString(d.s.Out, line.String()+"\n"); err != nil {
			return cli.WriteError(err)
		}
	}
	return nil
}

// await returns the verdict of the consumer on a body. The consumer responds before it
// validates.
func (d *demonstration) await(ctx context.Context, body string) ([]webhook.Item, error) {
	for d.heard[body] == nil {
		select {
		case h := <-d.arrived:
			if h.err != nil {
				return nil, h.err
			}
			d.heard[h.body] = h.items
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return d.heard[body], nil
}

func (d *demonstration) end() error {
	if d.rejected > 0 {
		return cli.Exit(cli.ExitFindings, fmt.Errorf("validate: %d webhooks violate the contracts of their providers", d.rejected))
	}
	_, err := fmt.Fprint(d.s.Out, "next: ringback listen --listen 127.0.0.1:8080, and in another terminal\n      ringback play conversation --to http://127.0.0.1:8080/\n")
	return cli.WriteError(err)
}
