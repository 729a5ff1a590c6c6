package contracttest

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
	blind, err := g.blindness(ctx, p, b)
	if err != nil || blind != "" && !p.unseen {
		return inconclusive("%s", blind), err
	}
	variants, err := g.cases(p)
	if err != nil {
		return finding{}, err
	}
	if len(variants) == 0 {
		return finding{outcome: webhook.OutcomeNotApplicable, reason: g.route.Name + " has no such place in these events"}, nil
	}
	var playings []playing
	for i := range variants {
		variants[i].negativeControl = blind != "" || variants[i].telling
		playings = append(playings, variants[i].playing)
	}
	records, cut := g.playAll(ctx, p.scenario, playings)
	if cut != nil && !isCut(ctx, cut) {
		return finding{}, cut
	}
	found, err := g.validator(ctx, p, b, variants, records, cut)
	if err == nil && blind != "" && found.outcome == webhook.OutcomePassed {
		found = passed("accepted; %s", blind)
	}
	return found, err
}

// check finds the first variant that did harm; what is inconclusive comes after that, and
// what is accepted last. If the time was over before all was done, cut says so, and only
// a failure counts.
func (g *grader) validator(ctx context.Context, p *Probe, b *baseline, variants []probeCase, records []*Observation, cut error) (finding, error) {
	var open, known finding
	for i, r := range records {
		if r == nil {
			continue
		}
		found, bad, err := g.judgeOne(ctx, p, b, &variants[i], r)
		switch {
		case isCut(ctx, err):
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
		accepted := g.accepted(p, &found, variants[i].about)
		if variants[i].about != "" {
			found.reason = variants[i].about + ": " + found.reason
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
	return passed("%s", p.passReason(len(records))), nil
}

// judgeOne judges one variant by its answers and then, where they show, by its effects.
func (g *grader) judgeOne(ctx context.Context, p *Probe, b *baseline, v *probeCase, r *Observation) (finding, bool, error) {
	responded := r
	if v.broken {
		whole := *r // what is broken may be refused
		whole.Deliveries = slices.DeleteFunc(slices.Clone(r.Deliveries), func(d Delivered) bool { return d.Faulty() })
		responded = &whole
	}
	if found, bad := judgeResponses(responded, p.responses); bad || v.negativeControl {
		return found, bad, nil
	}
	n := b.noise.without(append(v.gone, r.labelsGone(b.record)...), b.effects)
	differences, err := g.settleBy(ctx, r, func() []difference {
		if p.effects == "kept" {
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
	text := "the consumer did what it does without it"
	if p.effects == "kept" {
		text = "what comes before and after it was handled as it is without it"
	}
	if n > 1 {
		text += fmt.Sprintf(", in all %d ways", n)
	}
	return text
}

// A variant is one way to play a probe's scenario.
type probeCase struct {
	playing
	// about says what is wrong in it; "" if there is one variant only.
	about string
	// telling: what is wrong changes what the event tells, so that another effect is
	// no harm. blind: its effects are not judged.
	telling, negativeControl bool
	// broken: what a fault of the body befell may be refused.
	broken bool
	// gone are texts that the consumer is not told in it.
	gone []string
}

// cases are the ways in which a probe's scenario is played: one, or one for each
// place that can be spoilt.
func (g *grader) cases(p *Probe) ([]probeCase, error) {
	one := playing{longest: p.gap, freshHeader: p.fresh}
	if p.each {
		return g.eachPlace(p, one)
	}
	all := []probeCase{{playing: one}}
	if len(p.first) > 0 {
		one.arrange = firstAttempt(p.first)
		all = append(all, probeCase{playing: one, about: "repeated after " + p.first[0].String(), broken: true})
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
			if c := &planned[i]; c.Act == nil && c.Copy == 0 && repeated[c.Key] {
				for _, one := range faults {
					c.Faults = append(slices.Clone(c.Faults), scenarios.InjectedFault{Fault: one, Seed: c.Seed})
				}
			}
		}
		return planned
	}
}
