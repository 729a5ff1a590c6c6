package server_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/server"
)

// BenchmarkNeighbor measures how long a quiet session waits for the webhook of an event, alone and
// beside a session that plays ten million conversations at max. The consumers are in other processes.
func BenchmarkNeighbor(b *testing.B) {
	quiet, busy := testconsumer.Start(b, 0), testconsumer.Start(b, 0)
	mock := measured(b, func(*server.Options) {})
	control, session := mock.Control(), mock.Session("quiet")
	p99 := func() time.Duration {
		var all []time.Duration
		for range 300 {
			before := time.Now()
			sent, err := session.Emit(b.Context(), server.EmitOptions{Event: "message.read", Route: "netcore", To: quiet.URL + "/hook"})
			require.NoError(b, err)
			_, err = session.Wait(b.Context(), server.Query{ID: sent[0].ID, State: "succeeded"})
			require.NoError(b, err)
			all = append(all, time.Since(before))
			time.Sleep(2 * time.Millisecond) // as who calls now and then
		}
		slices.Sort(all)
		return all[len(all)*99/100]
	}
	var alone, beside time.Duration
	for b.Loop() {
		alone += p99()
		apiRequest(b, control, "/s/busy/api/v1/runs", `{"scenario":"message-delivered","route":"gupshup/v2","count":10000000,"speed":"max","to":"`+busy.URL+`/hook"}`)
		beside += p99()
		apiRequest(b, control, "/s/busy/api/v1/reset", "")
	}
	n := float64(b.N) * float64(time.Microsecond)
	b.ReportMetric(float64(beside)/float64(alone), "x/alone")
	b.ReportMetric(float64(alone)/n, "µs-p99/alone")
	b.ReportMetric(float64(beside)/n, "µs-p99/beside")
	b.ReportMetric(0, "ns/op")
}
