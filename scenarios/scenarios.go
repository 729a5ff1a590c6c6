// Package scenarios plans what happens to messages: which events a provider sends, and when. A
// [Scenario] is independent of the provider; a route and a seed make a plan of it.
//
//	library, err := scenarios.Load()
//	scenario, err := library.Scenario("message-delivered")
//	events, err := scenario.Plan(scenarios.Options{Route: "gupshup/v2", Seed: 7})
//
// The scenarios that ship with Ringback are the files beside this one. docs/scenarios.md describes
// their format. [New] makes a scenario in Go.
package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped/providers"
)

//go:embed *.yaml */*.yaml
var files embed.FS

// Files returns the scenarios that ship with Ringback, those of one provider in a folder of its
// name.
func Files() fs.FS { return files }

// A Library is a set of scenarios. It is immutable and safe for concurrent use.
type Library struct{ library *scenarios.Library }

// Load reads the shipped scenarios and those of further trees, for example of os.DirFS. Names must
// be unique. An error has the file, line and column of each mistake.
func Load(trees ...fs.FS) (*Library, error) {
	l, err := scenarios.Load(append([]fs.FS{files}, trees...)...)
	if err != nil {
		return nil, err
	}
	for _, one := range l.All() {
		if len(trees) == 0 {
			break // the tests check those that ship
		}
		catalog, err := providers.Catalog()
		if err == nil {
			err = script.CheckProofs(catalog, one)
		}
		if err != nil {
			return nil, err
		}
	}
	return &Library{l}, nil
}

// Names returns the names of all scenarios, sorted. The name of a scenario for one provider begins
// with the provider: "netcore/rcs-click".
func (l *Library) Names() []string {
	var names []string
	for _, one := range l.library.All() {
		names = append(names, one.Name)
	}
	return names
}

// Scenario finds a scenario by its name. The provider may be left out if the rest is unique.
func (l *Library) Scenario(name string) (*Scenario, error) {
	one, err := l.library.Scenario(name)
	if err != nil {
		return nil, err
	}
	return &Scenario{one}, nil
}

// A Scenario is a sequence of steps. It is immutable and safe for concurrent use.
type Scenario struct{ scenario *scenarios.Scenario }

// Parse reads a scenario in the format of the files. The name of the file is for errors.
func Parse(file string, source []byte) (*Scenario, error) {
	one, err := scenarios.Read(file, source)
	if err != nil {
		return nil, err
	}
	catalog, err := providers.Catalog()
	if err == nil {
		err = script.CheckProofs(catalog, one)
	}
	if err != nil {
		return nil, err
	}
	return &Scenario{one}, nil
}

// A Definition describes a scenario in Go.
type Definition struct {
	// Name has lower-case letters, digits and dashes. Description is one sentence.
	Name, Description string
	// Provider limits the scenario to one provider; if empty, it is for all.
	Provider string
	Steps    []Step
}

// A Step sends an event.
type Step struct {
	// Send is a canonical event ("message.delivered") or, if the Definition has a Provider, one of
	// its event types ("gupshup/v2/message-event.delivered").
	Send string
	// Message names the message that the event is about, if the scenario has several.
	Message string
	// After is the delay after the step before; 0 is the delay that is typical for the event.
	After time.Duration
	// With sets values by name, for example "message.text": "STOP".
	With map[string]string
	// Illegal marks an event that can't follow the steps before it, for example message.sent after
	// message.read.
	Illegal bool
}

// New makes a scenario. Only files ([Parse]) can have other steps than sending: branches, loops,
// batches, faults, and waiting for calls.
func New(d Definition) (*Scenario, error) {
	inner := scenarios.Definition{Name: d.Name, Description: d.Description, Provider: d.Provider}
	for _, declared := range d.Steps {
		one := scenarios.Step{Send: declared.Send, Message: declared.Message, With: literals(declared.With), Illegal: declared.Illegal}
		if declared.After != 0 {
			one.After = scenarios.Delay(declared.After)
		}
		inner.Steps = append(inner.Steps, one)
	}
	one, err := scenarios.New(inner)
	if err != nil {
		return nil, err
	}
	return &Scenario{one}, nil
}

func literals(values map[string]string) []scenarios.Setting {
	var all []scenarios.Setting
	for _, name := range slices.Sorted(maps.Keys(values)) {
		all = append(all, scenarios.Setting{Name: name, Text: values[name], Literal: true, Anywhere: true})
	}
	return all
}

// Name returns the name, after the provider if the scenario has one.
func (s *Scenario) Name() string { return s.scenario.Name }

// Description returns one sentence about the scenario.
func (s *Scenario) Description() string { return s.scenario.Description }

// Events returns the canonical events and event types that the scenario may send, sorted.
func (s *Scenario) Events() []string { return s.scenario.Events() }

// Options control how a scenario is planned.
type Options struct {
	// Route is a route ("gupshup/v2"), or a provider for its default route.
	Route string
	Seed  uint64
	// Conversations is their number; 0 is the number in the file, or 1.
	Conversations int
	// With sets values by name, for all events that have them. It overrides the scenario.
	With map[string]string
}

// A PlannedEvent is an event of a plan.
type PlannedEvent struct {
	// At is the time since the start of the plan.
	At time.Duration
	// Conversation counts from 0.
	Conversation int
	// Events are the canonical events or event types of the body: one, or several in a batch.
	Events []string
	// Copy is 0 for the event itself, and n for its n-th copy by a fault.
	Copy int
	// Dropped means that a fault of the scenario keeps the event from being sent.
	Dropped bool
}

// Plan returns the events of the scenario on a route, in the order of time. The same scenario and
// Options give the same plan on every machine. Events that the route doesn't have are left out; it
// is an error if it has none of them.
func (s *Scenario) Plan(o Options) ([]PlannedEvent, error) {
	catalog, err := providers.Catalog()
	if err != nil {
		return nil, err
	}
	route, err := catalog.Route(o.Route)
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", s.Name(), err)
	}
	plan, err := s.scenario.Plan(script.RouteOf(route), scenarios.Options{Seed: o.Seed, Conversations: o.Conversations, With: literals(o.With)})
	if err != nil {
		return nil, err
	}
	var all []PlannedEvent
	for planned := range plan.PlannedEvents {
		one := PlannedEvent{At: planned.At, Conversation: planned.Conversation, Copy: planned.Copy, Dropped: planned.Dropped}
		for _, item := range planned.Items {
			one.Events = append(one.Events, item.Event)
		}
		all = append(all, one)
	}
	return all, nil
}
