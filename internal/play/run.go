package play

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// Bounds of what a run keeps in memory for one target.
const (
	// mostQueued is how many jobs wait for room; when there are more, the plan
	// itself waits, and the jobs are late.
	mostQueued = 1 << 12
	// mostRetries is how many deliveries wait for their next attempt; when there
	// are more, they wait in the place of others.
	mostRetries = 1 << 12
	// grace is how long attempts under way may take after the run was stopped.
	grace = 2 * time.Second
)

// Run delivers the jobs, which come in the order of their Due, and gives each
// Delivery when it has come to its end. The pacing is an open loop on an
// absolute schedule: a slow consumer makes no later job wait, only a full
// queue does, and jobs that are late are not skipped.
//
// It ends when all deliveries have, at the first error, or when the context
// does: jobs that have not begun are then left out, attempts under way get a
// short grace, and no more are made. It leaves no goroutine behind.
func Run(ctx context.Context, jobs iter.Seq2[Job, error], targets []Target, attempter Attempter, pace Pace) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		running, stop := context.WithCancel(ctx)
		defer stop()
		sending, cancelSending := context.WithCancel(context.WithoutCancel(ctx))
		defer cancelSending()
		defer context.AfterFunc(running, func() { time.AfterFunc(grace, cancelSending) })()
		e := &engine{
			running: running, sending: sending, stop: stop, targets: targets, attempter: attempter, pace: pace,
			start: time.Now(), results: make(chan outcome, 64), done: make(chan struct{}),
		}
		go e.run(jobs)
		open := true
		for o := range e.results {
			if open && !yield(o.result, o.err) {
				open = false
			}
			if !open || o.err != nil {
				open = false
				stop()
			}
		}
	}
}

type outcome struct {
	result Result
	err    error
}

// An engine is one run.
type engine struct {
	// running ends when no more is to begin, sending when nothing may go on.
	running, sending context.Context
	stop             context.CancelFunc
	targets          []Target
	attempter        Attempter
	pace             Pace
	start            time.Time
	lanes            []*lane
	results          chan outcome

	// open counts the deliveries that have not come to their end.
	open sync.WaitGroup
	// done is closed when none is left and none will come.
	done chan struct{}
}

// A lane is the way to one target, so that a slow one stops no other.
type lane struct {
	*Target
	queue   chan []Job
	retries chan *Result
	waiting chan struct{} // has a place for each delivery that waits for its next attempt
}

// run makes the lanes, feeds them, and closes the results when all have ended.
func (e *engine) run(jobs iter.Seq2[Job, error]) {
	var workers sync.WaitGroup
	for i := range e.targets {
		l := &lane{&e.targets[i], make(chan []Job, mostQueued), make(chan *Result), make(chan struct{}, mostRetries)}
		e.lanes = append(e.lanes, l)
		for range max(1, l.Concurrency) {
			workers.Go(func() { e.work(l) })
		}
	}
	e.feed(jobs)
	e.open.Wait()
	close(e.done)
	workers.Wait()
	close(e.results)
}

// feed hands the jobs to their lanes, each at its time, those of one release
// as one unit.
func (e *engine) feed(jobs iter.Seq2[Job, error]) {
	var unit []Job
	flush := func() bool {
		ok := len(unit) == 0 || e.dispatch(unit)
		unit = nil
		return ok
	}
	for job, err := range jobs {
		if err != nil {
			flush()
			e.fail(err)
			return
		}
		if len(unit) > 0 && (job.Release == 0 || job.Release != unit[0].Release) && !flush() {
			return
		}
		if unit = append(unit, job); job.Release == 0 && !flush() {
			return
		}
	}
	flush()
}

// dispatch waits until a unit is due and gives it to its lane.
func (e *engine) dispatch(unit []Job) bool {
	if !e.pace.atOnce && !sleepUntil(e.running, e.due(unit[0])) || e.running.Err() != nil {
		return false
	}
	e.open.Add(len(unit))
	select {
	case e.lanes[unit[0].Target].queue <- unit:
		return true
	case <-e.running.Done():
		e.open.Add(-len(unit))
		return false
	}
}

func (e *engine) due(job Job) time.Time { return e.start.Add(e.pace.Real(job.Due)) }

func (e *engine) fail(err error) {
	e.results <- outcome{err: err}
	e.stop()
}

// work makes attempts, first ones and further ones, until none is left.
func (e *engine) work(l *lane) {
	for {
		select {
		case unit := <-l.queue:
			e.begin(l, unit)
		case r := <-l.retries:
			e.attempt(l, r)
		case <-e.done:
			return
		}
	}
}

// begin makes the Events of a unit and their first attempts; those of several
// jobs start at one moment.
func (e *engine) begin(l *lane, unit []Job) {
	if len(unit) == 1 {
		if r := e.make(unit[0]); r != nil {
			e.attempt(l, r)
		}
		return
	}
	var ready, sent sync.WaitGroup
	release := make(chan struct{})
	for _, job := range unit {
		ready.Add(1)
		sent.Go(func() {
			r := e.make(job)
			ready.Done()
			<-release
			if r != nil {
				e.attempt(l, r)
			}
		})
	}
	ready.Wait()
	close(release)
	sent.Wait()
}

// make makes a job's Event; nil if the run has been stopped or the Event failed.
func (e *engine) make(job Job) *Result {
	if e.running.Err() != nil {
		e.open.Done()
		return nil
	}
	made, err := job.Make()
	if err != nil {
		e.fail(err)
		e.open.Done()
		return nil
	}
	r := resultOf(job, made)
	r.seed, r.spoil = job.Seed, made.Spoil
	if !e.pace.atOnce {
		r.Due = e.due(job)
	}
	return &r
}

// attempt makes one attempt, and sees to the next one or to the end.
func (e *engine) attempt(l *lane, r *Result) {
	a, err := l.attempt(e.sending, e.attempter, r)
	if err != nil {
		e.fail(err)
		e.open.Done()
		return
	}
	r.Attempts = append(r.Attempts, a)
	r.Accepted, r.Why = l.Schedule.Accepted(a)
	at, again := l.Schedule.Next(r.Attempts, r.seed)
	if !again || e.running.Err() != nil {
		e.results <- outcome{result: *r}
		e.open.Done()
		return
	}
	end := a.At.Add(a.Timing.Total)
	at = end.Add(e.pace.Real(at.Sub(end)))
	select {
	case l.waiting <- struct{}{}:
		go func() {
			e.retry(l, r, at)
			<-l.waiting
		}()
	default:
		sleepUntil(e.running, at)
		e.attemptAgain(l, r)
	}
}

// retry waits for the time of the next attempt, and then for a worker.
func (e *engine) retry(l *lane, r *Result, at time.Time) {
	if sleepUntil(e.running, at) {
		select {
		case l.retries <- r:
			return
		case <-e.running.Done():
		}
	}
	e.attemptAgain(l, r)
}

// attemptAgain makes the next attempt in this goroutine, or ends the delivery
// if the run has been stopped.
func (e *engine) attemptAgain(l *lane, r *Result) {
	if e.running.Err() != nil {
		e.results <- outcome{result: *r}
		e.open.Done()
		return
	}
	e.attempt(l, r)
}

// attempt signs afresh and sends: a signature is about the moment of the
// attempt and the bytes that go out.
func (l *lane) attempt(ctx context.Context, attempter Attempter, r *Result) (webhook.Attempt, error) {
	s := Signing{ID: r.ID, At: time.Now(), URL: l.URL, Body: r.Event.Body, Spoil: r.spoil}
	header := r.Event.Header
	if l.Sign != nil {
		signature, err := l.Sign(s)
		if err != nil {
			return webhook.Attempt{}, err
		}
		header = append(header[:len(header):len(header)], signature...)
	}
	if l.Outgoing != nil {
		s = l.Outgoing(s)
	}
	return attempter.Attempt(ctx, delivery.Request{
		Method: l.Method, URL: s.URL, Header: header, Body: s.Body, Timeout: l.Schedule.TimeAllowed,
	}), nil
}
