package engine_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

func TestHistogram_Percentiles(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, spread := range []float64{1, 5, 20} {
		var h engine.Histogram
		var all []time.Duration
		for range 10_000 {
			d := time.Duration(math.Min(math.Exp(spread*random.Float64())*1000, 1e17))
			all = append(all, d)
			h.Add(d)
		}
		slices.Sort(all)
		for _, thousandths := range []int{1, 10, 500, 950, 990, 999, 1000} {
			want := all[(len(all)*thousandths+999)/1000-1]
			require.InEpsilon(t, float64(want), float64(h.Percentile(thousandths)), 0.02)
		}
		require.Equal(t, all[len(all)-1], h.Max())
		require.Equal(t, len(all), h.Count())
	}
}

func TestHistogram_EveryDuration(t *testing.T) {
	t.Parallel()
	var h engine.Histogram
	require.Zero(t, h.Percentile(500))
	require.Empty(t, h.Bars())
	for _, d := range []time.Duration{-1, 0, 1, 63, 64, 65, math.MaxInt64} {
		h.Add(d)
	}
	require.Equal(t, 7, h.Count())
	require.Zero(t, h.Percentile(1))
	require.EqualValues(t, 63, h.Percentile(500))
	require.InEpsilon(t, float64(math.MaxInt64), float64(h.Percentile(1000)), 0.02)
	counted := 0
	for _, bar := range h.Bars() {
		counted += bar.Count
	}
	require.Equal(t, 7, counted)
}

func TestHistogram_Bars(t *testing.T) {
	t.Parallel()
	var h engine.Histogram
	for _, d := range []time.Duration{3, 3, 4, 15, 40} {
		h.Add(d * time.Millisecond)
	}
	const ms = time.Millisecond
	require.Equal(t, []engine.Bar{{5 * ms, 3}, {10 * ms, 0}, {20 * ms, 1}, {50 * ms, 1}}, h.Bars())
}

func resultOf(accepted bool, statuses ...int) engine.Result {
	r := engine.Result{Accepted: accepted}
	for _, status := range statuses {
		a := webhook.Attempt{Status: status, Timing: webhook.Timing{Total: 10 * time.Millisecond}}
		if status == 0 {
			a.Failure = webhook.FailureTimeout
		}
		r.Attempts = append(r.Attempts, a)
	}
	return r
}

func TestStats_CountsDeliveriesAndAttempts(t *testing.T) {
	t.Parallel()
	tally := engine.NewStats([]engine.Target{{Schedule: contract.Schedule{TimeAllowed: 5 * time.Millisecond}}})
	tally.Add(resultOf(true, 200))
	tally.Add(resultOf(true, 503, 0, 204))
	altered := resultOf(false, 400)
	altered.Faults = []string{"duplicate 1 of 2", "missing-field /payload/id", "bom: no effect"}
	tally.Add(altered)
	tally.Add(engine.Result{Dropped: true, Delivery: webhook.Delivery{Faults: []string{"drop"}}})
	tally.Add(engine.Result{}) // made, and never sent
	late := resultOf(true, 200)
	late.Due = time.Unix(100, 0)
	late.Attempts[0].At = late.Due.Add(3 * time.Second)
	late.Cue = &scenarios.PlannedEvent{Expect: scenarios.Expect{Contract: true}}
	tally.Add(late)

	require.Equal(t, []int{4, 3, 1, 1, 1, 6, 1}, []int{tally.Sent, tally.Accepted, tally.Rejected, tally.Retried, tally.Lost, tally.Attempts, tally.UnmetExpectations})
	require.Equal(t, map[string]int{"2xx": 3, "4xx": 1, "5xx": 1, "timeout": 1}, tally.Responses)
	require.Equal(t, map[string]int{"duplicate": 1, "missing-field": 1, "drop": 1}, tally.Faults)
	require.Equal(t, 5, tally.Latency.Count(), "what was not answered has no latency")
	require.Equal(t, 3*time.Second, tally.Lateness.Max())
	require.Equal(t, 1, tally.Lateness.Count())
}

func TestExpectations_CheckLastResponse(t *testing.T) {
	t.Parallel()
	timeout := resultOf(false, 200, 0)
	timeout.Attempts[1].Error = "await answer: none came to its end within 10s"
	for _, c := range []struct {
		expect scenarios.Expect
		result engine.Result
		want   string
	}{
		{scenarios.Expect{}, resultOf(false, 500), ""},
		{scenarios.Expect{Status: []string{"2xx"}}, resultOf(true, 500, 200), ""},
		{scenarios.Expect{Status: []string{"2xx"}}, resultOf(false, 200, 500), "status 500; want 2xx"},
		{scenarios.Expect{Status: []string{"401", "403"}}, resultOf(false, 403), ""},
		{scenarios.Expect{Status: []string{"401", "403"}}, resultOf(true, 200), "status 200; want 401 or 403"},
		{scenarios.Expect{Within: 10 * time.Millisecond}, resultOf(false, 500), ""},
		{scenarios.Expect{Within: 9 * time.Millisecond}, resultOf(true, 200), "response took 10ms; want at most 9ms"},
		{scenarios.Expect{Contract: true}, resultOf(true, 200), "response took 10ms; want at most 5ms"},
		{scenarios.Expect{Within: time.Second}, timeout, "await answer: none came to its end within 10s"},
		{scenarios.Expect{Status: []string{"2xx"}}, engine.Result{Dropped: true}, ""},
	} {
		c.result.Cue = &scenarios.PlannedEvent{Expect: c.expect}
		require.Equal(t, c.want, c.result.UnmetExpectations(5*time.Millisecond))
	}
	unplanned := resultOf(false, 500)
	require.Empty(t, unplanned.UnmetExpectations(time.Nanosecond))
}
