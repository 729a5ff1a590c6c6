package schemas

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// identity are the keys of a provider.yaml that name things rather than claim
// facts: they need no source.
func identity() []string {
	return []string{"provider", "title", "about", "routes", "default", "usual", "items"}
}

// Lint complains about what loads but is not fit to be relied on: values of provider.yaml and apis.yaml
// without a source, event types that no neutral event names, examples that
// are not ok or not recognised as themselves, invalid bodies that are accepted.
func (c *Catalog) Lint(p *Provider) []error {
	anything, err := c.Validator(Scope{})
	if err != nil {
		return []error{err}
	}
	l := linter{anything: anything}
	for _, leaf := range p.Leaves() {
		if leaf.Source == "" && !leaf.Assumed && !slices.Contains(identity(), leaf.Path[0]) {
			l.add(p.file.Errorf(leaf.node, "%s has no source; add `source:` or `assumed: true` to it or to a mapping around it", strings.Join(leaf.Path, ".")))
		}
	}
	l.apis(p)
	for _, t := range p.Types {
		l.eventType(c, t)
	}
	return l.problems
}

// A linter collects complaints.
type linter struct {
	anything *Validator // recognises bodies among all types
	problems []error
}

func (l *linter) add(err error) {
	said := func(other error) bool { return other.Error() == err.Error() } // an envelope is judged with each item
	if err != nil && !slices.ContainsFunc(l.problems, said) {
		l.problems = append(l.problems, err)
	}
}

// apis wants a source for each value of apis.yaml, and schemas of requests that compile.
func (l *linter) apis(p *Provider) {
	if p.apis == nil {
		return
	}
	for _, leaf := range leavesOf(&p.apis.Root, "json") {
		if leaf.Source == "" && !leaf.Assumed {
			l.add(p.apis.Errorf(leaf.node, "%s has no source; add `source:` or `assumed: true` to it or to a mapping around it", strings.Join(leaf.Path, ".")))
		}
	}
	names, err := fs.Glob(p.apisFolder, "*.json")
	l.add(err)
	for _, name := range names {
		_, err := p.Checker(name)
		l.add(err)
	}
}

// about complains about a file or folder of an event type.
func (l *linter) about(t *EventType, file, format string, args ...any) {
	l.add(fmt.Errorf("%s: %s", path.Join(path.Dir(t.file.Name), file), fmt.Sprintf(format, args...)))
}

func (l *linter) eventType(c *Catalog, t *EventType) {
	asked, err := c.Validator(Scope{Type: t.Name})
	if _, compileErr := t.compile(); err != nil || compileErr != nil {
		l.add(err)
		l.add(compileErr)
		return
	}
	if len(t.CanonicalEvents()) == 0 {
		l.about(t, "schema.json", "no neutral event of provider.yaml names %s; scenarios cannot send it", t.relative)
	}
	t.root.walk(func(s *schema) {
		for _, key := range s.required {
			if s.variant == "" && s.isObject() && len(s.property(key)) == 0 {
				l.add(t.file.Errorf(s.node, "the required key %q is not among the properties", key))
			}
		}
	})
	l.examples(t)
	l.invalid(t, asked)
}

// examples wants each example to be ok and to be recognised as its own type,
// alone if the type can be told from its namesakes.
func (l *linter) examples(t *EventType) {
	examples, err := t.Examples()
	if l.add(err); err == nil && len(examples) == 0 {
		l.about(t, "examples", "there is no example; add one as *.json")
	}
	for _, e := range examples {
		name := "examples/" + e.Name + ".json"
		for _, item := range l.validator(l.anything, e.Body) {
			switch v := item.Verdict; {
			case v.Level != webhook.LevelOK:
				f := v.Findings[0]
				l.add(&document.Error{File: path.Join(path.Dir(t.file.Name), name), Line: f.Line, Column: f.Column, Message: fmt.Sprintf(
					"the example is not %s but %s: %s at %q, found %s, expected %s", webhook.LevelOK, v.Level, f.Rule, f.Pointer, f.Found, f.Expected)})
			case !slices.Contains(v.Candidates, t.Name) || v.Type != t.Name && !t.root.ambiguous:
				l.about(t, name, "the example is recognised as %s", strings.Join(v.Candidates, " or "))
			}
		}
	}
}

// invalid wants each invalid body to be refused by its own type.
func (l *linter) invalid(t *EventType, asked *Validator) {
	invalid, err := t.Invalid()
	if l.add(err); err == nil && len(invalid) < 2 {
		l.about(t, "invalid", "there are fewer than two bodies; add some as *.json")
	}
	for _, e := range invalid {
		rejected := func(item webhook.Item) bool { return item.Verdict.Level == webhook.LevelError }
		if !slices.ContainsFunc(l.validator(asked, e.Body), rejected) {
			l.about(t, "invalid/"+e.Name+".json", "the body is accepted; it must be refused")
		}
	}
}

func (l *linter) validator(validator *Validator, body []byte) []webhook.Item {
	items, err := validator.Body(body)
	l.add(err)
	return items
}
