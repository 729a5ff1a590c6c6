package scenarios

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// Options control how a scenario is planned.
type Options struct {
	Seed uint64
	// Conversations is their number; 0 is the number in the file.
	Conversations int
	// Rate is in thousandths of a conversation per second; 0 is the rate in the file, or 50/s.
	Rate int
	// With sets values by name. It overrides the file.
	With []Setting
	// Main sets values by name for events about the main message, and overrides With.
	Main []Setting
	// Set sets values by JSON Pointer, for every event that has the location.
	Set []Setting
	// Faults apply to every step, in addition to those of the file.
	Faults []fault.Fault
	// HasMock: the run has a mock, so that do and await become planned events with an Action.
	// Otherwise they are skipped.
	HasMock bool
	// ObservesConsumer: the run observes the consumer, so that expectations of calls and state
	// can be checked, and a call can be held or bound to a message.
	ObservesConsumer bool
}

// A Plan is a scenario on a route: what to send, and when. It is immutable.
type Plan struct {
	Scenario *Scenario
	Route    Route
	Options  Options
	// Conversations and Rate are those of the Options, or the defaults.
	Conversations, Rate int
	// Skipped lists the steps that this route or run cannot play, in the order of the file.
	Skipped []Skip
	// PlannedEvents makes the planned events one by one, in the order of time, each time it is
	// called. Don't change what they point to: it is shared.
	PlannedEvents iter.Seq[PlannedEvent]

	seed     uint64
	compiled []compiledStep
	faults   []declaredFault
	common   []int // the faults for every step
}

// A Skip is a step that cannot be played.
type Skip struct {
	// Step is its location in the file, as in [PlannedEvent], without a round.
	Step string
	// Event is the event, or the kind of step: "await send".
	Event string
	Cause string
}

const (
	defaultRate = 50_000
	// maxSchedule limits the start of the last conversation, and maxOffset every time of a plan:
	// a [time.Duration] ends after 292 years.
	maxSchedule = 10 * 366 * 24 * time.Hour
	maxOffset   = 20 * maxSchedule
	// maxCopies limits the copies of one event by one fault.
	maxCopies = 1000
)

// Plan plans a scenario on a route. It fails if the scenario is not meant for the route, or if
// the route has none of its events.
func (s *Scenario) Plan(r Route, o Options) (*Plan, error) {
	p := &Plan{Scenario: s, Route: r, Options: o, seed: prng.Seed(o.Seed, prng.SeedOf(s.Name))}
	p.PlannedEvents = p.stream
	err := s.Fits(r)
	if err == nil {
		err = p.schedule()
	}
	if err == nil {
		err = p.checkOptions()
	}
	if err == nil {
		err = p.compile()
	}
	if err != nil {
		return nil, fmt.Errorf("plan %s: %w", s.Name, err)
	}
	return p, nil
}

// Fits returns why a scenario is not meant for a route, or nil. A route that fits may still lack
// some of its events.
func (s *Scenario) Fits(r Route) error {
	switch {
	case s.Provider != "" && s.Provider != r.Provider():
		return fmt.Errorf("it is a scenario of %s, and %s is a route of %s", s.Provider, r.Name(), r.Provider())
	case s.Routes != nil && !slices.Contains(s.Routes, r.Name()) && !slices.Contains(s.Routes, r.Provider()):
		return fmt.Errorf("it is for %[2]s, not for the route %[1]s", r.Name(), strings.Join(s.Routes, ", "))
	}
	return nil
}

// Seed derives a seed from the plan's.
func (p *Plan) Seed(words ...uint64) uint64 {
	return prng.Seed(append([]uint64{p.seed}, words...)...)
}

// Opened returns when a conversation starts, since the start of the plan.
func (p *Plan) Opened(conversation int) time.Duration { return p.start(conversation) }

// Outline returns the plan without its steps and events. Generating a planned event needs no
// more of its plan.
func (p *Plan) Outline() *Plan {
	return &Plan{Options: Options{Seed: p.Options.Seed}, Conversations: p.Conversations, Rate: p.Rate, Skipped: p.Skipped, seed: p.seed}
}

// Faults returns all faults of the file and of the options.
func (p *Plan) Faults() []fault.Fault {
	var all []fault.Fault
	for _, d := range p.faults {
		all = append(all, d.fault)
	}
	return all
}

func (p *Plan) schedule() error {
	p.Conversations, p.Rate = p.Options.Conversations, p.Options.Rate
	if p.Conversations == 0 {
		p.Conversations = p.Scenario.conversations
	}
	if p.Rate == 0 {
		p.Rate = p.Scenario.rate
	}
	if p.Rate == 0 {
		p.Rate = defaultRate
	}
	switch {
	case p.Conversations < 1 || p.Conversations > maxConversations:
		return fmt.Errorf("expected 1 to %d conversations, found %d", maxConversations, p.Conversations)
	case p.Rate < 1 || p.Rate > maxRate:
		return fmt.Errorf("expected a rate from 0.001/s to %d/s, found %d thousandths", maxRate/1000, p.Rate)
	case p.start(p.Conversations-1) > maxSchedule:
		return fmt.Errorf("starting %d conversations at this rate takes more than ten years; raise the rate", p.Conversations)
	}
	return nil
}

// start returns when a conversation starts, in whole microseconds. It counts from the start of
// the plan, so that the rate doesn't drift.
func (p *Plan) start(conversation int) time.Duration {
	micros := int64(conversation) * 1_000_000_000 / int64(p.Rate)
	return time.Duration(min(micros, int64(maxOffset/time.Microsecond))) * time.Microsecond
}

func (p *Plan) checkOptions() error {
	for _, s := range slices.Concat(p.Options.With, p.Options.Main) {
		if err := checkValue(s); err != nil {
			return fmt.Errorf("with %s: %w", s.Name, err)
		}
		if s.Name == reason && !p.Route.HasReason(s.Text) {
			return fmt.Errorf("the route %s has no error for the reason %s", p.Route.Name(), document.Quote(s.Text))
		}
	}
	for _, s := range p.Options.Set {
		if err := checkPointer(s); err != nil {
			return err
		}
	}
	return checkCopies(p.Options.Faults)
}

func (p *Plan) compile() error {
	c := compiler{plan: p}
	p.compiled = c.compileSteps(p.Scenario.steps, "", p.Scenario.with)
	p.common = c.declareFaults(p.Options.Faults, "", nil)
	if p.Scenario.expect.Behavior() && !p.Options.ObservesConsumer {
		c.skip("expect", "calls or state", unobservedCause)
	}
	if c.supported {
		return nil
	}
	var lacking []string
	for _, skip := range p.Skipped {
		if !slices.Contains(lacking, skip.Event) {
			lacking = append(lacking, skip.Event)
		}
	}
	if lacking == nil {
		return errors.New("it sends no event")
	}
	return fmt.Errorf("the route %s supports none of its events (%s); run `ringback scenario table` to find a route that does",
		p.Route.Name(), strings.Join(lacking, ", "))
}

// stream makes the planned events. Each stage keeps the order of time.
func (p *Plan) stream(yield func(PlannedEvent) bool) {
	if len(p.faults) == 0 {
		p.numbered(yield)
		return
	}
	random := make([]fireCount, len(p.faults))
	stream := p.injectFaults(p.conversations(), random)
	for i := range p.faults {
		if p.faults[i].fault.Name() == "reorder" {
			stream = p.reorder(stream, i, &random[i])
		}
	}
	applyFaults(stream, yield)
}

// numbered makes the planned events of a plan without faults.
func (p *Plan) numbered(yield func(PlannedEvent) bool) {
	number := 0
	for d := range p.conversations() {
		d.Number = number
		number++
		if !yield(d.PlannedEvent) {
			return
		}
	}
}
