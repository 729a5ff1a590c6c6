package contracttest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/webhook"
)

// An application that remembers the messages of an earlier grade passes the next one, as
// its end users and ids are others. Those that it knows already it rightly leaves as they are.
func TestGrade_AConsumerThatRemembersAnEarlierGradePasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var current *contracttest.Provider
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) { return current.Client().Transport.RoundTrip(r) })}
		var consumer *app.App
		grade := func(people int, probe string) webhook.Result {
			p, err := contracttest.NewProvider("gupshup")
			require.NoError(t, err)
			current = p
			if consumer == nil {
				consumer, err = app.New(app.Config{Route: "gupshup", ProviderURL: p.URL(), Client: client})
				require.NoError(t, err)
			}
			results, err := contracttest.Grade(t.Context(), contracttest.Options{Handler: consumer, Provider: p, StateURL: "/state", Seed: 1, FirstUser: people, Only: []string{probe}})
			require.NoError(t, err)
			return results[len(results)-1]
		}
		require.Equal(t, webhook.OutcomePassed, grade(1, "terminal").Outcome)
		again := grade(5000, "lifecycle")
		require.Equal(t, webhook.OutcomePassed, again.Outcome, again.Reason)
		require.NotEqual(t, webhook.OutcomePassed, grade(1, "lifecycle").Outcome, "the ids are those of the first grade")
		consumer.Close()
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// shows is a consumer whose state has something before its end.
func shows(a http.Handler, padding string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/state" {
			a.ServeHTTP(w, r)
			return
		}
		kept := httptest.NewRecorder()
		a.ServeHTTP(kept, r)
		_, _ = w.Write([]byte(strings.TrimRight(kept.Body.String(), "}\n \t") + padding))
	})
}

func TestGrade_AStateIsReadWholeOrNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, padding string
		outcome       webhook.Outcome
		reason        string
	}{
		{"600 KiB", `},"more":"` + strings.Repeat("x", 600<<10) + `"}`, webhook.OutcomePassed, ""},
		{"more than is read", `},"more":"` + strings.Repeat("x", 17<<20) + `"}`, webhook.OutcomeInconclusive, "get the state: it is larger than 16 MiB; show the newest"},
		{"not JSON", "", webhook.OutcomeInconclusive, "read the state: it has to be JSON: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, err := contracttest.NewProvider("gupshup")
				require.NoError(t, err)
				a, err := app.New(app.Config{Route: "gupshup", ProviderURL: p.URL(), Client: p.Client()})
				require.NoError(t, err)
				defer a.Close()
				results, err := contracttest.Grade(t.Context(), contracttest.Options{Handler: shows(a, c.padding), Provider: p, StateURL: "/state", Seed: 1, Only: []string{"terminal"}})
				require.NoError(t, err)
				last := results[len(results)-1]
				require.Equal(t, c.outcome, last.Outcome, last.Reason)
				require.True(t, strings.HasPrefix(last.Reason, c.reason), last.Reason)
			})
		})
	}
}
