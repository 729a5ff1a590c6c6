package jsonschema_test

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
)

// A schemaMaker makes random schemas and values over a few keys and values, so that keywords meet.
type schemaMaker struct {
	*prng.Source
	keywords []string
	// targets are the references that are allowed; one below $defs refers to later ones only.
	targets []string
}

// root is a random schema that has a keyword.
func (m *schemaMaker) root(keyword string) []byte {
	const depth = 3
	m.targets = []string{"second"}
	first := m.schema(depth-1, m.some(keyword))
	m.targets = nil
	second := m.schema(depth-1, m.some(keyword))
	m.targets = []string{"first", "second"}
	s := m.schema(depth, keyword)
	s["x-source"], s["x-placeholder"] = "random", []string{"WORD"}
	s["$defs"] = map[string]any{"first": first, "second": second}
	source, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return source
}

// some is the keyword, or any other.
func (m *schemaMaker) some(keyword string) string {
	if m.Bool(500) {
		return keyword
	}
	return m.pick(m.keywords...)
}

func (m *schemaMaker) pick(words ...string) string { return words[m.IntN(len(words))] }

func (m *schemaMaker) schema(depth int, keywords ...string) map[string]any {
	s := map[string]any{}
	for range m.IntN(4) {
		keywords = append(keywords, m.pick(m.keywords...))
	}
	for _, keyword := range keywords {
		m.keyword(s, keyword, depth)
	}
	return s
}

func (m *schemaMaker) below(depth int) map[string]any {
	if depth <= 0 {
		return map[string]any{"type": m.types()}
	}
	return m.schema(depth - 1)
}

func (m *schemaMaker) belowOrBool(depth int) any {
	if m.Bool(300) {
		return m.Bool(500)
	}
	return m.below(depth)
}

func (m *schemaMaker) list(depth int) []any {
	return []any{m.below(depth), m.below(depth)}
}

func (m *schemaMaker) types() any {
	all := []string{"string", "integer", "number", "boolean", "object", "array", "null", "object", "array", "string"}
	if first, second := m.pick(all...), m.pick(all...); m.Bool(300) && first != second {
		return []string{first, second}
	}
	return m.pick(all...)
}

// keyword adds a keyword to a schema, with those that it needs.
func (m *schemaMaker) keyword(s map[string]any, keyword string, depth int) {
	switch keyword {
	case "type":
		s[keyword] = m.types()
	case "const":
		delete(s, "enum")
		s[keyword] = m.value(1).Any()
	case "enum":
		delete(s, "const")
		s[keyword] = []any{m.value(1).Any(), m.value(0).Any()}
	case "x-extensible-enum", "x-placeholder":
		s["x-extensible-enum"] = []string{"x", "xx"}
		s["type"] = []string{"string", "null"}[:1+m.IntN(2)]
	case "x-variant":
		s["anyOf"] = []any{
			map[string]any{"x-variant": "one", "required": []string{"a"}},
			map[string]any{"x-variant": m.pick("two", "one"), "required": []string{"b"}, "not": map[string]any{"required": []string{"c"}}},
		}
	case "properties":
		s[keyword] = map[string]any{"a": m.below(depth), "b": m.below(depth)}
	case "patternProperties":
		s[keyword] = map[string]any{"^a": m.below(depth), "c": m.below(depth)}
	case "dependentSchemas":
		s[keyword] = map[string]any{m.pick("a", "b"): m.below(depth)}
	case "dependentRequired":
		s[keyword] = map[string]any{m.pick("a", "b"): []string{"c"}}
	case "required":
		s[keyword] = []string{m.pick("a", "b"), "c"}[:1+m.IntN(2)]
	case "additionalProperties", "items", "not":
		s[keyword] = m.below(depth)
	case "propertyNames", "unevaluatedProperties", "unevaluatedItems", "contains":
		s[keyword] = m.belowOrBool(depth)
	case "prefixItems", "anyOf", "oneOf", "allOf":
		s[keyword] = m.list(depth)
	case "if", "then", "else":
		s["if"], s["then"], s["else"] = m.below(depth), m.below(depth), m.below(depth)
		if keyword != "if" {
			delete(s, map[string]string{"then": "else", "else": "then"}[keyword])
		}
	case "minContains", "maxContains":
		s["contains"], s[keyword] = m.belowOrBool(depth), m.IntN(3)
	case "$ref", "$defs":
		if m.targets != nil {
			s["$ref"] = "#/$defs/" + m.pick(m.targets...)
		}
	case "uniqueItems":
		s[keyword] = true
	case "pattern":
		s[keyword] = m.pick("^x", "y$", "^.$")
	case "multipleOf":
		s[keyword] = json.Number(m.pick("2", "0.5", "1.5"))
	default: // a limit
		delete(s, exclusive(keyword)) // of two, ours reports the tighter one only
		s[keyword] = m.IntN(3)
	}
}

// exclusive is the exclusive limit of an inclusive one, and vice versa.
func exclusive(limit string) string {
	return map[string]string{
		"minimum": "exclusiveMinimum", "exclusiveMinimum": "minimum", "maximum": "exclusiveMaximum", "exclusiveMaximum": "maximum",
	}[limit]
}

// value is a random value.
func (m *schemaMaker) value(depth int) *document.Node {
	n := &document.Node{}
	kind := m.IntN(10)
	switch {
	case kind < 3 && depth > 0:
		n.Kind = document.Object
		for _, key := range []string{"a", "b", "c", "ab", "\u00e9"} {
			if m.Bool(500) {
				n.Members = append(n.Members, document.Member{Key: key, Value: *m.value(depth - 1)})
			}
		}
		if len(n.Members) > 1 && m.Bool(500) {
			slices.Reverse(n.Members)
		}
	case kind < 5 && depth > 0:
		n.Kind = document.Array
		for range m.IntN(4) {
			n.Items = append(n.Items, *m.value(depth - 1))
		}
	case kind < 7:
		*n = text(m.pick("", "x", "xx", "y", "xy", "x|y", "WORD", "\u00e9", "xxx", "a"))
	case kind < 9:
		*n = number(m.pick("0", "1", "2", "3", "1.0", "0.5", "-1", "2e0", "10", "1.5"))
	case m.Bool(500):
		*n = document.Node{Kind: document.Bool, Text: strconv.FormatBool(m.Bool(500))}
	}
	return n
}
