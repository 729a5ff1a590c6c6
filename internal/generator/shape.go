package generator

import (
	"errors"
	"maps"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// write makes the writer of a program. A body has the keys of one example: which keys occur together is
// a fact about the provider that no schema has.
func (c *compiler) writer(shape *jsonschema.Schema, examples []*document.Node) (writer, error) {
	var branches []branch
	most := 0
	for _, example := range examples {
		before := c.used
		c.used = map[string]bool{}
		one, err := c.compile(shape, example)
		if err != nil && !errors.Is(err, errContradiction) {
			return nil, err
		}
		if n := len(c.used); err == nil && n >= most {
			if n > most {
				branches, most = nil, n // the others lack a location that a set names
			}
			branches = append(branches, one)
		}
		maps.Copy(c.used, before)
	}
	switch {
	case branches != nil && c.fill == Full:
		return firstOf(branches), nil
	case branches != nil:
		return choose(branches), nil
	}
	one, err := c.compile(shape, nil)
	return one.write, err
}

// largestFirst sorts examples by the number of their values.
func largestFirst(examples []*document.Node) []*document.Node {
	sorted := slices.Clone(examples)
	slices.SortStableFunc(sorted, func(a, b *document.Node) int { return b.Count() - a.Count() })
	return sorted
}

// alternatives returns the combinations of shapes that the example matches, or all if it matches none.
func (c *compiler) alternatives(shapes []*jsonschema.Schema, at location) ([]alternative, error) {
	if at.example != nil {
		fit, err := expander{keep: func(a *alternative) bool { return c.fits(a, at) }}.alternatives(shapes)
		fit = slices.DeleteFunc(fit, func(a alternative) bool { return !c.fits(&a, at) })
		if err != nil || len(fit) > 0 {
			return fit, err
		}
	}
	return alternatives(shapes)
}

// fits reports whether an example has the type, the keys and the values of an alternative. The keys count
// only where the body takes them from the example. Values of the run are known later.
func (c *compiler) fits(a *alternative, at location) bool {
	n := at.example
	if n == nil || c.reaches(at.pointer) && n.Kind != document.Object {
		return true
	}
	types, contradiction := a.types()
	if contradiction || !isOf(n.Compact(maxSample), types) {
		return false
	}
	if values, none := a.values(); none || values != nil && a.named() == nil && !slices.Contains(values, n.Compact(maxSample)) {
		return false
	}
	if a.named() == nil && slices.Contains(a.excluded, n.Compact(maxSample)) {
		return false
	}
	if n.Kind != document.Object || c.fill != Typical && c.fill != Full {
		return true
	}
	for _, key := range a.forbidden {
		if n.Get(key) != nil {
			return false
		}
	}
	for _, s := range a.shapes {
		for _, key := range s.Required {
			if n.Get(key) == nil && !c.reaches(at.key(key).pointer) {
				return false
			}
		}
	}
	return c.fitsBelow(a, at)
}

// fitsBelow reports whether the values of the example's keys fit.
func (c *compiler) fitsBelow(a *alternative, at location) bool {
	for _, k := range a.keys() {
		below := at.key(k.name)
		if below.example == nil || k.shapes == nil {
			continue
		}
		options, err := c.alternatives(k.shapes, below)
		if err != nil || !slices.ContainsFunc(options, func(option alternative) bool { return c.fits(&option, below) }) {
			return false
		}
	}
	return true
}
