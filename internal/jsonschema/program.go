package jsonschema

import (
	"regexp"
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Program is a compiled schema. It is immutable and safe for concurrent use.
//
// It validates in two ways. The open schema is the schema as written. The closed schema also rejects
// unlisted values (x-extensible-enum read as enum) and unlisted keys (unevaluatedProperties: false
// at each object of the body), except below if and not, where that would invert their meaning.
type Program struct {
	root         *op
	placeholders []string
	variants     []variantPlace
	// nested is true if the closed schema accepts only what the open one accepts, so that an
	// accepting closed schema decides both.
	nested bool
	// checked is true if the schema has values to check.
	checked bool
	// ruled is true if the schema has rules.
	ruled bool
	// patterned is true if the schema has a pattern, so that long strings cost time.
	patterned bool
	pool      sync.Pool // of *evaluation
}

// An op validates one value by one schema. Its fields are the schema's keywords, prepared.
type op struct {
	schema *Schema
	kinds  kinds
	// onlyKinds is true if the schema has no assertion but type.
	onlyKinds bool
	// check finds values that can't be right; nil if they may be anything.
	check *value.Check
	// rules say what fits together in the value.
	rules []ruleOp

	values, known []document.Node // known is asserted by the closed schema only
	valuesKeyword string          // const or enum
	orNull        bool            // known allows null
	listed        bool            // placeholders are rejected here

	properties []property
	index      map[string]int // of properties; nil for a few
	// required are the required properties as bits; needed are the required keys beyond them.
	required          uint64
	needed            []string
	patterns          []patternProperty
	additional, names *op
	dependentSchemas  []property
	unevaluated       *op
	closes            bool // the closed schema rejects unevaluated properties
	prefix            []*op
	items, contains   *op
	unevaluatedItems  *op
	ref, not          *op
	allOf, anyOf      []*op
	oneOf             []*op
	condition         *op // if
	then, otherwise   *op
	inPlace           bool // has schemas that apply to the same value
	checksScalar      bool
	checksObject      bool
	checksArray       bool
	// evaluates is true if the schema evaluates properties or items, and anyEvaluates if a branch of
	// anyOf does; checks and anyChecks are the same about values to check.
	evaluates, anyEvaluates bool
	checks, anyChecks       bool
}

type property struct {
	name string
	op   *op
}

type patternProperty struct {
	pattern *regexp.Regexp
	op      *op
}

// A variantPlace is a path in a body whose variants differ. Array elements on it have index 0.
type variantPlace struct {
	path     []string
	branches []*op
}

// Compile compiles a schema that [Parse] has read. The words are placeholders that its values must
// not be.
func Compile(root *Schema, words value.Words) *Program {
	c := compiler{done: map[*Schema]*op{}, nested: true, words: words}
	for _, d := range root.Definitions {
		c.compile(d.Schema, place{})
	}
	p := &Program{placeholders: root.Placeholders}
	p.root = c.compile(root, place{whole: true})
	p.nested, p.checked = c.nested, p.root.checks
	root.Walk(func(s *Schema) { p.ruled = p.ruled || s.Rules != nil })
	root.Walk(func(s *Schema) { p.patterned = p.patterned || s.Pattern != nil || s.PatternProperties != nil })
	p.variants = c.variantPlaces(root, nil)
	return p
}

// Patterned reports whether the schema has a pattern, so that validating long strings takes time.
func (p *Program) Patterned() bool { return p.patterned }

// A place is where a subschema applies.
type place struct {
	// whole is true for the only schema of a value (the root, a property, an item), and false for
	// a branch, which lists only some of the keys.
	whole bool
	// plain is true below keywords that the closed schema leaves as they are.
	plain bool
}

type compiler struct {
	done   map[*Schema]*op
	nested bool
	words  value.Words
}

func (c *compiler) compile(s *Schema, at place) *op {
	if s == nil {
		return nil
	}
	if o := c.done[s]; o != nil {
		return o
	}
	o := &op{schema: s, values: s.Values, listed: len(s.Values)+len(s.Known) > 0, kinds: kindsOf(s.Types)}
	c.done[s] = o
	if o.valuesKeyword = keywordEnum; s.Node.Get(keywordConst) != nil {
		o.valuesKeyword = keywordConst
	}
	if len(s.Values) == 0 && !at.plain {
		o.known, o.orNull = s.Known, slices.Contains(s.Types, "null")
	}
	o.closes = at.whole && !at.plain && s.IsObject()
	c.object(o, at)
	c.array(o, at)
	c.combination(o, at)
	o.checksScalar = o.listed || s.Never || s.Bounds != nil || s.Pattern != nil
	o.check = s.check(c.words)
	c.rules(o)
	o.onlyKinds = !o.checksScalar && !o.checksObject && !o.checksArray && !o.inPlace && o.rules == nil && s.Relations == nil
	o.evaluates = len(o.properties)+len(o.patterns)+len(o.prefix) > 0 || o.additional != nil || o.items != nil || o.contains != nil ||
		o.closes || o.unevaluated != nil || o.unevaluatedItems != nil
	for _, list := range [][]*op{{o.ref, o.not, o.condition, o.then, o.otherwise}, o.allOf, o.anyOf, o.oneOf} {
		o.evaluates = o.evaluates || slices.ContainsFunc(list, (*op).marks)
	}
	o.evaluates = o.evaluates || slices.ContainsFunc(o.dependentSchemas, func(p property) bool { return p.op.evaluates })
	o.anyEvaluates = slices.ContainsFunc(o.anyOf, (*op).marks)
	o.anyChecks = slices.ContainsFunc(o.anyOf, (*op).hasChecks)
	o.checks = o.check != nil || o.rules != nil || o.anyChecks
	o.below(func(below *op) { o.checks = o.checks || below.hasChecks() })
	return o
}

// below visits the ops that this op applies.
func (o *op) below(visit func(*op)) {
	for _, list := range [][]property{o.properties, o.dependentSchemas} {
		for _, p := range list {
			visit(p.op)
		}
	}
	for _, p := range o.patterns {
		visit(p.op)
	}
	for _, list := range [][]*op{o.prefix, o.allOf, o.anyOf, o.oneOf, {o.additional, o.items, o.ref, o.then, o.otherwise}} {
		for _, one := range list {
			visit(one)
		}
	}
}

// hasChecks reports whether a schema checks values; nil doesn't.
func (o *op) hasChecks() bool { return o != nil && o.checks }

// marks reports whether a schema evaluates properties or items; nil doesn't.
func (o *op) marks() bool { return o != nil && o.evaluates }

func (c *compiler) object(o *op, at place) {
	s, below, plain := o.schema, place{whole: true, plain: at.plain}, place{whole: true, plain: true}
	for _, p := range s.Properties {
		o.properties = append(o.properties, property{p.Name, c.compile(p.Schema, below)})
	}
	const few = 6
	if len(o.properties) > few {
		o.index = make(map[string]int, len(o.properties))
		for i, p := range o.properties {
			o.index[p.name] = i
		}
	}
	for _, name := range s.Required {
		if i := slices.IndexFunc(o.properties, func(p property) bool { return p.name == name }); i >= 0 && i < wordBits {
			o.required |= 1 << i
		} else {
			o.needed = append(o.needed, name)
		}
	}
	for _, p := range s.PatternProperties {
		o.patterns = append(o.patterns, patternProperty{p.Pattern, c.compile(p.Schema, plain)})
	}
	for _, p := range s.DependentSchemas {
		o.dependentSchemas = append(o.dependentSchemas, property{p.Name, c.compile(p.Schema, place{plain: true})})
	}
	o.additional = c.compile(s.Additional, below)
	o.names = c.compile(s.PropertyNames, plain)
	o.unevaluated = c.compile(s.UnevaluatedProperties, plain)
	o.checksObject = o.closes || o.unevaluated != nil || len(o.properties)+len(s.Required)+len(o.patterns)+len(o.dependentSchemas)+len(s.DependentRequired) > 0 ||
		o.additional != nil || o.names != nil || s.MinProperties > 0 || s.MaxProperties >= 0
}

func (c *compiler) array(o *op, at place) {
	s, below, plain := o.schema, place{whole: true, plain: at.plain}, place{whole: true, plain: true}
	for _, one := range s.Prefix {
		o.prefix = append(o.prefix, c.compile(one, below))
	}
	o.items = c.compile(s.Items, below)
	o.contains = c.compile(s.Contains, plain)
	o.unevaluatedItems = c.compile(s.UnevaluatedItems, plain)
	o.checksArray = len(o.prefix) > 0 || o.items != nil || o.contains != nil || o.unevaluatedItems != nil || s.UniqueItems || s.MinItems > 0 || s.MaxItems >= 0
}

func (c *compiler) combination(o *op, at place) {
	s, branch, plain := o.schema, place{plain: at.plain}, place{plain: true}
	o.ref = c.compile(s.Ref, place{}) // in $defs, which is compiled already
	o.not, o.condition = c.compile(s.Not, plain), c.compile(s.If, plain)
	o.then, o.otherwise = c.compile(s.Then, branch), c.compile(s.Else, branch)
	for list, into := range map[*[]*Schema]*[]*op{&s.AllOf: &o.allOf, &s.AnyOf: &o.anyOf, &s.OneOf: &o.oneOf} {
		for _, one := range *list {
			*into = append(*into, c.compile(one, branch))
		}
	}
	o.inPlace = s.Ref != nil || s.Not != nil || s.If != nil || len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.DependentSchemas) > 0
	c.nested = c.nested && len(s.OneOf) == 0 && !refersBelow(s.Not) && !refersBelow(s.If) && (s.MaxContains < 0 || !refersBelow(s.Contains))
}

// refersBelow reports whether a schema has a $ref, whose target the closed schema closes even below
// if, not and contains.
func refersBelow(s *Schema) bool {
	refers := false
	if s != nil {
		s.Walk(func(below *Schema) { refers = refers || below.Ref != nil })
	}
	return refers
}

// variantPlaces finds each anyOf with variants, wherever a body with one item can have it.
func (c *compiler) variantPlaces(s *Schema, path []string) []variantPlace {
	var places []variantPlace
	s.Always(func(a *Schema) {
		at := variantPlace{path: path}
		for _, branch := range a.AnyOf {
			if branch.Variant != "" {
				at.branches = append(at.branches, c.done[branch])
			}
		}
		if at.branches != nil {
			places = append(places, at)
		}
		for _, p := range a.Properties {
			places = append(places, c.variantPlaces(p.Schema, append(slices.Clip(path), p.Name))...)
		}
		if first := a.Element(0); first != nil {
			places = append(places, c.variantPlaces(first, append(slices.Clip(path), "0"))...)
		}
	})
	return places
}

// kinds is a set of types; 0 is all of them.
type kinds uint8

// The bits of kinds are those of document.Kind, and one for integers.
const integer kinds = 1 << 7

func kindsOf(types []string) kinds {
	var set kinds
	for _, name := range types {
		if name == "integer" {
			set |= integer
		}
		for k := document.Null; k <= document.Object; k++ {
			if k.String() == name {
				set |= 1 << k
			}
		}
	}
	return set
}

// has reports whether a value is of one of the types.
func (k kinds) has(v *document.Node) bool {
	return k == 0 || k&(1<<v.Kind) != 0 || k&integer != 0 && v.Kind == document.Number && isInteger(v.Text)
}
