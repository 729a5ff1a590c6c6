package scenarios

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// Bounds of what can be expected.
const (
	mostExpectations = 100
	mostCalls        = 1000
	longestPointer   = 512
)

func answerKeys() []string    { return []string{"status", "within", "empty", "headers"} }
func behaviourKeys() []string { return []string{"calls", "state"} }
func callsKeys() []string     { return []string{"call", "count", "to", "reply_to", "with", "within"} }
func stateKeys() []string     { return []string{"at", "message", "equals", "within", "order"} }

// expect reads what the consumer should do with an event.
func (p *parser) expect(n *document.Node) Expect {
	var e Expect
	if n == nil || !p.keys(n, slices.Concat(answerKeys(), behaviourKeys())...) {
		return e
	}
	if v := n.Get("status"); v != nil {
		e.Status = p.statuses(v)
	}
	if v := n.Get("within"); v != nil {
		e.Within, e.Contract = p.within(v)
	}
	if v := n.Get("empty"); v != nil {
		if v.Kind != document.Bool || v.Text != "true" {
			p.fail(v, "expected true, or no such key, found %s", v.Describe())
		}
		e.Empty = true
	}
	if v := n.Get("headers"); v != nil {
		e.Header = p.header(v)
	}
	p.behaviour(&e, n)
	return e
}

// outcome reads what is expected once everything was sent.
func (p *parser) outcome(n *document.Node) Expect {
	var e Expect
	if n != nil && p.keys(n, behaviourKeys()...) {
		p.behaviour(&e, n)
	}
	return e
}

func (p *parser) behaviour(e *Expect, n *document.Node) {
	for _, item := range p.several(n.Get("calls")) {
		e.Calls = append(e.Calls, p.calls(item))
	}
	for _, item := range p.several(n.Get("state")) {
		e.State = append(e.State, p.state(item))
	}
}

// several reads one or a list of some.
func (p *parser) several(n *document.Node) []*document.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind != document.Array:
		return []*document.Node{n}
	case len(n.Items) > mostExpectations:
		p.fail(n, "%d expectations are too many; the limit is %d", len(n.Items), mostExpectations)
		return nil
	}
	return p.elements(n, "an expectation, or a list of them")
}

func (p *parser) statuses(v *document.Node) []string {
	var all []string
	for _, item := range p.several(v) {
		if !isStatus(item.Text) {
			p.fail(item, "expected a status such as 204 or a class such as 2xx, found %s", item.Describe())
		}
		all = append(all, item.Text)
	}
	return all
}

func (p *parser) header(n *document.Node) []Setting {
	if !p.mapping(n, "names of headers") {
		return nil
	}
	var all []Setting
	for i := range n.Members {
		m := &n.Members[i]
		if m.Value.Kind != document.String && m.Value.Kind != document.Null {
			p.fail(&m.Value, "expected the header's text, or null for any, found %s", m.Value.Describe())
		}
		one := Setting{Name: m.Key}
		if m.Value.Kind == document.String {
			one.Text = m.Value.Text
		}
		all = append(all, one)
	}
	return all
}

// usualReaction is how long a consumer may take to do something if the file does
// not say it.
const usualReaction = 5 * time.Second

// calls reads {call: send, count: 1, …}, or none: that the consumer sends nothing.
func (p *parser) calls(n *document.Node) Calls {
	c := Calls{API: "send", Least: 1, Most: 1, Within: usualReaction}
	if n.Kind == document.String && n.Text == "none" {
		c.Least, c.Most = 0, 0
		return c
	}
	if !p.keys(n, callsKeys()...) {
		return c
	}
	if v := n.Get("call"); v != nil {
		c.API = p.word(v)
	}
	if v := n.Get("count"); v != nil {
		c.Least, c.Most = p.span(v)
	}
	if v := n.Get("to"); v != nil {
		c.To = p.number(v)
	}
	if v := n.Get("reply_to"); v != nil {
		c.ReplyTo = p.word(v)
		p.replies = append(p.replies, v)
	}
	for _, one := range p.values(n.Get("with")) {
		c.With = append(c.With, one.Setting)
	}
	if v := n.Get("within"); v != nil {
		c.Within = p.duration(v)
	}
	return c
}

// number reads a phone number, or a template of one.
func (p *parser) number(n *document.Node) string {
	text := p.text(n)
	if _, err := value.ParseTemplate(text); err != nil {
		p.fail(n, "%v", err)
	}
	if text != "" && !strings.Contains(text, "{{") && !phoneNumber.MatchString(text) {
		p.fail(n, "expected a phone number such as \"+919900000000\", found %s", n.Describe())
	}
	return text
}

var phoneNumber = regexp.MustCompile(`^\+?[0-9]{6,15}$`)

// span reads a number, or {least: 1, most: 3}.
func (p *parser) span(n *document.Node) (least, most int) {
	if n.Kind != document.Object {
		least = p.count(n, 0, mostCalls)
		return least, least
	}
	least, most = 0, mostCalls
	if !p.keys(n, "least", "most") {
		return least, most
	}
	if v := n.Get("least"); v != nil {
		least = p.count(v, 0, mostCalls)
	}
	if v := n.Get("most"); v != nil {
		most = p.count(v, 0, mostCalls)
	}
	if least > most {
		p.fail(n, "at least %d and at most %d cannot both be", least, most)
	}
	return least, most
}

// state reads {at: /messages/{{message.id}}/status, equals: delivered, …}.
func (p *parser) state(n *document.Node) State {
	s := State{Message: mainMessage, Within: usualReaction}
	if !p.keys(n, stateKeys()...) {
		return s
	}
	s.Pointer = p.pointer(n)
	if v := n.Get("message"); v != nil {
		s.Message = p.word(v)
		p.replies = append(p.replies, v)
	}
	if v := n.Get("equals"); v != nil {
		s.Equals = v.Compact(longestJSON)
	}
	if v := n.Get("within"); v != nil {
		s.Within = p.duration(v)
	}
	if v := n.Get("order"); v != nil {
		for _, item := range p.elements(v, "a list of words, the first one first") {
			s.Order = append(s.Order, p.text(item))
		}
	}
	if s.Equals == "" && s.Order == nil {
		p.fail(n, "expected equals, or order, or both: nothing is said of the place")
	}
	return s
}

func (p *parser) pointer(n *document.Node) value.Template {
	text := p.required(n, "at", p.text)
	v := n.Get("at")
	if v == nil || text == "" {
		return value.Template{}
	}
	if !strings.HasPrefix(text, "/") || len(text) > longestPointer {
		p.fail(v, "expected a JSON Pointer such as /messages/{{message.id}}/status, found %s", v.Describe())
	}
	template, err := value.ParseTemplate(text)
	if err != nil {
		p.fail(v, "%v", err)
	}
	return template
}

func isStatus(text string) bool {
	return len(text) == 3 && text[0] >= '1' && text[0] <= '5' && (text[1:] == "xx" ||
		!slices.ContainsFunc([]byte(text[1:]), func(c byte) bool { return c < '0' || c > '9' }))
}

func (p *parser) within(n *document.Node) (time.Duration, bool) {
	if n.Kind == document.String && n.Text == "contract" {
		return 0, true
	}
	d, err := document.ParseDuration(n.Text)
	if err != nil || n.Kind != document.String || d == 0 {
		p.fail(n, `expected a duration such as "3s", or contract for what the provider allows, found %s`, n.Describe())
	}
	return d, false
}

func (p *parser) duration(n *document.Node) time.Duration {
	d, err := document.ParseDuration(n.Text)
	if err != nil || n.Kind != document.String || d == 0 {
		p.fail(n, `expected a duration such as "3s", found %s`, n.Describe())
	}
	return d
}
