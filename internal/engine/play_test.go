package engine_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
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

// A consumer answers in the process, with a status for each attempt, and
// remembers what it was sent and when.
type consumer struct {
	response  func(n int, r delivery.Request) webhook.Attempt
	startedAt time.Time

	mu       sync.Mutex
	requests []delivery.Request
	times    []time.Duration
}

func (c *consumer) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	at := time.Now()
	c.mu.Lock()
	c.requests = append(c.requests, r)
	c.times = append(c.times, at.Sub(c.startedAt))
	n := len(c.requests)
	c.mu.Unlock()
	a := webhook.Attempt{At: at, Status: 200, RequestHeaders: r.Header}
	if c.response != nil {
		a = c.response(n, r)
		a.At = at
	}
	a.Timing.Total = time.Since(at)
	if ctx.Err() != nil {
		a.Failure, a.Error = webhook.FailureCanceled, "canceled"
	}
	return a
}

func job(id string, due time.Duration) script.Job {
	return script.Job{ID: id, Due: due, Prepare: func() (script.Prepared, error) {
		return script.Prepared{Event: webhook.Event{Body: []byte(id)}}, nil
	}}
}

func jobsOf(jobs ...script.Job) iter.Seq2[script.Job, error] {
	return func(yield func(script.Job, error) bool) {
		for _, j := range jobs {
			if !yield(j, nil) {
				return
			}
		}
	}
}

func collect(t *testing.T, results iter.Seq2[engine.Result, error]) []engine.Result {
	t.Helper()
	var all []engine.Result
	for r, err := range results {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

func pace(t *testing.T, text string) engine.Speed {
	t.Helper()
	p, err := engine.ParseSpeed(text)
	require.NoError(t, err)
	return p
}

func TestPlay_SendsOnTimeDespiteSlowResponses(t *testing.T) {
	t.Parallel()
	for speed, want := range map[string][]time.Duration{
		"1x":   {0, time.Second, 90 * time.Minute},
		"60x":  {0, time.Second / 60, 90 * time.Second},
		"0.5x": {0, 2 * time.Second, 3 * time.Hour},
	} {
		t.Run(speed, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &consumer{startedAt: time.Now(), response: func(int, delivery.Request) webhook.Attempt {
					time.Sleep(time.Hour)
					return webhook.Attempt{Status: 200}
				}}
				jobs := jobsOf(job("a", 0), job("b", time.Second), job("c", 90*time.Minute))
				results := collect(t, engine.Play(t.Context(), jobs, []engine.Target{{Concurrency: 3}}, c, pace(t, speed)))
				require.Equal(t, want, c.times)
				require.Len(t, results, 3)
				for _, r := range results {
					require.True(t, r.Accepted)
					require.Equal(t, r.Due, r.Attempts[0].At)
				}
			})
		})
	}
}

func TestPlay_RetriesByScheduleAndSpeed(t *testing.T) {
	t.Parallel()
	schedule := contract.Schedule{Attempts: 3, Delays: []time.Duration{10 * time.Second, 24 * time.Hour}}
	for speed, want := range map[string][]time.Duration{
		"1x":  {0, 10 * time.Second, 24*time.Hour + 10*time.Second},
		"10x": {0, time.Second, 2*time.Hour + 24*time.Minute + time.Second},
		"max": {0, 0, 0},
	} {
		t.Run(speed, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &consumer{startedAt: time.Now(), response: func(int, delivery.Request) webhook.Attempt { return webhook.Attempt{Status: 503} }}
				results := collect(t, engine.Play(t.Context(), jobsOf(job("a", 0)), []engine.Target{{Schedule: schedule}}, c, pace(t, speed)))
				require.Equal(t, want, c.times)
				require.Len(t, results, 1)
				require.False(t, results[0].Accepted)
				require.Equal(t, "status 503; want 2xx", results[0].Failure)
				require.Len(t, results[0].Attempts, 3)
			})
		})
	}
}

// Many deliveries wait for their next attempt, more than there are workers,
// and jobs that come later are sent meanwhile.
func TestPlay_RetryDoesNotBlockOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now(), response: func(n int, _ delivery.Request) webhook.Attempt {
			if n <= 100 {
				return webhook.Attempt{Status: 500}
			}
			return webhook.Attempt{Status: 200}
		}}
		var jobs []script.Job
		for i := range 101 {
			jobs = append(jobs, job(fmt.Sprint(i), time.Duration(i)*time.Millisecond))
		}
		target := engine.Target{Concurrency: 2, Schedule: contract.Schedule{Delays: []time.Duration{time.Hour}}}
		results := collect(t, engine.Play(t.Context(), jobsOf(jobs...), []engine.Target{target}, c, engine.Speed{}))
		require.Len(t, results, 101)
		require.Equal(t, "100", results[0].ID, "the one without a retry ends first")
		require.Equal(t, 100*time.Millisecond, c.times[100])
		for _, r := range results {
			require.True(t, r.Accepted)
		}
	})
}

func TestPlay_SlowEndpointDoesNotBlockOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now(), response: func(_ int, r delivery.Request) webhook.Attempt {
			if r.URL == "slow" {
				time.Sleep(time.Hour)
			}
			return webhook.Attempt{Status: 200}
		}}
		var jobs []script.Job
		for i := range 10 {
			slow, fast := job("slow", time.Duration(i)), job("fast", time.Duration(i))
			fast.Target = 1
			jobs = append(jobs, slow, fast)
		}
		var order []string
		for r, err := range engine.Play(t.Context(), jobsOf(jobs...), []engine.Target{{URL: "slow"}, {URL: "fast"}}, c, engine.Immediate()) {
			require.NoError(t, err)
			order = append(order, r.ID)
		}
		require.Equal(t, slices.Repeat([]string{"fast"}, 10), order[:10])
		require.Equal(t, 10*time.Hour, time.Since(c.startedAt), "the slow one gets one after the other")
	})
}

func TestPlay_BoundsConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var open, maxCount atomic.Int32
		c := &consumer{response: func(int, delivery.Request) webhook.Attempt {
			now := open.Add(1)
			for seen := maxCount.Load(); now > seen && !maxCount.CompareAndSwap(seen, now); seen = maxCount.Load() {
			}
			time.Sleep(time.Second)
			open.Add(-1)
			return webhook.Attempt{Status: 200}
		}}
		var jobs []script.Job
		for i := range 50 {
			jobs = append(jobs, job(fmt.Sprint(i), 0))
		}
		require.Len(t, collect(t, engine.Play(t.Context(), jobsOf(jobs...), []engine.Target{{Concurrency: 7}}, c, engine.Immediate())), 50)
		require.EqualValues(t, 7, maxCount.Load())
	})
}

// All Events of one release are made before the first of them is sent.
func TestPlay_ReleasesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now()}
		var jobs []script.Job
		for i := range 5 {
			j := job(fmt.Sprint(i), 0)
			j.Release = 1
			j.Prepare = func() (script.Prepared, error) {
				time.Sleep(time.Duration(i) * time.Second)
				return script.Prepared{}, nil
			}
			jobs = append(jobs, j)
		}
		jobs = append(jobs, job("after", time.Minute))
		require.Len(t, collect(t, engine.Play(t.Context(), jobsOf(jobs...), []engine.Target{{}}, c, engine.Speed{})), 6)
		const s = time.Second
		require.Equal(t, []time.Duration{10 * s, 10 * s, 10 * s, 10 * s, 10 * s, 60 * s}, c.times)
	})
}

func TestPlay_SignsEachAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now(), response: func(int, delivery.Request) webhook.Attempt { return webhook.Attempt{Status: 500} }}
		startedAt := time.Now()
		target := engine.Target{
			URL: "http://127.0.0.1/", Method: "POST", Schedule: contract.Schedule{Delays: []time.Duration{time.Minute}},
			Sign: func(s engine.Signing) ([]webhook.Header, error) {
				return []webhook.Header{{Name: "Signature", Value: fmt.Sprint(s.ID, s.At.Sub(startedAt), string(s.Body), s.Spoil)}}, nil
			},
		}
		j := job("a", 0)
		j.Prepare = func() (script.Prepared, error) {
			return script.Prepared{Event: webhook.Event{Headers: []webhook.Header{{Name: "A", Value: "b"}}, Body: []byte("{}")}, SignatureFault: "stale"}, nil
		}
		results := collect(t, engine.Play(t.Context(), jobsOf(j), []engine.Target{target}, c, engine.Speed{}))
		require.Equal(t, []webhook.Header{{Name: "A", Value: "b"}, {Name: "Signature", Value: "a0s{}stale"}}, c.requests[0].Header)
		require.Equal(t, []webhook.Header{{Name: "A", Value: "b"}, {Name: "Signature", Value: "a1m0s{}stale"}}, c.requests[1].Header)
		require.Equal(t, []webhook.Header{{Name: "A", Value: "b"}}, results[0].Event.Headers, "the Event stays as it is")
	})
}

func TestPlay_StopsBeforeUnstarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := &consumer{response: func(n int, r delivery.Request) webhook.Attempt {
			if string(r.Body) == "retried" {
				return webhook.Attempt{Status: 500}
			}
			time.Sleep(time.Second) // under way when the run is stopped, and within its grace
			return webhook.Attempt{Status: 200}
		}}
		time.AfterFunc(1500*time.Millisecond, cancel)
		jobs := jobsOf(job("retried", 0), job("under way", time.Second), job("never", time.Hour))
		target := engine.Target{Concurrency: 2, Schedule: contract.Schedule{Delays: []time.Duration{time.Hour}}}
		startedAt := time.Now()
		results := map[string]engine.Result{}
		for _, r := range collect(t, engine.Play(ctx, jobs, []engine.Target{target}, c, engine.Speed{})) {
			results[r.ID] = r
		}
		require.Len(t, results, 2)
		require.True(t, results["under way"].Accepted)
		require.False(t, results["retried"].Accepted)
		require.Len(t, results["retried"].Attempts, 1, "no further attempt begins")
		require.Equal(t, 2*time.Second, time.Since(startedAt))
	})
}

func TestPlay_BreakStopsRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		endless := func(yield func(script.Job, error) bool) {
			for i := 0; yield(job(fmt.Sprint(i), 0), nil); i++ {
			}
		}
		for range engine.Play(t.Context(), endless, []engine.Target{{Concurrency: 4}}, &consumer{}, engine.Immediate()) {
			break
		}
	})
}

func TestPlay_InternalErrorEndsRun(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	failing := map[string]iter.Seq2[script.Job, error]{
		"job": func(yield func(script.Job, error) bool) {
			_ = yield(job("a", 0), nil) && yield(script.Job{}, broken)
		},
		"make": jobsOf(job("a", 0), script.Job{Prepare: func() (script.Prepared, error) { return script.Prepared{}, broken }}),
	}
	for name, jobs := range failing {
		var seen error
		for _, err := range engine.Play(t.Context(), jobs, []engine.Target{{}}, &consumer{}, engine.Immediate()) {
			seen = errors.Join(seen, err)
		}
		require.ErrorIs(t, seen, broken, name)
		seen = nil
		for _, err := range engine.Virtual(t.Context(), jobs, time.Time{}) {
			seen = errors.Join(seen, err)
		}
		require.ErrorIs(t, seen, broken, name)
	}
	unsigned := engine.Target{Sign: func(engine.Signing) ([]webhook.Header, error) { return nil, broken }}
	var seen error
	for _, err := range engine.Play(t.Context(), jobsOf(job("a", 0)), []engine.Target{unsigned}, &consumer{}, engine.Immediate()) {
		seen = errors.Join(seen, err)
	}
	require.ErrorIs(t, seen, broken)
}

func TestVirtual_UsesPlanTimes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		startedAt, start := time.Now(), time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
		results := collect(t, engine.Virtual(t.Context(), jobsOf(job("a", 0), job("b", 7*24*time.Hour)), start))
		require.Equal(t, []time.Time{start, start.AddDate(0, 0, 7)}, []time.Time{results[0].Event.At, results[1].Event.At})
		require.Empty(t, results[1].Attempts)
		require.Zero(t, time.Since(startedAt))
	})
}

func TestSpeed_ParseAndString(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1x", "60x", "0.5x", "max", "1000000x"} {
		require.Equal(t, text, pace(t, text).String())
	}
	require.Equal(t, "1x", engine.Speed{}.String())
	for _, text := range []string{"", "fast", "0x", "-1x", "1", "NaNx", "1e99x", "0.0001x"} {
		_, err := engine.ParseSpeed(text)
		require.ErrorContains(t, err, "want 1x, 60x, 0.5x or max", text)
	}
}
