package callspec

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// UnmarshalNode reads {status, header, and one of json, text, empty, media}.
func (a *response) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var declared struct {
		document.Remarks
		Status int                             `key:"status,required" min:"200" max:"599"`
		Header document.Mapping[document.Node] `key:"headers" was:"header"`
		JSON   *document.Node                  `key:"json"`
		Text   *document.Node                  `key:"text"`
		Empty  bool                            `key:"empty" oneof:"true"`
		Media  bool                            `key:"media" oneof:"true"`
	}
	if !d.Decode(n, &declared) {
		return
	}
	a.status, a.media = declared.Status, declared.Media
	switch d.OneKey(n, "json", "text", "empty", "media") {
	case "json":
		a.contentType = jsonType
		a.body = (&replyDecoder{d, a}).piece(declared.JSON, false)
	case "text":
		a.contentType, a.plain = textType, true
		a.body = text{(&replyDecoder{d, a}).template(declared.Text)}
	}
	for _, one := range declared.Header.Each {
		if strings.EqualFold(one.Name, "Content-Type") {
			a.contentType = one.Value.Text
			continue
		}
		a.header = append(a.header, [2]string{one.Name, one.Value.Text})
	}
}

// A replyDecoder decodes the parts of a response.
type replyDecoder struct {
	*document.Decoder
	response *response
}

// piece decodes a part of a JSON response. Within reports whether it is inside a $each.
func (p *replyDecoder) piece(n *document.Node, within bool) node {
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

func (p *replyDecoder) leaf(n *document.Node) node {
	t := p.template(n)
	if name, format, ok := t.Single(); ok {
		return single{name, format, strings.HasPrefix(n.Text, "{{"+name+"?")}
	}
	if !strings.Contains(n.Text, "{{") {
		return literal(value.AppendString(nil, n.Text))
	}
	return text{t}
}

// template reads one. A response has no randomness of its own, so that the same call is
// always has the same response.
func (p *replyDecoder) template(n *document.Node) value.Template {
	t, err := value.ParseTemplate(n.Text)
	switch {
	case err != nil:
		p.Errorf(n, "%v", err)
	case n.Kind != document.String:
		p.Errorf(n, "expected a string, found %s", n.Describe())
	case strings.Contains(n.Text, "{{random"):
		p.Errorf(n, "random is not allowed in a response; write {{request.id}}")
	}
	return t
}

// A declaredDirective has the keys of the directives in a json reply.
type declaredDirective struct {
	Each    *document.Node `key:"$each"`
	As      *document.Node `key:"$as"`
	Or      *document.Node `key:"$or"`
	Split   *document.Node `key:"$split"`
	Words   *document.Node `key:"$translate" was:"$words"`
	Request *document.Node `key:"$request"`
}

func (p *replyDecoder) directive(n *document.Node, within bool) node {
	var declared declaredDirective
	if !p.Decode(n, &declared) {
		return literal("null")
	}
	keys := n.Keys()
	slices.Sort(keys)
	switch strings.Join(keys, " ") {
	case "$as $each":
		if within {
			p.Errorf(n, "$each is not allowed within another")
		}
		return forEach{p.Enum(declared.Each, elements()...), p.piece(declared.As, true)}
	case "$or":
		var parts []document.Node
		p.Decode(declared.Or, &parts)
		var all choice
		for i := range parts {
			all = append(all, p.piece(&parts[i], within))
		}
		return all
	case "$as $translate":
		w := translation{p.template(declared.Words), map[string]string{}}
		var words document.Mapping[document.Node]
		p.Decode(declared.As, &words)
		for _, one := range words.Each {
			w.values[one.Name] = one.Value.Text
		}
		return w
	case "$request":
		var s source
		if p.Decode(declared.Request, &s) && s.from == "path" {
			p.response.pathEchoes = append(p.response.pathEchoes, document.Located[string]{Value: s.name, Node: declared.Request})
		}
		return echo{s}
	case "$split":
		return split{p.template(declared.Split)}
	}
	p.Errorf(n, "expected {$each: …, $as: …}, {$translate: …, $as: …}, {$or: […]}, {$split: …} or {$request: …}; found %s", strings.Join(n.Keys(), ", "))
	return literal("null")
}
