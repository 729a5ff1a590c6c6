package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/webhook"
)

// A Scope is what is known about a body before recognition. The zero Scope is empty.
type Scope struct {
	// Route is a provider or one of its routes: only its types are considered.
	Route string
	// Type is an event type: the body is validated against it without recognition.
	Type string
	// Likely is an event type, too: only this type is considered, but recognition still checks
	// whether the body matches. The records of a tape have it. A type that isn't in the catalog
	// is ignored.
	Likely string
}

// A Validator recognizes and validates captured bodies. It is immutable and safe for
// concurrent use; [Catalog.Validator] makes one.
type Validator struct {
	groups []*group
	// given is the type of the scope; nil without one. With it, recognition is skipped.
	given []*EventType
	// memory has *scratch.
	memory *sync.Pool
	// namingKeys are the keys whose values name event types.
	namingKeys func() map[string]bool
}

// Validator returns a validator of bodies within a scope. The error names a route or type that
// doesn't exist. Validators of one scope share one.
func (c *Catalog) Validator(scope Scope) (*Validator, error) {
	if scope.Type != "" || !c.HasType(scope.Likely) {
		scope.Likely = ""
	}
	if made, ok := c.validators.Load(scope); ok {
		return made.(*Validator), nil
	}
	v, err := c.newValidator(scope)
	if err != nil {
		return nil, err
	}
	made, _ := c.validators.LoadOrStore(scope, v)
	return made.(*Validator), nil
}

func (c *Catalog) newValidator(scope Scope) (*Validator, error) {
	types, err := c.within(scope)
	if err != nil {
		return nil, err
	}
	j := &Validator{namingKeys: c.namingKeys, memory: &c.memory}
	if scope.Type != "" {
		j.given = types
	}
	var keys []string
	grouped := map[string][]*EventType{}
	for _, t := range types {
		key := t.Provider.itemsKey()
		if grouped[key] == nil {
			keys = append(keys, key)
		}
		grouped[key] = append(grouped[key], t)
	}
	for _, key := range keys {
		j.groups = append(j.groups, newGroup(grouped[key][0].Provider.items, grouped[key]))
	}
	return j, nil
}

// Body recognizes and validates each item of a body. It returns at least one item, in the order of
// the body.
func (j *Validator) Body(body []byte) []webhook.Item {
	memory, _ := j.memory.Get().(*scratch)
	if memory == nil {
		memory = &scratch{}
	}
	root, defects, err := memory.parser.JSON(body, document.BodyLimits())
	if err != nil {
		return []webhook.Item{{Verdict: undecodable(body, err)}}
	}
	c := validation{validator: j, memory: memory, body: &root, source: body, defects: defects}
	c.repeats = slices.ContainsFunc(defects, func(d document.Defect) bool { return d.Rule == webhook.RuleDuplicateKey })
	items := c.items()
	if len(body) <= maxReused && !slices.ContainsFunc(items, func(item webhook.Item) bool { return len(item.Verdict.Findings) > 0 }) {
		j.memory.Put(memory) // without findings, nothing of the body is in the result
	}
	return items
}

// maxReused limits the bodies whose memory is used again.
const maxReused = 64 << 10

// Recognizes reports whether a value matches or nearly matches a known body. A list of bodies, for
// example, doesn't.
func (j *Validator) Recognizes(body []byte) bool {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return false
	}
	c := &validation{validator: j, body: &root, memory: &scratch{}}
	return c.split().step < stepNone
}

// within returns the types of a scope.
func (c *Catalog) within(scope Scope) ([]*EventType, error) {
	if scope.Likely != "" {
		return []*EventType{c.types[scope.Likely]}, nil
	}
	if scope.Type == "" && scope.Route == "" {
		return c.Types(), nil
	}
	if scope.Type == "" {
		return c.byRoute(scope.Route)
	}
	t, err := c.Type(scope.Type)
	if err != nil {
		return nil, err
	}
	if scope.Route != "" {
		types, err := c.byRoute(scope.Route)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(types, t) {
			return nil, unknown{ErrUnknownType, fmt.Sprintf("find event type: %s is not a type of %s", t.Name, scope.Route)}
		}
	}
	return []*EventType{t}, nil
}

// A scratch is memory that is used again for the next body.
type scratch struct {
	parser document.Parser
	marks  []*document.Node
	values []int
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
	// repeats is true if an object has a repeated key.
	repeats bool
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
	if groups := h.validator.groups; h.validator.given != nil {
		return newSplit(groups[0], h.body)
	}
	splits := make([]split, 0, len(h.validator.groups))
	for _, g := range h.validator.groups {
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

// item recognizes one item and validates it against each type that it may have; the types with
// the best level remain.
func (h *validation) item(s *split, i int, path []string) webhook.Verdict {
	one := s.set.isolate(path)
	types := h.validator.given
	if types == nil {
		var r recognition
		if i < len(s.first) {
			r = s.first[i]
		} else {
			r = s.group.recognize(one.body, h.memory)
		}
		if len(r.types) == 0 {
			return h.unvalidated(r, &one, path)
		}
		types = r.types
	}
	body := one.body
	if h.repeats {
		body = body.Unique()
	}
	return h.closest(types, &one, body)
}

// closest validates an item against types; those with the best level remain, and the one with the
// fewest findings explains it.
func (h *validation) closest(types []*EventType, one *isolated, body *document.Node) webhook.Verdict {
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
	}
	verdict.Findings = []webhook.Finding{h.locate(finding, at)}
	return verdict
}

// A validated is the verdict on an item as one type, and why.
type validated struct {
	verdict webhook.Verdict
	program *jsonschema.Program
	result  jsonschema.Result
}

// validateType validates an item against one type: error if the open schema rejects it, drift if
// only the closed schema does. explain adds the findings.
func (h *validation) validateType(t *EventType, body *document.Node) validated {
	r := validated{verdict: webhook.Verdict{Level: webhook.LevelOK, Provider: t.Provider.Name, Type: t.Name, Candidates: t.candidates}, program: t.program()}
	limit := ""
	if r.program.Patterned() && maxText(body) > maxMatched {
		limit = fmt.Sprintf("body has a string of more than %d bytes, which is too long for a pattern", maxMatched)
	} else if r.result = r.program.Evaluate(body); r.result.Exceeded {
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
}

// maxFindings limits the findings of one item in one pass: a body can have a hundred thousand.
const maxFindings = 100

// addFindings adds the findings of one pass to a verdict, the first in the body if there are too
// many. The closed schema also rejects what the open one rejects, so only its drift is new.
func (h *validation) addFindings(verdict *webhook.Verdict, one *isolated, violations []jsonschema.Violation, pass webhook.Level) {
	said := 0
	for i, c := range violations {
		for _, f := range findingsOf(c, one.body, pass) {
			if pass == webhook.LevelDrift && f.Level != webhook.LevelDrift {
				continue
			}
			said++
			verdict.Findings = append(verdict.Findings, h.locate(f, one.original(document.Tokens(f.Pointer))))
		}
		if left := len(violations) - i - 1; said >= maxFindings && left > 0 {
			more := webhook.Finding{Level: pass, Rule: webhook.RuleMore, Found: fmt.Sprintf("%d more problems", left), Expected: "fix these first"}
			verdict.Findings = append(verdict.Findings, h.locate(more, nil))
			return
		}
	}
}

// locate sets a finding's pointer, line and column: those of the value, of an unknown key, or of
// the parent of a missing key.
func (h *validation) locate(f webhook.Finding, path []string) webhook.Finding {
	f.Pointer = MaskPhones(document.Pointer(path...))
	near, depth := h.body.Nearest(path)
	start := near.Start
	if f.Rule == webhook.RuleUnknownField && depth == len(path) {
		start = h.body.KeyStart(path)
	}
	f.Line, f.Column = h.position(start)
	return f
}

// position returns the line and column of an offset.
func (h *validation) position(offset int) (line, column int) {
	if h.locator == nil {
		h.locator = document.NewLocator(h.source)
	}
	return h.locator.Position(offset)
}

// addDefects adds findings on JSON that parsers read differently.
func (h *validation) addDefects(verdict *webhook.Verdict, defects []document.Defect) {
	for _, d := range defects {
		level := webhook.LevelDrift
		if d.Rule == webhook.RuleNumber {
			level = webhook.LevelError
		}
		line, column := h.position(d.Offset)
		verdict.Findings = append(verdict.Findings, webhook.Finding{
			Level: level, Rule: d.Rule, Pointer: MaskPhones(d.Pointer), Line: line, Column: column,
			Found: MaskPhones(d.Message), Expected: "JSON that all parsers read alike", Document: "RFC 8259",
		})
		if level.Rank() > verdict.Level.Rank() {
			verdict.Level = level
		}
	}
}

// ownerOf returns the index of the item that contains a defect, or 0.
func ownerOf(d document.Defect, items [][]string) int {
	path := document.Tokens(d.Pointer)
	for i, item := range items {
		if len(item) <= len(path) && slices.Equal(item, path[:len(item)]) {
			return i
		}
	}
	return 0
}

// sortFindings orders findings by position. It drops repetitions, and drift where there is an error.
func sortFindings(findings []webhook.Finding) []webhook.Finding {
	if len(findings) < 2 {
		return findings
	}
	invalid := map[string]bool{}
	for _, f := range findings {
		invalid[f.Pointer] = invalid[f.Pointer] || f.Level == webhook.LevelError
	}
	findings = slices.DeleteFunc(findings, func(f webhook.Finding) bool { return f.Rule == webhook.RuleUnlistedValue && invalid[f.Pointer] })
	slices.SortFunc(findings, func(a, b webhook.Finding) int {
		return cmp.Or(boolean(a.Rule == webhook.RuleMore)-boolean(b.Rule == webhook.RuleMore), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Expected, b.Expected))
	})
	return slices.CompactFunc(findings, func(a, b webhook.Finding) bool {
		return a.Pointer == b.Pointer && a.Rule == b.Rule && a.Expected == b.Expected
	})
}

func boolean(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
