package schemas

import (
	"cmp"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// Layout returns the items, optional keys and listed values of one body by the type's schema, for
// faults that corrupt it. A key is optional if no schema that applies to this body requires it: of
// alternatives, those that the body matches apply. The Layout of a body that isn't JSON is empty.
func (t *EventType) Layout(body []byte) (fault.Layout, error) {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return fault.Layout{}, nil //nolint:nilerr // as the contract above says
	}
	a := fault.Layout{}
	items := findItems(t.Provider.items, &root)
	set := newItemSet(&root, items)
	d := layoutWalker{seen: map[string]bool{}}
	for _, path := range atLeastOne(items) {
		a.Items = append(a.Items, document.Pointer(path...))
		if len(path) > 0 && root.At(path[:len(path)-1]).Kind == document.Array {
			a.Batch = true
		}
		d.one = set.isolate(path)
		if a.Kind == "" {
			a.Kind, a.Names = t.kindOf(&d.one), t.namesOf(&d.one)
		}
		t.program().Visit(d.one.body, d.visit)
	}
	a.Optional, a.Known = sortedPointers(d.optional), sortedPointers(d.known)
	return a, nil
}

// kindOf is the pointer of the deepest discriminator that the body has.
func (t *EventType) kindOf(one *isolated) string {
	for _, m := range slices.Backward(t.recognizer().discriminators) {
		if one.body.At(m.path) != nil {
			return document.Pointer(one.original(m.path)...)
		}
	}
	return ""
}

// namesOf are the pointers of the discriminators that the body has and that are a level of the
// type's name: the deepest one, and those that have another value in another type of the provider.
func (t *EventType) namesOf(one *isolated) []string {
	var names []string
	deepest := t.kindOf(one)
	for _, m := range t.recognizer().discriminators {
		if one.body.At(m.path) == nil {
			continue
		}
		pointer := document.Pointer(one.original(m.path)...)
		if pointer == deepest || slices.ContainsFunc(t.Provider.Types, func(other *EventType) bool { return other.differsAt(m) }) {
			names = append(names, pointer)
		}
	}
	return names
}

// differsAt reports whether the type has a discriminator at the same path without a common value.
func (t *EventType) differsAt(m discriminator) bool {
	return slices.ContainsFunc(t.recognizer().discriminators, func(own discriminator) bool {
		return slices.Equal(own.path, m.path) && !slices.ContainsFunc(own.values, func(v document.Node) bool { return m.lists(&v) })
	})
}

// A layoutWalker notes the optional keys and the listed values of bodies with one item.
type layoutWalker struct {
	one             isolated
	optional, known []locatedPointer
	seen            map[string]bool
}

// A locatedPointer is a pointer and the offset of its value in the body.
type locatedPointer struct {
	pointer string
	start   int
}

// visit notes one value, with the schemas that apply to it.
func (d *layoutWalker) visit(path []string, v *document.Node, schemas []*jsonschema.Schema) {
	if slices.ContainsFunc(schemas, func(s *jsonschema.Schema) bool { return len(s.Known) > 0 }) {
		d.note(&d.known, "known", v, path)
	}
	for i := range v.Members {
		m := &v.Members[i]
		if !slices.ContainsFunc(schemas, func(s *jsonschema.Schema) bool { return slices.Contains(s.Required, m.Key) }) {
			d.note(&d.optional, "optional", &m.Value, append(slices.Clip(path), m.Key))
		}
	}
}

// note adds a pointer once: the envelope of several items is visited with each.
func (d *layoutWalker) note(list *[]locatedPointer, name string, n *document.Node, path []string) {
	pointer := document.Pointer(d.one.original(path)...)
	if key := name + pointer; !d.seen[key] {
		d.seen[key] = true
		*list = append(*list, locatedPointer{pointer, n.Start})
	}
}

func sortedPointers(list []locatedPointer) []string {
	slices.SortFunc(list, func(a, b locatedPointer) int { return cmp.Compare(a.start, b.start) })
	var pointers []string
	for _, f := range list {
		pointers = append(pointers, f.pointer)
	}
	return pointers
}
