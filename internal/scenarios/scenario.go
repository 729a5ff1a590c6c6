// Package scenarios turns scripts into plans: a [Scenario] says what happens to
// a message, in words that no provider owns; with a [Route] and a seed it
// becomes a [Plan], a stream of [PlannedEvent]s that say what is sent when.
//
// A plan is a pure function of its inputs: the same scenario, route, options
// and seed give the same cues on every machine. Nothing here knows a provider:
// what a route can tell comes in with the Route, and what a body looks like is
// made from the PlannedEvent elsewhere.
//
//	library, err := scenarios.Embedded()
//	scenario, err := library.Scenario("message-delivered")
//	plan, err := scenario.Plan(route, scenarios.Options{Seed: 7})
//	for cue := range plan.PlannedEvents { … }
//
// docs/scenarios.md describes the files. Read [Scenario] and [PlannedEvent] first.
package scenarios

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/prng"
)

// A Scenario is a script of steps, as a file holds it. It is immutable.
type Scenario struct {
	// Name is the file's, with the provider's before it if there is one:
	// "message-delivered", "netcore/rcs-click".
	Name string
	// About is one sentence for people.
	Description string
	// Provider is whose own scenario it is; "" if it is written in neutral
	// words only.
	Provider string
	// Routes are those that it is for, if not all of the provider's.
	Routes []string
	// Source is the file as it was read.
	Source []byte

	conversations int
	rate          int // thousandths of a conversation a second; 0 if the file gives none
	with          []choice
	set           []Setting
	steps         []step
	expect        Expect
}

// Conversations is how many the file asks for; 1 if it does not say.
func (s *Scenario) Conversations() int { return s.conversations }

// Events lists the events that the scenario may send, neutral words and names
// of event types alike, sorted.
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

// Expects is what is expected of the consumer once everything was sent.
func (s *Scenario) Expects() Expect { return s.expect }

// HoldsCalls reports whether a call of the consumer is held back in it.
func (s *Scenario) HoldsCalls() bool {
	holds := false
	walk(s.steps, func(st *step) { holds = holds || st.hold })
	return holds
}

// A Setting gives a place of an event its value. Name is the name of a value,
// or "error", and Text a template; or Name is a JSON Pointer and Text is JSON.
type Setting struct {
	Name, Text string
	// Absent: the place has no value at all.
	Absent bool
	// Literal: Text is the value itself, whatever it looks like. What a stranger
	// wrote is never read as a template.
	Literal bool
	// Anywhere: it is given to whole scenarios, so events that do not have the
	// place go without it.
	Anywhere bool
}

// A choice is a setting of which the first text counts that the route knows:
// reasons of errors differ from route to route.
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

// step is one step of a file. What it does not hold is zero.
type step struct {
	node *document.Node // where it is written
	kind kind

	after       prng.Distribution
	hasAfter    bool // after is given
	at          time.Duration
	hasAt       bool // at is given
	probability int  // millionths
	with        []choice
	set         []Setting
	faults      []fault.Fault
	expect      Expect
	event       string
	message     string
	replyTo     string

	branches []branch          // of choose and parallel
	steps    []step            // of repeat and batch
	count    int               // of repeat
	every    prng.Distribution // of repeat
	hasEvery bool              // every is given
	target   string            // of await and do: the call or the command
	within   time.Duration     // of await
	hold     bool              // of await
}

// A branch is one of the ways of a choose or a parallel.
type branch struct {
	weight int
	steps  []step
}

// walk visits the steps and all steps in them, in the order of the file.
func walk(steps []step, visit func(*step)) {
	for i := range steps {
		visit(&steps[i])
		walk(steps[i].steps, visit)
		for j := range steps[i].branches {
			walk(steps[i].branches[j].steps, visit)
		}
	}
}

// WithoutFaults is the scenario with nothing wrong in it: no faults, no expectations, no
// call held back, and a body of its own for each happening.
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
