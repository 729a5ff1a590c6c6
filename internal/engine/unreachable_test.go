package engine_test

import (
	"context"
	"errors"
	"fmt"
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

// Hourly is a schedule of three attempts.
var hourly = contract.Schedule{Delays: []time.Duration{time.Hour, time.Hour}}

// ended collects the results of a run, and what it ended with.
func ended(ctx context.Context, c engine.Attempter, targets []engine.Target, jobs ...script.Job) (all []engine.Result, dead *engine.Unreachable, err error) {
	for r, failed := range engine.Play(ctx, jobsOf(jobs...), targets, c, engine.Speed{}) {
		if failed != nil {
			err = failed
			continue
		}
		all = append(all, r)
	}
	dead, _ = errors.AsType[*engine.Unreachable](err)
	return all, dead, err
}

// fails answers every attempt alike.
func fails(class webhook.Failure) *consumer {
	return &consumer{startedAt: time.Now(), response: func(int, delivery.Request) webhook.Attempt {
		return webhook.Attempt{Failure: class, Error: "send request: " + string(class), Timing: webhook.Timing{Dial: 1}}
	}}
}

// A URL that has not responded ends the run: at once where waiting changes nothing, and
// after the time in which it may start. What had a connection is an attempt like any other.
func TestPlay_EndsAtAURLThatHasNotResponded(t *testing.T) {
	t.Parallel()
	for class, c := range map[webhook.Failure]struct {
		dead     bool
		duration time.Duration
	}{
		webhook.FailureUnreachable: {true, engine.StartupTime},
		webhook.FailureDNS:         {true, engine.StartupTime},
		webhook.FailureTLS:         {true, 0},
		webhook.FailureDenied:      {true, 0},
		webhook.FailureTimeout:     {false, 2 * time.Hour},
		webhook.FailureReset:       {false, 2 * time.Hour},
		webhook.FailureProtocol:    {false, 2 * time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			startedAt := time.Now()
			results, dead, err := ended(t.Context(), fails(class), []engine.Target{{MustRespond: true, Schedule: hourly}}, job("a", 0))
			require.Equal(t, c.duration, time.Since(startedAt), class)
			require.Len(t, results, 1, class)
			if !c.dead {
				require.NoError(t, err, class)
				require.Len(t, results[0].Attempts, 3, class)
				return
			}
			require.NotNil(t, dead, class)
			require.Equal(t, class, dead.Attempt.Failure)
			require.Equal(t, "send request: "+string(class), dead.Error())
			require.Len(t, results[0].Attempts, 1, "%s: what was tried while it may have been starting is not counted", class)
		})
	}
}

// However many deliveries are under way, and whatever comes after, one shows it.
func TestPlay_EndsOnceForManyDeliveriesUnderWay(t *testing.T) {
	t.Parallel()
	for _, headOfLine := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var jobs []script.Job
			for i := range 50 {
				jobs = append(jobs, job(fmt.Sprint(i), time.Duration(i/20)*time.Hour))
			}
			startedAt := time.Now()
			results, dead, _ := ended(t.Context(), fails(webhook.FailureUnreachable), []engine.Target{{MustRespond: true, Schedule: hourly, Concurrency: 16, HeadOfLine: headOfLine}}, jobs...)
			require.NotNil(t, dead)
			require.Len(t, results, 1)
			require.Equal(t, engine.StartupTime, time.Since(startedAt))
		})
	}
}

// A consumer that starts late enough to miss the first attempts, and soon enough, gets all.
func TestPlay_WaitsForAConsumerThatStarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		startedAt := time.Now()
		c := &consumer{startedAt: startedAt, response: func(int, delivery.Request) webhook.Attempt {
			if time.Since(startedAt) < engine.StartupTime-500*time.Millisecond {
				return webhook.Attempt{Failure: webhook.FailureUnreachable, Error: "connection refused"}
			}
			return webhook.Attempt{Status: 200}
		}}
		results, _, err := ended(t.Context(), c, []engine.Target{{MustRespond: true, Schedule: hourly, Concurrency: 4}}, job("a", 0), job("b", 0), job("c", time.Minute))
		require.NoError(t, err)
		require.Len(t, results, 3)
		for _, r := range results {
			require.True(t, r.Accepted)
			require.Len(t, r.Attempts, 1)
		}
	})
}

// Once a URL has responded, whatever it said, the provider's retries are made.
func TestPlay_GoesOnAtAURLThatHasResponded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := fails(webhook.FailureUnreachable)
		rejects := c.response
		c.response = func(n int, r delivery.Request) webhook.Attempt {
			if n == 1 {
				return webhook.Attempt{Status: 503}
			}
			return rejects(n, r)
		}
		results, _, err := ended(t.Context(), c, []engine.Target{{MustRespond: true, Schedule: hourly}}, job("a", 0), job("b", time.Minute))
		require.NoError(t, err)
		require.Len(t, results, 2)
		for _, r := range results {
			require.Len(t, r.Attempts, 3)
		}
		require.Len(t, c.requests, 6, "each counts, also in the first seconds")
	})
}

// A target that need not respond is tried as its schedule says, without a pause.
func TestPlay_GoesOnAtATargetThatNeedNotRespond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := fails(webhook.FailureUnreachable)
		results, _, err := ended(t.Context(), c, []engine.Target{{Schedule: hourly}}, job("a", 0))
		require.NoError(t, err)
		require.Len(t, results[0].Attempts, 3)
		require.Equal(t, []time.Duration{0, time.Hour, 2 * time.Hour}, c.times)
	})
}

// A run to several targets ends when one of them is not there.
func TestPlay_EndsAtOneOfSeveralTargets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{startedAt: time.Now(), response: func(_ int, r delivery.Request) webhook.Attempt {
			if r.URL == "http://gone" {
				return webhook.Attempt{Failure: webhook.FailureUnreachable, Error: "connection refused"}
			}
			return webhook.Attempt{Status: 200}
		}}
		second, later := job("b", 0), job("c", time.Hour)
		second.Target = 1
		results, dead, _ := ended(t.Context(), c, []engine.Target{{URL: "http://there", MustRespond: true}, {URL: "http://gone", MustRespond: true}}, job("a", 0), second, later)
		require.NotNil(t, dead)
		require.Equal(t, 1, dead.Target)
		require.Len(t, results, 2)
	})
}

// An interrupt while the consumer may be starting is an interrupt.
func TestPlay_InterruptedWhileItWaitsForAConsumer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		startedAt := time.Now()
		ctx, interrupt := context.WithTimeout(t.Context(), time.Second)
		defer interrupt()
		_, _, err := ended(ctx, fails(webhook.FailureUnreachable), []engine.Target{{MustRespond: true, Schedule: hourly}}, job("a", 0))
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(startedAt))
	})
}
