// Package deadline bounds how long a client may take: for the header of a request,
// for its body, to read a response, and between two requests. It also says how a
// request whose body isn't complete is rejected.
//
// Read [Limits] first. A handler gets its limits by [Limits.Handler], whoever serves
// it, and before anything else looks at the request; a server by [Limits.Server].
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

// Limits are how long a client may take.
type Limits struct {
	// Header is for the header of a request, Body for its body.
	Header, Body time.Duration
	// Write is for each piece of a response, so that a stream or a response that is
	// held back has no end of its own.
	Write time.Duration
	// Idle is how long a connection may wait for its next request.
	Idle time.Duration
	// HeaderBytes bounds the size of a header.
	HeaderBytes int
}

// Default are the limits of every server of Ringback.
func Default() Limits {
	return Limits{Header: 10 * time.Second, Body: 30 * time.Second, Write: 30 * time.Second, Idle: 2 * time.Minute, HeaderBytes: 64 << 10}
}

// Server is a server of a handler with the limits of connections: for headers, between
// requests, and for what is written before a handler has its own.
func (l Limits) Server(h http.Handler, errorLog *log.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: l.Header, WriteTimeout: l.Write, IdleTimeout: l.Idle, MaxHeaderBytes: l.HeaderBytes, ErrorLog: errorLog,
	}
}

// Handler gives a handler the limits for the body and the response of each request.
// The handler may then take its own time.
func (l Limits) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connection := http.NewResponseController(w)
		var unread *body
		if r.Body != nil && r.Body != http.NoBody {
			// It is for the body alone: net/http takes it away when that has been read. A
			// test's recorder has none.
			_ = connection.SetReadDeadline(time.Now().Add(l.Body))
			unread = &body{ReadCloser: r.Body}
			r.Body = unread
		}
		out := &writer{ResponseWriter: w, connection: connection, limit: l.Write, unread: unread}
		if s, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && s.WriteTimeout == l.Write {
			out.set = time.Now() // by the server, when it had read the header
		}
		next.ServeHTTP(out, r)
		out.begin()
		out.extend() // for what the server still holds
	})
}

// A body knows whether it has been read to its end.
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

// A writer gives each piece of a response a deadline of its own.
type writer struct {
	http.ResponseWriter
	connection *http.ResponseController
	limit      time.Duration
	set        time.Time // when the deadline was set
	unread     *body     // nil if there is none
}

// begin is called before a response begins. Where the handler hasn't read the body,
// net/http would wait for it before it responds, unless the connection ends.
func (w *writer) begin() {
	if w.unread != nil && !w.unread.ended.Load() {
		w.Header().Set("Connection", "close")
	}
	w.unread = nil
}

func (w *writer) WriteHeader(status int) {
	w.begin()
	w.ResponseWriter.WriteHeader(status)
}

// piece is how much is written by one deadline.
const piece = 64 << 10

// extend sets the deadline, unless that was done just now: each time costs something.
func (w *writer) extend() {
	if now := time.Now(); now.Sub(w.set) > w.limit/justNow {
		w.set = now
		_ = w.connection.SetWriteDeadline(now.Add(w.limit))
	}
}

// justNow is which part of its time a deadline may have run already.
const justNow = 8

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

// FlushError sends what was written.
func (w *writer) FlushError() error {
	w.begin()
	w.extend()
	return w.connection.Flush()
}

// Unwrap is for [http.ResponseController].
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Unread says how a request whose body couldn't be read is rejected, and why: 408 if
// its time was over, 413 if it is larger than an [http.MaxBytesReader] allows, else 400.
func Unread(err error) (status int, reason string) {
	switch large, ok := errors.AsType[*http.MaxBytesError](err); {
	case ok:
		return http.StatusRequestEntityTooLarge, fmt.Sprintf("read body: it is larger than %d bytes", large.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, "read body: the rest of it did not come in time; send as many bytes as Content-Length says"
	}
	return http.StatusBadRequest, "read body: it is incomplete or its chunks are invalid; send as many bytes as Content-Length says, or all chunks"
}
