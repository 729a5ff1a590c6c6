package api

import (
	"maps"
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/document"
)

// What every part of the file is read with.

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (p *parser) wrong(n *document.Node, format string, args ...any) {
	p.problems = append(p.problems, p.file.Errorf(n, format, args...))
}

// keyOf is the place of a key, to complain about.
func keyOf(m *document.Member) *document.Node { return &document.Node{Start: m.KeyStart} }

// The remarks that may stand in any mapping.
func remarks() []string { return []string{"source", "assumed", "note"} }

// keys complains about unknown keys. It reports whether n is a mapping and has none.
func (p *parser) keys(n *document.Node, known ...string) bool {
	err := p.file.Known(n, append(known, remarks()...)...)
	if err != nil {
		p.problems = append(p.problems, apart(err)...)
	}
	p.remarks(n)
	return err == nil
}

func (p *parser) remarks(n *document.Node) {
	for _, key := range []string{"source", "note"} {
		if v := n.Get(key); v != nil {
			p.text(v)
		}
	}
	if v := n.Get("assumed"); v != nil && (v.Kind != document.Bool || v.Text != "true") {
		p.wrong(v, "assumed is true or absent, found %s", v.Describe())
	}
}

// members visits a mapping's entries, but not what is said about the mapping itself.
func (p *parser) members(n *document.Node, visit func(m *document.Member)) {
	if n == nil || !p.expect(n, document.Object, "a mapping") {
		return
	}
	p.remarks(n)
	for i := range n.Members {
		if m := &n.Members[i]; !slices.Contains(remarks(), m.Key) {
			visit(m)
		}
	}
}

func (p *parser) expect(n *document.Node, kind document.Kind, what string) bool {
	if n.Kind != kind {
		p.wrong(n, "expected %s, found %s", what, n.Describe())
	}
	return n.Kind == kind
}

func (p *parser) must(n *document.Node, key string) *document.Node {
	v := n.Get(key)
	if v == nil {
		p.wrong(n, "key %q is missing", key)
	}
	return v
}

func (p *parser) text(n *document.Node) string {
	if n.Kind != document.String || n.Text == "" {
		p.wrong(n, "expected a text, found %s", n.Describe())
		return ""
	}
	return n.Text
}

func (p *parser) texts(n *document.Node) []string {
	if n == nil || !p.expect(n, document.Array, "a list of texts") {
		return nil
	}
	var all []string
	for i := range n.Items {
		all = append(all, p.text(&n.Items[i]))
	}
	return all
}

// oneOf complains about what is none of the known words.
func (p *parser) oneOf(n *document.Node, what string, known ...string) {
	if n.Kind != document.String || !slices.Contains(known, n.Text) {
		p.wrong(n, "unknown %s %s; %s", what, n.Compact(longestWord), document.OneOf(n.Text, known))
	}
}

func (p *parser) status(n *document.Node) int {
	code, err := strconv.Atoi(n.Text)
	if err != nil || n.Kind != document.Number || code < 200 || code > 599 {
		p.wrong(n, "expected a status from 200 to 599, found %s", n.Describe())
	}
	return code
}

// apart takes joined errors apart.
func apart(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
