package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// EmitOptions are the flags of emit.
type emitOptions struct {
	playOptions
	body string
}

func newEmit(s streams, set *settings) *cobra.Command {
	o := &emitOptions{}
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
		Args: oneArgument("find event: no EVENT is given; `ringback catalog list` names all, and docs/scenarios.md the words of scenarios"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			catalog, err := set.catalog()
			if err != nil || len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return append(canonical.Events(), typeNames(catalog)...), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error { return o.run(c.Context(), s, set, args[0]) },
	}
	o.scriptOptions.flags(c)
	o.targetOptions.flags(c)
	o.runOptions.flags(c)
	c.Flags().StringVar(&o.out, "out", "", "write a tape to this `FILE` (- is stdout) instead of sending")
	c.Flags().StringVar(&o.body, "body", "", "send the body in this `FILE` (- is stdin) as it is")
	secretFlags(c)
	return c
}

func (o *emitOptions) run(ctx context.Context, s streams, set *settings, event string) error {
	if (o.to == "") == (o.out == "") {
		return fmt.Errorf("emit: give one of --to URL, which sends, and --out FILE, which only writes")
	}
	catalog, err := set.catalog()
	if err != nil {
		return err
	}
	route, err := o.routeOf(catalog, event)
	if err != nil {
		return err
	}
	if o.body != "" {
		return o.raw(ctx, s, route, event)
	}
	script, begins, err := o.single(catalog, route, event)
	if err != nil {
		return err
	}
	if o.out != "" {
		return record(ctx, s, o.out, script, script.Start.Add(begins))
	}
	return o.send(ctx, s, script)
}

// routeOf is the route that --provider names, or for an event type without it
// the first that the type comes by.
func (o *emitOptions) routeOf(catalog *schemas.Catalog, event string) (*schemas.Route, error) {
	if !strings.Contains(event, "/") {
		if !canonical.Is(event) {
			return nil, fmt.Errorf("find event: no word of scenarios and no event type is named %s; %s", document.Quote(event), document.OneOf(event, canonical.Events()))
		}
		return catalog.Route(cmp.Or(o.provider, catalog.Default().Name))
	}
	t, err := catalog.Type(event)
	if err != nil {
		return nil, err
	}
	for _, r := range t.Routes() {
		if o.provider == "" || o.provider == t.Provider.Name || o.provider == r.Name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("find event: %s does not come by %s", event, o.provider)
}

// single plans a conversation that leads to the event, and keeps the event alone. What
// comes before it is over when it begins: the conversation started so much earlier.
func (o *emitOptions) single(catalog *schemas.Catalog, route *schemas.Route, event string) (script engine.Script, begins time.Duration, err error) {
	one, err := engine.Single(route, event)
	if err != nil {
		return engine.Script{}, 0, err
	}
	if script, err = o.planOn(catalog, route, one); err == nil {
		begins = engine.Only(script.Plan, event)
		script.Start = script.Start.Add(-begins)
	}
	return script, begins, err
}

// raw sends a body of the user's own.
func (o *emitOptions) raw(ctx context.Context, s streams, route *schemas.Route, event string) error {
	if o.out != "" {
		return fmt.Errorf("emit: --body is there already; --out writes what is made")
	}
	body, err := readBody(s, o.body)
	if err != nil {
		return err
	}
	target, err := o.sendTarget(route)
	if err != nil {
		return err
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	defer client.Close()
	seed, err := seedOf(o.seed)
	if err != nil {
		return err
	}
	header := []webhook.Header{{Name: "Content-Type", Value: route.Contract.ContentType}}
	return send(ctx, s, &o.runOptions, rawJob(webhook.Event{Route: route.Name, Type: event, Headers: header, Body: body}, seed), target, client)
}

func readBody(s streams, path string) ([]byte, error) {
	limit := int64(document.BodyLimits().Bytes)
	from := s.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, exit{exitEnvironment, fmt.Errorf("read the body %s: %w", path, reason(err))}
		}
		defer f.Close()
		from = f
	}
	body, err := io.ReadAll(io.LimitReader(from, limit+1))
	switch {
	case err != nil:
		return nil, exit{exitEnvironment, fmt.Errorf("read the body %s: %w", path, reason(err))}
	case int64(len(body)) > limit:
		return nil, fmt.Errorf("read the body %s: it is larger than %s", path, size(limit))
	}
	return body, nil
}
