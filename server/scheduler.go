package server

import (
	"container/heap"
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
	heap.Push(&a.entries, &entry{at, a.n, do, drop, of})
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
	a.entries = slices.DeleteFunc(a.entries, func(e *entry) bool {
		if e.of == of {
			gone = append(gone, e)
		}
		return e.of == of
	})
	heap.Init(&a.entries)
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
	return heap.Pop(&a.entries).(*entry).do, 0
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

// entries are for the package heap, by time.
type entries []*entry

func (e entries) drop() {
	for _, one := range e {
		if one.drop != nil {
			one.drop()
		}
	}
}

func (e entries) Len() int { return len(e) }
func (e entries) Less(i, j int) bool {
	return e[i].at.Before(e[j].at) || e[i].at.Equal(e[j].at) && e[i].n < e[j].n
}
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push and Pop are for the package heap.
func (e *entries) Push(x any) { *e = append(*e, x.(*entry)) }

func (e *entries) Pop() any {
	last := len(*e) - 1
	one := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return one
}
