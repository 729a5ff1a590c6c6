package contracttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A Violation is a shortest list of events that leads a consumer elsewhere than the
// same events as they happened, in three forms that show it again.
type Violation struct {
	// Name is good for the name of a file: "lifecycle-gupshup-v2". Probe is that of the
	// probe that found it: "lifecycle".
	Name, Probe string
	// Scenario is for `ringback play` and [Test], GoTest a file of a test, and Curl a
	// script for a shell, which sends the very bodies. Each asks for the consumer's
	// URL: by a flag, or by CONSUMER_URL and STATE_URL.
	Scenario, GoTest, Curl string
}

// violation puts an order of events down, with what it should have led to.
func (g *grader) violation(ctx context.Context, p *Probe, order []int, bound bool, wrong []difference, plain effects) (*Violation, error) {
	v := &Violation{Name: p.Name + "-" + strings.ReplaceAll(g.route.Name, "/", "-"), Probe: p.Name}
	v.Scenario = scenarioText(v.Name, g.route.Name, eventNames(p, g), order, bound, expectation(wrong, plain))
	if _, err := scenarios.Read(v.Name+".yaml", []byte(v.Scenario)); err != nil {
		return nil, fmt.Errorf("write the violation down: %w", err)
	}
	var err error
	v.GoTest, err = goTest(v.Name, keptTest{Route: g.route.Name, Scenario: v.Scenario, Signs: g.target.Sign != nil, Calls: bound})
	if err != nil {
		return nil, fmt.Errorf("write the violation down: %w", err)
	}
	events, err := g.bodies(ctx, p, order, bound)
	if err != nil {
		return nil, err
	}
	v.Curl = curlScript(v.Name, events, g.signedAs(), bound)
	return v, nil
}

// eventNames are the words of the events that the probe tells of its message.
func eventNames(p *Probe, g *grader) []string {
	_, planned := split(sendingCues(g.planned(p.scenario)))
	return eventsOf(planned)
}

func sendingCues(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return slices.DeleteFunc(planned, func(c scenarios.PlannedEvent) bool { return c.Act != nil })
}

// bodies makes the events of an order for somebody new, and sends nothing.
func (g *grader) bodies(ctx context.Context, p *Probe, order []int, bound bool) ([]webhook.Event, error) {
	plan, err := p.scenario.Plan(engine.RouteOf(g.route), scenarios.Options{Seed: prng.Seed(g.seed, 0), HasMock: true, ObservesConsumer: true, With: g.identity})
	if err != nil {
		return nil, err
	}
	planned := inOrder(order, bound)(slices.Collect(plan.Cues))
	plan.Cues = slices.Values(sendingCues(planned))
	script := g.newConversation(plan)
	var all []webhook.Event
	for r, err := range engine.Virtual(ctx, script.Jobs(), script.Start) {
		if err != nil {
			return nil, err
		}
		all = append(all, r.Event)
	}
	return all, nil
}

// expectation is what a scenario expects where a consumer went elsewhere.
func expectation(wrong []difference, plain effects) string {
	var b strings.Builder
	for _, d := range wrong {
		place, ok := strings.CutPrefix(d.text, "state ")
		if !ok {
			continue
		}
		place, _, _ = strings.Cut(place, " is ")
		was := plain.state[place]
		if was == "" || strings.Contains(was, "{{") || strings.Count(place, "{{") != strings.Count(place, "{{m:") {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("expect:\n  state:\n")
		}
		fmt.Fprintf(&b, "    - {at: %q, equals: %s}\n", strings.ReplaceAll(place, "{{m:", "{{"), was)
	}
	if b.Len() == 0 {
		fmt.Fprintf(&b, "expect:\n  calls: {call: send, count: %d}\n", len(plain.calls))
	}
	return b.String()
}

// scenarioText writes an order of events as a scenario. An event that is told again
// is a duplicate: the same bytes.
func scenarioText(name, route string, words []string, order []int, bound bool, expected string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# ringback play %s.yaml --provider %s --to URL\nname: %s\nabout: A shortest list of events that a consumer takes wrongly.\nsteps:\n", name, route, name)
	if bound {
		b.WriteString("  - {send: inbound.text, message: question, with: {message.text: Where is my order?}}\n")
		b.WriteString("  - {await: {call: send, message: m, within: 3s}}\n")
	}
	for i, n := range order {
		if slices.Index(order, n) < i {
			continue // it is a copy
		}
		fmt.Fprintf(&b, "  - {send: %s, at: %ds", words[n], i+1)
		var copies []string
		at := i
		for j := i + 1; j < len(order); j++ {
			if order[j] == n {
				copies = append(copies, fmt.Sprintf("{duplicate: {copies: 1, after: %ds}}", j-at))
			}
		}
		switch len(copies) {
		case 0:
		case 1:
			b.WriteString(", fault: " + copies[0])
		default:
			b.WriteString(", fault: [" + strings.Join(copies, ", ") + "]")
		}
		b.WriteString("}\n")
	}
	return b.String() + expected
}

// A kept test is what the test of a violation is made of.
type keptTest struct {
	Title, Route, Scenario string
	// Signs: the grade signed. Calls: the consumer has to send a message first.
	Signs, Calls bool
}

var goTestText = template.Must(template.New("test").Parse("package consumer_test\n" + `
import (
{{- if .Calls}}
	"net"
	"net/http"{{end}}
	"os"
	"testing"

	"github.com/ringback-dev/ringback/contracttest"
)

// The consumer takes these events wrongly. It is found at CONSUMER_URL, and its state
// at STATE_URL.
{{- if .Calls}} It calls the provider at PROVIDER_ADDR, such as 127.0.0.1:8080.{{end}}
{{- if .Signs}} SECRET signs.{{end}}
func Test{{.Title}}(t *testing.T) {
{{- if .Calls}}
	provider := contracttest.ProviderFor(t, {{printf "%q" .Route}})
	l, err := net.Listen("tcp", os.Getenv("PROVIDER_ADDR"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go http.Serve(l, provider){{end}}
	contracttest.Test(t, nil, scenario, {{if .Calls}}contracttest.WithProvider(provider){{else}}contracttest.Route({{printf "%q" .Route}}){{end}},
		contracttest.To(os.Getenv("CONSUMER_URL")), contracttest.State(os.Getenv("STATE_URL"))
		{{- if .Signs}}, contracttest.Secret(os.Getenv("SECRET")){{end}})
}

const scenario = ` + "`{{.Scenario}}`\n"))

// goTest writes a test that plays a scenario.
func goTest(name string, k keptTest) (string, error) {
	for word := range strings.SplitSeq(name, "-") {
		k.Title += strings.ToUpper(word[:1]) + word[1:]
	}
	var b strings.Builder
	err := goTestText.Execute(&b, k)
	return b.String(), err
}

// signedAs is how a shell signs $body with $SECRET, as a header line; "" where nothing is
// signed, or not by the provider's own scheme.
func (g *grader) signedAs() string {
	header, algorithm, encoding, ok := g.route.Contract.Signature.BodyHMAC()
	if g.target.Sign == nil || !ok {
		return ""
	}
	digest := `openssl dgst -` + algorithm + ` -hmac "$SECRET"`
	if encoding == "base64" {
		return header + `: $(printf %s "$body" | ` + digest + ` -binary | base64 | tr -d '\n')`
	}
	return header + `: $(printf %s "$body" | ` + digest + ` | sed 's/.*= *//')`
}

// curlScript writes a script that sends the bodies, one after the other.
func curlScript(name string, events []webhook.Event, signature string, bound bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# %s: sends the events to CONSUMER_URL, and shows what STATE_URL says in the end.\n", name)
	if bound {
		b.WriteString("# The consumer took them wrongly for a message that it had sent itself: replace the ids by those of one.\n")
	}
	b.WriteString("set -eu\n")
	for _, e := range events {
		body := quoted(string(e.Body))
		if signature != "" { // it has to be a header line of these bytes
			fmt.Fprintf(&b, "body=%s\n", body)
			body = `"$body" -H "` + signature + `"`
		}
		b.WriteString("curl -sS -o /dev/null -w '%{http_code}\\n' -X POST \"$CONSUMER_URL\"")
		for _, f := range e.Headers {
			fmt.Fprintf(&b, " -H %s", quoted(f.Name+": "+f.Value))
		}
		fmt.Fprintf(&b, " --data-binary %s\n", body)
	}
	b.WriteString("curl -sS \"$STATE_URL\"\n")
	return b.String()
}

// quoted is a text as a shell takes it for one word.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
