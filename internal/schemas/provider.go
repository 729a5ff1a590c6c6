package schemas

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Provider is the content of a provider.yaml: routes, items, events, errors, IDs, and the
// contract of each route.
type Provider struct {
	Name, Title, Description string
	// Routes are sorted by name. A provider name without a route means DefaultRoute when events
	// are sent, and all routes when events are validated.
	Routes       []*Route
	DefaultRoute string
	// Default is true for the provider that is used if none is named.
	Default bool
	// Hosts are the names at which the provider serves its API, in lower case; no two providers of
	// a Catalog have one in common.
	Hosts []string
	Types []*EventType
	// CoverageExclusions are what its schemas allow but the provider is not known to send.
	CoverageExclusions []CoverageExclusion

	file *document.File
	// readAPIs reads apis.yaml, once; nil if there is none. apisFolder is the folder beside it.
	readAPIs   func() (*document.File, error)
	apisFolder fs.FS

	// readRules reads rules.json, once; nil if there is none.
	readRules func() (*providerRules, error)

	// documented has the examples of the tree that are payloads of the documentation.
	documented func() map[string]bool
	// placeholders are words of the documentation that its values must not be.
	placeholders value.Words

	items    []itemRule
	mappings []mappingRule
	ids      []idRule
	reasons  []reasonRule
	timings  []timingRule
	accounts []*Account
}

type mapping = document.Mapping[document.Node]

// A declaredProvider is provider.yaml. Entries that depend on the routes are decoded after them.
type declaredProvider struct {
	document.Remarks
	Provider           document.Located[string]        `key:"provider,required"`
	Title              string                          `key:"title,required"`
	Description        string                          `key:"description" was:"about"`
	Routes             document.Mapping[declaredRoute] `key:"routes,required"`
	Default            document.Located[string]        `key:"default"`
	DefaultProvider    bool                            `key:"default_provider" was:"usual"`
	Hosts              []declaredHost                  `key:"hosts"`
	Items              []itemRule                      `key:"items"`
	Events             mapping                         `key:"events"`
	Errors             mapping                         `key:"errors"`
	IDs                mapping                         `key:"ids"`
	Contract           *document.Node                  `key:"contract"`
	Timing             mapping                         `key:"timing"`
	Accounts           mapping                         `key:"accounts"`
	Placeholders       []string                        `key:"placeholders"`
	CoverageExclusions []declaredExclusion             `key:"coverage_exclusions" was:"unsent"`
}

type declaredRoute struct {
	document.Remarks
	Channel string        `key:"channel,required"`
	Types   []namePattern `key:"types,required" was:"events"`
}

// A namePattern is a name with * for any text; see [canonical.Match].
type namePattern string

func (p *namePattern) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var text string
	if !d.Decode(n, &text) {
		return
	}
	if !canonical.ValidPattern(text) {
		d.Errorf(n, "pattern %q is invalid: write a name, with * for any text (for example sms.*)", text)
	}
	*p = namePattern(text)
}

// providerParser reads provider.yaml strictly; all errors come at once.
type providerParser struct {
	file     *document.File
	provider *Provider
	d        *document.Decoder
}

func parseProvider(f *document.File) (*Provider, error) {
	p := &providerParser{file: f, provider: &Provider{file: f}, d: document.NewDecoder(f)}
	var declared declaredProvider
	p.d.Decode(&f.Root, &declared)
	p.provider.Name = path.Base(path.Dir(f.Name))
	p.provider.Title, p.provider.Description, p.provider.Default = declared.Title, declared.Description, declared.DefaultProvider
	if name := declared.Provider; name.Value != "" && name.Value != p.provider.Name {
		p.d.Errorf(name.Node, "provider %q is in the folder %q; use the same name for both", name.Value, p.provider.Name)
	}
	if p.routes(&f.Root, &declared); p.provider.Routes == nil {
		return p.provider, p.d.Err() // most of the rest needs the routes' names
	}
	p.hosts(declared.Hosts)
	p.provider.items = declared.Items
	p.provider.placeholders = value.NewWords(declared.Placeholders)
	p.events(declared.Events)
	p.errors(declared.Errors)
	p.ids(declared.IDs)
	p.contract(declared.Contract)
	p.timing(declared.Timing)
	p.accounts(declared.Accounts)
	p.coverageExclusions(declared.CoverageExclusions)
	return p.provider, p.d.Err()
}

func (p *providerParser) routes(root *document.Node, declared *declaredProvider) {
	for _, one := range declared.Routes.Each {
		if one.Name != p.provider.Name && path.Dir(one.Name) != p.provider.Name {
			p.d.Errorf(one.Key, "route %q does not start with its provider: write %s or %s/%s", one.Name, p.provider.Name, p.provider.Name, path.Base(one.Name))
		}
		route := &Route{Name: one.Name, Provider: p.provider, Channel: one.Value.Channel}
		for _, pattern := range one.Value.Types {
			route.patterns = append(route.patterns, string(pattern))
		}
		p.provider.Routes = append(p.provider.Routes, route)
	}
	slices.SortFunc(p.provider.Routes, func(a, b *Route) int { return strings.Compare(a.Name, b.Name) })
	var names []string
	for _, r := range p.provider.Routes {
		names = append(names, r.Name)
	}
	switch routes := root.Get("routes"); {
	case routes == nil || routes.Kind != document.Object:
	case names == nil:
		p.d.Errorf(routes, "provider has no route; add one (for example %s: {channel: sms, types: [\"*\"]})", p.provider.Name)
	case declared.Default.Node == nil && len(names) > 1:
		p.d.Errorf(root, "missing key %q; known: %s", "default", strings.Join(names, ", "))
	case declared.Default.Node == nil:
		p.provider.DefaultRoute = names[0]
	default:
		p.provider.DefaultRoute = declared.Default.Value
		if name := p.provider.DefaultRoute; !slices.Contains(names, name) {
			p.d.Errorf(declared.Default.Node, "default route %q is not among the routes; %s", name, document.OneOf(name, names))
		}
	}
}

// isRouteWord reports whether a key is the last part of a route's name.
func (p *providerParser) isRouteWord(key string) bool {
	return slices.ContainsFunc(p.provider.Routes, func(r *Route) bool { return r.suffix() == key })
}

// routeWord reports a key that is not the last part of a route's name.
func (p *providerParser) routeWord(key string, at *document.Node) {
	if p.isRouteWord(key) {
		return
	}
	var words []string
	for _, r := range p.provider.Routes {
		words = append(words, r.suffix())
	}
	p.d.Errorf(at, "%q is not the last part of a route's name; %s", key, document.OneOf(key, words))
}

// byRoute visits n for all routes (""), or the value of each key if a key is the last part of a
// route's name.
func (p *providerParser) byRoute(n *document.Node, visit func(route string, v *document.Node)) {
	if !slices.ContainsFunc(n.Keys(), p.isRouteWord) {
		visit("", n)
		return
	}
	var routes mapping
	p.d.Decode(n, &routes)
	for i := range routes.Each {
		one := &routes.Each[i]
		p.routeWord(one.Name, one.Key)
		visit(one.Name, &one.Value)
	}
}

// A mappingRule maps one canonical event to an event type.
type mappingRule struct {
	name        string // message.delivered
	typeName    string // the event type, relative to the provider; "" if unsupported
	unsupported string // why the event is unsupported
	// route is the last part of the route's name; "" for all routes.
	route string
	node  *document.Node
	where []condition
}

// A condition is a JSON Pointer into a body with one item, and the value there.
type condition struct {
	pointer string
	value   document.Node
}

func (p *providerParser) events(declared mapping) {
	for i := range declared.Each {
		one := &declared.Each[i]
		p.canonicalEvent(one.Name, one.Key)
		p.byRoute(&one.Value, func(route string, n *document.Node) {
			if n.Kind != document.Array {
				p.event(one.Name, route, n)
				return
			}
			for i := range n.Items { // the first is the default
				p.event(one.Name, route, &n.Items[i])
			}
		})
	}
}

func (p *providerParser) canonicalEvent(name string, at *document.Node) {
	if !canonical.Is(name) {
		p.d.Errorf(at, "unknown canonical event %q; %s", name, document.OneOf(name, canonical.Events()))
	}
}

// event reads the name of an event type, or a mapping with a type and a where, or with the reason
// why the event is unsupported.
func (p *providerParser) event(name, route string, n *document.Node) {
	one := mappingRule{name: name, route: route, node: n}
	if n.Kind == document.String {
		one.typeName = n.Text
		p.provider.mappings = append(p.provider.mappings, one)
		return
	}
	var declared struct {
		document.Remarks
		Type        document.Located[string] `key:"type" was:"event"`
		Where       mapping                  `key:"where"`
		Unsupported string                   `key:"unsupported" was:"none"`
	}
	if !p.d.Decode(n, &declared) || p.d.OneKey(n, "type", "unsupported") == "" {
		return
	}
	one.typeName, one.unsupported = declared.Type.Value, declared.Unsupported
	if declared.Type.Node != nil {
		one.node = declared.Type.Node
	}
	for _, place := range declared.Where.Each {
		if !document.IsPointer(place.Name) {
			p.d.Errorf(place.Key, "%q is not a JSON Pointer: write a slash before each key (for example /payload/status)", place.Name)
		}
		one.where = append(one.where, condition{place.Name, place.Value})
	}
	p.provider.mappings = append(p.provider.mappings, one)
}

var reasonName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// A declaredReason has the keys of one entry of errors.
type declaredReason struct {
	document.Remarks
	Code   errorCode `key:"code"`
	Text   string    `key:"reason"`
	Title  string    `key:"title"`
	Href   string    `key:"href"`
	Status string    `key:"status"`
	Stages stages    `key:"stage"`
}

// An errorCode is a decimal number, also as a string; leading zeros count.
type errorCode string

func (c *errorCode) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if _, err := value.OfNumber(n.Text); err != nil || n.Kind != document.Number && n.Kind != document.String {
		d.Errorf(n, "expected a number, found %s", n.Describe())
	}
	*c = errorCode(n.Text)
}

// stages are when a reason is reported: "sync", "async", or both.
type stages []string

func (s *stages) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind != document.Array {
		*s = stages{d.Enum(n, "sync", "async")}
		return
	}
	*s = make(stages, len(n.Items))
	for i := range n.Items {
		(*s)[i] = d.Enum(&n.Items[i], "sync", "async")
	}
}

func (p *providerParser) errors(declared mapping) {
	for i := range declared.Each {
		one := &declared.Each[i]
		if !reasonName.MatchString(one.Name) {
			p.d.Errorf(one.Key, "%q is not a canonical reason: write lowercase words with dashes", one.Name)
		}
		p.byRoute(&one.Value, func(route string, n *document.Node) {
			r := declaredReason{Stages: stages{"sync", "async"}}
			p.d.Decode(n, &r)
			p.provider.reasons = append(p.provider.reasons, reasonRule{route, Reason{
				Name: one.Name, Code: string(r.Code), Text: r.Text, Title: r.Title, Href: r.Href, Status: r.Status, Stages: r.Stages,
			}})
		})
	}
}

func (p *providerParser) ids(declared mapping) {
	for i := range declared.Each {
		one := &declared.Each[i]
		switch kind, ok := value.KindOf(one.Name); {
		case !ok:
			p.d.Errorf(one.Key, "unknown value %q; %s", one.Name, document.OneOf(one.Name, value.Names()))
		case kind != value.ID && kind != value.Text:
			p.d.Errorf(one.Key, "a template makes an ID or a text, but %s is of kind %s", one.Name, kind)
		}
		p.byRoute(&one.Value, func(route string, n *document.Node) {
			var t template
			if p.d.Decode(n, &t) {
				p.provider.ids = append(p.provider.ids, idRule{one.Name, route, t.Template})
			}
		})
	}
}

var templateName = regexp.MustCompile(`\{\{([^{}|?]*)`)

// timing reads the delay of an event after another, as a distribution.
func (p *providerParser) timing(declared mapping) {
	for i := range declared.Each {
		one := &declared.Each[i]
		p.canonicalEvent(one.Name, one.Key)
		p.byRoute(&one.Value, func(route string, n *document.Node) {
			var delay struct {
				document.Remarks
				After document.Located[string] `key:"after,required"`
				prng.Keys
			}
			if !p.d.Decode(n, &delay) {
				return
			}
			if after := delay.After.Value; after != submitted && !canonical.Is(after) {
				p.d.Errorf(delay.After.Node, "unknown canonical event %q; %s", after, document.OneOf(after, append(canonical.Events(), submitted)))
			}
			p.provider.timings = append(p.provider.timings, timingRule{one.Name, route, Timing{delay.After.Value, delay.Keys.Distribution(p.d, n)}})
		})
	}
}
