package engine_test

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

// cpu is the time that this process has spent on processors.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// scriptOf plans a shipped scenario, without validation.
func scriptOf(tb testing.TB, scenario string, o scenarios.Options) script.Script {
	tb.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(tb, err)
	library, err := shipped.Library()
	require.NoError(tb, err)
	s, err := library.Scenario(scenario)
	require.NoError(tb, err)
	route, err := catalog.Route("gupshup/v2")
	require.NoError(tb, err)
	plan, err := s.Plan(script.RouteOf(route), o)
	require.NoError(tb, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(tb, err)
	return script.Script{Catalog: catalog, Generator: g, Route: route, Plan: plan, Start: time.Now()}
}

// atOnce is how many requests are under way in both parts of the comparison.
const atOnce = 16

// BenchmarkSenderCPU compares what a delivery costs the sender's processors
// with a bare loop of net/http that posts one body, in turns, to a consumer in
// another process. The garbage collector is set for both as the command sets
// it. The ratio is of one run; the rest is of this machine.
func BenchmarkSenderCPU(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	const scenario, conversations = "campaign", 1000
	to := testconsumer.Start(b, 0).URL + "/hook"
	s := scriptOf(b, scenario, scenarios.Options{Seed: 1, Conversations: conversations})
	target, err := engine.TargetOf(s.Route, engine.TargetOptions{URL: to, Concurrency: atOnce})
	require.NoError(b, err)
	client, err := delivery.New(delivery.Config{})
	require.NoError(b, err)
	defer client.Close()
	bare := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, DisableCompression: true}}
	defer bare.CloseIdleConnections()

	deliveries, size := 0, 0
	for r, err := range engine.Virtual(b.Context(), s.Jobs(), s.Start) {
		require.NoError(b, err)
		deliveries, size = deliveries+1, size+len(r.Event.Body)
	}
	body := bytes.Repeat([]byte("a"), size/deliveries)
	var ours, theirs time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		before := cpu(b)
		post(b, bare, to, body, deliveries)
		between := cpu(b)
		for r, err := range engine.Play(b.Context(), s.Jobs(), []engine.Target{target}, client, engine.Immediate()) {
			if err != nil || !r.Accepted {
				b.Fatal(r.Failure, err)
			}
		}
		theirs, ours = theirs+between-before, ours+cpu(b)-between
	}
	each := float64(rounds*deliveries) * float64(time.Microsecond)
	b.ReportMetric(float64(ours)/float64(theirs), "x/bare")
	b.ReportMetric(float64(ours)/each, "µs-cpu/delivery")
	b.ReportMetric(float64(theirs)/each, "µs-cpu/bare")
	b.ReportMetric(0, "ns/op")
}

// post is the bare loop.
func post(b *testing.B, client *http.Client, to string, body []byte, n int) {
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for range n / atOnce {
				request, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				request.Header.Set("Content-Type", "application/json")
				response, err := client.Do(request)
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
		})
	}
	workers.Wait()
}

// BenchmarkPacing sends 5,000 events a second, made and judged as always, for
// ten seconds, whatever b.N is.
func BenchmarkPacing(b *testing.B) {
	const rate, seconds = 5000, 10
	s := scriptOf(b, "campaign", scenarios.Options{Seed: 1, Conversations: rate * seconds})
	validated, err := generator.New(s.Catalog, generator.Options{})
	require.NoError(b, err)
	s.Generator = validated
	target, err := engine.TargetOf(s.Route, engine.TargetOptions{URL: testconsumer.Start(b, 0).URL + "/hook", Concurrency: 64})
	require.NoError(b, err)
	client, err := delivery.New(delivery.Config{})
	require.NoError(b, err)
	defer client.Close()

	even := func(yield func(script.Job, error) bool) {
		n := 0
		for job, err := range s.Jobs() {
			if job.Due = time.Duration(n) * time.Second / rate; n == rate*seconds || !yield(job, err) {
				return
			}
			n++
		}
	}
	for range b.N {
		targets := []engine.Target{target}
		tally := engine.NewStats(targets)
		var first, last time.Time
		for r, err := range engine.Play(b.Context(), even, targets, client, engine.Speed{}) {
			require.NoError(b, err)
			tally.Add(r)
			if at := r.Attempts[0].At; first.IsZero() || at.Before(first) {
				first = at
			}
			if at := r.Attempts[0].At; at.After(last) {
				last = at
			}
		}
		require.Equal(b, rate*seconds, tally.Accepted)
		reached := float64(tally.Sent-1) / last.Sub(first).Seconds()
		b.ReportMetric(100*math.Abs(reached-rate)/rate, "%-off-rate")
		b.ReportMetric(float64(tally.Lateness.Percentile(500).Microseconds()), "µs-late-p50")
		b.ReportMetric(float64(tally.Lateness.Percentile(990).Microseconds()), "µs-late-p99")
	}
}

// BenchmarkMillion makes a million events and says by how much the heap has
// grown since the first hundred thousand.
func BenchmarkMillion(b *testing.B) {
	const all, first = 1_000_000, 100_000
	s := scriptOf(b, "campaign", scenarios.Options{Seed: 1, Conversations: all})
	tally := engine.NewStats(nil)
	for range b.N {
		var early uint64
		n := 0
		for r, err := range engine.Virtual(b.Context(), s.Jobs(), s.Start) {
			if err != nil {
				b.Fatal(err)
			}
			tally.Add(r)
			if n++; n == first {
				early = heapInUse()
			}
			if n == all {
				break
			}
		}
		b.ReportMetric((float64(heapInUse())-float64(early))/(1<<20), "MB-growth")
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
