package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// Ends are how the deliveries of an Sender ended, by their id.
type ends struct {
	mu   sync.Mutex
	all  map[string]engine.Result
	errs map[string]error
}

func (e *ends) onResult(r engine.Result, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all[r.ID], e.errs[r.ID] = r, err
}

func open(t *testing.T, c engine.Attempter, target engine.Target) (*engine.Sender, *ends) {
	t.Helper()
	e := &ends{all: map[string]engine.Result{}, errs: map[string]error{}}
	return engine.Open(t.Context(), target, c, e.onResult), e
}

func TestSender_KeepsOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{}
		o, e := open(t, c, engine.Target{})
		for i := range 100 {
			require.True(t, o.Put(engine.Speed{}, job(fmt.Sprint(i), time.Hour)))
		}
		synctest.Wait()
		for i, r := range c.requests {
			require.Equal(t, fmt.Sprint(i), string(r.Body))
		}
		require.Len(t, e.all, 100)
		o.Close()
		require.False(t, o.Put(engine.Speed{}, job("late", 0)))
	})
}

func TestSender_Backlog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(chan struct{})
		c := &consumer{response: func(int, delivery.Request) webhook.Attempt {
			<-free
			return webhook.Attempt{Status: http.StatusOK}
		}}
		o, _ := open(t, c, engine.Target{})
		const backlog = 10_000
		for i := range backlog {
			o.Put(engine.Speed{}, job(fmt.Sprint(i), 0))
		}
		synctest.Wait()
		require.Len(t, c.requests, 1)
		close(free)
		synctest.Wait()
		for i := range 10 {
			o.Put(engine.Speed{}, job(fmt.Sprint(backlog+i), 0))
		}
		synctest.Wait()
		require.Len(t, c.requests, backlog+10)
		for i, r := range c.requests {
			require.Equal(t, fmt.Sprint(i), string(r.Body))
		}
		o.Close()
	})
}

// hanging answers no attempt, and counts those that are under way.
type hanging struct {
	mu       sync.Mutex
	underWay int
}

func (h *hanging) Attempt(ctx context.Context, _ delivery.Request) webhook.Attempt {
	h.add(1)
	defer h.add(-1)
	<-ctx.Done()
	return webhook.Attempt{At: time.Now(), Failure: webhook.FailureCanceled}
}

func (h *hanging) add(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.underWay += n
}

func TestSender_BoundsAttempts(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(*engine.Sender, script.Job){
		"all at once":       func(o *engine.Sender, j script.Job) { o.Put(engine.Speed{}, j) },
		"one after another": func(o *engine.Sender, j script.Job) { o.Put(engine.Speed{}, j); synctest.Wait() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := &hanging{}
				o, e := open(t, h, engine.Target{Concurrency: 100})
				for i := range 150 {
					put(o, job(fmt.Sprint(i), 0))
				}
				synctest.Wait()
				require.Equal(t, 100, h.underWay)
				startedAt := time.Now()
				o.Close()
				require.Equal(t, 2*time.Second, time.Since(startedAt), "they get a grace")
				require.Zero(t, h.underWay)
				require.Len(t, e.all, 100, "what was not begun is not given")
			})
		})
	}
}

func TestSender_InternalErrorEndsOneDelivery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		o, e := open(t, &consumer{}, engine.Target{})
		o.Put(engine.Speed{}, script.Job{ID: "a", Prepare: func() (script.Prepared, error) { return script.Prepared{}, broken }})
		o.Put(engine.Speed{}, job("b", 0))
		synctest.Wait()
		require.Equal(t, map[string]error{"a": broken, "b": nil}, e.errs)
		require.True(t, e.all["b"].Accepted)
		o.Close()
	})
}

func TestSender_RetriesUntilClosed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{response: func(n int, _ delivery.Request) webhook.Attempt {
			return webhook.Attempt{Status: http.StatusServiceUnavailable}
		}}
		o, e := open(t, c, engine.Target{Schedule: contract.Schedule{Delays: []time.Duration{time.Minute}, Attempts: 3}})
		o.Put(engine.Speed{}, job("a", 0))
		time.Sleep(61 * time.Second)
		synctest.Wait()
		require.Len(t, c.requests, 2)
		o.Close()
		require.Len(t, e.all["a"].Attempts, 2)
		require.Len(t, c.requests, 2)
	})
}

func TestOutlet_TellsOfEachAttemptThatIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	for name, headOfLine := range map[string]bool{"beside others": false, "before others": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &consumer{response: func(n int, _ delivery.Request) webhook.Attempt {
					return webhook.Attempt{At: time.Now(), Status: 500 + n}
				}}
				e := &ends{all: map[string]engine.Result{}, errs: map[string]error{}}
				startedAt := time.Now()
				var mu sync.Mutex
				var seen []string
				target := engine.Target{HeadOfLine: headOfLine, Schedule: contract.Schedule{Delays: []time.Duration{time.Minute}, Attempts: 3}}
				o := engine.Open(t.Context(), target, c, e.onResult, func(r engine.Result) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, fmt.Sprintf("%s %s %d %s", time.Since(startedAt), r.ID, len(r.Attempts), r.Failure))
				})
				o.Put(engine.Speed{}, job("a", 0))
				synctest.Wait()
				mu.Lock()
				require.Len(t, seen, 1, "at once, and not when the next attempt begins")
				mu.Unlock()
				time.Sleep(time.Hour)
				o.Close()
				require.Equal(t, []string{"0s a 1 status 501; want 2xx", "1m0s a 2 status 502; want 2xx"}, seen)
				require.Len(t, e.all["a"].Attempts, 3, "the last one is given")
			})
		})
	}
}

func TestSender_ReleasesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hanging{}
		o, _ := open(t, h, engine.Target{Concurrency: 1})
		o.Put(engine.Speed{}, job("a", 0), job("b", 0), job("c", 0))
		synctest.Wait()
		require.Equal(t, 3, h.underWay)
		o.Close()
	})
}
