package grade_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/webhook"
)

// gradedShop grades a shop behind another handler in a bubble. It returns the results in their
// order, the error, and the number of webhooks.
func gradedShop(t *testing.T, before func(http.Handler) http.Handler, options grade.Options) (results []webhook.Result, posts int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		provider, failed := grade.NewProvider("gupshup")
		require.NoError(t, failed)
		s := testconsumer.NewShop(provider.URL(), provider.Client())
		next := before(s)
		var mu sync.Mutex
		options.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				mu.Lock()
				posts++
				mu.Unlock()
			}
			next.ServeHTTP(w, r)
		})
		options.Provider, options.StateURL = provider, "/state"
		results, err = grade.Grade(t.Context(), options)
		s.Wait()
	})
	return results, posts, err
}

// bodies passes each webhook's body to a function, which can respond itself.
func bodies(take func(w http.ResponseWriter, body string) (done bool)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || r.Method == http.MethodPost && take(w, string(body)) {
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	}
}

func plainly(h http.Handler) http.Handler { return h }

// An endpoint that rejects webhooks without faults gets only two. The advice depends on its
// response.
func TestGrade_EndsIfWebhookWithoutFaultsIsRejected(t *testing.T) {
	t.Parallel()
	for status, advice := range map[int]string{
		404: "check the path of the URL, and that the application accepts POST", 405: "check the path of the URL, and that the application accepts POST",
		401: "check the secret, and the headers that the application requires", 307: "use the URL of the redirect",
		422: "check that the application expects webhooks of gupshup/v2", 500: "read the application's logs",
	} {
		var rejected *grade.Rejected
		results, posts, err := gradedShop(t, always(status, "", ""), grade.Options{})
		require.ErrorAs(t, err, &rejected, status)
		require.Contains(t, rejected.Cause, fmt.Sprintf("status %d", status))
		require.Equal(t, advice, rejected.Advice, status)
		require.Equal(t, 2, posts, status)
		require.Equal(t, webhook.OutcomeFailed, results[0].Outcome)
		require.Equal(t, "gupshup/v2 > inbound.text", results[0].Location)
		require.Greater(t, len(results), 20)
		for _, r := range results[1:] {
			require.Contains(t, []webhook.Outcome{webhook.OutcomeInconclusive, webhook.OutcomeNotApplicable}, r.Outcome, r.Name)
		}
	}
	var first atomic.Bool
	results, _, err := gradedShop(t, bodies(func(w http.ResponseWriter, _ string) bool {
		if first.Swap(true) {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}), grade.Options{Only: []string{"baseline", "duplicate"}})
	require.NoError(t, err, "a consumer that accepts the second webhook is graded")
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed}, outcomes(results))
}

func outcomes(results []webhook.Result) []webhook.Outcome {
	var all []webhook.Outcome
	for _, r := range results {
		all = append(all, r.Outcome)
	}
	return all
}

func byName(results []webhook.Result) map[string]webhook.Outcome {
	all := map[string]webhook.Outcome{}
	for _, r := range results {
		all[r.Name] = r.Outcome
	}
	return all
}

// A probe that exceeds its budget is inconclusive and doesn't affect the next one; the total
// budget ends a running probe.
func TestGrade_KeepsToItsBudgets(t *testing.T) {
	t.Parallel()
	slowly := bodies(func(_ http.ResponseWriter, body string) bool {
		if strings.Contains(body, `"number":"late`) || strings.Contains(body, "message-event") {
			time.Sleep(9 * time.Second) // the provider allows 10
		}
		return false
	})
	only := []string{"baseline", "duplicate", "lifecycle", "retry"}
	var told []string
	ended := func(r webhook.Result, n, of int) { told = append(told, fmt.Sprintf("%d/%d %s", n, of, r.ID)) }
	results, _, err := gradedShop(t, slowly, grade.Options{Only: only, ProbeTime: 30 * time.Second, Ended: ended})
	require.NoError(t, err)
	require.Equal(t, []string{"1/4 P0", "2/4 P1", "3/4 P5", "4/4 P15"}, told)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeInconclusive, webhook.OutcomePassed}, outcomes(results))
	require.Equal(t, "it exceeded its budget of 30s, of which 7.5s is for the final check", results[2].Reason)
	require.LessOrEqual(t, results[2].Duration, 30*time.Second)

	results, _, err = gradedShop(t, slowly, grade.Options{Only: only, Time: 20 * time.Second})
	require.NoError(t, err)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeInconclusive, webhook.OutcomeInconclusive}, outcomes(results))
	require.Equal(t, "the total budget of 20s ran out during this probe", results[2].Reason)
	require.Equal(t, "the total budget of 20s is used up", results[3].Reason)
}

// An application stops responding until it is restarted.
type application struct {
	mu       sync.Mutex
	down     bool
	restarts int
	starting time.Duration // how long it takes to start
}

func (a *application) Ended() string { return "" }

func (a *application) Output() string { return "panic: unknown event, called from +919876543210" }

func (a *application) Restart(ctx context.Context) error {
	select {
	case <-time.After(a.starting):
	case <-ctx.Done():
		return ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = false
	a.restarts++
	return nil
}

// breaks stops the application with the first webhook that contains some texts, after the
// response.
func (a *application) breaks(texts ...string) func(http.Handler) http.Handler {
	return bodies(func(w http.ResponseWriter, body string) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.down {
			panic("it is gone")
		}
		a.down = !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(body, text) })
		return false
	})
}

// If the application stops responding after a probe that it passed, this probe fails, and no
// other. After a restart, the grade goes on.
func TestGrade_FailsTheProbeThatStopsTheConsumer(t *testing.T) {
	t.Parallel()
	only := []string{"baseline", "retry", "characters", "unknown-field", "latency"}
	a := &application{}
	results, _, err := gradedShop(t, a.breaks("unknown_field", `"type":"message-event"`), grade.Options{Only: only})
	require.NoError(t, err)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeFailed, webhook.OutcomeInconclusive}, outcomes(results))
	require.Contains(t, results[3].Reason, "afterwards, the application no longer responds: reset: ")
	require.Equal(t, "the consumer has not recovered from the probe unknown-field", results[4].Reason)

	a = &application{}
	results, _, err = gradedShop(t, a.breaks("unknown_field", `"type":"message-event"`), grade.Options{Only: only, Application: a})
	require.NoError(t, err)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeFailed, webhook.OutcomePassed}, outcomes(results))
	require.Equal(t, 1, a.restarts)
	printed := slices.IndexFunc(results[3].Evidence, func(e webhook.Evidence) bool { return e.Title == "end of the application's output" })
	require.GreaterOrEqual(t, printed, 0)
	require.Equal(t, "panic: unknown event, called from +9198xxxxxx10", results[3].Evidence[printed].Text, "the consumer's output is masked")
}

// hanging stops responding with the first webhook that contains some texts, before or after its
// response; each webhook takes some time.
func hanging(responds bool, takes time.Duration, a *application, texts ...string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost { // its state
				next.ServeHTTP(w, r)
				return
			}
			time.Sleep(takes)
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			a.mu.Lock()
			hangs := a.down
			a.down = a.down || !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(string(body), text) })
			hangs = hangs || a.down && !responds
			a.mu.Unlock()
			if hangs {
				<-r.Context().Done()
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
		})
	}
}

// A slow application is checked after each probe too: the probe that makes it stop responding
// fails, and not the next one.
func TestGrade_ChecksSlowConsumersAfterProbes(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 1200 * time.Millisecond, 3 * time.Second} {
		a := &application{}
		results, _, err := gradedShop(t, hanging(true, takes, a, "unknown_field", `"type":"message-event"`), grade.Options{Only: []string{"baseline", "unknown-field", "empty-response", "retry"}, Application: a})
		require.NoError(t, err)
		found := slices.IndexFunc(results, func(r webhook.Result) bool { return r.Name == "unknown-field" })
		require.Contains(t, results[found].Reason, "afterwards, the application no longer responds: ", takes)
		require.Equal(t, map[string]webhook.Outcome{"baseline": webhook.OutcomePassed, "unknown-field": webhook.OutcomeFailed, "empty-response": webhook.OutcomePassed, "retry": webhook.OutcomePassed}, byName(results), takes)
	}
}

// waiting delays each webhook, concurrently or one after the other.
func waiting(d time.Duration, serial bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		turn := make(chan struct{}, 1) // of the bubble
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if serial {
				turn <- struct{}{}
				defer func() { <-turn }()
			}
			time.Sleep(d)
			next.ServeHTTP(w, r)
		})
	}
}

// The limit for concurrent webhooks depends on the time of a single one.
func TestLatency_IsRelativeToASingleWebhook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes    time.Duration
		serial   bool
		outcome  webhook.Outcome
		severity webhook.Severity
		reason   string
	}{
		"slow, all at once":       {300 * time.Millisecond, false, webhook.OutcomePassed, "", "95% of the responses took up to 300ms, with 16 concurrent webhooks"},
		"slow, one by one":        {300 * time.Millisecond, true, webhook.OutcomeFailed, webhook.SeverityError, "want 2.4s, with 16 concurrent webhooks; a single one takes 300ms"},
		"fast, one by one":        {80 * time.Millisecond, true, webhook.OutcomeFailed, webhook.SeverityError, "want 1s, with 16 concurrent webhooks; a single one takes 80ms"},
		"very slow, all at once":  {1200 * time.Millisecond, false, webhook.OutcomeFailed, webhook.SeverityWarning, "a single webhook takes 1.2s; want 1s"},
		"very slow, one by one":   {1200 * time.Millisecond, true, webhook.OutcomeFailed, webhook.SeverityError, "want 9.6s, with 16 concurrent webhooks; a single one takes 1.2s"},
		"slowest, all at once":    {6 * time.Second, false, webhook.OutcomeFailed, webhook.SeverityWarning, "a single webhook takes 6s; want 1s"},
		"as fast as it is needed": {0, true, webhook.OutcomePassed, "", "95% of the responses took up to 0s, with 16 concurrent webhooks"},
	} {
		results, _, err := gradedShop(t, waiting(c.takes, c.serial), grade.Options{Only: []string{"latency"}})
		require.NoError(t, err, name)
		require.Equal(t, c.outcome, results[0].Outcome, "%s: %s", name, results[0].Reason)
		require.Equal(t, c.severity, results[0].Severity, name)
		require.Contains(t, results[0].Reason, c.reason, name)
	}
}

// The application's own values are in every webhook. Reports mask values that the user gave or the
// application sent, and show generated ones.
func TestGrade_ShowsGeneratedNumbersAndMasksOthers(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	results, _, err := gradedShop(t, func(next http.Handler) http.Handler {
		s := next.(*testconsumer.Shop)
		s.Careless = true
		return bodies(func(_ http.ResponseWriter, body string) bool {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, body)
			return false
		})(s)
	}, grade.Options{Only: []string{"baseline", "duplicate", "handshake"}, FirstUser: 1, Identity: map[string]string{"app.name": "TeaShop", "app.phone": "919876543210"}})
	require.NoError(t, err)
	for _, body := range seen {
		require.Contains(t, body, `"app":"TeaShop"`)
	}
	require.Equal(t, webhook.OutcomeFailed, results[1].Outcome)
	text := fmt.Sprint(results[1].Evidence)
	require.Regexp(t, `destination = \d{11,12}\n`, text, "the end user is generated")
	require.Contains(t, seen[len(seen)-2], "sandbox-start")
	require.Contains(t, text, "source = 9190xxxxxx00", "the consumer's own number is masked")
	require.NotContains(t, text, "919876543210", "the user's number is masked")
	require.Contains(t, text, "9198xxxxxx10")

	for identity, want := range map[string]string{
		"recipient.phone": `read identity: "recipient.phone" is not a value of the application; known: app.ad_account`,
		"app.fone":        `did you mean "app.phone"`,
	} {
		_, _, err := gradedShop(t, plainly, grade.Options{Identity: map[string]string{identity: "919876543210"}})
		require.ErrorContains(t, err, want)
	}
	_, _, err = gradedShop(t, plainly, grade.Options{Identity: map[string]string{"app.phone": "tea"}})
	require.ErrorContains(t, err, "read the application's app.phone: ")
}

// An acceptance at one location hides no failure at another.
func TestGrade_GoesOnAfterAcceptedFindings(t *testing.T) {
	t.Parallel()
	missing := func(keys ...string) func(http.Handler) http.Handler {
		return bodies(func(w http.ResponseWriter, body string) bool {
			for _, key := range keys {
				if strings.Contains(body, `"type":"message"`) && !strings.Contains(body, key) {
					w.WriteHeader(http.StatusInternalServerError)
					return true
				}
			}
			return false
		})
	}
	accepting := func(expired bool, locations ...string) func(*grade.Probe, string) *webhook.Acceptance {
		return func(p *grade.Probe, location string) *webhook.Acceptance {
			if p.ID == "P12" && slices.Contains(locations, location) {
				return &webhook.Acceptance{Reason: "known", Expired: expired}
			}
			return nil
		}
	}
	only := []string{"optional-field"}
	const country, referral = "gupshup/v2 > inbound.text, missing-field /payload/sender/country_code", "gupshup/v2 > inbound.text, missing-field /payload/referral"
	results, _, err := gradedShop(t, missing("country_code", "referral"), grade.Options{Only: only})
	require.NoError(t, err)
	first := results[0].Location
	require.Contains(t, []string{country, referral}, first)
	other := map[string]string{country: referral, referral: country}[first]

	results, _, err = gradedShop(t, missing("country_code", "referral"), grade.Options{Only: only, Accept: accepting(false, first)})
	require.NoError(t, err)
	require.Equal(t, other, results[0].Location)
	require.False(t, results[0].Accepted())

	results, _, err = gradedShop(t, missing("country_code", "referral"), grade.Options{Only: only, Accept: accepting(false, first, other)})
	require.NoError(t, err)
	require.True(t, results[0].Accepted())
	require.Equal(t, "known", results[0].Acceptance.Reason)

	results, _, err = gradedShop(t, missing("country_code"), grade.Options{Only: only, Accept: accepting(true, country)})
	require.NoError(t, err)
	require.False(t, results[0].Accepted())
	require.True(t, results[0].Acceptance.Expired, "the expired acceptance is reported")
}

// A body in a response is a warning and doesn't affect other probes. A strict grade sends the
// webhook again and reports the effect.
func TestGrade_WarnsOfBodyInResponse(t *testing.T) {
	t.Parallel()
	sendStatus := func(next http.Handler) http.Handler {
		next.(*testconsumer.Shop).Careless = true
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if r.Method == http.MethodPost {
				_, _ = io.WriteString(w, "OK")
			}
		})
	}
	only := []string{"baseline", "early-status", "empty-response"}
	results, posts, err := gradedShop(t, sendStatus, grade.Options{Only: only})
	require.NoError(t, err)
	require.Equal(t, webhook.OutcomePassed, results[0].Outcome)
	require.True(t, results[2].Warning(), results[2].Reason)
	require.Equal(t, "inbound.text: the response has a body of 2 bytes; want it empty", results[2].Reason)

	results, strictly, err := gradedShop(t, sendStatus, grade.Options{Only: only, StrictResponses: true})
	require.NoError(t, err)
	require.Equal(t, webhook.OutcomePassed, results[0].Outcome)
	require.Equal(t, webhook.OutcomeFailed, results[2].Outcome)
	require.Equal(t, webhook.SeverityError, results[2].Severity)
	require.Equal(t, "inbound.text: the response has a body of 2 bytes; want it empty; the webhook was sent twice, and the consumer called twice", results[2].Reason)
	require.Greater(t, strictly, posts)
}

// A location doesn't depend on the seed, so an acceptance stays valid.
func TestLocation_IndependentOfSeed(t *testing.T) {
	t.Parallel()
	var all [][]string
	for _, seed := range []uint64{1, 2} {
		results, _, err := gradedShop(t, func(next http.Handler) http.Handler {
			next.(*testconsumer.Shop).Careless = true
			return next
		}, grade.Options{Seed: seed, Only: []string{"duplicate", "lifecycle"}})
		require.NoError(t, err)
		require.Equal(t, []webhook.Outcome{webhook.OutcomeFailed, webhook.OutcomeFailed}, outcomes(results))
		all = append(all, []string{results[0].Location, results[1].Location})
	}
	require.Equal(t, all[0], all[1])
	require.Equal(t, "gupshup/v2 > inbound.text", all[0][0])
	require.Regexp(t, `^gupshup/v2 > message\.\w+(, message\.\w+)+, in any order$`, all[0][1])
}
