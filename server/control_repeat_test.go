package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

const aRun = `{"scenario":"message-delivered"}`

func TestIdempotencyKey_ReplaysResponse(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	first := s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: a")
	again := s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: a")
	other := s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: b")
	require.Equal(t, []int{201, 201, 201}, []int{first.Code, again.Code, other.Code})
	require.Equal(t, first.Body.String(), again.Body.String())
	require.Equal(t, first.Header().Get("Location"), again.Header().Get("Location"))
	require.Equal(t, []string{"", "true", ""}, []string{
		first.Header().Get("Idempotent-Replayed"), again.Header().Get("Idempotent-Replayed"), other.Header().Get("Idempotent-Replayed"),
	})
	require.Len(t, s.plays, 2)
}

// A handler that doesn't respond leaves that to who serves it, and its key is free.
func TestRepeats_WithoutAResponse(t *testing.T) {
	t.Parallel()
	all := newRepeats()
	a := ask{Request: httptest.NewRequestWithContext(t.Context(), "POST", "/", nil), session: defaultSession}
	for range 2 {
		w, ran := newUnwritten(), false
		all.serve(w, a, []string{"key"}, func(http.ResponseWriter) { ran = true })
		require.True(t, ran)
		require.Zero(t, w.status)
	}
}

func TestIdempotencyKey_BelongsToRequestAndSession(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: a")
	p := s.ask(t, "POST", "/runs", aRun+" ", "Idempotency-Key: a").problem(t, 422)
	require.Equal(t, "read Idempotency-Key: it was used for another request; use a new key", p["detail"])
	s.ask(t, "POST", "/reset", "", "Idempotency-Key: a").problem(t, 422)
	r := httptest.NewRequestWithContext(t.Context(), "POST", controlPrefix+"/reset", nil)
	r.Header.Set("Idempotency-Key", "a")
	response := httptest.NewRecorder()
	s.handler.ServeHTTP(response, inSession(r, "blue"))
	require.Equal(t, 204, response.Code)
	for _, key := range []string{" ", "ä", strings.Repeat("a", 256)} {
		s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: "+key).problem(t, 400)
	}
	require.Len(t, s.plays, 1)
}

func TestIdempotencyKey_FreeAfterRejection(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.ask(t, "POST", "/runs", `{"scenario":"nothing"}`, "Idempotency-Key: a").problem(t, 422)
	require.Equal(t, 201, s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: a").Code)
	s.during = func() { panic("a slip of ours") }
	require.Panics(t, func() { s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: b") })
	s.during = nil
	require.Equal(t, 201, s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: b").Code)
}

func TestIdempotencyKey_ConflictWhileInProgress(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var once sync.Once
	s.during = func() {
		once.Do(func() { s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: a").problem(t, 409) })
	}
	require.Equal(t, 201, s.ask(t, "POST", "/runs", aRun, "Idempotency-Key: a").Code)
	require.Len(t, s.plays, 1)
}

func TestIdempotencyKey_ResponsesExpire(t *testing.T) {
	t.Parallel()
	stage := newStage(t)
	synctest.Test(t, func(t *testing.T) {
		ask := func(key string) string {
			r := httptest.NewRequestWithContext(t.Context(), "POST", controlPrefix+"/reset", nil)
			r.Header.Set("Idempotency-Key", key)
			response := httptest.NewRecorder()
			stage.handler.ServeHTTP(response, r)
			return response.Header().Get("Idempotent-Replayed")
		}
		require.Empty(t, ask("a"))
		time.Sleep(24*time.Hour - time.Second)
		require.Equal(t, "true", ask("a"))
		time.Sleep(time.Second)
		require.Empty(t, ask("a"))
		for n := range maxRepeats {
			require.Empty(t, ask(fmt.Sprint(n)))
		}
		require.Equal(t, "true", ask("0"))
		require.Empty(t, ask("a"), "the oldest went")
		require.Len(t, stage.control.repeats.byKey, maxRepeats)
	})
}
