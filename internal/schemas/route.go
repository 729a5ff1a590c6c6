package schemas

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/wire/request"
)

// A Route is a provider, version and channel: its event types, the formats of its IDs and errors,
// its delays, and the [Contract] by which its events are delivered.
type Route struct {
	Name, Channel string
	Provider      *Provider
	Contract      Contract

	// patterns are the names of its event types, relative to the provider; see [canonical.Match].
	patterns []string
	// mappingCache caches the result of Mappings for canonical events.
	mappingCache sync.Map
	// supports caches the result of supported.
	supportsOnce sync.Once
	supports     []string
}

// suffix is the last part of the route's name, by which the data distinguishes routes.
func (r *Route) suffix() string { return path.Base(r.Name) }

// carries reports whether the route has an event type, named relative to the provider.
func (r *Route) carries(name string) bool {
	return slices.ContainsFunc(r.patterns, func(pattern string) bool {
		return canonical.Match(pattern, name)
	})
}

// Types returns the event types of the route, sorted by name.
func (r *Route) Types() []*EventType {
	return slices.DeleteFunc(slices.Clone(r.Provider.Types), func(t *EventType) bool { return !r.carries(t.relative) })
}

// An EventMapping maps a canonical event to an event type and to values in its body.
type EventMapping struct {
	Type  *EventType
	Where []PointerValue
}

// A PointerValue is a JSON Pointer into a body with one item, and the JSON value there.
type PointerValue struct{ Pointer, JSON string }

// Mappings returns the mappings of a canonical event on the route, the default first. If the route
// doesn't support the event, unsupported is the reason. The result is shared; don't change it.
func (r *Route) Mappings(event string) (mappings []EventMapping, unsupported string) {
	if found, ok := r.mappingCache.Load(event); ok {
		return found.(*cachedMappings).mappings, found.(*cachedMappings).unsupported
	}
	mappings, unsupported = r.find(event)
	if canonical.Is(event) { // few, and often requested
		r.mappingCache.Store(event, &cachedMappings{slices.Clip(mappings), unsupported})
	}
	return mappings, unsupported
}

// A cachedMappings is a result of Mappings.
type cachedMappings struct {
	mappings    []EventMapping
	unsupported string
}

func (r *Route) find(event string) (mappings []EventMapping, unsupported string) {
	for _, w := range r.Provider.mappings {
		if w.name != event || !r.appliesTo(w.route) {
			continue
		}
		if w.typeName == "" {
			unsupported = w.unsupported
		}
		for _, t := range r.Provider.Types {
			if t.relative == w.typeName && r.carries(t.relative) {
				mappings = append(mappings, EventMapping{t, w.pointerValues()})
			}
		}
	}
	switch {
	case mappings != nil:
		return mappings, ""
	case unsupported == "":
		unsupported = "the provider's documentation has no such event"
	}
	return nil, unsupported
}

func (w mappingRule) pointerValues() []PointerValue {
	var places []PointerValue
	for _, c := range w.where {
		places = append(places, PointerValue{c.pointer, c.value.Compact(maxWhere)})
	}
	return places
}

// maxWhere limits the value of a where.
const maxWhere = 1 << 10

// appliesTo reports whether an entry for a suffix, or for all routes (""), applies to this route.
func (r *Route) appliesTo(word string) bool { return word == "" || word == r.suffix() }

type idRule struct {
	name, route string
	template    value.Template
}

// ID returns the template of an ID, or of a text made like an ID, on the route: "message.id",
// "message.metadata".
func (r *Route) ID(name string) (value.Template, bool) {
	for _, rule := range r.Provider.ids {
		if rule.name == name && r.appliesTo(rule.route) {
			return rule.template, true
		}
	}
	return value.Template{}, false
}

// A Reason is why a message fails, as the provider reports it.
type Reason struct {
	// Name is the canonical reason: "not-on-whatsapp".
	Name string
	// Code is a decimal number, or "" without a code; leading zeros count.
	Code, Text, Title, Href string
	// Status is the provider's status for the reason, if it has one.
	Status string
	// Stages are "sync" and "async": rejected immediately, or later.
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

// Reason returns the route's entry for a canonical reason.
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

// submitted is the time of the call that sent a message: the only point of timing that isn't an event.
const submitted = "message.submitted"

// Timing is the delay of an event after another event of the same message, or after
// "message.submitted".
type Timing struct {
	After string
	Delay prng.Distribution
}

type timingRule struct {
	event, route string
	timing       Timing
}

// Timing returns the timing of a canonical event on the route, if the data has one.
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
	return nil, unknown{ErrUnknownRoute, fmt.Sprintf("find route: no provider or route is named %q; %s", name, document.OneOf(name, c.Routes()))}
}

// CheckVariables rejects the path of a value that no event type of the route has.
func (r *Route) CheckVariables(paths [][]string) error { return checkPaths(r.Name, r.Types(), paths) }

// CheckVariables rejects the path of a value that the event type doesn't have.
func (t *EventType) CheckVariables(paths [][]string) error {
	return checkPaths(t.Name, []*EventType{t}, paths)
}

func checkPaths(owner string, types []*EventType, paths [][]string) error {
	var names []string
	for _, path := range paths {
		if slices.ContainsFunc(types, func(t *EventType) bool { return len(t.Root().Describing(path)) > 0 }) {
			continue
		}
		for _, t := range types {
			names = append(names, t.Root().Keys()...)
		}
		slices.Sort(names)
		name := strings.Join(path, ".")
		return fmt.Errorf("the variable {{%s}} is not a value of %s; %s", name, owner, document.OneOf(name, slices.Compact(names)))
	}
	return nil
}

// URLVariables are the texts in URLs that stand for a value, on the routes of the type.
func (t *EventType) URLVariables() request.Variables {
	var all request.Variables
	for _, r := range t.Routes() {
		all = append(all, r.Contract.URLVariables...)
	}
	return all
}
