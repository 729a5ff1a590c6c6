package api

import (
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/neutral"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
)

// parser reads one apis.yaml strictly; all errors come at once.
type parser struct {
	file     *document.File
	folder   fs.FS
	provider *schemas.Provider
	library  *scenarios.Library

	modes   map[string][]string
	groups  map[string]*group
	apis    []*API
	seen    map[string]string // method and path, to the API that has them
	schemas map[string]bool   // those that a call names
	// variables are those that all paths of the call have that is being read.
	variables []string
	problems  []error
}

// A group is what several calls have in common.
type group struct {
	node     *document.Node
	auth     auth
	routes   []*schemas.Route
	refuse   []line
	failures map[string]*answer
}

// The keys of the file that are no call.
const (
	modesKey  = "modes"
	groupsKey = "groups"
)

var callName = regexp.MustCompile(`^[a-z][a-z0-9]*([.-][a-z0-9]+)*$`)

func (p *parser) parse() {
	root := &p.file.Root
	if root.Kind != document.Object {
		p.wrong(root, "expected a mapping of calls, found %s", root.Describe())
		return
	}
	p.seen, p.schemas = map[string]string{}, map[string]bool{}
	p.readModes(root.Get(modesKey))
	p.readGroups(root.Get(groupsKey))
	p.members(root, func(m *document.Member) {
		switch {
		case m.Key == modesKey || m.Key == groupsKey:
		case !callName.MatchString(m.Key):
			p.wrong(keyOf(m), "the name of a call is lower-case words with dashes and dots, such as send or subscription.create; found %s", document.Quote(m.Key))
		default:
			p.call(m)
		}
	})
	p.unused()
}

// unused complains about schemas that no call names.
func (p *parser) unused() {
	names, err := fs.Glob(p.folder, "*.json")
	if err != nil {
		p.wrong(&p.file.Root, "list the schemas: %v", err)
	}
	for _, name := range names {
		if !p.schemas[name] {
			p.wrong(&p.file.Root, "no call has the schema %s; name it under request, or delete it", document.Quote(name))
		}
	}
}

// readModes reads what the modes of subscriptions stand for.
func (p *parser) readModes(n *document.Node) {
	p.modes = map[string][]string{}
	p.members(n, func(m *document.Member) {
		p.expect(&m.Value, document.Array, "a list of event types or neutral events, * allowed")
		p.modes[m.Key] = []string{}
		for i := range m.Value.Items {
			pattern := &m.Value.Items[i]
			p.pattern(pattern)
			p.modes[m.Key] = append(p.modes[m.Key], pattern.Text)
		}
	})
}

// pattern complains about one that nothing fits.
func (p *parser) pattern(n *document.Node) {
	names := neutral.Events()
	for _, t := range p.provider.Types {
		names = append(names, strings.TrimPrefix(t.Name, p.provider.Name+"/"))
	}
	if !slices.ContainsFunc(names, func(name string) bool {
		ok, err := path.Match(n.Text, name)
		return ok && err == nil
	}) {
		p.wrong(n, "no event is named %s; %s", document.Quote(n.Text), document.OneOf(n.Text, names))
	}
}

func (p *parser) readGroups(n *document.Node) {
	p.groups = map[string]*group{}
	p.members(n, func(m *document.Member) {
		v := &m.Value
		g := &group{node: v}
		p.groups[m.Key] = g
		if !p.keys(v, "auth", "routes", "refuse", "failures") {
			return
		}
		g.auth = p.auth(v.Get("auth"))
		g.routes = p.routes(v.Get("routes"))
		g.refuse = p.refuse(v.Get("refuse"))
		g.failures = p.failures(v.Get("failures"), failures())
	})
}

// allRoutes is the routes of a call that is about all of them at once.
const allRoutes = "all"

// routes reads the routes that a call may be about: all of the provider's, the default
// first, if none is named.
func (p *parser) routes(n *document.Node) []*schemas.Route {
	if n == nil {
		all := slices.Clone(p.provider.Routes)
		slices.SortStableFunc(all, func(a, b *schemas.Route) int {
			return number(b.Name == p.provider.DefaultRoute) - number(a.Name == p.provider.DefaultRoute)
		})
		return all
	}
	var names []string
	for _, r := range p.provider.Routes {
		names = append(names, r.Name)
	}
	var routes []*schemas.Route
	p.expect(n, document.Array, "a list of routes")
	for i := range n.Items {
		p.oneOf(&n.Items[i], "route", names...)
		for _, r := range p.provider.Routes {
			if r.Name == n.Items[i].Text {
				routes = append(routes, r)
			}
		}
	}
	if len(routes) == 0 {
		p.wrong(n, "a call is about one route at least; leave routes out if it is about all")
	}
	return routes
}

func number(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// call reads one call, and makes an API for each method and path of it.
func (p *parser) call(m *document.Member) {
	n := &m.Value
	if n.Kind != document.Object {
		p.wrong(n, "expected a call, such as {route: POST /messages, reply: {status: 200}}; found %s", n.Describe())
		return
	}
	if !p.keys(n, "group", "route", "routes", "path", "auth", "request", "each", "take", "refuse", "plays", "do", "failures", "reply") {
		return
	}
	ways := p.ways(n)
	p.variables = nil
	for _, w := range ways {
		p.variables = variables(w.path)
	}
	g := &group{}
	if v := n.Get("group"); v != nil {
		p.oneOf(v, "group", keysOf(p.groups)...)
		if found := p.groups[v.Text]; found != nil {
			g = found
		}
	}
	a := API{Provider: p.provider, Name: m.Key, auth: g.auth, Routes: g.routes, modes: p.modes}
	if v := n.Get("auth"); v != nil {
		a.auth = p.auth(v)
	}
	switch v := n.Get("routes"); {
	case v != nil && v.Kind == document.String:
		p.oneOf(v, "choice of routes", allRoutes)
		a.Routes, a.Whole = p.routes(nil), true
	case v != nil || a.Routes == nil:
		a.Routes = p.routes(v)
	}
	if a.auth.scheme == "" {
		p.wrong(n, "nothing says where the call carries its key; add auth, which may be none")
	}
	a.Mounts = mounts(p.provider, a.Routes)
	p.request(&a, n.Get("request"))
	a.refuse = inOrder(p.refuse(n.Get("refuse")), g.refuse)
	p.command(&a, n)
	p.take(&a, n, ways)
	p.answers(&a, n, g)
	p.complete(&a, n)
	p.mount(&a, n, ways)
}

// command reads what a call does: it plays, or gives a command, or is only answered.
func (p *parser) command(a *API, n *document.Node) {
	do, plays := n.Get("do"), n.Get("plays")
	switch {
	case do != nil && plays != nil:
		p.wrong(do, "a call either plays or gives a command; leave do or plays out")
	case plays != nil:
		a.Command = send
		a.plays = p.plays(plays, a.Routes)
	case do != nil:
		p.oneOf(do, "command", commands()...)
		a.Command = do.Text
	}
}

// answers reads the reply, and those of failures: a call's own before its group's.
func (p *parser) answers(a *API, n *document.Node, g *group) {
	if reply := p.must(n, "reply"); reply != nil {
		a.reply = p.answer(reply)
	}
	reasons := commandFailures()[a.Command]
	a.failures = maps.Clone(g.failures)
	if a.failures == nil {
		a.failures = map[string]*answer{}
	}
	maps.Copy(a.failures, p.failures(n.Get("failures"), reasons))
	maps.DeleteFunc(a.failures, func(reason string, _ *answer) bool {
		return reason != otherFailure && !slices.Contains(reasons, reason)
	})
	silent := slices.DeleteFunc(slices.Clone(reasons), func(reason string) bool { return a.failures[reason] != nil })
	if len(silent) > 0 && a.failures[otherFailure] == nil {
		p.wrong(n, "%s may fail for %s, and nothing says what is answered then; say it, or other, under failures", a.Command, strings.Join(silent, ", "))
	}
}

// complete complains about what can go wrong with a call without an answer for it.
func (p *parser) complete(a *API, n *document.Node) {
	refused := func(word string) bool {
		return slices.ContainsFunc(a.refuse, func(l line) bool { return l.when.word == word })
	}
	if a.auth.asks() {
		for _, word := range []string{authMissing, authWrong} {
			if !refused(word) {
				p.wrong(n, "nothing says what is answered to %s; add it to refuse", word)
			}
		}
	}
	fallible := len(a.codecs) > 0 && a.codecs[0] != codecNone || slices.ContainsFunc(a.takes, func(t take) bool { return t.name != routeName })
	if fallible && !refused(requestInvalid) {
		p.wrong(n, "nothing says what is answered to %s; add it to refuse", requestInvalid)
	}
}

// A way is a method and a path of a call.
type way struct {
	node         *document.Node
	method, path string
}

func (p *parser) ways(n *document.Node) []way {
	route := p.must(n, "route")
	if route == nil {
		return nil
	}
	nodes := []*document.Node{route}
	if route.Kind == document.Array {
		nodes = nodes[:0]
		for i := range route.Items {
			nodes = append(nodes, &route.Items[i])
		}
	}
	var ways []way
	for _, one := range nodes {
		method, path, _ := strings.Cut(p.text(one), " ")
		if !slices.Contains(methods(), method) || !wellFormed(path) {
			p.wrong(one, "expected %s and a path, such as POST /wa/api/v1/app/opt/in/{app}; found %s", methodWords, one.Describe())
			continue
		}
		ways = append(ways, way{one, method, path})
	}
	return ways
}

var (
	segment  = regexp.MustCompile(`^([A-Za-z0-9._~-]+|\{[a-z][a-z_]*\})$`)
	variable = regexp.MustCompile(`\{([a-z_]+)\}`)
)

func wellFormed(path string) bool {
	below, ok := strings.CutPrefix(path, "/")
	return ok && !slices.ContainsFunc(strings.Split(below, "/"), func(part string) bool { return !segment.MatchString(part) })
}

func variables(path string) []string {
	var names []string
	for _, match := range variable.FindAllStringSubmatch(path, -1) {
		names = append(names, match[1])
	}
	return names
}

// mount makes the APIs, and complains about a method and path that is taken.
func (p *parser) mount(a *API, n *document.Node, ways []way) {
	sets := map[string][]string{}
	p.members(n.Get("path"), func(m *document.Member) {
		sets[m.Key] = p.texts(&m.Value)
		if m.Value.Kind == document.Array && len(sets[m.Key]) == 0 {
			p.wrong(&m.Value, "expected a list of words, found %s", m.Value.Describe())
		}
		if !slices.ContainsFunc(ways, func(w way) bool { return slices.Contains(variables(w.path), m.Key) }) {
			p.wrong(keyOf(m), "no path of the call has a variable %s", document.Quote(m.Key))
		}
	})
	for _, w := range ways {
		own := *a
		own.Method, own.Path, own.Vars = w.method, w.path, map[string][]string{}
		for _, name := range variables(w.path) {
			if sets[name] != nil {
				own.Vars[name] = sets[name]
			}
		}
		for _, shape := range shapes(&own) {
			if other := p.seen[shape]; other != "" {
				p.wrong(w.node, "the call %s has this method and path already", other)
				break
			}
			p.seen[shape] = a.Name
		}
		p.apis = append(p.apis, &own)
	}
}

// shapes are the method and path, once for each word of closed sets.
func shapes(a *API) []string {
	all := []string{a.Method + " "}
	for part := range strings.SplitSeq(strings.TrimPrefix(a.Path, "/"), "/") {
		words := []string{part}
		if names := variables(part); names != nil {
			if words = a.Vars[names[0]]; words == nil {
				words = []string{"{}"}
			}
		}
		var longer []string
		for _, before := range all {
			for _, word := range words {
				longer = append(longer, before+"/"+word)
			}
		}
		all = longer
	}
	return all
}
