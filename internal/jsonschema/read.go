package jsonschema

import (
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func (p *parser) types(v *document.Node) []string {
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
		if slices.Contains(names, list[i].Text) {
			p.errorf(&list[i], "%q is in the list twice; leave out one of the two", list[i].Text)
		}
		names = append(names, list[i].Text)
	}
	return names
}

func (p *parser) bool(v *document.Node) bool {
	if v.Kind != document.Bool {
		p.errorf(v, "expected true or false, found %s", v.Describe())
	}
	return v.Text == "true"
}

func (p *parser) text(v *document.Node) string {
	if v.Kind != document.String {
		p.errorf(v, "expected a string, found %s", v.Describe())
		return ""
	}
	return v.Text
}

func (p *parser) nonEmptyText(v *document.Node) string {
	if v.Kind == document.String && v.Text == "" {
		p.errorf(v, "expected a string that is not empty")
	}
	return p.text(v)
}

func (p *parser) list(v *document.Node) []document.Node {
	if v.Kind != document.Array || len(v.Items) == 0 {
		p.errorf(v, "expected a list with at least one entry, found %s", v.Describe())
	}
	return v.Items
}

func (p *parser) texts(v *document.Node) []string {
	if v.Kind != document.Array {
		p.errorf(v, "expected a list of strings, found %s", v.Describe())
	}
	texts := make([]string, 0, len(v.Items))
	for i := range v.Items {
		texts = append(texts, p.text(&v.Items[i]))
	}
	return texts
}

// distinct reads a list of strings that differ.
func (p *parser) distinct(v *document.Node) []string {
	texts := p.texts(v)
	for i, text := range texts {
		if slices.Contains(texts[:i], text) {
			p.errorf(&v.Items[i], "%q is in the list twice; leave out one of the two", text)
		}
	}
	return texts
}

func (p *parser) namedSchemas(v *document.Node, parent *Schema, pointer string) []Property {
	if v.Kind != document.Object {
		p.errorf(v, "expected a mapping of schemas, found %s", v.Describe())
	}
	list := make([]Property, 0, len(v.Members))
	for i := range v.Members {
		name := v.Members[i].Key
		if name == "" {
			p.errorf(&v.Members[i].Value, "property has no name")
		}
		list = append(list, Property{name, p.schema(&v.Members[i].Value, parent, pointer+document.Pointer(name))})
	}
	return list
}

func (p *parser) schemas(v *document.Node, parent *Schema, pointer string) []*Schema {
	list := make([]*Schema, 0, len(v.Items))
	for i, n := range p.list(v) {
		list = append(list, p.schema(&n, parent, pointer+"/"+strconv.Itoa(i)))
	}
	return list
}

const (
	maxPattern = 1 << 10
	// largestPattern limits the compiled program: the cost is its size times the length of the
	// string, and matching can't be interrupted.
	largestPattern = 500
)

// pattern reads a regular expression; nil if it is invalid.
func (p *parser) pattern(v *document.Node) *regexp.Regexp {
	text := p.text(v)
	if len(text) > maxPattern {
		p.errorf(v, "pattern has %d bytes; the limit is %d", len(text), maxPattern)
		return nil
	}
	expression, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		p.errorf(v, "read pattern: %v", err)
		return nil
	}
	program, err := syntax.Compile(expression.Simplify())
	if err != nil || len(program.Inst) > largestPattern {
		p.errorf(v, "pattern is too complex: it compiles to more than %d instructions; use fewer repetitions", largestPattern)
		return nil
	}
	compiled, err := regexp.Compile(text)
	if err != nil {
		p.errorf(v, "read pattern: %v", err)
	}
	return compiled
}

// count reads a whole number that is not negative.
func (p *parser) count(v *document.Node) int {
	if v.Kind == document.Number {
		if r := rational(v.Text); r != nil && r.IsInt() && r.Sign() >= 0 && r.Num().IsInt64() {
			return int(r.Num().Int64())
		}
	}
	p.errorf(v, "expected a whole number, found %s", v.Describe())
	return 0
}
