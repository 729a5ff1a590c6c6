package jsonschema

import "github.com/ringback-dev/ringback/internal/base/document"

// combination applies the schemas of the same value.
func (e *evaluation) combination(o *op, v *document.Node, marks set, all *failures) bool {
	if o.ref != nil && e.keep(all, e.wrap(o, keywordRef, e.inPlace(o.ref, v, marks))) {
		return true
	}
	if o.not != nil && e.matches(o.not, v, marks) && e.reject(all, o, keywordNot, v) {
		return true
	}
	for _, branch := range o.allOf {
		if e.keep(all, e.wrap(branch, keywordAllOf, e.inPlace(branch, v, marks))) {
			return true
		}
	}
	if len(o.anyOf) > 0 && e.anyOf(o, v, marks, all) {
		return true
	}
	if len(o.oneOf) > 0 && e.oneOf(o, v, marks, all) {
		return true
	}
	for _, d := range o.dependentSchemas {
		if v.Kind == document.Object && v.Get(d.name) != nil && e.keep(all, e.inPlace(d.op, v, marks)) {
			return true
		}
	}
	return o.condition != nil && e.conditional(o, v, marks, all)
}

// inPlace applies a schema to the same value; what it evaluates counts only if it accepts the value.
func (e *evaluation) inPlace(o *op, v *document.Node, marks set) *failure {
	if marks == nil || !o.evaluates {
		return e.eval(o, v, nil)
	}
	base := len(e.bits)
	own := e.newSet(v)
	f := e.eval(o, v, own)
	if f == nil {
		marks.addSet(own)
	}
	e.bits = e.bits[:base]
	return f
}

// matches reports whether a schema accepts the same value; no violation is collected.
func (e *evaluation) matches(o *op, v *document.Node, marks set) bool {
	collect := e.collect
	e.collect = false
	f := e.inPlace(o, v, marks)
	e.collect = collect
	return f == nil
}

func (e *evaluation) anyOf(o *op, v *document.Node, marks set, all *failures) bool {
	matched := false
	var causes failures
	for _, branch := range o.anyOf {
		f := e.inPlace(branch, v, marks)
		switch {
		case f != nil:
			causes.add(e, f)
		case (marks == nil || !o.anyEvaluates) && !(e.checks && o.anyChecks):
			return false
		default:
			matched = true
		}
	}
	return !matched && e.keep(all, e.alternatives(o, keywordAnyOf, v, causes))
}

func (e *evaluation) oneOf(o *op, v *document.Node, marks set, all *failures) bool {
	matches := 0
	var causes failures
	for _, branch := range o.oneOf {
		if f := e.inPlace(branch, v, marks); f != nil {
			causes.add(e, f)
		} else if matches++; matches == 2 {
			break
		}
	}
	if matches == 0 {
		return e.keep(all, e.alternatives(o, keywordOneOf, v, causes))
	}
	return matches > 1 && e.reject(all, o, keywordOneOf, v)
}

func (e *evaluation) conditional(o *op, v *document.Node, marks set, all *failures) bool {
	branch, keyword := o.otherwise, keywordElse
	if e.matches(o.condition, v, marks) {
		branch, keyword = o.then, keywordThen
	}
	return branch != nil && e.keep(all, e.wrap(branch, keyword, e.inPlace(branch, v, marks)))
}
