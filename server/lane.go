package server

import (
	"context"
	"sync"

	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A lane is the way to one target for as long as it is open: what is put in goes
// out by the engine that plays scenarios, in its order.
type lane struct {
	outlet *play.Outlet
	// retrying is told of each delivery that waits for another attempt, delivered of
	// each that has come to its end, once.
	retrying, delivered func(errand, play.Result)

	mu sync.Mutex
	// together are those of a release that is not complete.
	together []play.Job
	// underWay are those that have not come to their end, by the address of their
	// cue; nil once the lane is closed.
	underWay map[*scenarios.Cue]*underWay
	// paused are runs that go on when there is room again.
	paused []func()
}

// mostUnderWay is how many deliveries wait in a lane before the runs that feed it
// pause: a target may be slower than a run, for long.
const mostUnderWay = 10_000

// whenRoom lets a run go on when there is room again; it reports false if there is
// room now, or the lane is closed.
func (l *lane) whenRoom(goOn func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.underWay) < mostUnderWay {
		return false
	}
	l.paused = append(l.paused, goOn)
	return true
}

func (l *lane) resume() {
	l.mu.Lock()
	var paused []func()
	if len(l.underWay) <= mostUnderWay/2 {
		paused, l.paused = l.paused, nil
	}
	l.mu.Unlock()
	for _, goOn := range paused {
		goOn()
	}
}

// openLane opens a lane. Each delivery is given to retrying when an attempt failed
// and another will follow, and to delivered when it has come to its end, with its
// entry in the journal; one that is never attempted has no attempt then.
func openLane(ctx context.Context, target play.Target, client play.Attempter, retrying, delivered func(errand, play.Result)) *lane {
	l := &lane{retrying: retrying, delivered: delivered, underWay: map[*scenarios.Cue]*underWay{}}
	l.outlet = play.Open(ctx, target, client, l.ended, l.again)
	return l
}

// again is told by the engine of a delivery that waits for another attempt.
func (l *lane) again(r play.Result) {
	l.mu.Lock()
	one, ok := l.underWay[r.Cue]
	l.mu.Unlock()
	if ok {
		l.retrying(one.errand, r)
	}
}

// ended is told by the engine. An error of ours, such as a signature that cannot
// be made, ends the one delivery.
func (l *lane) ended(r play.Result, err error) {
	l.mu.Lock()
	one, ok := l.underWay[r.Cue]
	delete(l.underWay, r.Cue)
	l.mu.Unlock()
	switch {
	case ok && err != nil:
		l.stopped(one, err.Error())
	case ok:
		l.delivered(one.errand, r)
	}
	l.resume()
}

func (l *lane) stopped(one *underWay, why string) {
	made, _ := one.job.Make() // it was made before
	l.delivered(one.errand, play.Result{Delivery: webhook.Delivery{ID: one.job.ID, Event: made.Event, Faults: made.Faults}, Cue: one.job.Cue, Why: why})
}

// An errand is a delivery that is under way: its run, and its entry in the
// journal.
type errand struct {
	run   *Run
	entry string
}

type underWay struct {
	errand
	job play.Job
}

const closedBefore = "the lane was closed before it was sent"

// put puts a delivery in, whose Event can be made more than once. One that is
// released with others waits for the mark.
func (l *lane) put(cue *scenarios.Cue, e errand, job play.Job) {
	one := &underWay{e, job}
	l.mu.Lock()
	open := l.underWay != nil
	switch {
	case open && job.Release > 0:
		l.underWay[cue] = one
		l.together = append(l.together, job)
	case open:
		l.underWay[cue] = one
	}
	l.mu.Unlock()
	switch {
	case !open:
		l.stopped(one, closedBefore)
	case job.Release == 0:
		l.outlet.Put(job) // if it closes just now, close ends what is under way
	}
}

// mark ends what is released together.
func (l *lane) mark() {
	l.mu.Lock()
	together := l.together
	l.together = nil
	l.mu.Unlock()
	if len(together) > 0 {
		l.outlet.Put(together[0], together[1:]...)
	}
}

// close stops the lane: attempts under way get the engine's grace, and nothing
// else is sent. It returns when nothing of it is left, with how many were not
// sent at all.
func (l *lane) close() (dropped int) {
	l.outlet.Close()
	l.mu.Lock()
	left := l.underWay
	l.underWay = nil
	l.mu.Unlock()
	for _, one := range left {
		l.stopped(one, closedBefore)
	}
	l.resume()
	return len(left)
}
