package engine_test

import (
	"bufio"
	"io"
	"iter"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

// A stage is what the tests of real sending have in common.
type stage struct {
	catalog *schemas.Catalog
	route   *schemas.Route
	start   time.Time
}

func stageOf(t testing.TB, route string) stage {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	return stage{catalog: catalog, start: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}.on(t, route)
}

// on is the same for another route.
func (s stage) on(t testing.TB, route string) stage {
	t.Helper()
	var err error
	s.route, err = s.catalog.Route(route)
	require.NoError(t, err)
	return s
}

// script plans steps in the notation of scenarios.
func (s stage) script(t testing.TB, steps string, o scenarios.Options, specs ...string) script.Script {
	t.Helper()
	file, err := document.ReadYAML("test.yaml", []byte("name: test\ndescription: A test.\nsteps:\n"+steps))
	require.NoError(t, err)
	scenario, err := scenarios.Parse(file)
	require.NoError(t, err)
	for _, spec := range specs {
		f, err := fault.Parse(spec)
		require.NoError(t, err)
		o.Faults = append(o.Faults, f)
	}
	plan, err := scenario.Plan(script.RouteOf(s.route), o)
	require.NoError(t, err)
	g, err := generator.New(s.catalog, generator.Options{})
	require.NoError(t, err)
	return script.Script{Catalog: s.catalog, Generator: g, Route: s.route, Plan: plan, Start: s.start}
}

func virtually(t testing.TB, s script.Script) []engine.Result {
	t.Helper()
	var all []engine.Result
	for r, err := range engine.Virtual(t.Context(), s.Jobs(), s.Start) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

// deliver sends a script to a consumer.
func deliver(t testing.TB, s script.Script, to *wire, o engine.TargetOptions, pace engine.Speed) []engine.Result {
	t.Helper()
	return deliverJobs(t, s.Route, s.Jobs(), to, o, pace)
}

func deliverJobs(t testing.TB, r *schemas.Route, jobs iter.Seq2[script.Job, error], to *wire, o engine.TargetOptions, pace engine.Speed) []engine.Result {
	t.Helper()
	o.URL = to.url
	target, err := engine.TargetOf(r, o)
	require.NoError(t, err)
	client, err := delivery.New(delivery.Config{})
	require.NoError(t, err)
	defer client.Close()
	var all []engine.Result
	for r, err := range engine.Play(t.Context(), jobs, []engine.Target{target}, client, pace) {
		require.NoError(t, err)
		all = append(all, r)
	}
	return all
}

// A wire is a consumer that keeps what it gets byte for byte. It answers with
// 200 when so many requests are open as it waits for.
type wire struct {
	url string

	mu      sync.Mutex
	open    int
	waitFor int
	ready   chan struct{}
	arrived []received
	held    sync.WaitGroup
}

// An arrival is one request: its lines as they came, in their order.
type received struct {
	line   string
	header []webhook.Header
	body   []byte
}

func (a received) values(name string) []string {
	var values []string
	for _, f := range a.header {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

func wireOf(t testing.TB, waitFor int) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{url: "http://" + listener.Addr().String() + "/hook", waitFor: waitFor, ready: make(chan struct{})}
	w.held.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			w.held.Go(func() { w.serve(c) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		w.held.Wait()
	})
	return w
}

// serve ends with the connection, which the client closes at last.
func (w *wire) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		a, err := arrivalFrom(in)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.arrived = append(w.arrived, a)
		if w.open++; w.open == w.waitFor {
			close(w.ready)
		}
		w.mu.Unlock()
		if w.waitFor > 0 {
			<-w.ready
		}
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
			return
		}
	}
}

func arrivalFrom(in *bufio.Reader) (received, error) {
	lines := textproto.NewReader(in)
	first, err := lines.ReadLine()
	if err != nil {
		return received{}, err
	}
	a := received{line: first}
	length := 0
	for {
		line, err := lines.ReadLine()
		if err != nil {
			return a, err
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ": ")
		if name == "Content-Length" {
			if length, err = strconv.Atoi(value); err != nil {
				return a, err
			}
		}
		a.header = append(a.header, webhook.Header{Name: name, Value: value})
	}
	a.body = make([]byte, length)
	_, err = io.ReadFull(in, a.body)
	return a, err
}

func scopeOf(s stage) schemas.Scope { return schemas.Scope{Route: s.route.Name} }
