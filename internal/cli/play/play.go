// Package play has the commands that plan events and send them: play, plan, emit and replay.
package play

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
)

// PlayOptions are the arguments and flags of play.
type PlayOptions struct {
	*cli.Factory
	scenario string // a name, or a YAML file
	cli.ScriptOptions
	cli.EndpointOptions
	runOptions
	out string
}

// NewPlayCommand makes play. Without run, it sends.
func NewPlayCommand(f *cli.Factory, run func(context.Context, *PlayOptions) error) *cobra.Command {
	if run == nil {
		run = playScenario
	}
	o := &PlayOptions{Factory: f}
	c := cli.TakeScenario(&cobra.Command{
		Use:   "play SCENARIO (--to URL | --out FILE)",
		Short: "Send the webhooks of a scenario to a consumer",
		Long: "Send the webhooks of a scenario to a URL as the provider would: signed, paced, and\n" +
			"retried by the provider's contract. With --out, write a tape (recorded deliveries,\n" +
			"NDJSON) instead, with the times of the plan. SCENARIO is a name or a YAML file.\n" +
			"With --to and --speed max, the scenario ends now in the bodies, unless --at sets its start.\n" +
			"\n" +
			"Exit with 1 if the consumer rejects a delivery without a fault, and with 3 if the\n" +
			"URL has not responded in this run: 2 seconds after the start if the connection is\n" +
			"refused, unless --keep-trying is set.",
		Example: "  ringback play message-delivered --to http://127.0.0.1:3000/ --speed 60x\n" +
			"  ringback play message-delivered --to http://127.0.0.1:3000/ --fault duplicate\n" +
			"  ringback play opt-out --provider mobtexting/sms --out - --seed 7",
		RunE: func(c *cobra.Command, args []string) error {
			o.scenario = args[0]
			return run(c.Context(), o)
		},
	})
	o.ScriptOptions.Flags(c)
	o.EndpointOptions.Flags(c)
	o.runOptions.flags(c)
	c.Flags().StringVar(&o.out, "out", "", "write a tape to this `FILE` (- is stdout) instead of sending")
	cli.SecretFlags(c)
	return c
}

func playScenario(ctx context.Context, o *PlayOptions) error {
	switch {
	case o.To == "" && o.out == "":
		return errors.New("play: no endpoint; set --to URL, or --out FILE to write a tape")
	case o.To != "" && o.out != "":
		return errors.New("play: --to sends and --out only writes; set one of them")
	}
	script, err := o.Script(o.Factory, o.scenario)
	if err != nil {
		return err
	}
	if o.out != "" {
		notices(o.Err, script.Plan)
		return record(ctx, o.Streams, o.out, script, script.Start)
	}
	return o.send(ctx, script)
}

// send plays a planned script to the target.
func (o *PlayOptions) send(ctx context.Context, script script.Script) error {
	pace, err := engine.ParseSpeed(o.speed)
	if err != nil {
		return err
	}
	if pace == engine.Immediate() && !o.Timed() && !script.Plan.Scenario.HasStart() { // nothing is sent before its time
		script = script.NotAfter(script.Start)
	}
	target, err := o.SendTarget(script.Catalog, script.Route)
	if err != nil {
		return err
	}
	if err := target.Check(script.Plan.Faults()...); err != nil {
		return err
	}
	client, err := o.Client()
	if err != nil {
		return err
	}
	defer client.Close()
	announce(o.Err, script.Plan, &target, pace)
	h := engine.Handshake{Route: script.Route, Generator: script.Generator, Seed: script.Plan.Options.Seed}
	if err := o.TryHandshake(ctx, o.Streams, h, &target, client); err != nil {
		return err
	}
	return send(ctx, o.Streams, &o.runOptions, script.Jobs(), target, client)
}
