package grade

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// eachLocation makes a case for each location of each event at which the probe's faults apply,
// with only that fault.
func (g *grader) eachLocation(p *Probe, base playing) ([]probeCase, error) {
	plan, err := p.scenario.Plan(script.RouteOf(g.route), scenarios.Options{Seed: prng.Seed(g.seed, base.random), HasMock: true, ObservesConsumer: true})
	if err != nil {
		return nil, err
	}
	script := script.Script{Catalog: g.catalog, Generator: g.generator, Route: g.route, Plan: plan, Start: time.Now().UTC(), App: max(g.seed, 1)}
	var all []probeCase
	for i, planned := range slices.Collect(plan.PlannedEvents) {
		if len(planned.Faults) == 0 {
			continue
		}
		event, err := g.generator.Event(script.Request(&planned))
		if err != nil {
			return nil, err
		}
		t, err := g.catalog.Type(event.Type)
		if err != nil {
			return nil, err
		}
		anatomy, err := t.Layout(event.Body)
		if err != nil {
			return nil, err
		}
		name := planned.Faults[0].Fault.Name()
		for _, place := range g.locationsOf(name, planned.Items[0].Event, anatomy) {
			one, err := fault.Parse(fmt.Sprintf("%s:field=%s", name, place))
			if err != nil {
				return nil, err
			}
			altered, ok := one.Body(event.Body, anatomy, 0, prng.New(1))
			if !ok {
				continue // another variant of the event has this location
			}
			all = append(all, g.caseAt(p, base, faultSite{t, &planned, i, event.Body, altered.Body}, one, place))
		}
	}
	return all, nil
}

// beyondFirst matches a pointer beyond the first element of an array: one element is enough.
var beyondFirst = regexp.MustCompile(`/[1-9][0-9]*(/|$)`)

// locationsOf are the JSON Pointers at which a fault applies, without duplicates.
func (g *grader) locationsOf(name, event string, a fault.Layout) []string {
	all := a.Optional
	switch name {
	case "unlisted-value":
		all = a.Known
	case "unknown-event":
		all = append(slices.Clone(a.Names), g.namedBy(event)...)
	}
	var places []string
	for _, place := range all {
		if !beyondFirst.MatchString(place) && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}

// A faultSite is where a fault is injected: the n-th event of a plan, its body, and the changed
// body.
type faultSite struct {
	kind          *schemas.EventType
	planned       *scenarios.PlannedEvent
	n             int
	body, changed []byte
}

// caseAt is the case with one fault in one event.
func (g *grader) caseAt(p *Probe, base playing, where faultSite, one fault.Fault, place string) probeCase {
	item := &where.planned.Items[0]
	v := probeCase{playing: base, description: fmt.Sprintf("%s, %s %s", item.Event, one.Name(), place)}
	if p.effects == "at_least" { // this event can be ignored; the others must be handled
		v.arrange = onlyFaulty(where.n, one)
		return v
	}
	v.arrange = onlyFault(where.n, one)
	v.changesMeaning = slices.Contains(g.namedBy(item.Event), place)
	v.changesMeaning = v.changesMeaning || changes(where.kind, where.body, where.changed)
	v.missingTexts = missingTexts(where.kind, cmp.Or(item.Message.Name, "m"), where.body, where.changed, place)
	return v
}

// onlyFaulty keeps one fault, in the n-th event, and drops all other events with faults.
func onlyFaulty(n int, one fault.Fault) func([]scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return func(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
		var left []scenarios.PlannedEvent
		for i, planned := range planned {
			if i == n {
				planned.Faults = []scenarios.InjectedFault{{Fault: one, Seed: planned.Seed}}
			} else if len(planned.Faults) > 0 {
				continue
			}
			left = append(left, planned)
		}
		return left
	}
}

// onlyFault keeps one fault, in the n-th event.
func onlyFault(n int, one fault.Fault) func([]scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return func(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
		for i := range planned {
			planned[i].Faults = nil
			if i == n {
				planned[i].Faults = []scenarios.InjectedFault{{Fault: one, Seed: planned[i].Seed}}
			}
		}
		return planned
	}
}

// namedBy are the pointers of the values that identify the event type.
func (g *grader) namedBy(event string) []string {
	var places []string
	ways, _ := g.route.Mappings(event)
	for _, way := range ways {
		for _, place := range way.Where {
			places = append(places, place.Pointer)
		}
	}
	return places
}

// changes reports whether two bodies differ in an identity or in the message's content.
func changes(t *schemas.EventType, before, after []byte) bool {
	was, is := t.Values(before), t.Values(after)
	for _, name := range append(identities(), "message.text", "message.type") {
		if was[name] != is[name] {
			return true
		}
	}
	return false
}

// planned are the events of a scenario on the route; nil if the route doesn't support it.
func (g *grader) planned(one *scenarios.Scenario) []scenarios.PlannedEvent {
	plan, err := one.Plan(script.RouteOf(g.route), scenarios.Options{Seed: g.seed, HasMock: true, ObservesConsumer: true})
	if err != nil {
		return nil
	}
	return slices.Collect(plan.PlannedEvents)
}

// padded makes a body larger by some MiB, in its first object; nil for 0.
func padded(mebibytes int) func([]byte) []byte {
	if mebibytes == 0 {
		return nil
	}
	return func(body []byte) []byte {
		at := slices.Index(body, '{') + 1
		if at == 0 {
			return body
		}
		padding := fmt.Appendf(nil, `"padding":"%s",`, slices.Repeat([]byte("x"), mebibytes<<20))
		return slices.Concat(body[:at], padding, body[at:])
	}
}
