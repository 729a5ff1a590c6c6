package delivery

import (
	"cmp"
	"context"
	"maps"
	"time"

	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// A Result is the result of a handshake.
type Result struct {
	OK bool
	// Cause is the reason of a failure, else empty.
	Cause string
	// Attempts are the valid request and, if it succeeded, the one with an invalid token.
	Attempts []webhook.Attempt
}

// Handshake tests the handshake of a URL. values has a value for each name of the
// handshake; use a new challenge each time.
func (c *Client) Handshake(ctx context.Context, url string, h contract.Handshake, values map[string]string) Result {
	return Handshake(ctx, c, url, h, values)
}

// An attempter makes one attempt; [Client] is one.
type attempter interface {
	Attempt(ctx context.Context, r Request) webhook.Attempt
}

// Handshake is [Client.Handshake] for any implementation of attempts.
func Handshake(ctx context.Context, c attempter, url string, h contract.Handshake, values map[string]string) Result {
	if err := h.Check(values); err != nil {
		return Result{Cause: err.Error()}
	}
	first := c.Attempt(ctx, requestOf(h, url, values))
	result := Result{Attempts: []webhook.Attempt{first}}
	if result.Cause = h.CheckResponse(first, values); result.Cause != "" {
		return result
	}
	if h.Guard != "" {
		invalid := maps.Clone(values)
		invalid[h.Guard] = "wrong-" + values[h.Guard]
		second := c.Attempt(ctx, requestOf(h, url, invalid))
		result.Attempts = append(result.Attempts, second)
		if result.Cause = h.CheckWrongToken(second, invalid); result.Cause != "" {
			return result
		}
	}
	result.OK = true
	return result
}

func requestOf(h contract.Handshake, url string, values map[string]string) Request {
	const allowed = 10 * time.Second
	r := Request{Method: cmp.Or(h.Method, "POST"), Timeout: allowed}
	if r.URL, r.Body = h.Request(url, values); r.Body != nil {
		r.Header = []webhook.Header{{Name: "Content-Type", Value: "application/json"}}
	}
	return r
}
