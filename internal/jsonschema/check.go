package jsonschema

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// resolve binds each $ref and rejects cycles, which would make validation unbounded.
func (p *parser) resolve(root *Schema) {
	definitions := map[string]*Schema{}
	for _, d := range root.Definitions {
		definitions["#/$defs/"+d.Name] = d.Schema
	}
	root.Walk(func(s *Schema) {
		if s.reference == "" {
			return
		}
		if s.Ref = definitions[s.reference]; s.Ref == nil {
			names := make([]string, 0, len(definitions))
			for name := range definitions {
				names = append(names, name)
			}
			p.errorf(s.Node.Get("$ref"), "$ref %q is not in $defs of this file; %s", s.reference, document.OneOf(s.reference, names))
		}
	})
	if p.problems == nil {
		p.size(root, map[*Schema]int{})
	}
}

// largestSchema limits the sub-schemas of a schema with each $ref expanded.
const largestSchema = 20_000

// size counts sub-schemas with references expanded; -1 is a schema that is being counted, so
// reaching it again is a cycle.
func (p *parser) size(s *Schema, sizes map[*Schema]int) int {
	if n, ok := sizes[s]; ok {
		return n
	}
	sizes[s] = -1
	n := 1
	s.Children(func(child *Schema) { n += p.size(child, sizes) })
	if s.Ref != nil {
		below := p.size(s.Ref, sizes)
		if below < 0 {
			p.errorf(s.Node.Get("$ref"), "$ref %q is a cycle; write out as many levels as bodies have", s.reference)
		}
		n += below
	}
	if n > largestSchema && s.Parent == nil {
		p.errorf(s.Node, "schema is too large: more than %d sub-schemas with each $ref expanded", largestSchema)
	}
	sizes[s] = min(n, largestSchema+1)
	return sizes[s]
}

// check checks the rules that need the whole schema.
func (p *parser) check(root *Schema) {
	if root.Source == "" {
		p.errorf(root.Node, "x-source is missing; add the document and heading that the schema is from, or where it was seen")
	}
	root.Walk(func(s *Schema) {
		for _, key := range []string{"x-placeholder", "x-ambiguous"} {
			if v := s.Node.Get(key); v != nil && s != root {
				p.errorf(v, "%s applies to the whole body; move it to the root of the schema", key)
			}
		}
		for _, known := range s.Known {
			if strings.Contains(known.Text, "|") {
				p.errorf(&known, "known value contains %q, which is notation for a choice; list each value separately", "|")
			}
		}
		if s.Variant != "" {
			p.variant(s)
		}
	})
}

// variant rejects a branch that requires more than the presence of keys: a type in one variant would
// let invalid types of the other variants pass.
func (p *parser) variant(branch *Schema) {
	if branch.Parent == nil || !slices.Contains(branch.Parent.AnyOf, branch) {
		p.errorf(branch.Node.Get("x-variant"), "x-variant is allowed only in a branch of anyOf")
	}
	branch.Walk(func(s *Schema) {
		for i := range s.Node.Members {
			switch m := &s.Node.Members[i]; m.Key {
			case "x-variant", "x-source", "title", "description", "required", "properties", "not", "anyOf", "allOf":
			default:
				p.errorf(&document.Node{Start: m.KeyStart}, "variant %q has %s; a variant only requires or forbids keys, so move it to the base schema", branch.Variant, m.Key)
			}
		}
	})
}
