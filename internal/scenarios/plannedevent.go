package scenarios

import (
	"time"

	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/prng"
)

// A Route is what a plan needs from a provider's route.
type Route interface {
	// Name returns the name of the route ("gupshup/v2"), and Provider that of its provider.
	Name() string
	Provider() string
	// Supports reports whether the route has a canonical event or an event type, and why not.
	Supports(event string) (ok bool, reason string)
	// CanonicalEvent returns the first canonical event of an event type, or "".
	CanonicalEvent(eventType string) string
	// Timing returns when a canonical event occurs: this long after another event of its
	// message, or after "message.submitted".
	Timing(event string) (after string, delay prng.Distribution, ok bool)
	// HasReason reports whether the route has an error for a canonical reason.
	HasReason(reason string) bool
	// MaxItems limits the items in one body; 0 means 1.
	MaxItems() int
}

// A PlannedEvent is one planned sending: what, when, and how it is to be spoilt.
type PlannedEvent struct {
	// Number counts the cues of a plan, from 0.
	Number int
	// At is when it is due, since the start of the plan.
	At time.Duration
	// Conversation counts from 0. Step is the place in the file, for people:
	// "2", or "3.b.1" for the first step of the second branch of the third; a
	// repeated step has its round behind it: "2#4".
	Conversation int
	Step         string
	// Key names the delivery: equal for an event and its copies, and for nothing
	// else of the plan.
	Key string
	// Seed is the luck of the body; copies have that of their original.
	Seed uint64
	// Items are what it tells: one happening, or several in a batch.
	Items []Item
	// Action is what is done instead of a sending; nil for a sending.
	Action *Action
	// Copy is 0 for the event itself and n for its n-th repetition.
	Copy int
	// Release, if above 0, ties cues that follow each other: those of one number
	// are released together.
	Release int
	// Dropped: a drop befell it, so it is not sent. It stays in the plan, so that
	// what is lost can be said.
	Dropped bool
	// Faults befall the body, the signature or the transport, in this order.
	Faults []InjectedFault
	// Notes say what faults of the plan did: "delay 10s", "duplicate 1 of 2".
	Notes  []string
	Expect Expect
}

// An Action is a command to the platform, or else a call of the consumer that is
// waited for.
type Action struct {
	Command string
	With    []Setting
	// Call is the name of an Operation, and Within how long it is waited for at most,
	// in the consumer's time.
	Call   string
	Within time.Duration
	// Message is the name of the message that the call sends, for what follows to be
	// about; "" if it is about another. Hold: the call is answered only when
	// everything else of the conversation has been sent.
	Message string
	Hold    bool
}

// A InjectedFaults is a fault that fires. Nth counts its firings in the plan from 0;
// Seed is the luck of where it strikes.
type InjectedFault struct {
	Fault fault.Fault
	Nth   int
	Seed  uint64
}

// An Item is one happening.
type Item struct {
	// Event is a neutral word, or the name of an event type.
	Event string
	// At is when it happens. It is told later if a fault delays it, and also if
	// the script tells late of what happened before: sent after delivered. Only
	// a reorder lets it be told before it happens.
	At time.Duration
	// Message is the one that it is about; one without a name where it is about
	// none, as of a template or an account.
	Message Message
	// Reply is the message that is replied to; nil if there is none.
	Reply *Message
	With  []Setting
	Set   []Setting
	// Stage is, of message.failed, "sync" if it is the first that is told of its
	// message and "async" if not; of message.undelivered it is "async".
	Stage string
}

// A Message is one message of a conversation, and what has become of it by the
// moment of the Item.
type Message struct {
	// Name is unique in its conversation. It is that of the file ("m"), with the
	// round behind it if a repeat brought it ("m:2#3"), or made of the step of an
	// inbound message ("in:4").
	Name string
	// Submitted is when the Operation was called, or when the person wrote it; before
	// the start of the conversation if that does not tell of it.
	Submitted time.Duration
	// The others are NotYet as long as they have not happened.
	Enqueued, Sent, Delivered, Read time.Duration
}

// NotYet is the time of what has not happened.
const NotYet time.Duration = -1
