package deadline_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
)

// boundedServer serves at most so many connections, until the test ends.
func boundedServer(t *testing.T, maxOpen int, secure *tls.Config) (addr string, rejected *atomic.Int64) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	rejected = &atomic.Int64{}
	var l net.Listener
	bound := deadline.Bound(inner, maxOpen, func(n int64) { rejected.Store(n) })
	if l = bound; secure != nil {
		l = bound.Secure(secure)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	var serving sync.WaitGroup
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			serving.Add(1)
		case http.StateClosed:
			serving.Done()
		case http.StateActive, http.StateIdle, http.StateHijacked:
		}
	}
	serving.Go(func() { _ = server.Serve(l) }) // it is closed below
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		serving.Wait()
	})
	return inner.Addr().String(), rejected
}

// get sends a request on a connection of its own, and returns the response.
func get(t *testing.T, c net.Conn) *http.Response {
	t.Helper()
	require.NoError(t, c.SetDeadline(time.Now().Add(20*time.Second)))
	_, err := io.WriteString(c, plain)
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func connect(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

const plain = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

func TestListener_RejectsBeyondItsBound(t *testing.T) {
	t.Parallel()
	const maxOpen = 3
	addr, rejected := boundedServer(t, maxOpen, nil)
	var open []net.Conn
	for range maxOpen {
		c := connect(t, addr)
		require.Equal(t, http.StatusOK, get(t, c).StatusCode)
		open = append(open, c)
	}
	for range 2 * maxOpen {
		got := get(t, connect(t, addr))
		require.Equal(t, http.StatusServiceUnavailable, got.StatusCode)
		require.Equal(t, "1", got.Header.Get("Retry-After"))
		require.True(t, got.Close)
		text, err := io.ReadAll(got.Body)
		require.NoError(t, err, "the whole response arrives")
		require.Contains(t, string(text), "the server has 3 connections, which is its limit")
	}
	require.Equal(t, int64(1), rejected.Load(), "one warning for all")
	require.Equal(t, http.StatusOK, get(t, open[0]).StatusCode, "the others continue")
	require.NoError(t, open[0].Close())
	require.Eventually(t, func() bool { // the server notices that it is closed
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return false
		}
		defer c.Close()
		_, _ = io.WriteString(c, plain)
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 20*time.Second, time.Millisecond)
}

func TestListener_RejectsOverTLS(t *testing.T) {
	t.Parallel()
	known := httptest.NewTLSServer(nil)
	known.Close()
	addr, _ := boundedServer(t, 1, &tls.Config{Certificates: known.TLS.Certificates, MinVersion: tls.VersionTLS12})
	for _, want := range []int{http.StatusOK, http.StatusServiceUnavailable} {
		c := tls.Client(connect(t, addr), &tls.Config{InsecureSkipVerify: true}) // the certificate is the test's
		require.Equal(t, want, get(t, c).StatusCode)
	}
}
