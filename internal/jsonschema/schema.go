// Package jsonschema reads the JSON Schemas of event types and requests, and validates values with
// them. One tree, [Schema], serves everything that needs a schema; [Compile] makes the [Program]
// that validates.
//
// The keywords are those of docs/data.md and the other assertions of JSON Schema 2020-12. The package
// santhosh-tekuri/jsonschema/v5 is the authority, in the tests only: linking it takes 5 ms at each
// start. They compare which schemas both accept, and each result.
//
// Read schema.go first, then program.go and evaluate.go.
package jsonschema

import (
	"regexp"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Schema is a schema or subschema as in its file. It is immutable after [Parse]. Its fields are
// its keywords; a field without a comment has the keyword's name.
type Schema struct {
	Node *document.Node
	// Pointer is the JSON Pointer in the file: "/properties/payload".
	Pointer string
	Parent  *Schema
	// Never is true for the schema false.
	Never bool

	Types []string
	// Values are those of const or enum; Known are those of x-extensible-enum.
	Values, Known []document.Node

	Properties        []Property
	PatternProperties []PatternProperty
	// Additional is the schema of all other keys (additionalProperties).
	Additional                   *Schema
	PropertyNames                *Schema
	UnevaluatedProperties        *Schema
	Required                     []string
	DependentRequired            []Dependency
	DependentSchemas             []Property
	MinProperties, MaxProperties int // -1 for no limit, as all limits

	Prefix                   []*Schema // prefixItems
	Items                    *Schema
	UnevaluatedItems         *Schema
	MinItems, MaxItems       int
	UniqueItems              bool
	Contains                 *Schema
	MinContains, MaxContains int

	Pattern *regexp.Regexp
	Bounds  *Bounds // nil for none

	AnyOf, OneOf, AllOf []*Schema
	Not, If, Then, Else *Schema
	// Ref is the target of $ref.
	Ref         *Schema
	Definitions []Property // $defs

	Title, Description string
	// Source is x-source, and Variant is x-variant.
	Source, Variant string
	// Placeholders, at the root, are words that a body must not have as values.
	Placeholders []string
	Ambiguous    bool
	// Value is x-value, the name of the value of the run; Format and Adjust are how it is written.
	Value  string
	Format value.Format
	Adjust value.Adjust
	// Until is x-value-until: how long after the submission of its message a value is written; 0 is for ever.
	Until time.Duration
	// Exceptions are x-value-exceptions and x-value-ahead: what the provider is known to write beside the
	// format.
	Exceptions value.Exceptions
	// Rules say what fits together in the value; see [Rule].
	Rules []*Rule
	// Relations compare values in the value; only the schema of a [Rule] has them.
	Relations []Relation

	reference string // of $ref
}

// A Property is a key and its schema.
type Property struct {
	Name   string
	Schema *Schema
}

// A PatternProperty is a pattern of keys and their schema.
type PatternProperty struct {
	Pattern *regexp.Regexp
	Schema  *Schema
}

// A Dependency is a key and the keys that it requires.
type Dependency struct {
	Name     string
	Required []string
}

// Children visits the direct subschemas in a fixed order.
func (s *Schema) Children(visit func(*Schema)) {
	for _, list := range [][]Property{s.Definitions, s.Properties, s.DependentSchemas} {
		for _, p := range list {
			visit(p.Schema)
		}
	}
	for _, p := range s.PatternProperties {
		visit(p.Schema)
	}
	for _, list := range [][]*Schema{s.Prefix, s.AnyOf, s.OneOf, s.AllOf} {
		for _, child := range list {
			visit(child)
		}
	}
	for _, child := range []*Schema{
		s.Additional, s.Items, s.Not, s.If, s.Then, s.Else, s.Contains, s.PropertyNames, s.UnevaluatedProperties, s.UnevaluatedItems,
	} {
		if child != nil {
			visit(child)
		}
	}
}

// Walk visits s and everything below it, except the targets of references.
func (s *Schema) Walk(visit func(*Schema)) {
	visit(s)
	s.Children(func(child *Schema) { child.Walk(visit) })
}

// Always visits s and the schemas that hold for the same value whatever it is: the targets of $ref
// and the branches of allOf.
func (s *Schema) Always(visit func(*Schema)) {
	visit(s)
	for _, part := range s.Parts() {
		part.Always(visit)
	}
}

// Parts returns the schemas that hold for the same value whatever it is: the branches of allOf, and
// the target of $ref.
func (s *Schema) Parts() []*Schema {
	if s.Ref == nil {
		return s.AllOf
	}
	return append(slices.Clip(s.AllOf), s.Ref)
}

// Sometimes visits s and every schema that can hold for the same value: those of [Schema.Always]
// and the alternatives.
func (s *Schema) Sometimes(visit func(*Schema)) {
	s.Always(func(a *Schema) {
		visit(a)
		for _, list := range [][]*Schema{a.AnyOf, a.OneOf, {a.Then, a.Else}} {
			for _, branch := range list {
				if branch != nil {
					branch.Sometimes(visit)
				}
			}
		}
	})
}

// Property returns the schemas that may describe a key of the same object.
func (s *Schema) Property(name string) []*Schema {
	var found []*Schema
	s.Sometimes(func(a *Schema) {
		for _, p := range a.Properties {
			if p.Name == name {
				found = append(found, p.Schema)
			}
		}
	})
	return found
}

// Keys returns the names of all keys that the object is known to have.
func (s *Schema) Keys() []string {
	var names []string
	s.Sometimes(func(a *Schema) {
		for _, p := range a.Properties {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
		}
	})
	return names
}

// ForbiddenKeys lists the keys that not forbids, in quotes.
func (s *Schema) ForbiddenKeys() []string {
	var keys []string
	s.Not.Sometimes(func(a *Schema) {
		for _, key := range a.Required {
			keys = append(keys, document.Quote(key))
		}
	})
	return keys
}

// IsObject reports whether the schema requires an object.
func (s *Schema) IsObject() bool {
	object := false
	s.Always(func(a *Schema) { object = object || slices.Contains(a.Types, "object") })
	return object
}

// Element returns the schema of an array's element, or nil.
func (s *Schema) Element(i int) *Schema {
	if i < len(s.Prefix) {
		return s.Prefix[i]
	}
	return s.Items
}

// Describing returns the schemas that may describe the value at a path of a body with one item.
func (s *Schema) Describing(tokens []string) []*Schema {
	found := []*Schema{s}
	for _, token := range tokens {
		var next []*Schema
		for _, one := range found {
			next = append(next, one.Property(token)...)
			if i, ok := document.Index(token); ok {
				one.Sometimes(func(a *Schema) {
					if element := a.Element(i); element != nil {
						next = append(next, element)
					}
				})
			}
		}
		found = next
	}
	return found
}

// Provenance returns the x-source of the schema or of the nearest one around it.
func (s *Schema) Provenance() string {
	for ; s != nil; s = s.Parent {
		if s.Source != "" {
			return s.Source
		}
	}
	return ""
}
