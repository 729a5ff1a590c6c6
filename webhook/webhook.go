// Package webhook holds the nouns of Ringback: values that every other
// package passes around, and nothing that acts. It imports the standard
// library only.
//
// A generated [Type] and a captured one are the same value, so one function
// judges both, one format keeps both, and a tape replays like a scenario.
package webhook

import "time"

// An Type is one webhook: one HTTP body with its headers, as bytes.
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

// A Delivery is an Type and the attempts to hand it over.
type Delivery struct {
	ID    string
	Event Event
	// Faults say how the Type or its transport was spoilt, in the order in
	// which it was done; empty if it is as the provider would send it.
	Faults   []string
	Attempts []Attempt
}

// An Attempt is one try to deliver: what was sent beside the Type's own
// header and body, and what came back, or why nothing did.
type Attempt struct {
	// At is when it began.
	At time.Time
	// Sent are the header lines as sent, those of the Type and those made for
	// this attempt alone (its signature).
	Sent []Field
	// Status is the HTTP status code of the answer; 0 if there was none.
	Status int
	// Header and Body are the answer's; of the body at most [MaxResponseBody]
	// bytes are kept, and Truncated says that there was more.
	Header    []Field
	Body      []byte
	Truncated bool
	Timing    Timing
	// Error says why there was no answer, and Failure which kind of reason that
	// is; both are empty if there was one.
	Error   string
	Failure Failure
}

// MaxResponseBody is how much of an answer's body is read, in bytes.
const MaxResponseBody = 64 << 10

// Timing says how long the parts of an attempt took; a part that did not
// happen, such as a dial on a connection that was open, is 0.
type Timing struct {
	Dial, TLS time.Duration
	// FirstByte is from the request's start to the answer's first byte.
	FirstByte time.Duration
	Total     time.Duration
}

// An Failure groups the reasons why an attempt has no answer.
type Failure string

const (
	// ErrorDenied: the address may not be dialled.
	ErrorDenied Failure = "denied"
	// ErrorDNS: the host's name has no address.
	ErrorDNS Failure = "dns"
	// ErrorRefused: nobody listens there, or the network has no way to it.
	ErrorRejected Failure = "unreachable"
	// ErrorTLS: the certificate or the handshake is not acceptable.
	ErrorTLS Failure = "tls"
	// ErrorTimeout: the time allowed went by.
	ErrorTimeout Failure = "timeout"
	// ErrorReset: the connection ended before the answer did.
	ErrorReset Failure = "reset"
	// ErrorProtocol: what came back is no HTTP, or more of it than is read.
	ErrorProtocol Failure = "protocol"
	// ErrorCanceled: we stopped it ourselves.
	ErrorCanceled Failure = "canceled"
	// ErrorRequest: the request could not be made, or not as HTTP wants it.
	ErrorRequest Failure = "request"
)
