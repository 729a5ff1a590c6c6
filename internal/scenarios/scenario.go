// Package scenarios turns scripts into plans. A [Scenario] describes what happens to a message,
// independent of the provider. A [Route] and a seed turn it into a [Plan], a stream of
// [PlannedEvent]s: what to send, and when.
//
// A plan is a pure function of its inputs: the same scenario, route, options and seed give the
// same planned events on every machine. This package is independent of providers: a Route
// describes what a route supports, and other packages generate bodies from planned events. From
// here, an event takes this path: [Step], PlannedEvent, Event, Delivery, Attempt.
//
//	library, err := scenarios.Load(files)
//	scenario, err := library.Scenario("message-delivered")
//	plan, err := scenario.Plan(route, scenarios.Options{Seed: 7})
//	for planned := range plan.PlannedEvents { … }
//
// docs/scenarios.md describes the files. Read [Scenario] and [PlannedEvent] first.
package scenarios

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// A Scenario is a script of steps, read from a file or made by [New]. It is immutable.
type Scenario struct {
	// Name is the name in the file, after the provider if the scenario has one:
	// "message-delivered", "netcore/rcs-click".
	Name string
	// Description is one sentence.
	Description string
	// Provider is the provider that the scenario is limited to, or "".
	Provider string
	// Routes limits the scenario to some routes of the provider.
	Routes []string
	// Source is the file as read; nil for a scenario made by [New].
	Source []byte

	conversations int
	rate          int // thousandths of a conversation per second; 0 without a rate in the file
	with          []choice
	set           []Setting
	steps         []step
	expect        Expect
	file          *document.File // nil for a scenario made by [New]
	proofs        []Proof
	start         time.Time
}

// Start returns the time at which the scenario starts, or the given time if the file has none.
func (s *Scenario) Start(otherwise time.Time) time.Time {
	if s.start.IsZero() {
		return otherwise
	}
	return s.start
}

// HasStart reports whether the file has the time at which the scenario starts.
func (s *Scenario) HasStart() bool { return !s.start.IsZero() }

// Conversations returns the number of conversations in the file; the default is 1.
func (s *Scenario) Conversations() int { return s.conversations }

// Events returns the canonical events and event types that the scenario may send, sorted.
func (s *Scenario) Events() []string {
	var events []string
	walk(s.steps, func(st *step) {
		if st.event != "" {
			events = append(events, st.event)
		}
	})
	slices.Sort(events)
	return slices.Compact(events)
}

// Expects returns what the consumer must have done after the last event.
func (s *Scenario) Expects() Expect { return s.expect }

// HoldsCalls reports whether the scenario delays the response to a call of the consumer.
func (s *Scenario) HoldsCalls() bool {
	held := false
	walk(s.steps, func(st *step) { held = held || st.hold })
	return held
}

// A Setting sets a value of an event. Name is the name of a value, or "error", and Text is a
// template; or Name is a JSON Pointer and Text is JSON.
type Setting struct {
	Name, Text string
	// Absent removes the value.
	Absent bool
	// Literal means that Text is not a template. Untrusted input must be literal.
	Literal bool
	// Anywhere marks a setting of a whole scenario: events without its location ignore it.
	Anywhere bool
}

// A choice is a setting with several texts. The first one that the route supports applies:
// canonical reasons differ between routes.
type choice struct {
	Setting
	others []string
}

type kind uint8

const (
	send kind = iota
	batch
	choose
	repeat
	parallel
	await
	do
)

// A step is one step of a scenario. Fields that don't apply to its kind are zero.
type step struct {
	node *document.Node // location in the file; nil for a scenario made by New
	kind kind

	after       prng.Distribution
	hasAfter    bool // after is set
	at          time.Duration
	hasAt       bool // at is set
	probability int  // millionths
	with        []choice
	set         []Setting
	faults      []fault.Fault
	expect      Expect
	event       string
	message     string
	replyTo     string
	illegal     bool // it can't follow the steps before it, on purpose

	branches []branch          // of choose and parallel
	steps    []step            // of repeat and batch
	count    int               // of repeat
	every    prng.Distribution // of repeat
	hasEvery bool              // every is set
	target   string            // of await and do: the operation or the command
	within   time.Duration     // of await
	hold     bool              // of await
}

// A branch is one branch of a choose or a parallel.
type branch struct {
	weight int
	steps  []step
}

// walk visits all steps, nested ones too, in the order of the file.
func walk(steps []step, visit func(*step)) {
	for i := range steps {
		visit(&steps[i])
		walk(steps[i].steps, visit)
		for j := range steps[i].branches {
			walk(steps[i].branches[j].steps, visit)
		}
	}
}

// WithoutFaults returns the scenario without faults, expectations and held calls, and with each
// event in its own body.
func (s *Scenario) WithoutFaults() *Scenario {
	plain := *s
	plain.steps, plain.expect = withoutFaults(s.steps), Expect{}
	return &plain
}

func withoutFaults(steps []step) []step {
	var all []step
	for _, one := range steps {
		one.faults, one.expect, one.hold = nil, Expect{}, false
		inner := withoutFaults(one.steps)
		if one.kind == batch {
			for i := range inner {
				inner[i].with = slices.Concat(one.with, inner[i].with)
			}
			all = append(all, inner...)
			continue
		}
		one.steps = inner
		branches := make([]branch, len(one.branches))
		for i, b := range one.branches {
			branches[i] = branch{weight: b.weight, steps: withoutFaults(b.steps)}
		}
		one.branches = branches
		all = append(all, one)
	}
	return all
}
