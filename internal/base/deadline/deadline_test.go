package deadline_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/testconsumer"
)

func limits() deadline.Limits {
	return deadline.Limits{Header: time.Second, Body: 2 * time.Second, Write: 3 * time.Second, Idle: 4 * time.Second, HeaderBytes: 1 << 10}
}

// dial connects to a server of a handler.
func dial(t *testing.T, h http.HandlerFunc) net.Conn {
	t.Helper()
	l := limits()
	c, err := testconsumer.Serve(t, l.Server(l.Handler(h), nil)).Dial(t.Context(), "", "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// read reads until the server closes the connection, and measures the time.
func read(t *testing.T, c net.Conn) (string, time.Duration) {
	t.Helper()
	startedAt := time.Now()
	text, err := io.ReadAll(c)
	require.NoError(t, err)
	return string(text), time.Since(startedAt)
}

func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	_, err := io.WriteString(c, text)
	require.NoError(t, err)
}

const partOfBody = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1"

// reads responds with the body of the request.
func reads(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		status, reason := deadline.Unread(err)
		http.Error(w, reason, status)
		return
	}
	fmt.Fprintf(w, "got %s", body)
}

func rejects(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) }

func TestLimits_EndStalledConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		sent    string
		after   time.Duration
		want    string
	}{
		"before the header":         {reads, "", limits().Header, ""},
		"in the header":             {reads, "GET / HTTP/1.1\r\nHos", limits().Header, ""},
		"in the body":               {reads, partOfBody, limits().Body, "HTTP/1.1 408 "},
		"in a chunk":                {reads, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12", limits().Body, "HTTP/1.1 408 "},
		"in a body that isn't read": {rejects, partOfBody, limits().Body, "HTTP/1.1 401 "},
		"in a body of a GET":        {rejects, strings.Replace(partOfBody, "POST", "GET", 1), limits().Body, "HTTP/1.1 401 "},
		"after a response":          {reads, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", limits().Idle, "HTTP/1.1 200 "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := dial(t, c.handler)
				if c.sent != "" {
					write(t, conn, c.sent)
				}
				got, duration := read(t, conn)
				require.True(t, strings.HasPrefix(got, c.want), got)
				require.GreaterOrEqual(t, duration, c.after)
				require.Less(t, duration, c.after+time.Second)
			})
		})
	}
}

// A client that doesn't read the response loses the connection.
func TestLimits_EndUnreadResponse(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"small": 10, "of one buffer": 4 << 10, "large": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ended := make(chan time.Duration, 1)
				startedAt := time.Now()
				l := limits()
				s := l.Server(l.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(time.Minute) // the handler has no limit
					_, _ = w.Write(make([]byte, size))
				})), nil)
				s.ConnState = func(_ net.Conn, state http.ConnState) {
					if state == http.StateClosed {
						ended <- time.Since(startedAt)
					}
				}
				conn, err := testconsumer.Serve(t, s).Dial(t.Context(), "", "")
				require.NoError(t, err)
				write(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
				duration := <-ended
				require.GreaterOrEqual(t, duration, time.Minute+l.Write)
				require.Less(t, duration, time.Minute+2*l.Write)
				require.NoError(t, conn.Close())
			})
		})
	}
}

// A rejected client gets its response before it has sent the body.
func TestLimits_ErrorBeforeBody(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"status":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"text":         rejects,
		"after a part": func(w http.ResponseWriter, r *http.Request) { _, _ = r.Body.Read(make([]byte, 1)); rejects(w, r) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := dial(t, handler)
				write(t, conn, partOfBody)
				startedAt := time.Now()
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				require.NoError(t, err)
				require.Equal(t, http.StatusUnauthorized, response.StatusCode)
				require.Zero(t, time.Since(startedAt))
				_, duration := read(t, conn)
				require.LessOrEqual(t, duration, limits().Body)
			})
		})
	}
}

func TestLimits_KeepConnectionAfterBody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := dial(t, reads)
		reader := bufio.NewReader(conn)
		for range 2 {
			write(t, conn, partOfBody+"234567890")
			response, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.Equal(t, "got 1234567890", string(text))
			require.False(t, response.Close)
		}
	})
}

// A client that makes progress may take any time.
func TestLimits_AllowSlowHandlerAndReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const size = 1 << 20
		conn := dial(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				time.Sleep(time.Hour)
				_, err = w.Write(bytes.Repeat(body[:1], size))
			}
			if err == nil && r.Context().Err() == nil {
				time.Sleep(time.Hour) // a silent stream
				_, _ = io.WriteString(w, "end")
			}
		})
		write(t, conn, partOfBody)
		time.Sleep(time.Second) // a body may be slow, too
		write(t, conn, "234567890")
		response, err := http.ReadResponse(bufio.NewReader(&slow{conn}), nil)
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Len(t, text, size+len("end"))
		require.NoError(t, response.Body.Close())
	})
}

// A slow connection reads 40 KiB per second.
type slow struct{ net.Conn }

func (s *slow) Read(p []byte) (int, error) {
	time.Sleep(200 * time.Millisecond)
	return s.Conn.Read(p[:min(len(p), 8<<10)])
}

func TestLimits_FlushDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flushed := make(chan error, 1)
		conn := dial(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			time.Sleep(time.Hour)
			startedAt := time.Now()
			err := http.NewResponseController(w).Flush()
			if time.Since(startedAt) != limits().Write {
				err = fmt.Errorf("%w after %s", err, time.Since(startedAt))
			}
			flushed <- err
		})
		write(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		err := <-flushed
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.NotContains(t, err.Error(), "after")
	})
}

// The client gets the response even if the handler returns much later or writes nothing.
func TestLimits_SendPartialResponse(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"a body": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "a"); time.Sleep(time.Hour) },
		"a status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
			time.Sleep(time.Hour)
		},
		"nothing": func(http.ResponseWriter, *http.Request) { time.Sleep(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				conn := dial(t, handler)
				write(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
				got, _ := read(t, conn)
				require.True(t, strings.HasPrefix(got, "HTTP/1.1 20"), got)
			})
		})
	}
}

// A client that doesn't read the error response to an invalid request loses the connection.
func TestServer_EndsUnreadErrorResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan time.Time, 1)
		l := limits()
		s := l.Server(l.Handler(http.HandlerFunc(reads)), nil)
		s.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				ended <- time.Now()
			}
		}
		startedAt := time.Now()
		conn, err := testconsumer.Serve(t, s).Dial(t.Context(), "", "")
		require.NoError(t, err)
		write(t, conn, "GET / HTTP/1.1\r\nX Y: a\r\n\r\n")
		require.Equal(t, l.Write, (<-ended).Sub(startedAt).Truncate(time.Second))
		require.NoError(t, conn.Close())
	})
}

func TestServer_RejectsLargeHeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := dial(t, reads)
		go func() {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("a", 16<<10)+"\r\n\r\n") // it isn't read to its end
		}()
		got, _ := read(t, conn)
		require.True(t, strings.HasPrefix(got, "HTTP/1.1 431 "), got)
	})
}

func TestDefault_LimitsEverything(t *testing.T) {
	t.Parallel()
	d := deadline.Default()
	for _, one := range []time.Duration{d.Header, d.Body, d.Write, d.Idle} {
		require.Positive(t, one)
	}
	require.Positive(t, d.HeaderBytes)
}

func TestUnread_ErrorText(t *testing.T) {
	t.Parallel()
	_, large := io.ReadAll(http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(strings.NewReader("12345")), 4))
	for name, c := range map[string]struct {
		err    error
		status int
	}{
		"too large":           {large, 413},
		"timeout":             {fmt.Errorf("read: %w", os.ErrDeadlineExceeded), 408},
		"too short":           {io.ErrUnexpectedEOF, 400},
		"an invalid chunk":    {errors.New("malformed chunked encoding"), 400},
		"a closed connection": {net.ErrClosed, 400},
	} {
		status, reason := deadline.Unread(c.err)
		require.Equal(t, c.status, status, name)
		require.True(t, strings.HasPrefix(reason, "read body: "), reason)
	}
}
