package script

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// RouteOf returns a route as plans need it.
func RouteOf(r *schemas.Route) scenarios.Route { return planRoute{r} }

// A planRoute is a route of the catalog as a [scenarios.Route].
type planRoute struct{ route *schemas.Route }

func (p planRoute) Name() string     { return p.route.Name }
func (p planRoute) Provider() string { return p.route.Provider.Name }
func (p planRoute) MaxItems() int    { return p.route.Contract.Batching.MaxItems }

// Supports takes a canonical event or the name of an event type of the route.
func (p planRoute) Supports(event string) (ok bool, reason string) {
	if canonical.Is(event) {
		mappings, unsupported := p.route.Mappings(event)
		return len(mappings) > 0, unsupported
	}
	var names []string
	for _, t := range p.route.Types() {
		if t.Name == event {
			return true, ""
		}
		names = append(names, t.Name)
	}
	return false, "the route has no such event type; " + document.OneOf(event, names)
}

func (p planRoute) CanonicalEvent(eventType string) string {
	for _, t := range p.route.Types() {
		if events := t.CanonicalEvents(); t.Name == eventType && len(events) > 0 {
			return events[0]
		}
	}
	return ""
}

func (p planRoute) Timing(event string) (after string, delay prng.Distribution, ok bool) {
	timing, ok := p.route.Timing(event)
	return timing.After, timing.Delay, ok
}

func (p planRoute) HasReason(reason string) bool {
	_, err := p.route.Reason(reason)
	return err == nil
}

func (p planRoute) HasValue(event, name string) bool {
	for _, t := range p.route.Types() {
		if t.Name == event {
			return t.HasValue(name)
		}
	}
	mappings, _ := p.route.Mappings(event)
	return slices.ContainsFunc(mappings, func(m schemas.EventMapping) bool { return m.Type.HasValue(name) })
}

// CheckProofs checks the proofs of a scenario on all routes of a catalog; see
// [scenarios.Scenario.CheckProofs].
func CheckProofs(catalog *schemas.Catalog, one *scenarios.Scenario) error {
	var routes []scenarios.Route
	for _, provider := range catalog.Providers {
		for _, route := range provider.Routes {
			routes = append(routes, RouteOf(route))
		}
	}
	return one.CheckProofs(routes)
}
