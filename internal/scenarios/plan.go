package scenarios

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/prng"
)

// Options say how a scenario is planned.
type Options struct {
	Seed uint64
	// Conversations is how many there are; 0: as many as the file says.
	Conversations int
	// Rate is in thousandths of a conversation a second; 0: as the file says,
	// else 50 a second.
	Rate int
	// With gives values by name. It is stronger than the file's.
	With []Setting
	// Main gives values by name to the events about the main message, and is
	// stronger still.
	Main []Setting
	// Set gives values by JSON Pointer, for every event that has the place.
	Set []Setting
	// Faults befall every step, beside those that the file gives it.
	Faults []fault.Fault
	// HasMock: somebody keeps the provider's memory and answers the consumer's
	// calls, so that do and await become cues with an Action. Else they are skipped.
	HasMock bool
	// ObservesConsumer: somebody sees what the consumer does, so that expectations of its calls
	// and its state can be judged, and a call can be held back or tied to a message.
	ObservesConsumer bool
}

// A Plan is a scenario on a route: what is sent when. It is immutable.
type Plan struct {
	Scenario *Scenario
	Route    Route
	Options  Options
	// Conversations and Rate are those of the Options, or what holds where these
	// say nothing.
	Conversations, Rate int
	// Skipped are the steps that cannot be played here, in the order of the file.
	Skipped []Skip
	// PlannedEvents are made one by one, in the order of their time, as often as they are
	// asked for. What they point to is shared: it is to be read only.
	PlannedEvents iter.Seq[PlannedEvent]

	seed     uint64
	compiled []compiledStep
	faults   []declaredFault
	common   []int // the faults that befall every step
}

// A Skip is a step that cannot be played.
type Skip struct {
	// Step is its place in the file, as in [PlannedEvent], without a round.
	Step string
	// Event is what it would have sent, or what else it is: "await send".
	Event string
	Cause string
}

const (
	defaultRate = 50_000
	// longestSchedule bounds the start of the last conversation, and furthest
	// every time of a plan: a [time.Duration] ends after 292 years.
	maxSchedule = 10 * 366 * 24 * time.Hour
	maxOffset   = 20 * maxSchedule
	// mostCopies is how many copies of one event a fault may send.
	maxCopies = 1000
)

// Plan says what is sent when on a route. It is an error if the scenario is
// not meant for the route, or if the route has no event of it.
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

// Fits says why a scenario is not meant for a route; nil if it is. The route
// may lack some of its events all the same.
func (s *Scenario) Fits(r Route) error {
	switch {
	case s.Provider != "" && s.Provider != r.Provider():
		return fmt.Errorf("it is a scenario of %s, and the route %s is one of %s", s.Provider, r.Name(), r.Provider())
	case s.Routes != nil && !slices.Contains(s.Routes, r.Name()) && !slices.Contains(s.Routes, r.Provider()):
		return fmt.Errorf("it is not for the route %s, but for %s", r.Name(), strings.Join(s.Routes, ", "))
	}
	return nil
}

// Seed derives a seed from that of the plan, for luck that belongs to it.
func (p *Plan) Seed(words ...uint64) uint64 {
	return prng.Seed(append([]uint64{p.seed}, words...)...)
}

// Opened is when a conversation begins, since the start of the plan.
func (p *Plan) Opened(conversation int) time.Duration { return p.start(conversation) }

// Faults are all that may befall what is sent: those of the file, and those of
// the options.
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
		return fmt.Errorf("expected from 1 to %d conversations, found %d", maxConversations, p.Conversations)
	case p.Rate < 1 || p.Rate > maxRate:
		return fmt.Errorf("expected a rate from 0.001 to %d conversations a second, found %d thousandths", maxRate/1000, p.Rate)
	case p.start(p.Conversations-1) > maxSchedule:
		return fmt.Errorf("%d conversations at so low a rate take longer than ten years to begin; raise the rate", p.Conversations)
	}
	return nil
}

// start is when a conversation begins, in whole microseconds. It is counted
// from the start of the plan each time, so that the rate does not drift.
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
			return fmt.Errorf("the route %s has no words for the reason %s", p.Route.Name(), document.Quote(s.Text))
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
		return errors.New("it sends nothing")
	}
	return fmt.Errorf("the route %s has none of %s, and nothing else is to be sent; `ringback scenario table` shows which route can play it",
		p.Route.Name(), strings.Join(lacking, ", "))
}

// stream makes the cues. Each stage takes the cues of the one before and keeps
// them in the order of their time.
func (p *Plan) stream(yield func(PlannedEvent) bool) {
	random := make([]fireCount, len(p.faults))
	stream := p.injectFaults(p.conversations(), random)
	for i := range p.faults {
		if p.faults[i].fault.Name() == "reorder" {
			stream = p.reorder(stream, i, &random[i])
		}
	}
	applyFaults(stream, yield)
}
