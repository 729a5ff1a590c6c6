package scenarios

import (
	"regexp"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// Limits of expectations.
const (
	maxExpectations = 100
	maxCalls        = 1000
	maxPointer      = 512
)

// A declaredOutcome has the keys of what a scenario expects after its last event.
type declaredOutcome struct {
	Calls oneOrMore[declaredCalls] `key:"calls" doc:"the calls that the consumer must make"`
	State oneOrMore[declaredState] `key:"state" doc:"what a GET of the consumer's state must return"`
}

// A declaredExpect has the keys of what a step expects after its event.
type declaredExpect struct {
	declaredOutcome
	Status  oneOrMore[status] `key:"status"`
	Within  *responseTime     `key:"within"`
	Empty   bool              `key:"empty" oneof:"true" doc:"the response must have no body"`
	Headers expectedHeaders   `key:"headers"`
}

func (o declaredOutcome) expect() Expect {
	var e Expect
	for _, one := range o.Calls {
		e.Calls = append(e.Calls, Calls(one))
	}
	for _, one := range o.State {
		e.State = append(e.State, State(one))
	}
	return e
}

func (x declaredExpect) expect() Expect {
	e := x.declaredOutcome.expect()
	for _, one := range x.Status {
		e.Status = append(e.Status, string(one))
	}
	if x.Within != nil {
		e.Within, e.Contract = time.Duration(*x.Within), *x.Within == 0
	}
	e.Empty, e.Headers = x.Empty, x.Headers
	return e
}

// A oneOrMore is one entry or a list of them.
type oneOrMore[T any] []T

func (o *oneOrMore[T]) UnmarshalNode(d *document.Decoder, n *document.Node) {
	all := elementsOf(n)
	if len(all) == 0 || len(all) > maxExpectations {
		d.Errorf(n, "expected one entry or a list of 1 to %d, found %s", maxExpectations, n.Describe())
		return
	}
	*o = make(oneOrMore[T], len(all))
	for i, one := range all {
		d.Decode(one, &(*o)[i])
	}
}

// A status is a status code or a class of them.
type status string

var statusCode = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)

func (s *status) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if !statusCode.MatchString(n.Text) {
		d.Errorf(n, "expected a status code or a class of them (for example 204 or 2xx), found %s", n.Describe())
	}
	*s = status(n.Text)
}

// A responseTime limits the time of a response; 0 is the limit of the contract.
type responseTime time.Duration

func (r *responseTime) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind == document.String && n.Text == "contract" {
		return
	}
	length, err := document.ParseDuration(n.Text)
	if err != nil || n.Kind != document.String || length == 0 {
		d.Errorf(n, `expected a duration above 0 (for example "3s"), or contract for what the provider allows, found %s`, n.Describe())
	}
	*r = responseTime(length)
}

// expectedHeaders has headers by name; an empty text matches any value.
type expectedHeaders []Setting

func (h *expectedHeaders) UnmarshalNode(d *document.Decoder, n *document.Node) {
	for _, m := range members(d, n, "names of headers") {
		one := Setting{Name: m.Key}
		switch m.Value.Kind {
		case document.String:
			one.Text = m.Value.Text
		case document.Null:
		default:
			d.Errorf(&m.Value, "expected a string, or null for any, found %s", m.Value.Describe())
		}
		*h = append(*h, one)
	}
}

// declaredCalls is the YAML of [Calls]: {call: send, count: 1, …}, or none.
type declaredCalls Calls

type callKeys struct {
	Call    name        `key:"call" default:"send" doc:"the operation that is called (default: send)"`
	Count   callCount   `key:"count" default:"1"`
	To      phoneNumber `key:"to" doc:"the recipient (default: the end user of the conversation)"`
	ReplyTo name        `key:"reply_to" doc:"the message that this one replies to"`
	With    values      `key:"with" doc:"values of the call"`
	Within  span        `key:"within" default:"5s"`
}

func (c *declaredCalls) UnmarshalNode(d *document.Decoder, n *document.Node) {
	none := n.Kind == document.String && n.Text == "none"
	if none {
		n = &document.Node{Kind: document.Object, Start: n.Start}
	}
	var keys callKeys
	d.Decode(n, &keys)
	*c = declaredCalls{
		Operation: string(keys.Call), Min: keys.Count.Min, Max: keys.Count.Max, To: string(keys.To), ReplyTo: string(keys.ReplyTo), Within: time.Duration(keys.Within),
	}
	if none {
		c.Min, c.Max = 0, 0
	}
	for _, one := range keys.With {
		c.With = append(c.With, one.Setting)
	}
}

// A callCount is a number, or {min: 1, max: 3}.
type callCount struct {
	Min int `key:"min" was:"least" max:"1000"`
	Max int `key:"max" was:"most" max:"1000" default:"1000"`
}

func (c *callCount) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind != document.Object {
		d.Decode(&document.Node{Kind: document.Object, Start: n.Start, Members: []document.Member{{Key: "min", Value: *n}}}, (*callSpan)(c))
		c.Max = c.Min
		return
	}
	if d.Decode(n, (*callSpan)(c)) && c.Min > c.Max {
		d.Errorf(n, "min %d is above max %d", c.Min, c.Max)
	}
}

// A callSpan has the keys of a callCount without its UnmarshalNode.
type callSpan callCount

// A phoneNumber is a number or a template.
type phoneNumber string

var digits = regexp.MustCompile(`^\+?[0-9]{6,15}$`)

func (p *phoneNumber) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var text string
	if !d.Decode(n, &text) {
		return
	}
	if _, err := value.ParseTemplate(text); err != nil {
		d.Errorf(n, "%v", err)
	} else if !strings.Contains(text, "{{") && !digits.MatchString(text) {
		d.Errorf(n, "expected a phone number (for example \"+919900000000\"), found %s", n.Describe())
	}
	*p = phoneNumber(text)
}

// declaredState is the YAML of [State]: {at: /messages/{{message.id}}/status, equals: delivered,
// …}.
type declaredState State

type stateKeys struct {
	At      statePointer   `key:"at,required" doc:"a JSON Pointer with template values"`
	Message name           `key:"message" default:"m" doc:"the message of the values in at (default: m)"`
	Equals  *document.Node `key:"equals" doc:"the final value"`
	Within  span           `key:"within" default:"5s"`
	Order   []string       `key:"order,nonempty" doc:"values in their order: an earlier one must never follow a later one"`
}

func (s *declaredState) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var keys stateKeys
	if !d.Decode(n, &keys) {
		return
	}
	*s = declaredState{Pointer: keys.At.Template, Message: string(keys.Message), Within: time.Duration(keys.Within), Order: keys.Order}
	if keys.Equals != nil {
		s.Equals = keys.Equals.Compact(maxJSON)
	}
	if s.Equals == "" && s.Order == nil {
		d.Errorf(n, "missing key: one of equals, order is required")
	}
}

// A statePointer is a JSON Pointer with template values.
type statePointer struct{ value.Template }

func (p *statePointer) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind != document.String || !strings.HasPrefix(n.Text, "/") || len(n.Text) > maxPointer {
		d.Errorf(n, "expected a JSON Pointer (for example /messages/{{message.id}}/status), found %s", n.Describe())
		return
	}
	var err error
	if p.Template, err = value.ParseTemplate(n.Text); err != nil {
		d.Errorf(n, "%v", err)
	}
}
