// Package pipeline validates bodies on all cores, in their order.
package pipeline

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A Result is a validated body, or the error of reading it.
type Result struct {
	Body  capture.Body
	Items []webhook.Item
	// Sequence are the same items for the rules over a capture; nil if those are off.
	Sequence []sequence.Item
	// Unread is a failure of the world: a path that could not be read.
	Unread error
	// Failed is an internal error.
	Failed error
	// Last is true if nothing else is ready: the time to show what there is.
	Last bool
}

// What is under way at once is bounded in bodies and bytes, and so is memory.
const (
	maxBodies = 64
	maxBytes  = 256 << 10
)

// A batch goes to one worker; done is closed when it is validated.
type batch struct {
	bodies []Result
	done   chan struct{}
}

// Run validates bodies on all cores and yields them in their order. It leaves no
// goroutine running.
func Run(ctx context.Context, bodies iter.Seq2[capture.Body, error], validator func(capture.Body) ([]webhook.Item, []sequence.Item, error)) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		ctx, cancel := context.WithCancel(ctx)
		workers := runtime.GOMAXPROCS(0)
		work, ordered := make(chan *batch), make(chan *batch, workers)
		var running sync.WaitGroup
		running.Go(func() {
			defer close(ordered)
			defer close(work)
			readBatches(ctx, bodies, func(b *batch) bool {
				select {
				case ordered <- b:
				case <-ctx.Done():
					return false
				}
				work <- b
				return true
			})
		})
		for range workers {
			running.Go(func() {
				for b := range work {
					for i := range b.bodies {
						if one := &b.bodies[i]; one.Unread == nil && ctx.Err() == nil {
							one.Items, one.Sequence, one.Failed = validator(one.Body)
						}
					}
					close(b.done)
				}
			})
		}
		defer running.Wait()
		defer cancel()
		for b := range ordered {
			<-b.done
			for _, one := range b.bodies {
				if ctx.Err() != nil || !yield(one) {
					cancel()
					for range ordered { // let the reader and the workers end
					}
					return
				}
			}
		}
	}
}

// readBatches groups bodies, so that workers are not woken for each; but it
// never waits for more bodies.
func readBatches(ctx context.Context, bodies iter.Seq2[capture.Body, error], send func(*batch) bool) {
	q := &queue{}
	q.changed.L = &q.mu
	defer context.AfterFunc(ctx, q.end)()
	var reading sync.WaitGroup
	reading.Go(func() {
		defer q.end()
		for body, err := range bodies {
			if !q.put(Result{Body: body, Unread: err}) {
				return
			}
		}
	})
	defer reading.Wait()
	for room := 1; ; {
		b := q.take(room)
		if b == nil || ctx.Err() != nil || !send(b) {
			q.end()
			return
		}
		room = len(b.bodies)
	}
}

// A queue has the bodies that are read and in no batch yet.
type queue struct {
	mu      sync.Mutex
	changed sync.Cond
	waiting []Result
	size    int // of the bodies in bytes
	ended   bool
}

// put waits for room for a body; it reports false once nothing is taken any more.
func (q *queue) put(one Result) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.full() && !q.ended {
		q.changed.Wait()
	}
	if q.ended {
		return false
	}
	q.waiting = append(q.waiting, one)
	q.size += len(one.Body.Bytes)
	if len(q.waiting) == 1 {
		q.changed.Broadcast()
	}
	return true
}

func (q *queue) full() bool { return len(q.waiting) >= maxBodies || q.size >= maxBytes }

// take waits for a body, and makes a batch of all that are ready; nil at the end. The next bodies
// get room for so many.
func (q *queue) take(room int) *batch {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.ended {
		q.changed.Wait()
	}
	if len(q.waiting) == 0 {
		return nil
	}
	b := &batch{bodies: q.waiting, done: make(chan struct{})}
	b.bodies[len(b.bodies)-1].Last = !q.full() // nothing is ready behind it
	if q.full() {
		q.changed.Broadcast()
	}
	q.waiting, q.size = make([]Result, 0, max(room, len(b.bodies))), 0
	return b
}

// end lets everything end: what was read is still taken.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.changed.Broadcast()
}
