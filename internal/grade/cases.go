package grade

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// eachLocation makes a variant for each place of each event that the probe's faults
// can spoil, with that one spoilt and nothing else.
func (g *grader) eachLocation(p *Probe, base playing) ([]probeCase, error) {
	plan, err := p.scenario.Plan(engine.RouteOf(g.route), scenarios.Options{Seed: prng.Seed(g.seed, base.random), HasMock: true, ObservesConsumer: true})
	if err != nil {
		return nil, err
	}
	script := engine.Script{Catalog: g.catalog, Generator: g.generator, Route: g.route, Plan: plan, Start: time.Now().UTC(), App: max(g.seed, 1)}
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
			spoilt, ok := one.Body(event.Body, anatomy, 0, prng.New(1))
			if !ok {
				continue // another form of the event has this place
			}
			all = append(all, g.caseAt(p, base, faultSite{t, &planned, i, event.Body, spoilt.Body}, one, place))
		}
	}
	return all, nil
}

// beyondFirst is a place in a list behind the first element, which is as good as any.
var beyondFirst = regexp.MustCompile(`/[1-9][0-9]*(/|$)`)

// locationsOf are the places that a fault can spoil, of equal ones the first.
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

// faultSite is where a fault befalls an event, the n-th cue of a plan, and what it does there.
type faultSite struct {
	kind          *schemas.EventType
	planned       *scenarios.PlannedEvent
	n             int
	body, changed []byte
}

// caseAt is the variant in which one fault befalls one event.
func (g *grader) caseAt(p *Probe, base playing, where faultSite, one fault.Fault, place string) probeCase {
	item := &where.planned.Items[0]
	v := probeCase{playing: base, description: fmt.Sprintf("%s, %s %s", item.Event, one.Name(), place)}
	if p.effects == "at_least" { // whatever becomes of this event, the others are handled
		v.arrange = onlyFaulty(where.n, one)
		return v
	}
	v.arrange = onlyFault(where.n, one)
	v.changesMeaning = slices.Contains(g.namedBy(item.Event), place)
	v.changesMeaning = v.changesMeaning || changes(where.kind, where.body, where.changed)
	v.missingTexts = missingTexts(where.kind, cmp.Or(item.Message.Name, "m"), where.body, where.changed, place)
	return v
}

// onlyFaulty leaves one fault in, that of the n-th cue, and leaves out all others that
// have one.
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

// onlyFault leaves one fault in, that of the n-th cue.
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

// namedBy are the places by which the provider says which event it is.
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

// changes reports whether another body tells of somebody or something else.
func changes(t *schemas.EventType, before, after []byte) bool {
	was, is := t.Values(before), t.Values(after)
	for _, name := range append(identities(), "message.text", "message.type") {
		if was[name] != is[name] {
			return true
		}
	}
	return false
}

// cues are those of a scenario on the route; none if it cannot be planned.
func (g *grader) planned(one *scenarios.Scenario) []scenarios.PlannedEvent {
	plan, err := one.Plan(engine.RouteOf(g.route), scenarios.Options{Seed: g.seed, HasMock: true, ObservesConsumer: true})
	if err != nil {
		return nil
	}
	return slices.Collect(plan.PlannedEvents)
}

// padded makes a body larger by so many MiB, in the first object of it; nil for 0.
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
