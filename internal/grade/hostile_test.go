package grade_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// graded grades a shop behind another handler in a bubble, and returns the results by name.
func graded(t *testing.T, before func(http.Handler) http.Handler, options grade.Options) map[string]webhook.Result {
	t.Helper()
	found := map[string]webhook.Result{}
	synctest.Test(t, func(t *testing.T) {
		provider, err := grade.NewProvider("gupshup")
		require.NoError(t, err)
		s := testconsumer.NewShop(provider.URL(), provider.Client())
		options.Handler, options.Provider, options.StateURL = before(s), provider, "/state"
		results, err := grade.Grade(t.Context(), options)
		if _, rejected := errors.AsType[*grade.Rejected](err); !rejected {
			require.NoError(t, err)
		}
		s.Wait()
		for _, r := range results {
			found[r.Name] = r
		}
	})
	return found
}

func always(status int, header, body string) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if header != "" {
				w.Header().Set(header, "/elsewhere")
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
}

// from responds to all webhooks from the n-th on by another handler.
func from(n int64, other http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		var posts atomic.Int64
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && posts.Add(1) >= n {
				other(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Results distinguish what the consumer did from what can't be observed.
func TestGrade_HostileConsumers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  func(http.Handler) http.Handler
		probe   string
		outcome webhook.Outcome
		reason  string
	}{
		"redirects":                             {always(307, "Location", ""), "baseline", webhook.OutcomeFailed, "status 307; redirects are not followed"},
		"redirects, next probe":                 {always(307, "Location", ""), "duplicate", webhook.OutcomeInconclusive, "not run: the consumer rejects a webhook without faults: inbound.text: status 307"},
		"responds with HTML":                    {always(404, "", "<!DOCTYPE html><html>"), "baseline", webhook.OutcomeFailed, "an HTML page, so it isn't from the webhook handler"},
		"HTML with 200":                         {always(200, "", "<html>hello"), "empty-response", webhook.OutcomeFailed, "the response has an HTML page; want it empty"},
		"does nothing":                          {always(200, "", ""), "duplicate", webhook.OutcomeInconclusive, "the effect can't be observed: the consumer made no call"},
		"accepts a retry and shows nothing":     {always(200, "", ""), "retry", webhook.OutcomePassed, "accepted; the effect can't be observed: the consumer made no call"},
		"accepts a new event and shows nothing": {always(200, "", ""), "unknown-event", webhook.OutcomePassed, "accepted; the effect can't be observed: the consumer made no call"},
		"accepts the billing and shows nothing": {always(200, "", ""), "billing", webhook.OutcomePassed, "accepted; the effect can't be observed: the consumer does the same without these events"},
		"limits the rate":                       {always(429, "Retry-After", ""), "baseline", webhook.OutcomeInconclusive, "the consumer limits the rate (status 429)"},
		"hangs":                                 {from(1, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), "baseline", webhook.OutcomeFailed, "timeout: send request: no response within 10s"},
		"breaks":                                {from(1, func(http.ResponseWriter, *http.Request) { panic("no") }), "baseline", webhook.OutcomeFailed, "reset: send request: the handler broke the connection"},
		"fails from the 150th webhook on":       {from(150, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), "burst", webhook.OutcomeFailed, "afterwards, a webhook without faults is not accepted: inbound.text: status 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := graded(t, c.before, grade.Options{Only: []string{"baseline", "duplicate", "empty-response", "burst", "unknown-event", "retry", "billing"}})
			require.Equal(t, c.outcome, found[c.probe].Outcome, found[c.probe].Reason)
			require.Contains(t, found[c.probe].Reason, c.reason)
		})
	}
}

// If a consumer never responds, no other probe runs: it would take minutes.
func TestGrade_EndsIfConsumerNeverResponds(t *testing.T) {
	t.Parallel()
	found := graded(t, from(1, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), grade.Options{})
	require.Equal(t, webhook.OutcomeFailed, found["baseline"].Outcome)
	for name, r := range found {
		if name != "baseline" && r.Outcome != webhook.OutcomeNotApplicable {
			require.Equal(t, webhook.OutcomeInconclusive, r.Outcome, name)
			require.Contains(t, r.Reason, "not run: the consumer rejects a webhook without faults: inbound.text: timeout", name)
		}
	}
}

func TestGrade_EndsWithItsBudgetOfWebhooks(t *testing.T) {
	t.Parallel()
	found := graded(t, func(h http.Handler) http.Handler { return h }, grade.Options{Calls: 10})
	require.Equal(t, webhook.OutcomePassed, found["baseline"].Outcome)
	require.Equal(t, webhook.OutcomeInconclusive, found["burst"].Outcome)
	require.Equal(t, "the budget of 10 webhooks is used up", found["burst"].Reason)
}

func TestGrade_UnreachableConsumer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	provider, err := grade.NewProvider("gupshup")
	require.NoError(t, err)
	_, err = grade.Grade(t.Context(), grade.Options{URL: "http://" + l.Addr().String() + "/webhooks", Provider: provider})
	var nobody *grade.Unreachable
	require.ErrorAs(t, err, &nobody, "%v", err)
	require.ErrorContains(t, err, "reach the consumer: ")
}

// A late consumer can't be reached at first. The failure timeout is one of the connection.
type late struct {
	class webhook.Failure
	tries int
}

func (l *late) Attempt(context.Context, delivery.Request) webhook.Attempt {
	if l.tries++; l.tries < 4 {
		a := webhook.Attempt{At: time.Now(), Failure: l.class, Error: "nobody is there"}
		if l.class == webhook.FailureTimeout {
			time.Sleep(10 * time.Second)
			a.Timing.Total = time.Since(a.At)
			a.Timing.Dial = a.Timing.Total
		}
		return a
	}
	return webhook.Attempt{At: time.Now(), Status: 200}
}

func TestGrade_WaitsForStartingConsumer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class   webhook.Failure
		wait    time.Duration
		tries   int
		reached bool
	}{
		"connection refused first": {webhook.FailureUnreachable, time.Minute, 6, true}, // the last two are the probe's and the check's
		"DNS name missing first":   {webhook.FailureDNS, time.Minute, 6, true},
		"timeout first":            {webhook.FailureTimeout, time.Minute, 6, true},
		"timeout always":           {webhook.FailureTimeout, 10 * time.Second, 1, false},
		"no wait":                  {webhook.FailureUnreachable, 0, 1, false},
		"wait too short":           {webhook.FailureUnreachable, 1500 * time.Millisecond, 2, false},
		"address denied":           {webhook.FailureDenied, time.Minute, 1, false},
		"invalid certificate":      {webhook.FailureTLS, time.Minute, 1, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			provider, err := grade.NewProvider("gupshup")
			require.NoError(t, err)
			l := &late{class: c.class}
			results, err := grade.Grade(t.Context(), grade.Options{
				URL: "http://consumer.example/webhooks", Provider: provider, Attempter: l, Wait: c.wait, Only: []string{"baseline"},
			})
			require.Equal(t, c.tries, l.tries, name)
			if c.reached {
				require.NoError(t, err, name)
				require.Equal(t, webhook.OutcomePassed, results[0].Outcome, name)
				return
			}
			var nobody *grade.Unreachable
			require.ErrorAs(t, err, &nobody, name)
		})
	}
}
