package schemas

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/suggest"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/webhook"
)

// findingsOf returns one finding for a violation, and one for each missing key.
func findingsOf(c jsonschema.Violation, body *document.Node, pass webhook.Level) []webhook.Finding {
	f := webhook.Finding{Level: webhook.LevelError, Rule: c.Keyword, Pointer: document.Pointer(c.Path...), Expected: MaskPhones(c.Message)}
	if c.Schema != nil {
		f.Document = c.Schema.Provenance()
	}
	found := body.At(c.Path)
	if found != nil {
		f.Found = describe(found)
	}
	switch {
	case c.Keyword == jsonschema.KeywordUnevaluated:
		setUnknownField(&f, c)
	case pass == webhook.LevelDrift && c.Keyword == "enum" && c.Schema != nil && len(c.Schema.Values) == 0:
		f.Level, f.Rule = webhook.LevelDrift, webhook.RuleUnlistedValue
		f.Expected, f.Hint = expectValue(c.Schema.Known, found)
	case c.Keyword == "const" || c.Keyword == "enum":
		f.Expected, f.Hint = expectValue(c.Schema.Values, found)
	case c.Keyword == jsonschema.KeywordPlaceholder:
		f.Rule, f.Hint = webhook.RulePlaceholder, "this is a placeholder of the provider's documentation, not a value"
		f.Expected, _ = expectValue(slices.Concat(c.Schema.Values, c.Schema.Known), found)
	case c.Keyword == "type":
		f.Expected = strings.Join(c.Schema.Types, " or ")
	case c.Keyword == "required":
		return missing(f, c, found)
	case c.Keyword == "not":
		f.Expected = "something else"
		if keys := c.Schema.ForbiddenKeys(); len(keys) > 0 {
			f.Expected = "no key " + strings.Join(keys, " or ")
		}
	}
	return []webhook.Finding{f}
}

// problemFinding is the finding on a value that can't be right.
func problemFinding(p jsonschema.ValueProblem, body *document.Node) webhook.Finding {
	return webhook.Finding{
		Level: levelOf(p.Problem.Defect), Rule: ruleOf(p.Problem.Defect), Pointer: document.Pointer(p.Path...), Found: describe(body.At(p.Path)),
		Expected: p.Problem.Expected, Hint: p.Problem.Hint, Document: p.Schema.Provenance(),
	}
}

// The rules of findings on bodies that break a rule of rules.json.
const (
	// RuleIncoherent means that two values don't fit together. The hint names the provider's rule.
	RuleIncoherent = "incoherent"
	// RuleUnrealShape means that keys occur together that no provider sends together, or that one is
	// missing which is always sent.
	RuleUnrealShape = "unreal-shape"
)

// ruleFinding is the finding on a rule that a body breaks: at the first value that the rule doesn't
// allow, with the values that make the rule apply.
func ruleFinding(b jsonschema.RuleProblem, body *document.Node) webhook.Finding {
	first := findingsOf(b.Violations[0], body, webhook.LevelError)[0]
	f := webhook.Finding{
		Level: webhook.LevelDrift, Rule: RuleIncoherent, Pointer: first.Pointer, Found: first.Found, Document: b.Rule.Schema.Source,
		Expected: first.Expected, Hint: "rule " + b.Rule.ID + ": " + b.Rule.Description,
	}
	if b.Rule.Shape {
		f.Rule = RuleUnrealShape
	}
	if keys := b.Violations[0].Schema; b.Violations[0].Keyword == "not" && keys != nil && keys.Not != nil {
		f.Pointer, f.Found = unwanted(keys.Not, b.Violations[0].Path, body, f)
	}
	var facts []string
	for _, fact := range b.Rule.Facts(body.At(b.Path)) {
		facts = append(facts, document.Pointer(b.Path...)+fact.Name+" is "+MaskPhones(fact.Schema.Node.Compact(maxFound)))
	}
	if facts != nil {
		f.Hint += " (" + strings.Join(facts, ", ") + ")"
	}
	return f
}

// unwanted is the first key that not forbids and the body has, instead of the object around it.
func unwanted(not *jsonschema.Schema, path []string, body *document.Node, f webhook.Finding) (pointer, found string) {
	object := body.At(path)
	var key string
	not.Sometimes(func(s *jsonschema.Schema) {
		for _, name := range s.Required {
			if key == "" && object != nil && object.Get(name) != nil {
				key = name
			}
		}
	})
	if key == "" {
		return f.Pointer, f.Found
	}
	return f.Pointer + document.Pointer(key), describe(object.Get(key))
}

func ruleOf(f value.Defect) string {
	switch f {
	case value.Unparsable:
		return webhook.RuleFormat
	case value.Implausible:
		return webhook.RuleImplausible
	default:
		return webhook.RuleLeftover
	}
}

// levelOf is the level of a value that can't be right: only one that can't be parsed is an error.
func levelOf(f value.Defect) webhook.Level {
	if f == value.Unparsable {
		return webhook.LevelError
	}
	return webhook.LevelDrift
}

// expectValue describes the values that are expected, and a hint if the one found is near.
func expectValue(values []document.Node, found *document.Node) (expected, hint string) {
	words := textsOf(values)
	if found != nil && found.Kind == document.String {
		hint = suggest.Hint(found.Text, words)
	}
	return expectOneOf(words), hint
}

// setUnknownField makes a finding one about an unlisted key.
func setUnknownField(f *webhook.Finding, c jsonschema.Violation) {
	f.Level, f.Rule = webhook.LevelDrift, webhook.RuleUnknownField
	f.Expected = "no such key"
	if c.Schema != nil && len(c.Path) > 0 {
		key := c.Path[len(c.Path)-1]
		f.Hint = suggest.Hint(key, slices.DeleteFunc(c.Schema.Keys(), func(known string) bool { return known == key }))
	}
}

// missing returns a finding for each required key that is absent.
func missing(f webhook.Finding, c jsonschema.Violation, object *document.Node) []webhook.Finding {
	var findings []webhook.Finding
	for _, key := range c.Schema.Required {
		if object.Get(key) != nil {
			continue
		}
		one := f
		one.Pointer = document.Pointer(append(slices.Clip(c.Path), key)...)
		one.Found, one.Expected = "nothing", "the key "+document.Quote(key)
		if object != nil {
			known := c.Schema.Keys()
			strangers := slices.DeleteFunc(object.Keys(), func(k string) bool { return slices.Contains(known, k) })
			if near := suggest.Word(key, strangers); near != "" {
				one.Hint = "the body has " + document.Quote(near)
			}
		}
		if c.Schema.Variant != "" && one.Hint == "" {
			one.Hint = "required by the variant " + document.Quote(c.Schema.Variant)
		}
		findings = append(findings, one)
	}
	return findings
}
