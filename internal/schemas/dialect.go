package schemas

import (
	"errors"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// dialect is the closed list of keywords that shipped schemas may use.
func dialect() []string {
	return []string{
		"type", "const", "enum", "properties", "required", "additionalProperties", "items", "prefixItems",
		"minItems", "maxItems", "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "pattern", "minLength",
		"minimum", "if", "then", "else", "title", "description",
		"x-source", "x-value", "x-value-format", "x-value-offset", "x-value-truncate", "x-extensible-enum", "x-variant", "x-placeholder", "x-ambiguous",
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

// standard are the further keywords of JSON Schema 2020-12 that a user's
// schema may hold: v5 judges by them, nothing else reads them.
func standard() []string {
	return []string{
		"$schema", "$comment", "default", "deprecated", "readOnly", "writeOnly", "examples", "format",
		"multipleOf", "maximum", "exclusiveMaximum", "exclusiveMinimum", "maxLength", "uniqueItems", "contains",
		"minContains", "maxContains", "minProperties", "maxProperties", "patternProperties", "propertyNames",
		"dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties",
	}
}

// parseSchema reads schema.json strictly: what it does not understand is an
// error with file, line and column, and all errors come at once.
func parseSchema(f *document.File) (*schema, error) {
	p := &schemaParser{file: f}
	root := p.schema(&f.Root, nil, "")
	if p.problems == nil {
		p.resolve(root)
	}
	if p.problems == nil {
		p.check(root)
	}
	return root, errors.Join(p.problems...)
}

type schemaParser struct {
	file     *document.File
	problems []error
}

func (p *schemaParser) errorf(n *document.Node, format string, args ...any) {
	p.problems = append(p.problems, p.file.Errorf(n, format, args...))
}

func (p *schemaParser) schema(n *document.Node, parent *schema, pointer string) *schema {
	s := &schema{node: n, parent: parent, pointer: pointer}
	if n.Kind != document.Object {
		p.errorf(n, "expected a schema (an object), found %s", n.Describe())
		return s
	}
	if err := p.file.KnownOrRenamed(n, renamedKeywords(), append(dialect(), standard()...)...); err != nil {
		p.problems = append(p.problems, err)
	}
	for i := range n.Members {
		key := n.Members[i].Key
		p.keyword(s, key, &n.Members[i].Value)
	}
	p.valueKeywords(s)
	return s
}

// count reads a number of things.
func (p *schemaParser) count(v *document.Node) int {
	n, err := strconv.Atoi(v.Text)
	if v.Kind != document.Number || err != nil || n < 0 {
		p.errorf(v, "expected a whole number, found %s", v.Describe())
	}
	return n
}

func (p *schemaParser) keyword(s *schema, key string, v *document.Node) {
	below := s.pointer + "/" + key
	switch key {
	case "type":
		s.types = p.types(v)
	case "const":
		s.discriminators = []document.Node{*v}
	case "enum":
		s.discriminators = p.list(v)
	case "properties":
		s.properties = p.namedSchemas(v, s, below)
	case "$defs":
		s.definitions = p.namedSchemas(v, s, below)
	case "required":
		s.required = p.texts(v)
	case "minItems":
		s.minItems = p.count(v)
	case "maxItems":
		p.count(v)
	case "prefixItems":
		s.prefix = p.schemas(v, s, below)
	case "anyOf":
		s.anyOf = p.schemas(v, s, below)
	case "oneOf":
		s.oneOf = p.schemas(v, s, below)
	case "allOf":
		s.allOf = p.schemas(v, s, below)
	case "additionalProperties":
		if v.Kind == document.Bool {
			p.errorf(v, "expected the schema of every further key, found %s; objects are open anyway, so leave additionalProperties out", v.Describe())
			return
		}
		s.additional = p.schema(v, s, below)
	case "items":
		s.items = p.schema(v, s, below)
	case "not":
		s.not = p.schema(v, s, below)
	case "if":
		s.condition = p.schema(v, s, below)
	case "then":
		s.then = p.schema(v, s, below)
	case "else":
		s.otherwise = p.schema(v, s, below)
	case "$schema":
		// By an older draft v5 would judge without unevaluatedProperties.
		if text := p.text(v); strings.TrimSuffix(text, "#") != draft {
			p.errorf(v, "schemas are read by %s; leave $schema out", draft)
		}
	case "$ref":
		s.ref = p.text(v)
	case "pattern":
		p.pattern(v)
	case "title":
		s.title = p.text(v)
	case "description":
		s.description = p.text(v)
	default:
		p.extension(s, key, v)
	}
}

func (p *schemaParser) extension(s *schema, key string, v *document.Node) {
	switch key {
	case "x-source":
		s.source = p.nonEmptyText(v)
	case "x-extensible-enum":
		s.known = p.list(v)
	case "x-variant":
		s.variant = p.nonEmptyText(v)
	case "x-placeholder":
		s.placeholders = p.texts(v)
	case "x-ambiguous":
		s.ambiguous = v.Kind == document.Bool && v.Text == "true"
		if !s.ambiguous {
			p.errorf(v, "x-ambiguous is true or absent, found %s", v.Describe())
		}
	case "x-value":
		if s.value = p.nonEmptyText(v); s.value != "" {
			if _, ok := value.KindOf(s.value); !ok {
				p.errorf(v, "unknown value %q; %s", s.value, document.OneOf(s.value, value.Names()))
			}
		}
	}
}

// valueKeywords checks what two keywords of one schema say together.
func (p *schemaParser) valueKeywords(s *schema) {
	s.bounds = p.bounds(s)
	kind, ok := value.KindOf(s.value)
	texts := map[string]string{}
	for _, key := range []string{"x-value-format", "x-value-offset", "x-value-truncate"} {
		n := s.node.Get(key)
		switch {
		case n == nil:
		case s.node.Get("x-value") == nil:
			p.errorf(n, "%s speaks of x-value, but there is none", key)
		case ok && kind != value.Time && key != "x-value-format":
			p.errorf(n, "%s moves a time, and %s is of kind %s", key, s.value, kind)
		default:
			texts[key] = p.nonEmptyText(n)
		}
	}
	if !ok {
		return
	}
	var err error
	if s.format, err = value.ParseFormat(kind, texts["x-value-format"]); err != nil {
		p.errorf(s.node.Get("x-value-format"), "%v", err)
	} else if makes := s.format.Makes(); makes && s.value != value.FakeID {
		p.errorf(s.node.Get("x-value-format"), "%q makes a new id, which belongs into ids of provider.yaml; leave x-value-format out here", texts["x-value-format"])
	} else if !makes && s.value == value.FakeID {
		p.errorf(s.node.Get("x-value"), "%s is made anew, but x-value-format does not say how; write \"x-value-format\": \"uuid\", \"hex 32\" or the like", s.value)
	}
	plus, err := value.ParseAdjust(kind, texts["x-value-offset"], "")
	if err != nil {
		p.errorf(s.node.Get("x-value-offset"), "%v", err)
	}
	cut, err := value.ParseAdjust(kind, "", texts["x-value-truncate"])
	if err != nil {
		p.errorf(s.node.Get("x-value-truncate"), "%v", err)
	}
	s.adjust = value.Adjust{Offset: plus.Offset, Truncate: cut.Truncate}
}

func (p *schemaParser) types(v *document.Node) []string {
	all := []string{"string", "integer", "number", "boolean", "object", "array", "null"}
	list := v.Items
	if v.Kind == document.String {
		list = []document.Node{*v}
	}
	if len(list) == 0 {
		p.errorf(v, "expected a type or a list of types, found %s", v.Describe())
	}
	var names []string
	for i := range list {
		if name := list[i].Text; list[i].Kind != document.String || !slices.Contains(all, name) {
			p.errorf(&list[i], "unknown type %s; %s", list[i].Compact(60), document.OneOf(name, all))
		}
		names = append(names, list[i].Text)
	}
	return names
}

func (p *schemaParser) text(v *document.Node) string {
	if v.Kind != document.String {
		p.errorf(v, "expected a text, found %s", v.Describe())
		return ""
	}
	return v.Text
}

func (p *schemaParser) nonEmptyText(v *document.Node) string {
	if v.Kind == document.String && v.Text == "" {
		p.errorf(v, "expected a text, found an empty one")
	}
	return p.text(v)
}

func (p *schemaParser) list(v *document.Node) []document.Node {
	if v.Kind != document.Array || len(v.Items) == 0 {
		p.errorf(v, "expected a list of one or more, found %s", v.Describe())
	}
	return v.Items
}

func (p *schemaParser) texts(v *document.Node) []string {
	if v.Kind != document.Array {
		p.errorf(v, "expected a list of texts, found %s", v.Describe())
	}
	texts := make([]string, 0, len(v.Items))
	for i := range v.Items {
		texts = append(texts, p.text(&v.Items[i]))
	}
	return texts
}

func (p *schemaParser) namedSchemas(v *document.Node, parent *schema, pointer string) []property {
	if v.Kind != document.Object {
		p.errorf(v, "expected a mapping of schemas, found %s", v.Describe())
	}
	list := make([]property, 0, len(v.Members))
	for i := range v.Members {
		name := v.Members[i].Key
		if name == "" {
			p.errorf(&v.Members[i].Value, "a property needs a name")
		}
		list = append(list, property{name, p.schema(&v.Members[i].Value, parent, pointer+document.Pointer(name))})
	}
	return list
}

func (p *schemaParser) schemas(v *document.Node, parent *schema, pointer string) []*schema {
	list := make([]*schema, 0, len(v.Items))
	for i, n := range p.list(v) {
		list = append(list, p.schema(&n, parent, pointer+"/"+strconv.Itoa(i)))
	}
	return list
}

const (
	maxPattern = 1 << 10
	// largestPattern bounds the compiled program: cost is its size times the
	// length of the text, and v5 cannot be interrupted.
	largestPattern = 500
)

func (p *schemaParser) pattern(v *document.Node) {
	text := p.text(v)
	if len(text) > maxPattern {
		p.errorf(v, "pattern has %d bytes; the limit is %d", len(text), maxPattern)
		return
	}
	expression, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		p.errorf(v, "pattern cannot be read: %v", err)
		return
	}
	program, err := syntax.Compile(expression.Simplify())
	if err != nil || len(program.Inst) > largestPattern {
		p.errorf(v, "pattern is too costly: it compiles to more than %d instructions; repeat less in it", largestPattern)
	}
}

// resolve binds every $ref and refuses circles, which would make judging
// unbounded.
func (p *schemaParser) resolve(root *schema) {
	definitions := map[string]*schema{}
	for _, d := range root.definitions {
		definitions["#/$defs/"+d.name] = d.schema
	}
	root.walk(func(s *schema) {
		if s.ref == "" {
			return
		}
		if s.target = definitions[s.ref]; s.target == nil {
			names := make([]string, 0, len(definitions))
			for name := range definitions {
				names = append(names, name)
			}
			p.errorf(s.node.Get("$ref"), "$ref %q is none of this file's own $defs; %s", s.ref, document.OneOf(s.ref, names))
		}
	})
	if p.problems == nil {
		p.size(root, map[*schema]int{})
	}
}

// largestSchema bounds a schema with every $ref written out.
const largestSchema = 20_000

// size counts sub-schemas with references written out; -1 marks those that
// are being counted, so meeting one again is a circle.
func (p *schemaParser) size(s *schema, sizes map[*schema]int) int {
	if n, ok := sizes[s]; ok {
		return n
	}
	sizes[s] = -1
	n := 1
	s.children(func(child *schema) { n += p.size(child, sizes) })
	if s.target != nil {
		below := p.size(s.target, sizes)
		if below < 0 {
			p.errorf(s.node.Get("$ref"), "$ref %q leads in a circle; write out as many levels as bodies have", s.ref)
		}
		n += below
	}
	if n > largestSchema && s.parent == nil {
		p.errorf(s.node, "schema is too large: more than %d sub-schemas with every $ref written out", largestSchema)
	}
	sizes[s] = min(n, largestSchema+1)
	return sizes[s]
}

// check holds the rules that need the whole schema.
func (p *schemaParser) check(root *schema) {
	if root.source == "" {
		p.errorf(root.node, "x-source is missing; say in which document, under which heading, or where this was seen")
	}
	root.walk(func(s *schema) {
		for _, key := range []string{"x-placeholder", "x-ambiguous"} {
			if v := s.node.Get(key); v != nil && s != root {
				p.errorf(v, "%s speaks of the whole body: it belongs to the root of the schema", key)
			}
		}
		for _, known := range s.known {
			if strings.Contains(known.Text, "|") {
				p.errorf(&known, "a known value cannot hold %q, the documents' notation for a choice; list each value by itself", "|")
			}
		}
		if s.variant != "" {
			p.variant(s)
		}
	})
}

// variant refuses a branch that says more than which keys are present: a type in
// one form would let the other form's wrong types pass.
func (p *schemaParser) variant(branch *schema) {
	if branch.parent == nil || !slices.Contains(branch.parent.anyOf, branch) {
		p.errorf(branch.node.Get("x-variant"), "x-variant names a branch of anyOf, and this schema is none")
	}
	branch.walk(func(s *schema) {
		for i := range s.node.Members {
			switch m := &s.node.Members[i]; m.Key {
			case "x-variant", "x-source", "title", "description", "required", "properties", "not", "anyOf", "allOf":
			default:
				p.errorf(&document.Node{Start: m.KeyStart}, "form %q holds %s; a form says only which keys are present, the rest stands in the base schema", branch.variant, m.Key)
			}
		}
	})
}
