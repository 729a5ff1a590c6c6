package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// ReplayOptions are the flags of replay.
type replayOptions struct {
	targetOptions
	runOptions
	provider string
	resign   bool
}

func newReplay(s streams, set *settings) *cobra.Command {
	o := &replayOptions{}
	c := &cobra.Command{
		Use:   "replay TAPE --to URL",
		Short: "Send the webhooks of a tape again, byte for byte",
		Long: "Send the webhooks of a tape (recorded deliveries, NDJSON) with the same bodies,\n" +
			"headers and intervals, and retry by the provider's contract. Signatures stay as\n" +
			"they are, unless --resign makes new ones with --secret.",
		Example: "  ringback replay run.tape --to http://127.0.0.1:3000/webhooks --speed max",
		Args:    oneArgument("replay: no TAPE is given; `ringback play … --tape FILE` and `ringback listen --tape FILE` make one"),
		RunE:    func(c *cobra.Command, args []string) error { return o.run(c.Context(), s, set, args[0]) },
	}
	o.targetOptions.flags(c)
	o.runOptions.flags(c)
	c.Flags().StringVar(&o.provider, "provider", "", "use the contract of this `ROUTE` (default: that of the first event on the tape)")
	c.Flags().BoolVar(&o.resign, "resign", false, "sign again, with --secret")
	secretFlags(c)
	return c
}

func (o *replayOptions) run(ctx context.Context, s streams, set *settings, path string) error {
	switch {
	case o.to == "":
		return errors.New("replay: nothing says where to; give --to URL")
	case o.resign && len(o.secrets) == 0:
		return errors.New("replay: --resign makes signatures, for which it needs --secret")
	case !o.resign && len(o.secrets) > 0:
		return errors.New("replay: signatures go out as they are on the tape; give --resign to make them afresh with --secret")
	}
	catalog, err := set.catalog()
	if err != nil {
		return err
	}
	route, err := o.routeOf(catalog, path)
	if err != nil {
		return err
	}
	pace, err := engine.ParseSpeed(o.speed)
	if err != nil {
		return err
	}
	target, err := o.sendTarget(route)
	if err != nil {
		return err
	}
	if !o.resign {
		target.Sign, target.Outgoing = nil, nil
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	defer client.Close()
	replay := engine.Replay{Deliveries: tapeOf(path)}
	if o.resign {
		replay.Resign = target.Signed()
	}
	fmt.Fprintf(s.err, "ringback: replaying %s by the contract of %s at %s\n", path, route.Name, speedText(pace, length{}))
	return send(ctx, s, &o.runOptions, replay.Jobs(), target, client)
}

// routeOf is the route that --provider names, or that of the tape's first event.
func (o *replayOptions) routeOf(catalog *schemas.Catalog, path string) (*schemas.Route, error) {
	if o.provider != "" {
		return catalog.Route(o.provider)
	}
	for d, err := range tapeOf(path) {
		if err != nil {
			return nil, err
		}
		if d.Event.Route == "" {
			return nil, fmt.Errorf("replay %s: its first event does not say by which route it came; give --provider", path)
		}
		return catalog.Route(d.Event.Route)
	}
	return nil, fmt.Errorf("replay %s: it holds no delivery", path)
}

// longestRecord bounds a line of a tape: a body, its answer, and their Base64.
const maxRecord = 16 << 20

// tapeOf reads the deliveries of a tape, one by one.
func tapeOf(path string) iter.Seq2[webhook.Delivery, error] {
	return func(yield func(webhook.Delivery, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(webhook.Delivery{}, exitError(exitEnvironment, fmt.Errorf("read the tape %s: %w", path, reason(err))))
			return
		}
		defer f.Close()
		lines := bufio.NewScanner(f)
		lines.Buffer(make([]byte, 0, 64<<10), maxRecord)
		read := false
		for n := 1; lines.Scan(); n++ {
			if len(lines.Bytes()) == 0 {
				continue
			}
			d, err := capture.ReadDelivery(lines.Bytes())
			switch {
			case err != nil && !capture.IsRecord(lines.Bytes()) && !read:
				err = notTape(path, lines)
			case err != nil:
				err = fmt.Errorf("%s:%d: %w", path, n, err)
			}
			read = true
			if !yield(d, err) || err != nil {
				return
			}
		}
		if err := lines.Err(); err != nil && !errors.Is(err, io.EOF) {
			yield(webhook.Delivery{}, exitError(exitEnvironment, fmt.Errorf("read the tape %s: %w", path, reason(err))))
		}
	}
}

// mostLooked is how much of a file that is not a tape is looked at.
const maxLooked = 16 << 10

// notTape says what a file is that is not a tape, by the line that was read and
// those that follow.
func notTape(path string, lines *bufio.Scanner) error {
	start := slices.Concat(lines.Bytes(), []byte("\n"))
	for len(start) < maxLooked && lines.Scan() {
		start = append(append(start, lines.Bytes()...), '\n')
	}
	return fmt.Errorf("read the tape %s: it is %s, not a tape; `ringback validate` checks captured bodies, `ringback emit --body` sends one, and --tape of play, emit and listen writes tapes",
		path, capture.NotTape(start))
}
