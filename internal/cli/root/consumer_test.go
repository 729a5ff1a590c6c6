package root

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
	"github.com/ringback-dev/ringback/webhook"
)

// A safeBuffer is written by some goroutines and read by others.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A served consumer is one on a port of its own, until the test ends.
type servedConsumer struct {
	addr string
	came chan inbox.Received
	log  *safeBuffer
}

func serveConsumer(t *testing.T, c *inbox.Consumer) servedConsumer {
	t.Helper()
	s := servedConsumer{came: make(chan inbox.Received, 100), log: new(safeBuffer)}
	c.OnReceived, c.Log = func(a inbox.Received) { s.came <- a }, cli.NewLogger(s.log)
	if c.Status == 0 {
		c.Status = http.StatusOK
	}
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	ctx, cancel := context.WithCancel(t.Context())
	l, err := cli.ListenHere(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	s.addr = l.Addr().String()
	ended := make(chan error)
	go func() { ended <- cli.Serve(ctx, l, c, c.Log) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	return s
}

// exchange sends bytes as they are and returns the answer.
func (s servedConsumer) exchange(t *testing.T, request string) *http.Response {
	t.Helper()
	connection, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() }) // the server may have done so
	_, err = io.WriteString(connection, request)
	require.NoError(t, err)
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(connection), &http.Request{Method: method})
	require.NoError(t, err)
	return response
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

const postHead = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "

func TestConsumer_PassesReceivedWebhooks(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"JSON": `{"a":1}`, "garbage": "\xff\x00{", "nothing": ""} {
		for _, status := range []int{200, 204, 304, 503} {
			s := serveConsumer(t, &inbox.Consumer{Status: status})
			request, err := http.NewRequest(http.MethodPost, "http://"+s.addr+"/any/path?token=t", strings.NewReader(body))
			require.NoError(t, err)
			request.Header = http.Header{"X-B": {"2", "1"}, "X-A": {""}, "User-Agent": {"test"}, "Accept-Encoding": {"identity"}}
			response, err := http.DefaultTransport.RoundTrip(request)
			require.NoError(t, err)
			require.Equal(t, status, response.StatusCode)
			require.Empty(t, bodyOf(t, response))
			a := <-s.came
			require.Equal(t, body, string(a.Event.Body), name)
			require.Equal(t, int64(len(body)), a.Size)
			require.False(t, a.TooLarge())
			require.Equal(t, status, a.Status)
			require.Equal(t, time.UTC, a.Event.At.Location())
			without := make([]webhook.Header, 0, 5)
			for _, f := range a.Event.Headers {
				if f.Name != "Content-Length" {
					without = append(without, f)
				}
			}
			require.Equal(t, []webhook.Header{{Name: "Accept-Encoding", Value: "identity"}, {Name: "User-Agent", Value: "test"},
				{Name: "X-A", Value: ""}, {Name: "X-B", Value: "2"}, {Name: "X-B", Value: "1"}}, without)
			require.Empty(t, s.log.String())
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// A sender has its answer while the consumer is still busy with its webhook, and
// the next webhook is handed on after that, whoever is faster.
func TestConsumer_RespondsFirst(t *testing.T) {
	t.Parallel()
	const n = 20
	held := make(chan struct{})
	var came []string
	c := &inbox.Consumer{Status: http.StatusOK, Timeout: time.Minute, Log: cli.NewLogger(io.Discard), OnReceived: func(a inbox.Received) {
		<-held
		came = append(came, string(a.Event.Body))
	}}
	ctx, cancel := context.WithCancel(t.Context())
	l, err := cli.ListenHere(ctx, "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error)
	go func() { ended <- cli.Serve(ctx, l, c, c.Log) }()
	s := servedConsumer{addr: l.Addr().String()}
	var want []string
	for i := range n {
		body := fmt.Sprint(10 + i)
		want = append(want, body)
		require.Equal(t, http.StatusOK, s.exchange(t, postHead+"2\r\n\r\n"+body).StatusCode)
	}
	cancel()
	close(held)
	require.NoError(t, <-ended)
	require.Equal(t, want, came)
}

func TestConsumer_RejectsLargeBody(t *testing.T) {
	t.Parallel()
	limit := document.BodyLimits().Bytes
	for _, c := range []struct {
		name string
		size int
		body func(io.Reader) io.Reader
		want int
	}{
		{"as large as may be", limit, func(r io.Reader) io.Reader { return r }, http.StatusOK},
		{"a byte more", limit + 1, func(r io.Reader) io.Reader { return r }, http.StatusRequestEntityTooLarge},
		{"5 MiB", 5 << 20, func(r io.Reader) io.Reader { return r }, http.StatusRequestEntityTooLarge},
		{"5 MiB of unknown length", 5 << 20, func(r io.Reader) io.Reader { return io.MultiReader(r) }, http.StatusRequestEntityTooLarge},
	} {
		s := serveConsumer(t, &inbox.Consumer{})
		response, err := http.Post("http://"+s.addr, "application/json", c.body(bytes.NewReader(make([]byte, c.size))))
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, response.StatusCode, c.name)
		require.Empty(t, bodyOf(t, response))
		a := <-s.came
		require.Equal(t, int64(c.size), a.Size, c.name)
		require.Equal(t, c.want != http.StatusOK, a.TooLarge(), c.name)
		require.Equal(t, c.want, a.Status, c.name)
	}
	http.DefaultClient.CloseIdleConnections()
}

// A body that does not come is waited for only so long, and is no webhook.
func TestConsumer_TimesOutSlowClient(t *testing.T) {
	t.Parallel()
	s := serveConsumer(t, &inbox.Consumer{Timeout: time.Millisecond})
	response := s.exchange(t, postHead+"10\r\n\r\n{")
	require.Equal(t, http.StatusRequestTimeout, response.StatusCode)
	require.Contains(t, s.log.String(), "ringback: reject request with 408: read body: ")
	require.Empty(t, s.came)
}

// A delay that is longer than the patience for a body is no reason to end early.
func TestConsumer_DelayLongerThanBodyTimeout(t *testing.T) {
	t.Parallel()
	const delay = 100 * time.Millisecond
	s := serveConsumer(t, &inbox.Consumer{Timeout: delay / 5, Delay: delay})
	require.Equal(t, http.StatusOK, s.exchange(t, postHead+"2\r\n\r\n{}").StatusCode)
	require.GreaterOrEqual(t, (<-s.came).Duration, delay) // what is cut off took less
}

// A client that gives up in the delay was there, and is not waited for.
func TestConsumer_ClientGone(t *testing.T) {
	t.Parallel()
	s := serveConsumer(t, &inbox.Consumer{Delay: time.Hour})
	connection, err := net.Dial("tcp", s.addr)
	require.NoError(t, err)
	_, err = io.WriteString(connection, postHead+"2\r\n\r\n{}")
	require.NoError(t, err)
	require.NoError(t, connection.Close())
	require.Equal(t, "{}", string((<-s.came).Event.Body))
}

func TestConsumer_RejectsOtherRequests(t *testing.T) {
	t.Parallel()
	const token = "of-a-test"
	handshake := "hub.mode=subscribe&hub.verify_token=" + token + "&hub.challenge="
	for _, c := range []struct {
		name, token, request string
		want                 int
		body                 string
	}{
		{"OPTIONS", token, "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "Method Not Allowed\n"},
		{"a method of its own", token, "{ / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "400 Bad Request"},
		{"no HTTP", token, "\x00\xff\r\n\r\n", 400, "400 Bad Request"},
		{"a huge header", token, "POST / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("a", deadline.Default().HeaderBytes+8<<10) + "\r\n\r\n", 431, "431 Request Header Fields Too Large"},
		{"no token is known", "", "GET /?" + handshake + "a HTTP/1.1\r\nHost: a\r\n\r\n", 403, "Forbidden\n"},
		{"an empty token", "", "GET /?hub.mode=subscribe&hub.verify_token=&hub.challenge=a HTTP/1.1\r\nHost: a\r\n\r\n", 403, "Forbidden\n"},
		{"a handshake", token, "GET /?" + handshake + "aZ_-09 HTTP/1.1\r\nHost: a\r\n\r\n", 200, "aZ_-09"},
		{"the longest challenge", token, "GET /?" + handshake + strings.Repeat("9", 128) + " HTTP/1.1\r\nHost: a\r\n\r\n", 200, strings.Repeat("9", 128)},
		{"a longer challenge", token, "GET /?" + handshake + strings.Repeat("9", 129) + " HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request\n"},
		{"an empty challenge", token, "GET /?" + handshake + " HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request\n"},
		{"markup", token, "GET /?" + handshake + "%3Cscript%3E HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request\n"},
		{"a line break", token, "GET /?" + handshake + "a%0A HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request\n"},
		{"another token", token, "GET /?hub.mode=subscribe&hub.verify_token=other&hub.challenge=a HTTP/1.1\r\nHost: a\r\n\r\n", 403, "Forbidden\n"},
		{"another mode", token, "GET /?hub.mode=other&hub.verify_token=" + token + "&hub.challenge=a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serveConsumer(t, &inbox.Consumer{VerifyToken: c.token})
			response := s.exchange(t, c.request)
			require.Equal(t, c.want, response.StatusCode)
			require.Equal(t, c.body, bodyOf(t, response))
			require.Empty(t, s.came)
			require.NotContains(t, s.log.String(), token)
			switch c.want {
			case http.StatusMethodNotAllowed:
				require.Equal(t, "GET, HEAD, POST, PUT, PATCH, DELETE", response.Header.Get("Allow"))
			case http.StatusOK:
				require.Equal(t, "text/plain; charset=utf-8", response.Header.Get("Content-Type"))
				require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
			}
		})
	}
}
