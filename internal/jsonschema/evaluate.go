package jsonschema

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// maxSteps limits the work on one value: to apply one schema to one value takes a step, and one for
// each member or element of the value. All of them take about half a second.
const maxSteps = 20_000_000

// A Result is how a value fares with a program.
type Result struct {
	// Open is true if the schema accepts the value, and Closed if the closed schema does.
	Open, Closed bool
	// Variant is the variant of an accepted value; "" if it has none, matches several, or has
	// different variants at different paths.
	Variant string
	// Exceeded is true if the work was stopped, so that the rest is not known.
	Exceeded bool
	// HasProblems is true if [Program.Problems] may find a value that can't be right.
	HasProblems bool
}

// Evaluate validates a value. No object in it has a repeated key (see [document.Node.Unique]). Its
// times are compared with the span.
func (p *Program) Evaluate(v *document.Node, span value.Span) Result {
	e := p.evaluation(true)
	e.span, e.checks, e.found = span, p.checked, false
	defer p.pool.Put(e)
	r := Result{Closed: e.eval(p.root, v, nil) == nil}
	e.closed = false
	if r.Open = r.Closed && p.nested; !r.Open {
		r.Open = e.eval(p.root, v, nil) == nil
	}
	r.HasProblems, e.checks = e.found, false
	if r.Open {
		r.Variant = e.variant(v)
	}
	r.Exceeded = e.steps < 0
	return r
}

// evaluation returns an evaluation with the memory of an earlier one.
func (p *Program) evaluation(closed bool) *evaluation {
	e, _ := p.pool.Get().(*evaluation)
	if e == nil {
		e = &evaluation{program: p}
	}
	e.closed, e.steps = closed, maxSteps
	return e
}

// Valid reports whether the open schema accepts a value.
func (p *Program) Valid(v *document.Node) bool {
	e := p.evaluation(false)
	defer p.pool.Put(e)
	return e.eval(p.root, v, nil) == nil && e.steps >= 0
}

// variant is [Result.Variant].
func (e *evaluation) variant(v *document.Node) string {
	variant := ""
	for _, place := range e.program.variants {
		at := v.At(place.path)
		if at == nil {
			continue
		}
		var found *op
		count := 0
		for _, branch := range place.branches {
			if e.eval(branch, at, nil) == nil {
				found = branch
				count++
			}
		}
		switch {
		case count != 1:
		case variant != "" && variant != found.schema.Variant:
			return ""
		default:
			variant = found.schema.Variant
		}
	}
	return variant
}

// An evaluation applies a program to a value. By default it stops at the first violation; with
// collect, it collects all of them, as a tree.
type evaluation struct {
	program *Program
	closed  bool
	collect bool
	steps   int
	// checks is true while values are checked against span. The first one that can't be right ends
	// that, and sets found.
	checks, found bool
	span          value.Span
	// path leads to the current value, if violations are collected.
	path []string
	// bits is a stack of sets of evaluated properties and items.
	bits []uint64
}

// rejected is the result of a violation that isn't collected.
var rejected = &failure{}

// eval applies a schema to a value; nil means that the schema accepts it. It adds the properties or
// items that the schema evaluates to marks, unless that is nil.
func (e *evaluation) eval(o *op, v *document.Node, marks set) *failure {
	if e.spend(1 + len(v.Members) + len(v.Items)) {
		return rejected
	}
	if !o.kinds.has(v) {
		return e.leaf(o, keywordType, v)
	}
	if e.checks && o.check != nil {
		e.checkValue(o.check, v)
	}
	if e.checks && o.rules != nil && v.Kind == document.Object {
		e.checkRules(o, v)
	}
	var all failures
	if o.schema.Relations != nil && e.relations(o, v, &all) {
		return rejected
	}
	if o.checksScalar && e.scalar(o, v, &all) {
		return rejected
	}
	own, base := marks, len(e.bits)
	evaluates := v.Kind == document.Object && (o.unevaluated != nil || o.closes && e.closed) || v.Kind == document.Array && o.unevaluatedItems != nil
	if evaluates {
		own = e.newSet(v)
	}
	stop := v.Kind == document.Object && o.checksObject && e.object(o, v, own, &all) ||
		v.Kind == document.Array && o.checksArray && e.array(o, v, own, &all) ||
		o.inPlace && e.combination(o, v, own, &all) ||
		evaluates && e.rest(o, v, own, &all)
	e.bits = e.bits[:base]
	if stop {
		return rejected
	}
	if evaluates {
		marks.addAll()
	}
	return all.sum(o)
}

// checkValue notes whether a value can't be right.
func (e *evaluation) checkValue(check *value.Check, v *document.Node) {
	if (v.Kind == document.String || v.Kind == document.Number) && !check.Accepts(v.Text, e.span) {
		e.checks, e.found = false, true
	}
}

// spend takes steps; it returns true if there are not enough.
func (e *evaluation) spend(steps int) bool {
	e.steps -= steps
	return e.steps < 0
}

// scalar applies the keywords that concern no other value. Like all functions that add to failures,
// it returns true if a violation ends the evaluation.
func (e *evaluation) scalar(o *op, v *document.Node, all *failures) bool {
	if o.schema.Never && e.reject(all, o, keywordPropertyNames, v) {
		return true
	}
	if o.listed {
		if len(o.values) > 0 && !lists(o.values, v) && e.reject(all, o, o.valuesKeyword, v) {
			return true
		}
		if e.closed && len(o.known) > 0 && !(o.orNull && v.Kind == document.Null) && !lists(o.known, v) && e.reject(all, o, keywordEnum, v) {
			return true
		}
		if v.Kind == document.String && IsPlaceholder(v.Text, e.program.placeholders) && e.reject(all, o, KeywordPlaceholder, v) {
			return true
		}
	}
	if o.schema.Bounds != nil {
		for _, keyword := range o.schema.Bounds.violated(v) {
			if e.reject(all, o, keyword, v) {
				return true
			}
		}
	}
	return v.Kind == document.String && o.schema.Pattern != nil && !o.schema.Pattern.MatchString(v.Text) && e.reject(all, o, keywordPattern, v)
}

// IsPlaceholder reports whether a value is notation of the documentation: a choice
// ("sent|delivered") or a placeholder.
func IsPlaceholder(text string, placeholders []string) bool {
	return strings.IndexByte(text, '|') >= 0 || slices.Contains(placeholders, text)
}

// object applies the keywords of objects.
func (e *evaluation) object(o *op, v *document.Node, marks set, all *failures) bool {
	s := o.schema
	if len(v.Members) < s.MinProperties && e.reject(all, o, "minProperties", v) {
		return true
	}
	if s.MaxProperties >= 0 && len(v.Members) > s.MaxProperties && e.reject(all, o, "maxProperties", v) {
		return true
	}
	seen := uint64(0)
	next := 0
	for i := range v.Members {
		m := &v.Members[i]
		found := o.find(m.Key, next)
		if found >= 0 {
			next = found + 1
			if found < wordBits {
				seen |= 1 << found
			}
			marks.add(i)
			one := o.properties[found].op
			switch {
			case !one.onlyKinds || !one.kinds.has(&m.Value):
				if e.below(one, m.Key, &m.Value, all) {
					return true
				}
			case e.checks && one.check != nil:
				e.checkValue(one.check, &m.Value)
			}
		}
		if found < 0 || o.patterns != nil || o.names != nil {
			if e.member(o, m, i, found >= 0, marks, all) {
				return true
			}
		}
	}
	if (o.required&^seen != 0 || slices.ContainsFunc(o.needed, func(key string) bool { return v.Get(key) == nil })) && e.reject(all, o, keywordRequired, v) {
		return true
	}
	for _, d := range s.DependentRequired {
		if v.Get(d.Name) != nil && slices.ContainsFunc(d.Required, func(key string) bool { return v.Get(key) == nil }) && e.reject(all, o, "dependentRequired", v) {
			return true
		}
	}
	return false
}

// find returns the index of a property, or -1. Bodies usually have the order of the schema, so
// next is tried first.
func (o *op) find(key string, next int) int {
	if next < len(o.properties) && o.properties[next].name == key {
		return next
	}
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range o.properties {
		if o.properties[i].name == key {
			return i
		}
	}
	return -1
}

// member applies patternProperties, additionalProperties and propertyNames to a member.
func (e *evaluation) member(o *op, m *document.Member, i int, found bool, marks set, all *failures) bool {
	for _, p := range o.patterns {
		if p.pattern.MatchString(m.Key) {
			found = true
			marks.add(i)
			if e.below(p.op, m.Key, &m.Value, all) {
				return true
			}
		}
	}
	if !found && o.additional != nil {
		marks.add(i)
		if e.below(o.additional, m.Key, &m.Value, all) {
			return true
		}
	}
	return o.names != nil && e.below(o.names, m.Key, &document.Node{Kind: document.String, Text: m.Key, Start: m.KeyStart}, all)
}

// below applies a schema to a value in the current one.
func (e *evaluation) below(o *op, token string, v *document.Node, all *failures) bool {
	if !e.collect {
		return e.eval(o, v, nil) != nil
	}
	e.path = append(e.path, token)
	f := e.eval(o, v, nil)
	e.path = e.path[:len(e.path)-1]
	return e.keep(all, f)
}

// rest applies what concerns the properties or items that nothing else evaluated.
func (e *evaluation) rest(o *op, v *document.Node, marks set, all *failures) bool {
	schema, keyword := o.unevaluated, KeywordUnevaluated
	if o.closes && e.closed {
		schema = nil // none is allowed
	}
	for i := range v.Members {
		if marks.has(i) {
			continue
		}
		m := &v.Members[i]
		if schema != nil && !schema.schema.Never {
			if e.below(schema, m.Key, &m.Value, all) {
				return true
			}
			continue
		}
		if e.rejectBelow(all, o, keyword, m.Key, &m.Value) {
			return true
		}
	}
	for i := range v.Items {
		if marks.has(i) {
			continue
		}
		if o.unevaluatedItems.schema.Never {
			if e.rejectBelow(all, o, "unevaluatedItems", index(i), &v.Items[i]) {
				return true
			}
		} else if e.below(o.unevaluatedItems, index(i), &v.Items[i], all) {
			return true
		}
	}
	return false
}

// violated returns the keywords that a value violates.
func (b *Bounds) violated(v *document.Node) []string {
	if b.Allow(v) {
		return nil
	}
	if v.Kind == document.String {
		if utf8.RuneCountInString(v.Text) < b.MinLength {
			return []string{"minLength"}
		}
		return []string{"maxLength"}
	}
	return b.violatedBy(v.Text)
}
