package delivery

import (
	"cmp"
	"context"
	"maps"
	"time"

	"github.com/ringback-dev/ringback/internal/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// A Result is how a handshake ended.
type Result struct {
	OK bool
	// Why says what went wrong; empty if nothing did.
	Cause string
	// Attempts are the right call and, if it was made, the one with a wrong guard.
	Attempts []webhook.Attempt
}

// Shake tries the URL. The values hold one for each name of the handshake; make
// the challenge anew each time.
func (c *Client) Handshake(ctx context.Context, url string, h contract.Handshake, values map[string]string) Result {
	return Handshake(ctx, c, url, h, values)
}

// An attempter makes one attempt; [Client] is one.
type attempter interface {
	Attempt(ctx context.Context, r Request) webhook.Attempt
}

// Shake tries the URL by whatever makes the attempts.
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
		wrong := maps.Clone(values)
		wrong[h.Guard] = "wrong-" + values[h.Guard]
		second := c.Attempt(ctx, requestOf(h, url, wrong))
		result.Attempts = append(result.Attempts, second)
		if result.Cause = h.CheckWrongToken(second, wrong); result.Cause != "" {
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
		r.Header = []webhook.Field{{Name: "Content-Type", Value: "application/json"}}
	}
	return r
}
