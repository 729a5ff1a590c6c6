package jsonschema

import (
	"errors"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// dialect is the closed list of keywords that shipped schemas may use.
func dialect() []string {
	return []string{
		"type", "const", "enum", "properties", "required", "additionalProperties", "items", "prefixItems",
		"minItems", "maxItems", "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "pattern", "minLength",
		"minimum", "if", "then", "else", "title", "description",
		"x-source", "x-value", "x-value-format", "x-value-offset", "x-value-truncate",
		"x-value-exceptions", "x-value-ahead", "x-value-until", "x-extensible-enum", "x-variant", "x-placeholder", "x-ambiguous",
	}
}

// renamedKeywords are former names of keywords.
func renamedKeywords() map[string]string {
	return map[string]string{
		"x-known": "x-extensible-enum", "x-form": "x-variant", "x-as": "x-value-format", "x-plus": "x-value-offset", "x-cut": "x-value-truncate",
	}
}

// draft is the version of JSON Schema that schemas are written in.
const draft = "https://json-schema.org/draft/2020-12/schema"

// standard are the other keywords of JSON Schema 2020-12, which a user's schema may have. The
// validator honors all of them, and the generator only those in [Bounds].
func standard() []string {
	return []string{
		"$schema", "$comment", "default", "deprecated", "readOnly", "writeOnly", "examples", "format",
		"multipleOf", "maximum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "uniqueItems", "contains",
		"minContains", "maxContains", "minProperties", "maxProperties", "patternProperties", "propertyNames",
		"dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties",
	}
}

// Parse reads schema.json strictly: each unknown or invalid keyword is an error with file, line
// and column; all errors are joined.
func Parse(f *document.File) (*Schema, error) {
	p := &parser{file: f}
	root := p.schema(&f.Root, nil, "")
	if p.problems == nil {
		p.resolve(root)
	}
	if p.problems == nil {
		p.check(root)
	}
	return root, errors.Join(p.problems...)
}

type parser struct {
	file     *document.File
	problems []error
	// rule is true for the schema of a rule, which may compare values.
	rule bool
}

func (p *parser) errorf(n *document.Node, format string, args ...any) {
	p.problems = append(p.problems, p.file.Errorf(n, format, args...))
}

func (p *parser) schema(n *document.Node, parent *Schema, pointer string) *Schema {
	s := &Schema{Node: n, Parent: parent, Pointer: pointer, MaxProperties: -1, MaxItems: -1, MinContains: 1, MaxContains: -1}
	if n.Kind != document.Object {
		p.errorf(n, "expected a schema (an object), found %s", n.Describe())
		return s
	}
	known := append(dialect(), standard()...)
	if p.rule {
		known = append(known, relationKeywords()...)
	}
	if err := p.file.KnownOrRenamed(n, renamedKeywords(), known...); err != nil {
		p.problems = append(p.problems, err)
	}
	for i := range n.Members {
		key := n.Members[i].Key
		p.keyword(s, key, &n.Members[i].Value)
	}
	p.valueKeywords(s)
	return s
}

// schemaOrBool reads a schema that may be true or false.
func (p *parser) schemaOrBool(n *document.Node, parent *Schema, pointer string) *Schema {
	if n.Kind == document.Bool {
		return &Schema{Node: n, Parent: parent, Pointer: pointer, Never: n.Text == "false", MaxProperties: -1, MaxItems: -1, MinContains: 1, MaxContains: -1}
	}
	return p.schema(n, parent, pointer)
}

// keyword reads one keyword of a schema.
func (p *parser) keyword(s *Schema, key string, v *document.Node) {
	switch key {
	case "type":
		s.Types = p.types(v)
	case "const", "enum":
		if s.Values != nil {
			p.errorf(v, "a schema has either const or enum; leave out one of the two")
		}
		if s.Values = []document.Node{*v}; key == "enum" {
			s.Values = p.list(v)
		}
	case "pattern":
		s.Pattern = p.pattern(v)
	case "title":
		s.Title = p.text(v)
	case "description":
		s.Description = p.text(v)
	case "$ref":
		s.reference = p.nonEmptyText(v)
	case "$schema":
		if text := p.text(v); strings.TrimSuffix(text, "#") != draft {
			p.errorf(v, "schemas are %s; leave $schema out", draft)
		}
	default:
		if !p.object(s, key, v) && !p.array(s, key, v) && !p.combination(s, key, v) && !p.relation(s, key, v) {
			p.extension(s, key, v)
		}
	}
}

// object reads a keyword about objects; it returns false for any other.
func (p *parser) object(s *Schema, key string, v *document.Node) bool {
	below := s.Pointer + "/" + key
	switch key {
	case "properties":
		s.Properties = p.namedSchemas(v, s, below)
	case "required":
		s.Required = p.distinct(v)
	case "additionalProperties":
		if v.Kind == document.Bool {
			p.errorf(v, "expected the schema of all other keys, found %s; objects are always open, so leave additionalProperties out", v.Describe())
			return true
		}
		s.Additional = p.schema(v, s, below)
	case "minProperties":
		s.MinProperties = p.count(v)
	case "maxProperties":
		s.MaxProperties = p.count(v)
	case "propertyNames":
		s.PropertyNames = p.schemaOrBool(v, s, below)
	case "patternProperties":
		for _, named := range p.namedSchemas(v, s, below) {
			pattern := p.pattern(&document.Node{Kind: document.String, Text: named.Name, Start: named.Schema.Node.Start})
			s.PatternProperties = append(s.PatternProperties, PatternProperty{pattern, named.Schema})
		}
	case "dependentSchemas":
		s.DependentSchemas = p.namedSchemas(v, s, below)
	case "dependentRequired":
		if v.Kind != document.Object {
			p.errorf(v, "expected a mapping of lists of keys, found %s", v.Describe())
		}
		for i := range v.Members {
			s.DependentRequired = append(s.DependentRequired, Dependency{v.Members[i].Key, p.distinct(&v.Members[i].Value)})
		}
	case "unevaluatedProperties":
		s.UnevaluatedProperties = p.schemaOrBool(v, s, below)
	default:
		return false
	}
	return true
}

// array reads a keyword about arrays; it returns false for any other.
func (p *parser) array(s *Schema, key string, v *document.Node) bool {
	below := s.Pointer + "/" + key
	switch key {
	case "items":
		s.Items = p.schema(v, s, below)
	case "prefixItems":
		s.Prefix = p.schemas(v, s, below)
	case "minItems":
		s.MinItems = p.count(v)
	case "maxItems":
		s.MaxItems = p.count(v)
	case "uniqueItems":
		s.UniqueItems = p.bool(v)
	case "contains":
		s.Contains = p.schemaOrBool(v, s, below)
	case "minContains":
		s.MinContains = p.count(v)
	case "maxContains":
		s.MaxContains = p.count(v)
	case "unevaluatedItems":
		s.UnevaluatedItems = p.schemaOrBool(v, s, below)
	default:
		return false
	}
	return true
}

// combination reads a keyword whose schemas apply to the same value; it returns false for any other.
func (p *parser) combination(s *Schema, key string, v *document.Node) bool {
	below := s.Pointer + "/" + key
	switch key {
	case "anyOf":
		s.AnyOf = p.schemas(v, s, below)
	case "oneOf":
		s.OneOf = p.schemas(v, s, below)
	case "allOf":
		s.AllOf = p.schemas(v, s, below)
	case "not":
		s.Not = p.schema(v, s, below)
	case "if":
		s.If = p.schema(v, s, below)
	case "then":
		s.Then = p.schema(v, s, below)
	case "else":
		s.Else = p.schema(v, s, below)
	case "$defs":
		s.Definitions = p.namedSchemas(v, s, below)
	default:
		return false
	}
	return true
}

// extension reads a keyword of docs/data.md, or an annotation of the standard, which has no effect.
func (p *parser) extension(s *Schema, key string, v *document.Node) {
	switch key {
	case "deprecated", "readOnly", "writeOnly":
		p.bool(v)
	case "$comment", "format":
		p.text(v)
	case "examples":
		if v.Kind != document.Array {
			p.errorf(v, "expected a list, found %s", v.Describe())
		}
	case "x-source":
		s.Source = p.nonEmptyText(v)
	case "x-extensible-enum":
		s.Known = p.list(v)
	case "x-variant":
		s.Variant = p.nonEmptyText(v)
	case "x-placeholder":
		s.Placeholders = p.texts(v)
	case "x-ambiguous":
		if s.Ambiguous = p.bool(v); !s.Ambiguous {
			p.errorf(v, "x-ambiguous is true or absent, found %s", v.Describe())
		}
	case "x-value":
		if s.Value = p.nonEmptyText(v); s.Value != "" {
			if _, ok := value.KindOf(s.Value); !ok {
				p.errorf(v, "unknown value %q; %s", s.Value, document.OneOf(s.Value, value.Names()))
			}
		}
	}
}
