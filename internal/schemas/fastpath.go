package schemas

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/document"
)

// A quick is a schema that is compiled to say of most bodies that they are valid,
// in a fraction of the time that v5 takes. It never says that a body is invalid: then,
// and wherever it is not sure, v5 is asked.
type fastPath struct {
	unsure bool // there is a keyword that it does not know

	types              []string
	values             []document.Node
	required           []string
	properties         map[string]*fastPath
	additional, items  *fastPath
	minItems, maxItems int // -1 for no limit
	minLength          int
	anyOf              []*fastPath
	condition          *fastPath // if
	then, otherwise    *fastPath
}

// An answer is what a quick says.
type fastResult uint8

const (
	unsure fastResult = iota // v5 knows
	yes
	no
)

// fastKeywords are the keywords that a quick knows, or that say nothing of validity.
func fastKeywords() []string {
	return []string{
		"type", "const", "enum", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "anyOf", "minLength", "if", "then", "else",
		"title", "description", "x-source", "$schema",
	}
}

func newFastPath(s *schema) *fastPath {
	if s == nil {
		return nil
	}
	q := &fastPath{
		types: s.types, values: s.discriminators, required: s.required, properties: map[string]*fastPath{},
		additional: newFastPath(s.additional), items: newFastPath(s.items), minItems: s.minItems, maxItems: -1,
		condition: newFastPath(s.condition), then: newFastPath(s.then), otherwise: newFastPath(s.otherwise),
	}
	q.unsure = slices.ContainsFunc(s.node.Keys(), func(key string) bool { return !slices.Contains(fastKeywords(), key) }) || s.node.Kind != document.Object
	for _, p := range s.properties {
		q.properties[p.name] = newFastPath(p.schema)
	}
	for _, branch := range s.anyOf {
		q.anyOf = append(q.anyOf, newFastPath(branch))
	}
	q.maxItems = q.number(s, "maxItems", -1)
	q.minLength = q.number(s, "minLength", 0)
	return q
}

// number reads a limit; one that is odd makes the quick unsure.
func (q *fastPath) number(s *schema, key string, fallback int) int {
	n := s.node.Get(key)
	if n == nil {
		return fallback
	}
	value, err := strconv.Atoi(n.Text)
	q.unsure = q.unsure || err != nil || value < 0
	return value
}

// judge says whether a value is valid.
func (q *fastPath) check(n *document.Node) fastResult {
	if q.unsure {
		return unsure
	}
	result := both(q.typed(n), q.valued(n))
	switch n.Kind {
	case document.Object:
		result = both(result, q.object(n))
	case document.Array:
		result = both(result, q.array(n))
	case document.String:
		if q.minLength > 0 && utf8.RuneCountInString(n.Text) < q.minLength {
			result = both(result, no)
		}
	}
	if len(q.anyOf) > 0 && result != no {
		result = both(result, q.any(n))
	}
	if q.condition != nil && result != no {
		result = both(result, q.branch(n))
	}
	return result
}

// both holds if two answers do.
func both(a, b fastResult) fastResult {
	switch {
	case a == no || b == no:
		return no
	case a == unsure || b == unsure:
		return unsure
	}
	return yes
}

func (q *fastPath) typed(n *document.Node) fastResult {
	if len(q.types) == 0 {
		return yes
	}
	if slices.Contains(q.types, typeName(n.Kind)) {
		return yes
	}
	if n.Kind == document.Number && slices.Contains(q.types, "integer") {
		if strings.ContainsAny(n.Text, ".eE") { // 1.0 is an integer, too
			return unsure
		}
		return yes
	}
	return no
}

func typeName(k document.Kind) string {
	switch k {
	case document.Null:
		return "null"
	case document.Bool:
		return "boolean"
	case document.Number:
		return "number"
	case document.String:
		return "string"
	case document.Array:
		return "array"
	}
	return "object"
}

func (q *fastPath) valued(n *document.Node) fastResult {
	if len(q.values) == 0 {
		return yes
	}
	if n.Kind != document.String { // 1 is 1.0
		return unsure
	}
	for i := range q.values {
		if v := &q.values[i]; v.Kind == document.String && v.Text == n.Text {
			return yes
		}
	}
	return no
}

func (q *fastPath) object(n *document.Node) fastResult {
	result := yes
	for i := range n.Members {
		key := n.Members[i].Key
		if key == "" || repeated(n.Members, i) { // what counts then is v5's to say
			return unsure
		}
		below := q.properties[key]
		if below == nil {
			below = q.additional
		}
		if below != nil {
			result = both(result, below.check(&n.Members[i].Value))
		}
	}
	for _, key := range q.required {
		if !slices.ContainsFunc(n.Members, func(m document.Member) bool { return m.Key == key }) {
			return no
		}
	}
	return result
}

// repeated reports whether a key stands before in the same object.
func repeated(members []document.Member, i int) bool {
	for j := range i {
		if members[j].Key == members[i].Key {
			return true
		}
	}
	return false
}

func (q *fastPath) array(n *document.Node) fastResult {
	if len(n.Items) < q.minItems || q.maxItems >= 0 && len(n.Items) > q.maxItems {
		return no
	}
	result := yes
	for i := range n.Items {
		if q.items != nil {
			result = both(result, q.items.check(&n.Items[i]))
		}
	}
	return result
}

// any holds if one of the branches does.
func (q *fastPath) any(n *document.Node) fastResult {
	result := no
	for _, branch := range q.anyOf {
		switch branch.check(n) {
		case yes:
			return yes
		case unsure:
			result = unsure
		}
	}
	return result
}

// branch holds if the one of then and else does that the condition chooses.
func (q *fastPath) branch(n *document.Node) fastResult {
	chosen := q.then
	switch q.condition.check(n) {
	case unsure:
		return unsure
	case no:
		chosen = q.otherwise
	}
	if chosen == nil {
		return yes
	}
	return chosen.check(n)
}
