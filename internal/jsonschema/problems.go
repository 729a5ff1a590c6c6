package jsonschema

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A ValueProblem is a value that can't be right, although the schema accepts its type.
type ValueProblem struct {
	Path    []string
	Problem value.Problem
	Schema  *Schema
}

// Problems returns the values that can't be right, in the order of the body; of several schemas of one
// value, the first counts. Only the schemas that apply to a value check it: of alternatives, those
// that it matches.
func (p *Program) Problems(v *document.Node, span value.Span) []ValueProblem {
	if !p.checked {
		return nil
	}
	var problems []ValueProblem
	w := visitor{evaluation: evaluation{program: p, steps: maxSteps}}
	w.visitOps = func(path []string, v *document.Node, ops []*op) {
		if v.Kind != document.String && v.Kind != document.Number {
			return
		}
		for _, o := range ops {
			if o.check == nil || !o.kinds.has(v) {
				continue
			}
			if problem := o.check.Problem(v.Text, span); problem != (value.Problem{}) {
				problems = append(problems, ValueProblem{slices.Clone(path), problem, o.schema})
				return
			}
		}
	}
	w.value([]*op{p.root}, v, nil)
	return problems
}
