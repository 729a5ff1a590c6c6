package schemas

import (
	"fmt"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// A scratch is memory that is used again for the next body.
type scratch struct {
	parser document.Parser
	marks  []*document.Node
	values []int
	// possible are the candidates of a view.
	possible []int
	// matched are the candidates of the last recognition.
	matched []*candidate
}

// A validation is the work on one body.
type validation struct {
	validator *Validator
	memory    *scratch
	body      *document.Node
	source    []byte
	locator   *document.Locator // made at the first finding
	defects   []document.Defect
	// span is when the times of the body may be.
	span value.Span
	// shares is true if the current item isn't alone in its object.
	shares bool
	// repeats is true if an object has a repeated key.
	repeats bool
	// isForm: the body is a form or a query.
	isForm bool
	// read collects what items have for the rules over a capture; nil for none.
	read *[]sequence.Item
}

// A split is a body divided by one set of item rules.
type split struct {
	group *group
	items [][]string
	set   *itemSet
	// first are recognitions of the first items, and step is the best of their steps.
	first []recognition
	step  int
}

func newSplit(g *group, body *document.Node) split {
	items := findItems(g.rules, body)
	return split{group: g, items: items, set: newItemSet(body, items)}
}

// split chooses the group whose item rules match the body best: the items can't be found before
// the provider is known.
func (h *validation) split() split {
	groups := h.validator.groups
	switch {
	case h.validator.given != nil:
		return newSplit(groups[0], h.body)
	case h.isForm && len(h.validator.forms) == 0:
		return split{items: nil, set: newItemSet(h.body, nil), step: stepNone, first: []recognition{{step: stepNone, level: webhook.LevelUnknown}}}
	case h.isForm:
		groups = h.validator.forms
	}
	splits := make([]split, 0, len(groups))
	for _, g := range groups {
		s := newSplit(g, h.body)
		if h.matchFirst(&s) {
			return s
		}
		splits = append(splits, s)
	}
	chosen := 0
	for i := range splits {
		if h.recognizeFirst(&splits[i]); splits[i].step < splits[chosen].step {
			chosen = i
		}
	}
	return splits[chosen]
}

// enoughItems are the items whose recognition suffices to identify the provider.
const enoughItems = 3

// matchFirst reports whether the discriminators of a type match one of the first items, which is the
// best step.
func (h *validation) matchFirst(s *split) bool {
	paths := atLeastOne(s.items)
	for i, path := range paths[:min(enoughItems, len(paths))] {
		r, ok := s.group.match(s.set.isolate(path).body, h.memory)
		if !ok {
			continue
		}
		if s.step = stepDiscriminators; i == 0 {
			s.first = []recognition{r}
		}
		return true
	}
	return false
}

// recognizeFirst recognizes the first few items.
func (h *validation) recognizeFirst(s *split) {
	s.step = stepNone
	paths := atLeastOne(s.items)
	for _, path := range paths[:min(enoughItems, len(paths))] {
		r := s.group.recognize(s.set.isolate(path).body, h.memory)
		s.first = append(s.first, r)
		s.step = min(s.step, r.step)
	}
}

func atLeastOne(items [][]string) [][]string {
	if len(items) == 0 {
		return [][]string{nil}
	}
	return items
}

func (h *validation) items() []webhook.Item {
	s := h.split()
	if len(s.items) > maxItems {
		return []webhook.Item{{Verdict: limitVerdict(fmt.Sprintf("body has more than %d items", maxItems), 1, 1)}}
	}
	if work := h.work(s.items); work > maxWork {
		return []webhook.Item{{Verdict: limitVerdict(fmt.Sprintf("body has %d items in a large envelope: validating them takes %d values", len(s.items), work), 1, 1)}}
	}
	var defects map[int][]document.Defect
	if len(h.defects) > 0 {
		defects = map[int][]document.Defect{}
	}
	for _, d := range h.defects {
		owner := ownerOf(d, s.items)
		defects[owner] = append(defects[owner], d)
	}
	paths := atLeastOne(s.items)
	items := make([]webhook.Item, len(paths))
	for i, path := range paths {
		verdict := h.item(&s, i, path)
		h.addDefects(&verdict, defects[i])
		verdict.Findings = sortFindings(verdict.Findings)
		items[i] = webhook.Item{Pointer: document.Pointer(path...), Verdict: verdict}
	}
	return items
}

// maxWork limits the values of all items, each with its envelope: validating them takes a few
// seconds.
const maxWork = 2_000_000

// work counts the values to validate: those of the items, and those of the envelope once for each item.
func (h *validation) work(items [][]string) int {
	if len(items) < 2 {
		return 0 // a body has few values
	}
	all, own := h.body.Count(), 0
	for _, path := range items {
		own += h.body.At(path).Count()
	}
	return own + max(1, len(items))*(all-own)
}
