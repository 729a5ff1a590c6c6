// Package script turns a plan into jobs: each one event to deliver, generated when it is due. It
// sends nothing; internal/engine runs the jobs.
package script

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

// A Generator generates events; [generator.Generator] is one.
type Generator interface {
	Event(generator.Request) (webhook.Event, error)
}

// A Script makes the jobs of a plan: the plan has the events and their times, and the generator
// writes the bodies.
type Script struct {
	Catalog   *schemas.Catalog
	Generator Generator
	Route     *schemas.Route
	Plan      *scenarios.Plan
	// Start is the moment from which the plan counts.
	Start time.Time
	// Latest is the latest time in a body; zero for any. See [Script.NotAfter].
	Latest time.Time
	// App is the seed of what several scripts share, the app and its numbers; 0 is
	// the plan's. Person is the number of the first end user, and Messages keeps apart
	// the messages of several scripts with one end user.
	App, Messages uint64
	Person        int
	// Target is the index of the one that everything goes to.
	Target int
}

// Jobs returns a job for each planned event, in the order of the plan.
func (s Script) Jobs() iter.Seq2[Job, error] {
	return func(yield func(Job, error) bool) {
		ids, retries := s.Plan.Seed(SeedOfID), s.Plan.Seed(SeedOfRetries)
		outlined := s
		outlined.Plan = s.Plan.Outline() // a job that waits keeps no plan
		for planned := range s.Plan.PlannedEvents {
			key := prng.SeedOf(planned.Key)
			if !yield(Job{
				ID: DeliveryID(prng.Seed(ids, key)), Seed: prng.Seed(retries, key, uint64(planned.Copy)),
				Due: planned.At, Target: s.Target, EndUser: 1 + s.Person + planned.Conversation, Release: planned.Release, Dropped: planned.Dropped, Cue: &planned,
				Prepare: func() (Prepared, error) { return outlined.Prepare(&planned) },
			}, nil) {
				return
			}
		}
	}
}

// The seeds of a delivery have names, so that two of them never coincide.
const (
	SeedOfID = iota
	SeedOfRetries
)

// Request is the generator's request for a planned event.
func (s *Script) Request(planned *scenarios.PlannedEvent) generator.Request {
	return generator.Request{
		Route: s.Route, Run: cmp.Or(s.App, s.Plan.Options.Seed), Conversation: s.Person + planned.Conversation, Messages: s.Messages,
		Opened: s.Plan.Opened(planned.Conversation), Seed: planned.Seed, Start: s.Start, Items: s.limited(planned.Items),
	}
}

// Prepare makes the Event of a planned event, with its faults. The same planned event gives the same
// bytes, from whatever goroutine. It needs no more of the plan than its [scenarios.Plan.Outline].
func (s *Script) Prepare(planned *scenarios.PlannedEvent) (Prepared, error) {
	event, err := s.Generator.Event(s.Request(planned))
	if err != nil {
		return Prepared{}, fmt.Errorf("play step %s of conversation %d: %w", planned.Step, planned.Conversation, err)
	}
	m := Prepared{Event: event, Faults: slices.Clone(planned.Notes)}
	for _, b := range planned.Faults {
		if err := s.SignatureFault(&m, b); err != nil {
			return Prepared{}, fmt.Errorf("play step %s of conversation %d: %w", planned.Step, planned.Conversation, err)
		}
	}
	return m, nil
}

// SignatureFault applies one more fault of the body, the signature or the transport to
// what was made, and notes it.
func (s *Script) SignatureFault(m *Prepared, b scenarios.InjectedFault) error {
	note, err := s.spoil(m, b)
	if err == nil {
		m.Faults = append(m.Faults, note)
	}
	return err
}

// spoil applies one fault and describes what it did. The note of a fault without effect says
// so, because the event is then not faulty.
func (s *Script) spoil(m *Prepared, b scenarios.InjectedFault) (note string, err error) {
	name := b.Fault.Name()
	switch b.Fault.Stage() {
	case fault.StageBody:
		var anatomy fault.Layout
		if s.Catalog.HasType(m.Event.Type) {
			t, err := s.Catalog.Type(m.Event.Type)
			if err != nil {
				return "", err
			}
			if anatomy, err = t.Layout(m.Event.Body); err != nil {
				return "", err
			}
		}
		if altered, ok := b.Fault.Body(m.Event.Body, anatomy, b.Nth, prng.New(b.Seed)); ok {
			m.Event.Body, note = altered.Body, altered.Note
		}
	case fault.StageTransport:
		m.Event.Headers, note = b.Fault.Header(m.Event.Headers)
	case fault.StageSignature:
		if m.SignatureFault != "" {
			return fmt.Sprintf("%s: no effect: the signature has another fault: %s", name, m.SignatureFault), nil
		}
		m.SignatureFault, note = b.Fault.SignatureFault(), name
	}
	if note == "" {
		note = name + ": no effect"
	}
	return note, nil
}

// DeliveryID makes the ID of a delivery, a UUID of version 4 (RFC 9562).
func DeliveryID(seed uint64) string {
	random := prng.New(seed)
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], random.Uint64())
	binary.BigEndian.PutUint64(id[8:], random.Uint64())
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
