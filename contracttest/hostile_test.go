package contracttest_test

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

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// graded grades a shop behind something in a bubble, and returns the results by name.
func graded(t *testing.T, before func(http.Handler) http.Handler, options contracttest.Options) map[string]webhook.Result {
	t.Helper()
	found := map[string]webhook.Result{}
	synctest.Test(t, func(t *testing.T) {
		provider, err := contracttest.NewProvider("gupshup")
		require.NoError(t, err)
		s := newShop(provider.URL(), provider.Client())
		options.Handler, options.Provider, options.StateURL = before(s), provider, "/state"
		results, err := contracttest.Grade(t.Context(), options)
		if _, rejected := errors.AsType[*contracttest.Rejected](err); !rejected {
			require.NoError(t, err)
		}
		s.working.Wait()
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

// from answers all webhooks from the n-th on by another handler.
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

// What is wrong with a consumer as a whole is told apart: what it did, and what the
// harness could not tell.
func TestConsumersThatCannotBeGradedAreToldApart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  func(http.Handler) http.Handler
		probe   string
		outcome webhook.Outcome
		reason  string
	}{
		"redirects":                             {always(307, "Location", ""), "plain", webhook.OutcomeFailed, "status 307; redirects are not followed"},
		"then nothing":                          {always(307, "Location", ""), "duplicate", webhook.OutcomeInconclusive, "not tried: the consumer does not accept a webhook without faults: inbound.text: status 307"},
		"answers HTML":                          {always(404, "", "<!DOCTYPE html><html>"), "plain", webhook.OutcomeFailed, "a page of HTML, so something else than the webhook's handler answers"},
		"HTML with 200":                         {always(200, "", "<html>hello"), "empty-answer", webhook.OutcomeFailed, "the response has a page of HTML; want it empty"},
		"does nothing":                          {always(200, "", ""), "duplicate", webhook.OutcomeInconclusive, "nothing to see it by: the consumer made no call"},
		"accepts a retry and shows nothing":     {always(200, "", ""), "retry", webhook.OutcomePassed, "accepted; nothing to see it by: the consumer made no call"},
		"accepts a new event and shows nothing": {always(200, "", ""), "unknown-event", webhook.OutcomePassed, "accepted; nothing to see it by: the consumer made no call"},
		"accepts the billing and shows nothing": {always(200, "", ""), "billing", webhook.OutcomePassed, "accepted; nothing to see it by: what the consumer shows is the same without these events"},
		"limits the rate":                       {always(429, "Retry-After", ""), "plain", webhook.OutcomeInconclusive, "the consumer limits the rate (status 429)"},
		"hangs":                                 {from(1, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), "plain", webhook.OutcomeFailed, "timeout: send request: no answer within 10s"},
		"breaks":                                {from(1, func(http.ResponseWriter, *http.Request) { panic("no") }), "plain", webhook.OutcomeFailed, "reset: send request: the handler broke the connection"},
		"is down half-way":                      {from(150, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }), "burst", webhook.OutcomeFailed, "afterwards a plain webhook is not accepted: inbound.text: status 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := graded(t, c.before, contracttest.Options{Only: []string{"plain", "duplicate", "empty-answer", "burst", "unknown-event", "retry", "billing"}})
			require.Equal(t, c.outcome, found[c.probe].Outcome, found[c.probe].Reason)
			require.Contains(t, found[c.probe].Reason, c.reason)
		})
	}
}

// Of a consumer that does not answer at all, nothing else is tried: it would take minutes.
func TestAConsumerThatNeverAnswersEndsAGradeEarly(t *testing.T) {
	t.Parallel()
	found := graded(t, from(1, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }), contracttest.Options{})
	require.Equal(t, webhook.OutcomeFailed, found["plain"].Outcome)
	for name, r := range found {
		if name != "plain" && r.Outcome != webhook.OutcomeNotApplicable {
			require.Equal(t, webhook.OutcomeInconclusive, r.Outcome, name)
			require.Contains(t, r.Reason, "not tried: the consumer does not accept a webhook without faults: inbound.text: timeout", name)
		}
	}
}

func TestABudgetEndsAGrade(t *testing.T) {
	t.Parallel()
	found := graded(t, func(h http.Handler) http.Handler { return h }, contracttest.Options{Calls: 10})
	require.Equal(t, webhook.OutcomePassed, found["plain"].Outcome)
	require.Equal(t, webhook.OutcomeInconclusive, found["burst"].Outcome)
	require.Equal(t, "the budget of 10 calls is used up", found["burst"].Reason)
}

func TestNobodyIsNoFinding(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	provider, err := contracttest.NewProvider("gupshup")
	require.NoError(t, err)
	_, err = contracttest.Grade(t.Context(), contracttest.Options{URL: "http://" + l.Addr().String() + "/webhooks", Provider: provider})
	var nobody *contracttest.Unreachable
	require.ErrorAs(t, err, &nobody, "%v", err)
	require.ErrorContains(t, err, "reach the consumer: ")
}

// A late consumer is one that nobody reaches at first. The class timeout is one of the
// connection.
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

func TestAConsumerThatIsStillStartingIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class   webhook.Failure
		wait    time.Duration
		tries   int
		reached bool
	}{
		"it starts":              {webhook.FailureUnreachable, time.Minute, 6, true}, // the last two are the probe's, and the look after it
		"its name comes up":      {webhook.FailureDNS, time.Minute, 6, true},
		"it connects late":       {webhook.FailureTimeout, time.Minute, 6, true},
		"it never connects":      {webhook.FailureTimeout, 10 * time.Second, 1, false},
		"nobody waits":           {webhook.FailureUnreachable, 0, 1, false},
		"not long enough":        {webhook.FailureUnreachable, 1500 * time.Millisecond, 2, false},
		"it may not be":          {webhook.FailureDenied, time.Minute, 1, false},
		"its certificate is bad": {webhook.FailureTLS, time.Minute, 1, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			provider, err := contracttest.NewProvider("gupshup")
			require.NoError(t, err)
			l := &late{class: c.class}
			results, err := contracttest.Grade(t.Context(), contracttest.Options{
				URL: "http://consumer.example/webhooks", Provider: provider, Attempter: l, Wait: c.wait, Only: []string{"plain"},
			})
			require.Equal(t, c.tries, l.tries, name)
			if c.reached {
				require.NoError(t, err, name)
				require.Equal(t, webhook.OutcomePassed, results[0].Outcome, name)
				return
			}
			var nobody *contracttest.Unreachable
			require.ErrorAs(t, err, &nobody, name)
		})
	}
}
