package callspec

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A declaredResponse has the keys of a response.
type declaredResponse struct {
	document.Remarks
	Status int                             `key:"status,required" min:"200" max:"599"`
	Header document.Mapping[document.Node] `key:"headers" was:"header"`
	By     document.Located[source]        `key:"by"`
	Cases  document.Mapping[declaredBody]  `key:"cases,nonempty" want:"a mapping from a word of the request to json, text or xml"`
	JSON   *document.Node                  `key:"json"`
	Text   *document.Node                  `key:"text"`
	XML    *document.Node                  `key:"xml"`
	Empty  bool                            `key:"empty" oneof:"true"`
	Media  bool                            `key:"media" oneof:"true"`
}

// A declaredBody has the keys of another body of a response.
type declaredBody struct {
	document.Remarks
	JSON *document.Node `key:"json"`
	Text *document.Node `key:"text"`
	XML  *document.Node `key:"xml"`
}

// UnmarshalNode reads {status, header, and one of json, text, xml, empty, media}.
func (a *response) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var declared declaredResponse
	if !d.Decode(n, &declared) {
		return
	}
	a.status, a.media = declared.Status, declared.Media
	if key := d.OneKey(n, "json", "text", "xml", "empty", "media"); key != "empty" && key != "media" {
		a.decodeBody(d, key, declaredBody{JSON: declared.JSON, Text: declared.Text, XML: declared.XML})
	}
	switch by := declared.By; {
	case by.Node == nil && len(declared.Cases.Each) > 0:
		d.Errorf(n, "cases has no effect without by, the place of the word that chooses; add it")
	case by.Node != nil && len(declared.Cases.Each) == 0:
		d.Errorf(by.Node, "by has no effect without cases; add them")
	case by.Value.from == "each":
		d.Errorf(by.Node, "by chooses for the whole call; read the word from outside each")
	case by.Node != nil:
		a.by, a.cases = &by.Value, map[string]*response{}
	}
	for i := range declared.Cases.Each {
		one := &declared.Cases.Each[i]
		made := &response{status: a.status}
		made.decodeBody(d, d.OneKey(n.Get("cases").Get(one.Name), "json", "text", "xml"), one.Value)
		a.pathEchoes = append(a.pathEchoes, made.pathEchoes...)
		if one.Name != strings.ToLower(one.Name) {
			d.Errorf(one.Key, "write the word %s in lowercase; a request may have it in any case", document.Quote(one.Name))
		} else if a.cases != nil {
			a.cases[one.Name] = made
		}
	}
	for _, one := range declared.Header.Each {
		if strings.EqualFold(one.Name, "Content-Type") {
			a.contentType = one.Value.Text
			continue
		}
		a.header = append(a.header, [2]string{one.Name, one.Value.Text})
	}
}

// decodeBody reads the body of a response.
func (a *response) decodeBody(d *document.Decoder, key string, declared declaredBody) {
	p := &replyDecoder{d, a}
	switch key {
	case "json":
		a.contentType = jsonType
		a.body = p.piece(declared.JSON, false)
	case "text":
		a.contentType, a.plain = textType, true
		a.body = p.parts(declared.Text)
	case "xml":
		a.contentType, a.plain, a.xml = xmlType, true, true
		a.body = p.parts(declared.XML)
	}
}

// parts reads a template, or a list of templates and {$each: …, $as: …}.
func (p *replyDecoder) parts(n *document.Node) node {
	if n.Kind != document.Array {
		return text{p.template(n)}
	}
	var all parts
	for i := range n.Items {
		one := &n.Items[i]
		var declared declaredRepeat
		switch {
		case one.Kind != document.Object:
			all = append(all, text{p.template(one)})
		case p.Decode(one, &declared):
			all = append(all, repeat{p.Enum(declared.Each, elements()...), text{p.template(declared.As)}})
		}
	}
	return all
}

// A declaredRepeat has the keys of a part of a text that comes once for each of several.
type declaredRepeat struct {
	Each *document.Node `key:"$each,required"`
	As   *document.Node `key:"$as,required"`
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
	String  *document.Node `key:"$stringify"`
	Parse   *document.Node `key:"$parse"`
	Merge   *document.Node `key:"$merge"`
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
	case "$stringify":
		return stringified{p.piece(declared.String, within)}
	case "$parse":
		return parsed{p.template(declared.Parse)}
	case "$merge":
		var parts []document.Node
		p.Decode(declared.Merge, &parts)
		var all merged
		for i := range parts {
			all = append(all, p.piece(&parts[i], within))
		}
		return all
	}
	p.Errorf(n, "expected {$each: …, $as: …}, {$translate: …, $as: …}, {$or: […]}, {$split: …}, {$request: …}, {$stringify: …}, {$parse: …} or {$merge: […]}; found %s", strings.Join(n.Keys(), ", "))
	return literal("null")
}
