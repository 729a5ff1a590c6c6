package generator

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// writer makes the writer of a program. A body has the keys of one example: which keys occur together is
// a fact about the provider that no schema has. The first group of examples that can be written counts.
// An example is compiled when it is first chosen, unless overrides need one that has their locations.
func (c *compiler) writer(shape *jsonschema.Schema, groups []shapeGroup) (writer, error) {
	var ranked []branch
	var all []branch
	for _, group := range groups {
		of := *c
		of.account = group.account
		var branches []branch
		for _, example := range group.examples {
			branches = append(branches, branch{load: sync.OnceValues(func() (*branch, error) { return of.compile(shape, example) })})
		}
		if all = append(all, branches...); len(branches) > 0 {
			ranked = append(ranked, branch{write: orOverruled(choose(branches))})
		}
	}
	if c.overrides {
		return c.overriding(shape, all)
	}
	free := branch{load: sync.OnceValues(func() (*branch, error) { return c.compile(shape, nil) })}
	switch {
	case len(all) == 0:
		one, err := free.load()
		return orOverruled(one.write), err
	case c.fill == Full && c.variant == "":
		ranked = []branch{{write: orOverruled(firstOf(all))}}
	}
	ranked = append(ranked, branch{write: func(w *encoder) bool {
		for i := range all {
			if _, err := all[i].load(); !errors.Is(err, errContradiction) {
				return false // an example has the keys of such a body, but not all values exist
			}
		}
		w.unfit = false
		return orOverruled(free.get(w).write)(w)
	}})
	return firstOf(ranked), nil
}

// overriding makes the writer of bodies in which a set replaces values: of the examples, those with the
// most of its locations.
func (c *compiler) overriding(shape *jsonschema.Schema, examples []branch) (writer, error) {
	most := 0
	var branches []branch
	for i := range examples {
		one, err := examples[i].load()
		switch {
		case errors.Is(err, errContradiction) || err == nil && len(one.used) < most:
			continue
		case err != nil:
			return nil, err
		case len(one.used) > most:
			branches, most = nil, len(one.used)
		}
		branches = append(branches, *one)
	}
	if branches == nil {
		one, err := c.compile(shape, nil)
		if err != nil {
			return nil, err
		}
		branches = []branch{*one}
	}
	for i := range branches {
		maps.Copy(c.used, branches[i].used)
	}
	return orOverruled(choose(branches)), nil
}

// orOverruled lets rules decide a value of the run that fits no body, one value after the other.
func orOverruled(write writer) writer {
	const most = 8
	return func(w *encoder) bool {
		mark, missing := len(w.out), w.missing
		w.overruled = w.overruled[:0]
		for {
			w.misfit = ""
			switch {
			case write(w):
				return true
			case !w.unfit || w.misfit == "" || len(w.overruled) == most:
				return false
			}
			w.overruled = append(w.overruled, w.misfit)
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
	if err == nil && len(fit) == 1 {
		return fit, nil
	}
	fit = slices.DeleteFunc(fit, func(a alternative) bool { return !c.fits(&a, at) })
	if err != nil || len(fit) > 0 {
		return fit, err
	}
	return x.alternatives(shapes)
}

// has reports whether an object of the body has a key: all bodies of an account have its keys, and others
// are those of the example.
func (c *compiler) has(at location, key string) bool {
	here := at.key(key)
	switch {
	case c.account == nil || !c.takesKeys(at):
		return here.example != nil
	case c.never(here):
		return false
	}
	return here.example != nil || slices.Contains(c.account.Present, here.starred)
}

// never reports whether the account has a key in no body.
func (c *compiler) never(at location) bool {
	return c.account != nil && slices.Contains(c.account.Absent, at.starred)
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
	if contradiction || !isKind(n, types) {
		return false
	}
	values, none := a.values()
	switch {
	case none:
		return false
	case c.valued[at.starred]: // the value is not that of the example
	case values != nil && !slices.Contains(values, c.samples.texts[n]), len(a.excluded) > 0 && slices.Contains(a.excluded, c.samples.texts[n]):
		return false
	}
	if n.Kind == document.Array && (c.fill == Typical || c.fill == Full) {
		return c.elementsFit(a, at)
	}
	if !c.takesKeys(at) {
		return true
	}
	for _, key := range a.forbidden {
		if c.has(at, key) {
			return false
		}
	}
	for _, s := range a.shapes {
		for _, key := range s.Required {
			if !c.has(at, key) && !c.reaches(at.key(key).pointer) {
				return false
			}
		}
	}
	return c.fitsBelow(a, at)
}

// elementsFit reports whether the elements of an example's array fit.
func (c *compiler) elementsFit(a *alternative, at location) bool {
	for i := range at.example.Items {
		var shapes []*jsonschema.Schema
		for _, s := range a.shapes {
			if element := s.Element(i); element != nil {
				shapes = append(shapes, element)
			}
		}
		if !c.someFits(shapes, at.element(i)) {
			return false
		}
	}
	return true
}

// someFits reports whether an alternative of the shapes fits the example.
func (c *compiler) someFits(shapes []*jsonschema.Schema, at location) bool {
	if at.example == nil || len(shapes) == 0 || len(shapes) == 1 && !hasBranches(shapes[0]) {
		return true // the example matches the schema of its type
	}
	options, err := c.alternatives(shapes, at)
	return err == nil && slices.ContainsFunc(options, func(option alternative) bool { return c.fits(&option, at) })
}

// fitsBelow reports whether the values of the example's keys fit.
func (c *compiler) fitsBelow(a *alternative, at location) bool {
	for _, k := range a.keys() {
		if !c.someFits(k.shapes, at.key(k.name)) {
			return false
		}
	}
	return true
}

// hasBranches reports whether a schema has alternatives for its value.
func hasBranches(s *jsonschema.Schema) bool {
	return len(s.AnyOf)+len(s.OneOf)+len(s.Parts())+len(s.Rules) > 0 || s.Not != nil || s.If != nil
}

// isKind reports whether a value has one of the types; no types allow any.
func isKind(n *document.Node, types []string) bool {
	if len(types) == 0 || n.Kind == document.Object && slices.Contains(types, "object") {
		return true
	}
	switch n.Kind {
	case document.Number:
		return isOf(n.Text, types)
	default:
		return slices.Contains(types, n.Kind.String())
	}
}
