package scenarios

import (
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
)

// Limits of a scenario, against typing errors.
const (
	maxSteps         = 10_000
	maxConversations = 10_000_000
	maxDepth         = 16
	maxRate          = 1_000_000_000 // thousandths of a conversation per second
)

// A declaredScenario has the keys of a scenario's file.
type declaredScenario struct {
	Name          document.Located[name]     `key:"name,required" doc:"the name of the file without .yaml"`
	Description   string                     `key:"description,required" was:"about" doc:"one sentence"`
	Provider      name                       `key:"provider" doc:"the provider that the scenario is for (default: all)"`
	Routes        routes                     `key:"routes" doc:"the routes of the provider that the scenario is for (default: all)"`
	Conversations int                        `key:"conversations" min:"1" max:"10000000" default:"1" doc:"the number of conversations"`
	Rate          rate                       `key:"rate"`
	Start         startTime                  `key:"start"`
	With          values                     `key:"with"`
	Set           document.Located[pointers] `key:"set"`
	Steps         []step                     `key:"steps,required" want:"a list of steps" doc:"the steps, in order"`
	Expect        *declaredOutcome           `key:"expect" doc:"what the consumer must have done after the last event"`
	Proves        []declaredProof            `key:"proves" want:"a list of expectations" doc:"what must be true of the events that the scenario sends"`
}

// Parse decodes a scenario. The file must have its name: message-delivered.yaml. Each error has a
// file, line and column. Parse returns all of them, joined.
func Parse(f *document.File) (*Scenario, error) {
	d := document.NewDecoder(f)
	s := decode(d)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// Lint returns the errors of a file, in the order of the file.
func Lint(f *document.File) []*document.Error {
	d := document.NewDecoder(f)
	decode(d)
	return d.Errors()
}

func decode(d *document.Decoder) *Scenario {
	var declared declaredScenario
	d.Decode(&d.File().Root, &declared)
	s := &Scenario{
		Name: path.Join(string(declared.Provider), string(declared.Name.Value)), Description: declared.Description, Provider: string(declared.Provider),
		Source: d.File().Source, conversations: declared.Conversations, rate: int(declared.Rate), with: declared.With, set: declared.Set.Value,
		steps: declared.Steps, file: d.File(), start: time.Time(declared.Start),
	}
	for _, one := range declared.Proves {
		s.proofs = append(s.proofs, Proof(one))
	}
	if declared.Expect != nil {
		s.expect = declared.Expect.expect()
	}
	if name := string(declared.Name.Value); name != "" && path.Base(d.File().Name) != name+".yaml" {
		d.Errorf(declared.Name.Node, "scenario %s must be in a file %s.yaml, found %s; rename one of them",
			document.Quote(name), name, path.Base(d.File().Name))
	}
	c := checker{Decoder: d, provider: s.Provider}
	s.Routes = c.routes(declared.Routes.Node)
	if declared.Set.Node != nil {
		c.set(declared.Set.Node)
	}
	c.steps(s.steps, 1, 1)
	c.messages(s)
	if len(d.Errors()) == 0 {
		checkLifecycles(s.steps, func(s *step, text string) { d.Errorf(s.node, "%s", text) })
	}
	return s
}

// A checker makes the checks that need several keys.
type checker struct {
	*document.Decoder
	provider string
	count    int // of steps, with repeats unrolled
}

func (c *checker) routes(n *document.Node) []string {
	if n == nil {
		return nil
	}
	var names []string
	switch {
	case c.provider == "":
		c.Errorf(n, routesNeedProvider)
	case len(n.Elements()) == 0:
		c.Errorf(n, "expected a list of routes (for example [gupshup/v2]), found %s", n.Describe())
	}
	for i := range n.Elements() {
		item := &n.Items[i]
		if c.provider != "" && !routeOfProvider(item.Text, c.provider) {
			c.Errorf(item, "expected a route of %s, found %s", c.provider, item.Describe())
		}
		names = append(names, item.Text)
	}
	return names
}

// set rejects JSON Pointers in a scenario without a provider.
func (c *checker) set(n *document.Node) {
	if c.provider == "" {
		c.Errorf(n, setNeedsProvider)
	}
}

// steps checks steps that run several times.
func (c *checker) steps(all []step, depth, times int) {
	for i := range all {
		s := &all[i]
		before := c.count
		if c.count += times; c.count > maxSteps && before <= maxSteps {
			c.Errorf(s.node, "with this step a conversation has %d steps or more, repeats unrolled; the limit is %d", c.count, maxSteps)
		}
		if c.count > maxSteps {
			return
		}
		if event := s.node.Get("send"); s.kind == send && event != nil {
			if event.Kind != document.String {
				c.Errorf(event, "unknown event %s; %s", event.Compact(60), document.OneOf("", canonical.Events()))
			} else if err := checkEvent(event.Text, c.provider); err != nil {
				c.Errorf(event, "%v", err)
			}
		}
		if set := s.node.Get("set"); set != nil && s.kind == send {
			c.set(set)
		}
		inner := times
		if s.kind == repeat {
			inner *= s.count
		}
		deeper := depth + 1
		if s.kind == batch {
			deeper = depth
		}
		if deeper > maxDepth && (s.steps != nil || s.branches != nil) {
			c.Errorf(s.node, "steps are nested more than %d levels deep", maxDepth)
			return
		}
		c.steps(s.steps, deeper, inner)
		for _, b := range s.branches {
			c.steps(b.steps, depth+1, times)
		}
	}
}

// messages checks that steps refer only to messages of the scenario.
func (c *checker) messages(s *Scenario) {
	known := messageNames(s.steps)
	check := func(n *document.Node) {
		if n == nil || !isName(n.Text) {
			return
		}
		if err := checkMessage(n.Text, known); err != nil {
			c.Errorf(n, "%v", err)
		}
	}
	expected := func(n *document.Node) {
		for _, one := range elementsOf(n.Get("calls")) {
			check(one.Get("reply_to"))
		}
		for _, one := range elementsOf(n.Get("state")) {
			check(one.Get("message"))
		}
	}
	walk(s.steps, func(s *step) {
		check(s.node.Get("reply_to"))
		expected(s.node.Get("expect"))
	})
	expected(c.File().Root.Get("expect"))
	for _, one := range s.proofs {
		check(one.node.Get("message"))
	}
}

// elementsOf returns the elements of a list, or a single node in place of a list.
func elementsOf(n *document.Node) []*document.Node {
	if n == nil {
		return nil
	}
	if n.Kind != document.Array {
		return []*document.Node{n}
	}
	var all []*document.Node
	for i := range n.Items {
		all = append(all, &n.Items[i])
	}
	return all
}

// routes are checked with the provider.
type routes struct{ *document.Node }

func (r *routes) UnmarshalNode(_ *document.Decoder, n *document.Node) { r.Node = n }

// A name has lower-case letters, digits, dashes and dots.
type name string

func (w *name) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind != document.String || !isName(n.Text) {
		d.Errorf(n, "expected a name of lower-case letters, digits and dashes, found %s", n.Describe())
		return
	}
	*w = name(n.Text)
}

func isName(text string) bool {
	const longest = 64
	return text != "" && len(text) <= longest && text[0] != '-' && text[0] != '.' && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

// A rate is in thousandths of a conversation per second.
type rate int

// UnmarshalNode accepts what [ParseRate] accepts.
func (r *rate) UnmarshalNode(d *document.Decoder, n *document.Node) {
	text := n.Text
	if n.Kind != document.String && n.Kind != document.Number {
		text = ""
	}
	scaled, err := ParseRate(text)
	if err != nil {
		d.Errorf(n, "%s, found %s", err, n.Describe())
	}
	*r = rate(scaled)
}

// ParseRate reads conversations per second ("50/s", "0.5/s") as thousandths.
func ParseRate(text string) (int, error) {
	number, found := strings.CutSuffix(text, "/s")
	scaled, ok := prng.ParseDecimal(number, 3)
	switch {
	case !ok || scaled == 0 || scaled > maxRate:
		return 0, fmt.Errorf("expected conversations per second, from 0.001/s to %d/s (for example 50/s or 0.5/s)", maxRate/1000)
	case !found:
		return 0, fmt.Errorf("expected conversations per second with their unit (%s/s)", number)
	}
	return int(scaled), nil
}

// A startTime is when a plan starts.
type startTime time.Time

// UnmarshalNode accepts a time by RFC 3339, quoted or not.
func (s *startTime) UnmarshalNode(d *document.Decoder, n *document.Node) {
	at, err := time.Parse(time.RFC3339, n.Text)
	if n.Kind != document.String || err != nil {
		d.Errorf(n, "expected a time (for example 2026-03-01T10:00:00Z), found %s", n.Describe())
	}
	*s = startTime(at.UTC())
}

// A probability is in millionths.
type probability int

func (p *probability) UnmarshalNode(d *document.Decoder, n *document.Node) {
	scaled, ok := prng.ParseDecimal(n.Text, 6)
	if !ok || scaled > always || n.Kind != document.Number {
		d.Errorf(n, "expected a number from 0 to 1 with at most 6 decimals, found %s", n.Describe())
	}
	*p = probability(scaled)
}

// A span is a duration above 0.
type span time.Duration

func (s *span) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var length time.Duration
	if d.Decode(n, &length) && length == 0 {
		d.Errorf(n, `expected a duration above 0 (for example "3s"), found %s`, n.Describe())
	}
	*s = span(length)
}
