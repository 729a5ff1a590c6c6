package schemas

import (
	"path"
	"regexp"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/neutral"
)

// The contract says how a provider delivers and what it expects of an answer.
// Here it is held to its form, so that a slip in it is found when data is
// loaded and not in the middle of a run.

func (p *providerParser) contract(n *document.Node) {
	if n == nil {
		return
	}
	p.contractKeys(n, "routes")
	p.eachRoute(n.Get("routes"), func(_ string, v *document.Node) { p.contractKeys(v) })
}

func (p *providerParser) contractKeys(n *document.Node, further ...string) {
	p.keys(n, append(further, "method", "content_type", "headers", "custom_headers", "signature", "bearer", "handshake", "success",
		"time_allowed", "empty_body", "retry", "ordering", "slow_ack", "duplicates", "batching", "endpoints", "subscription", "failure_alert")...)
	p.word(n.Get("method"), "POST", "PUT", "GET")
	p.text(n.Get("content_type"))
	p.text(n.Get("failure_alert"))
	for _, key := range []string{"custom_headers", "bearer", "empty_body", "duplicates"} {
		p.yes(n.Get(key))
	}
	p.members(n.Get("headers"), func(m *document.Member) { p.template(&m.Value) })
	p.signature(n.Get("signature"))
	p.handshake(n.Get("handshake"))
	p.success(n.Get("success"))
	p.duration(n.Get("time_allowed"))
	p.retry(n.Get("retry"))
	p.word(n.Get("ordering"), "none", "queue")
	p.word(n.Get("slow_ack"), "none", "delays-later-events")
	if v := n.Get("batching"); v != nil {
		p.keys(v, "most")
		p.count(v.Get("most"))
	}
	p.endpoints(n.Get("endpoints"))
	if v := n.Get("subscription"); v != nil {
		p.keys(v, "required", "not_required")
		p.texts(v.Get("required"))
		p.texts(v.Get("not_required"))
	}
}

func (p *providerParser) signature(n *document.Node) {
	if n == nil {
		return
	}
	if !p.keys(n, "scheme", "header", "algorithm", "encoding", "key", "over") {
		return
	}
	p.word(p.must(n, "scheme"), "none", "hmac")
	p.word(n.Get("algorithm"), "sha1", "sha256", "sha512")
	p.word(n.Get("encoding"), "hex", "base64")
	for _, key := range []string{"header", "key", "over"} {
		p.text(n.Get(key))
	}
}

func (p *providerParser) handshake(n *document.Node) {
	if n == nil {
		return
	}
	if !p.keys(n, "kind", "event", "method", "query", "body", "expect") {
		return
	}
	kind := p.must(n, "kind")
	p.word(kind, "none", "event", "challenge")
	p.word(n.Get("method"), "POST", "GET", "HEAD")
	if kind != nil && kind.Text == "event" {
		p.mustText(n, "event")
	} else {
		p.text(n.Get("event"))
	}
	for _, key := range []string{"query", "body", "expect"} {
		if v := n.Get(key); v != nil && v.Kind != document.Object {
			p.text(v)
		}
	}
}

var statusClass = regexp.MustCompile(`^[1-5]([0-9][0-9]|xx)$`)

func (p *providerParser) success(n *document.Node) {
	if n == nil {
		return
	}
	if n.Kind != document.Array || len(n.Items) == 0 {
		p.wrong(n, "expected a list of status codes such as [2xx] or [200, 202], found %s", n.Describe())
	}
	for i := range n.Items {
		if v := &n.Items[i]; !statusClass.MatchString(v.Text) {
			p.wrong(v, "%s is no status code or class such as 2xx", v.Describe())
		}
	}
}

func (p *providerParser) retry(n *document.Node) {
	if n == nil {
		return
	}
	p.keys(n, "attempts", "delays", "limit")
	p.count(n.Get("attempts"))
	p.duration(n.Get("limit"))
	if delays := n.Get("delays"); delays != nil {
		if delays.Kind != document.Array {
			p.wrong(delays, "expected a list of durations, found %s", delays.Describe())
		}
		for i := range delays.Items {
			p.duration(&delays.Items[i])
		}
	}
}

func (p *providerParser) endpoints(n *document.Node) {
	p.entries(n, "of endpoints", func(v *document.Node) {
		p.mustText(v, "kind")
		p.count(v.Get("limit"))
		p.texts(v.Get("modes"))
	}, "kind", "limit", "modes")
}

// timing says when an event follows another, as a distribution.
func (p *providerParser) timing(n *document.Node) {
	p.members(n, func(m *document.Member) {
		p.neutralEvent(m)
		p.byRoute(&m.Value, func(route string, one *document.Node) { p.delay(m.Key, route, one) })
	})
}

func (p *providerParser) delay(event, route string, n *document.Node) {
	if !p.keys(n, append(chance.Keys(), "after")...) {
		return
	}
	after := p.mustText(n, "after")
	if after != "" && after != submitted && !neutral.Is(after) {
		p.wrong(n.Get("after"), "unknown event %q; %s", after, document.OneOf(after, append(neutral.Events(), submitted)))
	}
	delay, err := chance.Read(p.file, n)
	if err != nil {
		p.problems = append(p.problems, err)
	}
	p.provider.timings = append(p.provider.timings, timingRule{event, route, Timing{after, delay}})
}

func (p *providerParser) word(n *document.Node, known ...string) {
	if n != nil && (n.Kind != document.String || !slices.Contains(known, n.Text)) {
		p.wrong(n, "unexpected %s; %s", n.Describe(), document.OneOf(n.Text, known))
	}
}

func (p *providerParser) yes(n *document.Node) {
	if n != nil && n.Kind != document.Bool {
		p.wrong(n, "expected true or false, found %s", n.Describe())
	}
}

var wholeNumber = regexp.MustCompile(`^[0-9]{1,9}$`)

func (p *providerParser) count(n *document.Node) {
	if n != nil && (n.Kind != document.Number || !wholeNumber.MatchString(n.Text)) {
		p.wrong(n, "expected a whole number, found %s", n.Describe())
	}
}

func (p *providerParser) duration(n *document.Node) {
	if n == nil {
		return
	}
	if d, err := time.ParseDuration(n.Text); err != nil || d < 0 {
		p.wrong(n, `expected a duration such as "10s", found %s`, n.Describe())
	}
}

// bind checks what provider.yaml says of event types against those that
// there are, once they are loaded.
func (p *providerParser) bind() {
	var names []string
	for _, t := range p.provider.Types {
		names = append(names, t.relative)
	}
	root := &p.file.Root
	p.members(root.Get("routes"), func(m *document.Member) { p.names(m.Value.Get("events"), names) })
	for _, n := range p.provider.wordings {
		if n.event == "" {
			continue
		}
		p.name(n.node, names)
		if i := slices.Index(names, n.event); i >= 0 {
			p.bindWhere(n, p.provider.Types[i])
		}
	}
	p.bindContract(root.Get("contract"), names)
	p.members(root.Get("contract").Get("routes"), func(m *document.Member) { p.bindContract(&m.Value, names) })
}

// bindWhere wants each place of a where to be one that the type has, and its
// value to be known there: a where that no body can fulfil recognises nothing.
func (p *providerParser) bindWhere(n wording, t *EventType) {
	for _, c := range n.where {
		places := t.root.describing(document.Tokens(c.pointer))
		if len(places) == 0 {
			p.wrong(&c.value, "no body of %s has the place %s", t.relative, c.pointer)
			continue
		}
		var known []document.Node
		for _, place := range places {
			place.sometimes(func(s *schema) { known = slices.Concat(known, s.discriminators, s.known) })
		}
		if len(known) > 0 && !slices.ContainsFunc(known, func(v document.Node) bool { return v.Equal(&c.value) }) {
			words := wordsOf(known)
			p.wrong(&c.value, "%s is no known value at %s of %s; %s", c.value.Describe(), c.pointer, t.relative, document.OneOf(c.value.Text, words))
		}
	}
}

func (p *providerParser) bindContract(contract *document.Node, names []string) {
	p.names(contract.Get("subscription").Get("required"), names)
	p.names(contract.Get("subscription").Get("not_required"), names)
	if handshake := contract.Get("handshake").Get("event"); handshake != nil {
		p.name(handshake, names)
	}
}

// name complains about what names no event type.
func (p *providerParser) name(n *document.Node, names []string) {
	if !slices.Contains(names, n.Text) {
		p.wrong(n, "unknown event type %q; %s", n.Text, document.OneOf(n.Text, names))
	}
}

// names complains about the patterns in a list that no event type fits.
func (p *providerParser) names(n *document.Node, names []string) {
	if n == nil {
		return
	}
	for i := range n.Items {
		pattern := &n.Items[i]
		if !slices.ContainsFunc(names, func(name string) bool {
			ok, err := path.Match(pattern.Text, name)
			return err == nil && ok
		}) {
			p.wrong(pattern, "no event type is named %q; %s", pattern.Text, document.OneOf(pattern.Text, names))
		}
	}
}
