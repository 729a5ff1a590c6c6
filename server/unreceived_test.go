package server_test

import (
	"net/http/httptest"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

// BenchmarkUnreceived compares a call to a send API whose webhooks go to no endpoint with a
// bare route that reads the body and responds. CPU time counts from the first call to the end
// of the last run. The ratio x/route is of one run.
func BenchmarkUnreceived(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	const each = 2000
	bare := bareRoute()
	var ours, theirs time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		mock := measured(b, func(*server.Options) {})
		provider, session := mock.Provider(), mock.Session("")
		before := cpu(b)
		for range each {
			bare.ServeHTTP(httptest.NewRecorder(), sendCall("http://localhost"))
		}
		between := cpu(b)
		for range each {
			provider.ServeHTTP(httptest.NewRecorder(), sendCall("http://localhost"))
		}
		runs := session.Runs()
		_, err := session.Wait(b.Context(), server.Query{Kind: "delivery", Run: runs[0].ID, Event: "message.read"})
		require.NoError(b, err)
		theirs, ours = theirs+between-before, ours+cpu(b)-between
		mock.Close()
	}
	all := float64(rounds*each) * float64(time.Microsecond)
	b.ReportMetric(float64(ours)/float64(theirs), "x/route")
	b.ReportMetric(float64(theirs)/all, "µs-cpu/route")
	b.ReportMetric(float64(ours)/all, "µs-cpu/call")
	b.ReportMetric(0, "ns/op")
}
