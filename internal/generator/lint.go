package generator

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// lintSeeds is how many bodies Lint generates for each variant; with a fill that isn't the
// default, one.
const lintSeeds = 5

// Lint generates bodies of every event type of a provider, in each variant and in each fill, and returns
// the first error of each type. An error names the type's file.
func Lint(catalog *schemas.Catalog, provider *schemas.Provider) []error {
	generators := map[Options]*Generator{}
	var problems []error
	for _, t := range provider.Types {
		if err := lintType(catalog, generators, t); err != nil {
			problems = append(problems, t.Errorf("%v", err))
		}
	}
	return problems
}

func lintType(catalog *schemas.Catalog, generators map[Options]*Generator, t *schemas.EventType) error {
	for _, fill := range Fills() {
		variants := []string{""}
		if fill == Typical {
			variants = append(variants, Variants(t)...)
		}
		for _, variant := range variants {
			o := Options{Fill: fill, Variant: variant}
			if generators[o] == nil {
				g, err := New(catalog, o)
				if err != nil {
					return err
				}
				generators[o] = g
			}
			if err := generators[o].lint(t); err != nil {
				return fmt.Errorf("%w (%s)", err, describeOptions(o))
			}
		}
	}
	return nil
}

func describeOptions(o Options) string {
	if o.Variant == "" {
		return "fill " + string(o.Fill)
	}
	return fmt.Sprintf("fill %s, variant %s", o.Fill, o.Variant)
}

// lint generates a type by its own name and by each canonical event, on each of its routes.
func (g *Generator) lint(t *schemas.EventType) error {
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	seeds := uint64(lintSeeds)
	if g.options.Fill != Typical {
		seeds = 1
	}
	for _, route := range t.Routes() {
		for _, event := range lintEvents(t, route) {
			for seed := range seeds {
				item := lintItem(event, seed)
				_, err := g.Event(Request{
					Route: route, Run: seed + 1, Conversation: int(seed), Messages: seed, Seed: prng.Seed(seed), Start: start, Items: []scenarios.Item{item},
				})
				if err != nil {
					return fmt.Errorf("seed %d, %s: %w", seed, event, err)
				}
			}
		}
	}
	return nil
}

// lintEvents are the type's name and the canonical events that only this type has on the route:
// of several types, the generator chooses one.
func lintEvents(t *schemas.EventType, route *schemas.Route) []string {
	events := []string{t.Name}
	for _, event := range t.CanonicalEvents() {
		mappings, _ := route.Mappings(event)
		other := func(m schemas.EventMapping) bool { return m.Type != t }
		if len(mappings) > 0 && !slices.ContainsFunc(mappings, other) {
			events = append(events, event)
		}
	}
	return events
}

// lintItem is an event about a message that was submitted, sent, delivered and read.
func lintItem(event string, seed uint64) scenarios.Item {
	const s = time.Second
	before := scenarios.Message{Name: "before", Submitted: -time.Hour, Enqueued: -time.Hour, Sent: -time.Hour, Delivered: -time.Hour, Read: -time.Hour}
	return scenarios.Item{
		Event: event, At: 65 * s, Reply: &before, Stage: []string{"sync", "async"}[seed%2],
		Message: scenarios.Message{Name: "m", Enqueued: s / 5, Sent: s, Delivered: 5 * s, Read: 65 * s},
	}
}
