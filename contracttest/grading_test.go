package contracttest_test

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

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/webhook"
)

// gradedShop grades a shop behind something in a bubble, and returns the results in
// their order, the error, and how many webhooks came.
func gradedShop(t *testing.T, before func(http.Handler) http.Handler, options contracttest.Options) (results []webhook.Result, posts int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		provider, failed := contracttest.NewProvider("gupshup")
		require.NoError(t, failed)
		s := newShop(provider.URL(), provider.Client())
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
		results, err = contracttest.Grade(t.Context(), options)
		s.working.Wait()
	})
	return results, posts, err
}

// bodies gives each webhook's body to a function, which may respond itself.
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

// An endpoint that rejects what has no faults is asked twice, and no more; what to do
// depends on how it responds.
func TestGrade_EndsWhereAPlainWebhookIsRejected(t *testing.T) {
	t.Parallel()
	for status, advice := range map[int]string{
		404: "check the path of its URL, and that it takes POST", 405: "check the path of its URL, and that it takes POST",
		401: "check the secret, and the headers that the application asks for", 307: "use the URL to which it redirects",
		422: "check that the application expects webhooks of gupshup/v2", 500: "see what the application logs",
	} {
		var rejected *contracttest.Rejected
		results, posts, err := gradedShop(t, always(status, "", ""), contracttest.Options{})
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
	}), contracttest.Options{Only: []string{"plain", "duplicate"}})
	require.NoError(t, err, "a consumer that is not ready at once is graded")
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

// A probe that takes longer than its budget says nothing, and the next one is not
// disturbed by it; the total ends what is under way.
func TestGrade_KeepsToItsBudgets(t *testing.T) {
	t.Parallel()
	slowly := bodies(func(_ http.ResponseWriter, body string) bool {
		if strings.Contains(body, `"number":"late`) || strings.Contains(body, "message-event") {
			time.Sleep(9 * time.Second) // the provider allows 10
		}
		return false
	})
	only := []string{"plain", "duplicate", "lifecycle", "retry"}
	var told []string
	ended := func(r webhook.Result, n, of int) { told = append(told, fmt.Sprintf("%d/%d %s", n, of, r.ID)) }
	results, _, err := gradedShop(t, slowly, contracttest.Options{Only: only, ProbeTime: 30 * time.Second, Ended: ended})
	require.NoError(t, err)
	require.Equal(t, []string{"1/4 P0", "2/4 P1", "3/4 P5", "4/4 P15"}, told)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeInconclusive, webhook.OutcomePassed}, outcomes(results))
	require.Equal(t, "it took longer than its budget of 30s, of which 7.5s are for the check that follows", results[2].Reason)
	require.LessOrEqual(t, results[2].Duration, 30*time.Second)

	results, _, err = gradedShop(t, slowly, contracttest.Options{Only: only, Time: 20 * time.Second})
	require.NoError(t, err)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeInconclusive, webhook.OutcomeInconclusive}, outcomes(results))
	require.Equal(t, "the budget of 20s was used up while it ran", results[2].Reason)
	require.Equal(t, "the budget of 20s is used up", results[3].Reason)
}

// An application is one that stops responding for good, until it is started again.
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

// breaks goes down with the first webhook that holds some texts, after it has responded.
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

// What stops responding after a probe that it passed has failed that probe, and no
// other. Started again, it is graded to the end.
func TestGrade_BlamesTheProbeThatStoppedTheConsumer(t *testing.T) {
	t.Parallel()
	only := []string{"plain", "retry", "characters", "unknown-field", "latency"}
	a := &application{}
	results, _, err := gradedShop(t, a.breaks("unknown_field", `"type":"message-event"`), contracttest.Options{Only: only})
	require.NoError(t, err)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeFailed, webhook.OutcomeInconclusive}, outcomes(results))
	require.Contains(t, results[3].Reason, "afterwards the application no longer responds: reset: ")
	require.Equal(t, "the consumer has not recovered from the probe unknown-field", results[4].Reason)

	a = &application{}
	results, _, err = gradedShop(t, a.breaks("unknown_field", `"type":"message-event"`), contracttest.Options{Only: only, Application: a})
	require.NoError(t, err)
	require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomePassed, webhook.OutcomeFailed, webhook.OutcomePassed}, outcomes(results))
	require.Equal(t, 1, a.restarts)
	printed := slices.IndexFunc(results[3].Evidence, func(e webhook.Evidence) bool { return e.Title == "the end of what the application printed" })
	require.GreaterOrEqual(t, printed, 0)
	require.Equal(t, "panic: unknown event, called from +9198xxxxxx10", results[3].Evidence[printed].Text, "what the consumer says is masked")
}

// hanging stops responding for good with the first webhook that holds some texts, after it
// has responded to that one or not; each webhook takes so long.
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

// However slow an application is, it is looked after: what makes it stop responding
// fails, and not the next probe.
func TestGrade_ChecksSlowConsumersToo(t *testing.T) {
	t.Parallel()
	for _, takes := range []time.Duration{0, 1200 * time.Millisecond, 3 * time.Second} {
		a := &application{}
		results, _, err := gradedShop(t, hanging(true, takes, a, "unknown_field", `"type":"message-event"`), contracttest.Options{Only: []string{"plain", "unknown-field", "empty-answer", "retry"}, Application: a})
		require.NoError(t, err)
		found := slices.IndexFunc(results, func(r webhook.Result) bool { return r.Name == "unknown-field" })
		require.Contains(t, results[found].Reason, "afterwards the application no longer responds: ", takes)
		require.Equal(t, map[string]webhook.Outcome{"plain": webhook.OutcomePassed, "unknown-field": webhook.OutcomeFailed, "empty-answer": webhook.OutcomePassed, "retry": webhook.OutcomePassed}, byName(results), takes)
	}
}

// waiting makes each webhook take so long, by itself or one after the other.
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

// How fast many webhooks have to be follows from how fast one is.
func TestLatency_IsRelativeToOneWebhookAlone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		takes    time.Duration
		serial   bool
		outcome  webhook.Outcome
		severity webhook.Severity
		reason   string
	}{
		"slow, all at once":       {300 * time.Millisecond, false, webhook.OutcomePassed, "", "95 of 100 responses took up to 300ms, with 16 at the same time"},
		"slow, one by one":        {300 * time.Millisecond, true, webhook.OutcomeFailed, webhook.SeverityError, "want 2.4s, with 16 at the same time; one alone takes 300ms"},
		"fast, one by one":        {80 * time.Millisecond, true, webhook.OutcomeFailed, webhook.SeverityError, "want 1s, with 16 at the same time; one alone takes 80ms"},
		"very slow, all at once":  {1200 * time.Millisecond, false, webhook.OutcomeFailed, webhook.SeverityWarning, "a webhook has its response after 1.2s, even alone; want 1s"},
		"very slow, one by one":   {1200 * time.Millisecond, true, webhook.OutcomeFailed, webhook.SeverityError, "want 9.6s, with 16 at the same time; one alone takes 1.2s"},
		"slowest, all at once":    {6 * time.Second, false, webhook.OutcomeFailed, webhook.SeverityWarning, "a webhook has its response after 6s, even alone; want 1s"},
		"as fast as it is needed": {0, true, webhook.OutcomePassed, "", "95 of 100 responses took up to 0s, with 16 at the same time"},
	} {
		results, _, err := gradedShop(t, waiting(c.takes, c.serial), contracttest.Options{Only: []string{"latency"}})
		require.NoError(t, err, name)
		require.Equal(t, c.outcome, results[0].Outcome, "%s: %s", name, results[0].Reason)
		require.Equal(t, c.severity, results[0].Severity, name)
		require.Contains(t, results[0].Reason, c.reason, name)
	}
}

// The application's own values are in every webhook, and nothing that it was given, or
// said itself, is shown; what Ringback made up is.
func TestGrade_ShowsWhatItInvented(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var seen []string
	results, _, err := gradedShop(t, func(next http.Handler) http.Handler {
		s := next.(*shop)
		s.careless = true
		return bodies(func(_ http.ResponseWriter, body string) bool {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, body)
			return false
		})(s)
	}, contracttest.Options{Only: []string{"plain", "duplicate", "handshake"}, FirstUser: 1, Identity: map[string]string{"app.name": "TeaShop", "app.phone": "919876543210"}})
	require.NoError(t, err)
	for _, body := range seen {
		require.Contains(t, body, `"app":"TeaShop"`)
	}
	require.Equal(t, webhook.OutcomeFailed, results[1].Outcome)
	text := fmt.Sprint(results[1].Evidence)
	require.Regexp(t, `destination = \d{11,12}\n`, text, "the end user is made up")
	require.Contains(t, seen[len(seen)-2], "sandbox-start")
	require.Contains(t, text, "source = 9190xxxxxx00", "the consumer's number is its own")
	require.NotContains(t, text, "919876543210", "the user's number is the user's")
	require.Contains(t, text, "9198xxxxxx10")

	for identity, want := range map[string]string{
		"recipient.phone": `read the application's identity: "recipient.phone" is not a value of the application; known: app.ad_account`,
		"app.fone":        `did you mean "app.phone"`,
	} {
		_, _, err := gradedShop(t, plainly, contracttest.Options{Identity: map[string]string{identity: "919876543210"}})
		require.ErrorContains(t, err, want)
	}
	_, _, err = gradedShop(t, plainly, contracttest.Options{Identity: map[string]string{"app.phone": "tea"}})
	require.ErrorContains(t, err, "read the application's app.phone: ")
}

// What is accepted at one place hides nothing at another.
func TestGrade_SearchesBesideWhatIsAccepted(t *testing.T) {
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
	accepting := func(expired bool, locations ...string) func(*contracttest.Probe, string) *webhook.Acceptance {
		return func(p *contracttest.Probe, location string) *webhook.Acceptance {
			if p.ID == "P12" && slices.Contains(locations, location) {
				return &webhook.Acceptance{Reason: "known", Expired: expired}
			}
			return nil
		}
	}
	only := []string{"optional-field"}
	const country, referral = "gupshup/v2 > inbound.text, missing-field /payload/sender/country_code", "gupshup/v2 > inbound.text, missing-field /payload/referral"
	results, _, err := gradedShop(t, missing("country_code", "referral"), contracttest.Options{Only: only})
	require.NoError(t, err)
	first := results[0].Location
	require.Contains(t, []string{country, referral}, first)
	other := map[string]string{country: referral, referral: country}[first]

	results, _, err = gradedShop(t, missing("country_code", "referral"), contracttest.Options{Only: only, Accept: accepting(false, first)})
	require.NoError(t, err)
	require.Equal(t, other, results[0].Location)
	require.False(t, results[0].Accepted())

	results, _, err = gradedShop(t, missing("country_code", "referral"), contracttest.Options{Only: only, Accept: accepting(false, first, other)})
	require.NoError(t, err)
	require.True(t, results[0].Accepted())
	require.Equal(t, "known", results[0].Acceptance.Reason)

	results, _, err = gradedShop(t, missing("country_code"), contracttest.Options{Only: only, Accept: accepting(true, country)})
	require.NoError(t, err)
	require.False(t, results[0].Accepted())
	require.True(t, results[0].Acceptance.Expired, "it is told that it was accepted")
}

// A body in a response is a warning, and doesn't keep any other probe from passing; a
// strict grade sends the webhook again, and says what that does.
func TestGrade_RatesABodyInTheResponse(t *testing.T) {
	t.Parallel()
	sendStatus := func(next http.Handler) http.Handler {
		next.(*shop).careless = true
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if r.Method == http.MethodPost {
				_, _ = io.WriteString(w, "OK")
			}
		})
	}
	only := []string{"plain", "early-status", "empty-answer"}
	results, posts, err := gradedShop(t, sendStatus, contracttest.Options{Only: only})
	require.NoError(t, err)
	require.Equal(t, webhook.OutcomePassed, results[0].Outcome)
	require.True(t, results[2].Warning(), results[2].Reason)
	require.Equal(t, "inbound.text: the response has a body of 2 bytes; want it empty", results[2].Reason)

	results, strictly, err := gradedShop(t, sendStatus, contracttest.Options{Only: only, StrictResponses: true})
	require.NoError(t, err)
	require.Equal(t, webhook.OutcomePassed, results[0].Outcome)
	require.Equal(t, webhook.OutcomeFailed, results[2].Outcome)
	require.Equal(t, webhook.SeverityError, results[2].Severity)
	require.Equal(t, "inbound.text: the response has a body of 2 bytes; want it empty; the webhook was sent twice, and the consumer called twice", results[2].Reason)
	require.Greater(t, strictly, posts)
}

// A test logs a body in the response, and fails with it only where that is asked for.
func TestTest_WarnsOfABodyInTheResponse(t *testing.T) {
	t.Parallel()
	for strict, want := range map[bool]int{false: 0, true: 1} {
		n := &notebook{T: t}
		synctest.Test(t, func(t *testing.T) {
			n.T = t
			options := []contracttest.Option{contracttest.Route("gupshup")}
			if strict {
				options = append(options, contracttest.StrictResponses())
			}
			contracttest.Test(n, always(200, "", "OK")(nil), "steps:\n  - {send: inbound.text}\n", options...)
		})
		require.Len(t, n.errors, want)
		if strict {
			require.Contains(t, n.errors[0], "response has a body; want it empty")
		}
	}
}

// Where a finding is doesn't depend on luck: what is accepted today is tomorrow.
func TestLocation_IsTheSameForEverySeed(t *testing.T) {
	t.Parallel()
	var all [][]string
	for _, seed := range []uint64{1, 2} {
		results, _, err := gradedShop(t, func(next http.Handler) http.Handler {
			next.(*shop).careless = true
			return next
		}, contracttest.Options{Seed: seed, Only: []string{"duplicate", "lifecycle"}})
		require.NoError(t, err)
		require.Equal(t, []webhook.Outcome{webhook.OutcomeFailed, webhook.OutcomeFailed}, outcomes(results))
		all = append(all, []string{results[0].Location, results[1].Location})
	}
	require.Equal(t, all[0], all[1])
	require.Equal(t, "gupshup/v2 > inbound.text", all[0][0])
	require.Regexp(t, `^gupshup/v2 > message\.\w+(, message\.\w+)+, in any order$`, all[0][1])
}
