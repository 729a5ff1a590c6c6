package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Single is a scenario that leads to one event: what comes before it in the life
// of its message happens too. [Only] leaves that out of a plan.
func Single(route *schemas.Route, event string) (*scenarios.Scenario, error) {
	if ok, why := RouteOf(route).Says(event); !ok {
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
	var b strings.Builder
	fmt.Fprintf(&b, "name: emit\ndescription: One event.\nprovider: %s\nsteps:\n", route.Provider.Name)
	for _, step := range steps {
		fmt.Fprintf(&b, "  - send: %s\n", step)
	}
	return scenarios.Read("emit.yaml", []byte(b.String()))
}

// Only leaves all but one event, and its copies, out of a plan, which then begins
// with it. It returns when that would have been.
func Only(plan *scenarios.Plan, event string) (begins time.Duration) {
	planned := plan.Cues
	for planned := range planned {
		if planned.Items[0].Event == event && planned.Copy == 0 {
			begins = planned.At
			break
		}
	}
	plan.Cues = func(yield func(scenarios.PlannedEvent) bool) {
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
