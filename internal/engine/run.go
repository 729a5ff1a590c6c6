package engine

import (
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// A Run takes jobs in the order of their time, each at its time. What becomes of them is the
// strategy's. [Lane.Start] starts one.
//
// The times are those of an open loop on an absolute schedule: when a job is due does not depend
// on how fast the consumer responds. Where there is no room, jobs are late, and none is skipped.
type Run struct {
	// Next returns the next job, as [iter.Pull2] does; Close is called when no more are needed.
	Next      func() (script.Job, error, bool)
	Close     func()
	StartedAt time.Time
	Speed     Speed
	// FromPrevious counts the time to a job from when the one before it went, or its action ended, and
	// not from the start: the run waits for the consumer.
	FromPrevious bool
	Strategy

	lane *Lane
	// group are the next jobs, which are released together; ahead is the job behind them, or failed
	// the error.
	group  []script.Job
	ahead  *script.Job
	failed error
	// started is when a job of the time origin is due.
	started time.Time
	origin  time.Duration

	mu      sync.Mutex
	turns   []*Turn // that wait
	stopped chan struct{}
	ended   sync.Once
}

// A Strategy decides what becomes of the jobs of a run. Its functions are called by one goroutine
// at a time. Resume, which they get, may be called from any, and is called once.
type Strategy struct {
	// Ready reports whether the next jobs can go. If not, resume is called as soon as they
	// may. Nil is always.
	Ready func(group []script.Job, resume func()) bool
	// Act executes an action that a plan has in place of an event. The run goes on when resume is
	// called, with how much later everything is that follows.
	Act func(action *scenarios.PlannedEvent, resume func(late time.Duration))
	// Send takes jobs that are released together: one, or several.
	Send func(group []script.Job)
	// End is called once, when nothing more of the run will go: it has come to its end, has been
	// stopped, or the error is that of its jobs.
	End func(err error)
}

// turnBudget is how many groups of jobs a run sends before others get their turn.
const turnBudget = 16

// Start starts a run, unless it was stopped before: then it ends. It reports false if the schedule is
// closed; the run has then ended, too.
func (l *Lane) Start(r *Run) bool {
	r.lane, r.started = l, r.StartedAt
	r.stopChannel()
	if !r.pull() {
		r.end()
		return true
	}
	return r.at(r.due(&r.group[0])) || r.Stopped()
}

// stopChannel is closed when the run is stopped, which may be before it starts.
func (r *Run) stopChannel() chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped == nil {
		r.stopped = make(chan struct{})
	}
	return r.stopped
}

// Stop ends a run before its time: its deliveries begin no more attempts.
func (r *Run) Stop() {
	stopped := r.stopChannel()
	r.mu.Lock()
	if !r.isStopped() {
		close(stopped)
	}
	waiting := r.turns
	r.turns = nil
	r.mu.Unlock()
	for _, t := range waiting {
		t.Cancel()
	}
}

// Stopped reports whether the run was stopped.
func (r *Run) Stopped() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.isStopped()
}

func (r *Run) isStopped() bool {
	select {
	case <-r.stopped:
		return true
	default:
		return false
	}
}

// After does something of the run a while from now in its plan's time, beside its jobs; drop is
// called instead if the run is stopped, or the schedule closed, before.
func (r *Run) After(planned time.Duration, do, drop func()) {
	if !r.add(time.Now().Add(r.Speed.Real(planned)), do, drop) {
		drop()
	}
}

// at puts the next turn of the jobs down. It reports false if there will be none.
func (r *Run) at(at time.Time) bool {
	if r.add(at, r.turn, r.end) {
		return true
	}
	r.end()
	return false
}

// add puts a turn down that ends with the run.
func (r *Run) add(at time.Time, do, drop func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.isStopped() {
		return false
	}
	var t *Turn
	t = r.lane.Add(at, func() {
		r.forget(&t)
		do()
	}, drop)
	if t != nil {
		r.turns = append(r.turns, t)
	}
	return t != nil
}

// forget is called with a turn that is executed now.
func (r *Run) forget(t **Turn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turns = slices.DeleteFunc(r.turns, func(one *Turn) bool { return one == *t })
}

// turn sends what is due, as far as the budget goes.
func (r *Run) turn() {
	for range turnBudget {
		first := &r.group[0]
		at, acts := r.due(first), first.Cue != nil && first.Cue.Action != nil
		switch {
		case r.Stopped():
			r.end()
			return
		case !r.Speed.atOnce && time.Until(at) > 0:
			r.at(at)
			return
		case acts:
			r.act(first.Cue, first.Due)
			return
		case r.Ready != nil && !r.Ready(r.group, r.resume):
			return
		}
		if !r.send() {
			r.end()
			return
		}
	}
	r.resume()
}

// send sends the next jobs. It reports false if there are no more.
func (r *Run) send() bool {
	group := r.group
	for i := range group {
		if group[i].Stopped = r.stopped; !r.Speed.atOnce {
			group[i].At = r.due(&group[i])
		}
	}
	r.Send(group)
	r.passed(group[0].Due)
	return r.pull()
}

// resume lets the run go on now.
func (r *Run) resume() { r.at(time.Now()) }

func (r *Run) act(action *scenarios.PlannedEvent, due time.Duration) {
	r.Act(action, func(late time.Duration) {
		r.started = r.started.Add(late)
		if r.passed(due); !r.pull() {
			r.end()
			return
		}
		r.at(r.due(&r.group[0]))
	})
}

// passed counts the time of what follows from now, where that is the run's way.
func (r *Run) passed(due time.Duration) {
	if r.FromPrevious {
		r.started, r.origin = time.Now(), due
	}
}

func (r *Run) due(job *script.Job) time.Time {
	return r.started.Add(r.Speed.Real(job.Due - r.origin))
}

// pull takes the next job, and those that are released with it. It reports false after the last one.
func (r *Run) pull() bool {
	r.group = nil
	for {
		job, ok := r.one()
		switch {
		case !ok:
			return len(r.group) > 0
		case len(r.group) > 0 && (job.Release == 0 || job.Release != r.group[0].Release):
			r.ahead = &job
			return true
		}
		if r.group = append(r.group, job); job.Release == 0 {
			return true
		}
	}
}

func (r *Run) one() (script.Job, bool) {
	if r.ahead != nil {
		job := *r.ahead
		r.ahead = nil
		return job, true
	}
	if r.failed != nil {
		return script.Job{}, false
	}
	job, err, ok := r.Next()
	r.failed = err
	return job, ok && err == nil
}

// Rest are the jobs that were not sent. Only End may ask for them.
func (r *Run) Rest() iter.Seq[script.Job] {
	return func(yield func(script.Job) bool) {
		for _, job := range r.group {
			if !yield(job) {
				return
			}
		}
		for job, ok := r.one(); ok && yield(job); job, ok = r.one() {
		}
	}
}

func (r *Run) end() {
	r.ended.Do(func() {
		r.End(r.failed)
		r.Close()
	})
}
