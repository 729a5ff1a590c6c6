package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

const (
	apisFile   = "apis.yaml"
	apisFolder = "apis"
)

// APIs returns the provider's apis.yaml, which says what a consumer may call,
// and the folder apis beside it. Both are nil if the provider has none.
// Package api reads them; here they are only loaded and linted.
func (p *Provider) APIs() (*document.File, fs.FS) { return p.apis, p.apisFolder }

// loadAPIs reads apis.yaml, if there is one.
func loadAPIs(tree fs.FS, provider *Provider, folder string) error {
	name := path.Join(folder, apisFile)
	if !has(tree, name) {
		if has(tree, path.Join(folder, apisFolder)) {
			return fmt.Errorf("%s:1:1: the folder holds requests but no %s stands beside it", fileName(tree, path.Join(folder, apisFolder)), apisFile)
		}
		return nil
	}
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return err
	}
	if provider.apis, err = document.ReadYAML(fileName(tree, name), source); err != nil {
		return err
	}
	provider.apisFolder, err = fs.Sub(tree, path.Join(folder, apisFolder))
	return err
}

// A Checker holds the body of a request to a schema. It is safe for concurrent use.
type Checker struct {
	schema  *jsonschema.Schema
	fast    *fastPath
	schemas map[string]*schema
	// patterned is true if a pattern is matched anywhere, so that the length of
	// a text costs time.
	patterned bool
}

// Checker compiles a schema of the folder apis. Such a schema is one of docs/data.md
// that says nothing of values: no x-value, x-known or x-form.
func (p *Provider) Checker(name string) (*Checker, error) {
	whole := path.Join(path.Dir(p.apis.Name), apisFolder, name)
	source, err := fs.ReadFile(p.apisFolder, name)
	if err != nil {
		return nil, fmt.Errorf("%s:1:1: there is no such schema", whole)
	}
	file, err := document.ReadJSON(whole, source)
	if err != nil {
		return nil, err
	}
	root, err := parseSchema(file)
	if err != nil {
		return nil, err
	}
	var problems []error
	c := &Checker{schemas: root.byPointer(), fast: quickOf(root)}
	root.walk(func(s *schema) {
		c.patterned = c.patterned || s.node.Get("pattern") != nil
		for _, key := range []string{"x-value", "x-known", "x-form", "x-placeholder", "x-ambiguous"} {
			if s.node.Get(key) != nil {
				problems = append(problems, file.Errorf(s.node, "%s has no meaning in the schema of a request; leave it out", key))
			}
		}
	})
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	if c.schema, err = compileSource(newCompiler(root), openURL, source); err != nil {
		return nil, fmt.Errorf("%s:1:1: compile the schema: %w", whole, err)
	}
	return c, nil
}

// Check says what the schema refuses in a body, in the order of the body. Line
// and column are 0: a form has none.
func (c *Checker) Check(body *document.Node) []webhook.Finding {
	if c.fast.validator(body) == yes {
		return nil
	}
	return c.slow(body)
}

// slow asks v5, which knows.
func (c *Checker) slow(body *document.Node) []webhook.Finding {
	if c.patterned && maxText(body) > maxMatched {
		return []webhook.Finding{{Level: webhook.LevelError, Rule: webhook.RuleLimit, Found: "a longer text",
			Expected: fmt.Sprintf("texts of at most %d bytes", maxMatched)}}
	}
	decoded := body.Any()
	nameEmptyKeys(decoded)
	rejection := c.schema.Validate(decoded)
	if rejection == nil {
		return nil
	}
	var failure *jsonschema.ValidationError
	if !errors.As(rejection, &failure) {
		return []webhook.Finding{{Level: webhook.LevelError, Rule: webhook.RuleLimit, Found: "what cannot be checked", Expected: "a body by the schema"}}
	}
	var findings []webhook.Finding
	for _, complaint := range explain(c.schemas, body, failure) {
		if findings = append(findings, complaint.findings(body, webhook.LevelError)...); len(findings) >= maxFindings {
			break
		}
	}
	return findings
}
