// Package inbox is an endpoint that accepts any webhook: an http.Handler that sends the
// configured response and passes on the request, byte for byte.
package inbox

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// maxDrained bounds how much of a too large body is read and discarded: a client that
// still writes may not read the response.
const maxDrained = 32 << 20

// A Consumer is an endpoint that receives webhooks. It is an http.Handler.
type Consumer struct {
	// Status and Delay are those of every response to a webhook.
	Status int
	Delay  time.Duration
	// VerifyToken is the token with which a GET gets its challenge back. Without it,
	// every challenge is rejected.
	VerifyToken string
	// Handshakes are those that get a valid response, if Status is 2xx. A value that a consumer must check
	// is the VerifyToken.
	Handshakes []contract.Handshake
	// Timeout bounds the time to read a body.
	Timeout time.Duration
	// OnReceived is called for every webhook after the response, so that the sender
	// doesn't wait. Calls don't overlap and keep the order of arrival.
	OnReceived func(Received)
	// Rejected, if set, is called for every rejected request, before the response.
	Rejected func(reason error)
	Log      *log.Logger

	mu   sync.Mutex
	last chan struct{} // closed after OnReceived for the last webhook
}

// A Received is a received webhook with the response to it.
type Received struct {
	Event    webhook.Event
	URL      string // as sent
	Size     int64  // of the body; a too large body is discarded
	Status   int
	Duration time.Duration // from the request's header to the end of the response
}

// TooLarge reports whether the body was discarded.
func (a Received) TooLarge() bool { return a.Size > int64(len(a.Event.Body)) }

// ServeHTTP responds to handshakes, and accepts every other request as a webhook, unless it is one of a
// person with a browser: a GET without a query.
func (c *Consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	startedAt := time.Now()
	switch bodyless := r.Method == http.MethodGet || r.Method == http.MethodHead; {
	case r.Method == http.MethodGet && c.VerifyToken != "" && r.URL.Query().Has("hub.challenge"):
		c.verify(w, r)
		return
	case bodyless && c.respondToHandshake(w, r, nil):
		return
	case r.Method == http.MethodGet && r.URL.Query().Has("hub.challenge"):
		c.reject(w, http.StatusForbidden, errors.New("verify endpoint: no token to compare with; set --verify-token"))
		return
	case bodyless && r.URL.RawQuery == "":
		greet(w)
		return
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace || r.Method == http.MethodOptions:
		w.Header().Set("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE")
		c.reject(w, http.StatusMethodNotAllowed, fmt.Errorf("%s is not the method of a webhook", r.Method))
		return
	}
	body, size, err := c.read(w, r)
	if err != nil {
		status, reason := deadline.Unread(err)
		c.reject(w, status, errors.New(reason))
		return
	}
	if c.respondToHandshake(w, r, body) {
		return
	}
	before, done := c.queue()
	defer close(done)
	a := Received{Event: webhook.Event{At: startedAt.UTC(), Method: r.Method, URL: r.URL.RequestURI(), Headers: Fields(r.Header), Body: body}, URL: "http://" + r.Host + r.URL.RequestURI(), Size: size, Status: c.Status}
	if a.TooLarge() {
		a.Status = http.StatusRequestEntityTooLarge
		w.Header().Set("Connection", "close")
	} else {
		wait(r.Context(), c.Delay)
	}
	respond(w, a.Status)
	a.Duration = time.Since(startedAt)
	<-before
	c.OnReceived(a)
}

// greeting is for a person who opens the URL of the endpoint.
const greeting = `<!doctype html><meta charset="utf-8"><title>Ringback</title>
<p>This is an endpoint for webhooks. It works: give its URL to the provider.</p>
<p>A request with a body or a query is a webhook; this one has neither.</p>
`

func greet(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = io.WriteString(w, greeting)
}

// respondToHandshake responds to a request that is a handshake, and reports whether it is one.
func (c *Consumer) respondToHandshake(w http.ResponseWriter, r *http.Request, body []byte) bool {
	const ok, redirect = 200, 300
	for _, h := range c.Handshakes {
		response, found := h.Respond(r.Method, r.URL.Query(), body, c.VerifyToken)
		if !found || c.Status < ok || c.Status >= redirect {
			continue
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if strings.HasPrefix(response, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		_, _ = io.WriteString(w, response)
		c.Log.Print("handshake succeeded")
		return true
	}
	return false
}

// queue appends a webhook to the queue of calls of OnReceived. The webhooks of a sender
// that waits for each response keep their order.
func (c *Consumer) queue() (before <-chan struct{}, done chan<- struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.last
	if last == nil {
		last = make(chan struct{})
		close(last)
	}
	c.last = make(chan struct{})
	return last, c.last
}

// read reads a body and returns its size. It discards a too large body.
func (c *Consumer) read(w http.ResponseWriter, r *http.Request) ([]byte, int64, error) {
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(c.Timeout)) // fails only where there is no connection
	limit := document.BodyLimits().Bytes
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, 0, err
	}
	if len(body) <= limit {
		// Past the body, a deadline during the delay would look like a closed connection;
		// before that it must stay, because net/http continues to read.
		_ = deadline.SetReadDeadline(time.Time{})
		return body, int64(len(body)), nil
	}
	rest, _ := io.CopyN(io.Discard, r.Body, maxDrained) // an error only means that there is no more
	return nil, max(int64(len(body))+rest, r.ContentLength), nil
}

// respond sends an empty response now, before the handler returns.
func respond(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
	_ = http.NewResponseController(w).Flush() // fails only if the client has closed the connection
}

// reject responds to a request that isn't a webhook. The log omits the URL, which may
// contain a secret.
func (c *Consumer) reject(w http.ResponseWriter, status int, reason error) {
	c.Log.Printf("reject request with %d: %v", status, reason)
	if c.Rejected != nil {
		c.Rejected(reason)
	}
	http.Error(w, http.StatusText(status), status)
}

// verify responds to Meta's verification of a URL with the challenge. It returns only
// characters that no browser interprets as markup, because the challenge is untrusted.
func (c *Consumer) verify(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	challenge := query.Get("hub.challenge")
	switch {
	case query.Get("hub.mode") != "subscribe":
		c.reject(w, http.StatusBadRequest, errors.New(`verify endpoint: hub.mode must be "subscribe"`))
	case subtle.ConstantTimeCompare([]byte(query.Get("hub.verify_token")), []byte(c.VerifyToken)) == 0:
		c.reject(w, http.StatusForbidden, errors.New("verify endpoint: hub.verify_token differs from --verify-token"))
	case !regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`).MatchString(challenge):
		c.reject(w, http.StatusBadRequest, errors.New("verify endpoint: hub.challenge must be 1 to 128 letters, digits, _ or -"))
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, challenge)
		c.Log.Print("handshake succeeded")
	}
}

// wait waits until the time is over or the request is canceled.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Fields returns headers sorted by name, because net/http keeps neither their order nor
// their case.
func Fields(h http.Header) []webhook.Header {
	var fields []webhook.Header
	for name, values := range h {
		for _, value := range values {
			fields = append(fields, webhook.Header{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b webhook.Header) int { return strings.Compare(a.Name, b.Name) })
	return fields
}
