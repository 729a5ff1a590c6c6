package jsonschema

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// The keywords that explanation treats specially. The two exported ones aren't the plain keyword of
// the schema: a placeholder is rejected where values are listed, and an unevaluated key by the
// closed schema.
const (
	KeywordPlaceholder = "placeholder"
	KeywordUnevaluated = "unevaluatedProperties"

	keywordType     = "type"
	keywordConst    = "const"
	keywordEnum     = "enum"
	keywordRequired = "required"
	keywordPattern  = "pattern"
	// keywordPropertyNames is also that of the schema false: where violations are collected, only
	// propertyNames applies it.
	keywordPropertyNames = "propertyNames"
	keywordRef           = "$ref"
	keywordNot           = "not"
	keywordAllOf         = "allOf"
	keywordAnyOf         = "anyOf"
	keywordOneOf         = "oneOf"
	keywordThen          = "then"
	keywordElse          = "else"
)

// A failure is why a schema rejects a value: a leaf, or a keyword with the failures of its schemas.
type failure struct {
	schema  *Schema
	keyword string // "" for several failures of one schema
	path    []string
	value   *document.Node
	causes  []*failure
	// branches are the alternatives of anyOf or oneOf, parallel to causes.
	branches []*Schema
	// other is the value that a relation compares value with, and otherPath leads to it.
	other     *document.Node
	otherPath []string
}

// location orders failures by their position in the schema.
func (f *failure) location() string { return f.schema.Pointer + "/" + f.keyword }

type failures []*failure

// add adds a failure if violations are collected.
func (fs *failures) add(e *evaluation, f *failure) {
	if e.collect {
		*fs = append(*fs, f)
	}
}

// sum is the result of a schema with these failures.
func (fs failures) sum(o *op) *failure {
	switch len(fs) {
	case 0:
		return nil
	case 1:
		return fs[0]
	}
	return &failure{schema: o.schema, path: fs[0].path, causes: fs}
}

// keep adds a failure, unless it is nil. It returns true if it ends the evaluation.
func (e *evaluation) keep(all *failures, f *failure) bool {
	if f == nil {
		return false
	}
	all.add(e, f)
	return !e.collect
}

// reject adds a violation. It returns true if it ends the evaluation.
func (e *evaluation) reject(all *failures, o *op, keyword string, v *document.Node) bool {
	return e.keep(all, e.leaf(o, keyword, v))
}

// rejectBelow adds a violation of a member or an element.
func (e *evaluation) rejectBelow(all *failures, o *op, keyword, token string, v *document.Node) bool {
	if !e.collect {
		return true
	}
	f := e.leaf(o, keyword, v)
	f.path = append(f.path, token)
	return e.keep(all, f)
}

// leaf is one violation.
func (e *evaluation) leaf(o *op, keyword string, v *document.Node) *failure {
	if !e.collect {
		return rejected
	}
	return &failure{schema: o.schema, keyword: keyword, path: slices.Clone(e.path), value: v}
}

// wrap is the failure of a keyword that applies one schema.
func (e *evaluation) wrap(o *op, keyword string, f *failure) *failure {
	if f == nil || !e.collect {
		return f
	}
	wrapped := &failure{schema: o.schema, keyword: keyword, path: slices.Clone(e.path), causes: []*failure{f}}
	if keyword == keywordRef && f.keyword == "" && f.causes != nil {
		wrapped.causes = f.causes
	}
	return wrapped
}

// listing reports whether the failure is that a value isn't one of those listed.
func (f *failure) listing() bool { return f.keyword == keywordConst || f.keyword == keywordEnum }

// alternatives is the failure of anyOf or oneOf.
func (e *evaluation) alternatives(o *op, keyword string, v *document.Node, causes failures) *failure {
	if !e.collect {
		return rejected
	}
	f := e.leaf(o, keyword, v)
	f.causes, f.branches = causes, o.schema.AnyOf
	if keyword == keywordOneOf {
		f.branches = o.schema.OneOf
	}
	return f
}
