package server

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const form = "application/x-www-form-urlencoded"

// sendForm is the body of a call that sends a message.
const sendForm = "channel=whatsapp&source=919000000001&destination=919000000002&src.name=A&message=%7B%22type%22%3A%22text%22%2C%22text%22%3A%22hi%22%7D"

// names are the sessions that there are.
func (s *Server) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for name := range s.sessions {
		all = append(all, name)
	}
	return all
}

func steer(t testing.TB, s *Server, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return asked(t, sidesOf(t, s).control, method, path, "application/json", strings.NewReader(body))
}

// sends calls the send API, below a session's prefix.
func sends(t testing.TB, s *Server, session string) *httptest.ResponseRecorder {
	t.Helper()
	return asked(t, sidesOf(t, s).provider, "POST", session+"/wa/api/v1/msg", form, strings.NewReader(sendForm))
}

// made are the handlers of servers, which take their time to make.
var made sync.Map

type bothSides struct{ provider, control http.Handler }

func sidesOf(t testing.TB, s *Server) bothSides {
	t.Helper()
	if both, ok := made.Load(s); ok {
		return both.(bothSides)
	}
	both := bothSides{s.Provider(), s.Control()}
	made.Store(s, both)
	t.Cleanup(func() { made.Delete(s) })
	return both
}

// A session starts with the first action in it, and not when somebody looks.
func TestSessions_StartWithAnAction(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	for name, c := range map[string]struct {
		side, method, path, contentType, body string
		status                                int
		starts                                bool
	}{
		"a send":                         {"provider", "POST", "/wa/api/v1/msg", form, sendForm, 202, true},
		"a subscription":                 {"provider", "POST", "/wa/app/1/subscription", form, "modes=ALL&tag=a&version=2&doCheck=false&url=http://127.0.0.1:1/", 200, true},
		"a URL that doesn't respond":     {"provider", "POST", "/wa/app/1/subscription", form, "modes=ALL&tag=a&version=2&url=http://127.0.0.1:1/", 400, false},
		"a token":                        {"provider", "POST", "/partner/account/login", form, "email=a%40example.com&password=p", 200, true},
		"a template":                     {"provider", "POST", "/wa/app/1/template", form, "elementName=o&languageCode=en&category=UTILITY&templateType=TEXT&vertical=O&content=Hello&example=Hello", 200, true},
		"a list of subscriptions":        {"provider", "GET", "/wa/app/1/subscription", "", "", 200, false},
		"a list of templates":            {"provider", "GET", "/wa/app/1/template", "", "", 200, false},
		"a file that isn't there":        {"provider", "GET", "/media/gupshup/none", "", "", 404, false},
		"a path that isn't there":        {"provider", "POST", "/nothing", "", "", 404, false},
		"a method that isn't there":      {"provider", "GET", "/wa/api/v1/msg", "", "", 405, false},
		"an invalid send":                {"provider", "POST", "/wa/api/v1/msg", form, "channel=whatsapp", 400, false},
		"an arrival":                     {"provider", "POST", "/in/gupshup", "application/json", "{}", 200, false},
		"a run":                          {"control", "POST", "/api/v1/runs", "", `{"scenario":"message-delivered","route":"netcore","to":"http://127.0.0.1:1/"}`, 201, true},
		"an event":                       {"control", "POST", "/api/v1/events", "", `{"event":"message.read","route":"netcore","to":"http://127.0.0.1:1/"}`, 202, true},
		"a rule":                         {"control", "POST", "/api/v1/rules", "", `{"on":"calls","response":{"status":429}}`, 201, true},
		"a state":                        {"control", "PUT", "/api/v1/state", "", `{}`, 200, true},
		"a command":                      {"control", "POST", "/api/v1/state/commands", "", `{"name":"account.restrict","provider":"gupshup"}`, 200, true},
		"a run that cannot be read":      {"control", "POST", "/api/v1/runs", "", `{`, 400, false},
		"a run of no route":              {"control", "POST", "/api/v1/runs", "", `{"scenario":"message-delivered"}`, 422, false},
		"a command that fails":           {"control", "POST", "/api/v1/state/commands", "", `{"name":"subscription.delete","provider":"gupshup","values":{"subscription.id":"x"}}`, 422, false},
		"a rule that cannot be":          {"control", "POST", "/api/v1/rules", "", `{"on":"calls","match":{"operation":"x"},"response":{"status":429}}`, 422, false},
		"a reset":                        {"control", "POST", "/api/v1/reset", "", "", 204, false},
		"a list of runs":                 {"control", "GET", "/api/v1/runs", "", "", 200, false},
		"a run that isn't there":         {"control", "GET", "/api/v1/runs/x", "", "", 404, false},
		"to stop one that isn't there":   {"control", "DELETE", "/api/v1/runs/x", "", "", 404, false},
		"a list of rules":                {"control", "GET", "/api/v1/rules", "", "", 200, false},
		"to remove one that isn't there": {"control", "DELETE", "/api/v1/rules/x", "", "", 404, false},
		"a look at the state":            {"control", "GET", "/api/v1/state", "", "", 200, false},
		"a list of calls":                {"control", "GET", "/api/v1/calls", "", "", 200, false},
		"a wait":                         {"control", "GET", "/api/v1/wait?timeout=0s", "", "", 408, false},
		"a verdict":                      {"control", "POST", "/api/v1/validate", "", "{}", 200, false},
		"a redelivery of nothing":        {"control", "POST", "/api/v1/deliveries/x/redeliver", "", "", 404, false},
	} {
		session := strings.ReplaceAll(strings.ReplaceAll(name, " ", "-"), "'", "")
		side, contentType := sidesOf(t, s).provider, c.contentType
		if c.side == "control" {
			side, contentType = sidesOf(t, s).control, "application/json"
		}
		w := asked(t, side, c.method, "/s/"+session+c.path, contentType, strings.NewReader(c.body))
		require.Equal(t, c.status, w.Code, "%s: %s", name, w.Body)
		require.Equal(t, c.starts, slices.Contains(s.names(), session), name)
	}
	require.Contains(t, s.names(), defaultSession)
}

// Names that somebody makes up take nobody's place.
func TestSessions_MadeUpNamesLockNobodyOut(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	require.Equal(t, 1000, s.bounds.sessions)
	const maxCount = 50
	s.bounds.sessions = maxCount
	provider, control := sidesOf(t, s).provider, sidesOf(t, s).control
	for n := range 2 * maxCount {
		session := fmt.Sprint("/s/made-up-", n)
		require.Equal(t, http.StatusOK, asked(t, control, "GET", session+"/api/v1/runs", "", nil).Code)
		require.Equal(t, http.StatusNotFound, asked(t, provider, "GET", session+"/nothing", "", nil).Code)
	}
	require.Equal(t, []string{defaultSession}, s.names())
	for n := range 2 * maxCount { // each changes something, and then nothing
		w := steer(t, s, "POST", fmt.Sprint("/s/acts-", n, "/api/v1/rules"), `{"on":"calls","response":{"status":429},"times":1}`)
		require.Equal(t, http.StatusCreated, w.Code, "%s", w.Body)
	}
	want := []string{defaultSession}
	for n := range maxCount {
		want = append(want, fmt.Sprint("acts-", maxCount+n))
	}
	require.ElementsMatch(t, want, s.names(), "the ones that were idle longest go first")
	require.Equal(t, http.StatusAccepted, sends(t, s, "/s/mine").Code)
}

// At the limit, a session in which something is in flight stays, and who wants another
// one is told to come back.
func TestSessions_WhatIsInFlightStays(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]func(t *testing.T, s *Server, session string){
		"runs": func(t *testing.T, s *Server, session string) {
			require.Equal(t, http.StatusAccepted, sends(t, s, session).Code)
		},
		"requests": func(t *testing.T, s *Server, session string) {
			_, _, err := s.start(session[len("/s/"):])
			require.NoError(t, err)
		},
		"events that follow": func(t *testing.T, s *Server, session string) {
			w := asked(t, sidesOf(t, s).provider, "POST", session+"/wa/app/1/template", form, strings.NewReader("elementName=o&languageCode=en&category=UTILITY&templateType=TEXT&vertical=O&content=Hello&example=Hello"))
			require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(o *Options) { o.Speed = slowly })
			s.bounds.sessions = 20
			for n := range s.bounds.sessions {
				begin(t, s, fmt.Sprint("/s/busy-", n))
			}
			w := steer(t, s, "POST", "/s/another/api/v1/rules", `{"on":"calls","response":{"status":429}}`)
			require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s", w.Body)
			require.Equal(t, "1", w.Header().Get("Retry-After"))
			w = sends(t, s, "/s/another")
			require.Equal(t, http.StatusServiceUnavailable, w.Code)
			require.Equal(t, "1", w.Header().Get("Retry-After"))
			require.Contains(t, w.Body.String(), `"status":"error"`, "in the provider's shape")
			require.Equal(t, http.StatusOK, steer(t, s, "GET", "/s/another/api/v1/runs", "").Code, "to look around is always possible")
			require.Equal(t, http.StatusAccepted, sends(t, s, "").Code, "the default session is always there")
			require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/s/busy-7/api/v1/reset", "").Code)
			require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/s/another/api/v1/rules", `{"on":"calls","response":{"status":429}}`).Code)
		})
	}
}

// slowly is a speed at which nothing becomes due.
const slowly Speed = 0.001

func TestSessions_IdleOnesAreRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := newServer(t, func(o *Options) { o.Log, o.Speed = slog.New(slog.NewTextHandler(&log, nil)), slowly })
		rule := `{"on":"calls","response":{"status":429}}`
		for _, name := range []string{"idle", "looked-at", "busy"} {
			require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/s/"+name+"/api/v1/rules", rule).Code)
		}
		_, leave, err := s.start("busy")
		require.NoError(t, err)
		time.Sleep(idleSession - sweepEvery)
		require.Len(t, s.names(), 4)
		require.Equal(t, http.StatusOK, steer(t, s, "GET", "/s/looked-at/api/v1/rules", "").Code)
		time.Sleep(3 * sweepEvery)
		require.ElementsMatch(t, []string{defaultSession, "looked-at", "busy"}, s.names())
		require.Contains(t, log.String(), `msg="removed an idle session" session=idle`)
		require.JSONEq(t, `{"data":[]}`, steer(t, s, "GET", "/s/idle/api/v1/rules", "").Body.String(), "who names it again gets another")
		time.Sleep(2 * idleSession)
		require.ElementsMatch(t, []string{defaultSession, "busy"}, s.names(), "neither the default one nor one that is busy")
		leave(true)
		time.Sleep(2 * idleSession)
		require.Equal(t, []string{defaultSession}, s.names())
		s.Close()
	})
}

// A session that is removed leaves no endpoint open.
func TestSessions_ThatAreRemovedLeaveNothing(t *testing.T) {
	t.Parallel()
	consumer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(consumer.Close)
	s := newServer(t, nil)
	w := steer(t, s, "POST", "/s/one/api/v1/events", `{"event":"message.read","route":"netcore","to":"`+consumer.URL+`"}`)
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, http.StatusOK, steer(t, s, "GET", "/s/one/api/v1/wait?state=succeeded&timeout=20s", "").Code)
	one, leave := s.enter("one")
	leave()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for one.busy.Load() != 0 {
		require.NoError(t, ctx.Err())
		time.Sleep(time.Millisecond)
	}
	require.NotEmpty(t, one.opened)
	s.removeIdle(time.Now().Add(time.Hour))
	require.Equal(t, []string{defaultSession}, s.names())
	require.Empty(t, one.opened)
	require.Contains(t, steer(t, s, "GET", "/s/one/api/v1/deliveries", "").Body.String(), `"state":"succeeded"`, "what the journal has stays there")
}
