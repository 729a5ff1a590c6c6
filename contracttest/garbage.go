package contracttest

import (
	"context"
	"fmt"

	"github.com/ringback-dev/ringback/webhook"
)

// garbage wants what cannot be right to be refused, each piece by itself, and the
// consumer to go on as before.
func (g *grader) garbage(ctx context.Context, p *Probe) (finding, error) {
	hello, err := g.hello(ctx)
	if err != nil {
		return finding{}, err
	}
	if hello.base.reason != "" {
		return undecided("%s", hello.base.reason), nil
	}
	n := 0
	var open finding
	for i := range sendings(p.scenario, g) {
		r, err := g.play(ctx, p.scenario, playing{arrange: onlyNth(i), rewrite: padded(p.count)})
		if err != nil {
			return finding{}, err
		}
		if len(r.Deliveries) == 0 || !r.Deliveries[0].Spoilt() && p.count == 0 {
			continue
		}
		n++
		found, bad := judgeAnswers(r, p.answers)
		if p.count > 0 && bad && r.Deliveries[0].last().Class == webhook.ErrorReset {
			bad = false // it may hang up before it has read all, if it goes on after
		}
		if !bad {
			found, bad, err = g.wrought(ctx, p, r, hello)
		}
		if bad && found.outcome == webhook.Undecided {
			open, bad = found, false
		}
		if !bad && err == nil {
			found, bad, err = g.goesOn(ctx, hello)
		}
		if err != nil || bad {
			found.reason = r.Deliveries[0].spoilage(p) + ": " + found.reason
			return found, err
		}
	}
	switch {
	case n == 0:
		return finding{outcome: webhook.NotApplicable, reason: g.route.Name + " has nothing that can be spoilt so"}, nil
	case open.reason != "":
		return open, nil
	}
	return passed("refused or survived, and what followed was handled as usual"), nil
}

// wrought wants what is refused to do nothing and, where a probe lets the consumer take
// it all the same, what is taken to do what it does when nothing is wrong.
func (g *grader) wrought(ctx context.Context, p *Probe, r *Record, hello greeted) (finding, bool, error) {
	taken := p.effects == "whole" && r.Deliveries[0].Accepted
	switch e := r.effects(); {
	case p.effects == "any":
		return finding{}, false, nil
	case !taken && !e.none():
		return r.acted(e), true, nil
	case !taken:
		return finding{}, false, nil
	case hello.base.effects.none():
		return undecided("it is answered with %d, and nothing shows whether it was handled: the consumer makes no call, and %s", r.Deliveries[0].last().Status, g.unseenState()), true, nil
	}
	differences, err := g.settleOn(ctx, r, hello.base)
	if err != nil || len(differences) == 0 {
		return finding{}, false, err
	}
	found := r.differing(differences, hello.base)
	found.reason = fmt.Sprintf("it is answered with %d but not handled as it is without that: %s", r.Deliveries[0].last().Status, found.reason)
	return found, true, nil
}

// A greeted is a plain conversation with its baseline: what follows a spoilt one is
// compared with it.
type greeted struct {
	probe *Probe
	base  *baseline
}

func (g *grader) hello(ctx context.Context) (greeted, error) {
	one, err := g.greeting()
	if err != nil {
		return greeted{}, err
	}
	g.mu.Lock()
	var known *Probe
	for p := range g.bases {
		if p.plain == one || p.Name == "hello" {
			known = p
		}
	}
	g.mu.Unlock()
	if known == nil {
		known = &Probe{Name: "hello", plain: one, scenario: one}
	}
	b, err := g.baseline(ctx, known)
	return greeted{known, b}, err
}

// goesOn wants a plain conversation to go as before.
func (g *grader) goesOn(ctx context.Context, hello greeted) (finding, bool, error) {
	r, err := g.play(ctx, hello.probe.plain, playing{})
	if err != nil {
		return finding{}, false, err
	}
	if found, bad := judgeAnswers(r, "accepted"); bad {
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
