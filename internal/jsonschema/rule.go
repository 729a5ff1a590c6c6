package jsonschema

import (
	"errors"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A Rule says what fits together in an object. A value that breaks it may still be valid: no provider
// sends it, so it is drift.
type Rule struct {
	// ID is the name of the rule, for example "S01".
	ID          string
	Description string
	// Shape is true for a rule about which keys occur together; any other rule is about values.
	Shape bool
	// Schema is what a value matches that keeps the rule.
	Schema *Schema
}

// ParseRule reads a schema of a [Rule], which may also compare values: see [Relation].
func ParseRule(f *document.File, n *document.Node, source string) (*Schema, error) {
	p := &parser{file: f, rule: true}
	s := p.schema(n, nil, "")
	s.Source = source
	s.Walk(func(below *Schema) {
		if below.reference != "" {
			p.errorf(below.Node, "a rule has no $defs, so $ref has no target; write the schema out")
		}
	})
	return s, errors.Join(p.problems...)
}

// A ruleOp is a rule that is ready to be applied.
type ruleOp struct {
	rule *Rule
	kept *op
}

func (c *compiler) rules(o *op) {
	for _, rule := range o.schema.Rules {
		o.rules = append(o.rules, ruleOp{rule, c.compile(rule.Schema, place{plain: true})})
	}
}

// checkRules notes whether a value breaks a rule.
func (e *evaluation) checkRules(o *op, v *document.Node) {
	for i := range o.rules {
		if e.breaks(&o.rules[i], v) {
			e.checks, e.found = false, true
			return
		}
	}
}

// breaks reports whether a value breaks a rule.
func (e *evaluation) breaks(r *ruleOp, v *document.Node) bool {
	checks := e.checks
	e.checks = false
	kept := e.matches(r.kept, v, nil)
	e.checks = checks
	return !kept
}

// A RuleProblem is a rule that a value breaks.
type RuleProblem struct {
	// Path leads to the value that the rule is about.
	Path []string
	Rule *Rule
	// Violations are why the value doesn't match the schema of the rule, at least one. Their paths
	// start at the body.
	Violations []Violation
}

// Broken returns the rules that a value breaks, in the order of the body.
func (p *Program) Broken(v *document.Node) []RuleProblem {
	if !p.ruled {
		return nil
	}
	var problems []RuleProblem
	w := visitor{evaluation: evaluation{program: p, steps: maxSteps}}
	w.visitOps = func(path []string, v *document.Node, ops []*op) {
		if v.Kind != document.Object {
			return
		}
		for _, o := range ops {
			for i := range o.rules {
				r := &o.rules[i]
				if w.breaks(r, v) {
					problems = append(problems, RuleProblem{Path: slices.Clone(path), Rule: r.rule, Violations: p.explainRule(r, v, path)})
				}
			}
		}
	}
	w.value([]*op{p.root}, v, nil)
	return problems
}

// explainRule returns why a value doesn't match the schema of a rule.
func (p *Program) explainRule(r *ruleOp, v *document.Node, path []string) []Violation {
	e := evaluation{program: p, collect: true, steps: maxSteps, path: slices.Clone(path)}
	x := explainer{}
	if f := e.eval(r.kept, v, nil); f != nil {
		x.visit(f)
	}
	violations := x.rootCauses()
	if len(violations) == 0 {
		violations = []Violation{{Path: slices.Clone(path), Keyword: keywordNot, Schema: r.rule.Schema}}
	}
	return violations
}

// Facts lists the values of a body that decide whether a rule applies: those that its conditions
// compare. The pointers are relative to the value that the rule is about.
func (r *Rule) Facts(v *document.Node) []Property {
	var facts []Property
	var walk func(s *Schema, v *document.Node, pointer string)
	walk = func(s *Schema, v *document.Node, pointer string) {
		if s == nil || v == nil {
			return
		}
		if len(s.Values) > 0 && (v.Kind != document.Object && v.Kind != document.Array) {
			facts = append(facts, Property{Name: pointer, Schema: &Schema{Node: v}})
		}
		for _, p := range s.Properties {
			walk(p.Schema, v.Get(p.Name), pointer+document.Pointer(p.Name))
		}
		if v.Kind == document.Array && s.Items != nil && len(v.Items) > 0 {
			walk(s.Items, &v.Items[0], pointer+"/0")
		}
		for _, list := range [][]*Schema{s.AllOf, s.AnyOf, {s.If}} {
			for _, one := range list {
				walk(one, v, pointer)
			}
		}
	}
	walk(r.Schema.If, v, "")
	return slices.CompactFunc(facts, func(a, b Property) bool { return strings.Compare(a.Name, b.Name) == 0 })
}
