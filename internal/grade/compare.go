package grade

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// compare wants the consumer to do with the scenario what it does with the plain one.
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
		return finding{outcome: webhook.NotApplicable, reason: g.route.Name + " has no such property in these events"}, nil
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
	if err == nil && blind != "" && found.outcome == webhook.Passed {
		found = passed("accepted; %s", blind)
	}
	return found, err
}

// check finds the first variant that did harm; what is inconclusive comes after that, and
// what is accepted last. If the time was over before all was done, cut says so, and only
// a failure counts.
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

// checkCase judges one variant by its answers and then, where they show, by its effects.
func (g *grader) checkCase(ctx context.Context, p *Probe, b *baseline, v *probeCase, r *Observation) (finding, bool, error) {
	responded := r
	if v.broken {
		whole := *r // what is broken may be refused
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

// A variant is one way to play a probe's scenario.
type probeCase struct {
	playing
	// description says what is wrong in it; "" if there is one variant only.
	description string
	// telling: what is wrong changes what the event tells, so that another effect is
	// no harm. blind: its effects are not judged.
	changesMeaning, responsesOnly bool
	// broken: what a fault of the body befell may be refused.
	broken bool
	// missingTexts are texts that the consumer is not told in it.
	missingTexts []string
}

// cases are the ways in which a probe's scenario is played: one, or one for each
// place that can be spoilt.
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

// firstAttempt spoils an event that is repeated, and leaves its copies as they are.
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
