package engine_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A schedule's limit is about the plan's time: a day that the pace makes a
// second of counts as a day.
func TestQueue_AttemptLimitInPlanTime(t *testing.T) {
	t.Parallel()
	schedule := contract.Schedule{Delays: []time.Duration{time.Hour}, Limit: 36 * time.Hour}
	for _, speed := range []string{"1x", "60x", "100000x", "max"} {
		synctest.Test(t, func(t *testing.T) {
			c := &consumer{startedAt: time.Now(), response: func(int, delivery.Request) webhook.Attempt { return webhook.Attempt{Status: 500} }}
			results := collect(t, engine.Play(t.Context(), jobsOf(job("a", 0)), []engine.Target{{Schedule: schedule}}, c, pace(t, speed)))
			require.Len(t, results[0].Attempts, 37, speed)
		})
	}
}

func TestQueue_HeadOfLineBlocks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now(), response: func(n int, _ delivery.Request) webhook.Attempt {
			if n == 1 {
				return webhook.Attempt{Status: 500}
			}
			return webhook.Attempt{Status: 200}
		}}
		target := engine.Target{HeadOfLine: true, Concurrency: 8, Schedule: contract.Schedule{Delays: []time.Duration{time.Minute}}}
		results := collect(t, engine.Play(t.Context(), jobsOf(job("a", 0), job("b", time.Second)), []engine.Target{target}, c, engine.Speed{}))
		require.Equal(t, []time.Duration{0, time.Minute, time.Minute}, c.times)
		require.Equal(t, "a", results[0].ID)
	})
}

func TestQueue_DroppedIsNotPrepared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lost := script.Job{ID: "lost", Due: time.Hour, Dropped: true, Cue: &scenarios.PlannedEvent{Notes: []string{"drop"}}}
		c := &consumer{startedAt: time.Now()}
		startedAt := time.Now()
		results := collect(t, engine.Play(t.Context(), jobsOf(job("a", 0), lost), []engine.Target{{}}, c, engine.Speed{}))
		require.Len(t, c.requests, 1)
		require.True(t, results[1].Dropped)
		require.Equal(t, []string{"drop"}, results[1].Faults)
		require.Equal(t, time.Hour, time.Since(startedAt))
		results = collect(t, engine.Virtual(t.Context(), jobsOf(lost), startedAt))
		require.True(t, results[0].Dropped)
		require.Equal(t, startedAt.Add(time.Hour), results[0].Due)
	})
}

// A copy that is lost takes none of its siblings with it.
func TestQueue_DropsWithinRelease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var jobs []script.Job
		for i := range 4 {
			j := job(fmt.Sprint(i), 0)
			j.Release, j.Dropped = 1, i%2 == 0
			jobs = append(jobs, j)
		}
		c := &consumer{}
		results := collect(t, engine.Play(t.Context(), jobsOf(jobs...), []engine.Target{{}}, c, engine.Speed{}))
		require.Len(t, results, 4)
		require.Len(t, c.requests, 2)
		for _, r := range results {
			require.Equal(t, r.Dropped, r.ID == "0" || r.ID == "2")
		}
	})
}

// The order of the jobs is that of the sendings, however long some take to make.
func TestQueue_PreparesConcurrentlySendsInOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now(), response: func(int, delivery.Request) webhook.Attempt {
			time.Sleep(time.Second)
			return webhook.Attempt{Status: 200}
		}}
		var jobs []script.Job
		var want []string
		for i := range 100 {
			j := job(fmt.Sprint(i), 0)
			event := j.Prepare
			j.Prepare = func() (script.Prepared, error) {
				time.Sleep(time.Duration(i*7919%13) * time.Millisecond)
				return event()
			}
			jobs, want = append(jobs, j), append(want, j.ID)
		}
		collect(t, engine.Play(t.Context(), jobsOf(jobs...), []engine.Target{{}}, c, engine.Immediate()))
		var got []string
		for _, r := range c.requests {
			got = append(got, string(r.Body))
		}
		require.Equal(t, want, got)
	})
}

// A loop whose body panics, or ends its goroutine as a failed test does, leaves
// nothing running.
func TestPlay_PanicStopsRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		endless := func(yield func(script.Job, error) bool) {
			for i := 0; yield(job(fmt.Sprint(i), 0), nil); i++ {
			}
		}
		require.Panics(t, func() {
			for range engine.Play(t.Context(), endless, []engine.Target{{Concurrency: 4}}, &consumer{}, engine.Immediate()) {
				panic("of the loop")
			}
		})
	})
}

// What is signed wrong needs a signature: to send it right would be a lie.
func TestQueue_SignatureFaultNeedsSignature(t *testing.T) {
	t.Parallel()
	altered := script.Job{Prepare: func() (script.Prepared, error) { return script.Prepared{SignatureFault: "stale"}, nil }}
	for _, err := range engine.Play(t.Context(), jobsOf(altered), []engine.Target{{URL: "http://127.0.0.1/"}}, &consumer{}, engine.Immediate()) {
		require.EqualError(t, err, "inject signature fault stale: the endpoint has no signature")
	}
}
