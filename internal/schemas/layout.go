package schemas

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
)

// Layout says what the type's schema says of the places of one body, for the
// faults that spoil it. A key is optional if nothing that is in force for this
// very body requires it: of alternatives, those count that the body fits. What
// is no JSON has no anatomy.
func (t *EventType) Layout(body []byte) (fault.Layout, error) {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return fault.Layout{}, nil //nolint:nilerr // as the contract above says
	}
	c, err := t.compile()
	if err != nil {
		return fault.Layout{}, err
	}
	a := fault.Layout{}
	items := findItems(t.Provider.items, &root)
	d := layoutWalker{compiled: c, seen: map[string]bool{}}
	for _, path := range atLeastOne(items) {
		a.Items = append(a.Items, document.Pointer(path...))
		if len(path) > 0 && root.At(path[:len(path)-1]).Kind == document.Array {
			a.Batch = true
		}
		d.one = isolate(&root, items, path)
		if a.Kind == "" {
			a.Kind, a.Names = t.kindOf(&d.one), t.namesOf(&d.one)
		}
		d.visit([]*jsonschema.Schema{c.open}, &d.one.body, d.one.body.Any(), nil)
	}
	a.Optional, a.Known = sortedPointers(d.optional), sortedPointers(d.known)
	return a, nil
}

// kindOf is the pointer of the deepest mark that is there, which tells the
// event from its siblings.
func (t *EventType) kindOf(one *isolated) string {
	for _, m := range slices.Backward(t.recognizer.discriminators) {
		if one.body.At(m.path) != nil {
			return document.Pointer(one.original(m.path)...)
		}
	}
	return ""
}

// namesOf are the pointers of the marks that are there and that have another word in
// another type of the provider: each is a level of the event's name.
func (t *EventType) namesOf(one *isolated) []string {
	var names []string
	for _, m := range t.recognizer.discriminators {
		if one.body.At(m.path) != nil && slices.ContainsFunc(t.Provider.Types, func(other *EventType) bool { return other.differsAt(m) }) {
			names = append(names, document.Pointer(one.original(m.path)...))
		}
	}
	return names
}

// differsAt reports whether the type has a mark at the same path with none of the same words.
func (t *EventType) differsAt(m discriminator) bool {
	return slices.ContainsFunc(t.recognizer.discriminators, func(own discriminator) bool {
		return slices.Equal(own.path, m.path) && !slices.ContainsFunc(own.values, func(v document.Node) bool { return m.lists(&v) })
	})
}

// A dissection follows a body with one item and its schema side by side. The
// schema is v5's, because v5 says which alternatives a body fits.
type layoutWalker struct {
	compiled        *compiled
	one             isolated
	optional, known []locatedPointer
	seen            map[string]bool
}

// A found place begins at a byte of the body.
type locatedPointer struct {
	pointer string
	start   int
}

// locate looks at one value, of which the schemas speak that were found on the way.
func (d *layoutWalker) visit(schemas []*jsonschema.Schema, n *document.Node, value any, path []string) {
	var force []*jsonschema.Schema
	for _, s := range schemas {
		force = applicable(force, s, value)
	}
	if slices.ContainsFunc(force, func(s *jsonschema.Schema) bool {
		own := d.compiled.schemas[pointerOf(s)]
		return own != nil && len(own.known) > 0
	}) {
		d.note(&d.known, "known", n, path)
	}
	object, _ := value.(map[string]any)
	for key := range object {
		required := slices.ContainsFunc(force, func(s *jsonschema.Schema) bool { return slices.Contains(s.Required, key) })
		child, below := n.Get(key), append(slices.Clip(path), key)
		if !required {
			d.note(&d.optional, "optional", child, below)
		}
		if next := propertySchemas(force, key); next != nil {
			d.visit(next, child, object[key], below)
		}
	}
	array, _ := value.([]any)
	for i := range array {
		if next := elementSchemas(force, i); next != nil {
			d.visit(next, &n.Items[i], array[i], append(slices.Clip(path), strconv.Itoa(i)))
		}
	}
}

// note notes a place once: what stands around several items is seen with each.
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

// applicable adds the schemas that speak of a value: s, what it refers to, and
// the alternatives that the value fits.
func applicable(force []*jsonschema.Schema, s *jsonschema.Schema, value any) []*jsonschema.Schema {
	if s == nil {
		return force
	}
	force = applicable(append(force, s), s.Ref, value)
	for _, branch := range s.AllOf {
		force = applicable(force, branch, value)
	}
	for _, branch := range slices.Concat(s.AnyOf, s.OneOf) {
		if branch.Validate(value) == nil {
			force = applicable(force, branch, value)
		}
	}
	switch {
	case s.If == nil:
	case s.If.Validate(value) == nil:
		force = applicable(force, s.Then, value)
	default:
		force = applicable(force, s.Else, value)
	}
	return force
}

// propertySchemas are the schemas that speak of an object's key.
func propertySchemas(force []*jsonschema.Schema, key string) []*jsonschema.Schema {
	var next []*jsonschema.Schema
	for _, s := range force {
		if p := s.Properties[key]; p != nil {
			next = append(next, p)
		} else if additional, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
			next = append(next, additional)
		}
	}
	return next
}

// elementSchemas are the schemas that speak of an array's element.
func elementSchemas(force []*jsonschema.Schema, i int) []*jsonschema.Schema {
	var next []*jsonschema.Schema
	for _, s := range force {
		if i < len(s.PrefixItems) {
			next = append(next, s.PrefixItems[i])
		} else if s.Items2020 != nil {
			next = append(next, s.Items2020)
		}
	}
	return next
}

// pointerOf is where a compiled schema stands in its file.
func pointerOf(s *jsonschema.Schema) string {
	_, fragment, _ := strings.Cut(s.Location, "#")
	return unescapeFragment(strings.TrimSuffix(fragment, "/"))
}
