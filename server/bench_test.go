package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/server"
)

// cpu is the time that this process has spent on processors.
func cpu(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measured starts a server that is to be measured, which plays at once unless
// changed; it ends with the test.
func measured(tb testing.TB, change func(*server.Options)) *server.Server {
	tb.Helper()
	o := server.Options{Seed: 1, Speed: server.Immediate}
	change(&o)
	s, err := server.New(o)
	require.NoError(tb, err)
	tb.Cleanup(func() { s.Close() })
	return s
}

// apiRequest calls a side of a server without a network.
func apiRequest(tb testing.TB, side http.Handler, path, body string) response {
	tb.Helper()
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	request.Host = "localhost"
	request.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	side.ServeHTTP(w, request)
	got := response{w.Code, w.Header(), w.Body.String()}
	require.Equal(tb, 2, got.status/100, got.body)
	return got
}

// campaign is what both sides of BenchmarkDelivery play.
const campaign, conversations = "campaign", 1000

// BenchmarkDelivery compares what a delivery costs the server's processors, with
// its journal and its memory of the platform, with the engine behind `ringback
// play`. Both generate and validate the same events and send them to a consumer in
// another process. The ratio is of one run; the rest is of this machine.
func BenchmarkDelivery(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as play and serve set it
	to := testconsumer.Start(b, 0)
	mock := measured(b, func(o *server.Options) { o.To = []server.Destination{{URL: to.URL + "/hook"}} })
	control := mock.Control()
	engine := newEngine(b, to.URL+"/hook")
	var ours, theirs time.Duration
	deliveries := 0
	for b.Loop() {
		before := cpu(b)
		sent := engine.play(b)
		between := cpu(b)
		entries := mock.Follow(b.Context())
		run := apiRequest(b, control, "/api/v1/runs", `{"scenario":"`+campaign+`","route":"gupshup/v2","count":1000,"seed":1}`).field(b, "id")
		came := 0
		for e := range entries {
			if e.Run == run && e.State == journal.StateSucceeded {
				came++
			}
			if came == sent {
				break
			}
		}
		theirs, ours = theirs+between-before, ours+cpu(b)-between
		deliveries += sent
	}
	each := float64(deliveries) * float64(time.Microsecond)
	b.ReportMetric(float64(ours)/float64(theirs), "x/play")
	b.ReportMetric(float64(ours)/each, "µs-cpu/delivery")
	b.ReportMetric(float64(theirs)/each, "µs-cpu/play")
	b.ReportMetric(0, "ns/op")
}

// A reference plays without a server.
type reference struct {
	script script.Script
	target engine.Target
	client *delivery.Client
}

func newEngine(tb testing.TB, to string) reference {
	tb.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(tb, err)
	library, err := shipped.Library()
	require.NoError(tb, err)
	one, err := library.Scenario(campaign)
	require.NoError(tb, err)
	route, err := catalog.Route("gupshup/v2")
	require.NoError(tb, err)
	plan, err := one.Plan(script.RouteOf(route), scenarios.Options{Seed: 1, Conversations: conversations})
	require.NoError(tb, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(tb, err)
	target, err := engine.TargetOf(route, engine.TargetOptions{URL: to, Concurrency: 16})
	require.NoError(tb, err)
	client, err := delivery.New(delivery.Config{})
	require.NoError(tb, err)
	tb.Cleanup(client.Close)
	return reference{script.Script{Catalog: catalog, Generator: g, Route: route, Plan: plan, Start: time.Now()}, target, client}
}

// play returns how many deliveries it made.
func (e reference) play(tb testing.TB) (sent int) {
	for r, err := range engine.Play(tb.Context(), e.script.Jobs(), []engine.Target{e.target}, e.client, engine.Immediate()) {
		if err != nil || !r.Accepted {
			tb.Fatal(r.Failure, err)
		}
		sent++
	}
	return sent
}

// BenchmarkSend compares what a call to a send API costs the server's processors
// with a bare route that reads the body and answers; an application in another
// process makes the calls, four at once. The call is read, validated, answered,
// remembered and written down, and its webhooks are planned; so slow is the time
// that none comes. The ratios are of one run: x/bare is of the time that the calls
// take the application, x/cpu of all that the server's process does for them, with
// net/http and the connection, x/route only of what the two handlers do.
func BenchmarkSend(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	bare, mocked := &sideOfRound{}, &sideOfRound{}
	bare.begin(b, bareRoute())
	mocked.begin(b, nil)
	const each = 2000
	rounds := 0
	for b.Loop() {
		rounds++
		mock := measured(b, func(o *server.Options) { o.Speed = 0.001 })
		mocked.handler = mock.Provider()
		bare.measure(b, each)
		mocked.measure(b, each)
		mock.Close() // what is planned takes room
	}
	all := float64(rounds*each) * float64(time.Microsecond)
	b.ReportMetric(float64(mocked.duration)/float64(bare.duration), "x/bare")
	b.ReportMetric(float64(bare.duration)/all, "µs/bare")
	b.ReportMetric(float64(mocked.duration)/all, "µs/send")
	b.ReportMetric(float64(mocked.called)/float64(bare.called), "x/cpu")
	b.ReportMetric(float64(bare.called)/all, "µs-cpu/bare")
	b.ReportMetric(float64(mocked.called)/all, "µs-cpu/send")
	b.ReportMetric(float64(mocked.handled)/float64(bare.handled), "x/route")
	b.ReportMetric(float64(bare.handled)/all, "µs-cpu/route")
	b.ReportMetric(float64(mocked.handled)/all, "µs-cpu/handler")
	b.ReportMetric(0, "ns/op")
}

// A sideOfRound is a handler that is called over the loopback and directly.
type sideOfRound struct {
	handler         http.Handler // changes only while nobody calls
	call            func(n int)
	duration        time.Duration
	called, handled time.Duration // of processors
}

func (s *sideOfRound) begin(b *testing.B, handler http.Handler) {
	s.handler = handler
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }))
	b.Cleanup(listening.Close)
	s.call = startCaller(b, listening.URL)
}

func (s *sideOfRound) measure(b *testing.B, n int) {
	requests := make([]*http.Request, n)
	for i := range requests {
		requests[i] = sendCall("http://localhost")
	}
	s.call(200) // what is made once is made now
	runtime.GC()
	begin := cpu(b)
	beginning := time.Now()
	s.call(n)
	s.duration += time.Since(beginning)
	s.called += cpu(b) - begin
	runtime.GC()
	begin = cpu(b)
	for _, r := range requests {
		w := httptest.NewRecorder()
		if s.handler.ServeHTTP(w, r); w.Code != http.StatusAccepted {
			b.Fatal(w.Code, w.Body)
		}
	}
	s.handled += cpu(b) - begin
}

func bareRoute() http.Handler {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.HandleFunc("/wa/api/v1/msg", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, `{"status":"submitted","messageId":"1"}`)
	}).Methods("POST")
	return r
}
