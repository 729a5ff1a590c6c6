package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/journal"
)

// What a stranger can cause is bounded. The connections of these tests have no buffers, and their
// time is that of a bubble.

// pipes serves both APIs of a server until the test ends.
func pipes(t *testing.T, s *Server) (provider, control *testconsumer.Pipe) {
	t.Helper()
	serve := func(h http.Handler) *testconsumer.Pipe {
		return testconsumer.Serve(t, deadline.Default().Server(h, s.plainLog()))
	}
	return serve(s.Provider()), serve(s.Control())
}

// beginRequest opens a connection and writes a part of a request.
func beginRequest(t *testing.T, p *testconsumer.Pipe, part string) net.Conn {
	t.Helper()
	c, err := p.Dial(t.Context(), "", "")
	require.NoError(t, err)
	_, err = io.WriteString(c, part)
	require.NoError(t, err)
	return c
}

// A thousand half-sent requests to each API end in time, and meanwhile it responds to others.
func TestStranger_HalfSentRequestsEnd(t *testing.T) {
	t.Parallel()
	const each = 1000
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(o *Options) { o.Token = "t" })
		provider, control := pipes(t, s)
		parts := []string{
			"GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nX-Half",
			"POST /wa/api/v1/msg HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{",
			"POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
			"",
		}
		startedAt := time.Now()
		var open sync.WaitGroup
		for n := range each {
			for _, p := range []*testconsumer.Pipe{provider, control} {
				c := beginRequest(t, p, parts[n%len(parts)])
				open.Go(func() {
					_, _ = io.Copy(io.Discard, c) // until the server closes it
					_ = c.Close()
				})
			}
		}
		for _, p := range []*testconsumer.Pipe{provider, control} {
			c := beginRequest(t, p, "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
			response, err := io.ReadAll(c)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(response), "HTTP/1.1 200 OK\r\n"), "%s", response)
		}
		require.Equal(t, startedAt, time.Now(), "at once")
		open.Wait()
		require.LessOrEqual(t, time.Since(startedAt), deadline.Default().Body+time.Second)
		s.Close()
	})
}

// Clients that read neither streams nor responses are closed.
func TestStranger_ClientsThatNeverReadAreClosed(t *testing.T) {
	t.Parallel()
	const clients = 20
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		provider, control := pipes(t, s)
		body := strings.Repeat("x", 1<<20)
		var open []net.Conn
		for range clients {
			open = append(open,
				beginRequest(t, control, "GET /api/v1/stream?full=true HTTP/1.1\r\nHost: localhost\r\n\r\n"),
				beginRequest(t, control, "GET /api/v1/wait?kind=call HTTP/1.1\r\nHost: localhost\r\n\r\n"),
				beginRequest(t, provider, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"))
		}
		followed := bufio.NewScanner(open[0])
		for beats := 0; beats < 3; { // a stream may take any time
			require.True(t, followed.Scan(), "%v", followed.Err())
			if strings.HasPrefix(followed.Text(), ": alive") {
				beats++
			}
		}
		s.journal.Add(journal.Entry{Kind: journal.KindCall, Session: defaultSession, Call: &journal.Call{Body: []byte(body)}})
		time.Sleep(2 * deadline.Default().Write)
		synctest.Wait()
		for i, c := range open {
			_, err := c.Write([]byte("x"))
			require.ErrorIs(t, err, io.ErrClosedPipe, fmt.Sprint(i))
			_ = c.Close()
		}
		synctest.Wait()
		require.Equal(t, int64(0), s.sessions[defaultSession].busy.Load())
		s.Close()
	})
}

// Twenty thousand names of sessions take no more memory than the sessions that there may be. It runs
// alone, because it measures memory.
func TestStranger_NamesAreBounded(t *testing.T) {
	const names, perSession = 20_000, 64 << 10
	s := newServer(t, func(o *Options) { o.JournalBytes = 4 << 20 })
	rule := `{"on":"calls","response":{"status":429},"times":1}`
	require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/s/first/api/v1/rules", rule).Code)
	before := heapBytes()
	for n := range names {
		session := fmt.Sprintf("/s/made-up-%d", n)
		require.Equal(t, http.StatusMethodNotAllowed, asked(t, sidesOf(t, s).provider, "GET", session+"/wa/api/v1/msg", "", nil).Code)
		require.Equal(t, http.StatusCreated, steer(t, s, "POST", session+"/api/v1/rules", rule).Code)
	}
	require.Equal(t, s.bounds.sessions+1, len(s.names())) //nolint:testifylint // a failure would print all names
	require.LessOrEqual(t, heapBytes()-before, int64(s.bounds.sessions*perSession+8<<20), "bytes")
	require.InDelta(t, names-s.bounds.sessions+1, members(t, steer(t, s, "GET", "/api/v1/sessions", "").Body.String())["evicted"], 0)
}

// heapBytes is the memory that is in use.
func heapBytes() int64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}

// Many large bodies at once, uploads in many sessions and clients that never read stay within the
// memory of a small container. It runs alone, because it measures memory.
func TestStranger_MemoryIsBounded(t *testing.T) {
	const bodies, clients, sessions, size, bound = 64, 20, 20, 16 << 20, 512 << 20
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(bound / 2)) // as the command sets it
	s := newServer(t, func(o *Options) { o.JournalBytes = 10 << 20 })
	provider, control := httptest.NewServer(s.Provider()), httptest.NewServer(s.Control())
	defer control.Close()
	defer provider.Close()
	body := []byte(strings.Repeat("x", size-1<<10))
	post := func(path, contentType, before, after string) int {
		whole := io.MultiReader(strings.NewReader(before), bytes.NewReader(body), strings.NewReader(after))
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, provider.URL+path, whole)
		if err != nil {
			return -1
		}
		r.ContentLength = int64(len(before) + len(body) + len(after))
		r.Header = http.Header{"Content-Type": {contentType}, "Authorization": {"Bearer k"}}
		response, err := provider.Client().Do(r)
		if err != nil {
			return 0 // the server rejects a body that it doesn't read to its end
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	for n := range sessions {
		status := post(fmt.Sprintf("/s/media-%d/whatsapp-cloud/media", n), "multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n", "\r\n--b--\r\n")
		require.Equal(t, http.StatusOK, status)
	}
	for range clients {
		for side, path := range map[*httptest.Server]string{control: "/api/v1/stream?full=true", provider: "/nothing"} {
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", side.Listener.Addr().String())
			require.NoError(t, err)
			defer c.Close()
			_, err = io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
			require.NoError(t, err)
		}
	}
	var peak int64
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		for {
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			peak = max(peak, int64(memory.HeapInuse))
			select {
			case <-done:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	var posting sync.WaitGroup
	for range bodies {
		posting.Go(func() {
			status := post("/whatsapp-cloud/messages", "application/json", `"`, `"`)
			assert.Contains(t, []int{0, http.StatusBadRequest, http.StatusServiceUnavailable}, status)
		})
	}
	posting.Wait()
	close(done)
	<-watched
	t.Logf("%d MiB of heap in use at most", peak>>20)
	require.LessOrEqual(t, peak, int64(bound))
	s.Close() // ends the streams
}
