package play

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// EmitOptions are the arguments and flags of emit.
type EmitOptions struct {
	PlayOptions
	event string // a canonical event, or an event type
	body  string
}

// NewEmitCommand makes emit. Without run, it sends.
func NewEmitCommand(f *cli.Factory, run func(context.Context, *EmitOptions) error) *cobra.Command {
	if run == nil {
		run = emit
	}
	o := &EmitOptions{PlayOptions: PlayOptions{Factory: f}}
	c := &cobra.Command{
		Use:   "emit EVENT (--to URL | --out FILE)",
		Short: "Send one webhook: an event, or a body of your own",
		Long: "Send one webhook. EVENT is a canonical event (message.delivered) or an event type\n" +
			"(netcore/event.sent). The events before it in the life of its message count as\n" +
			"sent. With --body, the body comes from a file and is sent byte for byte, with the\n" +
			"provider's signature and headers.",
		Example: "  ringback emit inbound.text --to http://127.0.0.1:3000/webhooks \\\n" +
			"    --with message.text=STOP\n" +
			"  ringback emit message.delivered --provider netcore --out -",
		Args: cli.OneArgument("find event: no EVENT; `ringback catalog list` lists the event types, and docs/scenarios.md the canonical events"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			catalog, err := f.Catalog()
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return append(canonical.Events(), cli.TypeNames(catalog)...), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			o.event = args[0]
			return run(c.Context(), o)
		},
	}
	o.ScriptOptions.Flags(c)
	o.EndpointOptions.Flags(c)
	o.runOptions.flags(c)
	c.Flags().StringVar(&o.out, "out", "", "write a tape to this `FILE` (- is stdout) instead of sending")
	c.Flags().StringVar(&o.body, "body", "", "send the body in this `FILE` (- is stdin) as it is")
	cli.SecretFlags(c)
	return c
}

func emit(ctx context.Context, o *EmitOptions) error {
	if (o.To == "") == (o.out == "") {
		return fmt.Errorf("emit: set either --to URL, which sends, or --out FILE, which only writes")
	}
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	route, err := o.routeOf(catalog, o.event)
	if err != nil {
		return err
	}
	if o.body != "" {
		return o.raw(ctx, catalog, route)
	}
	script, begins, err := o.single(catalog, route, o.event)
	if err != nil {
		return err
	}
	if o.out != "" {
		return record(ctx, o.Streams, o.out, script, script.Start.Add(begins))
	}
	return o.send(ctx, script)
}

// routeOf is the route that --provider names, or for an event type without it
// the first that the type comes by.
func (o *EmitOptions) routeOf(catalog *schemas.Catalog, event string) (*schemas.Route, error) {
	if !strings.Contains(event, "/") {
		if !canonical.Is(event) {
			return nil, fmt.Errorf("find event: %s is neither a canonical event nor an event type; %s", document.Quote(event), document.OneOf(event, canonical.Events()))
		}
		return catalog.Route(cmp.Or(o.Provider, catalog.Default().Name))
	}
	t, err := catalog.Type(event)
	if err != nil {
		return nil, err
	}
	for _, r := range t.Routes() {
		if o.Provider == "" || o.Provider == t.Provider.Name || o.Provider == r.Name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("find event: %s is not an event type of %s", event, o.Provider)
}

// single plans a conversation that leads to the event, and keeps the event alone. What
// comes before it is over when it begins: the conversation started so much earlier.
func (o *EmitOptions) single(catalog *schemas.Catalog, route *schemas.Route, event string) (made script.Script, begins time.Duration, err error) {
	one, err := script.Single(route, event)
	if err != nil {
		return script.Script{}, 0, err
	}
	if made, err = o.PlanOn(catalog, route, one); err == nil {
		begins = script.Only(made.Plan, event)
		made.Start = made.Start.Add(-begins)
	}
	return made, begins, err
}

// raw sends a body of the user's own.
func (o *EmitOptions) raw(ctx context.Context, catalog *schemas.Catalog, route *schemas.Route) error {
	if o.out != "" {
		return fmt.Errorf("emit: --out writes generated events; leave it out with --body")
	}
	body, err := readBody(o.Streams, o.body)
	if err != nil {
		return err
	}
	target, err := o.SendTarget(catalog, route)
	if err != nil {
		return err
	}
	client, err := o.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	seed, err := cli.Seed(o.Seed)
	if err != nil {
		return err
	}
	header := []webhook.Header{{Name: "Content-Type", Value: route.Contract.ContentType}}
	return send(ctx, o.Streams, &o.runOptions, rawJob(webhook.Event{Route: route.Name, Type: o.event, Headers: header, Body: body}, seed), target, client)
}

func readBody(s cli.Streams, path string) ([]byte, error) {
	limit := int64(document.BodyLimits().Bytes)
	from := s.In
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("read the body %s: %w", path, cli.Cause(err)))
		}
		defer f.Close()
		from = f
	}
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	switch {
	case err != nil:
		return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("read the body %s: %w", path, cli.Cause(err)))
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("read the body %s: it is larger than %s", path, cli.Size(limit))
	}
	return body, nil
}
