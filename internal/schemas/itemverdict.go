package schemas

import (
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// item recognizes one item and validates it against each type that it may have; the types with
// the best level remain.
func (h *validation) item(s *split, i int, path []string) webhook.Verdict {
	one := s.set.isolate(path)
	h.shares = sharesObject(s.items, i)
	types := h.validator.given
	if types == nil {
		var r recognition
		if i < len(s.first) {
			r = s.first[i]
		} else {
			r = s.group.recognize(one.body, h.memory)
		}
		if len(r.types) == 0 {
			h.readItem(nil, &one, path, "")
			return h.unvalidated(r, &one, path)
		}
		types = r.types
	}
	if h.isForm {
		spell(one.body, types[0].Root(), h.validator.composed != nil)
	}
	body := one.body
	if h.repeats {
		body = body.Unique()
	}
	verdict := h.closest(types, &one, body)
	h.readItem(types, &one, path, verdict.Type)
	return verdict
}

// readItem collects what an item has for the rules over a capture, if that is wanted.
func (h *validation) readItem(types []*EventType, one *isolated, path []string, name string) {
	if h.read == nil {
		return
	}
	item := h.body.At(path)
	i := slices.IndexFunc(types, func(t *EventType) bool { return t.Name == name })
	if i < 0 {
		*h.read = append(*h.read, sequence.Item{})
		return
	}
	*h.read = append(*h.read, types[i].read(one, item))
}

// closest validates an item against types; those with the best level remain, and the one with the
// fewest findings explains it.
func (h *validation) closest(types []*EventType, one *isolated, body *document.Node) webhook.Verdict {
	if len(types) == 1 {
		r := h.validateType(types[0], body)
		h.explain(&r, one, body)
		return r.verdict
	}
	results := make([]validated, len(types))
	best := webhook.LevelUnknown.Rank()
	for i, t := range types {
		results[i] = h.validateType(t, body)
		best = min(best, results[i].verdict.Level.Rank())
	}
	var closest webhook.Verdict
	var names []string
	for i := range results {
		if r := &results[i]; r.verdict.Level.Rank() == best {
			h.explain(r, one, body)
			if names == nil || len(r.verdict.Findings) < len(closest.Findings) {
				closest = r.verdict
			}
			names = append(slices.Clip(names), types[i].Name)
		}
	}
	if len(names) > 1 {
		slices.Sort(names)
		closest.Candidates, closest.Type, closest.Variant = names, "", ""
	}
	return closest
}

// unvalidated is the verdict on an item that matches no type.
func (h *validation) unvalidated(r recognition, one *isolated, item []string) webhook.Verdict {
	verdict := webhook.Verdict{Level: r.level, Provider: r.provider, Candidates: []string{}}
	for _, t := range r.candidates {
		verdict.Candidates = append(verdict.Candidates, t.Name)
	}
	finding, at := r.finding, one.original(r.at)
	if r.step == stepNone {
		finding, at = unrecognized(h.body.At(item), h.validator.namingKeys()), item
		if h.isForm {
			finding.Found = "a form or query: " + finding.Found
			finding.Hint = "if the customer composed the request, give its template with --request-template"
		}
	}
	verdict.Findings = []webhook.Finding{h.locate(finding, at)}
	return verdict
}

// A validated is the verdict on an item as one type, and why.
type validated struct {
	verdict webhook.Verdict
	program *jsonschema.Program
	result  jsonschema.Result
	// problems are the values that can't be right, and broken are the rules that the body breaks.
	problems []jsonschema.ValueProblem
	broken   []jsonschema.RuleProblem
}

// validateType validates an item against one type: error if the open schema rejects it, drift if
// only the closed schema does. A value that can't be right may make it worse. explain adds the
// findings.
func (h *validation) validateType(t *EventType, body *document.Node) validated {
	r := validated{verdict: webhook.Verdict{Level: webhook.LevelOK, Provider: t.Provider.Name, Type: t.Name, Candidates: t.candidates}, program: t.program()}
	limit := ""
	if r.program.Patterned() && maxText(body) > maxMatched {
		limit = fmt.Sprintf("body has a string of more than %d bytes, which is too long for a pattern", maxMatched)
	} else if r.result = r.program.Evaluate(body, h.span); r.result.Exceeded {
		limit = "body takes too long to validate"
	}
	switch r.verdict.Variant = r.result.Variant; {
	case limit != "":
		r.verdict.Level, r.verdict.Findings = webhook.LevelInconclusive, limitVerdict(limit, 1, 1).Findings
	case !r.result.Open:
		r.verdict.Level = webhook.LevelError
	case !r.result.Closed:
		r.verdict.Level = webhook.LevelDrift
	}
	if limit == "" && (r.result.HasProblems || !r.result.Open) {
		r.problems = r.program.Problems(body, h.span)
		if r.result.Open && !h.shares && !t.isDocumented(body) {
			r.broken = r.program.Broken(body)
		}
	}
	if len(r.broken) > 0 && r.verdict.Level == webhook.LevelOK {
		r.verdict.Level = webhook.LevelDrift
	}
	for i := range r.problems {
		if level := levelOf(r.problems[i].Problem.Defect); level.Rank() > r.verdict.Level.Rank() {
			r.verdict.Level = level
		}
	}
	return r
}

// explain adds the findings to an error or drift.
func (h *validation) explain(r *validated, one *isolated, body *document.Node) {
	if r.verdict.Level == webhook.LevelInconclusive {
		return
	}
	if !r.result.Open {
		h.addFindings(&r.verdict, one, r.program.Explain(body, false), webhook.LevelError)
	}
	if !r.result.Closed {
		h.addFindings(&r.verdict, one, r.program.Explain(body, true), webhook.LevelDrift)
	}
	h.addProblems(&r.verdict, one, r.problems)
	h.addBroken(&r.verdict, one, r.broken)
}

// sharesObject reports whether the object with an item has other items, too. Then what is beside the
// items, such as the contacts of all senders, belongs to several of them, and no rule can tell to which.
func sharesObject(items [][]string, i int) bool {
	const list = 2 // the key of the list and the index in it
	if i >= len(items) || len(items) == 1 || len(items[i]) < list {
		return false
	}
	around := items[i][:len(items[i])-list]
	shares := func(k int) bool { // items of one object follow each other
		return k >= 0 && k < len(items) && len(items[k]) == len(items[i]) && slices.Equal(items[k][:len(around)], around)
	}
	return shares(i-1) || shares(i+1)
}
