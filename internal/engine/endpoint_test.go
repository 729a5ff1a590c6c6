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

// Ends are how the deliveries of an endpoint ended, by their id.
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

func open(t *testing.T, c engine.Attempter, target engine.Target) (*engine.Endpoint, *ends) {
	t.Helper()
	e := &ends{all: map[string]engine.Result{}, errs: map[string]error{}}
	return engine.Open(t.Context(), target, c, engine.Watcher{Ended: e.onResult}), e
}

func TestEndpoint_KeepsOrder(t *testing.T) {
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

func TestEndpoint_Backlog(t *testing.T) {
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

func TestEndpoint_BoundsAttempts(t *testing.T) {
	t.Parallel()
	for name, put := range map[string]func(*engine.Endpoint, script.Job){
		"all at once":       func(o *engine.Endpoint, j script.Job) { o.Put(engine.Speed{}, j) },
		"one after another": func(o *engine.Endpoint, j script.Job) { o.Put(engine.Speed{}, j); synctest.Wait() },
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
				canceled := 0
				for id, err := range e.errs {
					if err != nil {
						require.ErrorIs(t, err, engine.ErrCanceled)
						require.Empty(t, e.all[id].Attempts)
						canceled++
					}
				}
				require.True(t, len(e.all) == 150 && canceled == 50, "each has ended: %d, canceled: %d", len(e.all), canceled)
			})
		})
	}
}

func TestEndpoint_InternalErrorEndsOneDelivery(t *testing.T) {
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

func TestEndpoint_RetriesUntilClosed(t *testing.T) {
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

func TestEndpoint_ReportsEachAttemptBeforeARetry(t *testing.T) {
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
				o := engine.Open(t.Context(), target, c, engine.Watcher{Ended: e.onResult, Retrying: func(r engine.Result) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, fmt.Sprintf("%s %s %d %s", time.Since(startedAt), r.ID, len(r.Attempts), r.Failure))
				}})
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

func TestEndpoint_ReleasesTogether(t *testing.T) {
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

// Whoever waits for the end of a delivery gets it, also of one that was never attempted.
func TestEndpoint_CloseEndsDeliveries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &hanging{}
		o, e := open(t, h, engine.Target{})
		ref := &struct{}{}
		for _, id := range []string{"in progress", "waits", "waits too"} {
			j := job(id, 0)
			j.Ref = ref
			o.Put(engine.Speed{}, j)
		}
		synctest.Wait()
		o.Close()
		require.Len(t, e.all, 3)
		require.Len(t, e.all["in progress"].Attempts, 1)
		require.NoError(t, e.errs["in progress"])
		for _, id := range []string{"waits", "waits too"} {
			require.Empty(t, e.all[id].Attempts)
			require.ErrorIs(t, e.errs[id], engine.ErrCanceled)
			require.Same(t, ref, e.all[id].Ref)
		}
	})
}

func TestEndpoint_ContinuesAfterSignatureError(t *testing.T) {
	t.Parallel()
	broken := errors.New("sign: there is no key")
	for want, target := range map[string]engine.Target{
		"inject signature fault wrong-key: the endpoint has no signature": {},
		broken.Error(): {Sign: func(s engine.Signing) ([]webhook.Header, error) {
			if s.Spoil != "" {
				return nil, broken
			}
			return nil, nil
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			o, e := open(t, &consumer{}, target)
			o.Put(engine.Speed{}, script.Job{ID: "faulty", Prepare: func() (script.Prepared, error) { return script.Prepared{SignatureFault: "wrong-key"}, nil }})
			o.Put(engine.Speed{}, job("plain", 0))
			synctest.Wait()
			require.EqualError(t, e.errs["faulty"], want)
			require.Empty(t, e.all["faulty"].Attempts)
			require.True(t, e.all["plain"].Accepted)
			o.Close()
		})
	}
}

// A caller that waits for room is resumed when half of it is free, or the endpoint is closed.
func TestEndpoint_HasRoomAgain(t *testing.T) {
	t.Parallel()
	const many = 1 << 10
	for name, end := range map[string]func(*engine.Endpoint, chan struct{}){
		"the consumer responds":  func(_ *engine.Endpoint, free chan struct{}) { close(free) },
		"the endpoint is closed": func(o *engine.Endpoint, free chan struct{}) { go o.Close(); synctest.Wait(); close(free) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				free := make(chan struct{})
				c := &consumer{response: func(int, delivery.Request) webhook.Attempt {
					<-free
					return webhook.Attempt{Status: http.StatusOK}
				}}
				o, e := open(t, c, engine.Target{})
				require.False(t, o.Room.Wait(func() { t.Error("there is room") }))
				for i := range many {
					o.Put(engine.Speed{}, job(fmt.Sprint(i), 0))
				}
				resumed := 0
				require.True(t, o.Room.Wait(func() { resumed++ }))
				synctest.Wait()
				require.Zero(t, resumed, "none has ended")
				end(o, free)
				synctest.Wait()
				require.Equal(t, 1, resumed)
				require.False(t, o.Room.Wait(func() { t.Error("there is room again") }))
				o.Close()
				require.Len(t, e.all, many)
			})
		})
	}
}

// A delivery that has attempts of an earlier run goes on where it was.
func TestEndpoint_ContinuesADelivery(t *testing.T) {
	t.Parallel()
	for _, headOfLine := range []bool{false, true} {
		for _, c := range []struct {
			made int           // attempts of the earlier run, of which the last ended a minute ago
			want time.Duration // until the next one
			more int
		}{
			{made: 1, want: 9 * time.Minute, more: 2},
			{made: 2, want: 59 * time.Minute, more: 1},
			{made: 3},
		} {
			synctest.Test(t, func(t *testing.T) {
				startedAt := time.Now()
				consumer := &consumer{startedAt: startedAt, response: func(int, delivery.Request) webhook.Attempt { return webhook.Attempt{Status: 500} }}
				o, e := open(t, consumer, engine.Target{HeadOfLine: headOfLine, Schedule: contract.Schedule{Delays: []time.Duration{10 * time.Minute, time.Hour}}})
				j := job("a", 0)
				for range c.made {
					j.Attempts = append(j.Attempts, webhook.Attempt{At: startedAt.Add(-time.Minute), Status: 503})
				}
				o.Put(engine.Speed{}, j)
				o.Drain()
				require.Len(t, consumer.times, c.more)
				if c.more > 0 {
					require.Equal(t, c.want, consumer.times[0])
				}
				require.Len(t, e.all["a"].Attempts, 3)
				require.Equal(t, 503, e.all["a"].Attempts[0].Status)
			})
		}
	}
}

// A slow response delays what follows for the end user, also across runs, and nothing else.
func TestEndpoint_SlowResponseDelaysTheEventsThatFollow(t *testing.T) {
	t.Parallel()
	for waits, want := range map[bool]map[string]time.Duration{
		false: {"a1": 0, "a2": 0, "b1": 0, "none": 0, "none too": 0},
		true:  {"a1": 0, "a2": 9 * time.Second, "b1": 0, "none": 0, "none too": 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			startedAt := time.Now()
			c := &consumer{startedAt: startedAt, response: func(int, delivery.Request) webhook.Attempt {
				time.Sleep(9 * time.Second)
				return webhook.Attempt{Status: 500}
			}}
			o, _ := open(t, c, engine.Target{Concurrency: 8, WaitsForResponse: waits})
			for id, user := range map[string]int{"a1": 1, "b1": 2, "none": 0, "none too": 0} {
				j := job(id, 0)
				j.EndUser = user
				o.Put(engine.Speed{}, j)
			}
			j := job("a2", 0)
			j.EndUser = 1
			o.Put(engine.Speed{}, j)
			o.Drain()
			got := map[string]time.Duration{}
			for i, r := range c.requests {
				got[string(r.Body)] = c.times[i]
			}
			require.Equal(t, want, got)
		})
	}
}

func TestTargetOf_SlowAck(t *testing.T) {
	t.Parallel()
	for route, want := range map[string]bool{"gupshup/v2": true, "netcore": false, "tata-omni": false} {
		target, err := engine.TargetOf(stageOf(t, route).route, engine.TargetOptions{URL: "http://127.0.0.1/"})
		require.NoError(t, err)
		require.Equal(t, want, target.WaitsForResponse, route)
	}
}
