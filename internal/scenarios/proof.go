package scenarios

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Proof is an expectation about what a scenario sends. It is checked against [Observation]s, which
// are read back from the bodies of a plan. Each part of a Proof that the file sets is one claim.
type Proof struct {
	node    *document.Node
	events  []located // the events that it is about
	order   []located // or all of these, in this order
	nth     int       // only the nth of them; 0 for all
	message string    // only those about this message; "" for all
	count   *limits   // how many there are in a conversation
	share   *limits   // in which share of the conversations there is one, in millionths
	with    []expectedValue
	same    []located // values that are equal in all
	differs []located // values that are never equal
	rises   []located // values that never fall
	after   located   // the event before, and how long before each
	gap     struct{ min, max time.Duration }
}

// A located is the name of an event or value, with its node.
type located struct {
	name string
	node *document.Node
}

// limits are a minimum and a maximum.
type limits struct{ min, max int }

// An expectedValue is a value that each event must have: one of texts; or absent, none.
type expectedValue struct {
	located
	texts  []string
	absent bool
}

// Proofs returns the number of proofs in the file, and the file's text of each.
func (s *Scenario) Proofs() []string {
	var all []string
	for _, p := range s.proofs {
		all = append(all, p.node.Compact(maxJSON))
	}
	return all
}

// CheckProofs checks the proofs against routes: each must be about events that the scenario sends,
// and about values that the events have on at least one of the routes that the scenario is for. Each
// error has a file, line and column. CheckProofs returns all of them, joined.
func (s *Scenario) CheckProofs(routes []Route) error {
	c := proofChecker{scenario: s, sent: s.Events()}
	for _, r := range routes {
		if s.Fits(r) == nil && slices.ContainsFunc(c.sent, func(event string) bool { ok, _ := r.Supports(event); return ok }) {
			c.routes = append(c.routes, r)
		}
	}
	for i := range s.proofs {
		c.check(&s.proofs[i])
	}
	if c.problems == nil {
		return nil
	}
	return prefixed(errors.Join(c.problems...))
}

type proofChecker struct {
	scenario *Scenario
	sent     []string
	routes   []Route
	problems []error
}

func (c *proofChecker) errorf(n *document.Node, format string, args ...any) {
	c.problems = append(c.problems, c.scenario.file.Errorf(n, format, args...))
}

func (c *proofChecker) check(p *Proof) {
	none := p.count != nil && p.count.max == 0
	for _, event := range slices.Concat(p.events, p.order, p.after.list()) {
		switch {
		case !c.sends(event.name) && !none:
			c.errorf(event.node, "the scenario sends no %s; %s", event.name, document.OneOf(event.name, c.sent))
		case c.routes != nil && !c.anyRoute(func(r Route) bool { ok, _ := r.Supports(event.name); return ok }) && !none:
			c.errorf(event.node, "no route of the scenario has the event %s; leave it out", event.name)
		}
	}
	var names []located
	for _, one := range p.with {
		names = append(names, one.located)
		if one.name == reason && c.routes != nil && !c.anyRoute(func(r Route) bool { return slices.ContainsFunc(one.texts, r.HasReason) }) {
			c.errorf(one.node, "no route of the scenario has an error for %s", strings.Join(one.texts, ", "))
		}
	}
	for _, one := range slices.Concat(names, p.same, p.differs, p.rises) {
		if c.routes == nil || one.name == reason {
			continue
		}
		has := func(r Route) bool {
			return slices.ContainsFunc(p.events, func(event located) bool { return r.HasValue(event.name, one.name) })
		}
		if !c.anyRoute(has) {
			c.errorf(one.node, "%s has no value %s on any route of the scenario", p.names(), one.name)
		}
	}
}

// sends reports whether the scenario may send an event. What an event type stands for depends on its
// body.
func (c *proofChecker) sends(event string) bool {
	hasType := slices.ContainsFunc(c.sent, func(one string) bool { return !canonical.Is(one) })
	return slices.Contains(c.sent, event) || hasType && canonical.Is(event)
}

func (c *proofChecker) anyRoute(has func(Route) bool) bool { return slices.ContainsFunc(c.routes, has) }

// list returns the name as a list; empty if there is none.
func (l located) list() []located {
	if l.name == "" {
		return nil
	}
	return []located{l}
}

func (p *Proof) names() string { return namesOf(p.events) }

func namesOf(all []located) string {
	var names []string
	for _, one := range all {
		names = append(names, one.name)
	}
	return strings.Join(names, ", ")
}

// An Observation is an event of a plan as a consumer can read it from its body.
type Observation struct {
	// At is when it is sent, since the start of the plan.
	At           time.Duration
	Conversation int
	// Step is its location in the file, as in [PlannedEvent].
	Step string
	// Event is the canonical event that the body has, and Type its event type.
	Event, Type string
	// Message is the name of the message that it is about, as in [Message].
	Message string
	// Values are the values in the body, by name, and Reasons the canonical reasons that they fit.
	Values  map[string]value.Value
	Reasons []string
}

// A Claim is one part of a proof, checked on one route with one seed.
type Claim struct {
	// Where is the location of the proof in the file, and Text the part: "with error".
	Where, Text string
	// Checked reports whether the route has what the claim is about, and the bodies had it, too.
	Checked bool
	// Problem describes how the claim fails; "" if it doesn't.
	Problem string
}

// Prove checks all proofs against what a plan of the scenario sends on a route, in the order of
// time.
func (s *Scenario) Prove(r Route, conversations int, seen []Observation) []Claim {
	byConversation := make([][]Observation, conversations)
	for _, one := range seen {
		byConversation[one.Conversation] = append(byConversation[one.Conversation], one)
	}
	var all []Claim
	for i := range s.proofs {
		p := prover{proof: &s.proofs[i], route: r, where: s.file.Errorf(s.proofs[i].node, "").Error()}
		p.where = strings.TrimSuffix(p.where, ": ")
		p.prove(byConversation)
		all = append(all, p.claims...)
	}
	return all
}
