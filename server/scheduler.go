package server

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A scheduler runs functions at their time, one after the other, those of one time in the
// order in which they were added. They must be quick.
type scheduler struct {
	mu      sync.Mutex
	entries entries
	n       uint64
	changed chan struct{} // has a word if something earlier has come
	closed  bool
}

type entry struct {
	at time.Time
	n  uint64
	do func()
	// drop is called instead of do if it is not to come; it may be nil.
	drop func()
	of   *activeRun // whose it is; nil if it is no run's
}

func newScheduler() *scheduler { return &scheduler{changed: make(chan struct{}, 1)} }

// add puts something down, and what is to be done instead if its time does not
// come. It reports false if the scheduler is closed.
func (a *scheduler) add(at time.Time, do, drop func()) bool { return a.addOf(nil, at, do, drop) }

// addOf puts something down that belongs to a run.
func (a *scheduler) addOf(of *activeRun, at time.Time, do, drop func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.n++
	a.entries.push(entry{at, a.n, do, drop, of})
	if a.entries[0].n == a.n {
		select {
		case a.changed <- struct{}{}:
		default: // already signaled
		}
	}
	return true
}

// remove drops what belongs to a run.
func (a *scheduler) remove(of *activeRun) {
	a.mu.Lock()
	var gone entries
	a.entries = slices.DeleteFunc(a.entries, func(e entry) bool {
		if e.of == of {
			gone = append(gone, e)
		}
		return e.of == of
	})
	for i := len(a.entries)/2 - 1; i >= 0; i-- {
		a.entries.sink(i)
	}
	a.mu.Unlock()
	gone.drop()
}

// run does what is due, until the scheduler is closed and the context ends.
func (a *scheduler) run(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		next, wait := a.due()
		if next != nil {
			next()
			continue
		}
		timer.Reset(wait)
		select {
		case <-a.changed:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}

// due takes the next thing, if it is time, or says how long to wait. A closed scheduler has nothing
// due, however much is left.
func (a *scheduler) due() (do func(), wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.entries) == 0 || a.closed {
		return nil, time.Hour
	}
	if wait := time.Until(a.entries[0].at); wait > 0 {
		return nil, wait
	}
	return a.entries.pop().do, 0
}

// close takes no more, and returns how many things are left undone.
func (a *scheduler) close() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	return len(a.entries)
}

// clear drops what is left undone. Nothing may run any more.
func (a *scheduler) clear() {
	a.mu.Lock()
	left := a.entries
	a.entries = nil
	a.mu.Unlock()
	left.drop()
}

// entries are a heap: the first one is due before all others.
type entries []entry

func (e entries) drop() {
	for _, one := range e {
		if one.drop != nil {
			one.drop()
		}
	}
}

func (e entries) before(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}

func (e *entries) push(one entry) {
	*e = append(*e, one)
	all := *e
	for i := len(all) - 1; i > 0; {
		above := (i - 1) / 2
		if !all.before(i, above) {
			return
		}
		all[i], all[above] = all[above], all[i]
		i = above
	}
}

func (e *entries) pop() entry {
	all := *e
	first, last := all[0], len(all)-1
	all[0], all[last] = all[last], entry{}
	*e = all[:last]
	e.sink(0)
	return first
}

// sink puts an entry in its place that may be due after those below it.
func (e entries) sink(i int) {
	for below := 2*i + 1; below < len(e); below = 2*i + 1 {
		if below+1 < len(e) && e.before(below+1, below) {
			below++
		}
		if !e.before(below, i) {
			return
		}
		e[i], e[below] = e[below], e[i]
		i = below
	}
}
