package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// What a client may cost that does not do its part.
const (
	headerPatience = 10 * time.Second
	bodyPatience   = 30 * time.Second
	idlePatience   = 2 * time.Minute
	endPatience    = 2 * time.Second // for requests under way when the server ends
	largestHeader  = 64 << 10
	// mostDrained is how much of a body that is too large is read and thrown
	// away: a client that still writes may not see the answer.
	mostDrained = 32 << 20
)

// A consumer is an endpoint that receives webhooks: an http.Handler that
// answers as it was told and hands on what came.
type consumer struct {
	// status and delay are those of every answer to a webhook.
	status int
	delay  time.Duration
	// verifyToken is what a GET must know to get its challenge back. Without
	// one every GET is refused.
	verifyToken string
	// patience is how long a body may take to come.
	patience time.Duration
	// received is told of every webhook after it was answered, so that its
	// sender does not wait: of one at a time, in the order in which they came.
	received func(arrival)
	log      *log.Logger

	mu   sync.Mutex
	last chan struct{} // closed when received knows of the webhook that came last
}

// An arrival is a webhook that came, and how it was answered.
type arrival struct {
	event  webhook.Event
	size   int64 // of the body, which is not kept if it is too large
	status int
	took   time.Duration // from the request's header to the end of the answer
}

// tooLarge reports whether the body was thrown away.
func (a arrival) tooLarge() bool { return a.size > int64(len(a.event.Body)) }

func (c *consumer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	switch {
	case r.Method == http.MethodGet && c.verifyToken != "" && r.URL.Query().Has("hub.challenge"):
		c.verify(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		c.refuse(w, http.StatusMethodNotAllowed, errors.New("a webhook is a POST"))
		return
	}
	body, size, err := c.read(w, r)
	if err != nil {
		c.refuse(w, http.StatusBadRequest, err)
		return
	}
	before, done := c.queue()
	defer close(done)
	a := arrival{event: webhook.Event{At: began.UTC(), Header: fieldsOf(r.Header), Body: body}, size: size, status: c.status}
	if a.tooLarge() {
		a.status = http.StatusRequestEntityTooLarge
		w.Header().Set("Connection", "close")
	} else {
		wait(r.Context(), c.delay)
	}
	answer(w, a.status)
	a.took = time.Since(began)
	<-before
	c.received(a)
}

// queue takes a place behind the webhooks that came before. A sender that waits
// for each answer gets its places in its own order.
func (c *consumer) queue() (before <-chan struct{}, done chan<- struct{}) {
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
func (c *consumer) read(w http.ResponseWriter, r *http.Request) ([]byte, int64, error) {
	deadline := http.NewResponseController(w)
	_ = deadline.SetReadDeadline(time.Now().Add(c.patience)) // fails only where there is no connection
	limit := document.BodyLimits().Bytes
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, 0, fmt.Errorf("read the body: %w", err)
	}
	if len(body) <= limit {
		// After the whole body, a deadline in a longer delay would look like a
		// client that has gone; before, it must stay, because net/http reads on.
		_ = deadline.SetReadDeadline(time.Time{})
		return body, int64(len(body)), nil
	}
	rest, _ := io.CopyN(io.Discard, r.Body, mostDrained) // an error only means that there is no more
	return nil, max(int64(len(body))+rest, r.ContentLength), nil
}

// answer sends an empty answer now, before the handler returns.
func answer(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
	_ = http.NewResponseController(w).Flush() // a client that has gone is its own loss
}

// refuse answers what is no webhook. The log says nothing of the URL, which may
// hold a secret.
func (c *consumer) refuse(w http.ResponseWriter, status int, why error) {
	c.log.Printf("refuse a request with %d: %v", status, why)
	http.Error(w, http.StatusText(status), status)
}

// verify answers Meta's check of a URL with the challenge. The challenge is
// what a stranger says, so only what no browser takes for markup goes back.
func (c *consumer) verify(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	challenge := query.Get("hub.challenge")
	switch {
	case query.Get("hub.mode") != "subscribe":
		c.refuse(w, http.StatusBadRequest, errors.New(`a handshake's hub.mode is "subscribe"`))
	case subtle.ConstantTimeCompare([]byte(query.Get("hub.verify_token")), []byte(c.verifyToken)) == 0:
		c.refuse(w, http.StatusForbidden, errors.New("the handshake's hub.verify_token is not that of --verify-token"))
	case !regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`).MatchString(challenge):
		c.refuse(w, http.StatusBadRequest, errors.New("a handshake's hub.challenge is 1 to 128 letters, digits, _ and -"))
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = io.WriteString(w, challenge)
		c.log.Print("answered a handshake")
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

// fieldsOf lists header lines by name, because net/http keeps neither their
// order nor their case.
func fieldsOf(h http.Header) []webhook.Field {
	var fields []webhook.Field
	for name, values := range h {
		for _, value := range values {
			fields = append(fields, webhook.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields, func(a, b webhook.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// serve answers requests until the context ends, which is no error. Requests
// under way are answered then, and their handlers have returned; only a client
// that is too slow for that is cut off.
func serve(ctx context.Context, l net.Listener, h http.Handler, log *log.Logger) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: headerPatience, IdleTimeout: idlePatience, MaxHeaderBytes: largestHeader,
		ErrorLog: log, BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return exit{exitEnvironment, fmt.Errorf("serve %s: %w", l.Addr(), err)}
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), endPatience)
	defer cancel()
	if server.Shutdown(patience) != nil {
		_ = server.Close() // what it closes is given up anyway
	}
	<-ended
	return nil
}

// listenOn opens a port. Port 0 becomes one that is free; see urlOf.
func listenOn(ctx context.Context, addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("read --addr: %q is no HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		cause := err
		var failed *net.OpError
		if errors.As(err, &failed) {
			cause = failed.Err
		}
		return nil, exit{exitEnvironment, fmt.Errorf("listen on %s: %w; name another --addr, or port 0 for any that is free", addr, cause)}
	}
	return l, nil
}

func urlOf(l net.Listener) string { return "http://" + l.Addr().String() }

// loggerOf logs to a stream in lines that no terminal obeys, as complain does.
func loggerOf(out io.Writer) *log.Logger { return log.New(cleaned{out}, "ringback: ", 0) }

// cleaned passes whole lines on.
type cleaned struct{ out io.Writer }

func (c cleaned) Write(line []byte) (int, error) {
	if _, err := fmt.Fprintln(c.out, report.Clean(strings.TrimSuffix(string(line), "\n"))); err != nil {
		return 0, err
	}
	return len(line), nil
}
