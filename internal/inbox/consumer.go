// Package inbox is an endpoint that takes whatever comes: an http.Handler that
// answers as it was told and hands on what it received, byte for byte.
package inbox

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"log"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/deadline"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// mostDrained is how much of a body that is too large is read and thrown away: a
// client that still writes may not see the answer.
const maxDrained = 32 << 20

// A Consumer is an endpoint that receives webhooks: an http.Handler that
// answers as it was told and hands on what came.
type Consumer struct {
	// Status and Delay are those of every answer to a webhook.
	Status int
	Delay  time.Duration
	// VerifyToken is what a GET must know to get its challenge back. Without
	// one every GET is refused.
	VerifyToken string
	// Patience is how long a body may take to come.
	Timeout time.Duration
	// OnReceived is told of every webhook after it was answered, so that its
	// sender does not wait: of one at a time, in the order in which they came.
	OnReceived func(Received)
	// Rejected, if it is set, is told of every request that is rejected, before that is
	// answered.
	Rejected func(why error)
	Log      *log.Logger

	mu   sync.Mutex
	last chan struct{} // closed when OnReceived knows of the webhook that came last
}

// An Received is a webhook that came, and how it was answered.
type Received struct {
	Event    webhook.Event
	URL      string // as the sender wrote it
	Size     int64  // of the body, which is not kept if it is too large
	Status   int
	Duration time.Duration // from the request's header to the end of the answer
}

// TooLarge reports whether the body was thrown away.
func (a Received) TooLarge() bool { return a.Size > int64(len(a.Event.Body)) }

func (c *Consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	startedAt := time.Now()
	switch {
	case r.Method == http.MethodGet && c.VerifyToken != "" && r.URL.Query().Has("hub.challenge"):
		c.verify(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		c.reject(w, http.StatusMethodNotAllowed, errors.New("a webhook is a POST"))
		return
	}
	body, size, err := c.read(w, r)
	if err != nil {
		status, reason := deadline.Unread(err)
		c.reject(w, status, errors.New(reason))
		return
	}
	before, done := c.queue()
	defer close(done)
	a := Received{Event: webhook.Event{At: startedAt.UTC(), Header: Fields(r.Header), Body: body}, URL: "http://" + r.Host + r.URL.RequestURI(), Size: size, Status: c.Status}
	if a.TooLarge() {
		a.Status = http.StatusRequestEntityTooLarge
		w.Header().Set("Connection", "close")
	} else {
		wait(r.Context(), c.Delay)
	}
	response(w, a.Status)
	a.Duration = time.Since(startedAt)
	<-before
	c.OnReceived(a)
}

// queue takes a place behind the webhooks that came before. A sender that waits
// for each answer gets its places in its own order.
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

// read reads a body and returns its size; of one that is too large nothing is kept.
func (c *Consumer) read(w http.ResponseWriter, r *http.Request) ([]byte, int64, error) {
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(c.Timeout)) // fails only where there is no connection
	limit := document.BodyLimits().Bytes
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, 0, err
	}
	if len(body) <= limit {
		// After the whole body, a deadline in a longer delay would look like a
		// client that has gone; before, it must stay, because net/http reads on.
		_ = deadline.SetReadDeadline(time.Time{})
		return body, int64(len(body)), nil
	}
	rest, _ := io.CopyN(io.Discard, r.Body, maxDrained) // an error only means that there is no more
	return nil, max(int64(len(body))+rest, r.ContentLength), nil
}

// answer sends an empty answer now, before the handler returns.
func response(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
	_ = http.NewResponseController(w).Flush() // a client that has gone is its own loss
}

// refuse answers what is no webhook. The log says nothing of the URL, which may
// hold a secret.
func (c *Consumer) reject(w http.ResponseWriter, status int, why error) {
	c.Log.Printf("refuse a request with %d: %v", status, why)
	if c.Rejected != nil {
		c.Rejected(why)
	}
	http.Error(w, http.StatusText(status), status)
}

// verify answers Meta's check of a URL with the challenge. The challenge is
// what a stranger says, so only what no browser takes for markup goes back.
func (c *Consumer) verify(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	challenge := query.Get("hub.challenge")
	switch {
	case query.Get("hub.mode") != "subscribe":
		c.reject(w, http.StatusBadRequest, errors.New(`a handshake's hub.mode is "subscribe"`))
	case subtle.ConstantTimeCompare([]byte(query.Get("hub.verify_token")), []byte(c.VerifyToken)) == 0:
		c.reject(w, http.StatusForbidden, errors.New("the handshake's hub.verify_token is not that of --verify-token"))
	case !regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`).MatchString(challenge):
		c.reject(w, http.StatusBadRequest, errors.New("a handshake's hub.challenge is 1 to 128 letters, digits, _ and -"))
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, challenge)
		c.Log.Print("answered a handshake")
	}
}

// wait waits, but not for a client that has gone or a server that ends.
func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// Fields lists header lines by name, because net/http keeps neither their
// order nor their case.
func Fields(h http.Header) []webhook.Field {
	var fields []webhook.Field
	for name, values := range h {
		for _, value := range values {
			fields = append(fields, webhook.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b webhook.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}
