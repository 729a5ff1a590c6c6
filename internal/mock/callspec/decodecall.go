package callspec

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// codecNames are one codec, or a list of which a request has one.
type codecNames []string

func (c *codecNames) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind != document.Array {
		*c = codecNames{d.Enum(n, codecs()...)}
		return
	}
	for i := range n.Items {
		*c = append(*c, d.Enum(&n.Items[i], codecs()...))
	}
	if slices.Contains(*c, codecNone) && len(*c) > 1 {
		d.Errorf(n, "codec none excludes other codecs")
	}
}

// request is how a body is decoded and which schema it has.
func (p *parser) request(a *Operation, n *document.Node, declared declaredRequest) {
	if n == nil {
		return
	}
	a.codecs, a.inPlace, a.anyCase = declared.Codec, declared.JSON, declared.AnyCase
	for _, field := range declared.Either {
		if slices.Contains(a.inPlace, field.Value) {
			p.Errorf(field.Node, "field %s is in json, too; keep it in one of them", document.Quote(field.Value))
		}
		a.inPlace, a.textOrJSON = append(a.inPlace, field.Value), append(a.textOrJSON, field.Value)
	}
	schema := declared.Schema
	switch {
	case schema.Node == nil && a.codecs[0] != codecNone:
		p.Errorf(n, "missing key %q: use a file of the folder apis", "schema")
	case schema.Node == nil:
	case a.codecs[0] == codecNone:
		p.Errorf(schema.Node, "a request without a body has no schema")
	default:
		p.schemas[schema.Value] = true
		checker, err := p.provider.Checker(schema.Value)
		if err != nil {
			p.Errorf(schema.Node, "read %s: %v", document.Quote(schema.Value), err)
		}
		a.checker = checker
	}
}

// match reads the words by which a call is of an operation.
func (p *parser) match(a *Operation, declared document.Mapping[document.Node]) {
	for i := range declared.Each {
		one := &declared.Each[i]
		if !document.IsPointer(one.Name) || len(a.codecs) == 0 {
			p.Errorf(one.Key, "expected a JSON Pointer into the body of the request (for example /type), found %s", document.Quote(one.Name))
		}
		words := []document.Node{one.Value}
		if one.Value.Kind == document.Array {
			words = one.Value.Items
		}
		m := matchCase{tokens: document.Tokens(one.Name)}
		for j := range words {
			if words[j].Kind != document.String || words[j].Text != strings.ToLower(words[j].Text) {
				p.Errorf(&words[j], "expected a word in lowercase, which a request may have in any case; found %s", words[j].Describe())
			}
			m.words = append(m.words, words[j].Text)
		}
		a.match = append(a.match, m)
	}
}

// param is where the values of a call are.
func (p *parser) params(a *Operation, n *document.Node, declared *declaredCall) {
	if v := declared.Each; len(v) > 0 {
		if !slices.Contains(repeatable(), a.Command) {
			p.Errorf(v[0].Node, "each has no effect: the operation starts no scenario, and its command is for one only")
		}
		a.each = &each{}
		for _, place := range v {
			a.each.places = append(a.each.places, document.Tokens(place.Value))
		}
	}
	for i := range declared.Params.Each {
		a.params = append(a.params, p.param(a, &declared.Params.Each[i], declared.HTTP))
	}
	if a.Command == send && !slices.ContainsFunc(a.params, func(t param) bool { return t.name == "recipient.phone" }) {
		p.Errorf(n, "params has no recipient.phone, which an operation with starts needs; add one")
	}
}

// A declaredParam has the keys of one value; a value whose place is all that matters is
// written as that.
type declaredParam struct {
	document.Remarks
	From    *document.Node                  `key:"from"`
	As      document.Located[string]        `key:"format" was:"as"`
	Words   document.Mapping[document.Node] `key:"translate" was:"words"`
	Default *document.Node                  `key:"default"`
	Trim    document.Located[string]        `key:"trim,nonempty"`
}

// pointers are one JSON Pointer, or a list of them.
type pointers []document.Located[string]

// UnmarshalNode reads /recipient/to, or a list.
func (all *pointers) UnmarshalNode(d *document.Decoder, n *document.Node) {
	nodes := []document.Node{*n}
	if n.Kind == document.Array {
		nodes = n.Items
	}
	for i := range nodes {
		if !document.IsPointer(nodes[i].Text) || nodes[i].Kind != document.String {
			d.Errorf(&nodes[i], "expected a JSON Pointer (for example /recipient/to), found %s", nodes[i].Describe())
		}
		*all = append(*all, document.Located[string]{Value: nodes[i].Text, Node: &nodes[i]})
	}
	if len(nodes) == 0 {
		d.Errorf(n, "expected a JSON Pointer or a list of them, found an empty list")
	}
}

func (p *parser) param(a *Operation, one *document.Entry[document.Node], routes []httpRoute) param {
	t := param{name: one.Name, list: slices.Contains(lists(), one.Name)}
	kind, known := value.KindOf(one.Name)
	if one.Name == routeName {
		kind = value.Text
	} else if !known {
		p.Errorf(one.Key, "unknown value %s; %s", document.Quote(one.Name), document.OneOf(one.Name, append(value.Names(), routeName)))
		return t
	}
	declared := declaredParam{From: &one.Value}
	if one.Value.Kind == document.Object {
		declared.From = nil
		if !p.Decode(&one.Value, &declared) {
			return t
		}
		p.words(&t, declared.Words, one.Value.Get("translate") != nil)
		if t.trim = declared.Trim.Value; t.trim != "" && (declared.From == nil || t.list) {
			p.Errorf(declared.Trim.Node, "trim has no effect: %s is a list, or has no place", t.name)
		}
		p.fallback(&t, kind, declared.Default)
		if declared.From == nil && !t.hasFallback {
			p.Errorf(&one.Value, "missing key: from, default or both are required")
		}
	}
	var err error
	if t.format, err = value.ParseFormat(kind, declared.As.Value); err != nil {
		p.Errorf(declared.As.Node, "%v", err)
	}
	switch from := declared.From; {
	case from == nil:
	case from.Kind == document.Array:
		for i := range from.Items {
			t.sources = append(t.sources, p.source(a, &from.Items[i], routes))
		}
	default:
		t.sources = append(t.sources, p.source(a, from, routes))
	}
	t.perMessage = slices.ContainsFunc(t.sources, func(s source) bool { return s.from == "each" })
	if t.perMessage && (t.list || t.name == routeName) {
		p.Errorf(declared.From, "%s belongs to the whole call; read it from outside each", t.name)
	}
	return t
}

func (p *parser) words(t *param, declared document.Mapping[document.Node], given bool) {
	if !given {
		return
	}
	t.translations = map[string]string{}
	for i := range declared.Each {
		one := &declared.Each[i]
		t.translations[one.Name] = one.Value.Text
		if _, err := value.Read(t.kind(), one.Value.Text); err != nil {
			p.Errorf(&one.Value, "%s can't be %s", t.name, one.Value.Describe())
		}
	}
}

func (p *parser) fallback(t *param, kind value.Kind, n *document.Node) {
	if n == nil {
		return
	}
	t.fallback, t.hasFallback = n.Text, true
	if _, err := value.Read(kind, n.Text); err != nil || t.list {
		p.Errorf(n, "%s can't be %s", t.name, n.Describe())
	}
}

// source is one place of a request, checked against the paths of its call.
func (p *parser) source(a *Operation, n *document.Node, routes []httpRoute) source {
	var s source
	if !p.Decode(n, &s) {
		return s
	}
	switch {
	case s.from == "each" && a.each == nil:
		p.Errorf(n, "the operation has no each")
	case s.from == "path":
		for _, w := range routes {
			if !slices.Contains(variables(w.path), s.name) {
				p.Errorf(n, "%s has no variable %s; %s", w.path, document.Quote(s.name), document.OneOf(s.name, variables(w.path)))
			}
		}
	}
	return s
}

// UnmarshalNode reads a JSON Pointer, body, each, each/pointer, path.x, query.x or header.x.
func (s *source) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var text string
	if !d.Decode(n, &text) {
		return
	}
	from, name, dotted := strings.Cut(text, ".")
	switch {
	case strings.HasPrefix(text, "/"):
		*s = source{from: "body", tokens: document.Tokens(text)}
	case text == "body":
		*s = source{from: "body"}
	case text == "each" || strings.HasPrefix(text, "each/"):
		*s = source{from: "each", tokens: document.Tokens(strings.TrimPrefix(text, "each"))}
	case dotted && (from == "path" || from == "query" || from == "header"):
		*s = source{from: from, name: name}
	default:
		d.Errorf(n, "expected a source (for example /to, body, each, path.app, query.app or header.App), found %s", n.Describe())
	}
}

// sortErrorCases puts what is about the key before what is about the request, and both before the
// rest; a call's own lines before its group's.
func sortErrorCases(own, groups []errorCase) []errorCase {
	class := func(l errorCase) int {
		about := l.When.word
		if about == "" && slices.ContainsFunc(l.When.conditions, func(c condition) bool { return c.name == factPointer || c.name == factMissing }) {
			about = requestInvalid + ", in a place"
		}
		return slices.Index([]string{authMissing, authInvalid, requestMediaType, requestInvalid + ", in a place", requestInvalid, ""}, about)
	}
	all := slices.Concat(own, groups)
	slices.SortStableFunc(all, func(a, b errorCase) int { return class(a) - class(b) })
	return all
}

// UnmarshalNode reads a word, or a mapping of facts and values.
func (w *when) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind == document.String {
		w.word = d.Enum(n, whenNames()...)
		return
	}
	var declared document.Mapping[condition]
	d.Decode(n, &declared)
	for _, one := range declared.Each {
		if _, isValue := value.KindOf(one.Name); !isValue && !slices.Contains(facts(), one.Name) {
			d.Errorf(one.Key, "unknown fact or value %s; %s", document.Quote(one.Name), document.OneOf(one.Name, append(value.Names(), facts()...)))
		}
		one.Value.name = one.Name
		w.conditions = append(w.conditions, one.Value)
	}
}

// UnmarshalNode reads a word, a list of words, present or absent.
func (c *condition) UnmarshalNode(d *document.Decoder, n *document.Node) {
	switch {
	case n.Kind == document.Array && len(n.Items) > 0:
		for _, item := range n.Items {
			c.any = append(c.any, item.Text)
		}
	case n.Kind == document.Array || n.Kind == document.Object || n.Kind == document.Null:
		d.Errorf(n, "expected a value, a list of values, present or absent; found %s", n.Describe())
	default:
		c.present, c.absent = n.Text == "present", n.Text == "absent"
		c.any = []string{n.Text}
	}
}

// none is the scenario of a message that starts none.
const none = "none"

const magicScenario = "{{" + factMagic + "}}"

// A declaredStart has the keys of an entry of starts.
type declaredStart struct {
	document.Remarks
	When     document.Located[when]          `key:"when"`
	Scenario document.Located[string]        `key:"scenario,required"`
	With     document.Mapping[document.Node] `key:"with"`
	Says     document.Mapping[document.Node] `key:"response_values" was:"says"`
}

func (p *parser) starts(declared document.Located[[]declaredStart], routes []*schemas.Route) []start {
	var plays []start
	for i, one := range declared.Value {
		if last := i == len(declared.Value)-1; one.When.Node == nil && !last {
			p.Errorf(&declared.Node.Items[i], "this entry always matches, so those after it have no effect; add a when, or put it last")
		} else if one.When.Node != nil && last {
			p.Errorf(declared.Node, "the last entry has a when, so a message may match no entry; end with an entry without when (for example {scenario: none})")
		}
		made := start{when: one.When.Value, responseValues: map[string]string{}}
		p.scenario(&made, one.Scenario)
		p.startValues(&made, one.With, routes)
		for i := range one.Says.Each {
			p.valueOf(&one.Says.Each[i])
			made.responseValues[one.Says.Each[i].Name] = one.Says.Each[i].Value.Text
		}
		plays = append(plays, made)
	}
	if len(plays) == 0 {
		p.Errorf(declared.Node, "expected a list with at least one entry (for example [{scenario: none}])")
	}
	return plays
}

func (p *parser) scenario(one *start, name document.Located[string]) {
	switch name.Value {
	case magicScenario:
		one.magic = true
	case none:
	default:
		if _, err := p.library.Scenario(name.Value); err != nil {
			p.Errorf(name.Node, "%v", err)
		}
		one.scenario = name.Value
	}
}

// startValues is what a scenario is given. Of error every route knows one reason.
func (p *parser) startValues(one *start, declared document.Mapping[document.Node], routes []*schemas.Route) {
	one.with = map[string]string{}
	for i := range declared.Each {
		m := &declared.Each[i]
		if m.Name != "error" {
			p.valueOf(m)
			one.with[m.Name] = m.Value.Text
			continue
		}
		one.reasons = []string{m.Value.Text}
		if m.Value.Kind == document.Array {
			one.reasons = nil
			p.Decode(&m.Value, &one.reasons)
		}
		for _, r := range routes {
			if !slices.ContainsFunc(one.reasons, func(name string) bool { return hasReason(r, name) }) {
				var known []string
				for _, reason := range r.Reasons() {
					known = append(known, reason.Name)
				}
				p.Errorf(&m.Value, "%s has no error %s; %s", r.Name, m.Value.Compact(maxWord), document.OneOf(one.reasons[0], known))
			}
		}
	}
}

// valueOf reports an unknown value name, and a text that is not of the value's kind.
func (p *parser) valueOf(one *document.Entry[document.Node]) {
	kind, known := value.KindOf(one.Name)
	if !known {
		p.Errorf(one.Key, "unknown value %s; %s", document.Quote(one.Name), document.OneOf(one.Name, value.Names()))
		return
	}
	if _, err := value.Read(kind, one.Value.Text); err != nil || one.Value.Kind == document.Array || one.Value.Kind == document.Object {
		p.Errorf(&one.Value, "%s can't be %s", one.Name, one.Value.Describe())
	}
}
