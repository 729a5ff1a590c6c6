package server_test

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/server"
)

// slowRoute allows its consumers 30 s, in which everything here is done.
const slowRoute = "netcore"

// A crowd is a server with many consumers of one route that never answer.
type crowd struct {
	consumer testconsumer.Consumer
	server   *server.Server
	control  http.Handler
}

// newCrowd makes a server of so many slow consumers, each with a URL of its own.
func newCrowd(tb testing.TB, slow int) *crowd {
	tb.Helper()
	c := &crowd{consumer: testconsumer.Start(tb, slow)}
	c.server = measured(tb, func(o *server.Options) {
		for i := range slow {
			o.To = append(o.To, server.Destination{Route: slowRoute, URL: fmt.Sprintf("%s/slow/%d", c.consumer.URL, i)})
		}
	})
	c.control = c.server.Control()
	return c
}

// wait has an attempt under way to each of the slow consumers.
func (c *crowd) wait(tb testing.TB) {
	tb.Helper()
	apiRequest(tb, c.control, "/api/v1/runs", `{"yaml":"name: one\ndescription: One event.\nsteps: [{send: message.delivered}]\n","route":"`+slowRoute+`","seed":1}`)
	c.consumer.Held()
}

// deliver sends one event to a healthy consumer, and waits until it is delivered.
func (c *crowd) deliver(tb testing.TB) {
	tb.Helper()
	planned := apiRequest(tb, c.control, "/api/v1/events", `{"event":"message.delivered","route":"gupshup/v2","to":"`+c.consumer.URL+`/hook"}`)
	_, err := c.server.Session("").Wait(tb.Context(), server.Query{ID: planned.field(tb, "data", 0, "id"), State: "succeeded"})
	require.NoError(tb, err)
}

// The slow ones hold up nobody, and leave nothing behind. BenchmarkCrowd does it
// with ten thousand. It runs alone, because it looks for goroutines that are left.
func TestLoad_SlowConsumersDoNotDelayOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("holds a thousand connections; runs without -short")
	}
	before := goleak.IgnoreCurrent()
	c := newCrowd(t, 1000)
	c.wait(t)
	for range 20 {
		c.deliver(t)
	}
	c.server.Close()
	goleak.VerifyNone(t, before)
}

// BenchmarkCrowd has ten thousand attempts under way to as many consumers that
// do not answer, and meanwhile sends to one that does, one after the other: each
// time is from the call of the control API to the note in the journal that it is
// delivered. Beside it stands the same without the slow ones. MiB-rss is what the
// process has then, MiB-sys what the runtime has of it.
func BenchmarkCrowd(b *testing.B) {
	const slow, healthy = 10_000, 1000
	var files syscall.Rlimit
	require.NoError(b, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	if files.Cur < slow+100 {
		b.Skipf("a process may have %d open files; see ulimit -n", files.Cur)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(360 << 20)) // as for serve --memory 380MiB
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	for range b.N {
		before := goleak.IgnoreCurrent()
		c := newCrowd(b, slow)
		alone := times(b, healthy, c)
		begin := time.Now()
		c.wait(b)
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-to-hold-all")
		crowded := times(b, healthy, c)
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		b.ReportMetric(float64(runtime.NumGoroutine()), "goroutines")
		b.ReportMetric(float64(memory.Sys)/(1<<20), "MiB-sys")
		b.ReportMetric(resident(b), "MiB-rss")
		b.ReportMetric(percentile(crowded, 50), "ms-p50")
		b.ReportMetric(percentile(crowded, 99), "ms-p99")
		b.ReportMetric(percentile(alone, 99), "ms-p99-alone")
		require.Less(b, time.Since(begin), 25*time.Second, "slow attempts may have ended before")
		c.server.Close()
		require.NoError(b, goleak.Find(before))
	}
	b.ReportMetric(0, "ns/op")
}

// times are those of deliveries to the healthy consumer, sorted.
func times(b *testing.B, n int, c *crowd) []time.Duration {
	b.Helper()
	var all []time.Duration
	for range n {
		begin := time.Now()
		c.deliver(b)
		all = append(all, time.Since(begin))
	}
	slices.Sort(all)
	return all
}

func percentile(sorted []time.Duration, percent int) float64 {
	return float64(sorted[len(sorted)*percent/100].Microseconds()) / 1000
}

// resident is how much memory the process has, in MiB.
func resident(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0 // there is none on this system
	}
	var size, pages int
	_, err = fmt.Sscan(string(text), &size, &pages)
	require.NoError(b, err)
	return float64(pages*os.Getpagesize()) / (1 << 20)
}
