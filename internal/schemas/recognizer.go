package schemas

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// A mark is what a type is recognised by: a required path whose value is one
// of a few constants. Array elements on the way are the first ones, because a
// schema describes a body with one item.
type discriminator struct {
	path   []string
	values []document.Node
}

func (m discriminator) pointer() string { return document.Pointer(m.path...) }

// matches reports whether the body has one of the mark's values at its path.
func (m discriminator) matches(body *document.Node) bool {
	found := body.At(m.path)
	return found != nil && m.lists(found)
}

func (m discriminator) lists(n *document.Node) bool {
	return slices.ContainsFunc(m.values, func(v document.Node) bool { return v.Equal(n) })
}

// recognizer is what recognition knows of a type.
type recognizer struct {
	// discriminators are ordered from the shallowest to the deepest.
	discriminators []discriminator
	// required are the paths of all keys that every body of the type has.
	required [][]string
	// values are the values that the type knows at a place, by pointer: those of
	// const, enum and x-extensible-enum, required or not.
	values map[string][]document.Node
}

func newRecognizer(root *schema) recognizer {
	o := recognizer{values: map[string][]document.Node{}}
	o.require(root, nil)
	o.collect(root, nil)
	slices.SortStableFunc(o.discriminators, func(a, b discriminator) int { return len(a.path) - len(b.path) })
	return o
}

// require follows the paths that every body has.
func (o *recognizer) require(s *schema, path []string) {
	var required []string
	s.always(func(a *schema) {
		if len(a.discriminators) > 0 && len(path) > 0 {
			o.discriminators = append(o.discriminators, discriminator{path, a.discriminators})
		}
		required = append(required, a.required...)
	})
	slices.Sort(required)
	for _, name := range slices.Compact(required) {
		below := append(slices.Clip(path), name)
		o.required = append(o.required, below)
		s.always(func(a *schema) {
			for _, p := range a.properties {
				if p.name == name {
					o.require(p.schema, below)
				}
			}
		})
	}
	s.always(func(a *schema) {
		if first := a.element(0); first != nil && a.minItems > 0 {
			o.require(first, append(slices.Clip(path), "0"))
		}
	})
}

// element returns the schema of an array's element, or nil.
func (s *schema) element(i int) *schema {
	if i < len(s.prefix) {
		return s.prefix[i]
	}
	return s.items
}

// collect gathers the known words wherever they may stand.
func (o *recognizer) collect(s *schema, path []string) {
	s.sometimes(func(a *schema) {
		if words := slices.Concat(a.discriminators, a.known); len(words) > 0 {
			pointer := document.Pointer(path...)
			o.values[pointer] = append(o.values[pointer], words...)
		}
		for _, p := range a.properties {
			o.collect(p.schema, append(slices.Clip(path), p.name))
		}
		if first := a.element(0); first != nil {
			o.collect(first, append(slices.Clip(path), "0"))
		}
	})
}

// share returns which part of the type's required keys a body has, from 0 to 1.
func (o *recognizer) share(body *document.Node) float64 {
	if len(o.required) == 0 {
		return 0
	}
	present := 0
	for _, path := range o.required {
		if body.At(path) != nil {
			present++
		}
	}
	return float64(present) / float64(len(o.required))
}

// key identifies what recognition can see of a type: two types with one key
// cannot be told apart by marks and required keys.
func (o *recognizer) key() string {
	var parts []string
	for _, m := range o.discriminators {
		var values []string
		for _, v := range m.values {
			values = append(values, v.Compact(200))
		}
		slices.Sort(values)
		parts = append(parts, m.pointer()+"="+strings.Join(values, ","))
	}
	for _, path := range o.required {
		parts = append(parts, document.Pointer(path...))
	}
	slices.Sort(parts)
	return strings.Join(parts, "\n")
}
