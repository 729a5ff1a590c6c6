package delivery_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newClient(t testing.TB, c delivery.Config) *delivery.Client {
	t.Helper()
	client, err := delivery.New(c)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// noResolver resolves no name, without a network.
func noResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("no name server in tests")
	}}
}

// names resolves each query for an address to the next of these, over a pipe.
func names(t *testing.T, addresses ...[4]byte) *net.Resolver {
	var asked atomic.Int32
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer ours.Close()
			for {
				var size [2]byte
				if err := readFull(ours, size[:]); err != nil {
					return
				}
				question := make([]byte, binary.BigEndian.Uint16(size[:]))
				if err := readFull(ours, question); err != nil {
					return
				}
				if _, err := ours.Write(response(question, func() [4]byte { return addresses[min(int(asked.Add(1)), len(addresses))-1] })); err != nil {
					return
				}
			}
		}()
		t.Cleanup(func() { _ = theirs.Close() })
		return theirs, nil
	}}
}

func readFull(c net.Conn, into []byte) error {
	done := 0
	for done < len(into) {
		n, err := c.Read(into[done:])
		if done += n; err != nil {
			return err
		}
	}
	return nil
}

// response is a DNS response (RFC 1035) in its TCP framing: an address for a query of
// type A, nothing for others.
func response(question []byte, next func() [4]byte) []byte {
	end := 12
	for question[end] != 0 {
		end += 1 + int(question[end])
	}
	end += 5
	isA := question[end-3] == 1
	reply := append([]byte{}, question[:2]...)
	reply = append(reply, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0)
	reply = append(reply, question[12:end]...)
	if isA {
		reply[7] = 1
		address := next()
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, address[:]...)
	}
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...)
}

func post(to string) delivery.Request {
	return delivery.Request{Method: "POST", URL: to, Body: []byte(`{"a":1}`), Timeout: 10 * time.Second}
}

func TestAttempt_Fields(t *testing.T) {
	t.Parallel()
	raw := make(chan string, 1)
	to := serve(t, func(c net.Conn) {
		raw <- readRequest(c)
		write(c, "HTTP/1.1 201 Created\r\nX-B: 2\r\nX-A: 1\r\nX-B: 3\r\nContent-Length: 4\r\n\r\ndone")
	})
	header := []webhook.Header{
		{Name: "webhook-id", Value: "msg_1"}, {Name: "Content-Type", Value: "application/json"}, {Name: "x-Two", Value: "1"}, {Name: "x-Two", Value: "2"}, {Name: "user-agent", Value: "Acme"},
	}
	r := post(to + "/hook?x=1")
	r.Header = header
	before := time.Now()
	a := newClient(t, delivery.Config{}).Attempt(t.Context(), r)
	require.Empty(t, a.Error)
	require.Equal(t, 201, a.Status)
	require.Equal(t, "done", string(a.ResponseBody))
	require.False(t, a.Truncated)
	require.Equal(t, header, a.RequestHeaders)
	require.Equal(t, []webhook.Header{{Name: "Content-Length", Value: "4"}, {Name: "X-A", Value: "1"}, {Name: "X-B", Value: "2"}, {Name: "X-B", Value: "3"}}, a.ResponseHeaders)
	require.False(t, a.At.Before(before))
	require.Positive(t, a.Timing.Dial)
	require.Zero(t, a.Timing.TLS)
	require.Positive(t, a.Timing.FirstByte)
	require.GreaterOrEqual(t, a.Timing.Total, a.Timing.FirstByte)
	host := strings.TrimPrefix(to, "http://")
	require.Equal(t, "POST /hook?x=1 HTTP/1.1\r\nHost: "+host+"\r\nUser-Agent: Acme\r\nContent-Length: 7\r\nContent-Type: application/json\r\n"+
		"webhook-id: msg_1\r\nx-Two: 1\r\nx-Two: 2\r\n\r\n{\"a\":1}", <-raw)
}

func TestAttempt_AddsNoHeaders(t *testing.T) {
	t.Parallel()
	raw := make(chan string, 1)
	to := serve(t, func(c net.Conn) { raw <- readRequest(c); write(c, "HTTP/1.1 204 No Content\r\n\r\n") })
	require.Equal(t, 204, newClient(t, delivery.Config{}).Attempt(t.Context(), post(to)).Status)
	require.Equal(t, "POST / HTTP/1.1\r\nHost: "+strings.TrimPrefix(to, "http://")+"\r\nContent-Length: 7\r\n\r\n{\"a\":1}", <-raw)
}

func TestAttempt_UserInURL(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		_, _ = w.Write([]byte(user + "/" + password))
	}))
	defer server.Close()
	client := newClient(t, delivery.Config{})
	a := client.Attempt(t.Context(), post(strings.Replace(server.URL, "http://", "http://canary:pass@", 1)))
	require.Equal(t, "canary/pass", string(a.ResponseBody))
	require.Equal(t, "Authorization", a.RequestHeaders[0].Name)
	for _, to := range []string{"http://canary:secre/t@127.0.0.1:1", "http://canary:pass@127.0.0.1:1/", "http://canary:pass@169.254.169.254/", "http://canary:%zz@127.0.0.1/", "ftp://canary@127.0.0.1/", "http://127.0.0.1:99999/canary"} {
		a := client.Attempt(t.Context(), post(to))
		require.NotEmpty(t, a.Failure)
		require.NotContains(t, a.Error, "canary")
		require.NotContains(t, a.Error, "secre")
		require.NotContains(t, a.Error, "pass")
	}
}

func TestAttempt_RejectsInvalidRequests(t *testing.T) {
	t.Parallel()
	client := newClient(t, delivery.Config{})
	for _, r := range []delivery.Request{
		{Method: "post", URL: "http://127.0.0.1/"}, {URL: "http://127.0.0.1/"}, {Method: "POST", URL: "http:///x"}, {Method: "POST", URL: "http://127.0.0.1:0/"},
		{Method: "POST", URL: "http://127.0.0.1/", Header: []webhook.Header{{Name: "X-A", Value: "a\r\nX-B: secret"}}},
		{Method: "POST", URL: "http://127.0.0.1/", Header: []webhook.Header{{Name: "X A", Value: "secret"}}},
		{Method: "POST", URL: "http://127.0.0.1/", Header: []webhook.Header{{Name: "content-length", Value: "secret"}}},
	} {
		a := client.Attempt(t.Context(), r)
		require.Equal(t, webhook.FailureRequest, a.Failure, a.Error)
		require.NotContains(t, a.Error, "secret")
	}
}

// A consumer that drops the connection after reading the request may have processed it:
// the client doesn't send it again, whatever the method.
func TestAttempt_SendsOnce(t *testing.T) {
	t.Parallel()
	idempotent := []webhook.Header{{Name: "Idempotency-Key", Value: "1"}}
	for name, r := range map[string]delivery.Request{
		"post": {Method: "POST", Body: []byte("{}")}, "put": {Method: "PUT", Body: []byte("{}")}, "idempotent": {Method: "POST", Body: []byte("{}"), Header: idempotent},
		"empty": {Method: "POST", Header: idempotent}, "get": {Method: "GET"}, "get with body": {Method: "GET", Body: []byte("{}")}, "head": {Method: "HEAD"},
	} {
		var got atomic.Int32
		var first atomic.Bool
		to := serve(t, func(c net.Conn) {
			for readRequest(c) != "" {
				got.Add(1)
				if !first.CompareAndSwap(false, true) {
					return // close without a response
				}
				write(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
			}
		})
		client := newClient(t, delivery.Config{})
		r.URL, r.Timeout = to, 10*time.Second
		require.Equal(t, 200, client.Attempt(t.Context(), r).Status, name)
		a := client.Attempt(t.Context(), r)
		require.Equal(t, webhook.FailureReset, a.Failure, "%s: %s", name, a.Error)
		require.EqualValues(t, 2, got.Load(), name)
	}
}

func TestClient_KeepsConnections(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client := newClient(t, delivery.Config{})
	for i := range 5 {
		a := client.Attempt(t.Context(), post(server.URL))
		require.Equal(t, 200, a.Status)
		require.Equal(t, i > 0, a.Timing.Dial == 0)
	}
	require.EqualValues(t, 1, connections.Load())
}

func TestClient_IgnoresProxyEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	client := newClient(t, delivery.Config{Policy: policy(t, "local", "consumer.example"), Resolver: names(t, [4]byte{127, 0, 0, 1})})
	to := strings.Replace(server.URL, "127.0.0.1", "consumer.example", 1)
	require.Equal(t, 200, client.Attempt(t.Context(), post(to)).Status)
}

// The name resolves to loopback first and to the metadata service afterwards.
func TestPolicy_DNSRebinding(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }))
	defer server.Close()
	client := newClient(t, delivery.Config{Policy: policy(t, "consumer.example"), Resolver: names(t, [4]byte{127, 0, 0, 1}, [4]byte{169, 254, 169, 254})})
	to := strings.Replace(server.URL, "127.0.0.1", "consumer.example", 1)
	require.Equal(t, 200, client.Attempt(t.Context(), post(to)).Status)
	a := client.Attempt(t.Context(), post(to))
	require.Equal(t, webhook.FailureDenied, a.Failure, a.Error)
	require.Contains(t, a.Error, "link-local")
	// The policy allows the name, but no other name of the same address.
	a = client.Attempt(t.Context(), post(server.URL))
	require.Equal(t, webhook.FailureDenied, a.Failure)
}

func TestAttempt_RedirectsNotFollowed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	a := newClient(t, delivery.Config{}).Attempt(t.Context(), post(server.URL))
	require.Equal(t, 307, a.Status)
	require.Contains(t, a.ResponseHeaders, webhook.Header{Name: "Location", Value: "http://169.254.169.254/latest/meta-data/"})
	ok, why := contract.Schedule{}.Accepted(a)
	require.False(t, ok)
	require.Contains(t, why, "redirects are not followed")
	require.EqualValues(t, 1, asked.Load())
}
