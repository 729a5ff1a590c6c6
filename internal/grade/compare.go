package grade

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

// compare checks that the consumer reacts to the scenario as it does to the baseline.
func (g *grader) compare(ctx context.Context, p *Probe) (finding, error) {
	b, err := g.baseline(ctx, p)
	if err != nil {
		return finding{}, err
	}
	if b.reason != "" {
		return inconclusive("%s", b.reason), nil
	}
	blind, err := g.unobservable(ctx, p, b)
	if err != nil || blind != "" && !p.unobserved {
		return inconclusive("%s", blind), err
	}
	variants, err := g.cases(p)
	if err != nil {
		return finding{}, err
	}
	if len(variants) == 0 {
		return finding{outcome: webhook.OutcomeNotApplicable, reason: g.route.Name + " has no such property in these events"}, nil
	}
	var playings []playing
	for i := range variants {
		variants[i].responsesOnly = blind != "" || variants[i].changesMeaning
		playings = append(playings, variants[i].playing)
	}
	observations, cut := g.playAll(ctx, p.scenario, playings)
	if cut != nil && !isTimeUp(ctx, cut) {
		return finding{}, cut
	}
	found, err := g.checkCases(ctx, p, b, variants, observations, cut)
	if err == nil && blind != "" && found.outcome == webhook.OutcomePassed {
		found = passed("accepted; %s", blind)
	}
	return found, err
}

// checkCases returns the first failed case; then an inconclusive one; then an accepted one. If the
// time was up, only a failure counts.
func (g *grader) checkCases(ctx context.Context, p *Probe, b *baseline, variants []probeCase, observations []*Observation, cut error) (finding, error) {
	var open, known finding
	for i, r := range observations {
		if r == nil {
			continue
		}
		found, bad, err := g.checkCase(ctx, p, b, &variants[i], r)
		switch {
		case isTimeUp(ctx, err):
			cut = err
			continue
		case err != nil:
			return finding{}, err
		case !bad:
			continue
		case found.outcome == webhook.OutcomeInconclusive:
			open = found
			continue
		}
		accepted := g.accepted(p, &found, variants[i].description)
		if variants[i].description != "" {
			found.reason = variants[i].description + ": " + found.reason
		}
		if !accepted {
			return found, nil
		}
		known = found
	}
	if cut != nil {
		return finding{}, cut
	}
	if open.reason != "" {
		return open, nil
	}
	if known.reason != "" {
		return known, nil
	}
	return passed("%s", p.passReason(len(observations))), nil
}

// checkCase checks the responses of one case and then, if they can be observed, its effects.
func (g *grader) checkCase(ctx context.Context, p *Probe, b *baseline, v *probeCase, r *Observation) (finding, bool, error) {
	responded := r
	if v.broken {
		whole := *r // a broken body may be rejected
		whole.Deliveries = slices.DeleteFunc(slices.Clone(r.Deliveries), func(d Delivered) bool { return d.Faulty() })
		responded = &whole
	}
	if found, bad := checkResponses(responded, p.responses); bad || v.responsesOnly {
		return found, bad, nil
	}
	n := b.noise.without(append(v.missingTexts, r.missingLabels(b.observation)...), b.effects)
	differences, err := g.settleBy(ctx, r, func() []difference {
		if p.effects == "at_least" {
			return n.lost(b.effects, r.effects())
		}
		return n.differs(b.effects, r.effects())
	})
	if err != nil || len(differences) == 0 {
		return finding{}, false, err
	}
	return r.differing(differences, b), true, nil
}

func (p *Probe) passReason(n int) string {
	text := "the consumer did the same as in the baseline"
	if p.effects == "at_least" {
		text = "the webhooks before and after it were handled as in the baseline"
	}
	if n > 1 {
		text += fmt.Sprintf(", in all %d cases", n)
	}
	return text
}

// A probeCase is one run of a probe's scenario.
type probeCase struct {
	playing
	// description says which fault it has; "" if there is only one case.
	description string
	// changesMeaning: the fault changes what the event means, so another effect is correct.
	// responsesOnly: the effects aren't checked.
	changesMeaning, responsesOnly bool
	// broken: the consumer may reject the body with the fault.
	broken bool
	// missingTexts are texts that this case's bodies lack.
	missingTexts []string
}

// cases are the runs of a probe's scenario: one, or one for each location of the fault.
func (g *grader) cases(p *Probe) ([]probeCase, error) {
	one := playing{maxDelay: p.gap, freshHeader: p.freshHeaders}
	if p.each {
		return g.eachLocation(p, one)
	}
	all := []probeCase{{playing: one}}
	if len(p.firstAttemptFaults) > 0 {
		one.arrange = firstAttempt(p.firstAttemptFaults)
		all = append(all, probeCase{playing: one, description: "retried after " + p.firstAttemptFaults[0].String(), broken: true})
	}
	return all, nil
}

// firstAttempt injects faults into repeated events, but not into their copies.
func firstAttempt(faults []fault.Fault) func([]scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return func(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
		repeated := map[string]bool{}
		for i := range planned {
			repeated[planned[i].Key] = repeated[planned[i].Key] || planned[i].Copy > 0
		}
		for i := range planned {
			if c := &planned[i]; c.Action == nil && c.Copy == 0 && repeated[c.Key] {
				for _, one := range faults {
					c.Faults = append(slices.Clone(c.Faults), scenarios.InjectedFault{Fault: one, Seed: c.Seed})
				}
			}
		}
		return planned
	}
}
