package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// A state that can't be stored is rejected as a whole.
func TestState_RejectsBeyondBounds(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	require.Equal(t, http.StatusOK, steer(t, s, "PUT", "/api/v1/state", `{"contacts":[{"scope":"netcore","phone":"919000000001"}]}`).Code)
	before := steer(t, s, "GET", "/api/v1/state", "").Body.String()
	var contacts []string
	for n := range 10_001 {
		contacts = append(contacts, fmt.Sprintf(`{"scope":"netcore","phone":"%d"}`, 919000000000+n))
	}
	w := steer(t, s, "PUT", "/api/v1/state", `{"contacts":[`+strings.Join(contacts, ",")+`]}`)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "/contacts has 10001 entries; at most 10000 can be stored; leave out the oldest")
	require.Equal(t, before, steer(t, s, "GET", "/api/v1/state", "").Body.String(), "nothing has changed")
}

// One session can't use all runs and all of the journal: others go on.
func TestQuota_LeavesRoomForOtherSessions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options func(*Options)
		runs    string
		want    string
	}{
		"runs":    {func(o *Options) { o.Speed = slowly }, `{"scenario":"message-delivered","route":"netcore"}`, "this session has 3 runs in progress"},
		"backlog": {func(o *Options) { o.JournalEntries = 40 }, `{"scenario":"message-delivered","route":"netcore","count":10}`, "the deliveries of this session that have not ended use 75 % of the journal"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGated(fine)
				s := serverTo(t, g, c.options)
				s.bounds.sessionOngoing = 3
				for range 3 {
					require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/s/large/api/v1/runs", c.runs).Code)
				}
				synctest.Wait()
				for _, w := range []*httptest.ResponseRecorder{
					sends(t, s, "/s/large"),
					steer(t, s, "POST", "/s/large/api/v1/events", `{"event":"message.read","route":"netcore"}`),
					asked(t, sidesOf(t, s).provider, "POST", "/s/large/in/gupshup", "application/json", strings.NewReader("{}")),
				} {
					require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s", w.Body)
					require.Equal(t, "1", w.Header().Get("Retry-After"))
					require.Contains(t, w.Body.String(), c.want)
				}
				require.False(t, s.full())
				require.Equal(t, http.StatusAccepted, sends(t, s, "/s/other").Code)
				require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
				require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/s/large/api/v1/reset", "").Code)
				synctest.Wait()
				require.Equal(t, http.StatusAccepted, sends(t, s, "/s/large").Code)
				close(g.open)
				synctest.Wait()
				s.Close()
				require.Zero(t, s.ongoing.Load())
			})
		})
	}
}

func TestQuota_RulesAndSubscriptions(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	require.Equal(t, []int{1000, 4 << 20, 1000}, []int{s.bounds.rules, s.bounds.ruleBytes, s.bounds.subscriptions})
	s.bounds.rules, s.bounds.ruleBytes, s.bounds.subscriptions = 3, 100, 2
	rejected := func(w *httptest.ResponseRecorder, want string) {
		t.Helper()
		require.Equal(t, http.StatusTooManyRequests, w.Code, "%s", w.Body)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		require.Contains(t, w.Body.String(), want)
	}
	rule := `{"on":"calls","response":{"status":429,"body":"` + strings.Repeat("x", 40) + `"}}`
	require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/rules", rule).Code)
	require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/rules", rule).Code)
	rejected(steer(t, s, "POST", "/api/v1/rules", rule), "the responses of this session's rules would have 126 bytes, and 100 is the limit of a session")
	require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/rules", `{"on":"calls","response":{"status":429}}`).Code)
	rejected(steer(t, s, "POST", "/api/v1/rules", `{"on":"calls","response":{"status":429}}`), "this session has 3, which is the limit of a session")
	require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/s/other/api/v1/rules", rule).Code)

	subscribe := `{"name":"subscription.create","route":"netcore","values":{"subscription.kind":"events","subscription.url":"http://127.0.0.1:1/","app.id":"%d"}}`
	for n := range 2 {
		w := steer(t, s, "POST", "/s/x/api/v1/state/commands", fmt.Sprintf(subscribe, n))
		require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
	}
	rejected(steer(t, s, "POST", "/s/x/api/v1/state/commands", fmt.Sprintf(subscribe, 2)), "create subscription: this session has 2, which is the limit")
	call := asked(t, sidesOf(t, s).provider, "POST", "/s/x/wa/app/1/subscription", form, strings.NewReader("modes=ALL&tag=a&version=2&url=http://127.0.0.1:1/"))
	rejected(call, "create subscription: this session has 2, which is the limit")
	require.Contains(t, call.Body.String(), `"status":"error"`, "in the provider's own format")
}
