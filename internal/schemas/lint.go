package schemas

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/webhook"
)

// identity are the keys of a provider.yaml that name things: they need no source.
func identity() []string {
	return []string{"provider", "title", "description", "routes", "default", "default_provider", "items"}
}

// Lint checks what loading doesn't: values of provider.yaml and apis.yaml without a source, event
// types without a canonical event, examples that aren't ok or match another type, and invalid bodies
// that are accepted. A payload of the documentation may have placeholders as values.
func (c *Catalog) Lint(p *Provider) []error {
	anything, err := c.Validator(Scope{})
	if err != nil {
		return []error{err}
	}
	l := linter{anyType: anything}
	for _, leaf := range p.DataValues() {
		if leaf.Source == "" && !leaf.Assumed && !slices.Contains(identity(), leaf.Path[0]) {
			l.add(p.file.Errorf(leaf.node, "%s has no source; add `source:` or `assumed: true` to it or to a mapping around it", strings.Join(leaf.Path, ".")))
		}
	}
	l.apis(p)
	l.rules(p)
	for _, t := range p.Types {
		l.eventType(c, t)
	}
	return l.problems
}

// A linter collects problems.
type linter struct {
	anyType  *Validator // recognizes bodies among all types
	problems []error
}

func (l *linter) add(err error) {
	same := func(other error) bool { return other.Error() == err.Error() } // the envelope is validated with each item
	if err != nil && !slices.ContainsFunc(l.problems, same) {
		l.problems = append(l.problems, err)
	}
}

// apis requires a source for each value of apis.yaml, and request schemas that compile.
func (l *linter) apis(p *Provider) {
	apis, folder := p.APIs()
	if apis == nil {
		return
	}
	for _, leaf := range dataValuesOf(&apis.Root, "json") {
		if leaf.Source == "" && !leaf.Assumed {
			l.add(apis.Errorf(leaf.node, "%s has no source; add `source:` or `assumed: true` to it or to a mapping around it", strings.Join(leaf.Path, ".")))
		}
	}
	names, err := fs.Glob(folder, "*.json")
	l.add(err)
	for _, name := range names {
		_, err := p.Checker(name)
		l.add(err)
	}
}

// rules requires a source for each rule, and that it applies to all its types.
func (l *linter) rules(p *Provider) {
	if l.add(checkRules(p)); p.readRules == nil {
		return
	}
	rules, err := p.readRules()
	if err != nil {
		return
	}
	for _, rule := range rules.all {
		if rule.node.Get("source") == nil && rule.node.Get("assumed") == nil {
			l.add(rules.file.Errorf(rule.node, "rule %s has no source; add \"source\" or \"assumed\": true", rule.ID))
		}
	}
}

// errorf reports a problem of a file or folder of an event type.
func (l *linter) errorf(t *EventType, file, format string, args ...any) {
	l.add(fmt.Errorf("%s: %s", path.Join(path.Dir(t.file().Name), file), fmt.Sprintf(format, args...)))
}

func (l *linter) eventType(c *Catalog, t *EventType) {
	asked, err := c.Validator(Scope{Type: t.Name})
	if err != nil {
		l.add(err)
		return
	}
	if len(t.CanonicalEvents()) == 0 {
		l.errorf(t, "schema.json", "no canonical event in provider.yaml maps to %s, so scenarios can't send it; add it under events", t.relative)
	}
	t.Root().Walk(func(s *jsonschema.Schema) {
		if s.Variant != "" && s.Source == "" {
			l.add(t.file().Errorf(s.Node, "x-variant %q has no x-source; add the document and heading that it is from, or where it was seen", s.Variant))
		}
		for _, key := range s.Required {
			if s.Variant == "" && s.IsObject() && len(s.Property(key)) == 0 {
				l.add(t.file().Errorf(s.Node, "required key %q is not in properties; add it", key))
			}
		}
	})
	l.examples(t)
	l.invalid(t, asked)
}

// examples requires each example to be ok and to be recognized as its own type, and as no other
// unless the type is ambiguous.
func (l *linter) examples(t *EventType) {
	examples, err := t.Examples()
	if l.add(err); err == nil && len(examples) == 0 {
		l.errorf(t, "examples", "no example; add one as *.json")
	}
	for _, e := range examples {
		name := "examples/" + e.Name + ".json"
		for _, item := range l.anyType.Body(e.Body, time.Time{}) {
			switch v := item.Verdict; {
			case v.Level != webhook.LevelOK && !(e.Documented && onlyLeftovers(v)):
				f := v.Findings[0]
				l.add(&document.Error{File: path.Join(path.Dir(t.file().Name), name), Line: f.Line, Column: f.Column, Message: fmt.Sprintf(
					"example is not %s but %s: %s at %q, found %s, expected %s", webhook.LevelOK, v.Level, f.Rule, f.Pointer, f.Found, f.Expected)})
			case !slices.Contains(v.Candidates, t.Name) || v.Type != t.Name && !t.Root().Ambiguous:
				l.errorf(t, name, "example is recognized as %s", strings.Join(v.Candidates, " or "))
			}
		}
	}
}

// onlyLeftovers reports whether nothing but placeholders keeps an item from being ok: documentation has
// them in its payloads.
func onlyLeftovers(v webhook.Verdict) bool {
	return v.Level == webhook.LevelDrift && !slices.ContainsFunc(v.Findings, func(f webhook.Finding) bool { return f.Rule != webhook.RuleLeftover })
}

// invalid requires each invalid body to be an error for its own type.
func (l *linter) invalid(t *EventType, asked *Validator) {
	invalid, err := t.Invalid()
	if l.add(err); err == nil && len(invalid) < 2 {
		l.errorf(t, "invalid", "fewer than two bodies; add some as *.json")
	}
	for _, e := range invalid {
		rejected := func(item webhook.Item) bool { return item.Verdict.Level == webhook.LevelError }
		if !slices.ContainsFunc(asked.Body(e.Body, time.Time{}), rejected) {
			l.errorf(t, "invalid/"+e.Name+".json", "body is accepted, but must be an error")
		}
	}
}
