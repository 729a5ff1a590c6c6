package server

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// begins starts a run, whose events of gupshup/v2 are due after 0.2 s, 1 s, 1 h and 1 h 2 m.
func begins(t *testing.T, s *Server, run string) {
	t.Helper()
	w := steer(t, s, "POST", "/api/v1/runs", run)
	require.Equal(t, http.StatusCreated, w.Code, "%s", w.Body)
}

const (
	slowRun = `{"scenario":"message-slow","route":"gupshup/v2","speed":"1x"}`
	atOnce  = `{"scenario":"message-delivered","route":"netcore","count":5,"speed":"max"}` // 15 events
)

// Wherever an event is when the server ends, it is counted once.
func TestClose_CountsUnsentEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options func(*Options)
		begin   func(t *testing.T, s *Server, g *gated)
		want    unsent
	}{
		"nothing": {want: unsent{}, begin: func(*testing.T, *Server, *gated) {}},
		"planned": {want: unsent{events: 4, runs: 2}, begin: func(t *testing.T, s *Server, g *gated) {
			close(g.open)
			begins(t, s, slowRun)
			begins(t, s, slowRun)
			time.Sleep(2 * time.Second) // two events of each are sent
		}},
		"in the queue of an endpoint": {want: unsent{events: 14, runs: 1}, begin: func(t *testing.T, s *Server, _ *gated) {
			begins(t, s, atOnce) // one is being sent
		}},
		"before a full journal": {want: unsent{events: 29, runs: 2}, options: func(o *Options) { o.JournalEntries = 2 }, begin: func(t *testing.T, s *Server, _ *gated) {
			begins(t, s, atOnce)
			begins(t, s, atOnce)
		}},
		"delayed by a rule": {want: unsent{events: 4, runs: 1}, begin: func(t *testing.T, s *Server, g *gated) {
			close(g.open)
			require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/rules", `{"on":"deliveries","faults":[{"delay":{"by":"1h"}}]}`).Code)
			begins(t, s, slowRun)
			time.Sleep(2 * time.Second) // two events are delayed, and two aren't due
		}},
		"after a command": {want: unsent{events: 1}, options: func(o *Options) { o.Speed = RealTime }, begin: func(t *testing.T, s *Server, g *gated) {
			close(g.open)
			w := asked(t, sidesOf(t, s).provider, "POST", "/wa/app/1/template", form, strings.NewReader("elementName=o&languageCode=en&category=UTILITY&templateType=TEXT&vertical=O&content=Hello&example=Hello"))
			require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
		}},
		"of a run that was canceled": {want: unsent{}, begin: func(t *testing.T, s *Server, g *gated) {
			close(g.open)
			begins(t, s, slowRun)
			require.Equal(t, http.StatusOK, steer(t, s, "DELETE", "/api/v1/runs/run-1", "").Code)
		}},
		"of a long run": {want: unsent{events: maxCounted, runs: 1, atLeast: true}, begin: func(t *testing.T, s *Server, _ *gated) {
			begins(t, s, `{"scenario":"message-slow","route":"gupshup/v2","count":10000000}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGated(fine)
				s := serverTo(t, g, c.options)
				if name == "of a long run" {
					s.options.Speed, _ = slowly.engine()
				}
				c.begin(t, s, g)
				synctest.Wait()
				require.Equal(t, c.want, s.close())
				require.Equal(t, c.want, s.close(), "the second time too")
			})
		})
	}
}

// However many runs are due, the server ends before the next event, and counts them all.
func TestClose_ManyDueRuns(t *testing.T) {
	t.Parallel()
	const runs, events = 60_000, 4
	s := newServer(t, func(o *Options) { o.Speed = RealTime })
	route, err := s.options.Catalog.Route("gupshup/v2")
	require.NoError(t, err)
	scenario, err := s.options.Library.Scenario("message-slow")
	require.NoError(t, err)
	holds, held := make(chan struct{}), make(chan struct{})
	one, leave := s.enter(defaultSession)
	defer leave()
	require.NotNil(t, one.lane.Add(time.Now(), func() { close(holds); <-held }, nil))
	<-holds // nothing is sent before all are due
	for range runs {
		_, err := one.play(playing{scenario: scenario, route: route, start: time.Now().Add(-2 * time.Hour)})
		require.NoError(t, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ended := make(chan unsent, 1)
	go func() { ended <- s.close() }()
	<-s.running.Done()
	close(held)
	select {
	case left := <-ended:
		require.Equal(t, unsent{events: runs * events, runs: runs}, left)
	case <-ctx.Done():
		require.Fail(t, "the server doesn't end")
	}
	require.Zero(t, s.journal.Last(), "nothing was sent")
}

// A server that ends rejects every call in the provider's own format, and every action of the
// control API, so that clients come back.
func TestClose_RejectsWith503(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	require.Equal(t, http.StatusAccepted, steer(t, s, "POST", "/api/v1/events", `{"event":"message.read","route":"netcore"}`).Code)
	s.Close()
	for _, m := range s.everything.mounts {
		w := asked(t, sidesOf(t, s).provider, m.api.Method, m.example(), "application/json", strings.NewReader("{}"))
		name := m.api.Method + " " + m.example()
		require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s: %s", name, w.Body)
		require.Equal(t, "1", w.Header().Get("Retry-After"), name)
		if errorsAreJSON(m) {
			require.NotContains(t, members(t, w.Body.String()), "title", "%s: it is no problem of ours", name)
		}
		require.Contains(t, w.Body.String(), "the server is shutting down", name)
		require.Equal(t, m.api.Name, newest(t, s).Call.Operation, name)
	}
	w := asked(t, sidesOf(t, s).provider, "POST", "/in/gupshup", "application/json", strings.NewReader("{}"))
	require.Equal(t, []any{http.StatusServiceUnavailable, "1"}, []any{w.Code, w.Header().Get("Retry-After")}, "a provider sends it again")
	for path, body := range map[string]string{
		"POST /runs": `{"scenario":"message-delivered","route":"netcore"}`, "POST /events": `{"event":"message.read","route":"netcore"}`,
		"POST /deliveries/delivery-1/redeliver": "", "POST /rules": `{"on":"calls","response":{"status":429}}`, "PUT /state": "{}",
		"POST /state/commands": `{"name":"account.show","provider":"gupshup"}`, "GET /wait?id=none": "",
	} {
		method, path, _ := strings.Cut(path, " ")
		w := steer(t, s, method, "/api/v1"+path, body)
		require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s %s: %s", method, path, w.Body)
		require.Equal(t, "1", w.Header().Get("Retry-After"), path)
	}
	require.Equal(t, http.StatusOK, steer(t, s, "GET", "/api/v1/events", "").Code, "what happened can still be read")
	require.Equal(t, http.StatusOK, steer(t, s, "GET", "/livez", "").Code)
	require.Equal(t, http.StatusServiceUnavailable, steer(t, s, "GET", "/readyz", "").Code)
}

func TestUnsent_String(t *testing.T) {
	t.Parallel()
	require.Empty(t, unsent{}.String())
	for want, u := range map[string]unsent{
		"1,234 events of 5 runs were": {events: 1234, runs: 5}, "1 event of 1 run was": {events: 1, runs: 1}, "999 events were": {events: 999},
		"at least 1,000,000 events of 1 run were": {events: 1_000_000, runs: 1, atLeast: true},
	} {
		require.Equal(t, want+" not sent", u.String())
	}
}
