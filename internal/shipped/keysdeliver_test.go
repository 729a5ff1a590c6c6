package shipped_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// A keysResponse is how a consumer responds to one attempt.
type keysResponse struct {
	status int
	after  time.Duration
	header []webhook.Header
	body   string
}

// keysResponses are, by delivery, how the consumer responds; the last response is repeated.
func keysResponses() [][]keysResponse {
	return [][]keysResponse{
		{{status: 500}, {status: 200}},
		{{status: 200, body: "done"}},
		{{status: 202, after: 30 * time.Second}, {status: 201, after: 15 * time.Second}, {status: 200, after: 7 * time.Second}, {status: 200, after: 3 * time.Second}, {status: 200}},
		{{status: 429, header: []webhook.Header{{Name: "Retry-After", Value: "5000"}}}, {status: 429}, {status: 200}},
		{{status: 410}},
		{{status: 301}},
		{{status: 503}},
	}
}

// A keysConsumer records each request, and when it comes.
type keysConsumer struct {
	startedAt time.Time
	responses func(r delivery.Request, attempt int) keysResponse
	verify    engine.Verifier

	mu       sync.Mutex
	attempts map[string]int
	requests []string
}

func (c *keysConsumer) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	var invalid error
	if c.verify != nil {
		invalid = c.verify(signature.Received{URL: r.URL, Header: r.Header, Body: r.Body}, time.Now())
	}
	c.mu.Lock()
	attempt := c.attempts[string(r.Body)]
	c.attempts[string(r.Body)]++
	c.requests = append(c.requests, fmt.Sprintln(time.Since(c.startedAt), r.Method, r.URL, r.Header, string(r.Body), invalid))
	c.mu.Unlock()
	one := c.responses(r, attempt)
	a := webhook.Attempt{At: time.Now(), RequestHeaders: r.Header, Status: one.status, ResponseHeaders: one.header, ResponseBody: []byte(one.body)}
	a.Timing.Total = one.after
	if r.Timeout > 0 && one.after > r.Timeout {
		a = webhook.Attempt{At: a.At, RequestHeaders: r.Header, Failure: webhook.FailureTimeout, Error: "timeout", Timing: webhook.Timing{Total: r.Timeout}}
	}
	select {
	case <-time.After(a.Timing.Total):
	case <-ctx.Done():
	}
	return a
}

// text are the requests, in the order of their time.
func (c *keysConsumer) text() string {
	slices.Sort(c.requests)
	return strings.Join(c.requests, "")
}

// deliver sends events by a route's contract and returns all attempts and their outcome.
func deliver(t *testing.T, route *schemas.Route) string {
	var b strings.Builder
	o := engine.TargetOptions{URL: "http://consumer.invalid/webhooks?a=b", Bearer: "token-of-the-test", Concurrency: 4}
	if !route.Contract.Bearer {
		o.Bearer = ""
	}
	for _, secret := range []string{"secret-of-the-test", "user:password", "whsec_c2VjcmV0LW9mLXRoZS10ZXN0LWlzLWxvbmc=", "whsk_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="} {
		if o.Secrets = append([]string{secret}, o.Secrets...); !route.Contract.Signature.Signs() {
			o.Secrets = nil
		}
		target, err := engine.TargetOf(route, o)
		if err != nil {
			o.Secrets = o.Secrets[1:]
			fmt.Fprintln(&b, err)
			continue
		}
		verify, err := engine.VerifierOf(route, "", o.Secrets)
		b.WriteString(fmt.Sprintln(err) + deliverTo(t, target, verify))
		if o.Secrets == nil {
			break
		}
	}
	return b.String()
}

func deliverTo(t *testing.T, target engine.Target, verify engine.Verifier) string {
	var b strings.Builder
	behaviors := keysResponses()
	synctest.Test(t, func(t *testing.T) {
		consumer := &keysConsumer{startedAt: time.Now(), attempts: map[string]int{}, verify: verify}
		consumer.responses = func(r delivery.Request, attempt int) keysResponse {
			for i, responses := range behaviors {
				if strings.Contains(string(r.Body), fmt.Sprintf("body=%d", i)) {
					return responses[min(attempt, len(responses)-1)]
				}
			}
			return keysResponse{status: 200}
		}
		jobs := func(yield func(script.Job, error) bool) {
			for i := range behaviors {
				body := []string{fmt.Sprintf("body=%d", i), fmt.Sprintf(`{"a":"body=%d"}`, i)}[i%2]
				job := script.Job{ID: script.DeliveryID(uint64(i)), Seed: uint64(i), Prepare: func() (script.Prepared, error) {
					return script.Prepared{Event: webhook.Event{Body: []byte(body), Headers: []webhook.Header{{Name: "Content-Type", Value: "application/json"}}}}, nil
				}}
				if !yield(job, nil) {
					return
				}
			}
		}
		var outcomes []string
		for r, err := range engine.Play(t.Context(), jobs, []engine.Target{target}, consumer, engine.Speed{}) {
			outcomes = append(outcomes, fmt.Sprintln(r.ID, r.Accepted, r.Failure, r.Warning, err))
		}
		slices.Sort(outcomes)
		b.WriteString(strings.Join(outcomes, "") + consumer.text())
	})
	return b.String()
}

func (w *providerWorld) deliveries() string {
	var b strings.Builder
	for _, route := range w.provider.Routes {
		b.WriteString(deliver(w.t, route))
	}
	return b.String()
}

func (w *providerWorld) handshakes() string {
	var b strings.Builder
	for _, route := range w.provider.Routes {
		b.WriteString(w.handshake(route))
	}
	return b.String()
}

var keysChallenge = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// handshake is how a route tries a URL, and which responses it accepts.
func (w *providerWorld) handshake(route *schemas.Route) string {
	var b strings.Builder
	target, err := engine.TargetOf(route, engine.TargetOptions{URL: "http://consumer.invalid/webhooks"})
	require.NoError(w.t, err)
	values := map[string]string{}
	for _, name := range route.Contract.Handshake.Challenge.Names() {
		if name != "challenge" {
			values[name] = "value-of-" + name
		}
	}
	for _, one := range []keysResponse{{status: 200, body: "%s"}, {status: 200, body: `{"challenge":"%s"}`}, {status: 204}, {status: 403, body: "%s"}} {
		synctest.Test(w.t, func(t *testing.T) {
			consumer := &keysConsumer{startedAt: time.Now(), attempts: map[string]int{}, responses: func(r delivery.Request, _ int) keysResponse {
				response := one
				response.body = strings.ReplaceAll(one.body, "%s", keysChallenge.FindString(r.URL+string(r.Body)))
				return response
			}}
			h := engine.Handshake{Route: route, Generator: w.typical, Seed: 1, Values: values}
			result, err := h.Handshake(t.Context(), &target, consumer)
			fmt.Fprintln(&b, result.OK, result.Cause, err, consumer.text())
		})
	}
	return b.String()
}

// contractProbes are the probes that apply to each route.
func (w *providerWorld) contractProbes() string {
	var b strings.Builder
	for _, route := range w.provider.Routes {
		synctest.Test(w.t, func(t *testing.T) {
			p, err := grade.NewProviderOf(w.catalog, route.Name, 1)
			if err != nil {
				fmt.Fprintln(&b, err)
				return
			}
			retry := route.Contract.Retry
			route.Contract.Retry = schemas.Retry{} // with retries, a provider repeats anyway
			defer func() { route.Contract.Retry = retry }()
			reject := http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusForbidden) })
			results, _ := grade.Grade(t.Context(), grade.Options{Handler: reject, Provider: p, Secrets: []string{"secret-of-the-test"}, FirstUser: 1})
			for _, r := range results {
				if r.Outcome == webhook.OutcomeNotApplicable {
					fmt.Fprintln(&b, route.Name, r.ID, r.Reason)
				}
			}
		})
	}
	return b.String()
}
