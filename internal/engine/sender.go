package engine

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
)

// An Sender is the way to one target for as long as it is open: what is put in
// goes out as [Run] would send it, at once and in its order. One that nothing is
// under way in has no goroutine but those of its workers that wait, and of those
// only as many as were needed at once. [Open] makes one; Close it.
type Sender struct {
	engine  engine
	target  Target
	queue   *endpointQueue
	workers sync.WaitGroup
	// cancel ends running, cancelSending ends sending.
	cancel, cancelSending context.CancelFunc

	mu     sync.Mutex
	closed bool
}

// Open opens an Sender, in which nothing more begins once the context has ended.
// Give gets each Delivery that has come to its end, several at once; with an error
// of ours, such as a signature that cannot be made, one that has not, and the
// others go on. What was put in and not begun when the Sender closed is not given.
// Retrying, if there is one, gets each Delivery that waits for another attempt,
// with the attempts so far.
func Open(ctx context.Context, target Target, attempter Attempter, give func(Result, error), retrying ...func(Result)) *Sender {
	o := &Sender{target: target}
	o.engine = engine{
		attempter: attempter, start: time.Now(), stop: func() {},
		onResult: func(r *Result, err error) { give(*r, err) },
		retrying: func(r *Result) {
			for _, one := range retrying {
				one(*r)
			}
		},
	}
	o.engine.running, o.cancel = context.WithCancel(ctx)
	o.engine.sending, o.cancelSending = context.WithCancel(context.WithoutCancel(ctx))
	o.queue = newEndpointQueue(&o.engine, &o.target, math.MaxInt, &o.workers)
	return o
}

// Put puts a job in, or several that are released together. Their Due, Target and
// Release do not count; speed is how fast the time between their attempts passes. It
// never waits. It reports false, and does nothing, if the Sender is closed.
func (o *Sender) Put(speed Speed, job script.Job, more ...script.Job) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false
	}
	o.engine.open.Add(1 + len(more))
	o.queue.queue.put(releaseGroup{Job: job, more: more, speed: speed})
	return true
}

// Close lets nothing more begin, gives attempts under way a short grace, and
// returns when nothing of the Sender is left.
func (o *Sender) Close() {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.cancel()
	grace := time.AfterFunc(Grace, o.cancelSending)
	defer grace.Stop()
	defer o.cancelSending()
	o.engine.open.Wait()
	o.queue.queue.close()
	o.workers.Wait()
}
