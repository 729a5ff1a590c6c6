package grade_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/webhook"
)

// An application that remembers the messages of an earlier grade passes the next one, which has
// other end users and IDs. It rightly ignores those that it remembers.
func TestGrade_ConsumerRemembersEarlierGrade(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var current *grade.Provider
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) { return current.Client().Transport.RoundTrip(r) })}
		var consumer *app.App
		grade := func(people int, probe string) webhook.Result {
			p, err := grade.NewProvider("gupshup")
			require.NoError(t, err)
			current = p
			if consumer == nil {
				consumer, err = app.New(app.Config{Route: "gupshup", ProviderURL: p.URL(), Client: client})
				require.NoError(t, err)
			}
			results, err := grade.Grade(t.Context(), grade.Options{Handler: consumer, Provider: p, StateURL: "/state", Seed: 1, FirstUser: people, Only: []string{probe}})
			require.NoError(t, err)
			return results[len(results)-1]
		}
		require.Equal(t, webhook.OutcomePassed, grade(1, "terminal").Outcome)
		again := grade(5000, "lifecycle")
		require.Equal(t, webhook.OutcomePassed, again.Outcome, again.Reason)
		require.NotEqual(t, webhook.OutcomePassed, grade(1, "lifecycle").Outcome, "the IDs are those of the first grade")
		consumer.Close()
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// shows is a consumer whose state has additional text before its end.
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

func TestGrade_LargeAndInvalidState(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, padding string
		outcome       webhook.Outcome
		reason        string
	}{
		{"600 KiB", `},"more":"` + strings.Repeat("x", 600<<10) + `"}`, webhook.OutcomePassed, ""},
		{"more than is read", `},"more":"` + strings.Repeat("x", 17<<20) + `"}`, webhook.OutcomeInconclusive, "get state: larger than 16 MiB; return only the newest"},
		{"not JSON", "", webhook.OutcomeInconclusive, "read state: not JSON: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p, err := grade.NewProvider("gupshup")
				require.NoError(t, err)
				a, err := app.New(app.Config{Route: "gupshup", ProviderURL: p.URL(), Client: p.Client()})
				require.NoError(t, err)
				defer a.Close()
				results, err := grade.Grade(t.Context(), grade.Options{Handler: shows(a, c.padding), Provider: p, StateURL: "/state", Seed: 1, Only: []string{"terminal"}})
				require.NoError(t, err)
				last := results[len(results)-1]
				require.Equal(t, c.outcome, last.Outcome, last.Reason)
				require.True(t, strings.HasPrefix(last.Reason, c.reason), last.Reason)
			})
		})
	}
}
