package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A problem is an error with an HTTP status, which the client gets in the format of RFC 9457.
type problem struct {
	status int
	err    error
	// more are members beside those of the RFC, such as the pointer of what is wrong.
	more map[string]any
	// retryAfter is the header of the name; 0 is none.
	retryAfter time.Duration
}

func (p *problem) Error() string { return p.err.Error() }
func (p *problem) Unwrap() error { return p.err }

// reject makes an error with a status. Its text holds no
// secret and no phone number.
func reject(status int, format string, args ...any) error {
	return &problem{status: status, err: fmt.Errorf(format, args...)}
}

// withPointer says which place of the request's body an error is about: a JSON Pointer.
func withPointer(pointer string, err error) error { return with(err, "pointer", pointer) }

// withParameter says which name of the query an error is about.
func withParameter(name string, err error) error { return with(err, "parameter", name) }

func with(err error, name string, value any) error {
	if err == nil {
		return nil
	}
	p := *problemOf(err)
	p.more = maps.Clone(p.more)
	if p.more == nil {
		p.more = map[string]any{}
	}
	p.more[name] = value
	return &p
}

// problemOf is an error as a problem: without a status, it is a 422.
func problemOf(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return &problem{status: p.status, err: err, more: p.more, retryAfter: p.retryAfter}
	}
	return &problem{status: http.StatusUnprocessableEntity, err: err}
}

// writeProblem responds with an error. A client can tell problems apart by their
// status; type is always about:blank.
func writeProblem(w http.ResponseWriter, err error) {
	p := problemOf(err)
	for _, line := range p.header() {
		w.Header().Set(line[0], line[1])
	}
	members := map[string]any{}
	maps.Copy(members, p.more)
	members["type"] = "about:blank"
	members["title"] = http.StatusText(p.status)
	members["status"] = p.status
	members["detail"] = p.Error()
	writeJSON(w, p.status, "application/problem+json", members)
}

// header are the lines that a problem has in a header.
func (p *problem) header() [][2]string {
	if p.retryAfter == 0 {
		return nil
	}
	return [][2]string{{"Retry-After", seconds(p.retryAfter)}}
}

// seconds is a duration as the header Retry-After has it.
func seconds(d time.Duration) string { return strconv.Itoa(int(math.Ceil(d.Seconds()))) }

// writeJSON responds with a value, in one line.
func writeJSON(w http.ResponseWriter, status int, contentType string, value any) {
	jsonHeader(w, contentType)
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // the client has gone
}

// jsonHeader sets the header of a response in JSON.
func jsonHeader(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
}

// A response is what a handler returns; the zero response was written already.
type response struct {
	status int
	value  any
	// page is a list of any length, instead of value.
	page *longPage
	// location is that of what was made; "" if nothing was.
	location string
	// release is called when the response was written; nil does nothing.
	release func()
}

func ok(value any) response { return response{status: http.StatusOK, value: value} }

func created(value any, location string) response {
	return response{status: http.StatusCreated, value: value, location: location}
}

func noContent() response { return response{status: http.StatusNoContent} }

func (a response) write(w http.ResponseWriter) {
	if a.release != nil {
		defer a.release()
	}
	if a.location != "" {
		w.Header().Set("Location", a.location)
	}
	switch {
	case a.page != nil:
		a.page.write(w)
	case a.status == 0:
	case a.value == nil:
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(a.status)
	default:
		writeJSON(w, a.status, "application/json", a.value)
	}
}

// shortMethod is a method that may be anything, for a message.
func shortMethod(method string) string {
	const maxCount = 20
	return document.Shorten(method, maxCount)
}

// page is a short list in a response: {"data": […]}, never null. See longPage for others.
type page[T any] struct {
	Data []T `json:"data"`
}

func listed[T any](all []T) response { return ok(page[T]{orEmpty(all)}) }

// orEmpty is a list that JSON writes as one even if there is nothing in it.
func orEmpty[T any](all []T) []T {
	if all == nil {
		return []T{}
	}
	return all
}
