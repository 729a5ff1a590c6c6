package schemas

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// A Branch is an alternative of an anyOf or oneOf.
type Branch struct {
	// Pointer has "*" for each element of an array; "" is the body.
	Pointer string
	// Name is the variant, the title, or the keyword, index and discriminator: "oneOf/2 (type
	// text)". It is unique per pointer.
	Name string
	// Variant is true for one of [EventType.Variants].
	Variant bool
}

// Branches returns the alternatives of the type's bodies, in the order of the schema.
func (t *EventType) Branches() []Branch {
	var all []Branch
	for _, b := range branchesOf(t.Root()) {
		all = append(all, b.Branch)
	}
	return all
}

// MatchingBranches returns the branches that a body with one item matches. A nested branch counts
// only if the outer branch matches.
func (t *EventType) MatchingBranches(one *document.Node) []Branch {
	branches := branchesOf(t.Root())
	matches := make([]bool, len(branches))
	t.program().Visit(one.Unique(), func(path []string, _ *document.Node, schemas []*jsonschema.Schema) {
		at := starred(path, one)
		for i, b := range branches {
			matches[i] = matches[i] || b.Pointer == at && slices.Contains(schemas, b.schema)
		}
	})
	var found []Branch
	for i, b := range branches {
		if matches[i] {
			found = append(found, b.Branch)
		}
	}
	return found
}

// starred is the pointer of a path in a body, with * for each element of an array.
func starred(path []string, body *document.Node) string {
	var pointer strings.Builder
	for _, token := range path {
		if body.Kind == document.Array {
			pointer.WriteString("/*")
		} else {
			pointer.WriteString(document.Pointer(token))
		}
		body = body.At([]string{token})
	}
	return pointer.String()
}

// IsolateItem returns the body with only one of its items, as validation sees it. The pointer is
// that of a [webhook.Item]; "" means that the body is the item.
func (t *EventType) IsolateItem(body *document.Node, item string) document.Node {
	one := newItemSet(body, findItems(t.Provider.items, body)).isolate(document.Tokens(item))
	return *one.body
}

// A locatedBranch is a branch and its schema. The target of two references is a branch of both.
type locatedBranch struct {
	Branch
	schema *jsonschema.Schema
}

// branchesOf lists the branches of a body and of all values in it.
func branchesOf(root *jsonschema.Schema) []locatedBranch {
	var all []locatedBranch
	visitBranches(root, "", func(b locatedBranch) {
		if slices.ContainsFunc(all, func(o locatedBranch) bool { return o.Pointer == b.Pointer && o.Name == b.Name }) {
			b.Name = b.schema.Pointer // only nested alternatives have the same name
		}
		all = append(all, b)
	})
	return all
}

func visitBranches(s *jsonschema.Schema, at string, visit func(locatedBranch)) {
	s.Sometimes(func(a *jsonschema.Schema) {
		for i, b := range a.AnyOf {
			visit(locatedBranch{Branch{at, branchName(b, "anyOf", i), b.Variant != ""}, b})
		}
		for i, b := range a.OneOf {
			visit(locatedBranch{Branch{at, branchName(b, "oneOf", i), b.Variant != ""}, b})
		}
	})
	s.Sometimes(func(a *jsonschema.Schema) {
		for _, p := range a.Properties {
			visitBranches(p.Schema, at+document.Pointer(p.Name), visit)
		}
		for _, element := range append(slices.Clone(a.Prefix), a.Items) {
			if element != nil {
				visitBranches(element, at+"/*", visit)
			}
		}
	})
}

// branchName is the variant or title of an alternative, or its keyword, index and discriminator.
func branchName(s *jsonschema.Schema, keyword string, i int) string {
	if name := cmp.Or(s.Variant, s.Title); name != "" {
		return name
	}
	name := keyword + "/" + strconv.Itoa(i)
	for _, p := range s.Properties {
		if words := textsOf(p.Schema.Values); len(words) > 0 && slices.Contains(s.Required, p.Name) {
			return name + " (" + p.Name + " " + document.Shorten(strings.Join(words, ", "), maxBranchValues) + ")"
		}
	}
	return name
}

// maxBranchValues limits the length of the discriminator values in a branch's name.
const maxBranchValues = 60
