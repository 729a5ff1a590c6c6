package grade

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A Violation is a shortest list of events that leads to another result than the same events in
// their order of time, in three formats.
type Violation struct {
	// Name is suitable for a file: "lifecycle-gupshup-v2". Probe is the name of the probe:
	// "lifecycle".
	Name, Probe string
	// Scenario is for `ringback play` and contracttest, GoTest is the file of a test, and Curl a
	// shell script with the exact bodies. They take the consumer's URL from a flag, or from
	// CONSUMER_URL and STATE_URL.
	Scenario, GoTest, Curl string
}

// violation makes the formats of an order of events, with the expected result.
func (g *grader) violation(ctx context.Context, p *Probe, order []int, bound bool, wrong []difference, base effects) (*Violation, error) {
	v := &Violation{Name: p.Name + "-" + strings.ReplaceAll(g.route.Name, "/", "-"), Probe: p.Name}
	v.Scenario = scenarioText(v.Name, g.route.Name, eventNames(p, g), order, bound, expectation(wrong, base))
	if _, err := scenarios.Read(v.Name+".yaml", []byte(v.Scenario)); err != nil {
		return nil, fmt.Errorf("write violation: %w", err)
	}
	var err error
	v.GoTest, err = goTest(v.Name, goTestData{Route: g.route.Name, Scenario: v.Scenario, Signs: g.target.Sign != nil, Calls: bound})
	if err != nil {
		return nil, fmt.Errorf("write violation: %w", err)
	}
	events, err := g.bodies(ctx, p, order, bound)
	if err != nil {
		return nil, err
	}
	v.Curl = curlScript(v.Name, events, g.signedAs(), bound)
	return v, nil
}

// eventNames are the canonical events of the probe's message.
func eventNames(p *Probe, g *grader) []string {
	_, planned := split(sendingEvents(g.planned(p.scenario)))
	return eventsOf(planned)
}

func sendingEvents(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return slices.DeleteFunc(planned, func(c scenarios.PlannedEvent) bool { return c.Action != nil })
}

// bodies generates the events of an order for a new end user, and sends nothing.
func (g *grader) bodies(ctx context.Context, p *Probe, order []int, bound bool) ([]webhook.Event, error) {
	plan, err := p.scenario.Plan(script.RouteOf(g.route), scenarios.Options{Seed: prng.Seed(g.seed, 0), HasMock: true, ObservesConsumer: true, With: g.identity})
	if err != nil {
		return nil, err
	}
	planned := inOrder(order, bound)(slices.Collect(plan.PlannedEvents))
	plan.PlannedEvents = slices.Values(sendingEvents(planned))
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

// expectation is the `expect` of a scenario for the expected result.
func expectation(wrong []difference, base effects) string {
	var b strings.Builder
	for _, d := range wrong {
		place, ok := strings.CutPrefix(d.text, "state ")
		if !ok {
			continue
		}
		place, _, _ = strings.Cut(place, " is ")
		was := base.state[place]
		if was == "" || strings.Contains(was, "{{") || strings.Count(place, "{{") != strings.Count(place, "{{m:") {
			continue
		}
		if b.Len() == 0 {
			b.WriteString("expect:\n  state:\n")
		}
		fmt.Fprintf(&b, "    - {at: %q, equals: %s}\n", strings.ReplaceAll(place, "{{m:", "{{"), was)
	}
	if b.Len() == 0 {
		fmt.Fprintf(&b, "expect:\n  calls: {call: send, count: %d}\n", len(base.calls))
	}
	return b.String()
}

// scenarioText writes an order of events as a scenario. A repeated event is a duplicate: the same
// bytes.
func scenarioText(name, route string, words []string, order []int, bound bool, expected string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# ringback play %s.yaml --provider %s --to URL\nname: %s\ndescription: A shortest list of events that a consumer handles incorrectly.\nsteps:\n", name, route, name)
	if bound {
		b.WriteString("  - {send: inbound.text, message: question, with: {message.text: Where is my order?}}\n")
		b.WriteString("  - {await: {call: send, message: m, within: 3s}}\n")
	}
	var sent []string
	for i, n := range order {
		if slices.Index(order, n) < i {
			continue // a copy
		}
		fmt.Fprintf(&b, "  - {send: %s, at: %ds", words[n], i+1)
		if !scenarios.Follows(words[n], sent) {
			b.WriteString(", illegal: true")
		}
		sent = append(sent, words[n])
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
			b.WriteString(", faults: " + copies[0])
		default:
			b.WriteString(", faults: [" + strings.Join(copies, ", ") + "]")
		}
		b.WriteString("}\n")
	}
	return b.String() + expected
}

// A goTestData is the data of a violation's test.
type goTestData struct {
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

// The consumer at CONSUMER_URL handles these events incorrectly. Its state is at STATE_URL.
{{- if .Calls}} It calls the provider at PROVIDER_ADDR, for example 127.0.0.1:8080.{{end}}
{{- if .Signs}} SECRET is the secret of its signatures.{{end}}
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

// goTest writes a test that runs a scenario.
func goTest(name string, k goTestData) (string, error) {
	for word := range strings.SplitSeq(name, "-") {
		k.Title += strings.ToUpper(word[:1]) + word[1:]
	}
	var b strings.Builder
	err := goTestText.Execute(&b, k)
	return b.String(), err
}

// signedAs is the header that signs $body with $SECRET in a shell; "" if the provider doesn't
// sign, or not by an HMAC of the body.
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

// curlScript writes a script that sends the bodies one after the other.
func curlScript(name string, events []webhook.Event, signature string, bound bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# %s: sends the events to CONSUMER_URL, and prints the state at STATE_URL.\n", name)
	if bound {
		b.WriteString("# The consumer handled them incorrectly for a message of its own: replace the IDs by those of such a message.\n")
	}
	b.WriteString("set -eu\n")
	for _, e := range events {
		body := shellQuote(string(e.Body))
		if signature != "" { // the header needs the exact bytes
			fmt.Fprintf(&b, "body=%s\n", body)
			body = `"$body" -H "` + signature + `"`
		}
		b.WriteString("curl -sS -o /dev/null -w '%{http_code}\\n' -X POST \"$CONSUMER_URL\"")
		for _, f := range e.Headers {
			fmt.Fprintf(&b, " -H %s", shellQuote(f.Name+": "+f.Value))
		}
		fmt.Fprintf(&b, " --data-binary %s\n", body)
	}
	b.WriteString("curl -sS \"$STATE_URL\"\n")
	return b.String()
}

// shellQuote quotes a text for a shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
