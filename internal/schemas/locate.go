package schemas

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/webhook"
)

// maxFindings limits the findings of one item in one pass: a body can have a hundred thousand.
const maxFindings = 100

// addFindings adds the findings of one pass to a verdict, the first in the body if there are too
// many. The closed schema also rejects what the open one rejects, so only its drift is new.
func (h *validation) addFindings(verdict *webhook.Verdict, one *isolated, violations []jsonschema.Violation, pass webhook.Level) {
	said := 0
	for i, c := range violations {
		for _, f := range findingsOf(c, one.body, pass) {
			if pass == webhook.LevelDrift && f.Level != webhook.LevelDrift {
				continue
			}
			said++
			verdict.Findings = append(verdict.Findings, h.locate(f, one.original(document.Tokens(f.Pointer))))
		}
		if left := len(violations) - i - 1; said >= maxFindings && left > 0 {
			more := webhook.Finding{Level: pass, Rule: webhook.RuleMore, Found: fmt.Sprintf("%d more problems", left), Expected: "fix these first"}
			verdict.Findings = append(verdict.Findings, h.locate(more, nil))
			return
		}
	}
}

// addProblems adds the findings on values that can't be right, except where there is an error already.
func (h *validation) addProblems(verdict *webhook.Verdict, one *isolated, problems []jsonschema.ValueProblem) {
	for i, p := range problems {
		if i == maxFindings {
			more := webhook.Finding{Level: verdict.Level, Rule: webhook.RuleMore, Found: fmt.Sprintf("%d more problems", len(problems)-i), Expected: "fix these first"}
			verdict.Findings = append(verdict.Findings, h.locate(more, nil))
			return
		}
		verdict.Findings = append(verdict.Findings, h.locate(problemFinding(p, one.body), one.original(p.Path)))
	}
}

// addBroken adds a finding for each rule that a body breaks.
func (h *validation) addBroken(verdict *webhook.Verdict, one *isolated, broken []jsonschema.RuleProblem) {
	for _, b := range broken {
		f := ruleFinding(b, one.body)
		verdict.Findings = append(verdict.Findings, h.locate(f, one.original(document.Tokens(f.Pointer))))
	}
}

// locate sets a finding's pointer, line and column: those of the value, of an unknown key, or of
// the parent of a missing key.
func (h *validation) locate(f webhook.Finding, path []string) webhook.Finding {
	f.Pointer = MaskPhones(document.Pointer(path...))
	near, depth := h.body.Nearest(path)
	start := near.Start
	if f.Rule == webhook.RuleUnknownField && depth == len(path) {
		start = h.body.KeyStart(path)
	}
	f.Line, f.Column = h.position(start)
	return f
}

// position returns the line and column of an offset.
func (h *validation) position(offset int) (line, column int) {
	if h.locator == nil {
		h.locator = document.NewLocator(h.source)
	}
	return h.locator.Position(offset)
}

// addDefects adds findings on JSON that parsers read differently.
func (h *validation) addDefects(verdict *webhook.Verdict, defects []document.Defect) {
	for _, d := range defects {
		level := webhook.LevelDrift
		if d.Rule == webhook.RuleNumber {
			level = webhook.LevelError
		}
		line, column := h.position(d.Offset)
		verdict.Findings = append(verdict.Findings, webhook.Finding{
			Level: level, Rule: d.Rule, Pointer: MaskPhones(d.Pointer), Line: line, Column: column,
			Found: MaskPhones(d.Message), Expected: "JSON that all parsers read alike", Document: "RFC 8259",
		})
		if level.Rank() > verdict.Level.Rank() {
			verdict.Level = level
		}
	}
}

// ownerOf returns the index of the item that contains a defect, or 0.
func ownerOf(d document.Defect, items [][]string) int {
	path := document.Tokens(d.Pointer)
	for i, item := range items {
		if len(item) <= len(path) && slices.Equal(item, path[:len(item)]) {
			return i
		}
	}
	return 0
}

// sortFindings orders findings by position. It drops repetitions, and drift where there is an error.
func sortFindings(findings []webhook.Finding) []webhook.Finding {
	if len(findings) < 2 {
		return findings
	}
	invalid := map[string]bool{}
	for _, f := range findings {
		invalid[f.Pointer] = invalid[f.Pointer] || f.Level == webhook.LevelError
	}
	findings = slices.DeleteFunc(findings, func(f webhook.Finding) bool {
		return isAboutValue(f.Rule) && f.Level == webhook.LevelDrift && invalid[f.Pointer]
	})
	slices.SortFunc(findings, func(a, b webhook.Finding) int {
		return cmp.Or(boolean(a.Rule == webhook.RuleMore)-boolean(b.Rule == webhook.RuleMore), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Expected, b.Expected))
	})
	return slices.CompactFunc(findings, func(a, b webhook.Finding) bool {
		return a.Pointer == b.Pointer && a.Rule == b.Rule && a.Expected == b.Expected
	})
}

// isAboutValue reports whether a rule says that a value isn't what it should be.
func isAboutValue(rule string) bool {
	return rule == webhook.RuleUnlistedValue || rule == webhook.RuleImplausible || rule == webhook.RuleLeftover
}

func boolean(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
