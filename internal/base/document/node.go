// Package document reads YAML and JSON into values with their positions, so that each error about a
// file has a line and column. No other package imports a YAML library or decodes a captured body.
//
// Read [Node] first, then [JSON] for bodies, [ReadYAML] for data files and [File] for errors.
package document

import (
	"encoding/json"
	"slices"
	"strings"
)

// Kind is the JSON type of a Node.
type Kind uint8

// The kinds. The zero Kind is Null.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

var kindNames = [...]string{"null", "boolean", "number", "string", "array", "object"}

// String returns the name that JSON Schema gives the type.
func (k Kind) String() string { return kindNames[k] }

// A Node is one value of a document.
type Node struct {
	Kind Kind
	// Text is the content of a String, and the source text of a Number or Bool.
	Text string
	// Members are the members of an Object in the order of the source, a
	// repeated key included.
	Members []Member
	// Items are the elements of an Array.
	Items []Node
	// Start and End are the byte offsets of the value in the source; the value
	// is source[Start:End]. In YAML, End equals Start.
	Start, End int
}

// A Member is one key of an Object and its value.
type Member struct {
	Key string
	// KeyStart is the byte offset of the key in the source.
	KeyStart int
	Value    Node
}

// Get returns the value of an object's key (of a repeated key the last, as in other parsers), or nil
// without the key and for a node that is not an object.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := len(n.Members) - 1; i >= 0; i-- {
		if n.Members[i].Key == key {
			return &n.Members[i].Value
		}
	}
	return nil
}

// Keys returns the keys of an object in the order of the source.
func (n *Node) Keys() []string {
	keys := make([]string, len(n.Members))
	for i, m := range n.Members {
		keys[i] = m.Key
	}
	return keys
}

// Elements returns the elements of an array; nil for any other node, and for nil.
func (n *Node) Elements() []Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// At returns the node that the tokens of a JSON Pointer lead to, or nil.
func (n *Node) At(tokens []string) *Node {
	for _, token := range tokens {
		if n = n.child(token); n == nil {
			return nil
		}
	}
	return n
}

func (n *Node) child(token string) *Node {
	if n.Kind == Object {
		return n.Get(token)
	}
	if i, ok := Index(token); ok && n.Kind == Array && i < len(n.Items) {
		return &n.Items[i]
	}
	return nil
}

// Put sets the value at the keys of an object, and makes the objects on the path. keyStart is the offset
// of the key.
func (n *Node) Put(path []string, keyStart int, value Node) {
	for i, key := range path {
		below := n.Get(key)
		if below == nil {
			n.Members = append(n.Members, Member{Key: key, KeyStart: keyStart, Value: Node{Kind: Object, Start: value.Start, End: value.End}})
			below = &n.Members[len(n.Members)-1].Value
		}
		if i == len(path)-1 {
			*below = value
		}
		n = below
	}
}

// Nearest returns the deepest node on the path of the tokens, and its depth: the position for errors
// about something missing.
func (n *Node) Nearest(tokens []string) (*Node, int) {
	for i, token := range tokens {
		next := n.child(token)
		if next == nil {
			return n, i
		}
		n = next
	}
	return n, len(tokens)
}

// Count returns the number of values in a node, itself included.
func (n *Node) Count() int {
	count := 1
	for i := range n.Items {
		count += n.Items[i].Count()
	}
	for i := range n.Members {
		count += n.Members[i].Value.Count()
	}
	return count
}

// KeyStart returns the offset of the key at the end of the tokens; for an array's element, and for
// an absent key, the offset of the parent.
func (n *Node) KeyStart(tokens []string) int {
	if len(tokens) == 0 {
		return n.Start
	}
	last := tokens[len(tokens)-1]
	around, _ := n.Nearest(tokens[:len(tokens)-1])
	for _, v := range slices.Backward(around.Members) {
		if v.Key == last {
			return v.KeyStart
		}
	}
	return around.Start
}

// Any returns the value as encoding/json would decode it into an any with
// UseNumber. Of a repeated key the last value counts.
func (n *Node) Any() any {
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case Array:
		items := make([]any, len(n.Items))
		for i := range n.Items {
			items[i] = n.Items[i].Any()
		}
		return items
	case Object:
		members := make(map[string]any, len(n.Members))
		for i := range n.Members {
			members[n.Members[i].Key] = n.Members[i].Value.Any()
		}
		return members
	}
	return nil
}

// Equal reports whether two nodes are the same JSON value, numbers compared by
// their text and objects without regard to order. Of a repeated key the last
// value counts.
func (n *Node) Equal(other *Node) bool {
	if n.Kind != other.Kind || n.Text != other.Text {
		return false
	}
	for i := range other.Members {
		if n.Get(other.Members[i].Key) == nil {
			return false
		}
	}
	for i := range n.Members {
		value := &n.Members[i].Value
		if value != n.Get(n.Members[i].Key) {
			continue
		}
		if twin := other.Get(n.Members[i].Key); twin == nil || !value.Equal(twin) {
			return false
		}
	}
	return slices.EqualFunc(n.Items, other.Items, func(a, b Node) bool { return a.Equal(&b) })
}

// Compact renders the value as JSON on one line: strings are quoted, and a text of more than maxCount
// characters ends in "…".
func (n *Node) Compact(maxCount int) string {
	var b strings.Builder
	n.compact(&b, maxCount)
	return Shorten(b.String(), maxCount)
}

// Shorten truncates a text to maxCount characters; the last is then "…".
func Shorten(text string, maxCount int) string {
	if len(text) <= maxCount {
		return text
	}
	runes := []rune(text)
	if len(runes) <= maxCount {
		return text
	}
	return string(runes[:maxCount-1]) + "…"
}

func (n *Node) compact(b *strings.Builder, maxCount int) {
	if b.Len() > 4*maxCount {
		return
	}
	switch n.Kind {
	case Null:
		b.WriteString("null")
	case Bool, Number:
		b.WriteString(n.Text)
	case String:
		b.WriteString(Quote(Shorten(n.Text, maxCount)))
	case Array:
		b.WriteByte('[')
		for i := range n.Items {
			separate(b, i)
			n.Items[i].compact(b, maxCount)
		}
		b.WriteByte(']')
	case Object:
		b.WriteByte('{')
		for i := range n.Members {
			separate(b, i)
			b.WriteString(Quote(n.Members[i].Key))
			b.WriteString(": ")
			n.Members[i].Value.compact(b, maxCount)
		}
		b.WriteByte('}')
	}
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteString(", ")
	}
}

// Quote writes a text as a JSON string, with <, > and & left readable.
func Quote(text string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Unique returns the value without the members that a repeated key overrides: of a repeated key, the
// last value counts. It returns n itself if no key is repeated.
func (n *Node) Unique() *Node {
	if !n.repeats() {
		return n
	}
	kept := *n
	kept.Items, kept.Members = nil, nil
	for i := range n.Items {
		kept.Items = append(kept.Items, *n.Items[i].Unique())
	}
	seen := make(map[string]int, len(n.Members))
	for i := range n.Members {
		seen[n.Members[i].Key] = i
	}
	for i, m := range n.Members {
		if seen[m.Key] == i {
			m.Value = *m.Value.Unique()
			kept.Members = append(kept.Members, m)
		}
	}
	return &kept
}

// repeats reports whether an object in the value has a repeated key.
func (n *Node) repeats() bool {
	for i := range n.Items {
		if n.Items[i].repeats() {
			return true
		}
	}
	var seen map[string]bool
	for i := range n.Members {
		m := &n.Members[i]
		if repeated(n.Members[:i], m.Key, &seen) || m.Value.repeats() {
			return true
		}
	}
	return false
}
