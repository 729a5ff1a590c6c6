package generator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// The rules of these files are facts about the providers' bodies, decoded and compared by hand. They
// share no code with the generator, so that a mistake is not made twice.

// A node is a part of a decoded body.
type node struct{ v any }

func decodeNode(t testing.TB, body []byte) node {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	require.NoError(t, d.Decode(&v), "%s", body)
	return node{v}
}

// at returns the node at a path of keys and indexes: "payload/0/id".
func (n node) at(path string) node {
	for token := range strings.SplitSeq(path, "/") {
		switch v := n.v.(type) {
		case map[string]any:
			n = node{v[token]}
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(v) {
				return node{}
			}
			n = node{v[i]}
		default:
			return node{}
		}
	}
	return n
}

// has reports whether a value is present and not null, "", [] or {}.
func (n node) has(path string) bool {
	switch v := n.at(path).v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

func (n node) text(path string) string {
	v := n.at(path).v
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (n node) number(path string) int64 {
	i, err := strconv.ParseInt(n.text(path), 10, 64)
	if err != nil {
		return -1
	}
	return i
}

func (n node) list(path string) []node {
	var all []node
	items, _ := n.at(path).v.([]any)
	for _, item := range items {
		all = append(all, node{item})
	}
	return all
}

// none reports whether no path has a value.
func (n node) none(paths ...string) bool {
	return !slices.ContainsFunc(paths, n.has)
}

// A finding is the result of a rule for a body.
type finding int

const (
	notApplicable finding = iota
	kept
	violated
)

func must(ok bool) finding {
	if ok {
		return kept
	}
	return violated
}

// when is not applicable unless a condition is true.
func when(applies bool, ok func() bool) finding {
	if !applies {
		return notApplicable
	}
	return must(ok())
}

// A madeBody is a generated body, and what a body alone doesn't show.
type madeBody struct {
	node
	route, eventType, scenario string
	now, submitted             time.Time
	message                    string // its text
	byType                     bool   // not by a canonical event
}

// A semanticRule is a rule for the bodies of event types that begin with one of the prefixes. The
// control is a body that breaks it.
type semanticRule struct {
	id       string
	prefixes string
	check    func(b madeBody) finding
	control  string
}

func (r semanticRule) applies(eventType string) bool {
	return slices.ContainsFunc(strings.Fields(r.prefixes), func(p string) bool { return strings.HasPrefix(eventType, p) })
}

func semanticRules() []semanticRule {
	return slices.Concat(gupshupV2Rules(), gupshupV2AccountRules(), gupshupV3Rules(), gupshupV3ItemRules(), mobtextingRules(), voiceRules(), netcoreRules(), tataRules(),
		gupshupV3MoneyRules(), netcoreWhatsAppRules(), tataKindRules())
}

// knownBroken are the rules that some bodies still break, and why.
func knownBroken() map[string]string {
	return map[string]string{
		"tata-R48":    "the generator writes no elements after prefixItems",
		"nc-N10":      "the scenario rcs-fallback-sms builds the ID itself",
		"voice-V10":   "the scenario voice-call sets the status, not call.status",
		"v2-P25..P27": "a free-tier conversation has the type of its category",
		"v3-T20":      "an example without a reason, chosen by the event type's name",
	}
}

func TestSemanticRules_HaveControl(t *testing.T) {
	t.Parallel()
	for _, r := range semanticRules() {
		require.NotEmpty(t, r.control, r.id)
		b := madeBody{node: decodeNode(t, []byte(r.control)), now: start().Add(time.Minute), submitted: start().Add(-8 * 24 * time.Hour), message: "नमस्ते"}
		b.route, b.eventType = "control", strings.Fields(r.prefixes)[0]
		require.Equal(t, violated, r.check(b), "the control of %s must break it", r.id)
	}
}

// counts are how many bodies a rule applies to, and how many break it.
type counts struct {
	applied, violated int
	sample            string
}

type semanticChecker struct {
	t      *testing.T
	g      *generator.Generator
	rules  []semanticRule
	counts map[string]*counts
	failed map[string]int // events that were not generated
}

func (c *semanticChecker) body(scenario string, r generator.Request) {
	c.t.Helper()
	event, err := c.g.Event(r)
	if err != nil {
		c.failed[fmt.Sprintf("%s: %.500s", r.Items[0].Event, err)]++
		return
	}
	b := madeBody{node: decodeNode(c.t, event.Body), route: r.Route.Name, eventType: event.Type, scenario: scenario, byType: strings.Contains(r.Items[0].Event, "/"), now: event.At, submitted: r.Start.Add(r.Items[0].Message.Submitted)}
	if text, ok := c.g.Value(r, "message.text"); ok {
		b.message = text.Text()
	}
	for i := range c.rules {
		rule := &c.rules[i]
		if !rule.applies(b.eventType) {
			continue
		}
		n := c.counts[rule.id]
		switch rule.check(b) {
		case violated:
			n.violated++
			n.applied++
			if n.sample == "" {
				n.sample = fmt.Sprintf("%s (%s): %s", b.eventType, r.Items[0].Event, event.Body)
			}
		case kept:
			n.applied++
		}
	}
}

// effort is the number of seeds of the scenarios, and of bodies of each event.
func effort(t *testing.T) (seeds, bodies int) {
	t.Helper()
	if os.Getenv("SEMANTICS") == "full" {
		return 5, 200
	}
	return 1, 12
}

// Set SEMANTICS=full for more seeds and bodies, and -v for the number of bodies of each rule.
func TestEvent_KeepsSemanticRules(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	c := &semanticChecker{t: t, g: maker(t, catalog, generator.Options{}), rules: semanticRules(), counts: map[string]*counts{}, failed: map[string]int{}}
	for _, r := range c.rules {
		require.Nil(t, c.counts[r.id], "two rules %s", r.id)
		c.counts[r.id] = &counts{}
	}
	seeds, bodies := effort(t)
	c.events(catalog, bodies)
	c.scenarios(catalog, seeds)
	for cause, n := range c.failed {
		t.Errorf("%d times: %s", n, cause)
	}
	var ids []string
	for id := range c.counts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	known := knownBroken()
	for _, id := range ids {
		n := c.counts[id]
		if testing.Verbose() {
			t.Logf("%-28s %6d of %6d broken", id, n.violated, n.applied)
		}
		if n.violated > 0 && known[id] == "" {
			t.Errorf("%s: %d of %d bodies break it; for example %.1500s", id, n.violated, n.applied, n.sample)
		}
		if n.applied == 0 && known[id] == "" && os.Getenv("SEMANTICS") == "full" {
			t.Errorf("%s applies to no body", id)
		}
	}
}

// events generates bodies of each event type, by its name and by each of its canonical events.
func (c *semanticChecker) events(catalog *schemas.Catalog, bodies int) {
	for _, e := range catalog.Types() {
		for _, route := range e.Routes() {
			for i, event := range append([]string{e.Name}, e.CanonicalEvents()...) {
				if mappings, _ := route.Mappings(event); i > 0 && len(mappings) == 0 {
					continue
				}
				for seed := range bodies {
					r := request(route, uint64(seed)+1, itemAt(event, e, seed))
					r.Start = r.Start.Add(time.Duration(seed) * 7 * time.Hour)
					c.body("", r)
				}
			}
		}
	}
}

// itemAt is an event at the moment of its step in the life of a message, with values that scenarios set.
func itemAt(event string, e *schemas.EventType, seed int) scenarios.Item {
	one := item(event)
	one.Stage = []string{"sync", "async"}[seed%2]
	m := &one.Message
	step := event
	if strings.Contains(event, "/") && len(e.CanonicalEvents()) == 1 {
		step = e.CanonicalEvents()[0]
	}
	switch step {
	case "message.enqueued":
		one.At, m.Sent, m.Delivered, m.Read = m.Enqueued, scenarios.NotYet, scenarios.NotYet, scenarios.NotYet
	case "message.sent":
		one.At, m.Delivered, m.Read = m.Sent, scenarios.NotYet, scenarios.NotYet
	case "message.delivered":
		one.At, m.Read = m.Delivered, scenarios.NotYet
	}
	if seed%5 == 4 && (step == "message.read" || step == "message.delivered") {
		m.Submitted -= 9 * 24 * time.Hour // a late status
	}
	set := func(name, text string) { one.With = append(one.With, scenarios.Setting{Name: name, Text: text}) }
	if seed%3 != 2 {
		return one
	}
	switch {
	case strings.HasPrefix(e.Name, "netcore/event.") && step != "message.read" && step != "message.undelivered" && step != "message.failed":
		set("message.channel", "sms")
	case step == "call.ended":
		set("call.status", []string{"ANSWER", "BUSY", "MISSED", "COMPLETED", "RECEIVED", "NOANSWER"}[seed%6])
	case step == "template.paused":
		set("template.pause", "2")
	case step == "message.undelivered" && strings.Contains(e.Name, "/sms."):
		set("error", "part-undelivered")
	}
	return one
}

// scenarios generates the bodies of all scenarios on all routes that can play them.
func (c *semanticChecker) scenarios(catalog *schemas.Catalog, seeds int) {
	library, err := shipped.Library()
	require.NoError(c.t, err)
	const maxEvents = 60
	for _, s := range library.All() {
		for _, name := range catalog.Routes() {
			route, err := catalog.Route(name)
			require.NoError(c.t, err)
			for seed := range seeds {
				plan, err := s.Plan(script.RouteOf(route), scenarios.Options{Seed: uint64(seed) + 1})
				if err != nil {
					continue // the route cannot play it
				}
				made := script.Script{Catalog: catalog, Generator: c.g, Route: route, Plan: plan, Start: s.Start(start())}
				n := 0
				for planned := range plan.PlannedEvents {
					if n++; n > maxEvents || planned.Action != nil || len(planned.Items) != 1 {
						continue
					}
					c.body(s.Name, made.Request(&planned))
				}
			}
		}
	}
}

// setsPrices reports whether a scenario is about another time than that of the run, and sets its prices.
func setsPrices(scenario string) bool {
	return strings.Contains(scenario, "billing") || strings.Contains(scenario, "pricing-change")
}
