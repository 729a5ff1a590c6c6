package callspec

import (
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A declaredFile has the keys of apis.yaml: modes, groups, and the operations.
type declaredFile struct {
	document.Remarks
	Modes  document.Mapping[[]document.Node] `key:"modes" want:"a list of event types or canonical events, * allowed"`
	Groups document.Mapping[declaredGroup]   `key:"groups"`
	Calls  document.Entries[document.Node]   `key:",rest"`
}

// A declaredGroup has the keys that several operations share.
type declaredGroup struct {
	document.Remarks
	Auth     auth                        `key:"auth"`
	Routes   *[]document.Located[string] `key:"routes" want:"a list of routes"`
	Errors   []errorCase                 `key:"errors" was:"refuse" want:"a list of {when, response}"`
	Failures document.Mapping[response]  `key:"failures"`
}

// A declaredCall has the keys of an operation.
type declaredCall struct {
	document.Remarks
	Group    document.Located[string]          `key:"group"`
	HTTP     httpRoutes                        `key:"http,required" was:"route"`
	Routes   *document.Node                    `key:"routes"`
	Path     document.Mapping[[]string]        `key:"path,nonempty" want:"a list of words"`
	Auth     *auth                             `key:"auth"`
	Match    document.Mapping[document.Node]   `key:"match,nonempty" want:"a mapping from JSON Pointers to a word or a list of words"`
	Request  declaredRequest                   `key:"request"`
	Each     pointers                          `key:"each"`
	Params   document.Mapping[document.Node]   `key:"params" was:"take"`
	Errors   []errorCase                       `key:"errors" was:"refuse" want:"a list of {when, response}"`
	Starts   document.Located[[]declaredStart] `key:"starts" was:"plays" want:"a list of {when, scenario, with}"`
	Command  document.Located[string]          `key:"command" was:"do"`
	Failures document.Mapping[response]        `key:"failures"`
	Response *response                         `key:"response,required" was:"reply"`
}

// A declaredRequest has the codec and the schema of a body.
type declaredRequest struct {
	document.Remarks
	Codec   codecNames                 `key:"codec,required"`
	JSON    []string                   `key:"json"`
	Either  []document.Located[string] `key:"text_or_json" want:"a list of fields"`
	AnyCase bool                       `key:"any_case" oneof:"true"`
	Schema  document.Located[string]   `key:"schema"`
}

// parser decodes one apis.yaml strictly; all errors come at once.
type parser struct {
	*document.Decoder
	folder   fs.FS
	provider *schemas.Provider
	library  *scenarios.Library

	modes   map[string][]string
	groups  map[string]*group
	apis    []*Operation
	seen    map[string]string // method and path, to the Operation that has them
	schemas map[string]bool   // those that a call names
}

// A group has what several operations share.
type group struct {
	auth     auth
	routes   []*schemas.Route
	errors   []errorCase
	failures map[string]*response
}

var callName = regexp.MustCompile(`^[a-z][a-z0-9]*([.-][a-z0-9]+)*$`)

func (p *parser) parse() {
	root := &p.File().Root
	var declared declaredFile
	p.Decode(root, &declared)
	p.seen, p.schemas, p.modes, p.groups = map[string]string{}, map[string]bool{}, map[string][]string{}, map[string]*group{}
	for _, mode := range declared.Modes.Each {
		p.modes[mode.Name] = []string{}
		for i := range mode.Value {
			p.pattern(&mode.Value[i])
			p.modes[mode.Name] = append(p.modes[mode.Name], mode.Value[i].Text)
		}
	}
	for _, one := range declared.Groups.Each {
		g := one.Value
		p.groups[one.Name] = &group{auth: g.Auth, routes: p.routes(nil), errors: g.Errors, failures: p.failures(g.Failures, failures())}
		if g.Routes != nil {
			p.groups[one.Name].routes = p.routes(root.Get("groups").Get(one.Name).Get("routes"))
		}
	}
	for i := range declared.Calls {
		one := &declared.Calls[i]
		if !callName.MatchString(one.Name) {
			p.Errorf(one.Key, "expected an operation name of lowercase words with dashes and dots (for example send or subscription.create), found %s", document.Quote(one.Name))
			continue
		}
		p.call(one.Name, &one.Value)
	}
	if p.Err() == nil { // an operation that isn't decoded doesn't name its schema
		p.unused()
	}
}

// unused reports schemas that no operation uses.
func (p *parser) unused() {
	names, err := fs.Glob(p.folder, "*.json")
	if err != nil {
		p.Errorf(&p.File().Root, "list the schemas: %v", err)
	}
	for _, name := range names {
		if !p.schemas[name] {
			p.Errorf(&p.File().Root, "no operation uses the schema %s; name it under request, or delete it", document.Quote(name))
		}
	}
}

// pattern reports a pattern that matches no event.
func (p *parser) pattern(n *document.Node) {
	names := canonical.Events()
	for _, t := range p.provider.Types {
		names = append(names, strings.TrimPrefix(t.Name, p.provider.Name+"/"))
	}
	if !slices.ContainsFunc(names, func(name string) bool {
		return canonical.Match(n.Text, name)
	}) {
		p.Errorf(n, "no event matches %s; %s", document.Quote(n.Text), document.OneOf(n.Text, names))
	}
}

// allRoutes is the value of routes for an operation that applies to all routes at once.
const allRoutes = "all"

// routes are the routes of an operation: by default all of the provider's, the default route first.
func (p *parser) routes(n *document.Node) []*schemas.Route {
	if n == nil {
		all := slices.Clone(p.provider.Routes)
		slices.SortStableFunc(all, func(a, b *schemas.Route) int {
			return boolToInt(b.Name == p.provider.DefaultRoute) - boolToInt(a.Name == p.provider.DefaultRoute)
		})
		return all
	}
	var names []string
	for _, r := range p.provider.Routes {
		names = append(names, r.Name)
	}
	var routes []*schemas.Route
	for i := range n.Elements() {
		item := &n.Items[i]
		if at := slices.Index(names, item.Text); at >= 0 {
			routes = append(routes, p.provider.Routes[at])
			continue
		}
		p.Errorf(item, "unknown route %s; %s", item.Compact(maxWord), document.OneOf(item.Text, names))
	}
	if len(n.Elements()) == 0 {
		p.Errorf(n, "expected a list with at least one route, found %s; leave routes out for all", n.Describe())
	}
	return routes
}

func boolToInt(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// call decodes a call, and makes an Operation for each of its methods and paths.
func (p *parser) call(name string, n *document.Node) {
	var declared declaredCall
	if !p.Decode(n, &declared) {
		return
	}
	g := &group{}
	if ref := declared.Group; ref.Node != nil {
		if found := p.groups[ref.Value]; found != nil {
			g = found
		} else {
			p.Errorf(ref.Node, "unknown group %s; %s", document.Quote(ref.Value), document.OneOf(ref.Value, slices.Collect(maps.Keys(p.groups))))
		}
	}
	a := Operation{Provider: p.provider, Name: name, auth: g.auth, Routes: g.routes, modes: p.modes}
	if declared.Auth != nil {
		a.auth = *declared.Auth
	}
	switch v := declared.Routes; {
	case v != nil && v.Kind == document.String:
		p.Enum(v, allRoutes)
		a.Routes, a.Whole = p.routes(nil), true
	case v != nil || a.Routes == nil:
		a.Routes = p.routes(v)
	}
	if a.auth.scheme == "" {
		p.Errorf(n, "missing key %q: add where a request has its API key, or none", "auth")
	}
	a.Mounts = mounts(p.provider, a.Routes)
	p.request(&a, n.Get("request"), declared.Request)
	a.errors = sortErrorCases(declared.Errors, g.errors)
	p.command(&a, &declared)
	p.match(&a, declared.Match)
	p.params(&a, n, &declared)
	p.responses(&a, n, &declared, g)
	p.complete(&a, n)
	p.mount(&a, &declared)
}

// command reads what an operation does: it starts scenarios, runs a command, or only responds.
func (p *parser) command(a *Operation, declared *declaredCall) {
	do, plays := declared.Command, declared.Starts
	switch {
	case do.Node != nil && plays.Node != nil:
		p.Errorf(do.Node, "keys command and starts exclude each other; keep one")
	case plays.Node != nil:
		a.Command = send
		a.starts = p.starts(plays, a.Routes)
	case do.Node != nil:
		if !slices.Contains(commands(), do.Value) {
			p.Errorf(do.Node, "unknown command %s; %s", do.Node.Compact(maxWord), document.OneOf(do.Value, commands()))
		}
		a.Command = do.Value
	}
}

// responses decodes the response and the errors: a call's own before those of its group.
func (p *parser) responses(a *Operation, n *document.Node, declared *declaredCall, g *group) {
	a.response = declared.Response
	reasons := commandFailures()[a.Command]
	a.failures = maps.Clone(g.failures)
	if a.failures == nil {
		a.failures = map[string]*response{}
	}
	own := p.failures(declared.Failures, reasons)
	maps.Copy(a.failures, own)
	maps.DeleteFunc(a.failures, func(reason string, _ *response) bool {
		return reason != otherFailure && !slices.Contains(reasons, reason)
	})
	silent := slices.DeleteFunc(slices.Clone(reasons), func(reason string) bool { return a.failures[reason] != nil })
	if len(silent) > 0 && a.failures[otherFailure] == nil {
		p.Errorf(n, "failures has no response for %s; add one for each reason, or other", strings.Join(silent, ", "))
	}
	var known []string
	for _, w := range declared.HTTP {
		known = variables(w.path)
	}
	for _, one := range append([]*response{a.response}, slices.Collect(maps.Values(own))...) {
		for _, echoed := range one.pathEchoes {
			if name := echoed.Value; !slices.Contains(known, name) {
				p.Errorf(echoed.Node, "path has no variable %s; %s", document.Quote(name), document.OneOf(name, known))
			}
		}
	}
}

// failures are the responses to failures, by canonical reason.
func (p *parser) failures(declared document.Mapping[response], known []string) map[string]*response {
	all := map[string]*response{}
	known = append(slices.Clone(known), otherFailure)
	for i := range declared.Each {
		one := &declared.Each[i]
		if !slices.Contains(known, one.Name) {
			p.Errorf(one.Key, "unknown failure %s; %s", document.Quote(one.Name), document.OneOf(one.Name, known))
			continue
		}
		if one.Name == urlRejected && !slices.ContainsFunc(p.provider.Routes, checksURL) {
			p.Errorf(one.Key, "%s never happens: the provider's contract has no handshake whose stage is sync; leave it out", urlRejected)
		}
		all[one.Name] = &one.Value
	}
	return all
}

// checksURL reports whether a call that sets a URL fails if the URL fails its check.
func checksURL(r *schemas.Route) bool {
	handshake := r.Contract.Handshake
	return handshake.Kind != "" && handshake.Kind != "none" && !handshake.Async
}

// complete reports what can go wrong with a call without a response for it.
func (p *parser) complete(a *Operation, n *document.Node) {
	rejected := func(word string) bool {
		return slices.ContainsFunc(a.errors, func(l errorCase) bool { return l.When.word == word })
	}
	want := func(word string) {
		if !rejected(word) {
			p.Errorf(n, "errors has no response for %s; add one", word)
		}
	}
	if a.auth.asks() {
		want(authMissing)
		want(authInvalid)
	}
	if len(a.codecs) > 0 && a.codecs[0] != codecNone || slices.ContainsFunc(a.params, func(t param) bool { return t.name != routeName }) {
		want(requestInvalid)
	}
}

// An httpRoute is a method and a path of a call.
type httpRoute struct {
	node         *document.Node
	method, path string
}

// httpRoutes are one, or a list of them.
type httpRoutes []httpRoute

func (r *httpRoutes) UnmarshalNode(d *document.Decoder, n *document.Node) {
	nodes := []*document.Node{n}
	if n.Kind == document.Array {
		nodes = nodes[:0]
		for i := range n.Items {
			nodes = append(nodes, &n.Items[i])
		}
	}
	for _, one := range nodes {
		method, path, _ := strings.Cut(one.Text, " ")
		if !slices.Contains(methods(), method) || !wellFormed(path) {
			d.Errorf(one, "expected %s and a path (for example POST /wa/api/v1/app/opt/in/{app}); found %s", methodWords, one.Describe())
			continue
		}
		*r = append(*r, httpRoute{one, method, path})
	}
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

// mount makes the APIs, and reports a method and path that is taken.
func (p *parser) mount(a *Operation, declared *declaredCall) {
	sets := map[string][]string{}
	for _, one := range declared.Path.Each {
		sets[one.Name] = one.Value
		if !slices.ContainsFunc(declared.HTTP, func(w httpRoute) bool { return slices.Contains(variables(w.path), one.Name) }) {
			p.Errorf(one.Key, "no path of the operation has a variable %s", document.Quote(one.Name))
		}
	}
	for _, w := range declared.HTTP {
		own := *a
		own.Method, own.Path, own.Vars = w.method, w.path, map[string][]string{}
		for _, name := range variables(w.path) {
			if sets[name] != nil {
				own.Vars[name] = sets[name]
			}
		}
		first := p.first(&own)
		if a.match != nil && first == nil {
			p.Errorf(w.node, "match has no effect: no operation before this one has the method and path")
		}
		for _, shape := range shapes(&own) {
			if other := p.seen[shape]; other != "" && first == nil {
				p.Errorf(w.node, "operation %s already has this method and path", other)
				break
			}
			p.seen[shape] = a.Name
		}
		if first != nil {
			own.Alternative, first.alternatives = true, append(first.alternatives, &own)
		}
		p.apis = append(p.apis, &own)
	}
}

// first is the operation with the method and path of one that has match; nil if it is the first one itself.
func (p *parser) first(a *Operation) *Operation {
	for _, other := range p.apis {
		if a.match != nil && other.Method == a.Method && other.Path == a.Path && !other.Alternative {
			return other
		}
	}
	return nil
}

// shapes are the method and path, once for each word of closed sets.
func shapes(a *Operation) []string {
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
