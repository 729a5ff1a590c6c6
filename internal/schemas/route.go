package schemas

import (
	"fmt"
	"path"
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/value"
)

// A Route is provider, version and channel, as far as they matter: what comes
// by it, how its ids and errors are spelled, how long things take there, and
// the [Contract] by which its events are delivered.
type Route struct {
	Name, Channel string
	Provider      *Provider
	Contract      Contract

	// patterns are the names of its event types, relative to the provider, in the manner of path.Match.
	patterns []string
	// mappingCache holds what Mappings has found for neutral events.
	mappingCache sync.Map
}

// suffix is the route's last word, by which the data tells routes apart.
func (r *Route) suffix() string { return path.Base(r.Name) }

// matches reports whether an event type, named relative to the provider, comes by this route.
func (r *Route) carries(name string) bool {
	return slices.ContainsFunc(r.patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	})
}

// Types returns the event types that come by the route, sorted by name.
func (r *Route) Types() []*EventType {
	return slices.DeleteFunc(slices.Clone(r.Provider.Types), func(t *EventType) bool { return !r.carries(t.relative) })
}

// A EventMapping is how a provider says a neutral event: an event type, and what stands
// at some places of its body.
type EventMapping struct {
	Type  *EventType
	Where []PointerValue
}

// A Pointer is a JSON Pointer into a body with one item, and the JSON that stands there.
type PointerValue struct{ Pointer, JSON string }

// Mappings returns how the route says a neutral event, the usual way first. If
// there is none, it says why. What it returns is shared: it is to be read only.
func (r *Route) Mappings(event string) (ways []EventMapping, none string) {
	if found, ok := r.mappingCache.Load(event); ok {
		return found.(*cachedMappings).mappings, found.(*cachedMappings).unsupported
	}
	ways, none = r.find(event)
	if canonical.Is(event) { // there are few of them, and they are asked for often
		r.mappingCache.Store(event, &cachedMappings{slices.Clip(ways), none})
	}
	return ways, none
}

// A saying is what Mappings has found.
type cachedMappings struct {
	mappings    []EventMapping
	unsupported string
}

func (r *Route) find(event string) (ways []EventMapping, none string) {
	for _, w := range r.Provider.mappings {
		if w.name != event || !r.appliesTo(w.route) {
			continue
		}
		if w.typeName == "" {
			none = w.unsupported
		}
		for _, t := range r.Provider.Types {
			if t.relative == w.typeName && r.carries(t.relative) {
				ways = append(ways, EventMapping{t, w.pointerValues()})
			}
		}
	}
	switch {
	case ways != nil:
		return ways, ""
	case none == "":
		none = "the provider's documents name no such event"
	}
	return nil, none
}

func (w mappingRule) pointerValues() []PointerValue {
	var places []PointerValue
	for _, c := range w.where {
		places = append(places, PointerValue{c.pointer, c.value.Compact(maxWhere)})
	}
	return places
}

// longestWhere bounds the value of a where, which is a word of the provider's.
const maxWhere = 1 << 10

// appliesTo reports whether something said for a route's last word, or for all
// routes (""), is said for this one.
func (r *Route) appliesTo(word string) bool { return word == "" || word == r.suffix() }

type idRule struct {
	name, route string
	template    value.Template
}

// ID returns how the route spells the id, or the text that is spelled like one, of
// this name: "message.id", "message.metadata".
func (r *Route) ID(name string) (value.Template, bool) {
	for _, rule := range r.Provider.ids {
		if rule.name == name && r.appliesTo(rule.route) {
			return rule.template, true
		}
	}
	return value.Template{}, false
}

// A Reason is why a message fails, in the provider's own words.
type Reason struct {
	// Name is the neutral one: "not-on-whatsapp".
	Name string
	// Code is a decimal number, "" if the provider gives none; leading zeros count.
	Code, Text, Title, Href string
	// Status is the status word of a provider that has one for each reason.
	Status string
	// Stages are "sync" and "async": refused at once, or later.
	Stages []string
}

type reasonRule struct {
	route  string
	reason Reason
}

// Reasons returns the reasons for which a message may fail on the route, in
// the order of provider.yaml.
func (r *Route) Reasons() []Reason {
	var all []Reason
	for _, rule := range r.Provider.reasons {
		if r.appliesTo(rule.route) {
			all = append(all, rule.reason)
		}
	}
	return all
}

// Reason returns the route's words for a neutral reason.
func (r *Route) Reason(name string) (Reason, error) {
	var names []string
	for _, reason := range r.Reasons() {
		if reason.Name == name {
			return reason, nil
		}
		names = append(names, reason.Name)
	}
	return Reason{}, fmt.Errorf("find error: %s has no error %q; %s", r.Name, name, document.OneOf(name, names))
}

// submitted is the moment at which a message was handed to the provider: the
// one moment of timing that no event tells.
const submitted = "message.submitted"

// Timing says when an event comes: so long after another event of the same
// message, or after "message.submitted".
type Timing struct {
	After string
	Delay prng.Distribution
}

type timingRule struct {
	event, route string
	timing       Timing
}

// Timing returns when a neutral event comes on the route, if its data says so.
func (r *Route) Timing(event string) (Timing, bool) {
	for _, rule := range r.Provider.timings {
		if rule.event == event && r.appliesTo(rule.route) {
			return rule.timing, true
		}
	}
	return Timing{}, false
}

// Route returns the route of a name; a bare provider name is its default route.
func (c *Catalog) Route(name string) (*Route, error) {
	for _, p := range c.Providers {
		for _, r := range p.Routes {
			if r.Name == name || p.Name == name && r.Name == p.DefaultRoute {
				return r, nil
			}
		}
	}
	return nil, fmt.Errorf("find route: no provider or route is named %q; %s", name, document.OneOf(name, c.Routes()))
}
