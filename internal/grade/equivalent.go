package grade

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// equivalent checks that all variants of a provider's event have an effect, alone and in one run,
// if one of them has. The variants are the probe's own events; the other events lead to them.
func (g *grader) equivalent(ctx context.Context, p *Probe) (finding, error) {
	isForm := func(c *scenarios.PlannedEvent) bool {
		return c.Action == nil && slices.Contains(p.events, c.Items[0].Event)
	}
	forms := g.count(p.scenario, isForm)
	playings := []playing{{arrange: onlyForm(isForm, -1)}, {arrange: onlyForm(isForm, -1)}, {}}
	for n := range forms {
		playings = append(playings, playing{arrange: onlyForm(isForm, n)})
	}
	observations, err := g.playAll(ctx, p.scenario, playings)
	if err != nil && !isTimeUp(ctx, err) {
		return finding{}, err
	}
	for _, r := range observations {
		if r == nil {
			continue
		}
		if found, bad := checkResponses(r, p.responses); bad && (err == nil || found.outcome == webhook.OutcomeFailed) {
			return found, nil
		}
	}
	if err != nil {
		return finding{}, err
	}
	without, all, alone := observations[0], observations[2], observations[3:]
	if without.StateError != nil {
		return inconclusive("%s", without.StateError), nil //nolint:nilerr // a state that can't be read is a finding
	}
	effects := without.effects()
	noise, same := noiseOf(effects, observations[1].effects())
	if !same {
		return inconclusive("two runs without these events differ"), nil
	}
	b := &baseline{effects: effects, noise: noise, observation: without}
	return g.judgeForms(ctx, b, all, alone)
}

// judgeForms compares the effects of the variants alone and together.
func (g *grader) judgeForms(ctx context.Context, b *baseline, all *Observation, alone []*Observation) (finding, error) {
	shown := make([][]difference, len(alone))
	seen := false
	for i, r := range alone {
		shown[i] = b.noise.differs(b.effects, r.effects())
		seen = seen || len(shown[i]) > 0
	}
	if !seen {
		return passed("accepted; the effect can't be observed: the consumer does the same without these events; %s", g.unobservedState()), nil
	}
	for i, r := range alone {
		missing, err := g.settleBy(ctx, r, func() []difference {
			if shown[i] = b.noise.differs(b.effects, r.effects()); len(shown[i]) == 0 {
				return []difference{{call: -1}}
			}
			return nil
		})
		switch {
		case err != nil:
			return finding{}, err
		case len(missing) > 0:
			return formLost(r, len(r.Deliveries)-1, "it is accepted, but nothing shows that it was handled; another variant of it has an effect"), nil
		}
	}
	lost := -1
	_, err := g.settleBy(ctx, all, func() []difference {
		found := b.noise.differs(b.effects, all.effects())
		for i := range shown {
			if !slices.ContainsFunc(shown[i], func(d difference) bool { return showsPlace(found, d) }) {
				lost = i
				return []difference{{call: -1}}
			}
		}
		lost = -1
		return nil
	})
	if err != nil {
		return finding{}, err
	}
	if lost >= 0 {
		return formLost(all, len(all.Deliveries)-1, fmt.Sprintf("variant %d of %d has an effect alone, but not in one run with the others", lost+1, len(alone))), nil
	}
	return finding{outcome: webhook.OutcomePassed, reason: fmt.Sprintf("each of %d variants has its effect", len(alone))}, nil
}

// showsPlace reports whether one of the differences has the same pointer, or is the same call.
func showsPlace(all []difference, one difference) bool {
	return slices.ContainsFunc(all, func(d difference) bool { return d.pointer == one.pointer && (d.pointer != "" || d.text == one.text) })
}

func formLost(r *Observation, n int, why string) finding {
	d := &r.Deliveries[n]
	f := failed(r, "%s: %s", d.Label(), why)
	f.evidence = []webhook.Evidence{deliveryEvidence(d)}
	f.highlights = highlights{delivery: d}
	return f
}

// count is the number of a scenario's events that match.
func (g *grader) count(one *scenarios.Scenario, wanted func(*scenarios.PlannedEvent) bool) int {
	n := 0
	for _, planned := range g.planned(one) {
		if wanted(&planned) {
			n++
		}
	}
	return n
}

// onlyForm drops all variants except the n-th; below 0, it drops all.
func onlyForm(isForm func(*scenarios.PlannedEvent) bool, n int) func([]scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return func(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
		at := -1
		return slices.DeleteFunc(planned, func(c scenarios.PlannedEvent) bool {
			if !isForm(&c) {
				return false
			}
			at++
			return at != n
		})
	}
}
