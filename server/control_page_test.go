package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

// pages follows the cursors of a list, and returns the elements of each page.
func (s *stage) pages(t *testing.T, path, cursor string) (pages [][]any, sizes []int) {
	t.Helper()
	joint, next := "?", ""
	if strings.Contains(path, "?") {
		joint = "&"
	}
	for {
		got := s.ask(t, "GET", path+next, "")
		require.Equal(t, http.StatusOK, got.Code, "%s", got.Body)
		page := got.json(t)
		pages, sizes = append(pages, page["data"].([]any)), append(sizes, got.Body.Len())
		if page["next"] == nil {
			return pages, sizes
		}
		require.NotEmpty(t, page["data"], "a page has at least one element")
		next = joint + cursor + "=" + page["next"].(string)
	}
}

// ids are those of elements, each once.
func ids(t *testing.T, pages [][]any, key string) (all []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, page := range pages {
		for _, one := range page {
			if id := fmt.Sprint(one.(map[string]any)[key]); !seen[id] {
				seen[id] = true
				all = append(all, id)
			}
		}
	}
	return all
}

// Each list ends a page when it has its size, and loses nothing of it.
func TestPage_EndsAtItsSize(t *testing.T) {
	t.Parallel()
	const count, body, large, attempts = 20, 1 << 10, 20 << 10, 3
	s := newStage(t)
	s.control.pageBytes = 8 << 10
	for n := range count {
		size := body
		if n == 7 {
			size = large
		}
		text := strings.Repeat("x", size)
		e := journal.Entry{Session: defaultSession, Route: "netcore", Kind: journal.KindDelivery, State: journal.StateFailed}
		e.Delivery = &webhook.Delivery{ID: fmt.Sprint("event ", n/2), Event: webhook.Event{Body: []byte(text)}}
		for range attempts {
			e.Delivery.Attempts = append(e.Delivery.Attempts, webhook.Attempt{Error: text})
		}
		s.log.Add(e)
		s.log.Add(journal.Entry{Session: defaultSession, Kind: journal.KindCall, Call: &journal.Call{Body: []byte(text)}})
		received := journal.Entry{Session: defaultSession, Kind: journal.KindReceived, Delivery: &webhook.Delivery{Event: webhook.Event{Body: []byte(text)}}}
		s.log.Add(received)
		s.made = append([]RunStatus{{ID: fmt.Sprint("run-", n+1), State: "running", Error: text}}, s.made...)
		s.inForce = append(s.inForce, activeRule{ID: fmt.Sprint("rule-", n+1), On: onCalls, Response: &ruleResponse{Status: 200, Body: []byte(`"` + text + `"`)}})
	}
	for path, key := range map[string]string{
		"/deliveries?full=true": "id", "/calls?full=true": "id", "/inbox?full=true": "id", "/events?full=true": "id", "/attempts": "delivery",
		"/runs": "id", "/rules": "id", "/wait?kind=call&count=20&timeout=0s": "id",
	} {
		cursor, want := "cursor", count
		if strings.HasPrefix(path, "/wait") {
			cursor = "after"
		}
		if key == "id" && strings.HasPrefix(path, "/events") {
			want = count / 2
		}
		pages, sizes := s.pagesOf(t, path, cursor)
		require.Len(t, ids(t, pages, key), want, path)
		require.Greater(t, len(pages), 2, path)
		for i, size := range sizes {
			bound := s.control.pageBytes + 200
			if len(pages[i]) <= attempts { // what belongs together is larger
				bound = (attempts+1)*large + body
			}
			require.LessOrEqual(t, size, bound, path)
		}
	}
	s.control.pageBytes = maxPageBytes
	for _, path := range []string{"/deliveries?full=true", "/runs", "/rules"} {
		pages, _ := s.pages(t, path, "cursor")
		require.Len(t, pages, 1, path)
		require.Len(t, pages[0], count, path)
	}
}

// pagesOf is pages; a wait asks for what is left.
func (s *stage) pagesOf(t *testing.T, path, cursor string) (pages [][]any, sizes []int) {
	t.Helper()
	if cursor == "cursor" {
		return s.pages(t, path, cursor)
	}
	after, left := "", 20
	for left > 0 {
		got := s.ask(t, "GET", strings.Replace(path, "count=20", fmt.Sprint("count=", left), 1)+after, "")
		require.Equal(t, http.StatusOK, got.Code, "%s", got.Body)
		page := got.json(t)
		pages, sizes = append(pages, page["data"].([]any)), append(sizes, got.Body.Len())
		require.NotEmpty(t, page["data"])
		left -= len(page["data"].([]any))
		require.Equal(t, left > 0, page["next"] != nil)
		after = fmt.Sprint("&after=", page["next"])
	}
	return pages, sizes
}

// A cursor is good though what it names is gone.
func TestPage_CursorOfWhatIsGone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for n := range 12 {
		s.inForce = append(s.inForce, activeRule{ID: fmt.Sprint("rule-", n+1), On: onCalls})
	}
	s.control.pageBytes = 1
	next := s.ask(t, "GET", "/rules", "").json(t)["next"].(string)
	s.inForce = s.inForce[9:]
	require.Equal(t, "rule-10", s.ask(t, "GET", "/rules?cursor="+next, "").first(t)["id"])
	s.inForce = s.inForce[2:]
	last := s.ask(t, "GET", "/rules", "")
	require.NotContains(t, last.json(t), "next", "the last page")
	s.inForce = nil
	require.JSONEq(t, `{"data":[]}`, s.ask(t, "GET", "/rules?cursor="+next, "").Body.String())
	s.ask(t, "GET", "/rules?cursor=%25", "").problem(t, 400)
}

// Large elements are written as far as there is memory for them; small ones always are.
func TestPage_LargeElementsAreBounded(t *testing.T) {
	t.Parallel()
	const large = smallResponse
	s := newStage(t)
	for range 3 {
		s.log.Add(journal.Entry{Session: defaultSession, Kind: journal.KindCall, Call: &journal.Call{Body: make([]byte, large)}})
	}
	release, ok := s.control.encoded.Take(maxEncoded - large)
	require.True(t, ok)
	got := s.ask(t, "GET", "/calls?full=true", "")
	got.problem(t, http.StatusServiceUnavailable)
	require.Equal(t, "1", got.Header().Get("Retry-After"))
	require.Len(t, s.ask(t, "GET", "/calls", "").json(t)["data"], 3)
	s.ask(t, "GET", "/calls/call-1", "").problem(t, http.StatusServiceUnavailable)
	release()
	require.Len(t, s.ask(t, "GET", "/calls?full=true", "").json(t)["data"], 3)
	require.Equal(t, http.StatusOK, s.ask(t, "GET", "/calls/call-1", "").Code)
	s.control.encoded = deadline.NewInFlight(1)
	require.Len(t, s.ask(t, "GET", "/calls?full=true", "").json(t)["data"], 3, "an element that is larger than the bound is alone")
}

// Lists, wait and 410 report what was evicted.
func TestEvicted_IsReported(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.fake.log = journal.New(journal.Limit{Entries: 2})
	require.NotContains(t, s.ask(t, "GET", "/calls", "").json(t), "evicted")
	for range 5 {
		s.log.Add(journal.Entry{Session: defaultSession, Kind: journal.KindCall})
	}
	s.log.Add(journal.Entry{Session: "other", Kind: journal.KindCall})
	s.log.Add(journal.Entry{Session: defaultSession, Kind: journal.KindDelivery, Delivery: &webhook.Delivery{ID: "event"}})
	for path, want := range map[string]any{
		"/calls": 5.0, "/calls?status=404": 5.0, "/deliveries": nil, "/events": nil, "/attempts": nil, "/inbox": nil, "/wait": 5.0, "/wait?kind=call&timeout=0s": 5.0,
		"/wait?kind=delivery": nil, "/calls/call-1": 5.0, "/wait?id=call-1": 5.0,
	} {
		require.Equal(t, want, s.ask(t, "GET", path, "").json(t)["evicted"], path)
	}
	gone := s.ask(t, "GET", "/calls/call-1", "").problem(t, http.StatusGone)
	require.Contains(t, gone["detail"], "this session has lost 5 entries of kind call so far, 5 for their number and 0 for their memory; start the server with a larger --memory")
}

func TestEvicted_RunsAndSessions(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.bounds.runs, s.bounds.sessions = 2, 3
	for range 5 {
		require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
	}
	require.Eventually(t, func() bool { return steer(t, s, "GET", "/api/v1/runs/run-3", "").Code == http.StatusGone }, 20*time.Second, time.Millisecond)
	list := members(t, steer(t, s, "GET", "/api/v1/runs", "").Body.String())
	require.Len(t, list["data"], 2)
	require.InDelta(t, 3, list["evicted"], 0)
	gone := steer(t, s, "GET", "/api/v1/runs/run-1", "").Body.String()
	require.Contains(t, gone, "this session has evicted 3 so far")
	require.NotContains(t, members(t, steer(t, s, "GET", "/s/x/api/v1/runs", "").Body.String()), "evicted")
	require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/api/v1/reset", "").Code)
	require.JSONEq(t, `{"data":[]}`, steer(t, s, "GET", "/api/v1/runs", "").Body.String())

	require.NotContains(t, members(t, steer(t, s, "GET", "/api/v1/sessions", "").Body.String()), "evicted")
	for n := range 5 {
		require.Equal(t, http.StatusCreated, steer(t, s, "POST", fmt.Sprint("/s/acts-", n, "/api/v1/rules"), `{"on":"calls","response":{"status":429},"times":1}`).Code)
	}
	require.InDelta(t, 2, members(t, steer(t, s, "GET", "/api/v1/sessions", "").Body.String())["evicted"], 0)
}
