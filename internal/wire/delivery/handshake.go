package delivery

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// A Result is the result of a handshake.
type Result struct {
	OK bool
	// Cause is the reason of a failure, else empty.
	Cause string
	// Event is what was sent: of a challenge, the headers and the body of the valid request.
	Event webhook.Event
	// Attempts are the valid request and, if it succeeded, the one with an invalid token.
	Attempts []webhook.Attempt
}

// An attempter makes one attempt; [Client] is one.
type attempter interface {
	Attempt(ctx context.Context, r Request) webhook.Attempt
}

// Handshake tests the handshake of a URL: to has the URL, further headers and the time allowed, by
// default 10 s. values has a value for each name of the handshake; use a new challenge each time.
func Handshake(ctx context.Context, c attempter, to Request, h contract.Handshake, values map[string]string) Result {
	if err := h.Check(values); err != nil {
		return Result{Cause: err.Error()}
	}
	request := requestOf(h, to, values)
	first := c.Attempt(ctx, request)
	result := Result{Event: webhook.Event{Headers: request.Header, Body: request.Body}, Attempts: []webhook.Attempt{first}}
	if result.Cause = h.CheckResponse(first, values); result.Cause != "" {
		return result
	}
	if h.Guard != "" {
		invalid := maps.Clone(values)
		invalid[h.Guard] = "wrong-" + values[h.Guard]
		second := c.Attempt(ctx, requestOf(h, to, invalid))
		result.Attempts = append(result.Attempts, second)
		if result.Cause = h.CheckWrongToken(second, invalid); result.Cause != "" {
			return result
		}
	}
	result.OK = true
	return result
}

func requestOf(h contract.Handshake, to Request, values map[string]string) Request {
	const allowed = 10 * time.Second
	r := Request{Method: cmp.Or(h.Method, "POST"), Header: slices.Clone(to.Header), Timeout: cmp.Or(to.Timeout, allowed)}
	if r.URL, r.Body = h.Request(to.URL, values); r.Body != nil {
		r.Header = append(r.Header, webhook.Header{Name: "Content-Type", Value: "application/json"})
	}
	return r
}
