package schemas

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// A schema is one schema or sub-schema of an event type, as its file says it:
// what recognition, explanation and the catalogue read. Whether a body obeys
// it is never decided here but by the compiled one (see compile.go).
type schema struct {
	node *document.Node
	// pointer is where it stands in its file: "/properties/payload".
	pointer string
	parent  *schema

	types           []string
	discriminators  []document.Node // of const or enum
	properties      []property
	required        []string
	minItems        int
	additional      *schema
	items           *schema
	prefix          []*schema
	not             *schema
	condition       *schema // if
	then, otherwise *schema
	anyOf, oneOf    []*schema
	allOf           []*schema
	definitions     []property
	ref             string
	target          *schema // of ref
	title           string
	description     string
	source          string
	variant         string
	known           []document.Node
	placeholders    []string
	ambiguous       bool
	value           string
	format          value.Format
	adjust          value.Adjust
	bounds          *Bounds // nil for none
}

type property struct {
	name   string
	schema *schema
}

// children visits the direct sub-schemas in a fixed order.
func (s *schema) children(visit func(*schema)) {
	for _, p := range s.definitions {
		visit(p.schema)
	}
	for _, p := range s.properties {
		visit(p.schema)
	}
	for _, list := range [][]*schema{s.prefix, s.anyOf, s.oneOf, s.allOf} {
		for _, child := range list {
			visit(child)
		}
	}
	for _, child := range []*schema{s.additional, s.items, s.not, s.condition, s.then, s.otherwise} {
		if child != nil {
			visit(child)
		}
	}
}

// walk visits s and everything below it.
func (s *schema) walk(visit func(*schema)) {
	visit(s)
	s.children(func(child *schema) { child.walk(visit) })
}

// always visits s and the schemas that hold for the same value whatever it
// is: the targets of $ref and the branches of allOf.
func (s *schema) always(visit func(*schema)) {
	visit(s)
	if s.target != nil {
		s.target.always(visit)
	}
	for _, branch := range s.allOf {
		branch.always(visit)
	}
}

// sometimes visits s and every schema that can hold for the same value:
// those of [schema.always] and the alternatives.
func (s *schema) sometimes(visit func(*schema)) {
	s.always(func(a *schema) {
		visit(a)
		for _, list := range [][]*schema{a.anyOf, a.oneOf, {a.then, a.otherwise}} {
			for _, branch := range list {
				if branch != nil {
					branch.sometimes(visit)
				}
			}
		}
	})
}

// property returns the schemas that may describe a key of the same object.
func (s *schema) property(name string) []*schema {
	var found []*schema
	s.sometimes(func(a *schema) {
		for _, p := range a.properties {
			if p.name == name {
				found = append(found, p.schema)
			}
		}
	})
	return found
}

// keys returns the names of all keys that the object is known to have.
func (s *schema) keys() []string {
	var names []string
	s.sometimes(func(a *schema) {
		for _, p := range a.properties {
			if !slices.Contains(names, p.name) {
				names = append(names, p.name)
			}
		}
	})
	return names
}

// isObject reports whether the schema says that its value is an object.
func (s *schema) isObject() bool {
	object := false
	s.always(func(a *schema) { object = object || slices.Contains(a.types, "object") })
	return object
}

// describing returns the schemas that may describe a place of a body with one item.
func (s *schema) describing(tokens []string) []*schema {
	found := []*schema{s}
	for _, token := range tokens {
		var next []*schema
		for _, one := range found {
			next = append(next, one.property(token)...)
			if i, ok := document.Index(token); ok {
				one.sometimes(func(a *schema) {
					if element := a.element(i); element != nil {
						next = append(next, element)
					}
				})
			}
		}
		found = next
	}
	return found
}

// byPointer indexes a schema's file by JSON Pointer.
func (s *schema) byPointer() map[string]*schema {
	index := map[string]*schema{}
	s.walk(func(child *schema) { index[child.pointer] = child })
	return index
}

// provenance returns the x-source of the schema or of the nearest one around it.
func (s *schema) provenance() string {
	for ; s != nil; s = s.parent {
		if s.source != "" {
			return s.source
		}
	}
	return ""
}
