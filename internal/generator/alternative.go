package generator

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// An alternative is one combination of the branches of a schema. Each of its shapes counts
// without its own anyOf, oneOf, allOf, if and not: the alternative contains the chosen branches
// as shapes.
type alternative struct {
	// shapes all apply; the base comes first.
	shapes []*jsonschema.Schema
	// forbidden has keys that must be absent, and excluded JSON values that the value must not
	// equal.
	forbidden, excluded []string
	// conditional is true if excluded has values for which a rule applies.
	conditional bool
	variants    []string
	// stage limits the alternative to failures of a stage; "" is no limit.
	stage string
}

// maxAlternatives limits the combinations of one schema.
const maxAlternatives = 256

// An expander makes alternatives, and keeps those that can be written.
type expander struct {
	keep func(*alternative) bool
	// lacks reports whether the body has no key of the name for certain.
	lacks func(key string) bool
	// conditions are the schemas that decide whether a rule applies.
	conditions map[*jsonschema.Schema]bool
}

func (x expander) alternatives(shapes []*jsonschema.Schema) ([]alternative, error) {
	all := []alternative{{}}
	for _, s := range shapes {
		options, err := x.expand(s)
		if err != nil {
			return nil, err
		}
		if all, err = x.product(all, options); err != nil {
			return nil, fmt.Errorf("%w, at %s of the schema", err, s.Pointer)
		}
	}
	return all, nil
}

func (x expander) expand(s *jsonschema.Schema) ([]alternative, error) {
	all := []alternative{{shapes: []*jsonschema.Schema{s}}}
	var err error
	and := func(options []alternative, failed error) {
		if err = cmp.Or(err, failed); err == nil {
			all, err = x.product(all, options)
		}
	}
	for _, branch := range s.Parts() {
		and(x.expand(branch))
	}
	for _, rule := range s.Rules {
		and(x.expand(rule.Schema))
	}
	if s.Not != nil {
		and(x.negate(s.Not))
	}
	if s.AnyOf != nil {
		and(x.either(s.AnyOf))
	}
	if s.OneOf != nil {
		and(x.either(s.OneOf))
	}
	if s.If != nil {
		and(x.conditional(s))
	}
	return all, err
}

// either returns the alternatives of all branches. A variant named "sync" is for synchronous
// failures, and its siblings for asynchronous ones.
func (x expander) either(branches []*jsonschema.Schema) ([]alternative, error) {
	synchronous := slices.ContainsFunc(branches, func(b *jsonschema.Schema) bool { return b.Variant == stageSync })
	var all []alternative
	for _, branch := range branches {
		options, err := x.expand(branch)
		if err != nil {
			return nil, err
		}
		for _, option := range options {
			if branch.Variant != "" {
				option.variants = append(slices.Clip(option.variants), branch.Variant)
			}
			switch {
			case branch.Variant == stageSync:
				option.stage = stageSync
			case synchronous:
				option.stage = stageAsync
			}
			all = append(all, option)
		}
	}
	return all, nil
}

// The stages of a failure.
const (
	stageSync  = "sync"
	stageAsync = "async"
)

func (x expander) conditional(s *jsonschema.Schema) ([]alternative, error) {
	branch := func(condition []alternative, failed error, consequence *jsonschema.Schema) ([]alternative, error) {
		if failed != nil || consequence == nil {
			return condition, failed
		}
		options, err := x.expand(consequence)
		if err != nil {
			return nil, err
		}
		return x.product(condition, options)
	}
	holds, err := x.expand(s.If)
	holds, err = branch(holds, err, s.Then)
	if err != nil {
		return nil, err
	}
	fails, err := x.negate(s.If)
	fails, err = branch(fails, err, s.Else)
	return append(holds, fails...), err
}

// negate returns the alternatives that don't match a shape: a key is absent or has another value,
// or the value itself differs.
func (x expander) negate(s *jsonschema.Schema) ([]alternative, error) {
	if len(s.Types)+len(s.OneOf) > 0 || s.If != nil || (s.Not != nil || len(s.AnyOf) > 0) && len(s.Required)+len(s.Properties)+len(s.Parts())+len(s.Values) > 0 {
		return nil, fmt.Errorf("schema %s: unsupported not; use required, properties, const, enum or allOf, or else anyOf", s.Pointer)
	}
	switch {
	case len(s.AnyOf) > 0:
		return x.neither(s.AnyOf)
	case s.Not != nil:
		return x.expand(s.Not)
	}
	var all []alternative
	for _, branch := range s.Parts() {
		options, err := x.negate(branch)
		if err != nil {
			return nil, err
		}
		all = append(all, options...)
	}
	for _, key := range s.Required {
		if x.lacks(key) {
			return []alternative{{forbidden: []string{key}}}, nil // no other alternative allows more
		}
		all = append(all, alternative{forbidden: []string{key}})
	}
	for _, p := range s.Properties {
		other := &jsonschema.Schema{Pointer: p.Schema.Pointer, Not: p.Schema, MaxItems: -1}
		all = append(all, alternative{shapes: []*jsonschema.Schema{{
			Pointer: s.Pointer, Required: []string{p.Name}, Properties: []jsonschema.Property{{Name: p.Name, Schema: other}}, MaxItems: -1,
		}}})
	}
	if s.Items != nil {
		// One element that doesn't match is enough; here, none does.
		other := &jsonschema.Schema{Pointer: s.Items.Pointer, Not: s.Items, MaxItems: -1}
		all = append(all, alternative{shapes: []*jsonschema.Schema{{Pointer: s.Pointer, Items: other, MinItems: 1, MaxItems: -1}}})
	}
	if len(s.Values) > 0 {
		all = append(all, alternative{excluded: compactTexts(s.Values), conditional: x.conditions[s]})
	}
	return all, nil
}

// neither returns the alternatives that match no branch.
func (x expander) neither(branches []*jsonschema.Schema) ([]alternative, error) {
	all := []alternative{{}}
	for _, branch := range branches {
		options, err := x.negate(branch)
		if err != nil {
			return nil, err
		}
		if all, err = x.product(all, options); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// product returns every pair of alternatives that can be written and have compatible stages.
func (x expander) product(left, right []alternative) ([]alternative, error) {
	all := make([]alternative, 0, len(left)*min(len(right), maxAlternatives))
	for _, a := range left {
		for _, b := range right {
			if a.stage != "" && b.stage != "" && a.stage != b.stage {
				continue
			}
			both := alternative{
				shapes: slices.Concat(a.shapes, b.shapes), forbidden: slices.Concat(a.forbidden, b.forbidden),
				excluded: slices.Concat(a.excluded, b.excluded), variants: slices.Concat(a.variants, b.variants), stage: cmp.Or(a.stage, b.stage),
				conditional: a.conditional || b.conditional,
			}
			if len(left) > 1 && len(right) > 1 && (both.contradicts() || !x.keep(&both)) {
				continue
			}
			if all = append(all, both); len(all) > maxAlternatives {
				return nil, fmt.Errorf("a schema has more than %d combinations of branches", maxAlternatives)
			}
		}
	}
	return all, nil
}

// contradicts reports whether an alternative requires a key that it forbids, or allows no value for a
// key that it requires. Deeper contradictions show when it is compiled.
func (a *alternative) contradicts() bool {
	if slices.ContainsFunc(a.forbidden, a.required) {
		return true
	}
	for _, k := range a.keys() {
		if !a.required(k.name) {
			continue
		}
		below := alternative{shapes: k.shapes}
		for _, s := range k.shapes {
			if s.Not != nil {
				below.excluded = append(below.excluded, compactTexts(s.Not.Values)...)
			}
		}
		if _, none := below.values(); none {
			return true
		}
	}
	return false
}

// types returns the JSON types that all shapes allow; nil allows any. An integer is a number.
func (a *alternative) types() (types []string, contradict bool) {
	for _, s := range a.shapes {
		switch {
		case len(s.Types) == 0:
		case types == nil:
			types = s.Types
		default:
			types = slices.DeleteFunc(slices.Clone(types), func(t string) bool {
				return !slices.Contains(s.Types, t) && !(t == "integer" && slices.Contains(s.Types, "number"))
			})
			if len(types) == 0 {
				return nil, true
			}
		}
	}
	return types, false
}

// values returns the values that const and enum allow; nil allows any.
func (a *alternative) values() (values []string, contradict bool) {
	for _, s := range a.shapes {
		if len(s.Values) == 0 {
			continue
		}
		if values == nil {
			values = compactTexts(s.Values)
		} else {
			values = slices.DeleteFunc(values, func(v string) bool { return !slices.Contains(compactTexts(s.Values), v) })
		}
		if len(values) == 0 {
			return nil, true
		}
	}
	if values != nil {
		values = slices.DeleteFunc(values, func(v string) bool { return slices.Contains(a.excluded, v) })
		return values, len(values) == 0
	}
	return nil, false
}

// known returns the values of an open enum that are not excluded; nil without an open enum.
func (a *alternative) known() []string {
	for _, s := range a.shapes {
		if len(s.Known) > 0 {
			return slices.DeleteFunc(compactTexts(s.Known), func(v string) bool { return slices.Contains(a.excluded, v) })
		}
	}
	return nil
}

// named returns the shape that has an x-value.
func (a *alternative) named() *jsonschema.Schema {
	for _, s := range a.shapes {
		if s.Value != "" {
			return s
		}
	}
	return nil
}

func (a *alternative) required(key string) bool {
	return slices.ContainsFunc(a.shapes, func(s *jsonschema.Schema) bool { return slices.Contains(s.Required, key) })
}

// keys returns the object's keys in the order of the schema, each with its shapes. A required key
// without a schema has no shapes.
func (a *alternative) keys() []key {
	var keys []key
	at := map[string]int{}
	note := func(name string) int {
		if _, ok := at[name]; !ok {
			at[name] = len(keys)
			keys = append(keys, key{name: name})
		}
		return at[name]
	}
	for _, s := range a.shapes {
		for _, p := range s.Properties {
			i := note(p.Name)
			keys[i].shapes = append(keys[i].shapes, p.Schema)
		}
	}
	for _, s := range a.shapes {
		for _, name := range s.Required {
			note(name)
		}
	}
	return keys
}

type key struct {
	name   string
	shapes []*jsonschema.Schema
}

// maxValue limits a constant of a schema, in characters; the file is smaller.
const maxValue = 256 << 10

// compactTexts are values as compact JSON.
func compactTexts(values []document.Node) []string {
	var texts []string
	for i := range values {
		texts = append(texts, values[i].Compact(maxValue))
	}
	return texts
}
