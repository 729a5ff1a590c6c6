package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/webhook"
)

const (
	apisFile   = "apis.yaml"
	apisFolder = "apis"
)

// APIs returns the provider's apis.yaml and the folder apis beside it; nil if the provider has none.
// Package callspec decodes them; this package only loads and lints them.
func (p *Provider) APIs() (*document.File, fs.FS) {
	if p.readAPIs == nil {
		return nil, nil
	}
	return must(p.readAPIs()), p.apisFolder
}

// loadAPIs reads apis.yaml, if there is one.
func loadAPIs(tree fs.FS, provider *Provider, folder string) error {
	name := path.Join(folder, apisFile)
	if !has(tree, name) {
		if has(tree, path.Join(folder, apisFolder)) {
			return fmt.Errorf("%s:1:1: folder has request schemas but there is no %s beside it", fileName(tree, path.Join(folder, apisFolder)), apisFile)
		}
		return nil
	}
	provider.readAPIs = sync.OnceValues(func() (*document.File, error) {
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		return document.ReadYAML(fileName(tree, name), source)
	})
	if !isLinted(tree) {
		if _, err := provider.readAPIs(); err != nil {
			return err
		}
	}
	var err error
	provider.apisFolder, err = fs.Sub(tree, path.Join(folder, apisFolder))
	return err
}

// A Checker validates the body of a request. It is safe for concurrent use.
type Checker struct{ program *jsonschema.Program }

// Checker compiles a schema of the folder apis. It has the format of docs/data.md without x-value,
// x-extensible-enum and x-variant.
func (p *Provider) Checker(name string) (*Checker, error) {
	apis, folder := p.APIs()
	whole := path.Join(path.Dir(apis.Name), apisFolder, name)
	source, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, fmt.Errorf("%s:1:1: schema does not exist", whole)
	}
	file, err := document.ReadJSON(whole, source)
	if err != nil {
		return nil, err
	}
	root, err := jsonschema.Parse(file)
	if err != nil {
		return nil, err
	}
	var problems []error
	root.Walk(func(s *jsonschema.Schema) {
		for _, key := range []string{"x-value", "x-extensible-enum", "x-variant", "x-placeholder", "x-ambiguous"} {
			if s.Node.Get(key) != nil {
				problems = append(problems, file.Errorf(s.Node, "%s has no effect in a request schema; leave it out", key))
			}
		}
	})
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return &Checker{jsonschema.Compile(root, value.Words{})}, nil
}

// Check returns the findings on a body, in its order. Line and column are 0: a form has none.
func (c *Checker) Check(body *document.Node) []webhook.Finding {
	if c.program.Patterned() && maxText(body) > maxMatched {
		return []webhook.Finding{{Level: webhook.LevelError, Rule: webhook.RuleLimit, Found: "a longer string",
			Expected: fmt.Sprintf("strings of at most %d bytes", maxMatched)}}
	}
	body = body.Unique()
	if c.program.Valid(body) {
		return nil
	}
	var findings []webhook.Finding
	for _, violation := range c.program.Explain(body, false) {
		if findings = append(findings, findingsOf(violation, body, webhook.LevelError)...); len(findings) >= maxFindings {
			break
		}
	}
	if findings == nil {
		return []webhook.Finding{{Level: webhook.LevelError, Rule: webhook.RuleLimit, Found: "a body that takes too long to validate", Expected: "a body that matches the schema"}}
	}
	return findings
}
