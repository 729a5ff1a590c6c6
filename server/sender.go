package server

import (
	"context"
	"sync"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/webhook"
)

// An endpointSender sends deliveries to one endpoint, in their order, while it is open.
type endpointSender struct {
	sender *engine.Sender
	// retrying is called with each delivery that waits for a retry, delivered with
	// each that has come to its end, once.
	retrying, delivered func(entryRef, engine.Result)

	mu sync.Mutex
	// pendingRelease are those of a release that is not complete.
	pendingRelease []*inFlight
	// inFlight are the deliveries that have not ended, by their ID in the journal, which is
	// the Ref of their jobs; nil once the sender is closed.
	inFlight map[string]*inFlight
	// paused are runs that go on when there is room again.
	paused []func()
}

// maxUnderWay is how many deliveries wait in a lane before the runs that feed it
// pause: a target may be slower than a run, for long.
const maxUnderWay = 10_000

// whenRoom lets a run go on when there is room again; it reports false if there is
// room now, or the lane is closed.
func (l *endpointSender) whenRoom(goOn func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.inFlight) < maxUnderWay {
		return false
	}
	l.paused = append(l.paused, goOn)
	return true
}

func (l *endpointSender) resume() {
	l.mu.Lock()
	var paused []func()
	if len(l.inFlight) <= maxUnderWay/2 {
		paused, l.paused = l.paused, nil
	}
	l.mu.Unlock()
	for _, goOn := range paused {
		goOn()
	}
}

// openSender opens a sender. Each delivery is given to retrying when an attempt failed
// and another will follow, and to delivered when it has come to its end, with its
// entry in the journal; one that is never attempted has no attempt then.
func openSender(ctx context.Context, target engine.Target, client engine.Attempter, retrying, delivered func(entryRef, engine.Result)) *endpointSender {
	l := &endpointSender{retrying: retrying, delivered: delivered, inFlight: map[string]*inFlight{}}
	l.sender = engine.Open(ctx, target, client, l.ended, l.again)
	return l
}

// again is called by the engine with a delivery that waits for a retry.
func (l *endpointSender) again(r engine.Result) {
	l.mu.Lock()
	one, ok := l.inFlight[r.Ref]
	l.mu.Unlock()
	if ok {
		l.retrying(one.entryRef, r)
	}
}

// ended is called by the engine. A failure of Ringback, for example a signature that cannot
// be made, ends the one delivery.
func (l *endpointSender) ended(r engine.Result, err error) {
	l.mu.Lock()
	one, ok := l.inFlight[r.Ref]
	delete(l.inFlight, r.Ref)
	l.mu.Unlock()
	switch {
	case ok && err != nil:
		l.stopped(one, err.Error())
	case ok:
		l.delivered(one.entryRef, r)
	}
	l.resume()
}

func (l *endpointSender) stopped(one *inFlight, why string) {
	made, _ := one.job.Prepare() // it was made before
	l.delivered(one.entryRef, engine.Result{Delivery: webhook.Delivery{ID: one.job.ID, Event: made.Event, Faults: made.Faults}, Ref: one.entry, Cue: one.job.Cue, Failure: why})
}

// An entryRef is the run of a delivery in flight, and its entry in the journal.
type entryRef struct {
	run   *activeRun
	entry string
}

type inFlight struct {
	entryRef
	job   script.Job
	speed engine.Speed
}

const closedBefore = "canceled before it was sent"

// put puts a delivery in, whose Event can be made more than once. One that is
// released with others waits for the mark.
func (l *endpointSender) put(e entryRef, job script.Job, speed engine.Speed) {
	job.Ref = e.entry
	one := &inFlight{e, job, speed}
	l.mu.Lock()
	open := l.inFlight != nil
	switch {
	case open && job.Release > 0:
		l.inFlight[e.entry] = one
		l.pendingRelease = append(l.pendingRelease, one)
	case open:
		l.inFlight[e.entry] = one
	}
	l.mu.Unlock()
	switch {
	case !open:
		l.stopped(one, closedBefore)
	case job.Release == 0:
		l.sender.Put(speed, job) // if it closes just now, close ends what is under way
	}
}

// mark ends what is released together.
func (l *endpointSender) mark() {
	l.mu.Lock()
	together := l.pendingRelease
	l.pendingRelease = nil
	l.mu.Unlock()
	if len(together) > 0 {
		var more []script.Job
		for _, one := range together[1:] {
			more = append(more, one.job)
		}
		l.sender.Put(together[0].speed, together[0].job, more...)
	}
}

// close stops the lane: attempts under way get the engine's grace, and nothing
// else is sent. It returns when nothing of it is left, with how many were not
// sent at all.
func (l *endpointSender) close() (dropped int) {
	l.sender.Close()
	l.mu.Lock()
	left := l.inFlight
	l.inFlight = nil
	l.mu.Unlock()
	for _, one := range left {
		l.stopped(one, closedBefore)
	}
	l.resume()
	return len(left)
}
