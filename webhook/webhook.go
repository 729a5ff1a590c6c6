// Package webhook holds the nouns of Ringback: values that every other
// package passes around, and nothing that acts. It imports the standard
// library only.
//
// A generated [Event] and a captured one are the same value, so one function
// judges both, one format keeps both, and a tape replays like a scenario.
package webhook

import "time"

// An Event is one webhook: one HTTP body with its headers, as bytes.
//
// Body and Header are kept as they were received or will be sent; nothing
// re-encodes them, because signatures cover the exact bytes.
type Event struct {
	// Route is the route it came by, such as "gupshup/v2"; empty if nobody said.
	Route string
	// Type is the name of its event type, such as
	// "gupshup/v2/message-event.sent"; empty if nobody said.
	Type string
	// At is when it was sent or received; zero if unknown.
	At     time.Time
	Header []Field
	Body   []byte
}

// A Field is one header line. A list of fields keeps the order, the case and
// the repetitions of the wire, which an http.Header loses.
type Field struct {
	Name, Value string
}

// A Delivery is an Event and the attempts to hand it over.
type Delivery struct {
	ID       string
	Event    Event
	Attempts []Attempt
}

// An Attempt is one try to deliver: what came back, or why nothing did.
type Attempt struct {
	At time.Time
	// Status is the HTTP status code of the answer; 0 if there was none.
	Status int
	// Error says why there was no answer; empty if there was one.
	Error string
}
