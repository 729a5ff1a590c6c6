package serve

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/server"
)

// stalls writes a part of a request and returns what comes back until the connection is
// closed, and how long that took.
func stalls(t *testing.T, p *testconsumer.Pipe, part string) (string, time.Duration) {
	t.Helper()
	startedAt := time.Now()
	conn, err := p.Dial(t.Context(), "", "")
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, part)
	require.NoError(t, err)
	text, err := io.ReadAll(conn)
	require.NoError(t, err)
	return string(text), time.Since(startedAt)
}

const aBodyThatStalls = " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"

// Both sides of serve end what stalls, whoever it is; internal/base/deadline tests the rest.
func TestServe_EndsConnectionsThatStall(t *testing.T) {
	t.Parallel()
	limits := deadline.Default()
	for name, c := range map[string]struct {
		control bool
		sent    string
		within  time.Duration
		want    string
	}{
		"no header for the provider API": {false, "", limits.Header, ""},
		"a call":                         {false, "POST /wa/api/v1/msg" + aBodyThatStalls, limits.Body, "HTTP/1.1 408"},
		"no next call":                   {false, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", limits.Idle, "HTTP/1.1 200"},
		"no header for the control API":  {true, "", limits.Header, ""},
		"a body without a token":         {true, "POST /api/v1/runs" + aBodyThatStalls, limits.Body, "HTTP/1.1 401"},
		"no next request":                {true, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", limits.Idle, "HTTP/1.1 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				mock, err := server.New(server.Options{Token: "t"})
				require.NoError(t, err)
				provider, control := testconsumer.NewPipe(), testconsumer.NewPipe()
				ctx, end := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() {
					o := &Options{maxConnections: 10, Factory: &cli.Factory{Streams: cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}}}
					log := slog.New(slog.DiscardHandler)
					ended <- o.serve(ctx, mock, o.sides(mock, log, provider, control))
				}()
				side := provider
				if c.control {
					side = control
				}
				got, duration := stalls(t, side, c.sent)
				require.True(t, strings.HasPrefix(got, c.want), got)
				require.LessOrEqual(t, duration, c.within+time.Second)
				end()
				require.ErrorIs(t, <-ended, cli.ErrServed)
			})
		})
	}
}

// So do the others that serve: listen, demo, and the provider of grade.
func TestServe_OfConsumersEndsConnectionsThatStall(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{"header": "", "body": "POST /" + aBodyThatStalls, "next": "GET / HTTP/1.1\r\nHost: a\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := testconsumer.NewPipe()
				ctx, end := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
				go func() { ended <- cli.Serve(ctx, p, handler, cli.NewLogger(io.Discard)) }()
				_, duration := stalls(t, p, part)
				require.LessOrEqual(t, duration, deadline.Default().Idle)
				end()
				require.NoError(t, <-ended)
			})
		})
	}
}

var _ net.Listener = (*testconsumer.Pipe)(nil)
