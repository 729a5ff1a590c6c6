package generator

import (
	"errors"
	"maps"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// writer makes the writer of a program. A body has the keys of one example: which keys occur together is
// a fact about the provider that no schema has. The first group of examples that can be written counts.
func (c *compiler) writer(shape *jsonschema.Schema, groups [][]*document.Node) (writer, error) {
	var ranked []branch
	most := 0
	for _, examples := range groups {
		branches, used, err := c.branches(shape, examples)
		if err != nil {
			return nil, err
		}
		if used > most {
			ranked, most = nil, used // the others lack a location that a set names
		}
		if branches != nil && used == most {
			ranked = append(ranked, branch{write: choose(branches)})
		}
	}
	if ranked == nil {
		one, err := c.compile(shape, nil)
		return c.orLenient(one.write), err
	}
	return c.orLenient(firstOf(ranked)), nil
}

// branches compiles a branch for each example, and keeps those that use the most overrides.
func (c *compiler) branches(shape *jsonschema.Schema, examples []*document.Node) (branches []branch, most int, err error) {
	for _, example := range examples {
		before := c.used
		c.used = map[string]bool{}
		one, err := c.compile(shape, example)
		if err != nil && !errors.Is(err, errContradiction) {
			return nil, 0, err
		}
		if n := len(c.used); err == nil && n >= most {
			if n > most {
				branches, most = nil, n
			}
			branches = append(branches, one)
		}
		maps.Copy(c.used, before)
	}
	return branches, most, nil
}

// orLenient lets rules decide the values of the run where these fit no body.
func (c *compiler) orLenient(write writer) writer {
	last := preferred
	if c.variant != "" {
		last = strict
	}
	return func(w *encoder) bool {
		mark, missing := len(w.out), w.missing
		for ; ; w.ignored++ {
			switch {
			case write(w):
				return true
			case !w.unfit || w.ignored == last:
				return false
			}
			w.takeBack(mark)
			w.missing, w.unfit = missing, false
		}
	}
}

// largestFirst sorts examples by the number of their values.
func largestFirst(examples []*document.Node) []*document.Node {
	sorted := slices.Clone(examples)
	slices.SortStableFunc(sorted, func(a, b *document.Node) int { return b.Count() - a.Count() })
	return sorted
}

// alternatives returns the combinations of shapes that the example matches, or all if it matches none.
func (c *compiler) alternatives(shapes []*jsonschema.Schema, at location) ([]alternative, error) {
	x := expander{conditions: c.conditions, keep: func(*alternative) bool { return true }, lacks: func(string) bool { return false }}
	if at.example == nil {
		return x.alternatives(shapes)
	}
	own := x
	own.keep = func(a *alternative) bool { return c.fits(a, at) }
	own.lacks = func(key string) bool {
		return c.takesKeys(at) && at.example.Get(key) == nil && !c.reaches(at.key(key).pointer)
	}
	fit, err := own.alternatives(shapes)
	fit = slices.DeleteFunc(fit, func(a alternative) bool { return !c.fits(&a, at) })
	if err != nil || len(fit) > 0 {
		return fit, err
	}
	return x.alternatives(shapes)
}

// takesKeys reports whether an object of the body has the keys of the example.
func (c *compiler) takesKeys(at location) bool {
	return at.example != nil && at.example.Kind == document.Object && (c.fill == Typical || c.fill == Full)
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
	values, none := a.values()
	switch {
	case none:
		return false
	case c.valued[at.starred]: // the value is not that of the example
	case values != nil && !slices.Contains(values, n.Compact(maxSample)), slices.Contains(a.excluded, n.Compact(maxSample)):
		return false
	}
	if !c.takesKeys(at) {
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
