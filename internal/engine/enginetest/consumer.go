package enginetest

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A Consumer responds to a load in the process, and remembers what it was sent.
type Consumer struct {
	load  Load
	start time.Time

	mu       sync.Mutex
	attempts []attempt
}

// An attempt is one HTTP request, with its times since the start.
type attempt struct {
	event, n     int // n counts the attempts of the event from 1
	began, ended time.Duration
}

// NewConsumer makes the consumer of a load that starts now.
func NewConsumer(l Load) *Consumer { return &Consumer{load: l, start: time.Now()} }

// Close is for who closes its clients.
func (c *Consumer) Close() {}

// Attempt responds as the load says.
func (c *Consumer) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	began := time.Now()
	event, err := strconv.Atoi(string(r.Body))
	if err != nil {
		panic(err)
	}
	e := c.load.Events[event]
	c.mu.Lock()
	n := 1 + len(slices.DeleteFunc(slices.Clone(c.attempts), func(a attempt) bool { return a.event != event }))
	c.attempts = append(c.attempts, attempt{event: event, n: n, began: began.Sub(c.start)})
	place := len(c.attempts) - 1
	c.mu.Unlock()
	a := webhook.Attempt{At: began, Status: http.StatusOK}
	if n <= e.Rejected {
		a.Status = http.StatusServiceUnavailable
	}
	timer := time.NewTimer(e.Takes)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		a.Status, a.Failure, a.Error = 0, webhook.FailureCanceled, "canceled"
	}
	a.Timing.Total = time.Since(began)
	c.mu.Lock()
	c.attempts[place].ended = time.Since(c.start)
	c.mu.Unlock()
	return a
}
