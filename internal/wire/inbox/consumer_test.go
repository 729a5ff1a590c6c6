package inbox_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
	"github.com/ringback-dev/ringback/webhook"
)

// A recorder is a consumer that records its webhooks and its log.
type recorder struct {
	inbox.Consumer
	mu       sync.Mutex
	received []inbox.Received
	log      bytes.Buffer
}

func keep(change func(*inbox.Consumer)) *recorder {
	k := &recorder{}
	k.Status, k.Timeout, k.Log = http.StatusOK, time.Minute, log.New(&k.log, "", 0)
	k.OnReceived = func(a inbox.Received) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.received = append(k.received, a)
	}
	if change != nil {
		change(&k.Consumer)
	}
	return k
}

func (k *recorder) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	k.ServeHTTP(w, r)
	return w
}

func post(t *testing.T, body io.Reader) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
}

func TestConsumer_KeepsBytes(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"JSON": `{"a":1}`, "not JSON": "\xff\x00{", "empty": ""} {
		k := keep(func(c *inbox.Consumer) { c.Status = http.StatusAccepted })
		r := post(t, strings.NewReader(body))
		r.Header = http.Header{"X-B": {"2", "1"}, "X-A": {""}}
		w := k.serve(r)
		require.Equal(t, http.StatusAccepted, w.Code, name)
		require.Empty(t, w.Body.String(), name)
		require.Len(t, k.received, 1)
		a := k.received[0]
		require.Equal(t, body, string(a.Event.Body), name)
		require.Equal(t, []webhook.Header{{Name: "X-A", Value: ""}, {Name: "X-B", Value: "2"}, {Name: "X-B", Value: "1"}}, a.Event.Headers)
		require.Equal(t, int64(len(body)), a.Size)
		require.Equal(t, http.StatusAccepted, a.Status)
		require.False(t, a.TooLarge())
		require.Equal(t, time.UTC, a.Event.At.Location())
	}
}

// The delay is before the response, and OnReceived after it.
func TestConsumer_DelaysResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keep(func(c *inbox.Consumer) { c.Delay = time.Hour })
		startedAt := time.Now()
		require.Equal(t, http.StatusOK, k.serve(post(t, strings.NewReader("{}"))).Code)
		require.Equal(t, time.Hour, time.Since(startedAt))
		require.Equal(t, time.Hour, k.received[0].Duration)
		require.Equal(t, startedAt.UTC(), k.received[0].Event.At)
	})
}

func TestConsumer_DelayEndsWithClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := keep(func(c *inbox.Consumer) { c.Delay = time.Hour })
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		k.serve(post(t, strings.NewReader("{}")).WithContext(ctx))
		require.Len(t, k.received, 1, "it counts even if the client left")
		require.Equal(t, time.Second, k.received[0].Duration)
	})
}

// Concurrent webhooks are passed on in their order, even if OnReceived is slow.
func TestConsumer_KeepsOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		held := make(chan struct{})
		var order []string
		k := keep(func(c *inbox.Consumer) {
			c.OnReceived = func(a inbox.Received) {
				<-held
				order = append(order, string(a.Event.Body))
			}
		})
		var served sync.WaitGroup
		for _, body := range []string{"first", "second", "third"} {
			served.Go(func() { k.serve(post(t, strings.NewReader(body))) })
			synctest.Wait()
		}
		require.Empty(t, order)
		close(held)
		served.Wait()
		require.Equal(t, []string{"first", "second", "third"}, order)
	})
}

func TestConsumer_BodyOverLimit(t *testing.T) {
	t.Parallel()
	limit := document.BodyLimits().Bytes
	for name, c := range map[string]struct {
		size, status int
	}{"at the limit": {limit, http.StatusOK}, "a byte over it": {limit + 1, http.StatusRequestEntityTooLarge}} {
		k := keep(nil)
		w := k.serve(post(t, bytes.NewReader(make([]byte, c.size))))
		require.Equal(t, c.status, w.Code, name)
		a := k.received[0]
		require.Equal(t, int64(c.size), a.Size, name)
		require.Equal(t, c.status, a.Status)
		require.Equal(t, c.status != http.StatusOK, a.TooLarge(), name)
		if a.TooLarge() {
			require.Empty(t, a.Event.Body)
			require.Equal(t, "close", w.Header().Get("Connection"))
		}
	}
}

func TestConsumer_IgnoresIncompleteBody(t *testing.T) {
	t.Parallel()
	k := keep(nil)
	w := k.serve(post(t, io.MultiReader(strings.NewReader("{"), iotest.ErrReader(errors.New("connection lost")))))
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Empty(t, k.received)
	require.Contains(t, k.log.String(), "reject request with 400: read body: incomplete")
}

func TestConsumer_Handshake(t *testing.T) {
	t.Parallel()
	const token = "of-a-test"
	valid := "hub.mode=subscribe&hub.verify_token=" + token + "&hub.challenge="
	for name, c := range map[string]struct {
		token, query string
		status       int
		body         string
	}{
		"valid":                     {token, valid + "aZ_-09", http.StatusOK, "aZ_-09"},
		"the longest challenge":     {token, valid + strings.Repeat("9", 128), http.StatusOK, strings.Repeat("9", 128)},
		"a longer challenge":        {token, valid + strings.Repeat("9", 129), http.StatusBadRequest, ""},
		"markup":                    {token, valid + "%3Cb%3E", http.StatusBadRequest, ""},
		"an empty challenge":        {token, valid, http.StatusBadRequest, ""},
		"another token":             {token, "hub.mode=subscribe&hub.verify_token=other&hub.challenge=a", http.StatusForbidden, ""},
		"another mode":              {token, "hub.mode=other&hub.verify_token=" + token + "&hub.challenge=a", http.StatusBadRequest, ""},
		"no token configured":       {"", valid + "a", http.StatusForbidden, ""},
		"empty token on both sides": {"", "hub.mode=subscribe&hub.verify_token=&hub.challenge=a", http.StatusForbidden, ""},
	} {
		k := keep(func(one *inbox.Consumer) { one.VerifyToken = c.token })
		w := k.serve(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?"+c.query, nil))
		require.Equal(t, c.status, w.Code, name)
		if c.status == http.StatusOK {
			require.Equal(t, c.body, w.Body.String())
			require.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
			require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		}
		require.Empty(t, k.received, name)
		require.NotContains(t, k.log.String(), token, name)
	}
}

// A webhook has any method, and a body or a query.
func TestConsumer_AcceptsAnyMethod(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		k := keep(nil)
		w := k.serve(httptest.NewRequestWithContext(t.Context(), method, "/dlr?id=%30&status=", nil))
		require.Equal(t, http.StatusOK, w.Code, method)
		require.Len(t, k.received, 1, method)
		event := k.received[0].Event
		require.Equal(t, method, event.Method)
		require.Equal(t, "/dlr?id=%30&status=", event.URL, "byte for byte")
		require.Empty(t, event.Body)
	}
	for _, method := range []string{http.MethodOptions, http.MethodTrace, http.MethodConnect} {
		k := keep(nil)
		w := k.serve(httptest.NewRequestWithContext(t.Context(), method, "/?token=secret", strings.NewReader("{}")))
		require.Equal(t, http.StatusMethodNotAllowed, w.Code, method)
		require.Equal(t, "GET, HEAD, POST, PUT, PATCH, DELETE", w.Header().Get("Allow"), method)
		require.Empty(t, k.received)
		require.NotContains(t, k.log.String(), "secret")
	}
}

// A person who opens the URL gets a page, and is no webhook.
func TestConsumer_GreetsPeople(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		k := keep(nil)
		w := k.serve(httptest.NewRequestWithContext(t.Context(), method, "/webhooks", nil))
		require.Equal(t, http.StatusOK, w.Code)
		require.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
		require.Contains(t, w.Body.String(), "This is an endpoint for webhooks")
		require.Empty(t, k.received)
	}
}

func TestConsumer_RespondsToHandshakes(t *testing.T) {
	t.Parallel()
	h, err := contract.NamedHandshake("validation-key")
	require.NoError(t, err)
	challenge := func() *http.Request {
		r := post(t, strings.NewReader(`{"validation_key":"k","challenge":"a-1"}`))
		r.URL.RawQuery = "token=k"
		return r
	}
	for name, c := range map[string]struct {
		handshakes []contract.Handshake
		status     int
		response   string
		received   int
	}{
		"a handshake":            {[]contract.Handshake{h}, 200, `{"challenge":"a-1"}`, 0},
		"none is known":          {nil, 200, "", 1},
		"a consumer that is ill": {[]contract.Handshake{h}, 503, "", 1},
	} {
		k := keep(func(c2 *inbox.Consumer) { c2.Handshakes, c2.Status = c.handshakes, c.status })
		w := k.serve(challenge())
		require.Equal(t, c.status, w.Code, name)
		require.Equal(t, c.response, w.Body.String(), name)
		require.Len(t, k.received, c.received, name)
	}
	get, err := contract.NamedHandshake("meta")
	require.NoError(t, err)
	get.Guard = ""
	k := keep(func(c *inbox.Consumer) { c.Handshakes = []contract.Handshake{get} })
	w := k.serve(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/?hub.mode=subscribe&hub.challenge=a&hub.verify_token=b", nil))
	require.Equal(t, "a", w.Body.String())
}
