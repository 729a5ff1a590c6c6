package delivery_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// What never had a connection is told from what had one and brought nothing.
func TestIsUnreachable_OnlyWithoutConnection(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(secure.Close)
	hangs := accepting(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); <-t.Context().Done() })
	resets := accepting(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) })
	slow := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	for name, c := range map[string]struct {
		url      string
		resolver *net.Resolver
		failure  webhook.Failure
		want     bool
	}{
		"connection refused": {"http://" + closed.Addr().String(), nil, webhook.FailureUnreachable, true},
		"no such name":       {"http://nobody.test/", noResolver(), webhook.FailureDNS, true},
		"denied":             {"http://192.0.2.1/", nil, webhook.FailureDenied, true},
		"unknown authority":  {secure.URL, nil, webhook.FailureTLS, true},
		"no TLS":             {"https://" + plain.Listener.Addr().String(), nil, webhook.FailureTLS, true},
		"no connection":      {"http://slow.test/", slow, webhook.FailureTimeout, true},
		"hangs in TLS":       {"https://" + hangs, nil, webhook.FailureTimeout, true},
		"hangs":              {"http://" + hangs, nil, webhook.FailureTimeout, false},
		"reset":              {"http://" + resets, nil, webhook.FailureReset, false},
		"responds with 500":  {plain.URL, nil, "", false},
		"request is invalid": {"ftp://127.0.0.1/", nil, webhook.FailureRequest, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, delivery.Config{Resolver: c.resolver})
			timeout := 10 * time.Second
			if c.failure == webhook.FailureTimeout {
				timeout = 50 * time.Millisecond
			}
			a := client.Attempt(t.Context(), delivery.Request{Method: "POST", URL: c.url, Body: []byte("{}"), Timeout: timeout})
			require.Equal(t, c.failure, a.Failure, a.Error)
			require.Equal(t, c.want, delivery.IsUnreachable(a), "%+v", a)
		})
	}
}

// accepting listens, and speaks to each connection until the test ends.
func accepting(t *testing.T, speak func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				speak(c)
			}()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String()
}
