package scenarios

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// Expect is what a consumer must do after an event or a whole scenario. The zero Expect accepts
// everything. Checks of the response are always possible; checks of calls and state need a run
// that observes the consumer.
type Expect struct {
	// Status has codes and classes: "200", "2xx".
	Status []string
	// Within limits the time of the response; 0 means no limit.
	Within time.Duration
	// Contract limits the time of the response to what the provider's contract allows.
	Contract bool
	// Empty requires a response without a body.
	Empty bool
	// Headers has headers of the response by name; an empty text matches any value.
	Headers []Setting
	// Calls are the calls that the consumer must make. State is what its state must show.
	Calls []Calls
	State []State
}

// Behavior reports whether there are expectations beyond the response.
func (e Expect) Behavior() bool { return len(e.Calls) > 0 || len(e.State) > 0 }

// Calls describes calls that the consumer makes after the event was sent, or after the
// conversation started.
type Calls struct {
	// Operation is the name of the operation: "send".
	Operation string
	// To is the recipient of each call, a template; "" is the end user of the conversation.
	To string
	// Min and Max limit the number of calls; both 0 means that there must be no call.
	Min, Max int
	// ReplyTo is the message that each call replies to; "" matches any.
	ReplyTo string
	// With has the values of each call by name, for example message.text.
	With []Setting
	// Within limits the time until the calls arrive.
	Within time.Duration
}

// State describes one location in the state that the consumer exposes.
type State struct {
	// Pointer is a JSON Pointer with template values: /messages/{{message.id}}/status.
	Pointer value.Template
	// Message determines the values in Pointer; the default is "m".
	Message string
	// Equals is the JSON that must be there after Within at the latest; "" skips this check.
	Equals string
	Within time.Duration
	// Order lists values: an earlier one must never follow a later one.
	Order []string
}
