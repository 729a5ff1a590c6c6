package contracttest

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// eachPlace makes a variant for each place of each event that the probe's faults
// can spoil, with that one spoilt and nothing else.
func (g *grader) eachPlace(p *Probe, base playing) ([]variant, error) {
	plan, err := p.scenario.Plan(play.RouteOf(g.route), scenarios.Options{Seed: chance.Seed(g.seed, base.luck), Platform: true, Witness: true})
	if err != nil {
		return nil, err
	}
	script := play.Script{Catalog: g.catalog, Generator: g.generator, Route: g.route, Plan: plan, Start: time.Now().UTC(), App: max(g.seed, 1)}
	var all []variant
	for i, cue := range slices.Collect(plan.Cues) {
		if len(cue.Faults) == 0 {
			continue
		}
		event, err := g.generator.Event(script.Request(&cue))
		if err != nil {
			return nil, err
		}
		t, err := g.catalog.Type(event.Type)
		if err != nil {
			return nil, err
		}
		anatomy, err := t.Anatomy(event.Body)
		if err != nil {
			return nil, err
		}
		name := cue.Faults[0].Fault.Name()
		for _, place := range placesOf(name, anatomy) {
			one, err := fault.Parse(fmt.Sprintf("%s:field=%s", name, place))
			if err != nil {
				return nil, err
			}
			v := variant{playing: base, about: fmt.Sprintf("%s, %s %s", cue.Items[0].Event, name, place)}
			v.arrange = onlyFault(i, one)
			v.telling = g.tells(cue.Items[0].Event, place) || changes(t, event, anatomy, one)
			all = append(all, v)
		}
	}
	return all, nil
}

// beyondFirst is a place in a list behind the first element, which is as good as any.
var beyondFirst = regexp.MustCompile(`/[1-9][0-9]*(/|$)`)

// placesOf are the places that a fault can spoil, of equal ones the first.
func placesOf(name string, a fault.Anatomy) []string {
	all := a.Optional
	if name == "unlisted-value" {
		all = a.Known
	}
	return slices.DeleteFunc(slices.Clone(all), beyondFirst.MatchString)
}

// onlyFault leaves one fault in, that of the n-th cue.
func onlyFault(n int, one fault.Fault) func([]scenarios.Cue) []scenarios.Cue {
	return func(cues []scenarios.Cue) []scenarios.Cue {
		for i := range cues {
			cues[i].Faults = nil
			if i == n {
				cues[i].Faults = []scenarios.Befallen{{Fault: one, Seed: cues[i].Seed}}
			}
		}
		return cues
	}
}

// tells reports whether a place is one by which the provider says which event it is.
func (g *grader) tells(event, place string) bool {
	ways, _ := g.route.Ways(event)
	return slices.ContainsFunc(ways, func(w schemas.Way) bool {
		return slices.ContainsFunc(w.Where, func(at schemas.Place) bool { return at.Pointer == place })
	})
}

// changes reports whether a fault takes away or changes who or what an event is about.
func changes(t *schemas.EventType, e webhook.Event, a fault.Anatomy, one fault.Fault) bool {
	spoilt, ok := one.Body(e.Body, a, 0, chance.New(1))
	if !ok {
		return false
	}
	was, is := t.Values(e.Body), t.Values(spoilt.Body)
	for _, name := range append(identities(), "message.text", "message.type") {
		if was[name] != is[name] {
			return true
		}
	}
	return false
}

// sendings counts what a scenario sends on the route.
func sendings(one *scenarios.Scenario, g *grader) int {
	plan, err := one.Plan(play.RouteOf(g.route), scenarios.Options{Seed: g.seed, Platform: true, Witness: true})
	if err != nil {
		return 0
	}
	n := 0
	for cue := range plan.Cues {
		if cue.Act == nil {
			n++
		}
	}
	return n
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
