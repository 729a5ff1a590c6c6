package play

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// ReplayOptions are the arguments and flags of replay.
type ReplayOptions struct {
	*cli.Factory
	path string // of the tape
	cli.EndpointOptions
	runOptions
	provider string
	resign   bool
}

// NewReplayCommand makes replay. Without run, it sends.
func NewReplayCommand(f *cli.Factory, run func(context.Context, *ReplayOptions) error) *cobra.Command {
	if run == nil {
		run = replay
	}
	o := &ReplayOptions{Factory: f}
	c := &cobra.Command{
		Use:   "replay TAPE --to URL",
		Short: "Send the webhooks of a tape again, byte for byte",
		Long: "Send the webhooks of a tape (recorded deliveries, NDJSON) with the same bodies,\n" +
			"headers and intervals, and retry by the provider's contract. Signatures stay as\n" +
			"they are, unless --resign makes new ones with --secret.",
		Example: "  ringback replay run.tape --to http://127.0.0.1:3000/webhooks --speed max",
		Args:    cli.OneArgument("replay: no TAPE; `ringback play … --tape FILE` and `ringback listen --tape FILE` write tapes"),
		RunE: func(c *cobra.Command, args []string) error {
			o.path = args[0]
			return run(c.Context(), o)
		},
	}
	o.EndpointOptions.Flags(c)
	o.runOptions.flags(c)
	c.Flags().StringVar(&o.provider, "provider", "", "use the contract of this `ROUTE` (default: that of the first event on the tape)")
	c.Flags().BoolVar(&o.resign, "resign", false, "sign again, with --secret")
	cli.SecretFlags(c)
	return c
}

func replay(ctx context.Context, o *ReplayOptions) error {
	switch {
	case o.To == "":
		return errors.New("replay: no endpoint; set --to URL")
	case o.resign && len(o.Secrets) == 0:
		return errors.New("replay: --resign needs a secret; set --secret")
	case !o.resign && len(o.Secrets) > 0:
		return errors.New("replay: --secret has no effect without --resign; set --resign to sign again")
	}
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	route, err := o.routeOf(catalog, o.path)
	if err != nil {
		return err
	}
	pace, err := engine.ParseSpeed(o.speed)
	if err != nil {
		return err
	}
	target, err := o.SendTarget(catalog, route)
	if err != nil {
		return err
	}
	if !o.resign {
		target.Sign, target.Outgoing = nil, nil
	}
	client, err := o.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	again := engine.Replay{Deliveries: cli.ReadTape(o.path)}
	if o.resign {
		again.Resign = target.Signed()
	}
	fmt.Fprintf(o.Err, "ringback: replaying %s by the contract of %s at %s\n", o.path, route.Name, speedText(pace, length{}))
	return send(ctx, o.Streams, &o.runOptions, again.Jobs(), target, client)
}

// routeOf is the route that --provider names, or that of the tape's first event.
func (o *ReplayOptions) routeOf(catalog *schemas.Catalog, path string) (*schemas.Route, error) {
	if o.provider != "" {
		return catalog.Route(o.provider)
	}
	for d, err := range cli.ReadTape(path) {
		if err != nil {
			return nil, err
		}
		if d.Event.Route == "" {
			return nil, fmt.Errorf("replay %s: the first event has no route; set --provider", path)
		}
		return catalog.Route(d.Event.Route)
	}
	return nil, fmt.Errorf("replay %s: the tape has no deliveries", path)
}
