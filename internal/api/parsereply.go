package api

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// piece reads a part of a json reply. Within says that a $each is around it.
func (p *parser) piece(n *document.Node, within bool) piece {
	switch n.Kind {
	case document.Null:
		return literal("null")
	case document.Bool, document.Number:
		return literal(n.Text)
	case document.String:
		return p.leaf(n)
	case document.Array:
		var all array
		for i := range n.Items {
			all = append(all, p.piece(&n.Items[i], within))
		}
		return all
	}
	for i := range n.Members {
		if strings.HasPrefix(n.Members[i].Key, "$") {
			return p.directive(n, within)
		}
	}
	all := object{}
	for i := range n.Members {
		m := &n.Members[i]
		all = append(all, member{string(value.AppendString(nil, m.Key)) + ":", p.piece(&m.Value, within)})
	}
	return all
}

func (p *parser) leaf(n *document.Node) piece {
	t := p.template(n)
	if name, spelling, ok := t.Single(); ok {
		return single{name, spelling, strings.HasPrefix(n.Text, "{{"+name+"?")}
	}
	if !strings.Contains(n.Text, "{{") {
		return literal(value.AppendString(nil, n.Text))
	}
	return text{t}
}

// template reads one; an answer has no chance of its own, so that a call can be
// answered again as it was.
func (p *parser) template(n *document.Node) value.Template {
	t, err := value.ParseTemplate(n.Text)
	switch {
	case err != nil:
		p.wrong(n, "%v", err)
	case n.Kind != document.String:
		p.wrong(n, "expected a text, found %s", n.Describe())
	case strings.Contains(n.Text, "{{random"):
		p.wrong(n, "an answer has no random; write {{request.id}}")
	}
	return t
}

func directives() []string { return []string{"$each", "$as", "$or", "$split", "$words", "$request"} }

func (p *parser) directive(n *document.Node, within bool) piece {
	if err := p.file.Known(n, directives()...); err != nil {
		p.problems = append(p.problems, apart(err)...)
		return literal("null")
	}
	keys := n.Keys()
	slices.Sort(keys)
	switch strings.Join(keys, " ") {
	case "$as $each":
		if within {
			p.wrong(n, "a $each cannot stand within another")
		}
		name := n.Get("$each")
		p.oneOf(name, "list", elements()...)
		return forEach{name.Text, p.piece(n.Get("$as"), true)}
	case "$or":
		v := n.Get("$or")
		var all choice
		if p.expect(v, document.Array, "a list, of which the first counts that has a value") {
			for i := range v.Items {
				all = append(all, p.piece(&v.Items[i], within))
			}
		}
		return all
	case "$as $words":
		w := wording{p.template(n.Get("$words")), map[string]string{}}
		p.members(n.Get("$as"), func(m *document.Member) { w.words[m.Key] = m.Value.Text })
		return w
	case "$request":
		v := n.Get("$request")
		s := p.source(&API{}, v, nil)
		if s.from == "path" && !slices.Contains(p.variables, s.name) {
			p.wrong(v, "the path has no variable %s; %s", document.Quote(s.name), document.OneOf(s.name, p.variables))
		}
		return echo{s}
	case "$split":
		return split{p.template(n.Get("$split"))}
	}
	p.wrong(n, "expected {$each: …, $as: …}, {$words: …, $as: …}, {$or: […]}, {$split: …} or {$request: …}; found %s", strings.Join(n.Keys(), ", "))
	return literal("null")
}
