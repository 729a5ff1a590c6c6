// Package pipeline validates bodies on all cores, in their order.
package pipeline

import (
	"context"
	"iter"
	"runtime"
	"sync"

	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A Result is a validated body, or the error of reading it.
type Result struct {
	Body  capture.Body
	Items []webhook.Item
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
	maxAhead  = 4 // bodies that are read before they are put into a batch
)

// A batch goes to one worker; done is closed when it is validated.
type batch struct {
	bodies []Result
	done   chan struct{}
}

// Run validates bodies on all cores and yields them in their order. It leaves no
// goroutine running.
func Run(ctx context.Context, bodies iter.Seq2[capture.Body, error], validator func(capture.Body) ([]webhook.Item, error)) iter.Seq[Result] {
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
							one.Items, one.Failed = validator(one.Body)
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
	ahead := make(chan Result, maxAhead)
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(ahead)
		for body, err := range bodies {
			select {
			case ahead <- Result{Body: body, Unread: err}:
			case <-ctx.Done():
				return
			}
		}
	})
	defer reading.Wait()
	room := 1
	for first := range ahead {
		b := fill(first, ahead, room)
		room = len(b.bodies)
		if ctx.Err() != nil || !send(b) {
			return
		}
	}
}

// fill makes a batch of a body and those that are ready behind it, with room for so many: those of
// the batch before.
func fill(first Result, ahead <-chan Result, room int) *batch {
	b := &batch{bodies: append(make([]Result, 0, room), first), done: make(chan struct{})}
	for size := len(first.Body.Bytes); len(b.bodies) < maxBodies && size < maxBytes; {
		select {
		case next, more := <-ahead:
			if !more {
				return b.end()
			}
			b.bodies = append(b.bodies, next)
			size += len(next.Body.Bytes)
		default:
			return b.end()
		}
	}
	return b
}

// end marks that nothing is ready behind the batch.
func (b *batch) end() *batch {
	b.bodies[len(b.bodies)-1].Last = true
	return b
}
