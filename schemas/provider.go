package schemas

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/neutral"
	"github.com/ringback-dev/ringback/internal/value"
)

// A Provider is who sends webhooks: how its bodies are told apart, how it
// spells ids and errors, and its Contract: what it expects of an answer.
// All of it comes from provider.yaml.
type Provider struct {
	Name, Title, About string
	// Routes are sorted by name. DefaultRoute is the one that a bare provider
	// name stands for when events are sent; when events are judged, a bare
	// provider name means all of its routes.
	Routes       []*Route
	DefaultRoute string
	// Usual: it is the one that is meant where nobody names any.
	Usual bool
	Types []*EventType
	// Unsent is what its schemas allow and nobody is known to send.
	Unsent []Unsent

	file *document.File
	// apis is apis.yaml and apisFolder the folder beside it; nil if there is none.
	apis       *document.File
	apisFolder fs.FS

	items    []itemRule
	wordings []wording
	ids      []idRule
	reasons  []reasonRule
	timings  []timingRule
}

// A wording maps one word of scenarios to an event type.
type wording struct {
	name  string // message.delivered
	event string // the event type, relative to the provider; "" if it has none
	none  string // why it has none
	// route is the route's last word; "" for every route.
	route string
	node  *document.Node
	where []condition
}

// A condition is a place in a body with one item, and the value it has there.
type condition struct {
	pointer string
	value   document.Node
}

// providerParser reads provider.yaml strictly; all errors come at once.
type providerParser struct {
	file     *document.File
	provider *Provider
	problems []error
}

func parseProvider(f *document.File) (*Provider, error) {
	p := &providerParser{file: f, provider: &Provider{file: f}}
	root := &f.Root
	p.keys(root, "provider", "title", "about", "routes", "default", "usual", "items", "events", "errors", "ids", "contract", "timing", "unsent")
	if p.problems != nil && root.Kind != document.Object {
		return nil, errors.Join(p.problems...)
	}
	p.provider.Name = path.Base(path.Dir(f.Name))
	if name := p.mustText(root, "provider"); name != "" && name != p.provider.Name {
		p.wrong(root.Get("provider"), "provider is named %q but stands in the folder %q; give both one name", name, p.provider.Name)
	}
	p.provider.Title = p.mustText(root, "title")
	p.provider.About = p.text(root.Get("about"))
	if p.routes(root); p.provider.Routes == nil {
		return p.provider, errors.Join(p.problems...) // most of the rest is read by the routes' names
	}
	usual := root.Get("usual")
	p.yes(usual)
	p.provider.Usual = usual != nil && usual.Text == "true"
	p.items(root.Get("items"))
	p.events(root.Get("events"))
	p.errors(root.Get("errors"))
	p.ids(root.Get("ids"))
	p.contract(root.Get("contract"))
	p.timing(root.Get("timing"))
	p.unsent(root.Get("unsent"))
	if p.problems == nil {
		for _, r := range p.provider.Routes {
			r.Contract = p.terms(r)
		}
	}
	return p.provider, errors.Join(p.problems...)
}

func (p *providerParser) wrong(n *document.Node, format string, args ...any) {
	p.problems = append(p.problems, p.file.Errorf(n, format, args...))
}

// keyOf is the place of a key, to complain about.
func keyOf(m *document.Member) *document.Node { return &document.Node{Start: m.KeyStart} }

// keys complains about unknown keys. It reports whether n is a mapping and has none.
func (p *providerParser) keys(n *document.Node, known ...string) bool {
	p.remarks(n)
	err := p.file.Known(n, append(known, "source", "assumed", "note")...)
	if err != nil {
		p.problems = append(p.problems, err)
	}
	return err == nil
}

// remarks checks what may be said about any mapping.
func (p *providerParser) remarks(n *document.Node) {
	p.text(n.Get("source"))
	p.text(n.Get("note"))
	if v := n.Get("assumed"); v != nil && (v.Kind != document.Bool || v.Text != "true") {
		p.wrong(v, "assumed is true or absent, found %s", v.Describe())
	}
}

// members visits a mapping's entries, but not what is said about the mapping itself.
func (p *providerParser) members(n *document.Node, visit func(m *document.Member)) {
	if n == nil {
		return
	}
	if n.Kind != document.Object {
		p.wrong(n, "expected a mapping, found %s", n.Describe())
		return
	}
	p.remarks(n)
	for i := range n.Members {
		switch m := &n.Members[i]; m.Key {
		case "source", "assumed", "note":
		default:
			visit(m)
		}
	}
}

func (p *providerParser) text(n *document.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != document.String {
		p.wrong(n, "expected a text, found %s", n.Describe())
		return ""
	}
	return n.Text
}

func (p *providerParser) must(n *document.Node, key string) *document.Node {
	v := n.Get(key)
	if v == nil {
		p.wrong(n, "key %q is missing", key)
	}
	return v
}

func (p *providerParser) mustText(n *document.Node, key string) string {
	v := p.must(n, key)
	if v != nil && v.Kind == document.String && v.Text == "" {
		p.wrong(v, "%s is empty", key)
	}
	return p.text(v)
}

func (p *providerParser) texts(n *document.Node) []string {
	if n == nil {
		return nil
	}
	if n.Kind != document.Array {
		p.wrong(n, "expected a list of texts, found %s", n.Describe())
	}
	var texts []string
	for i := range n.Items {
		texts = append(texts, p.text(&n.Items[i]))
	}
	return texts
}

func (p *providerParser) routes(root *document.Node) {
	routes := p.must(root, "routes")
	p.members(routes, func(m *document.Member) { p.provider.Routes = append(p.provider.Routes, p.route(m)) })
	slices.SortFunc(p.provider.Routes, func(a, b *Route) int { return strings.Compare(a.Name, b.Name) })
	var names []string
	for _, r := range p.provider.Routes {
		names = append(names, r.Name)
	}
	chosen := root.Get("default")
	switch {
	case routes == nil || routes.Kind != document.Object:
	case names == nil:
		p.wrong(routes, "a provider has at least one route, such as %s: {channel: sms, events: [\"*\"]}", p.provider.Name)
	case chosen == nil && len(names) > 1:
		p.wrong(root, "key \"default\" is missing; known: %s", strings.Join(names, ", "))
	case chosen == nil:
		p.provider.DefaultRoute = names[0]
	default:
		p.provider.DefaultRoute = p.mustText(root, "default")
		if name := p.provider.DefaultRoute; name != "" && !slices.Contains(names, name) {
			p.wrong(chosen, "default route %q is not among the routes; %s", name, document.OneOf(name, names))
		}
	}
}

func (p *providerParser) route(m *document.Member) *Route {
	route := &Route{Name: m.Key, Provider: p.provider}
	if m.Key != p.provider.Name && path.Dir(m.Key) != p.provider.Name {
		p.wrong(keyOf(m), "route %q is not named after its provider: write %s or %s/%s", m.Key, p.provider.Name, p.provider.Name, path.Base(m.Key))
	}
	if !p.keys(&m.Value, "channel", "events") {
		return route
	}
	route.Channel = p.mustText(&m.Value, "channel")
	events := p.must(&m.Value, "events")
	for i, pattern := range p.texts(events) {
		if _, err := path.Match(pattern, ""); err != nil {
			p.wrong(&events.Items[i], "pattern %q cannot be read: write a name, with * for any text, such as sms.*", pattern)
		}
		route.patterns = append(route.patterns, pattern)
	}
	return route
}

// isRouteWord reports whether a key is the last word of a route.
func (p *providerParser) isRouteWord(key string) bool {
	return slices.ContainsFunc(p.provider.Routes, func(r *Route) bool { return r.suffix() == key })
}

// eachRoute visits the entries of a mapping whose keys are routes' last words.
func (p *providerParser) eachRoute(n *document.Node, visit func(route string, v *document.Node)) {
	p.members(n, func(m *document.Member) {
		if p.isRouteWord(m.Key) {
			visit(m.Key, &m.Value)
			return
		}
		var words []string
		for _, r := range p.provider.Routes {
			words = append(words, r.suffix())
		}
		p.wrong(keyOf(m), "%q is not the last word of a route; %s", m.Key, document.OneOf(m.Key, words))
	})
}

// byRoute visits n for every route ("") or, if a key of it is a route's last
// word, the value of each.
func (p *providerParser) byRoute(n *document.Node, visit func(route string, v *document.Node)) {
	if slices.ContainsFunc(n.Keys(), p.isRouteWord) {
		p.eachRoute(n, visit)
		return
	}
	visit("", n)
}

// entries visits the mappings of a list that know their keys. Example says what they are, after "a list".
func (p *providerParser) entries(n *document.Node, example string, visit func(one *document.Node), known ...string) {
	if n == nil {
		return
	}
	if n.Kind != document.Array {
		p.wrong(n, "expected a list %s, found %s", example, n.Describe())
	}
	for i := range n.Items {
		if one := &n.Items[i]; p.keys(one, known...) {
			visit(one)
		}
	}
}

func (p *providerParser) items(n *document.Node) {
	p.entries(n, "such as [{path: /statuses/*}]", func(item *document.Node) {
		rule := itemRule{text: p.mustText(item, "path"), skip: p.texts(item.Get("skip"))}
		if rule.text != "" {
			var err error
			if rule.path, err = parseItemPath(rule.text); err != nil {
				p.wrong(item.Get("path"), "%v", err)
			}
		}
		p.provider.items = append(p.provider.items, rule)
	}, "path", "skip")
}

func (p *providerParser) events(n *document.Node) {
	p.members(n, func(m *document.Member) {
		p.neutralEvent(m)
		p.byRoute(&m.Value, func(route string, one *document.Node) { p.alternatives(m.Key, route, one) })
	})
}

func (p *providerParser) neutralEvent(m *document.Member) {
	if !neutral.Is(m.Key) {
		p.wrong(keyOf(m), "unknown neutral event %q; %s", m.Key, document.OneOf(m.Key, neutral.Events()))
	}
}

// alternatives reads one event type, or a list of which the first is the usual one.
func (p *providerParser) alternatives(name, route string, v *document.Node) {
	if v.Kind != document.Array {
		p.event(name, route, v)
		return
	}
	for i := range v.Items {
		p.event(name, route, &v.Items[i])
	}
}

func (p *providerParser) event(name, route string, v *document.Node) {
	one := wording{name: name, route: route, node: v}
	if v.Kind == document.String {
		one.event = v.Text
		p.provider.wordings = append(p.provider.wordings, one)
		return
	}
	if !p.keys(v, "event", "where", "none") {
		return
	}
	if why := v.Get("none"); why != nil {
		one.none = p.text(why)
	} else {
		one.event = p.mustText(v, "event")
		one.node = v.Get("event")
	}
	p.members(v.Get("where"), func(m *document.Member) {
		if !document.IsPointer(m.Key) {
			p.wrong(keyOf(m), "%q is no JSON Pointer: write one with a slash before each key, such as /payload/status", m.Key)
		}
		one.where = append(one.where, condition{m.Key, m.Value})
	})
	p.provider.wordings = append(p.provider.wordings, one)
}

var reasonName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (p *providerParser) errors(n *document.Node) {
	p.members(n, func(m *document.Member) {
		if !reasonName.MatchString(m.Key) {
			p.wrong(keyOf(m), "%q is no neutral reason: write lower-case words with dashes", m.Key)
		}
		p.byRoute(&m.Value, func(route string, one *document.Node) {
			p.keys(one, "code", "reason", "title", "href", "status", "stage")
			for _, key := range []string{"reason", "title", "href", "status"} {
				p.text(one.Get(key))
			}
			if code := one.Get("code"); code != nil && code.Kind != document.Number && code.Kind != document.String {
				p.wrong(code, "expected a number or a text, found %s", code.Describe())
			}
			p.stage(one.Get("stage"))
			p.reason(m.Key, route, one)
		})
	})
}

func (p *providerParser) reason(name, route string, n *document.Node) {
	text := func(key string) string {
		if v := n.Get(key); v != nil {
			return v.Text
		}
		return ""
	}
	reason := Reason{Name: name, Code: text("code"), Text: text("reason"), Title: text("title"), Href: text("href"), Status: text("status")}
	if _, err := value.OfNumber(reason.Code); err != nil && reason.Code != "" {
		p.wrong(n.Get("code"), "expected a number, found %s", n.Get("code").Describe())
	}
	switch stage := n.Get("stage"); {
	case stage == nil:
		reason.Stages = []string{"sync", "async"}
	case stage.Kind == document.Array:
		reason.Stages = p.texts(stage)
	default:
		reason.Stages = []string{stage.Text}
	}
	p.provider.reasons = append(p.provider.reasons, reasonRule{route, reason})
}

// stage is a word or a list of words.
func (p *providerParser) stage(n *document.Node) {
	if n == nil || n.Kind != document.Array {
		p.word(n, "sync", "async")
		return
	}
	for i := range n.Items {
		p.word(&n.Items[i], "sync", "async")
	}
}

func (p *providerParser) ids(n *document.Node) {
	p.members(n, func(m *document.Member) {
		switch kind, ok := value.KindOf(m.Key); {
		case !ok:
			p.wrong(keyOf(m), "unknown value %q; %s", m.Key, document.OneOf(m.Key, value.Names()))
		case kind != value.ID && kind != value.Text:
			p.wrong(keyOf(m), "a template makes an id or a text, and %s is of kind %s", m.Key, kind)
		}
		p.byRoute(&m.Value, func(route string, one *document.Node) {
			p.template(one)
			if template, err := value.ParseTemplate(one.Text); err == nil {
				p.provider.ids = append(p.provider.ids, idRule{m.Key, route, template})
			}
		})
	})
}

var templateName = regexp.MustCompile(`\{\{([^{}|?]*)`)

// template checks a text with values in it.
func (p *providerParser) template(n *document.Node) {
	text := p.text(n)
	for _, match := range templateName.FindAllStringSubmatch(text, -1) {
		if _, ok := value.KindOf(match[1]); !ok && match[1] != "random" {
			p.wrong(n, "unknown value %q; %s", match[1], document.OneOf(match[1], append(value.Names(), "random")))
			return
		}
	}
	if _, err := value.ParseTemplate(text); err != nil {
		p.wrong(n, "%v", err)
	}
}
