package jsonschema

import (
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// array applies the keywords of arrays.
func (e *evaluation) array(o *op, v *document.Node, marks set, all *failures) bool {
	s := o.schema
	if len(v.Items) < s.MinItems && e.reject(all, o, "minItems", v) {
		return true
	}
	if s.MaxItems >= 0 && len(v.Items) > s.MaxItems && e.reject(all, o, "maxItems", v) {
		return true
	}
	if s.UniqueItems && e.spend(stepsToNormalize*v.Count()) {
		return true
	}
	if s.UniqueItems && repeatsItem(v) && e.reject(all, o, "uniqueItems", v) {
		return true
	}
	for i := range v.Items {
		one := o.items
		if i < len(o.prefix) {
			one = o.prefix[i]
		}
		if one == nil {
			break
		}
		marks.add(i)
		if e.below(one, e.index(i), &v.Items[i], all) {
			return true
		}
	}
	if o.contains == nil {
		return false
	}
	matches := 0
	for i := range v.Items {
		if e.matches(o.contains, &v.Items[i], nil) {
			matches++
			marks.add(i)
		}
	}
	if matches < s.MinContains && e.reject(all, o, "contains", v) {
		return true
	}
	return s.MaxContains >= 0 && matches > s.MaxContains && e.reject(all, o, "maxContains", v)
}

// index is the token of an array's element, which only a path needs.
func (e *evaluation) index(i int) string {
	if !e.collect {
		return ""
	}
	return index(i)
}

func index(i int) string { return strconv.Itoa(i) }
