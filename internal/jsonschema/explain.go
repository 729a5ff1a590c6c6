package jsonschema

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A Violation is a reason why a schema rejects a value.
type Violation struct {
	// Path leads to the value that Keyword of Schema rejects. If each alternative expects another
	// value there, Schema has all of them as its Values.
	Path    []string
	Keyword string
	Schema  *Schema
	// Message says what the keyword expects, where the keyword alone doesn't.
	Message string

	start int
}

// Explain returns the root causes why the open or the closed schema rejects a value, in the order of
// the value. Of alternatives it explains the closest one only.
func (p *Program) Explain(v *document.Node, closed bool) []Violation {
	e := evaluation{program: p, closed: closed, collect: true, steps: maxSteps}
	f := e.eval(p.root, v, nil)
	if f == nil || e.steps < 0 {
		return nil
	}
	x := explainer{}
	x.visit(f)
	violations := x.rootCauses()
	starts := starts{}
	for i := range violations {
		violations[i].start = starts.of(v, violations[i].Path)
	}
	slices.SortFunc(violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.start, b.start), slices.Compare(a.Path, b.Path), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Message, b.Message))
	})
	return violations
}

// An explainer reduces a tree of failures to root causes.
type explainer struct {
	violations []Violation
	// failed are the branches that were explained, with the paths at which they were tried.
	failed []failedBranch
}

type failedBranch struct {
	path   []string
	branch *Schema
}

// starts caches the offsets of an object's members: an object may have fifty thousand invalid ones.
type starts map[*document.Node]map[string]int

func (s starts) of(body *document.Node, path []string) int {
	if len(path) == 0 {
		return body.Start
	}
	around, _ := body.Nearest(path[:len(path)-1])
	if around.Kind != document.Object {
		n, _ := around.Nearest(path[len(path)-1:])
		return n.Start
	}
	if s[around] == nil {
		s[around] = make(map[string]int, len(around.Members))
		for _, m := range around.Members {
			s[around][m.Key] = m.Value.Start
		}
	}
	if start, ok := s[around][path[len(path)-1]]; ok {
		return start
	}
	return around.Start
}

// visit descends to the leaves; at alternatives it follows the closest branch.
func (x *explainer) visit(f *failure) {
	if len(f.causes) == 0 {
		x.violations = append(x.violations, Violation{Path: f.path, Keyword: f.keyword, Schema: f.schema, Message: f.message()})
		return
	}
	switch f.keyword {
	case keywordAnyOf, keywordOneOf:
		if x.discriminate(f) {
			return
		}
		i := closest(f.causes)
		x.failed = append(x.failed, failedBranch{f.path, f.branches[i]})
		x.visit(f.causes[i])
		return
	case keywordRef:
		x.failed = append(x.failed, failedBranch{f.path, f.schema.Ref})
	case keywordAllOf, keywordThen, keywordElse:
		x.failed = append(x.failed, failedBranch{f.path, f.schema})
	}
	for _, cause := range f.causes {
		x.visit(cause)
	}
}

// discriminate adds one violation if each branch expects another value at the same path, instead of
// one violation for each branch.
func (x *explainer) discriminate(f *failure) bool {
	var merged *Violation
	values := &Schema{Parent: f.schema}
	for _, cause := range f.causes {
		leaf := discriminatorOf(cause)
		if !leaf.listing() || len(leaf.schema.Values) == 0 {
			return false
		}
		if merged != nil && !slices.Equal(merged.Path, leaf.path) {
			return false
		}
		merged = &Violation{Path: leaf.path, Keyword: keywordEnum, Schema: values}
		values.Values = append(values.Values, leaf.schema.Values...)
	}
	if merged == nil || f.keyword == keywordAnyOf && len(f.causes) < 2 {
		return false
	}
	for _, branch := range slices.Concat(f.schema.AnyOf, f.schema.OneOf) {
		x.failed = append(x.failed, failedBranch{f.path, branch})
	}
	x.violations = append(x.violations, *merged)
	return true
}

// discriminatorOf returns the leaf of a branch that tells best which value the branch expects.
func discriminatorOf(cause *failure) *failure {
	leaf := cause
	for len(leaf.causes) > 0 {
		leaf = leaf.causes[closest(leaf.causes)]
		for _, other := range cause.causes {
			if other.listing() && len(other.schema.Values) > 0 {
				leaf = other
			}
		}
	}
	return leaf
}

// closest returns the index of the branch that nearly matches: a branch that fails at no
// discriminator, and of those the branch with the fewest violations.
func closest(causes []*failure) int {
	best, bestScore := 0, int(^uint(0)>>1)
	order := make([]int, len(causes))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(causes[a].location(), causes[b].location()) })
	for _, i := range order {
		if score := causes[i].score(); score < bestScore {
			best, bestScore = i, score
		}
	}
	return best
}

// score counts the violations of a failure; each missing key counts as one.
func (f *failure) score() int {
	const foreign = 1000 // a branch for another kind
	if len(f.causes) > 0 {
		score := 0
		for _, cause := range f.causes {
			score += cause.score()
		}
		return score
	}
	switch f.keyword {
	case keywordConst, keywordEnum:
		return foreign + 1
	case keywordRequired:
		return len(missing(f.schema, f.value))
	}
	return 1
}

func missing(s *Schema, v *document.Node) []string {
	return slices.DeleteFunc(slices.Clone(s.Required), func(key string) bool { return v.Get(key) != nil })
}

// rootCauses drops violations that only follow from another. A value of an invalid type has none of
// the keys that distinguish variants; and no key counts as evaluated by a failed branch, so each
// key of such a branch is reported as unlisted.
func (x *explainer) rootCauses() []Violation {
	branches := map[string][]*Schema{}
	for _, f := range x.failed {
		at := document.Pointer(f.path...)
		branches[at] = append(branches[at], f.branch)
	}
	mistyped := map[string]bool{}
	for _, v := range x.violations {
		mistyped[document.Pointer(v.Path...)] = mistyped[document.Pointer(v.Path...)] || v.Keyword == keywordType
	}
	return slices.DeleteFunc(x.violations, func(v Violation) bool {
		if v.Keyword == keywordNot && mistyped[document.Pointer(v.Path...)] {
			return true
		}
		if v.Keyword != KeywordUnevaluated || len(v.Path) == 0 {
			return false
		}
		at, key := document.Pointer(v.Path[:len(v.Path)-1]...), v.Path[len(v.Path)-1]
		return slices.ContainsFunc(branches[at], func(branch *Schema) bool { return len(branch.Property(key)) > 0 })
	})
}
