package play

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/generator"
	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/neutral"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A maker makes Events; [generator.Generator] is one.
type maker interface {
	Event(generator.Request) (webhook.Event, error)
}

// A Script makes the jobs of a plan: it joins what the plan says with the
// bodies that the generator writes.
type Script struct {
	Catalog   *schemas.Catalog
	Generator maker
	Route     *schemas.Route
	Plan      *scenarios.Plan
	// Start is the moment from which the plan counts.
	Start time.Time
	// App is the luck of what several scripts share, the app and its numbers; 0 is
	// the plan's. Person tells whose the conversations are, and Messages keeps the
	// messages of several scripts with one person apart.
	App, Messages uint64
	Person        int
	// Target is the index of the one that everything goes to.
	Target int
}

// RouteOf says what a plan must know of a route.
func RouteOf(r *schemas.Route) scenarios.Route {
	return scenarios.Route{
		Name: r.Name, Provider: r.Provider.Name, Most: r.Contract.Batching.Most,
		Says: func(event string) (bool, string) {
			if neutral.Is(event) {
				ways, none := r.Ways(event)
				return len(ways) > 0, none
			}
			var names []string
			for _, t := range r.Types() {
				if t.Name == event {
					return true, ""
				}
				names = append(names, t.Name)
			}
			return false, "the route has no such event type; " + document.OneOf(event, names)
		},
		Word: func(eventType string) string {
			for _, t := range r.Types() {
				if words := t.Neutral(); t.Name == eventType && len(words) > 0 {
					return words[0]
				}
			}
			return ""
		},
		Timing: func(event string) (string, chance.Distribution, bool) {
			timing, ok := r.Timing(event)
			return timing.After, timing.Delay, ok
		},
		Knows: func(reason string) bool {
			_, err := r.Reason(reason)
			return err == nil
		},
	}
}

// Jobs gives a job for each cue of the plan, in its order.
func (s Script) Jobs() iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		ids, retries := s.Plan.Seed(luckOfID), s.Plan.Seed(luckOfRetries)
		for cue := range s.Plan.Cues {
			key := chance.SeedOf(cue.Key)
			if !yield(Job{
				ID: newID(chance.Seed(ids, key)), Seed: chance.Seed(retries, key, uint64(cue.Copy)),
				Due: cue.At, Target: s.Target, Release: cue.Release, Dropped: cue.Dropped, Cue: &cue,
				Make: func() (Made, error) { return s.make(&cue) },
			}, nil) {
				return
			}
		}
	}
}

// What a delivery has of luck is named, so that one never is another's.
const (
	luckOfID = iota
	luckOfRetries
)

// Request is what the generator is asked for a cue.
func (s *Script) Request(cue *scenarios.Cue) generator.Request {
	return generator.Request{
		Route: s.Route, Run: cmp.Or(s.App, s.Plan.Options.Seed), Conversation: s.Person + cue.Conversation, Messages: s.Messages,
		Opened: s.Plan.Opened(cue.Conversation), Seed: cue.Seed, Start: s.Start, Items: cue.Items,
	}
}

// make makes the Event of a cue and spoils it. The same cue gives the same
// bytes, from whatever goroutine.
func (s *Script) make(cue *scenarios.Cue) (Made, error) {
	event, err := s.Generator.Event(s.Request(cue))
	if err != nil {
		return Made{}, fmt.Errorf("play step %s of conversation %d: %w", cue.Step, cue.Conversation, err)
	}
	m := Made{Event: event, Faults: slices.Clone(cue.Notes)}
	for _, b := range cue.Faults {
		if err := s.Spoil(&m, b); err != nil {
			return Made{}, fmt.Errorf("play step %s of conversation %d: %w", cue.Step, cue.Conversation, err)
		}
	}
	return m, nil
}

// Spoil applies one more fault of the body, the signature or the transport to
// what was made, and notes it.
func (s *Script) Spoil(m *Made, b scenarios.Befallen) error {
	note, err := s.spoil(m, b)
	if err == nil {
		m.Faults = append(m.Faults, note)
	}
	return err
}

// spoil applies one fault and words what it did. One that finds nothing says
// that, so that nobody takes the Event for spoilt.
func (s *Script) spoil(m *Made, b scenarios.Befallen) (note string, err error) {
	name := b.Fault.Name()
	switch b.Fault.Stage() {
	case fault.StageBody:
		var anatomy fault.Anatomy
		if s.Catalog.Knows(m.Event.Type) {
			t, err := s.Catalog.Type(m.Event.Type)
			if err != nil {
				return "", err
			}
			if anatomy, err = t.Anatomy(m.Event.Body); err != nil {
				return "", err
			}
		}
		if spoilt, ok := b.Fault.Body(m.Event.Body, anatomy, b.Nth, chance.New(b.Seed)); ok {
			m.Event.Body, note = spoilt.Body, spoilt.Note
		}
	case fault.StageTransport:
		m.Event.Header, note = b.Fault.Header(m.Event.Header)
	case fault.StageSignature:
		if m.Spoil != "" {
			return fmt.Sprintf("%s: nothing to spoil: the signature is already spoilt: %s", name, m.Spoil), nil
		}
		m.Spoil, note = b.Fault.Spoil(), name
	}
	if note == "" {
		note = name + ": nothing to spoil"
	}
	return note, nil
}

// DeliveryID makes the id of a delivery that belongs to no plan.
func DeliveryID(seed uint64) string { return newID(seed) }

// newID makes the id of a delivery, a UUID of version 4 (RFC 9562).
func newID(seed uint64) string {
	luck := chance.New(seed)
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], luck.Uint64())
	binary.BigEndian.PutUint64(id[8:], luck.Uint64())
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	text := make([]byte, 0, 36)
	for i, part := range [][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, part)
	}
	return string(text)
}
