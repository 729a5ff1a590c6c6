package engine

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
)

// Bounds of what a run keeps in memory for one target.
const (
	// mostQueued is how many units wait for room; when there are more, the plan
	// itself waits, and the jobs are late.
	maxQueued = 1 << 12
	// mostRetries is how many deliveries wait for their next attempt; when there
	// are more, they wait in the place of others.
	maxRetries = 1 << 12
	// Grace is how long attempts under way may take after the run was stopped.
	Grace = 2 * time.Second
)

// Run delivers the jobs, which come in the order of their Due, and gives each
// Delivery when it has come to its end. The pacing is an open loop on an
// absolute schedule: when a job is due does not depend on how fast the consumer
// answers. Where a target's Concurrency is used up, jobs are late, which shows
// in their Results; none is skipped.
//
// It ends when all deliveries have, at the first error, which is an [*Unreachable]
// if a target that must respond is not there, or when the context
// does: jobs that have not begun are then left out, attempts under way get a
// short grace, and no more are made. A loop that breaks waits for them as well.
// It leaves no goroutine behind.
func Run(ctx context.Context, jobs iter.Seq2[script.Job, error], targets []Target, attempter Attempter, pace Speed) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		running, stop := context.WithCancel(ctx)
		sending, cancelSending := context.WithCancel(context.WithoutCancel(ctx))
		defer cancelSending()
		defer context.AfterFunc(running, func() { time.AfterFunc(Grace, cancelSending) })()
		results := make(chan outcome, 64)
		e := &engine{
			running: running, sending: sending, stop: stop, targets: targets, attempter: attempter, speed: pace,
			start: time.Now(), onResult: func(r *Result, err error) { results <- outcome{r, err} }, retrying: func(*Result) {},
		}
		go func() {
			defer close(results)
			e.run(jobs)
		}()
		defer func() { // also when the loop's body panics or ends its goroutine
			stop()
			for range results {
			}
		}()
		for o := range results {
			if o.err != nil {
				yield(Result{}, o.err)
				return
			}
			if !yield(*o.result, nil) {
				return
			}
		}
	}
}

type outcome struct {
	result *Result
	err    error
}

// An engine is one run.
type engine struct {
	// running ends when no more is to begin, sending when nothing may go on.
	running, sending context.Context
	stop             context.CancelFunc
	targets          []Target
	attempter        Attempter
	speed            Speed
	start            time.Time
	lanes            []*endpointQueue
	// onResult takes a delivery that has come to its end, or an error of ours with what
	// is known of the delivery, which may be nil. Several call it at once.
	onResult func(*Result, error)
	// retrying is called with a delivery that waits for a retry.
	retrying func(*Result)

	// unreachable is done when a target that must respond has ended the run.
	unreachable sync.Once

	// open counts the deliveries that have not come to their end.
	open sync.WaitGroup
}

// run makes the lanes, feeds them, and returns when all have ended.
func (e *engine) run(jobs iter.Seq2[script.Job, error]) {
	var workers sync.WaitGroup
	for i := range e.targets {
		e.lanes = append(e.lanes, newEndpointQueue(e, &e.targets[i], maxQueued, &workers))
	}
	e.feed(jobs)
	e.open.Wait()
	for _, l := range e.lanes {
		l.queue.close()
	}
	workers.Wait()
}

// feed hands the jobs to their lanes, each at its time, those of one release
// as one unit.
func (e *engine) feed(jobs iter.Seq2[script.Job, error]) {
	clock := newTimer()
	defer clock.Stop()
	var next releaseGroup // a release that is not complete yet
	flush := func() bool {
		u := next
		next = releaseGroup{}
		return u.Release == 0 || e.dispatch(u, clock)
	}
	for job, err := range jobs {
		switch {
		case err != nil:
			flush()
			e.fail(nil, err)
			return
		case next.Release > 0 && job.Release == next.Release:
			next.more = append(next.more, job)
			continue
		case !flush():
			return
		case job.Release > 0:
			next.Job, next.speed = job, e.speed
		case !e.dispatch(releaseGroup{Job: job, speed: e.speed}, clock):
			return
		}
	}
	flush()
}

// dispatch waits until a unit is due and gives it to its lane. It reports false
// if the run has been stopped.
func (e *engine) dispatch(u releaseGroup, clock *timer) bool {
	if e.speed.atOnce && e.running.Err() != nil || !e.speed.atOnce && !clock.sleepUntil(e.running, e.due(&u.Job)) {
		return false
	}
	e.open.Add(1 + len(u.more))
	e.lanes[u.Target].queue.put(u)
	return true
}

func (e *engine) due(job *script.Job) time.Time { return e.start.Add(e.speed.Real(job.Due)) }

// dueOf is what a Result says of when it was due.
func (e *engine) dueOf(job *script.Job) time.Time {
	if e.speed.atOnce {
		return time.Time{}
	}
	return e.due(job)
}

func (e *engine) fail(r *Result, err error) {
	e.onResult(r, err)
	e.stop()
}
