package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A gated consumer receives in the process: it holds each attempt until it is let go,
// and responds with what it is told.
type gated struct {
	mu     sync.Mutex
	open   chan struct{} // closed: attempts are answered
	status func(attempt int) int
	tries  map[string]int
}

func newGated(status func(attempt int) int) *gated {
	return &gated{open: make(chan struct{}), status: status, tries: map[string]int{}}
}

func (g *gated) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	a := webhook.Attempt{At: time.Now()}
	select {
	case <-g.open:
	case <-ctx.Done():
		a.Error, a.Failure = ctx.Err().Error(), webhook.FailureCanceled
		return a
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tries[string(r.Body)]++
	a.Status = g.status(g.tries[string(r.Body)])
	return a
}

func (g *gated) Close() {}

// attempts is the number of those that were answered.
func (g *gated) attempts() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, tries := range g.tries {
		n += tries
	}
	return n
}

func fine(int) int { return http.StatusOK }

// serverTo makes a server in a bubble whose webhooks go to a consumer in the process.
func serverTo(t *testing.T, g *gated, change func(*Options)) *Server {
	t.Helper()
	s := newServer(t, func(o *Options) {
		o.To = []Destination{{URL: "http://127.0.0.1/hook"}}
		if change != nil {
			change(o)
		}
	})
	s.client, s.toInbox = g, g
	return s
}

// members are those of a JSON object.
func members(t *testing.T, body string) map[string]any {
	t.Helper()
	var all map[string]any
	require.NoError(t, json.Unmarshal([]byte(body), &all), body)
	return all
}

// A journal that is full of deliveries to a consumer that doesn't respond takes no
// calls, lets runs wait, and loses none of them.
func TestRoom_AFullJournal(t *testing.T) {
	t.Parallel()
	const aLongRun = `{"scenario":"message-delivered","route":"netcore","count":10}`
	for name, limit := range map[string]journal.Limit{"by number": {Entries: 5}, "by bytes": {Bytes: 12_000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGated(fine)
				s := serverTo(t, g, func(o *Options) { o.JournalEntries, o.JournalBytes = limit.Entries, limit.Bytes })
				require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/runs", aLongRun).Code)
				synctest.Wait()
				require.True(t, s.journal.FullFor(defaultSession))
				open, _, _ := s.journal.Find(t.Context(), journal.Query{State: journal.StateScheduled})
				require.Less(t, len(open), 10, "the run waits")

				w := sends(t, s, "")
				require.Equal(t, http.StatusServiceUnavailable, w.Code)
				require.Equal(t, "1", w.Header().Get("Retry-After"))
				require.Equal(t, "error", members(t, w.Body.String())["status"], "in the provider's shape")
				require.Equal(t, http.StatusServiceUnavailable, newest(t, s).Status, "and it is seen")
				for _, order := range [][2]string{
					{"/api/v1/events", `{"event":"message.read","route":"netcore"}`},
					{"/api/v1/deliveries/" + open[0].ID + "/redeliver", ""},
				} {
					w = steer(t, s, "POST", order[0], order[1])
					require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s: %s", order[0], w.Body)
					require.Equal(t, "1", w.Header().Get("Retry-After"))
				}
				require.Equal(t, http.StatusServiceUnavailable, asked(t, sidesOf(t, s).provider, "POST", "/in/gupshup", "application/json", strings.NewReader("{}")).Code)
				require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/runs", aLongRun).Code, "a run waits")
				synctest.Wait()
				require.Equal(t, int64(2), s.ongoing.Load())

				close(g.open)
				synctest.Wait()
				for _, r := range (named{s, defaultSession}).Runs() {
					require.Equal(t, []any{"done", 30}, []any{r.State, r.Succeeded}, r.ID)
				}
				require.Len(t, g.tries, 60, "each was sent")
				left, _, _ := s.journal.Find(t.Context(), journal.Query{State: journal.StateScheduled})
				require.Empty(t, left)
				require.False(t, s.sessions[defaultSession].full())
				require.Zero(t, s.ongoing.Load())
				require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
				s.Close()
			})
		})
	}
}

// A run that is canceled begins no more attempts: what waits for its first one, or for a retry, is
// canceled at once.
func TestRun_CancelEndsItsDeliveries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated(func(int) int { return http.StatusServiceUnavailable })
		s := serverTo(t, g, func(o *Options) { o.Speed = RealTime })
		require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/runs", `{"scenario":"message-delivered","route":"mobtexting/whatsapp","count":3,"speed":"max"}`).Code)
		require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/runs", `{"scenario":"reply-text","route":"mobtexting/whatsapp","speed":"1x"}`).Code)
		synctest.Wait()
		g.open <- struct{}{} // one attempt ends, and waits for its retry
		synctest.Wait()
		for _, run := range []string{"run-1", "run-2"} {
			require.Equal(t, "canceled", members(t, steer(t, s, "DELETE", "/api/v1/runs/"+run, "").Body.String())["state"])
		}
		synctest.Wait()
		states := map[string]int{}
		all, _, err := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery})
		require.NoError(t, err)
		for _, e := range all {
			states[e.State]++
		}
		require.Equal(t, map[string]int{journal.StateScheduled: 1, journal.StateCanceled: len(all) - 1}, states, "the one in progress goes on")
		attempts := g.attempts()
		close(g.open)
		time.Sleep(time.Hour)
		synctest.Wait()
		require.LessOrEqual(t, g.attempts(), attempts+1)
		require.Zero(t, s.ongoing.Load())
		s.Close()
	})
}

// A session whose consumer doesn't respond fills its own share of the journal, and no more.
func TestRoom_OneSessionLeavesRoomForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated(fine)
		s := serverTo(t, g, func(o *Options) { o.JournalEntries = 20 })
		require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/s/busy/api/v1/runs", `{"scenario":"message-delivered","route":"netcore","count":1000}`).Code)
		synctest.Wait()
		emit := `{"event":"message.read","route":"netcore"}`
		require.Equal(t, http.StatusServiceUnavailable, steer(t, s, "POST", "/s/busy/api/v1/events", emit).Code)
		var sessions struct{ Data []sessionView }
		require.NoError(t, json.Unmarshal(steer(t, s, "GET", "/api/v1/sessions", "").Body.Bytes(), &sessions))
		require.Equal(t, []int{1, 15}, []int{sessions.Data[0].InProgress, sessions.Data[0].Backlog}, "%v", sessions)
		require.Equal(t, http.StatusAccepted, steer(t, s, "POST", "/s/quiet/api/v1/events", emit).Code)
		s.Close()
	})
}

// Runs that wait for room end when they are stopped, when their session is reset, and
// with the server.
func TestRoom_RunsThatWaitEnd(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, s *Server, g *gated){
		"canceled": func(t *testing.T, s *Server, g *gated) {
			require.Equal(t, "canceled", members(t, steer(t, s, "DELETE", "/api/v1/runs/run-2", "").Body.String())["state"])
			require.Equal(t, "canceled", members(t, steer(t, s, "DELETE", "/api/v1/runs/run-1", "").Body.String())["state"])
			close(g.open)
		},
		"reset": func(t *testing.T, s *Server, _ *gated) {
			require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/api/v1/reset", "").Code)
		},
		"shut down": func(_ *testing.T, s *Server, _ *gated) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := newGated(fine)
				s := serverTo(t, g, func(o *Options) { o.JournalEntries = 2 })
				for range 2 {
					require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/runs", `{"scenario":"message-delivered","route":"netcore","count":5}`).Code)
				}
				synctest.Wait()
				require.Equal(t, int64(2), s.ongoing.Load())
				end(t, s, g)
				time.Sleep(time.Minute) // what is under way has a grace
				synctest.Wait()
				require.Zero(t, s.ongoing.Load())
				one, leave := s.enter(defaultSession)
				leave()
				require.Zero(t, one.busy.Load())
				require.False(t, s.sessions[defaultSession].full())
				s.Close()
			})
		})
	}
}

// Runs in progress are never forgotten; where there are too many, calls are rejected.
func TestRoom_TooManyRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serverTo(t, newGated(fine), func(o *Options) { o.Speed = slowly })
		s.bounds.runs, s.bounds.ongoing = 2, 10
		for range 10 {
			require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
		}
		w := sends(t, s, "")
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "1", w.Header().Get("Retry-After"))
		require.Equal(t, http.StatusServiceUnavailable, steer(t, s, "POST", "/api/v1/runs", `{"scenario":"message-delivered","route":"netcore"}`).Code)
		for n := range 10 {
			require.Equal(t, "running", members(t, steer(t, s, "GET", fmt.Sprint("/api/v1/runs/run-", n+1), "").Body.String())["state"])
		}
		for n := range 10 {
			require.Equal(t, http.StatusOK, steer(t, s, "DELETE", fmt.Sprint("/api/v1/runs/run-", n+1), "").Code)
		}
		require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
		require.Len(t, (named{s, defaultSession}).Runs(), 3, "the newest two that are over, and the one in progress")
		for id, status := range map[string]int{"run-1": 410, "run-8": 410, "run-9": 200, "run-11": 200, "run-12": 404, "run-0": 404, "run-01": 404, "run-": 404, "x": 404} {
			for _, method := range []string{"GET", "DELETE"} {
				if method == "DELETE" && status == http.StatusOK {
					continue // to stop it makes it one of the newest that are over
				}
				w := steer(t, s, method, "/api/v1/runs/"+id, "")
				require.Equal(t, status, w.Code, "%s %s", id, w.Body)
				require.Equal(t, status == http.StatusGone, strings.Contains(w.Body.String(), "was evicted"), "%s", w.Body)
			}
		}
		require.Equal(t, http.StatusNotFound, steer(t, s, "GET", "/s/other/api/v1/runs/run-11", "").Code, "it is another session's")
		s.Close()
	})
}

// What was evicted is gone, and what was never there isn't found.
func TestJournal_EvictedIDsAreGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated(fine)
		close(g.open)
		s := serverTo(t, g, func(o *Options) { o.JournalEntries = 3 })
		event := func() string {
			w := steer(t, s, "POST", "/api/v1/events", `{"event":"message.read","route":"netcore"}`)
			require.Equal(t, http.StatusAccepted, w.Code, "%s", w.Body)
			synctest.Wait()
			return newest(t, s).Delivery.ID
		}
		var events []string
		for range 5 {
			events = append(events, event())
		}
		require.Equal(t, http.StatusAccepted, sends(t, s, "/s/x").Code)
		require.Equal(t, http.StatusOK, asked(t, sidesOf(t, s).provider, "POST", "/in/gupshup", "application/json", strings.NewReader("{}")).Code)
		synctest.Wait()
		for range 3 {
			events = append(events, event())
		}
		for path, status := range map[string]int{
			"deliveries/delivery-1": 410, "deliveries/delivery-2": 410, "deliveries/delivery-999": 404, "deliveries/call-1": 404, "deliveries/x": 404, "deliveries/delivery-0": 404,
			"calls/call-1": 410, "calls/call-2": 404, "inbox/received-1": 410, "inbox/received-2": 404,
			"events/" + events[0]: 410, "events/" + events[7]: 200, "events/00000000-0000-4000-8000-000000000000": 404,
			"wait?id=delivery-1": 410, "wait?kind=call&id=call-1": 410, "wait?id=" + events[0]: 410, "wait?id=" + events[7]: 200,
			"wait?kind=call&id=delivery-1&timeout=1ms": 408, "wait?id=delivery-999&timeout=1ms": 408,
		} {
			w := steer(t, s, "GET", "/api/v1/"+path, "")
			require.Equal(t, status, w.Code, "%s: %s", path, w.Body)
			require.Equal(t, status == http.StatusGone, strings.Contains(w.Body.String(), "was evicted; the journal holds at most 3 entries and 64 MiB"), "%s", w.Body)
		}
		require.Equal(t, http.StatusGone, steer(t, s, "POST", "/api/v1/deliveries/delivery-1/redeliver", "").Code)
		held := newest(t, s).ID
		require.Equal(t, http.StatusOK, steer(t, s, "GET", "/api/v1/deliveries/"+held, "").Code)
		require.Equal(t, http.StatusNotFound, steer(t, s, "GET", "/s/other/api/v1/deliveries/"+held, "").Code)
		s.Close()
	})
}

// While a delivery is retried, each attempt is seen as it ends, wherever one looks.
func TestJournal_ShowsTheAttemptsOfADeliveryThatIsRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated(func(attempt int) int { return map[bool]int{true: 503, false: 200}[attempt < 3] })
		s := serverTo(t, g, func(o *Options) { o.Speed = RealTime })
		states := []string{}
		ctx, stop := context.WithCancel(t.Context())
		followed := make(chan struct{})
		go func() {
			defer close(followed)
			for e := range s.journal.Follow(ctx, journal.Query{Kind: journal.KindDelivery}, 0) {
				states = append(states, fmt.Sprint(e.State, " ", e.Status, " ", len(e.Delivery.Attempts), " ", e.Text))
			}
		}()
		require.Equal(t, http.StatusAccepted, steer(t, s, "POST", "/api/v1/events", `{"event":"message.read","route":"mobtexting/whatsapp"}`).Code)
		synctest.Wait()
		close(g.open)
		one := func(path string) map[string]any {
			return members(t, steer(t, s, "GET", "/api/v1/"+path, "").Body.String())
		}
		for n := 1; n < 3; n++ {
			synctest.Wait()
			attempts := one("attempts")["data"].([]any)
			require.Len(t, attempts, n)
			require.InDelta(t, 503, attempts[0].(map[string]any)["status"], 0)
			got := one("deliveries/delivery-1")
			require.Equal(t, "retrying", got["state"])
			require.Len(t, got["delivery"].(map[string]any)["attempts"], n)
			waited := one("wait?state=retrying&timeout=0s")["data"].([]any)
			require.Len(t, waited, 1)
			require.Len(t, one("deliveries?state=retrying")["data"], 1)
			events := one("events")["data"].([]any)[0].(map[string]any)["deliveries"].([]any)[0].(map[string]any)
			require.Equal(t, []any{"retrying", float64(n)}, []any{events["state"], events["attempts"]})
			require.Equal(t, "running", one("runs/run-1")["state"])
			_, err := s.journal.Wait(t.Context(), journal.Query{Kind: journal.KindDelivery, After: uint64(got["seq"].(float64))}, 1)
			require.NoError(t, err, "the next attempt, whenever it comes")
		}
		synctest.Wait()
		require.Equal(t, http.StatusOK, steer(t, s, "GET", "/api/v1/wait?state=succeeded&timeout=60s", "").Code)
		require.Equal(t, "done", one("runs/run-1")["state"])
		stop()
		<-followed
		require.Equal(t, []string{"scheduled 0 0 ", "retrying 503 1 status 503; want 2xx", "retrying 503 2 status 503; want 2xx", "succeeded 200 3 "}, states)
		s.Close()
	})
}

func TestBounds_FollowTheJournal(t *testing.T) {
	t.Parallel()
	require.Equal(t, bounds{sessions: 1000, runs: 1000, messages: 10_000, ongoing: 100_000, sessionOngoing: 75_000, rules: 1000, ruleBytes: 4 << 20, subscriptions: 1000}, defaultBounds(0))
	require.Equal(t, bounds{sessions: 1000, runs: 512, messages: 2048, ongoing: 2048, sessionOngoing: 1536, rules: 1000, ruleBytes: 4 << 20, subscriptions: 1000}, defaultBounds(8<<20))
	require.Equal(t, bounds{sessions: 1000, runs: 1, messages: 1, ongoing: 1, sessionOngoing: 1, rules: 1000, ruleBytes: 4 << 20, subscriptions: 1000}, defaultBounds(1))
	require.Equal(t, defaultBounds(0), defaultBounds(1<<40))
}

// The speed of a run, or else of the server, compresses the waits between attempts too.
func TestRetry_WaitsAtTheSpeedOfTheRun(t *testing.T) {
	t.Parallel()
	// gap is how long a delivery of a run waits for its second attempt.
	gap := func(t *testing.T, server Speed, run string) (gap time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			g := newGated(func(attempt int) int { return map[bool]int{true: 503, false: 200}[attempt < 2] })
			s := serverTo(t, g, func(o *Options) { o.Speed = server })
			close(g.open)
			require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/runs", `{"scenario":"reply-text","route":"mobtexting/whatsapp","seed":7`+run+`}`).Code)
			found, err := s.journal.Wait(t.Context(), journal.Query{ID: "delivery-1", State: journal.StateSucceeded}, 1)
			require.NoError(t, err)
			attempts := found[0].Delivery.Attempts
			require.Len(t, attempts, 2)
			gap = attempts[1].At.Sub(attempts[0].At)
			s.Close()
		})
		return gap
	}
	unhurried := gap(t, RealTime, "")
	require.Greater(t, unhurried, time.Second)
	require.Equal(t, unhurried/10, gap(t, 10, ""))
	require.Equal(t, unhurried/20, gap(t, 10, `,"speed":"20x"`))
	require.Zero(t, gap(t, 10, `,"speed":"max"`))
}
