package jsonschema_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	v5 "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// A v5Explainer reduces v5's tree of errors to root causes, by the rules of
// [jsonschema.Program.Explain].
type v5Explainer struct {
	schemas map[string]*jsonschema.Schema // by pointer
	found   violations
	// failed are the branches that were explained, by the pointer at which they were tried.
	failed map[string][]*jsonschema.Schema
}

// orderOf numbers the values of a body by pointer, in the order of the body.
func orderOf(n *document.Node, pointer string, order map[string]int) map[string]int {
	order[pointer] = len(order)
	for i := range n.Members {
		orderOf(&n.Members[i].Value, pointer+document.Pointer(n.Members[i].Key), order)
	}
	for i := range n.Items {
		orderOf(&n.Items[i], pointer+"/"+strconv.Itoa(i), order)
	}
	return order
}

// sortCauses orders causes by their values in the body: v5 iterates over maps. It drops those of
// minContains, which ours doesn't explain.
func sortCauses(failure *v5.ValidationError, order map[string]int) {
	if strings.HasSuffix(failure.AbsoluteKeywordLocation, "/minContains") {
		failure.Causes = nil
	}
	slices.SortStableFunc(failure.Causes, func(a, b *v5.ValidationError) int {
		return order[document.Pointer(tokensOf(a.InstanceLocation)...)] - order[document.Pointer(tokensOf(b.InstanceLocation)...)]
	})
	for _, cause := range failure.Causes {
		sortCauses(cause, order)
	}
}

// visit descends to the leaves; at alternatives it follows the closest branch.
func (x *v5Explainer) visit(failure *v5.ValidationError) {
	s, keyword := x.origin(failure)
	pointer := document.Pointer(tokensOf(failure.InstanceLocation)...)
	if len(failure.Causes) == 0 {
		x.found = append(x.found, violation{pointer, keyword})
		return
	}
	causes := failure.Causes
	if keyword == "anyOf" || keyword == "oneOf" {
		if x.discriminate(failure, s, keyword) {
			return
		}
		causes = closestCause(causes)
	}
	if branch := branchOf(s, keyword, failure, causes[0]); branch != nil {
		x.fail(pointer, branch)
	}
	for _, cause := range causes {
		x.visit(cause)
	}
}

func (x *v5Explainer) fail(pointer string, branches ...*jsonschema.Schema) {
	x.failed[pointer] = append(x.failed[pointer], branches...)
}

// origin returns the schema and the keyword that an error is from; the keyword is "" for the errors
// of a whole schema.
func (x *v5Explainer) origin(failure *v5.ValidationError) (*jsonschema.Schema, string) {
	_, fragment, _ := strings.Cut(failure.AbsoluteKeywordLocation, "#")
	pointer := unescapeFragment(strings.TrimSuffix(fragment, "/"))
	s, keyword := x.schemas[pointer], ""
	for s == nil {
		i := strings.LastIndexByte(pointer, '/')
		pointer, keyword = pointer[:i], pointer[i+1:]
		s = x.schemas[pointer]
	}
	switch {
	case keyword == "minContains":
		keyword = "contains" // ours is named for the schema that doesn't match
	case keyword == "" && (failure.Message == "not allowed" || failure.Message == "not failed"): // the schema false, and not
		s, keyword = s.Parent, s.Pointer[strings.LastIndexByte(s.Pointer, '/')+1:]
	}
	return s, keyword
}

// branchOf returns the schema of the same value that failed: an alternative, a part of allOf, the
// target of $ref, then or else.
func branchOf(s *jsonschema.Schema, keyword string, failure, cause *v5.ValidationError) *jsonschema.Schema {
	switch keyword {
	case "anyOf", "oneOf":
		// The cause may be a leaf far below, or in $defs, but its location starts with the index
		// of the branch.
		way := strings.TrimPrefix(cause.KeywordLocation, failure.KeywordLocation+"/")
		number, _, _ := strings.Cut(way, "/")
		list := s.AnyOf
		if keyword == "oneOf" {
			list = s.OneOf
		}
		if i, ok := document.Index(number); ok && i < len(list) {
			return list[i]
		}
	case "$ref":
		return s.Ref
	case "":
		if s.Parent != nil && (slices.Contains(s.Parent.AllOf, s) || s.Parent.Then == s || s.Parent.Else == s) {
			return s
		}
	}
	return nil
}

// discriminate adds one violation if each branch expects another value at the same path.
func (x *v5Explainer) discriminate(failure *v5.ValidationError, s *jsonschema.Schema, keyword string) bool {
	location := ""
	for i, cause := range failure.Causes {
		leaf := cause
		for len(leaf.Causes) > 0 {
			leaf = closestCause(leaf.Causes)[0]
			for _, other := range cause.Causes {
				if x.listsValues(other) {
					leaf = other
				}
			}
		}
		if !x.listsValues(leaf) || i > 0 && location != leaf.InstanceLocation {
			return false
		}
		location = leaf.InstanceLocation
	}
	if keyword == "anyOf" && len(failure.Causes) < 2 {
		return false
	}
	x.fail(document.Pointer(tokensOf(failure.InstanceLocation)...), slices.Concat(s.AnyOf, s.OneOf)...)
	x.found = append(x.found, violation{document.Pointer(tokensOf(location)...), "enum"})
	return true
}

// listsValues reports whether an error is that a value is not one of const or enum.
func (x *v5Explainer) listsValues(failure *v5.ValidationError) bool {
	s, keyword := x.origin(failure)
	return (keyword == "const" || keyword == "enum") && len(s.Values) > 0
}

// closestCause returns the cause of the branch that nearly matches: one that fails at no
// discriminator, and of those the branch with the fewest errors.
func closestCause(causes []*v5.ValidationError) []*v5.ValidationError {
	bestCause, bestScore := causes[0], int(^uint(0)>>1)
	causes = slices.Clone(causes)
	slices.SortStableFunc(causes, func(a, b *v5.ValidationError) int {
		return strings.Compare(a.AbsoluteKeywordLocation, b.AbsoluteKeywordLocation) // v5's order is random
	})
	for _, cause := range causes {
		if score := scoreOf(cause); score < bestScore {
			bestCause, bestScore = cause, score
		}
	}
	return []*v5.ValidationError{bestCause}
}

func scoreOf(failure *v5.ValidationError) int {
	const foreign = 1000 // a branch for another kind
	keyword := failure.AbsoluteKeywordLocation[strings.LastIndexByte(failure.AbsoluteKeywordLocation, '/')+1:]
	switch {
	case len(failure.Causes) > 0:
		score := 0
		for _, cause := range failure.Causes {
			score += scoreOf(cause)
		}
		return score
	case keyword == "const" || keyword == "enum":
		return foreign + 1
	case keyword == "required":
		return strings.Count(failure.Message, ", ") + 1 // v5 names all missing keys at once
	}
	return 1
}

// rootCauses drops violations that only follow from another: a value of an invalid type has none of
// the keys that distinguish variants, and no key counts as evaluated by a failed branch.
func (x *v5Explainer) rootCauses() violations {
	mistyped := map[string]bool{}
	for _, v := range x.found {
		mistyped[v.pointer] = mistyped[v.pointer] || v.keyword == "type"
	}
	return sorted(slices.DeleteFunc(x.found, func(v violation) bool {
		if v.keyword != "unevaluatedProperties" || v.pointer == "" {
			return v.keyword == "not" && mistyped[v.pointer]
		}
		tokens := document.Tokens(v.pointer)
		at, key := document.Pointer(tokens[:len(tokens)-1]...), tokens[len(tokens)-1]
		return slices.ContainsFunc(x.failed[at], func(branch *jsonschema.Schema) bool { return len(branch.Property(key)) > 0 })
	}))
}

// tokensOf splits a location of v5, which URL-escapes tokens.
func tokensOf(location string) []string {
	tokens := document.Tokens(unescapeFragment(location))
	for i, token := range tokens {
		if token == emptyKey {
			tokens[i] = ""
		}
	}
	return tokens
}

func unescapeFragment(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
