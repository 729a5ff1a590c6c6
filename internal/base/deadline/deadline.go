// Package deadline bounds the time of a client for the header of a request, for its body,
// for reading a response, and between two requests, and the bytes of the bodies that a
// server holds. It also chooses the status for a request whose body is incomplete.
//
// Read [Limits] first. [Limits.Handler] limits a handler, and must be the outermost one;
// [Limits.Server] limits a server. [InFlight] bounds bytes.
package deadline

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// Limits are the limits for a client.
type Limits struct {
	// Header is for the header of a request, Body for its body.
	Header, Body time.Duration
	// Write is for each piece of a response, so that a stream or a delayed response may
	// take any time.
	Write time.Duration
	// Idle is the time until the next request of a connection.
	Idle time.Duration
	// HeaderBytes bounds the size of a header.
	HeaderBytes int
}

// Default returns the limits of every server of Ringback.
func Default() Limits {
	return Limits{Header: 10 * time.Second, Body: 30 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute, HeaderBytes: 64 << 10}
}

// Server returns a server of a handler with the limits of connections: for headers,
// between requests, and for writes before the handler starts.
func (l Limits) Server(h http.Handler, errorLog *log.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: l.Header, WriteTimeout: l.Write, IdleTimeout: l.Idle, MaxHeaderBytes: l.HeaderBytes, ErrorLog: errorLog,
	}
}

// Handler returns a handler with limits for the body and the response of each request, but
// not for the handler itself.
func (l Limits) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection := http.NewResponseController(w)
		var unread *body
		if r.Body != nil && r.Body != http.NoBody {
			// The deadline is for the body only: net/http removes it at the end of the body.
			// The recorder of a test doesn't support deadlines.
			_ = connection.SetReadDeadline(time.Now().Add(l.Body))
			unread = &body{ReadCloser: r.Body}
			r.Body = unread
		}
		out := &writer{ResponseWriter: w, connection: connection, limit: l.Write, unread: unread}
		if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.WriteTimeout == l.Write {
			out.set = time.Now() // the server sets it after the header
		}
		next.ServeHTTP(out, r)
		out.begin()
		out.extend() // for the buffer of the server
	})
}

// A body records whether it was read to its end.
type body struct {
	io.ReadCloser
	ended atomic.Bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.ended.Store(true)
	}
	return n, err
}

// A writer sets a deadline for each piece of a response.
type writer struct {
	http.ResponseWriter
	connection *http.ResponseController
	limit      time.Duration
	set        time.Time // when the deadline was set
	unread     *body     // nil if there is none
}

// begin prepares the start of a response. If the handler hasn't read the body, net/http
// would wait for the body before it responds, unless the response closes the connection.
func (w *writer) begin() {
	if w.unread != nil && !w.unread.ended.Load() {
		w.Header().Set("Connection", "close")
	}
	w.unread = nil
}

// WriteHeader starts the response.
func (w *writer) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

// piece is the number of bytes per deadline.
const piece = 64 << 10

// extend sets the deadline, unless it was set recently: each call has a cost.
func (w *writer) extend() {
	if now := time.Now(); now.Sub(w.set) > w.limit/fresh {
		w.set = now
		_ = w.connection.SetWriteDeadline(now.Add(w.limit))
	}
}

// fresh is the fraction of its time (1/8) within which a deadline isn't set again.
const fresh = 8

// Write writes in pieces, each with a deadline.
func (w *writer) Write(p []byte) (written int, err error) {
	w.begin()
	for {
		n := min(len(p), piece)
		w.extend()
		n, err = w.ResponseWriter.Write(p[:n])
		if written += n; err != nil || n >= len(p) {
			return written, err
		}
		p = p[n:]
	}
}

// FlushError sends the buffered output.
func (w *writer) FlushError() error {
	w.begin()
	w.extend()
	return w.connection.Flush()
}

// Unwrap returns the inner writer for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Unread returns the status and the reason for a request whose body couldn't be read: 408
// after a timeout, 413 beyond the limit of an [http.MaxBytesReader], 503 beyond an
// [InFlight], else 400.
func Unread(err error) (status int, reason string) {
	switch large, ok := errors.AsType[*http.MaxBytesError](err); {
	case ok:
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("read body: larger than the limit of %d bytes", large.Limit)
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable, "read body: the server holds too many bytes of other requests; retry later"
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, "read body: timeout before the end; send as many bytes as Content-Length specifies"
	}
	return http.StatusBadRequest, "read body: incomplete, or invalid chunks; send as many bytes as Content-Length specifies, or all chunks"
}
