package scenarios_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A testRoute is a made-up route that has every event but those that it lacks.
type testRoute struct {
	name, provider string
	maxItems       int
	lacks          []string
	untimed        bool
	// values are events with a value that they have: "message.sent message.id".
	values []string
	// sigma makes the times vary; "" leaves them fixed.
	sigma string
}

func (r testRoute) Name() string                 { return r.name }
func (r testRoute) Provider() string             { return r.provider }
func (r testRoute) MaxItems() int                { return r.maxItems }
func (r testRoute) CanonicalEvent(string) string { return "" }

func (r testRoute) Supports(event string) (bool, string) {
	return !slices.Contains(r.lacks, event), "unknown"
}

func (r testRoute) HasReason(reason string) bool {
	return reason == "window-closed" || reason == "not-on-whatsapp"
}

func (r testRoute) HasValue(event, name string) bool {
	return slices.Contains(r.values, event+" "+name)
}

func (r testRoute) Timing(event string) (string, prng.Distribution, bool) {
	fixed := map[string]struct {
		after string
		delay time.Duration
	}{
		"message.enqueued":  {"message.submitted", 100 * time.Millisecond},
		"message.sent":      {"message.submitted", time.Second},
		"message.delivered": {"message.sent", 5 * time.Second},
		"message.read":      {"message.delivered", time.Minute},
		"message.failed":    {"message.submitted", 10 * time.Second},
		"billing.deducted":  {"message.sent", 2 * time.Second},
	}
	timing, ok := fixed[event]
	if r.sigma == "" {
		return timing.after, prng.Fixed(timing.delay), ok && !r.untimed
	}
	varied, err := prng.Lognormal(timing.delay, r.sigma)
	return timing.after, varied, ok && err == nil
}

// everything returns a route that has every event, at fixed times.
func everything() testRoute {
	return testRoute{name: "made-up/one", provider: "made-up", maxItems: 1}
}

// without returns a route that lacks some events.
func without(events ...string) testRoute {
	r := everything()
	r.lacks = events
	return r
}

// scenario reads a scenario from its steps, or from all keys but name and description.
func scenario(t testing.TB, text string) *scenarios.Scenario {
	t.Helper()
	if strings.HasPrefix(strings.TrimSpace(text), "-") {
		text = "steps:\n" + text
	}
	s, err := scenarios.Read("test.yaml", []byte("name: test\ndescription: A test.\n"+text))
	require.NoError(t, err)
	return s
}

func plan(t testing.TB, text string, r scenarios.Route, o scenarios.Options) *scenarios.Plan {
	t.Helper()
	p, err := scenario(t, text).Plan(r, o)
	require.NoError(t, err)
	return p
}

func planned(p *scenarios.Plan) []scenarios.PlannedEvent {
	var all []scenarios.PlannedEvent
	for c := range p.PlannedEvents {
		all = append(all, c)
	}
	return all
}

// shown formats the planned events of a plan, one line each.
func shown(p *scenarios.Plan) []string {
	var lines []string
	for c := range p.PlannedEvents {
		lines = append(lines, show(c))
	}
	return lines
}

// show formats a planned event: time, conversation, step and items.
func show(c scenarios.PlannedEvent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d/%s", c.At, c.Conversation, c.Step)
	for i, item := range c.Items {
		if i > 0 {
			b.WriteString(" +")
		}
		fmt.Fprintf(&b, " %s", item.Event)
		if item.Stage != "" {
			fmt.Fprintf(&b, " (%s)", item.Stage)
		}
		if item.Message.Name != "" {
			fmt.Fprintf(&b, " %s", item.Message.Name)
		}
		if item.Reply != nil {
			fmt.Fprintf(&b, " to %s", item.Reply.Name)
		}
		if item.At != c.At {
			fmt.Fprintf(&b, " of %s", item.At)
		}
		for _, s := range append(item.With, item.Set...) {
			if s.Absent {
				s.Text = "none"
			}
			fmt.Fprintf(&b, " %s=%s", s.Name, s.Text)
		}
	}
	var notes []string
	for _, f := range c.Faults {
		notes = append(notes, fmt.Sprintf("%s, firing %d", f.Fault, f.Nth))
	}
	if c.Release > 0 {
		notes = append(notes, fmt.Sprintf("release %d", c.Release))
	}
	if notes = append(notes, c.Notes...); len(notes) > 0 {
		fmt.Fprintf(&b, " [%s]", strings.Join(notes, "; "))
	}
	return b.String()
}

func faults(t testing.TB, specs ...string) []fault.Fault {
	t.Helper()
	var all []fault.Fault
	for _, spec := range specs {
		f, err := fault.Parse(spec)
		require.NoError(t, err)
		all = append(all, f)
	}
	return all
}
