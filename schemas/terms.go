package schemas

import (
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/document"
)

// A Contract is how a provider delivers and what it expects of an answer.
// What its data does not say is zero.
type Contract struct {
	Method, ContentType string
	// Headers are further header lines; their values are templates.
	Headers []Header
	// CustomHeaders: a subscription may add header lines of its own.
	CustomHeaders bool
	// Bearer: a secret, if one is set, comes as a bearer token.
	Bearer    bool
	Signature Signature
	Handshake Handshake
	// Success are status codes and classes: "200", "2xx".
	Success     []string
	TimeAllowed time.Duration
	// EmptyBody: an answer with a body breaks the contract.
	EmptyBody bool
	Retry     Retry
	// Ordering is "none" or "queue"; SlowAck "none" or "delays-later-events".
	Ordering, SlowAck string
	// Duplicates: the provider is known to send events twice.
	Duplicates bool
	// Most is how many items one body holds at most; 0 if nobody says.
	Most         int
	Endpoints    []Endpoint
	Subscription Subscription
	FailureAlert string
}

// A Header is a header line whose value is a template.
type Header struct{ Name, Template string }

// A Signature is how a provider signs; Scheme is "none" or "hmac".
type Signature struct{ Scheme, Header, Algorithm, Encoding, Key, Over string }

// Signs reports whether the provider signs at all.
func (s Signature) Signs() bool { return s.Scheme == "hmac" }

// A Handshake is how a provider checks a URL before it sends to it. Kind is
// "none", "event" (it sends the event type Event) or "challenge" (a request by
// Method, with templates for Query and Body, whose answer must be Expect).
type Handshake struct{ Kind, Event, Method, Query, Body, Expect string }

// Retry says how often and when a delivery is tried again.
type Retry struct {
	// Attempts counts the first one too; 0 if nobody says.
	Attempts int
	Delays   []time.Duration
	// Limit is the longest delay; 0 for none.
	Limit time.Duration
}

// An Endpoint is a kind of URL that a consumer may name, and how many of it.
type Endpoint struct {
	Kind  string
	Limit int
	Modes []string
}

// Subscription says which event types are sent only if somebody subscribed to
// them; both are patterns of names relative to the provider.
type Subscription struct{ Required, NotRequired []string }

// terms reads what contract has checked, for one route: its own keys hold
// before those of the provider.
func (p *providerParser) terms(r *Route) Contract {
	contract := p.file.Root.Get("contract")
	own := contract.Get("routes").Get(r.suffix())
	get := func(key string) *document.Node {
		if v := own.Get(key); v != nil {
			return v
		}
		return contract.Get(key)
	}
	c := Contract{
		Method: textAt(get("method")), ContentType: textAt(get("content_type")),
		CustomHeaders: isTrue(get("custom_headers")), Bearer: isTrue(get("bearer")),
		Signature: signatureTerms(get("signature")), Handshake: handshakeTerms(get("handshake")),
		Success: textsOf(get("success")), TimeAllowed: durationOf(get("time_allowed")), EmptyBody: isTrue(get("empty_body")),
		Retry: retryTerms(get("retry")), Ordering: textAt(get("ordering")), SlowAck: textAt(get("slow_ack")),
		Duplicates: isTrue(get("duplicates")), Most: countOf(get("batching").Get("most")),
		Subscription: Subscription{textsOf(get("subscription").Get("required")), textsOf(get("subscription").Get("not_required"))},
		FailureAlert: textAt(get("failure_alert")),
	}
	p.members(get("headers"), func(m *document.Member) { c.Headers = append(c.Headers, Header{m.Key, m.Value.Text}) })
	for i := range get("endpoints").Elements() {
		v := &get("endpoints").Items[i]
		c.Endpoints = append(c.Endpoints, Endpoint{textAt(v.Get("kind")), countOf(v.Get("limit")), textsOf(v.Get("modes"))})
	}
	return c
}

func signatureTerms(n *document.Node) Signature {
	text := func(key string) string { return textAt(n.Get(key)) }
	return Signature{text("scheme"), text("header"), text("algorithm"), text("encoding"), text("key"), text("over")}
}

func handshakeTerms(n *document.Node) Handshake {
	text := func(key string) string {
		if v := n.Get(key); v != nil && v.Kind == document.Object {
			return v.Compact(longestWhere)
		}
		return textAt(n.Get(key))
	}
	return Handshake{text("kind"), text("event"), text("method"), text("query"), text("body"), text("expect")}
}

func retryTerms(n *document.Node) Retry {
	retry := Retry{Attempts: countOf(n.Get("attempts")), Limit: durationOf(n.Get("limit"))}
	for i := range n.Get("delays").Elements() {
		retry.Delays = append(retry.Delays, durationOf(&n.Get("delays").Items[i]))
	}
	return retry
}

func textAt(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

func isTrue(n *document.Node) bool { return textAt(n) == "true" }

func countOf(n *document.Node) int {
	count, err := strconv.Atoi(textAt(n))
	if err != nil {
		return 0
	}
	return count
}

func durationOf(n *document.Node) time.Duration {
	d, err := chance.ParseDuration(textAt(n))
	if err != nil {
		return 0
	}
	return d
}

func textsOf(n *document.Node) []string {
	var texts []string
	for i := range n.Elements() {
		texts = append(texts, n.Items[i].Text)
	}
	return texts
}
