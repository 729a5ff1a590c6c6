package schemas

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Scope says what is known of a body before it is recognised. The zero
// Scope knows nothing.
type Scope struct {
	// Route is a provider or one of its routes: only its types are considered.
	Route string
	// Type is an event type: the body is judged as one, whatever it looks like.
	Type string
	// Likely is an event type, too: nothing else is considered, but whether the
	// body looks like one is still asked. A tape says so of its bodies. A type
	// that is not in the catalogue is passed over.
	Likely string
}

// A Validator says what captured bodies are. It is immutable and safe for
// concurrent use; [Catalog.Validator] makes one.
type Validator struct {
	groups []group
	// asked is true if the type was given and need not be recognised.
	asked bool
	// telling are the keys whose values name events.
	telling map[string]bool
}

// A group is the types of the providers that have one set of rules for items.
type group struct {
	rules []itemRule
	types []*EventType
}

// Validator makes a judge for bodies within a scope. The error names a route or a
// type that does not exist.
func (c *Catalog) Validator(scope Scope) (*Validator, error) {
	types, err := c.within(scope)
	if err != nil {
		return nil, err
	}
	j := &Validator{asked: scope.Type != "", telling: map[string]bool{}}
	for _, t := range c.Types() {
		for _, m := range t.outline.marks {
			j.telling[m.path[len(m.path)-1]] = true
		}
	}
	numbers := map[string]int{}
	for _, t := range types {
		i, ok := numbers[t.Provider.itemsKey()]
		if !ok {
			i = len(j.groups)
			numbers[t.Provider.itemsKey()] = i
			j.groups = append(j.groups, group{rules: t.Provider.items})
		}
		j.groups[i].types = append(j.groups[i].types, t)
	}
	return j, nil
}

// Body says of each item of a body whether it is what its provider would
// send. It returns at least one item, in the order of the body.
//
// What is wrong with the body stands in the verdicts; the error is a schema
// that does not compile.
func (j *Validator) Body(body []byte) ([]webhook.Item, error) {
	root, defects, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return []webhook.Item{{Verdict: undecodable(body, err)}}, nil
	}
	c := &validation{validator: j, body: &root, places: document.NewLocator(body), defects: defects}
	return c.items()
}

// Recognizes reports whether a value looks like a webhook's body, or at least
// like a faulty one, rather than like something else, such as a list of bodies.
func (j *Validator) Recognizes(body []byte) bool {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return false
	}
	c := &validation{validator: j, body: &root}
	return c.split().step < stepNone
}

// within returns the types that a scope leaves.
func (c *Catalog) within(scope Scope) ([]*EventType, error) {
	if scope.Type == "" && scope.Likely != "" {
		if t, err := c.Type(scope.Likely); err == nil {
			return []*EventType{t}, nil
		}
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
			return nil, fmt.Errorf("find event type: %s does not come by %s", t.Name, scope.Route)
		}
	}
	return []*EventType{t}, nil
}

// A hearing is the work on one body.
type validation struct {
	validator *Validator
	body      *document.Node
	places    *document.Locator
	defects   []document.Defect
}

// A split is the body as the providers with one set of item rules see it.
type split struct {
	types []*EventType
	items [][]string
	// first are what the first items were recognised as, and step is the best
	// of their steps.
	first []recognition
	step  int
}

// split finds the group whose rules for items fit the body best, for where a
// body's items stand cannot be known before its provider is.
func (h *validation) split() split {
	chosen := split{step: stepNone + 1}
	for _, g := range h.validator.groups {
		s := split{types: g.types, items: findItems(g.rules, h.body)}
		h.look(&s)
		if s.step < chosen.step {
			chosen = s
		}
		if s.step == stepMarks {
			break // nothing is surer
		}
	}
	return chosen
}

// look recognises the first few items: enough to know the provider.
func (h *validation) look(s *split) {
	const enough = 3
	s.step = stepNone
	paths := atLeastOne(s.items)
	for _, path := range paths[:min(enough, len(paths))] {
		one := isolate(h.body, s.items, path)
		r := recognize(s.types, &one.body)
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

func (h *validation) items() ([]webhook.Item, error) {
	s := h.split()
	if len(s.items) > maxItems {
		return []webhook.Item{{Verdict: tooMuch(fmt.Sprintf("body has more than %d items", maxItems), 1, 1)}}, nil
	}
	if work := h.work(s.items); work > maxWork {
		return []webhook.Item{{Verdict: tooMuch(fmt.Sprintf("body has %d items in an envelope so large that judging them takes %d values", len(s.items), work), 1, 1)}}, nil
	}
	defects := map[int][]document.Defect{}
	for _, d := range h.defects {
		owner := ownerOf(d, s.items)
		defects[owner] = append(defects[owner], d)
	}
	var items []webhook.Item
	for i, path := range atLeastOne(s.items) {
		verdict, err := h.item(&s, i, path)
		if err != nil {
			return nil, err
		}
		h.addDefects(&verdict, defects[i])
		verdict.Findings = sortFindings(verdict.Findings)
		items = append(items, webhook.Item{Pointer: document.Pointer(path...), Verdict: verdict})
	}
	return items, nil
}

// mostWork bounds the values of all items, each with its envelope: judging
// them takes a few seconds.
const maxWork = 2_000_000

// work counts the values that are judged: the items, and what stands around
// them once for each.
func (h *validation) work(items [][]string) int {
	all, own := h.body.Count(), 0
	for _, path := range items {
		own += h.body.At(path).Count()
	}
	return own + max(1, len(items))*(all-own)
}

// item recognises one item and judges it against each type that it may be of;
// those with the best level stay.
func (h *validation) item(s *split, i int, path []string) (webhook.Verdict, error) {
	one := isolate(h.body, s.items, path)
	types := s.types
	if !h.validator.asked {
		var r recognition
		if i < len(s.first) {
			r = s.first[i]
		} else {
			r = recognize(s.types, &one.body)
		}
		if len(r.types) == 0 {
			return h.unvalidated(r, &one, path), nil
		}
		types = r.types
	}
	body := one.forV5()
	var closest webhook.Verdict
	var names []string
	for _, t := range types {
		verdict, err := h.against(t, &one, body)
		if err != nil {
			return webhook.Verdict{}, err
		}
		switch better := verdict.Level.Rank() - closest.Level.Rank(); {
		case names == nil || better < 0:
			closest, names = verdict, []string{t.Name}
		case better == 0:
			if len(verdict.Findings) < len(closest.Findings) {
				closest = verdict // of alternatives, the closest is explained
			}
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	if closest.Candidates = names; len(names) > 1 {
		closest.Type, closest.Variant = "", ""
	}
	return closest, nil
}

// unvalidated is the verdict on an item that fits no type.
func (h *validation) unvalidated(r recognition, one *isolated, item []string) webhook.Verdict {
	verdict := webhook.Verdict{Level: r.level, Provider: r.provider, Candidates: []string{}}
	for _, t := range r.candidates {
		verdict.Candidates = append(verdict.Candidates, t.Name)
	}
	finding, at := r.finding, one.original(r.at)
	if r.step == stepNone {
		finding, at = unrecognised(h.body.At(item), h.validator.telling), item
	}
	verdict.Findings = []webhook.Finding{h.place(finding, at)}
	return verdict
}

// against judges an item as one type: error if the open schema refuses it,
// drift if only the closed one does.
func (h *validation) against(t *EventType, one *isolated, body any) (webhook.Verdict, error) {
	compiled, err := t.compile()
	if err != nil {
		return webhook.Verdict{}, err
	}
	verdict := webhook.Verdict{Provider: t.Provider.Name, Type: t.Name, Candidates: []string{t.Name}}
	if compiled.patterned && maxText(&one.body) > maxMatched {
		verdict.Level = webhook.LevelInconclusive
		verdict.Findings = tooMuch(fmt.Sprintf("body has a text of more than %d bytes, too long to match a pattern with", maxMatched), 1, 1).Findings
		return verdict, nil
	}
	for _, pass := range []struct {
		schema *jsonschema.Schema
		level  webhook.Level
	}{{compiled.open, webhook.LevelError}, {compiled.closed, webhook.LevelDrift}} {
		rejection := pass.schema.Validate(body)
		if rejection == nil {
			continue
		}
		complaints, err := explained(t, compiled, one, rejection)
		if err != nil {
			return webhook.Verdict{}, err
		}
		if verdict.Level == webhook.LevelOK {
			verdict.Level = pass.level
		}
		h.word(&verdict, one, complaints, pass.level)
	}
	if verdict.Level != webhook.LevelOK && len(verdict.Findings) == 0 {
		return webhook.Verdict{}, fmt.Errorf("judge by %s: the schema refuses the body, and nothing says why", t.Name)
	}
	if verdict.Level != webhook.LevelError {
		verdict.Variant = compiled.variant(body)
	}
	return verdict, nil
}

func explained(t *EventType, c *compiled, one *isolated, rejection error) ([]schemaError, error) {
	var failure *jsonschema.ValidationError
	if !errors.As(rejection, &failure) {
		return nil, fmt.Errorf("judge by %s: %w", t.Name, rejection)
	}
	return explain(c.schemas, &one.body, failure), nil
}

// mostFindings bounds what is said of one item in one pass: a body can be
// wrong in a hundred thousand places.
const maxFindings = 100

// word adds the findings of one pass to a verdict, the first ones in the body
// if there are too many. The closed schema refuses what the open one does, too:
// of its complaints only the drift is news.
func (h *validation) word(verdict *webhook.Verdict, one *isolated, complaints []schemaError, pass webhook.Level) {
	said := 0
	for i, c := range complaints {
		for _, f := range c.findings(&one.body, pass) {
			if pass == webhook.LevelDrift && f.Level != webhook.LevelDrift {
				continue
			}
			said++
			verdict.Findings = append(verdict.Findings, h.place(f, one.original(document.Tokens(f.Pointer))))
		}
		if left := len(complaints) - i - 1; said >= maxFindings && left > 0 {
			more := webhook.Finding{Level: pass, Rule: webhook.RuleMore, Found: fmt.Sprintf("%d further complaints", left), Expected: "mend these first"}
			verdict.Findings = append(verdict.Findings, h.place(more, nil))
			return
		}
	}
}

// place points a finding at a path of the whole body, with line and column:
// those of the value, of the key if the key is what is wrong, or of what
// should hold a missing one.
func (h *validation) place(f webhook.Finding, path []string) webhook.Finding {
	f.Pointer = MaskPhones(document.Pointer(path...))
	near, depth := h.body.Nearest(path)
	start := near.Start
	if f.Rule == webhook.RuleUnknownField && depth == len(path) {
		start = h.body.KeyStart(path)
	}
	f.Line, f.Column = h.places.Position(start)
	return f
}

// addDefects adds what parsers would read differently.
func (h *validation) addDefects(verdict *webhook.Verdict, defects []document.Defect) {
	for _, d := range defects {
		level := webhook.LevelDrift
		if d.Rule == webhook.RuleNumber {
			level = webhook.LevelError
		}
		line, column := h.places.Position(d.Offset)
		verdict.Findings = append(verdict.Findings, webhook.Finding{
			Level: level, Rule: d.Rule, Pointer: MaskPhones(d.Pointer), Line: line, Column: column,
			Found: MaskPhones(d.Message), Expected: "JSON that every parser reads alike", Document: "RFC 8259",
		})
		if level.Rank() > verdict.Level.Rank() {
			verdict.Level = level
		}
	}
}

// ownerOf returns the number of the item that a defect stands in, or 0.
func ownerOf(d document.Defect, items [][]string) int {
	path := document.Tokens(d.Pointer)
	for i, item := range items {
		if len(item) <= len(path) && slices.Equal(item, path[:len(item)]) {
			return i
		}
	}
	return 0
}

// sortFindings orders findings by place, and drops repetitions and the drift of
// what is an error already.
func sortFindings(findings []webhook.Finding) []webhook.Finding {
	wrong := map[string]bool{}
	for _, f := range findings {
		wrong[f.Pointer] = wrong[f.Pointer] || f.Level == webhook.LevelError
	}
	findings = slices.DeleteFunc(findings, func(f webhook.Finding) bool { return f.Rule == webhook.RuleUnlistedValue && wrong[f.Pointer] })
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
