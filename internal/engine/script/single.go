package script

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Single is a scenario that leads to one event: what comes before it in the life
// of its message happens too. [Only] leaves that out of a plan.
func Single(route *schemas.Route, event string) (*scenarios.Scenario, error) {
	if ok, why := RouteOf(route).Supports(event); !ok {
		return nil, fmt.Errorf("emit %s on %s: %s", event, route.Name, why)
	}
	life := []string{"message.enqueued", "message.sent", "message.delivered", "message.read", "message.played"}
	steps, word := []string{event}, event
	for _, t := range route.Types() {
		if t.Name == event {
			word = t.CanonicalEvents()[0]
		}
	}
	if i := slices.Index(life, word); i >= 0 {
		steps = append(slices.Clone(life[:i]), event)
	}
	d := scenarios.Definition{Name: "emit", Description: "One event.", Provider: route.Provider.Name}
	for _, step := range steps {
		d.Steps = append(d.Steps, scenarios.Step{Send: step})
	}
	return scenarios.New(d)
}

// Only leaves all but one event, and its copies, out of a plan, which then begins
// with it. It returns when that would have been.
func Only(plan *scenarios.Plan, event string) (begins time.Duration) {
	planned := plan.PlannedEvents
	for planned := range planned {
		if planned.Items[0].Event == event && planned.Copy == 0 {
			begins = planned.At
			break
		}
	}
	plan.PlannedEvents = func(yield func(scenarios.PlannedEvent) bool) {
		for planned := range planned {
			if planned.Items[0].Event != event {
				continue
			}
			if planned.At -= begins; !yield(planned) {
				return
			}
		}
	}
	return begins
}
