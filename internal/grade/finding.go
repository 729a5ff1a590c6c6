package grade

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/grade/acceptance"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A finding is the outcome of a probe.
type finding struct {
	outcome     webhook.Outcome
	reason      string
	evidence    []webhook.Evidence
	observation *Observation
	highlights  highlights
	// severity is "" for the probe's own. subject says what had a fault, if the event doesn't.
	severity webhook.Severity
	subject  string
}

func inconclusive(format string, args ...any) finding {
	return finding{outcome: webhook.OutcomeInconclusive, reason: fmt.Sprintf(format, args...)}
}

func failed(r *Observation, format string, args ...any) finding {
	return finding{outcome: webhook.OutcomeFailed, reason: fmt.Sprintf(format, args...), observation: r}
}

func passed(format string, args ...any) finding {
	return finding{outcome: webhook.OutcomePassed, reason: fmt.Sprintf(format, args...)}
}

// location identifies a finding in every run and for every seed: the route, and the event with its
// faults.
func (g *grader) location(f finding) string {
	parts := []string{g.route.Name}
	switch {
	case f.subject != "":
		parts = append(parts, f.subject)
	case f.highlights.delivery != nil:
		parts = append(parts, f.highlights.delivery.subject())
	case f.observation != nil && len(f.observation.Deliveries) > 0:
		parts = append(parts, f.observation.events())
	}
	base := strings.NewReplacer(": ", " ", " #", " ") // which would end a YAML scalar
	return base.Replace(strings.Join(parts, acceptance.Separator))
}

// subject is the event of a delivery, with its faults: each with its settings, and the JSON
// Pointer that it changed.
func (d *Delivered) subject() string {
	words := []string{strings.TrimSuffix(d.Label(), " again")}
	var faults []scenarios.InjectedFault
	if d.Cue != nil {
		faults = d.Cue.Faults
	}
	first := len(d.Faults) - len(faults) // the plan's come first
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

// events are the labels of the deliveries, without duplicates.
func (r *Observation) events() string {
	var words []string
	for i := range r.Deliveries {
		word := strings.TrimSuffix(r.Deliveries[i].Label(), " again")
		if !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, ", ")
}

// accepted sets the subject of a failure and reports whether the failure is accepted: the probe
// then goes on.
func (g *grader) accepted(p *Probe, f *finding, place string) bool {
	if place != "" {
		f.subject = place
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

// result is the result of a finding.
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
	if f.observation != nil {
		r.Timeline = f.observation.timeline(f.highlights)
	}
	return r
}

// severityOf is the severity of a probe's failure.
func (g *grader) severityOf(p *Probe) webhook.Severity {
	if p.severity == webhook.SeverityWarning && !(g.strict && p.kind == "empty-response") {
		return webhook.SeverityWarning
	}
	return webhook.SeverityError
}
