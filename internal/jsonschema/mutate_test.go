package jsonschema_test

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// A mutator changes bodies of one schema.
type mutator struct {
	schemas []*jsonschema.Schema
	keys    []string
	values  []document.Node // that the schema lists, and some of each type
}

func newMutator(root *jsonschema.Schema) mutator {
	m := mutator{keys: []string{"", "extra", "a/b", "~", "%2F"}, values: plainValues()}
	root.Walk(func(s *jsonschema.Schema) {
		m.schemas = append(m.schemas, s)
		m.values = append(append(m.values, s.Values...), s.Known...)
		for _, p := range s.Properties {
			m.keys = append(m.keys, p.Name)
		}
	})
	for _, word := range root.Placeholders {
		m.values = append(m.values, text(word))
	}
	return m
}

func text(s string) document.Node { return document.Node{Kind: document.String, Text: s} }

func number(s string) document.Node { return document.Node{Kind: document.Number, Text: s} }

// plainValues are values of each type, with those that implementations differ in.
func plainValues() []document.Node {
	values := []document.Node{
		{}, {Kind: document.Bool, Text: "true"}, {Kind: document.Bool, Text: "false"}, {Kind: document.Array}, {Kind: document.Object},
		{Kind: document.Object, Members: []document.Member{{Key: "", Value: number("1")}}},
	}
	for _, s := range []string{"0", "-0", "1", "1.0", "10e-1", "1e2", "1.5", "-1", "12345678901234567890", "0.1e1"} {
		values = append(values, number(s))
	}
	for _, s := range []string{"", "1", "text", "sent|delivered", "null", "\u00e9\U0001f600", strings.Repeat("x", 50)} {
		values = append(values, text(s))
	}
	return values
}

// mutate returns a copy of a body with one or two changes.
func (m *mutator) mutate(source *prng.Source, body *document.Node) document.Node {
	changed := clone(body)
	for range 1 + source.IntN(2) {
		m.change(source, &changed)
	}
	return *changed.Unique()
}

func (m *mutator) change(source *prng.Source, body *document.Node) {
	nodes := nodesOf(body)
	n := nodes[source.IntN(len(nodes))]
	switch source.IntN(14) {
	case 0, 1:
		*n = m.value(source)
	case 2:
		other := nodes[source.IntN(len(nodes))]
		a, b := clone(n), clone(other) // one may be in the other
		*n = b
		*other = a
	case 3:
		*n = clone(nodes[source.IntN(len(nodes))])
	case 4, 5:
		m.remove(source, n)
	case 6:
		if len(n.Members) > 0 {
			n.Members[source.IntN(len(n.Members))].Key = m.key(source)
		}
	case 7, 8, 12, 13:
		m.add(source, n)
	case 9:
		retype(n)
	case 10:
		if *n = (document.Node{Kind: document.Array, Items: []document.Node{clone(n)}}); source.Bool(500) {
			*n = document.Node{Kind: document.Object, Members: []document.Member{{Key: m.key(source), Value: n.Items[0]}}}
		}
	case 11:
		if n.Kind == document.String {
			n.Text += []string{"|x", " ", "\x00", "s"}[source.IntN(4)]
		}
	}
}

func (m *mutator) key(source *prng.Source) string { return m.keys[source.IntN(len(m.keys))] }

// value is one of the values, or one that a part of the schema describes.
func (m *mutator) value(source *prng.Source) document.Node {
	if source.Bool(300) {
		return sampleOf(source, m.schemas[source.IntN(len(m.schemas))])
	}
	return clone(&m.values[source.IntN(len(m.values))])
}

func (m *mutator) remove(source *prng.Source, n *document.Node) {
	if len(n.Members) > 0 {
		i := source.IntN(len(n.Members))
		n.Members = slices.Delete(n.Members, i, i+1)
	}
	if len(n.Items) > 0 {
		i := source.IntN(len(n.Items))
		n.Items = slices.Delete(n.Items, i, i+1)
	}
}

// add adds a key or an element; an element may repeat another, many times.
func (m *mutator) add(source *prng.Source, n *document.Node) {
	switch n.Kind {
	case document.Object:
		n.Members = append(n.Members, document.Member{Key: m.key(source), Value: m.value(source)})
	case document.Array:
		if len(n.Items) == 0 || source.Bool(500) {
			n.Items = append(n.Items, m.value(source))
			return
		}
		times := 1
		if source.Bool(100) {
			times = 70 // more than a word of a set has bits
		}
		repeated := n.Items[source.IntN(len(n.Items))]
		for range times {
			n.Items = append(n.Items, clone(&repeated))
		}
	}
}

// retype writes a number as a text, and anything else as a number.
func retype(n *document.Node) {
	if n.Kind == document.Number {
		*n = text(n.Text)
		return
	}
	*n = number("1.0")
}

// nodesOf are all values in a value, itself first.
func nodesOf(n *document.Node) []*document.Node {
	all := []*document.Node{n}
	for i := range n.Members {
		all = append(all, nodesOf(&n.Members[i].Value)...)
	}
	for i := range n.Items {
		all = append(all, nodesOf(&n.Items[i])...)
	}
	return all
}

func clone(n *document.Node) document.Node {
	c := *n
	c.Members, c.Items = slices.Clone(n.Members), slices.Clone(n.Items)
	for i := range c.Members {
		c.Members[i].Value = clone(&c.Members[i].Value)
	}
	for i := range c.Items {
		c.Items[i] = clone(&c.Items[i])
	}
	return c
}

// sampleOf makes a value that the simple keywords of a schema allow; it is often valid.
func sampleOf(source *prng.Source, s *jsonschema.Schema) document.Node {
	var types []string
	var listed []document.Node
	var properties []jsonschema.Property
	var required []string
	var element *jsonschema.Schema
	count, length := 0, 0
	visit := func(a *jsonschema.Schema) {
		types, listed = append(types, a.Types...), append(append(listed, a.Values...), a.Known...)
		properties, required = append(properties, a.Properties...), append(required, a.Required...)
		if next := a.Element(len(a.Prefix)); next != nil {
			element = next
		}
		count = max(count, a.MinItems)
		if a.Bounds != nil {
			length = max(length, a.Bounds.MinLength)
		}
	}
	s.Always(func(a *jsonschema.Schema) {
		visit(a)
		for _, list := range [][]*jsonschema.Schema{a.AnyOf, a.OneOf} {
			if len(list) > 0 {
				list[source.IntN(len(list))].Always(visit)
			}
		}
	})
	if len(listed) > 0 {
		return clone(&listed[source.IntN(len(listed))])
	}
	if types == nil && properties != nil {
		types = []string{"object"}
	}
	if types == nil {
		types = []string{"string"}
	}
	switch types[source.IntN(len(types))] {
	case "object":
		return *sampleObject(source, properties, required).Unique()
	case "array":
		n := document.Node{Kind: document.Array}
		for range max(count, source.IntN(3)) {
			if element != nil {
				n.Items = append(n.Items, sampleOf(source, element))
			}
		}
		return n
	case "integer", "number":
		return number("1")
	case "boolean":
		return document.Node{Kind: document.Bool, Text: "true"}
	case "null":
		return document.Node{}
	}
	return text(strings.Repeat("text ", 1+length/len("text ")))
}

func sampleObject(source *prng.Source, properties []jsonschema.Property, required []string) *document.Node {
	n := &document.Node{Kind: document.Object}
	for _, p := range properties {
		if slices.Contains(required, p.Name) || source.Bool(500) {
			n.Members = append(n.Members, document.Member{Key: p.Name, Value: sampleOf(source, p.Schema)})
		}
	}
	return n
}
