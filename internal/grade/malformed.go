package grade

import (
	"context"
	"fmt"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// malformed checks that the consumer rejects each invalid webhook, or doesn't lose it, and that it
// then goes on.
func (g *grader) malformed(ctx context.Context, p *Probe) (finding, error) {
	hello, err := g.greetingBaseline(ctx)
	if err != nil {
		return finding{}, err
	}
	if hello.base.reason != "" {
		return inconclusive("%s", hello.base.reason), nil
	}
	n := 0
	var open, known finding
	for i := range g.count(p.scenario, func(c *scenarios.PlannedEvent) bool { return c.Action == nil }) {
		r, err := g.play(ctx, p.scenario, hello.alone(p, i, g.get != nil))
		if err != nil {
			return finding{}, err
		}
		if len(r.Deliveries) == 0 || !r.Deliveries[0].Faulty() && p.count == 0 {
			continue
		}
		n++
		r.sent = r.Deliveries[0].Event.Body
		found, bad := checkResponses(r, p.responses)
		if p.count > 0 && bad && r.Deliveries[0].last().Failure == webhook.FailureReset {
			bad = false // it may close the connection before it has read all, if it goes on afterwards
		}
		if !bad {
			found, bad, err = g.checkEffects(ctx, p, r, hello)
		}
		if bad && found.outcome == webhook.OutcomeInconclusive {
			open, bad = found, false
		}
		if !bad && err == nil {
			found, bad, err = g.checkRecovery(ctx, hello)
		}
		if err != nil || bad {
			found.reason = r.Deliveries[0].faultText(p) + ": " + found.reason
			if err != nil || !g.accepted(p, &found, r.Deliveries[0].subject()) {
				return found, err
			}
			known = found
		}
	}
	switch {
	case n == 0:
		return finding{outcome: webhook.OutcomeNotApplicable, reason: g.route.Name + " has nothing to which this fault applies"}, nil
	case open.reason != "":
		return open, nil
	case known.reason != "":
		return known, nil
	}
	return passed("rejected or handled, and the next webhook was handled normally"), nil
}

// checkEffects checks that a rejected webhook has no effect, and that an accepted one has the
// effect of a webhook without faults, or is kept.
func (g *grader) checkEffects(ctx context.Context, p *Probe, r *Observation, hello greeting) (finding, bool, error) {
	if taken := p.effects != "none" && r.Deliveries[0].Accepted; !taken {
		if e := r.effects(); !e.none() {
			return r.acted(e), true, nil
		}
		return finding{}, false, nil
	}
	status := r.Deliveries[0].last().Status
	if g.get == nil && hello.base.effects.none() {
		return inconclusive("the response is %d, and whether it was handled can't be observed: the consumer made no call, and %s", status, g.unobservedState()), true, nil
	}
	differences, err := g.settleBy(ctx, r, func() []difference {
		switch e := r.effects(); {
		case p.effects == "same_if_accepted":
			return hello.base.noise.differs(hello.base.effects, e)
		case e.none() && !r.traced(nil):
			return []difference{{text: "the consumer made no call, and its state has nothing about it", call: -1}}
		}
		return nil
	})
	if err != nil || len(differences) == 0 {
		return finding{}, false, err
	}
	if kept, err := g.kept(ctx, r, hello); kept || err != nil {
		return finding{}, false, err
	}
	found := r.differing(differences, hello.base)
	switch {
	case p.effects == "same_if_accepted":
		found.reason = fmt.Sprintf("the response is %d, but it isn't handled as without the fault: %s", status, found.reason)
	case g.get == nil:
		return inconclusive("the response is %d, and whether the body was kept can't be observed: the consumer made no call, and %s", status, g.unobservedState()), true, nil
	default:
		found.reason = fmt.Sprintf("the response is %d, but the body is lost: %s", status, found.reason)
	}
	found.highlights = highlights{delivery: &r.Deliveries[0]}
	return found, true, nil
}

// A greeting is a conversation without faults, with its baseline.
type greeting struct {
	probe *Probe
	base  *baseline
}

// alone runs only the n-th event of a probe, about a message with the greeting's name: effects are
// compared by the names of their messages.
func (h greeting) alone(p *Probe, n int, watched bool) playing {
	name := h.base.observation.Deliveries[0].Cue.Items[0].Message.Name
	return playing{arrange: onlyNth(n, name), rewrite: padded(p.count), watched: watched}
}

func (g *grader) greetingBaseline(ctx context.Context) (greeting, error) {
	one, err := g.greetingScenario()
	if err != nil {
		return greeting{}, err
	}
	g.mu.Lock()
	var known *Probe
	for p := range g.bases {
		if p.baselineScenario == one || p.Name == "hello" {
			known = p
		}
	}
	g.mu.Unlock()
	if known == nil {
		known = &Probe{Name: "hello", baselineScenario: one, scenario: one}
	}
	b, err := g.baseline(ctx, known)
	return greeting{known, b}, err
}

// checkRecovery checks that a conversation without faults is handled as before.
func (g *grader) checkRecovery(ctx context.Context, hello greeting) (finding, bool, error) {
	r, err := g.play(ctx, hello.probe.baselineScenario, playing{})
	if err != nil {
		return finding{}, false, err
	}
	if found, bad := checkResponses(r, "accepted"); bad {
		found.reason = "afterwards, a webhook without faults is not accepted: " + found.reason
		return found, true, nil
	}
	differences, err := g.settleOn(ctx, r, hello.base)
	if err != nil || len(differences) == 0 {
		return finding{}, false, err
	}
	found := r.differing(differences, hello.base)
	found.reason = "afterwards, a webhook without faults is not handled as before: " + found.reason
	return found, true, nil
}
