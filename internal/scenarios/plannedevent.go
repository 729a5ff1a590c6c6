package scenarios

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// A Route is what a plan needs from a provider's route.
type Route interface {
	// Name returns the name of the route ("gupshup/v2"), and Provider that of its provider.
	Name() string
	Provider() string
	// Supports reports whether the route has a canonical event or an event type. If not, reason
	// explains why.
	Supports(event string) (ok bool, reason string)
	// CanonicalEvent returns the first canonical event of an event type, or "".
	CanonicalEvent(eventType string) string
	// Timing returns when a canonical event occurs: this long after another event of its
	// message, or after "message.submitted".
	Timing(event string) (after string, delay prng.Distribution, ok bool)
	// HasReason reports whether the route has an error for a canonical reason.
	HasReason(reason string) bool
	// HasValue reports whether the bodies of an event, canonical or by its type, may have a value.
	HasValue(event, name string) bool
	// MaxItems limits the items in one body; 0 means 1.
	MaxItems() int
}

// A PlannedEvent is one event to send, or an action: what, when, and with which faults.
type PlannedEvent struct {
	// Number counts the planned events of a plan, from 0.
	Number int
	// At is the time since the start of the plan.
	At time.Duration
	// Conversation counts from 0. Step is the location in the file: "2", or "3.b.1" for the first
	// step of the second branch of step 3. A repeated step ends with its round: "2#4".
	Conversation int
	Step         string
	// Key identifies the event in the plan; copies share it.
	Key string
	// Seed determines the body; copies share it.
	Seed uint64
	// Items are the items of the body: one, or several in a batch.
	Items []Item
	// Action replaces sending; nil for an event.
	Action *Action
	// Copy is 0 for the event itself and n for its n-th copy.
	Copy int
	// Release, above 0, groups consecutive planned events to send at the same time.
	Release int
	// Dropped marks an event that a drop fault removes. It stays in the plan for the reports.
	Dropped bool
	// Faults apply to the body, the signature or the transport, in this order.
	Faults []InjectedFault
	// Notes describe the faults of the plan: "delay 10s", "duplicate 1 of 2".
	Notes  []string
	Expect Expect
}

// An Action is a command that changes the provider's state, or the wait for a call of the
// consumer.
type Action struct {
	Command string
	With    []Setting
	// Call is the operation to wait for, and Within the limit of the wait in the consumer's time.
	Call   string
	Within time.Duration
	// Message is the name of the message that the call sends, for later steps; "" if no step uses
	// it. Hold delays the response to the call until all other events of the conversation were
	// sent.
	Message string
	Hold    bool
}

// An InjectedFault is a fault that fires. Nth counts its firings in the plan from 0. Seed
// determines where it applies.
type InjectedFault struct {
	Fault fault.Fault
	Nth   int
	Seed  uint64
}

// An Item is one notification in a body.
type Item struct {
	// Event is a canonical event or an event type.
	Event string
	// At is when it happens. The body is sent later if a fault delays it, or if the script sends
	// an earlier step late (sent after delivered). Only a reorder can send it earlier.
	At time.Duration
	// Message is the subject; its Name is "" for an event about no message, for example about a
	// template.
	Message Message
	// Reply is the message that this one replies to; nil without one.
	Reply *Message
	With  []Setting
	Set   []Setting
	// Stage is "sync" for a message.failed that is the first event about its message; otherwise
	// "async". A message.undelivered is always "async".
	Stage string
}

// A Message is the state of a message at the time of an Item.
type Message struct {
	// Name is unique in the conversation: the name in the file ("m"), with the round of a repeat
	// ("m:2#3"), or derived from the step of an inbound message ("in:4").
	Name string
	// Submitted is when the consumer submitted the message, or when the end user wrote it. It is
	// before the start of a conversation that doesn't include it.
	Submitted time.Duration
	// The others are NotYet until they happen.
	Enqueued, Sent, Delivered, Read time.Duration
}

// NotAfter returns the message with no time after a limit.
func (m Message) NotAfter(limit time.Duration) Message {
	m.Submitted, m.Enqueued, m.Sent = min(m.Submitted, limit), min(m.Enqueued, limit), min(m.Sent, limit)
	m.Delivered, m.Read = min(m.Delivered, limit), min(m.Read, limit)
	return m
}

// NotYet is the time of a step that has not happened.
const NotYet time.Duration = -1
