package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

// A traced response knows what was written, so that no request ends without a
// response, and none that the provider API rejects without an entry in the journal.
type traced struct {
	http.ResponseWriter
	status int
	// recorded: the journal has it, or it is nothing for the journal.
	recorded bool
	// What is said of it there: session and path without the session's prefix, the body
	// as far as it was read, the response, and why it was rejected.
	session, path  string
	body, response []byte
	text           string
}

const (
	// maxTraced is how much of a rejection the journal keeps, and maxTracedPath how much
	// of its path.
	maxTraced     = 16 << 10
	maxTracedPath = 1 << 10
)

func (t *traced) WriteHeader(status int) {
	if t.status == 0 && status >= http.StatusOK {
		t.status = status
	}
	t.ResponseWriter.WriteHeader(status)
}

func (t *traced) Write(text []byte) (int, error) {
	if t.status == 0 {
		t.status = http.StatusOK
	}
	if !t.recorded && t.status >= http.StatusBadRequest {
		t.response = append(t.response, text[:min(len(text), maxTraced-len(t.response))]...)
	}
	return t.ResponseWriter.Write(text)
}

// Unwrap is for [http.ResponseController].
func (t *traced) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// journaled says that a handler writes its request down itself, or that it needs no
// entry.
func journaled(w http.ResponseWriter) {
	if t, ok := w.(*traced); ok {
		t.recorded = true
	}
}

// serve has a handler respond. One that returns without a response, or panics, is a
// mistake of ours: the client gets 500, and the log says what happened.
func (s *Server) serve(next http.Handler, t *traced, r *http.Request) {
	defer func() {
		mistake := "its handler wrote no response"
		if cause := recover(); cause != nil {
			if err, ok := cause.(error); t.status != 0 || ok && errors.Is(err, http.ErrAbortHandler) { // it can only be cut off
				panic(cause)
			}
			mistake = fmt.Sprintf("its handler panicked: %v\n%s", cause, debug.Stack())
		}
		if t.status == 0 {
			s.log.Error("respond to a request: "+mistake, "method", r.Method)
			t.text = "respond to request: internal error of Ringback"
			writeProblem(t, reject(http.StatusInternalServerError, "%s", t.text))
		}
	}()
	next.ServeHTTP(t, r)
}

// traced writes down each request that is rejected, whoever rejects it.
func (s *Server) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &traced{ResponseWriter: w, session: defaultSession, path: r.URL.Path}
		startedAt := time.Now().UTC()
		defer func() {
			if !t.recorded && t.status >= http.StatusBadRequest {
				s.journal.Add(t.entry(r, startedAt))
			}
		}()
		s.serve(next, t, r)
	})
}

// entry is that of a call without an API.
func (t *traced) entry(r *http.Request, startedAt time.Time) journal.Entry {
	if len(t.path) > maxTracedPath {
		t.path = t.path[:maxTracedPath] + "…"
	}
	return journal.Entry{
		Kind: journal.KindCall, Session: t.session, At: startedAt, Status: t.status, Text: t.text,
		Call: &journal.Call{
			Method: r.Method, Path: t.path, Header: delivery.Fields(r.Header), Body: t.body,
			Status: t.status, ResponseHeader: delivery.Fields(t.Header()), Response: t.response, Duration: time.Since(startedAt),
		},
	}
}

// rejectCall responds to a call that no API takes, and has it written down with its body
// and the reason.
func rejectCall(w http.ResponseWriter, r *http.Request, err error) {
	if t, ok := w.(*traced); ok && !t.recorded {
		body, broken := io.ReadAll(r.Body)
		if t.body, t.text = body, err.Error(); broken != nil {
			_, reason := deadline.Unread(broken)
			t.text += "; " + reason
		}
	}
	writeProblem(w, err)
}
