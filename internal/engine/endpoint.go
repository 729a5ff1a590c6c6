package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// An Endpoint delivers to one target: what is put in goes out in its order, by the target's
// contract, and a slow endpoint delays no other. One in which nothing is in progress has no
// goroutine but those of its workers that wait, and of those only as many as were needed at once.
// [Open] makes one; Close it.
type Endpoint struct {
	Target
	attempter Attempter
	watcher   Watcher
	queue     *queue
	pass      pass
	workers   sync.WaitGroup
	start     time.Time
	// retries has a place for each delivery that waits for its next attempt.
	retries chan struct{}
	// responded: some attempt got a response. unreachable is done when the first delivery couldn't
	// reach the target.
	responded   atomic.Bool
	unreachable sync.Once

	// running ends when no more is to begin, sending when nothing may go on.
	running, sending context.Context
	// cancel ends running, cancelSending ends sending.
	cancel, cancelSending context.CancelFunc

	// Room bounds the deliveries that don't wait for a retry: whoever adds more asks it first.
	Room *Room
	open sync.WaitGroup // the deliveries in progress

	mu     sync.Mutex
	closed bool
}

// A Watcher gets the deliveries of an endpoint. Its functions are called by several goroutines at
// once.
type Watcher struct {
	// Retrying gets each delivery that waits for another attempt, with the attempts so far. Nil is
	// allowed.
	Retrying func(Result)
	// Ended gets each delivery once. With an error, which is Ringback's or an [*Unreachable], it
	// has what is known of the delivery.
	Ended func(Result, error)
}

// An Attempter makes one attempt; [delivery.Client] is one.
type Attempter interface {
	Attempt(ctx context.Context, r delivery.Request) webhook.Attempt
}

const (
	// maxInProgress is how many deliveries an endpoint has room for, besides those that wait for
	// a retry: enough for its workers, and few enough that an event of another run goes soon.
	maxInProgress = 1 << 10
	// maxRetries is how many deliveries wait for their next attempt; when there
	// are more, they wait in the place of others.
	maxRetries = 1 << 12
	// Grace is how long attempts in progress may take after an endpoint was closed.
	Grace = 2 * time.Second
)

// Open opens an endpoint. Nothing more begins once the context has ended; what is in progress then
// gets a [Grace].
func Open(ctx context.Context, target Target, attempter Attempter, watcher Watcher) *Endpoint {
	e := &Endpoint{Target: target, attempter: attempter, watcher: watcher, start: time.Now(), retries: make(chan struct{}, maxRetries), Room: newRoom(maxInProgress)}
	e.running, e.cancel = context.WithCancel(ctx)
	e.sending, e.cancelSending = context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(e.running, func() { time.AfterFunc(Grace, e.cancelSending) })
	e.queue = newQueue(e.prepare, e.pass.take, e.concurrency(), func() { e.workers.Go(e.work) })
	return e
}

func (e *Endpoint) concurrency() int {
	if e.HeadOfLine {
		return 1
	}
	return max(1, e.Concurrency)
}

// Put puts jobs in that are released together: one, or several. Speed is how fast the time between
// their attempts passes. It never waits for room. It reports false, and does
// nothing, if the endpoint is closed.
func (e *Endpoint) Put(speed Speed, group ...script.Job) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.open.Add(len(group))
	e.Room.Add(len(group))
	e.queue.put(releaseGroup{jobs: group, speed: speed})
	return true
}

// CancelStopped ends the deliveries of runs that have stopped and that wait for a worker. Without it,
// they end when a worker takes them.
func (e *Endpoint) CancelStopped() {
	jobs, group := e.queue.stopped(func(stopped <-chan struct{}) bool { return !e.live(stopped) })
	for i := range jobs {
		e.abandon(&sending{Result: resultOf(&jobs[i])})
	}
	for _, s := range group {
		e.leave(s)
		e.abandon(s)
	}
}

// Drain waits until all deliveries have ended, and closes the endpoint.
func (e *Endpoint) Drain() {
	e.open.Wait()
	e.Close()
}

// Close lets nothing more begin, gives attempts in progress a [Grace], and returns when all
// deliveries have ended: those that have not begun end with [ErrCanceled].
func (e *Endpoint) Close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.cancel()
	e.open.Wait()
	e.cancelSending()
	e.queue.close()
	e.workers.Wait()
}

// ErrCanceled is why a delivery ended that was never attempted.
var ErrCanceled = errors.New("canceled before it was sent")

// work makes attempts, first ones and further ones, until none is left. Those
// of one release begin at one moment.
func (e *Endpoint) work() {
	for {
		group, ok := e.queue.take()
		switch {
		case !ok:
			return
		case len(group) == 1:
			e.deliver(group[0])
		case len(group) > 1:
			var sent sync.WaitGroup
			for _, s := range group {
				sent.Go(func() { e.deliver(s) })
			}
			sent.Wait()
		}
	}
}

// prepare makes the Events of a release. What fails, or comes after the endpoint was closed, ends
// here, as does what is dropped.
func (e *Endpoint) prepare(u *releaseGroup) deliveries {
	var group deliveries
	for i := range u.jobs {
		if s := e.make(&u.jobs[i], u.speed); s != nil {
			group = append(group, s)
		}
	}
	return group
}

// make makes the Event of a job; nil if its delivery has ended.
func (e *Endpoint) make(job *script.Job, speed Speed) *sending {
	s := &sending{Result: resultOf(job), seed: job.Seed, speed: speed}
	if job.Dropped {
		e.end(s, nil)
		return nil
	}
	if s.stopped = job.Stopped; !e.live(s.stopped) {
		e.abandon(s)
		return nil
	}
	made, err := job.Prepare()
	if err == nil && made.SignatureFault != "" && e.Sign == nil {
		err = errors.New("inject signature fault " + made.SignatureFault + ": the endpoint has no signature")
	}
	if err != nil {
		e.end(s, err)
		return nil
	}
	if e.WaitsForResponse && job.Release == 0 {
		s.endUser = job.EndUser
	}
	s.spoil, s.Event, s.Faults = made.SignatureFault, made.Event, made.Faults
	s.Attempts = append(s.first[:0], job.Attempts...)
	return s
}

// end gives a delivery to the watcher, for the last time.
func (e *Endpoint) end(s *sending, err error) {
	e.watcher.Ended(s.Result, err)
	e.open.Done()
	e.Room.Done()
}
