package contracttest

import (
	"context"
	"fmt"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// malformed wants what cannot be right to be refused, or not to be lost, each piece by
// itself, and the consumer to go on as before.
func (g *grader) malformed(ctx context.Context, p *Probe) (finding, error) {
	hello, err := g.hello(ctx)
	if err != nil {
		return finding{}, err
	}
	if hello.base.reason != "" {
		return inconclusive("%s", hello.base.reason), nil
	}
	n := 0
	var open, known finding
	for i := range g.count(p.scenario, func(c *scenarios.PlannedEvent) bool { return c.Act == nil }) {
		r, err := g.play(ctx, p.scenario, hello.alone(p, i, g.get != nil))
		if err != nil {
			return finding{}, err
		}
		if len(r.Deliveries) == 0 || !r.Deliveries[0].Faulty() && p.count == 0 {
			continue
		}
		n++
		r.sent = r.Deliveries[0].Event.Body
		found, bad := judgeResponses(r, p.responses)
		if p.count > 0 && bad && r.Deliveries[0].last().Failure == webhook.FailureReset {
			bad = false // it may hang up before it has read all, if it goes on after
		}
		if !bad {
			found, bad, err = g.wrought(ctx, p, r, hello)
		}
		if bad && found.outcome == webhook.OutcomeInconclusive {
			open, bad = found, false
		}
		if !bad && err == nil {
			found, bad, err = g.goesOn(ctx, hello)
		}
		if err != nil || bad {
			found.reason = r.Deliveries[0].spoilage(p) + ": " + found.reason
			if err != nil || !g.accepted(p, &found, r.Deliveries[0].place()) {
				return found, err
			}
			known = found
		}
	}
	switch {
	case n == 0:
		return finding{outcome: webhook.OutcomeNotApplicable, reason: g.route.Name + " has nothing that can be spoilt so"}, nil
	case open.reason != "":
		return open, nil
	case known.reason != "":
		return known, nil
	}
	return passed("refused or survived, and what followed was handled as usual"), nil
}

// wrought wants what is refused to do nothing and, where a probe lets the consumer take
// it all the same, what is taken to do what it does when nothing is wrong, or to be kept.
func (g *grader) wrought(ctx context.Context, p *Probe, r *Observation, hello greeted) (finding, bool, error) {
	if taken := p.effects != "none" && r.Deliveries[0].Accepted; !taken {
		if e := r.effects(); !e.none() {
			return r.acted(e), true, nil
		}
		return finding{}, false, nil
	}
	status := r.Deliveries[0].last().Status
	if g.get == nil && hello.base.effects.none() {
		return inconclusive("the response is %d, and nothing shows whether it was handled: the consumer makes no call, and %s", status, g.unseenState()), true, nil
	}
	differences, err := g.settleBy(ctx, r, func() []difference {
		switch e := r.effects(); {
		case p.effects == "whole":
			return hello.base.noise.differs(hello.base.effects, e)
		case e.none() && !r.traced(nil):
			return []difference{{text: "the consumer made no call, and its state shows nothing of it", call: -1}}
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
	case p.effects == "whole":
		found.reason = fmt.Sprintf("the response is %d, but it is not handled as it is without that: %s", status, found.reason)
	case g.get == nil:
		return inconclusive("the response is %d, and nothing shows what became of the body: the consumer made no call, and %s", status, g.unseenState()), true, nil
	default:
		found.reason = fmt.Sprintf("the response is %d, and the body is lost without a trace: %s", status, found.reason)
	}
	found.wrong = highlights{delivery: &r.Deliveries[0]}
	return found, true, nil
}

// A greeted is a plain conversation with its baseline: what follows a spoilt one is
// compared with it.
type greeted struct {
	probe *Probe
	base  *baseline
}

// alone plays the n-th sending of a probe by itself, about a message that is called as that
// of the greeting: two conversations are compared by the names of their messages.
func (h greeted) alone(p *Probe, n int, watched bool) playing {
	name := h.base.record.Deliveries[0].Cue.Items[0].Message.Name
	return playing{arrange: onlyNth(n, name), rewrite: padded(p.count), watched: watched}
}

func (g *grader) hello(ctx context.Context) (greeted, error) {
	one, err := g.greeting()
	if err != nil {
		return greeted{}, err
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
	return greeted{known, b}, err
}

// goesOn wants a plain conversation to go as before.
func (g *grader) goesOn(ctx context.Context, hello greeted) (finding, bool, error) {
	r, err := g.play(ctx, hello.probe.baselineScenario, playing{})
	if err != nil {
		return finding{}, false, err
	}
	if found, bad := judgeResponses(r, "accepted"); bad {
		found.reason = "afterwards a plain webhook is not accepted: " + found.reason
		return found, true, nil
	}
	differences, err := g.settleOn(ctx, r, hello.base)
	if err != nil || len(differences) == 0 {
		return finding{}, false, err
	}
	found := r.differing(differences, hello.base)
	found.reason = "afterwards a plain webhook is not handled as before: " + found.reason
	return found, true, nil
}
