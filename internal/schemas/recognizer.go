package schemas

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// A discriminator identifies a type: a required path whose value is one of a few constants. Array
// elements on the path have index 0, because a schema describes a body with one item.
type discriminator struct {
	path   []string
	values []document.Node
}

func (m discriminator) pointer() string { return document.Pointer(m.path...) }

func (m discriminator) lists(n *document.Node) bool {
	return slices.ContainsFunc(m.values, func(v document.Node) bool { return v.Equal(n) })
}

// A recognizer has what recognition needs of a type.
type recognizer struct {
	// discriminators are ordered from the shallowest to the deepest.
	discriminators []discriminator
	// required are the paths of all keys that every body of the type has.
	required [][]string
	// values are the listed values by pointer: those of const, enum and x-extensible-enum,
	// required or not.
	values map[string][]document.Node
}

func newRecognizer(root *jsonschema.Schema) *recognizer {
	o := &recognizer{values: map[string][]document.Node{}}
	o.require(root, nil)
	o.collect(root, nil)
	slices.SortStableFunc(o.discriminators, func(a, b discriminator) int { return len(a.path) - len(b.path) })
	return o
}

// require follows the paths that every body has.
func (o *recognizer) require(s *jsonschema.Schema, path []string) {
	var required []string
	s.Always(func(a *jsonschema.Schema) {
		if len(a.Values) > 0 && len(path) > 0 {
			o.discriminators = append(o.discriminators, discriminator{path, a.Values})
		}
		required = append(required, a.Required...)
	})
	slices.Sort(required)
	for _, name := range slices.Compact(required) {
		below := append(slices.Clip(path), name)
		o.required = append(o.required, below)
		s.Always(func(a *jsonschema.Schema) {
			for _, p := range a.Properties {
				if p.Name == name {
					o.require(p.Schema, below)
				}
			}
		})
	}
	s.Always(func(a *jsonschema.Schema) {
		if first := a.Element(0); first != nil && a.MinItems > 0 {
			o.require(first, append(slices.Clip(path), "0"))
		}
	})
}

// collect gathers the listed values of all pointers, required or not.
func (o *recognizer) collect(s *jsonschema.Schema, path []string) {
	s.Sometimes(func(a *jsonschema.Schema) {
		if words := slices.Concat(a.Values, a.Known); len(words) > 0 {
			pointer := document.Pointer(path...)
			o.values[pointer] = append(o.values[pointer], words...)
		}
		for _, p := range a.Properties {
			o.collect(p.Schema, append(slices.Clip(path), p.Name))
		}
		if first := a.Element(0); first != nil {
			o.collect(first, append(slices.Clip(path), "0"))
		}
	})
}

// key identifies the discriminators and required keys: recognition can't distinguish two types
// with the same key.
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
