package contracttest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/acceptance"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// finding is how a probe ended.
type finding struct {
	outcome  webhook.Outcome
	reason   string
	evidence []webhook.Evidence
	record   *Observation
	wrong    highlights
	// severity is "" for that of the probe; place says what was wrong, if the event does
	// not say it.
	severity webhook.Severity
	place    string
}

func inconclusive(format string, args ...any) finding {
	return finding{outcome: webhook.OutcomeInconclusive, reason: fmt.Sprintf(format, args...)}
}

func failed(r *Observation, format string, args ...any) finding {
	return finding{outcome: webhook.OutcomeFailed, reason: fmt.Sprintf(format, args...), record: r}
}

func passed(format string, args ...any) finding {
	return finding{outcome: webhook.OutcomePassed, reason: fmt.Sprintf(format, args...)}
}

// location is where a finding is, the same in every run and for every seed: the route,
// and the event with what was wrong with it.
func (g *grader) location(f finding) string {
	parts := []string{g.route.Name}
	switch {
	case f.place != "":
		parts = append(parts, f.place)
	case f.wrong.delivery != nil:
		parts = append(parts, f.wrong.delivery.place())
	case f.record != nil && len(f.record.Deliveries) > 0:
		parts = append(parts, f.record.events())
	}
	plain := strings.NewReplacer(": ", " ", " #", " ") // which would end a text of YAML
	return plain.Replace(strings.Join(parts, acceptance.Separator))
}

// place is the event of a delivery, with its faults: each with its settings, and the
// place of the body that it changed.
func (d *Delivered) place() string {
	words := []string{strings.TrimSuffix(d.word(), " again")}
	var faults []scenarios.InjectedFault
	if d.Cue != nil {
		faults = d.Cue.Faults
	}
	first := len(d.Faults) - len(faults) // those of the plan come before
	for i, note := range d.Faults {
		name, rest, _ := strings.Cut(note, " ")
		if i >= first {
			name = faults[i-first].Fault.String()
		}
		if pointer, _, _ := strings.Cut(rest, " "); strings.HasPrefix(pointer, "/") && !strings.Contains(name, pointer) {
			name += " " + pointer
		}
		words = append(words, name)
	}
	return strings.Join(words, ", ")
}

// events are the words of what was delivered, each once.
func (r *Observation) events() string {
	var words []string
	for i := range r.Deliveries {
		word := strings.TrimSuffix(r.Deliveries[i].word(), " again")
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// accepted notes what was wrong where a probe failed, and reports whether somebody has
// accepted that: what else the probe tries is then tried all the same.
func (g *grader) accepted(p *Probe, f *finding, place string) bool {
	if place != "" {
		f.place = place
	}
	a := g.acceptance(p, *f)
	return a != nil && !a.Expired
}

func (g *grader) acceptance(p *Probe, f finding) *webhook.Acceptance {
	if f.outcome != webhook.OutcomeFailed || g.options.Accept == nil {
		return nil
	}
	return g.options.Accept(p, g.location(f))
}

// result is what is told of a finding.
func (g *grader) result(p *Probe, f finding) webhook.Result {
	mask := g.provider.invented.mask
	r := webhook.Result{
		ID: p.ID, Name: p.Name, Group: p.Group, Description: p.Description, Outcome: f.outcome, Reason: mask(f.reason), References: p.References,
	}
	for _, e := range f.evidence {
		e.Text = mask(e.Text)
		r.Evidence = append(r.Evidence, e)
	}
	if f.outcome == webhook.OutcomeFailed {
		r.Severity, r.Location, r.Acceptance = cmp.Or(f.severity, g.severityOf(p)), mask(g.location(f)), g.acceptance(p, f)
	}
	if f.outcome == webhook.OutcomeFailed && p.Advice != "" {
		r.Evidence = append(r.Evidence, webhook.Evidence{Title: "what to do", Text: p.Advice})
	}
	if f.record != nil {
		r.Timeline = f.record.timeline(f.wrong)
	}
	return r
}

// severityOf is how bad a failure of a probe is.
func (g *grader) severityOf(p *Probe) webhook.Severity {
	if p.severity == webhook.SeverityWarning && !(g.strict && p.kind == "empty") {
		return webhook.SeverityWarning
	}
	return webhook.SeverityError
}
