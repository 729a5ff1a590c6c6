package grade

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// kinds are the functions that run probes, by the kind of a probe's file.
func (g *grader) kinds() map[string]func(context.Context, *Probe) (finding, error) {
	return map[string]func(context.Context, *Probe) (finding, error){
		"baseline": g.baselineAccepted, "encoding": g.baselineAccepted, "compare": g.compare, "malformed": g.malformed, "equivalent": g.equivalent, "prompt": g.prompt, "lifecycle": g.lifecycle,
		"documented": g.documented, "handshake": g.handshake, "load": g.load, "empty-response": g.emptyResponses,
	}
}

// baselineAccepted checks that a webhook without faults is accepted.
func (g *grader) baselineAccepted(ctx context.Context, _ *Probe) (finding, error) {
	one, err := g.greetingScenario()
	if err != nil {
		return finding{}, err
	}
	r, err := g.play(ctx, one, playing{})
	if err != nil {
		return finding{}, err
	}
	if found, bad := checkResponses(r, "accepted"); bad {
		return found, nil
	}
	return passed("accepted"), nil
}

// checkResponses returns the first response that isn't as wanted.
func checkResponses(r *Observation, want string) (finding, bool) {
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		a := d.last()
		limited := a.Status == 429 || a.Status == 503 && headerOf(a, "Retry-After") != ""
		why := ""
		switch {
		case len(d.Attempts) == 0 || want == "any":
		case limited:
			f := inconclusive("the consumer limits the rate (status %d)", a.Status)
			f.observation = r
			return f, true
		case want == "accepted" && !d.Accepted:
			why = describeResponse(a, d.Failure)
		case want == "rejected" && a.Status >= 200 && a.Status < 300:
			why = fmt.Sprintf("status %d; want 4xx: the sender must not think that it was accepted", a.Status)
		case want != "accepted" && a.Failure == webhook.FailureReset:
			why = "the connection was reset: " + a.Error
		case want != "accepted" && a.Failure != "":
			why = describeResponse(a, "")
		case want != "accepted" && a.Status >= 500:
			why = fmt.Sprintf("status %d; want 4xx", a.Status)
		}
		if why != "" {
			f := failed(r, "%s: %s", d.Label(), why)
			f.evidence = []webhook.Evidence{deliveryEvidence(d)}
			f.highlights = highlights{delivery: d}
			return f, true
		}
	}
	return finding{}, false
}

func headerOf(a webhook.Attempt, name string) string {
	for _, f := range a.ResponseHeaders {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func isHTML(a webhook.Attempt) bool {
	start := strings.ToLower(string(bytes.TrimSpace(a.ResponseBody[:min(len(a.ResponseBody), 200)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html") || strings.HasPrefix(headerOf(a, "Content-Type"), "text/html")
}

// prompt checks that the consumer responds to the webhook while its own call waits.
func (g *grader) prompt(ctx context.Context, p *Probe) (finding, error) {
	b, err := g.baseline(ctx, p)
	switch {
	case err != nil:
		return finding{}, err
	case b.reason != "":
		return inconclusive("%s", b.reason), nil
	case len(b.effects.calls) == 0:
		return inconclusive("the consumer makes no call to slow down"), nil
	}
	r, err := g.play(ctx, p.scenario, playing{allowed: promptly, timeout: 3 * promptly})
	if err != nil {
		return finding{}, err
	}
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		if len(d.Attempts) < 2 && d.Accepted {
			continue
		}
		if d.Attempts[0].Failure != webhook.FailureTimeout {
			found, _ := checkResponses(r, "accepted")
			return found, nil
		}
		found := failed(r, "the consumer responds to the webhook only after the API's response, not within %s; so the provider retries, and the consumer called %s",
			promptly, times(len(r.Calls)))
		found.evidence = slices.Concat([]webhook.Evidence{deliveryEvidence(d)}, r.callEvidence(r.Calls))
		found.highlights = highlights{delivery: d}
		return found, nil
	}
	return passed("the consumer responds to the webhook before the API's response"), nil
}

// promptly is the limit of a response while a call waits. Providers allow more; a consumer that
// waits for the call would exceed any limit.
const promptly = 1500 * time.Millisecond

// documented checks that all example bodies of the documentation are accepted.
func (g *grader) documented(ctx context.Context, p *Probe) (finding, error) {
	var bodies []schemas.Example
	var types []string
	seen := map[string]bool{}
	for _, t := range g.route.Types() {
		examples, err := t.Examples()
		if err != nil {
			return finding{}, err
		}
		for _, e := range examples {
			if !seen[string(e.Body)] {
				bodies, types = append(bodies, e), append(types, t.Name)
			}
			seen[string(e.Body)] = true
		}
	}
	observations, err := runParallel(len(bodies), maxAtOnce, func(i int) (*Observation, error) {
		return g.post(ctx, webhook.Event{Route: g.route.Name, Type: types[i], Body: bodies[i].Body, Headers: []webhook.Header{
			{Name: "Content-Type", Value: cmp.Or(g.route.Contract.ContentType, "application/json")},
		}}, uint64(i+1))
	})
	if err != nil && !isTimeUp(ctx, err) {
		return finding{}, err
	}
	var known finding
	for i, r := range observations {
		if r == nil {
			continue
		}
		if found, bad := checkResponses(r, "accepted"); bad && (err == nil || found.outcome == webhook.OutcomeFailed) {
			found.reason = fmt.Sprintf("the documented body %s: %s", bodies[i].Name, found.reason)
			if !g.accepted(p, &found, "documented body "+bodies[i].Name) {
				return found, nil
			}
			known = found
		}
	}
	if err != nil {
		return finding{}, err
	}
	if known.reason != "" {
		return known, nil
	}
	return passed("all %d documented bodies are accepted", len(bodies)), nil
}

// post delivers a body without changes.
func (g *grader) post(ctx context.Context, e webhook.Event, random uint64) (*Observation, error) {
	jobs := engine.Replay{Deliveries: func(yield func(webhook.Delivery, error) bool) {
		yield(webhook.Delivery{Event: e}, nil)
	}, Seed: prng.Seed(g.seed, random)}.Jobs()
	r := &Observation{StartedAt: time.Now(), names: newNames()}
	for result, err := range engine.Play(ctx, jobs, []engine.Target{g.targetFor(playing{})}, g.harness, engine.Immediate()) {
		if err != nil {
			return nil, err
		}
		g.finished(result)
		r.Deliveries = append(r.Deliveries, Delivered{Result: result, responded: time.Now()})
	}
	return r, ctx.Err()
}

// handshake checks that the provider's handshake succeeds.
func (g *grader) handshake(ctx context.Context, _ *Probe) (finding, error) {
	h := engine.Handshake{Route: g.route, Generator: g.generator, Seed: prng.Seed(g.seed, prng.SeedOf("handshake")), Values: g.options.Handshake, With: g.identity}
	if needed := h.Needed(); len(needed) > 0 {
		return inconclusive("the handshake needs %s; set --handshake-value %s=…", strings.Join(needed, ", "), needed[0]), nil
	}
	target := g.targetFor(playing{})
	result, err := h.Handshake(ctx, &target, g.harness)
	switch {
	case err != nil:
		return finding{}, err
	case ctx.Err() != nil:
		return finding{}, ctx.Err()
	case result.OK:
		return passed("succeeded"), nil
	}
	found := failed(nil, "%s", result.Cause)
	for _, a := range result.Attempts {
		found.evidence = append(found.evidence, webhook.Evidence{Title: "the response", Text: responseText(a)})
	}
	return found, nil
}

// onlyNth drops all events but the n-th, and renames its message.
func onlyNth(n int, message string) func([]scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return func(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
		planned = slices.DeleteFunc(planned, func(c scenarios.PlannedEvent) bool { return c.Action != nil })
		if n >= len(planned) {
			return nil
		}
		one := planned[n]
		one.Items = slices.Clone(one.Items)
		for i := range one.Items {
			one.Items[i].Message.Name = message
		}
		return []scenarios.PlannedEvent{one}
	}
}
