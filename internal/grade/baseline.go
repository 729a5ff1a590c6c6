package grade

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A baseline is what a consumer does without faults, observed twice: what differs between the two
// is noise.
type baseline struct {
	effects     effects
	noise       noise
	observation *Observation
	// reason explains why it can't be compared with; "" if it can.
	reason string
}

// baseline runs the baseline scenario of a probe, once for all callers.
func (g *grader) baseline(ctx context.Context, p *Probe) (*baseline, error) {
	g.mu.Lock()
	known := g.bases[p]
	g.mu.Unlock()
	if known != nil {
		return known, nil
	}
	observations, err := g.playAll(ctx, p.baselineScenario, []playing{{}, {}})
	if err != nil {
		return nil, err
	}
	b := &baseline{effects: observations[0].effects(), observation: observations[0]}
	other := observations[1].effects()
	var same bool
	b.noise, same = noiseOf(b.effects, other)
	switch {
	case rejection(observations) != "":
		b.reason = "the baseline is not accepted: " + rejection(observations)
	case observations[0].StateError != nil:
		b.reason = observations[0].StateError.Error()
	case !same:
		b.reason = "two baseline runs differ: " + describeDivergence(b.effects, other)
	}
	g.mu.Lock()
	g.bases[p] = b
	g.mu.Unlock()
	return b, nil
}

// describeDivergence explains how the effects of two baseline runs differ.
func describeDivergence(one, other effects) string {
	if len(one.calls) != len(other.calls) {
		return fmt.Sprintf("%s in the first and %d in the second", pluralize(len(one.calls), "call"), len(other.calls))
	}
	if found := (noise{}).calls(one, other); len(found) > 0 {
		return "the calls differ"
	}
	return "the state differs"
}

func pluralize(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// rejection explains how the consumer rejects what it should accept; "" if it accepts.
func rejection(observations []*Observation) string {
	for _, r := range observations {
		for i := range r.Deliveries {
			if d := &r.Deliveries[i]; !d.Accepted {
				return d.Label() + ": " + describeResponse(d.last(), d.Failure)
			}
		}
	}
	return ""
}

// maxAtOnce is the number of concurrent conversations.
const maxAtOnce = 8

// playAll runs a scenario several times, partly at the same time, each with a new end user. The
// observations are in the order of the runs.
func (g *grader) playAll(ctx context.Context, one *scenarios.Scenario, all []playing) ([]*Observation, error) {
	return g.playSome(ctx, one, all, maxAtOnce)
}

func (g *grader) playSome(ctx context.Context, one *scenarios.Scenario, all []playing, atOnce int) ([]*Observation, error) {
	return runParallel(len(all), atOnce, func(i int) (*Observation, error) { return g.play(ctx, one, all[i]) })
}

// runParallel makes n observations, partly at the same time. It returns the first error by number;
// an observation with an error is nil.
func runParallel(n, atOnce int, observation func(i int) (*Observation, error)) ([]*Observation, error) {
	observations, errs := make([]*Observation, n), make([]error, n)
	var under sync.WaitGroup
	room := make(chan struct{}, atOnce)
	for i := range n {
		room <- struct{}{}
		under.Go(func() {
			defer func() { <-room }()
			observations[i], errs[i] = observation(i)
		})
	}
	under.Wait()
	var first error
	for i, err := range errs {
		if err != nil {
			observations[i], first = nil, cmp.Or(first, err)
		}
	}
	return observations, first
}

// isTimeUp reports whether the time of a probe was over before its end. The observations so far
// count all the same.
func isTimeUp(ctx context.Context, err error) bool { return err != nil && ctx.Err() != nil }

// settleOn waits until an observation matches the baseline, as long as effects are only missing: a
// consumer can be slow, but an additional effect remains.
func (g *grader) settleOn(ctx context.Context, r *Observation, b *baseline) ([]difference, error) {
	return g.settleBy(ctx, r, func() []difference { return b.noise.differs(b.effects, r.effects()) })
}

func (g *grader) settleBy(ctx context.Context, r *Observation, compare func() []difference) ([]difference, error) {
	ends := time.Now().Add(maxQuiet)
	found := compare()
	for {
		tooMuch := false
		for _, d := range found {
			tooMuch = tooMuch || d.call >= 0
		}
		if len(found) == 0 || tooMuch || !time.Now().Before(ends) {
			if len(found) > 0 && r.StateError != nil {
				found = append([]difference{{text: r.StateError.Error(), call: -1}}, found...)
			}
			return found, nil
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return nil, err
		}
		changed := g.refresh(ctx, r)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if changed {
			found = compare()
		}
	}
}

// refresh observes the consumer's effects again, and reports whether they changed.
func (b *harness) refresh(ctx context.Context, r *Observation) (changed bool) {
	calls, state := len(r.Calls), r.State
	r.Calls, _ = b.provider.since(r.user, r.StartedAt)
	r.Others, r.rejectedCalls = b.provider.others(r.StartedAt), b.provider.rejected(r.StartedAt)
	r.State, r.StateError = b.state(ctx, r.names)
	return len(r.Calls) != calls || !bytes.Equal(r.State, state)
}

// pollEvery is the interval of looks at a state, as the consumer doesn't notify about changes.
const pollEvery = 50 * time.Millisecond

// unobservable explains why the baseline wouldn't show a wrong reaction to the probe's scenario;
// "" if it would.
func (g *grader) unobservable(ctx context.Context, p *Probe, b *baseline) (string, error) {
	if b.effects.none() {
		return "the effect can't be observed: the consumer made no call, and " + g.unobservedState(), nil
	}
	if p.negativeControl == nil {
		return "", nil
	}
	observations, err := g.playAll(ctx, p.negativeControl, []playing{{}})
	if err != nil {
		return "", err
	}
	if len(b.noise.differs(b.effects, observations[0].effects())) == 0 {
		return "the effect can't be observed: the consumer does the same without these events; " + g.unobservedState(), nil
	}
	return "", nil
}

func (g *grader) unobservedState() string {
	if g.get == nil {
		return "--state-url isn't set"
	}
	return "its state has nothing about the conversation"
}

// greetingScenario is the simplest scenario that the route supports.
func (b *harness) greetingScenario() (*scenarios.Scenario, error) {
	all, err := Probes()
	if err != nil {
		return nil, err
	}
	if says, _ := script.RouteOf(b.route).Supports("inbound.text"); says {
		return all[0].baselineScenario, nil
	}
	types := b.route.Types()
	if len(types) == 0 {
		return nil, fmt.Errorf("grade %s: the route has no event types", b.route.Name)
	}
	return script.Single(b.route, types[0].Name)
}

// watch makes the harness observe the consumer's state.
func (b *harness) watch(o Options) error {
	at := o.StateURL
	if o.Handler != nil {
		at = inProcessURL + o.StateURL
	}
	template, err := value.ParseTemplate(at)
	if err != nil {
		return fmt.Errorf("read state URL: %w", err)
	}
	way, ok := b.attempter.(http.RoundTripper)
	if !ok {
		return errors.New("read state URL: the client that delivers the webhooks can't get it")
	}
	b.stateAt, b.get = template, stateGetter(way)
	return nil
}

// describeResponse describes how an attempt ended, and points out a page of HTML.
func describeResponse(a webhook.Attempt, why string) string {
	switch {
	case a.Failure != "":
		return string(a.Failure) + ": " + a.Error
	case isHTML(a):
		return why + "; the response is an HTML page, so it isn't from the webhook handler"
	}
	return why
}
