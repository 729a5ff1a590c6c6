package schemas

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
)

// A Branch is one of the alternatives that a place of a body may be: of an anyOf
// or a oneOf.
type Branch struct {
	// Pointer is a pointer with "*" for each element of an array; "" is the body.
	Pointer string
	// Name is the form's, the title, or which one it is and what tells it from the
	// others: "oneOf/2 (type text)". It is unique among those of a place.
	Name string
	// Variant: it is a known form of the type, one of [EventType.Variants].
	Variant bool
}

// Branches returns the alternatives of the type's bodies, in the order of the schema.
func (t *EventType) Branches() []Branch {
	var all []Branch
	for _, b := range t.root.branches() {
		all = append(all, b.Branch)
	}
	return all
}

// MatchingBranches returns which of its branches a body with one item fits, as v5 judges it. A
// branch inside another counts only if the outer one fits.
func (t *EventType) MatchingBranches(one *document.Node) ([]Branch, error) {
	c, err := t.compile()
	if err != nil || len(c.branches) == 0 {
		return nil, err
	}
	f := branchMatcher{branches: c.branches, matches: make([]bool, len(c.branches))}
	alone := isolated{body: *one}
	f.visit([]*jsonschema.Schema{c.open}, alone.decoded(), "")
	var found []Branch
	for i, b := range c.branches {
		if f.matches[i] {
			found = append(found, b.Branch)
		}
	}
	return found, nil
}

// IsolateItem returns the body with one of its items alone, as it is judged. The pointer is
// that of a [webhook.Item]; with "" the body is the item.
func (t *EventType) IsolateItem(body *document.Node, item string) document.Node {
	one := isolate(body, findItems(t.Provider.items, body), document.Tokens(item))
	return one.body
}

// A locatedBranch is a branch and where it stands in the schema. What is referred to
// from two places is a branch of both.
type locatedBranch struct {
	Branch
	schema string
}

// branches lists those of the body and of all places in it.
func (s *schema) branches() []locatedBranch {
	var all []locatedBranch
	s.branch("", func(b locatedBranch) {
		if slices.ContainsFunc(all, func(o locatedBranch) bool { return o.Pointer == b.Pointer && o.Name == b.Name }) {
			b.Name = b.schema // only a schema that nests its alternatives has namesakes
		}
		all = append(all, b)
	})
	return all
}

func (s *schema) branch(at string, visit func(locatedBranch)) {
	s.sometimes(func(a *schema) {
		for i, b := range a.anyOf {
			visit(locatedBranch{Branch{at, b.branchName("anyOf", i), b.variant != ""}, b.pointer})
		}
		for i, b := range a.oneOf {
			visit(locatedBranch{Branch{at, b.branchName("oneOf", i), b.variant != ""}, b.pointer})
		}
	})
	s.sometimes(func(a *schema) {
		for _, p := range a.properties {
			p.schema.branch(at+document.Pointer(p.name), visit)
		}
		for _, element := range append(slices.Clone(a.prefix), a.items) {
			if element != nil {
				element.branch(at+"/*", visit)
			}
		}
	})
}

// branchName is what people call an alternative: what tells it from the others, if it
// has no name of its own.
func (s *schema) branchName(keyword string, i int) string {
	if name := cmp.Or(s.variant, s.title); name != "" {
		return name
	}
	name := keyword + "/" + strconv.Itoa(i)
	for _, p := range s.properties {
		if words := textsOf(p.schema.discriminators); len(words) > 0 && slices.Contains(s.required, p.name) {
			return name + " (" + p.name + " " + document.Shorten(strings.Join(words, ", "), maxBranchValues) + ")"
		}
	}
	return name
}

// longestTelling bounds the words that tell a branch from its siblings.
const maxBranchValues = 60

// A fitting follows a body and its schema side by side, and marks the branches that
// are in force.
type branchMatcher struct {
	branches []locatedBranch
	matches  []bool
}

func (f *branchMatcher) visit(schemas []*jsonschema.Schema, value any, at string) {
	var force []*jsonschema.Schema
	for _, s := range schemas {
		force = applicable(force, s, value)
	}
	for i, b := range f.branches {
		if b.Pointer == at && !f.matches[i] {
			f.matches[i] = slices.ContainsFunc(force, func(s *jsonschema.Schema) bool { return pointerOf(s) == b.schema })
		}
	}
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if below := at + document.Pointer(key); f.reaches(below) {
				f.visit(propertySchemas(force, key), inner, below)
			}
		}
	case []any:
		for i, inner := range value {
			if below := at + "/*"; f.reaches(below) {
				f.visit(elementSchemas(force, i), inner, below)
			}
		}
	}
}

// reaches reports whether a branch is at or below a place.
func (f *branchMatcher) reaches(place string) bool {
	return slices.ContainsFunc(f.branches, func(b locatedBranch) bool {
		return strings.HasPrefix(b.Pointer, place) && (len(b.Pointer) == len(place) || b.Pointer[len(place)] == '/')
	})
}
