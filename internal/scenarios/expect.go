package scenarios

import (
	"time"

	"github.com/ringback-dev/ringback/internal/value"
)

// Expect is what a consumer should do: with an event, or with a whole scenario.
// The zero Expect asks nothing. What is expected of an answer every player of the
// scenario can judge; what the consumer does besides, its calls and its state, only
// who sees it.
type Expect struct {
	// Status are codes and classes of them: "200", "2xx".
	Status []string
	// Within is how long the answer may take; 0 if nobody says.
	Within time.Duration
	// Contract: the answer may take as long as the provider's contract allows.
	Contract bool
	// Empty: the answer has no body.
	Empty bool
	// Headers are lines of the answer, by name; one without a text has any.
	Headers []Setting
	// Calls are what the consumer calls the provider for, State what it shows of
	// itself.
	Calls []Calls
	State []State
}

// Behavior reports whether anything is expected beyond the answer.
func (e Expect) Behavior() bool { return len(e.Calls) > 0 || len(e.State) > 0 }

// Calls are the calls of an Operation that the consumer makes, from the moment when the event
// was sent, or the conversation began.
type Calls struct {
	// Operation is the name of the call: "send".
	Operation string
	// To is the number that each is about, a template; "" is the person of the
	// conversation.
	To string
	// Least and Max bound how many there are; both are 0 if there is to be none.
	Min, Max int
	// ReplyTo is the name of the message that each replies to; "" if any.
	ReplyTo string
	// With are values that each call gives, by name: message.text.
	With []Setting
	// Within is how long they may take.
	Within time.Duration
}

// State is a place of what the consumer shows of itself.
type State struct {
	// Pointer is a JSON Pointer with values in it: /messages/{{message.id}}/status.
	Pointer value.Template
	// Message is whose values stand in the Pointer; "m" if the file names none.
	Message string
	// Equals is JSON that is there in the end, at the latest after Within; "" asks
	// nothing.
	Equals string
	Within time.Duration
	// Order are words of which a later one is never followed by an earlier one.
	Order []string
}
