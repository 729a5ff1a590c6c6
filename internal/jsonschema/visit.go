package jsonschema

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// Visit visits a value and all values in it, each with its path and the schemas that apply to it: of
// alternatives, those that it matches. Values that no schema describes are not visited.
func (p *Program) Visit(v *document.Node, visit func(path []string, v *document.Node, schemas []*Schema)) {
	w := visitor{evaluation: evaluation{program: p, steps: maxSteps}}
	w.visitOps = func(path []string, v *document.Node, ops []*op) {
		schemas := make([]*Schema, len(ops))
		for i, o := range ops {
			schemas[i] = o.schema
		}
		visit(path, v, schemas)
	}
	w.value([]*op{p.root}, v, nil)
}

type visitor struct {
	evaluation
	visitOps func(path []string, v *document.Node, ops []*op)
}

func (w *visitor) value(ops []*op, v *document.Node, path []string) {
	var all []*op
	for _, o := range ops {
		all = w.applicable(all, o, v)
	}
	w.visitOps(path, v, all)
	for i := range v.Members {
		m := &v.Members[i]
		if next := propertyOps(all, m.Key); next != nil {
			w.value(next, &m.Value, append(slices.Clip(path), m.Key))
		}
	}
	for i := range v.Items {
		if next := elementOps(all, i); next != nil {
			w.value(next, &v.Items[i], append(slices.Clip(path), index(i)))
		}
	}
}

// applicable adds the schemas that apply to a value: o, the target of its reference, and the
// alternatives that the value matches.
func (w *visitor) applicable(all []*op, o *op, v *document.Node) []*op {
	if o == nil {
		return all
	}
	all = w.applicable(append(all, o), o.ref, v)
	for _, branch := range o.allOf {
		all = w.applicable(all, branch, v)
	}
	for _, list := range [][]*op{o.anyOf, o.oneOf} {
		for _, branch := range list {
			if w.eval(branch, v, nil) == nil {
				all = w.applicable(all, branch, v)
			}
		}
	}
	switch {
	case o.condition == nil:
	case w.eval(o.condition, v, nil) == nil:
		all = w.applicable(all, o.then, v)
	default:
		all = w.applicable(all, o.otherwise, v)
	}
	return all
}

// propertyOps are the schemas that apply to an object's key.
func propertyOps(all []*op, key string) []*op {
	var next []*op
	for _, o := range all {
		if i := o.find(key, 0); i >= 0 {
			next = append(next, o.properties[i].op)
		} else if o.additional != nil {
			next = append(next, o.additional)
		}
	}
	return next
}

// elementOps are the schemas that apply to an array's element.
func elementOps(all []*op, i int) []*op {
	var next []*op
	for _, o := range all {
		if i < len(o.prefix) {
			next = append(next, o.prefix[i])
		} else if o.items != nil {
			next = append(next, o.items)
		}
	}
	return next
}
