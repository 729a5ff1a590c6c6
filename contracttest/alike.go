package contracttest

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// alike wants the forms in which a provider sends an event to have an effect each, alone
// and in one run, if one of them has: the forms are the probe's own events, and all
// others lead to them.
func (g *grader) alike(ctx context.Context, p *Probe) (finding, error) {
	isForm := func(c *scenarios.PlannedEvent) bool {
		return c.Act == nil && slices.Contains(p.events, c.Items[0].Event)
	}
	forms := g.count(p.scenario, isForm)
	playings := []playing{{arrange: onlyForm(isForm, -1)}, {arrange: onlyForm(isForm, -1)}, {}}
	for n := range forms {
		playings = append(playings, playing{arrange: onlyForm(isForm, n)})
	}
	records, err := g.playAll(ctx, p.scenario, playings)
	if err != nil && !isCut(ctx, err) {
		return finding{}, err
	}
	for _, r := range records {
		if r == nil {
			continue
		}
		if found, bad := judgeResponses(r, p.responses); bad && (err == nil || found.outcome == webhook.OutcomeFailed) {
			return found, nil
		}
	}
	if err != nil {
		return finding{}, err
	}
	without, all, alone := records[0], records[2], records[3:]
	if without.stateError != nil {
		return inconclusive("%s", without.stateError), nil //nolint:nilerr // a state that can't be read is a finding
	}
	effects := without.effects()
	noise, same := noiseOf(effects, records[1].effects())
	if !same {
		return inconclusive("two runs without these events differ"), nil
	}
	b := &baseline{effects: effects, noise: noise, record: without}
	return g.judgeForms(ctx, b, all, alone)
}

// judgeForms compares what the forms show alone, and what they show together.
func (g *grader) judgeForms(ctx context.Context, b *baseline, all *Observation, alone []*Observation) (finding, error) {
	shown := make([][]difference, len(alone))
	seen := false
	for i, r := range alone {
		shown[i] = b.noise.differs(b.effects, r.effects())
		seen = seen || len(shown[i]) > 0
	}
	if !seen {
		return passed("accepted; nothing to see it by: what the consumer shows is the same without these events; %s", g.unseenState()), nil
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
			return formLost(r, len(r.Deliveries)-1, "it is accepted, and nothing shows that it was handled; of another form of it, the consumer shows something"), nil
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
		return formLost(all, len(all.Deliveries)-1, fmt.Sprintf("form %d of %d has its effect alone, and not in one run with the others", lost+1, len(alone))), nil
	}
	return finding{outcome: webhook.OutcomePassed, reason: fmt.Sprintf("each of %d forms has its effect", len(alone))}, nil
}

// showsPlace reports whether one of the differences is at the same place, or the same call.
func showsPlace(all []difference, one difference) bool {
	return slices.ContainsFunc(all, func(d difference) bool { return d.place == one.place && (d.place != "" || d.text == one.text) })
}

func formLost(r *Observation, n int, why string) finding {
	d := &r.Deliveries[n]
	f := failed(r, "%s: %s", d.word(), why)
	f.evidence = []webhook.Evidence{deliveryEvidence(d)}
	f.wrong = highlights{delivery: d}
	return f
}

// count is how many of a scenario's cues are wanted.
func (g *grader) count(one *scenarios.Scenario, wanted func(*scenarios.PlannedEvent) bool) int {
	n := 0
	for _, planned := range g.planned(one) {
		if wanted(&planned) {
			n++
		}
	}
	return n
}

// onlyForm leaves out all forms but the n-th; below 0 it leaves out all.
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
