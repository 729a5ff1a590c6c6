package server

import (
	"context"
	"iter"
	"sync"

	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/scenarios"
)

// A lane feeds one target for as long as it is open: what is put in goes out by
// the engine that plays scenarios, in its order.
type lane struct {
	target play.Target

	mu      sync.Mutex
	waiting []play.Job
	// entries are the journal's, by the address of the cue that is on its way.
	entries map[*scenarios.Cue]errand
	changed chan struct{}
	cancel  context.CancelFunc
	ended   chan struct{}
}

// openLane opens a lane. Each delivery is given to delivered when it has come to
// its end, with its entry in the journal.
func openLane(ctx context.Context, target play.Target, client play.Attempter, delivered func(errand, play.Result)) *lane {
	running, cancel := context.WithCancel(ctx)
	l := &lane{target: target, changed: make(chan struct{}, 1), cancel: cancel, ended: make(chan struct{}), entries: map[*scenarios.Cue]errand{}}
	go func() {
		defer close(l.ended)
		for r, err := range play.Run(running, l.jobs(running), []play.Target{target}, client, play.Pace{}) {
			if e, ok := l.take(r.Cue); ok && err == nil {
				delivered(e, r)
			}
		}
	}()
	return l
}

// An errand is a delivery that is under way: its run, and its entry in the
// journal.
type errand struct {
	run   *Run
	entry string
}

// put puts a delivery in.
func (l *lane) put(cue *scenarios.Cue, e errand, job play.Job) {
	l.mu.Lock()
	l.entries[cue] = e
	l.waiting = append(l.waiting, job)
	l.mu.Unlock()
	l.wake()
}

// mark ends what is released together: the engine holds a release until
// something else comes.
func (l *lane) mark() {
	l.mu.Lock()
	l.waiting = append(l.waiting, play.Job{Dropped: true})
	l.mu.Unlock()
	l.wake()
}

func (l *lane) wake() {
	select {
	case l.changed <- struct{}{}:
	default: // it is told already
	}
}

func (l *lane) take(cue *scenarios.Cue) (e errand, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok = l.entries[cue]
	delete(l.entries, cue)
	return e, ok
}

// jobs gives what is put in, as soon as it is; it ends with the context.
func (l *lane) jobs(ctx context.Context) iter.Seq2[play.Job, error] {
	return func(yield func(play.Job, error) bool) {
		for {
			l.mu.Lock()
			batch := l.waiting
			l.waiting = nil
			l.mu.Unlock()
			for _, job := range batch {
				if !yield(job, nil) {
					return
				}
			}
			if len(batch) > 0 {
				continue
			}
			select {
			case <-l.changed:
			case <-ctx.Done():
				return
			}
		}
	}
}

// close stops the lane: attempts under way get the engine's grace, and nothing
// else is sent. It returns when nothing of it is left.
func (l *lane) close() {
	l.cancel()
	<-l.ended
}
