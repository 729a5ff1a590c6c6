// Package webhook has the types that all packages of Ringback share: events, deliveries,
// verdicts and results. It has no behavior of its own and imports only the standard
// library.
//
// A generated and a captured [Event] have the same type, so that the same code validates,
// stores and replays both.
package webhook

import "time"

// An Event is one webhook: an HTTP request.
//
// Of a captured event, Method, URL, Headers and Body are those that were received, byte for byte. Don't
// encode them again: signatures cover the exact bytes.
//
// A generated event has no Method and no URL, and its Body is JSON: the endpoint decides whether that is
// sent as JSON, as a form or as a query. An [Attempt] has what was sent.
type Event struct {
	// Route is the route of the event, for example "gupshup/v2"; "" if it is unknown.
	Route string
	// Type is the event type, for example "gupshup/v2/message-event.sent"; "" if it is
	// unknown.
	Type string
	// At is the time of sending or receipt; zero if it is unknown.
	At time.Time
	// Method is the HTTP method, and URL the path and the query: "/dlr?id=1".
	Method, URL string
	Headers     []Header
	Body        []byte
}

// A Header is an HTTP header. Unlike an http.Header, a list of headers keeps order, case and
// repetitions.
type Header struct {
	Name, Value string
}

// A Delivery is an Event on its way to one endpoint, with its attempts.
type Delivery struct {
	ID    string
	Event Event
	// Faults are the injected faults, in their order; empty for an event as the provider
	// would send it.
	Faults   []string
	Attempts []Attempt
}

// An Attempt is one HTTP request for a Delivery, with its response or the reason why there
// is none.
type Attempt struct {
	// At is the start of the attempt.
	At time.Time
	// RequestHeaders are those of the Event and those of this attempt, for example its
	// signature.
	RequestHeaders []Header
	// RequestMethod, RequestURL (path and query) and RequestBody are what was sent, if the endpoint
	// encodes events; else zero.
	RequestMethod, RequestURL string
	RequestBody               []byte
	// Status is the HTTP status code of the response; 0 without a response.
	Status int
	// ResponseHeaders and ResponseBody are those of the response. ResponseBody has at most
	// [MaxResponseBody] bytes; Truncated means that the response had more.
	ResponseHeaders []Header
	ResponseBody    []byte
	Truncated       bool
	Timing          Timing
	// Failure is why the response is missing or incomplete, and Error describes it; both
	// are empty after a complete response.
	Error   string
	Failure Failure
}

// MaxResponseBody is the maximum size of a response's body that is read, in bytes.
const MaxResponseBody = 64 << 10

// Timing is the duration of the parts of an attempt. A part that didn't happen is 0, for
// example the dial on a reused connection.
type Timing struct {
	Dial, TLS time.Duration
	// FirstByte is from the start of the request to the first byte of the response.
	FirstByte time.Duration
	Total     time.Duration
}

// A Failure is why an attempt has no complete response.
type Failure string

// The failures of an attempt.
const (
	// FailureDenied means that the address policy denies the address.
	FailureDenied Failure = "denied"
	// FailureDNS means that the host name has no address.
	FailureDNS Failure = "dns"
	// FailureUnreachable means that the connection failed: no listener, or no route.
	FailureUnreachable Failure = "unreachable"
	// FailureTLS means that the certificate or the TLS handshake is invalid.
	FailureTLS Failure = "tls"
	// FailureTimeout means that the attempt took too long.
	FailureTimeout Failure = "timeout"
	// FailureReset means that the connection closed before the end of the response.
	FailureReset Failure = "reset"
	// FailureProtocol means that the response isn't valid HTTP, or exceeds a limit.
	FailureProtocol Failure = "protocol"
	// FailureCanceled means that Ringback canceled the attempt.
	FailureCanceled Failure = "canceled"
	// FailureRequest means that the request itself is invalid.
	FailureRequest Failure = "request"
)
