package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
	"github.com/ringback-dev/ringback/schemas"
)

// request reads how a body is decoded and which schema it has.
func (p *parser) request(a *API, n *document.Node) {
	if n == nil || !p.expect(n, document.Object, "one such as {codec: json, schema: send.request.json}") || !p.keys(n, "codec", "json", "schema") {
		return
	}
	codec := p.must(n, "codec")
	switch {
	case codec == nil:
		return
	case codec.Kind == document.Array:
		for i := range codec.Items {
			p.oneOf(&codec.Items[i], "codec", codecs()...)
		}
		a.codecs = p.texts(codec)
	default:
		p.oneOf(codec, "codec", codecs()...)
		a.codecs = []string{codec.Text}
	}
	if slices.Contains(a.codecs, codecNone) && len(a.codecs) > 1 {
		p.wrong(codec, "none stands alone: a call has a body or has not")
	}
	a.inPlace = p.texts(n.Get("json"))
	schema := n.Get("schema")
	switch {
	case schema == nil && a.codecs != nil && a.codecs[0] != codecNone:
		p.wrong(n, "key \"schema\" is missing; name a file of the folder apis")
	case schema == nil:
	case a.codecs[0] == codecNone:
		p.wrong(schema, "a request without a body has no schema")
	default:
		p.schemas[schema.Text] = true
		checker, err := p.provider.Checker(p.text(schema))
		if err != nil {
			p.wrong(schema, "read %s: %v", document.Quote(schema.Text), err)
		}
		a.checker = checker
	}
}

// take reads where values stand.
func (p *parser) take(a *API, n *document.Node, ways []way) {
	if v := n.Get("each"); v != nil {
		if !document.IsPointer(p.text(v)) {
			p.wrong(v, "expected a JSON Pointer such as /recipient/to, found %s", v.Describe())
		}
		if a.Command != send {
			p.wrong(v, "each makes messages, and this call plays none")
		}
		a.each = &each{document.Tokens(v.Text)}
	}
	p.members(n.Get("take"), func(m *document.Member) { a.takes = append(a.takes, p.takeOne(a, m, ways)) })
	if a.Command == send && !slices.ContainsFunc(a.takes, func(t take) bool { return t.name == "recipient.phone" }) {
		p.wrong(n, "a call that plays takes recipient.phone; say where it stands")
	}
}

func (p *parser) takeOne(a *API, m *document.Member, ways []way) take {
	t := take{name: m.Key, list: slices.Contains(lists(), m.Key)}
	kind, known := value.KindOf(m.Key)
	if m.Key == routeName {
		kind = value.Text
	} else if !known {
		p.wrong(keyOf(m), "no value is named %s; %s", document.Quote(m.Key), document.OneOf(m.Key, append(value.Names(), routeName)))
		return t
	}
	var as *document.Node
	from := &m.Value
	if m.Value.Kind == document.Object {
		if !p.keys(&m.Value, "from", "as", "words", "default") {
			return t
		}
		as, from = m.Value.Get("as"), m.Value.Get("from")
		p.words(&t, m.Value.Get("words"))
		p.fallback(&t, kind, m.Value.Get("default"))
		if from == nil && !t.falls {
			p.wrong(&m.Value, "key \"from\" is missing, or a default")
		}
	}
	spelled := ""
	if as != nil {
		spelled = p.text(as)
	}
	var err error
	if t.spelling, err = value.ParseSpelling(kind, spelled); err != nil {
		p.wrong(as, "%v", err)
	}
	switch {
	case from == nil:
	case from.Kind == document.Array:
		for i := range from.Items {
			t.sources = append(t.sources, p.source(a, &from.Items[i], ways))
		}
	default:
		t.sources = append(t.sources, p.source(a, from, ways))
	}
	t.own = slices.ContainsFunc(t.sources, func(s source) bool { return s.from == "each" })
	if t.own && (t.list || t.name == routeName) {
		p.wrong(from, "%s is of the whole call, not of each message", t.name)
	}
	return t
}

func (p *parser) words(t *take, n *document.Node) {
	if n == nil {
		return
	}
	t.words = map[string]string{}
	p.members(n, func(m *document.Member) {
		t.words[m.Key] = m.Value.Text
		if _, err := value.Read(t.kind(), m.Value.Text); err != nil {
			p.wrong(&m.Value, "%s cannot be %s", t.name, m.Value.Describe())
		}
	})
}

func (p *parser) fallback(t *take, kind value.Kind, n *document.Node) {
	if n == nil {
		return
	}
	t.fallback, t.falls = n.Text, true
	if _, err := value.Read(kind, n.Text); err != nil || t.list {
		p.wrong(n, "%s cannot be %s", t.name, n.Describe())
	}
}

// source reads one place: a pointer, each, each/pointer, path.x, query.x, header.x.
func (p *parser) source(a *API, n *document.Node, ways []way) source {
	text := p.text(n)
	from, name, dotted := strings.Cut(text, ".")
	switch {
	case strings.HasPrefix(text, "/"):
		return source{from: "body", tokens: document.Tokens(text)}
	case text == "each" || strings.HasPrefix(text, "each/"):
		if a.each == nil {
			p.wrong(n, "the call has no each")
			return source{from: "body"}
		}
		return source{from: "each", tokens: document.Tokens(strings.TrimPrefix(text, "each"))}
	case dotted && from == "path":
		for _, w := range ways {
			if !slices.Contains(variables(w.path), name) {
				p.wrong(n, "%s has no variable %s; %s", w.path, document.Quote(name), document.OneOf(name, variables(w.path)))
			}
		}
		return source{from: from, name: name}
	case dotted && (from == "query" || from == "header"):
		return source{from: from, name: name}
	}
	p.wrong(n, "expected a place such as /to, each, path.app, query.app or header.App; found %s", n.Describe())
	return source{from: "body"}
}

func (p *parser) refuse(n *document.Node) []line {
	var lines []line
	if n == nil || !p.expect(n, document.Array, "a list of {when, reply}") {
		return nil
	}
	for i := range n.Items {
		v := &n.Items[i]
		if !p.expect(v, document.Object, "one such as {when: auth.missing, reply: {status: 401}}") || !p.keys(v, "when", "reply") {
			continue
		}
		w, reply := p.must(v, "when"), p.must(v, "reply")
		if w != nil && reply != nil {
			lines = append(lines, line{p.when(w), p.answer(reply)})
		}
	}
	return lines
}

// inOrder puts what is about the key before what is about the request, and both before the
// rest; a call's own lines before its group's.
func inOrder(own, groups []line) []line {
	class := func(l line) int {
		about := l.when.word
		if about == "" && len(l.when.conditions) == 1 && l.when.conditions[0].name == factPlace {
			about = requestInvalid + ", in a place"
		}
		return slices.Index([]string{authMissing, authWrong, requestUnworthy, requestInvalid + ", in a place", requestInvalid, ""}, about)
	}
	all := slices.Concat(own, groups)
	slices.SortStableFunc(all, func(a, b line) int { return class(a) - class(b) })
	return all
}

func (p *parser) when(n *document.Node) when {
	if n.Kind == document.String {
		p.oneOf(n, "word", whenWords()...)
		return when{word: n.Text}
	}
	var w when
	p.members(n, func(m *document.Member) {
		c := condition{name: m.Key}
		_, isValue := value.KindOf(m.Key)
		if known := append(value.Names(), facts()...); !isValue && !slices.Contains(facts(), m.Key) {
			p.wrong(keyOf(m), "no fact or value is named %s; %s", document.Quote(m.Key), document.OneOf(m.Key, known))
		}
		switch v := &m.Value; {
		case v.Kind == document.Array && len(v.Items) > 0:
			for _, item := range v.Items {
				c.any = append(c.any, item.Text)
			}
		case v.Kind == document.Array || v.Kind == document.Object || v.Kind == document.Null:
			p.wrong(v, "expected a word, a list of some, present or absent; found %s", v.Describe())
		default:
			c.present, c.absent = v.Text == "present", v.Text == "absent"
			c.any = []string{v.Text}
		}
		w.conditions = append(w.conditions, c)
	})
	return w
}

// none is the scenario of a message that plays nothing.
const none = "none"

const magicScenario = "{{" + factMagic + "}}"

func (p *parser) plays(n *document.Node, routes []*schemas.Route) []play {
	if !p.expect(n, document.Array, "a list of {when, scenario, with}") {
		return nil
	}
	var plays []play
	for i := range n.Items {
		v := &n.Items[i]
		if !p.expect(v, document.Object, "one such as {scenario: message-delivered}") || !p.keys(v, "when", "scenario", "with", "says") {
			continue
		}
		one := play{}
		if w := v.Get("when"); w != nil {
			one.when = p.when(w)
		} else if i < len(n.Items)-1 {
			p.wrong(v, "this line fits always, so those behind it never play; give it a when, or put it last")
		}
		p.scenario(&one, p.must(v, "scenario"))
		p.with(&one, v.Get("with"), routes)
		one.says = p.says(v.Get("says"))
		plays = append(plays, one)
	}
	if len(plays) == 0 || plays[len(plays)-1].when.conditions != nil || plays[len(plays)-1].when.word != "" {
		p.wrong(n, "the last line has a when, so a message may fit none of them; end with one without, such as {scenario: none}")
	}
	return plays
}

func (p *parser) scenario(one *play, n *document.Node) {
	switch {
	case n == nil:
	case n.Text == magicScenario:
		one.magic = true
	case n.Text == none:
	default:
		if _, err := p.library.Scenario(p.text(n)); err != nil {
			p.wrong(n, "%v", err)
		}
		one.scenario = n.Text
	}
}

// with reads what a scenario is given. Of error every route knows one reason.
func (p *parser) with(one *play, n *document.Node, routes []*schemas.Route) {
	one.with = map[string]string{}
	p.members(n, func(m *document.Member) {
		if m.Key != "error" {
			p.valueOf(m)
			one.with[m.Key] = m.Value.Text
			return
		}
		one.reasons = []string{m.Value.Text}
		if m.Value.Kind == document.Array {
			one.reasons = p.texts(&m.Value)
		}
		for _, r := range routes {
			if !slices.ContainsFunc(one.reasons, func(name string) bool { return hasReason(r, name) }) {
				var known []string
				for _, reason := range r.Reasons() {
					known = append(known, reason.Name)
				}
				p.wrong(&m.Value, "%s has no error %s; %s", r.Name, m.Value.Compact(longestWord), document.OneOf(one.reasons[0], known))
			}
		}
	})
}

func (p *parser) says(n *document.Node) map[string]string {
	says := map[string]string{}
	p.members(n, func(m *document.Member) {
		p.valueOf(m)
		says[m.Key] = m.Value.Text
	})
	return says
}

// valueOf complains about a name that is no value's, and about a text that is no value of its kind.
func (p *parser) valueOf(m *document.Member) {
	kind, known := value.KindOf(m.Key)
	if !known {
		p.wrong(keyOf(m), "no value is named %s; %s", document.Quote(m.Key), document.OneOf(m.Key, value.Names()))
		return
	}
	if _, err := value.Read(kind, m.Value.Text); err != nil || m.Value.Kind == document.Array || m.Value.Kind == document.Object {
		p.wrong(&m.Value, "%s cannot be %s", m.Key, m.Value.Describe())
	}
}

// failures reads the answers to failures, by neutral reason.
func (p *parser) failures(n *document.Node, known []string) map[string]*answer {
	all := map[string]*answer{}
	known = append(slices.Clone(known), otherFailure)
	p.members(n, func(m *document.Member) {
		if !slices.Contains(known, m.Key) {
			p.wrong(keyOf(m), "unknown failure %s; %s", document.Quote(m.Key), document.OneOf(m.Key, known))
			return
		}
		all[m.Key] = p.answer(&m.Value)
	})
	return all
}

// answer reads a reply: {status, header, and one of json, text, empty, media}.
func (p *parser) answer(n *document.Node) *answer {
	a := &answer{}
	if !p.expect(n, document.Object, "one such as {status: 200, json: {status: ok}}") || !p.keys(n, "status", "header", "json", "text", "empty", "media") {
		return a
	}
	if v := p.must(n, "status"); v != nil {
		a.status = p.status(v)
	}
	bodies := 0
	for _, key := range []string{"json", "text", "empty", "media"} {
		if v := n.Get(key); v != nil {
			bodies++
			p.body(a, key, v)
		}
	}
	if bodies != 1 {
		p.wrong(n, "an answer has one of json, text, empty and media; found %s", strconv.Itoa(bodies))
	}
	p.members(n.Get("header"), func(m *document.Member) {
		if strings.EqualFold(m.Key, "Content-Type") {
			a.contentType = p.text(&m.Value)
			return
		}
		a.header = append(a.header, [2]string{m.Key, m.Value.Text})
	})
	return a
}

func (p *parser) body(a *answer, key string, n *document.Node) {
	switch key {
	case "json":
		a.contentType = jsonType
		a.body = p.piece(n, false)
	case "text":
		a.contentType, a.plain = textType, true
		a.body = text{p.template(n)}
	default:
		if n.Kind != document.Bool || n.Text != "true" {
			p.wrong(n, "%s is true or absent, found %s", key, n.Describe())
		}
		a.media = key == "media"
	}
}
