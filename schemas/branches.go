package schemas

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
)

// A Branch is one of the alternatives that a place of a body may be: of an anyOf
// or a oneOf.
type Branch struct {
	// Place is a pointer with "*" for each element of an array; "" is the body.
	Place string
	// Name is the form's, the title, or which one it is: "oneOf/2". It is unique
	// among those of a place.
	Name string
	// Form: it is a known form of the type, one of [EventType.Forms].
	Form bool
}

// Branches returns the alternatives of the type's bodies, in the order of the schema.
func (t *EventType) Branches() []Branch {
	var all []Branch
	for _, b := range t.root.branches("") {
		all = append(all, b.Branch)
	}
	return all
}

// Fits returns which of its branches a body with one item fits, as v5 judges it. A
// branch inside another counts only if the outer one fits.
func (t *EventType) Fits(one *document.Node) ([]Branch, error) {
	branches := t.root.branches("")
	if len(branches) == 0 {
		return nil, nil
	}
	c, err := t.compile()
	if err != nil {
		return nil, err
	}
	f := fitting{compiled: c, branches: branches, fits: make([]bool, len(branches))}
	f.place([]*jsonschema.Schema{c.open}, one.Any(), "")
	var found []Branch
	for i, b := range branches {
		if f.fits[i] {
			found = append(found, b.Branch)
		}
	}
	return found, nil
}

// Alone returns the body with one of its items alone, as it is judged. The pointer is
// that of a [webhook.Item]; with "" the body is the item.
func (t *EventType) Alone(body *document.Node, item string) document.Node {
	one := isolate(body, findItems(t.Provider.items, body), document.Tokens(item))
	return one.body
}

// A placedBranch is a branch and where it stands in the schema, which is not unique:
// what is referred to from two places is a branch of both.
type placedBranch struct {
	Branch
	schema string
}

// branches lists those of a place and of all places below it.
func (s *schema) branches(at string) []placedBranch {
	var all, below []placedBranch
	s.sometimes(func(a *schema) {
		all = append(all, a.alternatives(at)...)
		for _, p := range a.properties {
			below = append(below, p.schema.branches(at+document.Pointer(p.name))...)
		}
		for _, element := range append(slices.Clone(a.prefix), a.items) {
			if element != nil {
				below = append(below, element.branches(at+"/*")...)
			}
		}
	})
	return append(all, below...)
}

// alternatives are the branches of this very schema.
func (s *schema) alternatives(at string) []placedBranch {
	var all []placedBranch
	for _, list := range []struct {
		keyword string
		schemas []*schema
	}{{"anyOf", s.anyOf}, {"oneOf", s.oneOf}} {
		for i, b := range list.schemas {
			name := cmp.Or(b.form, b.title, list.keyword+"/"+strconv.Itoa(i))
			all = append(all, placedBranch{Branch{at, name, b.form != ""}, b.pointer})
		}
	}
	return all
}

// A fitting follows a body and its schema side by side, and marks the branches that
// are in force.
type fitting struct {
	compiled *compiled
	branches []placedBranch
	fits     []bool
}

func (f *fitting) place(schemas []*jsonschema.Schema, value any, at string) {
	var force []*jsonschema.Schema
	for _, s := range schemas {
		force = inForce(force, s, value)
	}
	for i, b := range f.branches {
		f.fits[i] = f.fits[i] || b.Place == at && slices.ContainsFunc(force, func(s *jsonschema.Schema) bool { return pointerOf(s) == b.schema })
	}
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if next := members(force, key); next != nil {
				f.place(next, inner, at+document.Pointer(key))
			}
		}
	case []any:
		for i, inner := range value {
			if next := elements(force, i); next != nil {
				f.place(next, inner, at+"/*")
			}
		}
	}
}

