package engine

import (
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/engine/script"
)

// A queue is what waits for the workers of an endpoint: releases in the order in which they
// were put, and deliveries that are to be tried again. Workers make the Events
// of the releases as well, side by side, but get them in order.
//
// An Event that is made alone costs more than one of several, so what waits is made in batches.
type queue struct {
	prepare func(*releaseGroup) deliveries
	// admit reports whether a delivery may be attempted now; one that may not comes again.
	admit func(*sending) bool

	mu     sync.Mutex
	taking *sync.Cond
	idle   int // how many workers wait
	// begin begins another worker, of which there are begun, and maxCount at most: an
	// endpoint that nothing is sent to costs none.
	begin           func()
	begun, maxCount int
	// slots are a ring that grows. Those from head on are held, up to
	// end; of them, those before claimed are made, or are being made.
	slots              []*slot
	head, claimed, end int
	again              []*sending
	closed             bool
}

// A releaseGroup is one job, or several that are released together.
type releaseGroup struct {
	jobs  []script.Job
	speed Speed // of the waits between attempts
}

// deliveries are those of a release group; empty if all of them are dropped.
type deliveries []*sending

type slot struct {
	unit  releaseGroup
	group deliveries
	made  bool
}

// batchSize is how many units one worker makes at a time.
const batchSize = 8

func newQueue(prepare func(*releaseGroup) deliveries, admit func(*sending) bool, maxCount int, begin func()) *queue {
	q := &queue{prepare: prepare, admit: admit, maxCount: maxCount, begin: begin}
	q.grow()
	q.taking = sync.NewCond(&q.mu)
	return q
}

const (
	// fewSlots are enough for an endpoint that gets little: of those there may be
	// thousands.
	fewSlots = 2
	// manySlots are those of a large backlog, whose room is given back.
	manySlots = 1 << 12
)

func (q *queue) at(i int) *slot { return q.slots[i%len(q.slots)] }

// grow makes the ring, or makes it twice as large.
func (q *queue) grow() {
	slots := make([]*slot, max(fewSlots, 2*len(q.slots)))
	for i := q.head; i < q.end; i++ {
		slots[i%len(slots)] = q.at(i)
	}
	for i := range slots {
		if slots[i] == nil {
			slots[i] = &slot{}
		}
	}
	q.slots = slots
}

// shrink gives back the room of a large backlog, once nothing is held.
func (q *queue) shrink() {
	if q.head == q.end && len(q.slots) > manySlots {
		q.slots = nil
		q.grow()
	}
}

// put adds a release.
func (q *queue) put(u releaseGroup) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.end-q.head == len(q.slots) {
		q.grow()
	}
	q.at(q.end).unit = u
	q.end++
	q.wake()
}

// requeue adds a delivery for its next attempt.
func (q *queue) requeue(s *sending) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.again = append(q.again, s)
	q.wake()
}

// stopped takes out what waits, and whose run has stopped: jobs of which no Event is made, and
// deliveries.
func (q *queue) stopped(dead func(<-chan struct{}) bool) (jobs []script.Job, group deliveries) {
	q.mu.Lock()
	defer q.mu.Unlock()
	isDead := func(s *sending) bool {
		if dead(s.stopped) {
			group = append(group, s)
			return true
		}
		return false
	}
	q.again = slices.DeleteFunc(q.again, isDead)
	for i := q.head; i < q.end; i++ {
		switch one := q.at(i); {
		case i >= q.claimed:
			one.unit.jobs = slices.DeleteFunc(slices.Clone(one.unit.jobs), func(j script.Job) bool {
				if dead(j.Stopped) {
					jobs = append(jobs, j)
					return true
				}
				return false
			})
		case one.made:
			one.group = slices.DeleteFunc(one.group, isDead)
		}
	}
	return jobs, group
}

// wake wakes a worker, if one waits, or begins one, if there may be more.
func (q *queue) wake() {
	switch {
	case q.idle > 0:
		q.taking.Signal()
	case q.begun < q.maxCount:
		q.begun++
		q.begin()
	}
}

// take waits for the next deliveries. It reports false when the queue has been
// closed and is empty.
func (q *queue) take() (deliveries, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case len(q.again) > 0:
			s := q.again[0]
			q.again[0], q.again = nil, q.again[1:]
			if q.share(); q.admit(s) {
				return deliveries{s}, true
			}
		case q.head < q.claimed && q.at(q.head).made:
			g := q.at(q.head).group
			*q.at(q.head) = slot{}
			q.head++
			q.shrink()
			if q.share(); len(g) != 1 || q.admit(g[0]) {
				return g, true
			}
		case q.claimed < q.end:
			q.claim(max(1, min(batchSize, (q.end-q.claimed)/batchSize)))
		case q.closed && q.head == q.end:
			q.taking.Broadcast() // others may have looked while the last was being made
			return nil, false
		default:
			q.idle++
			q.taking.Wait()
			q.idle--
		}
	}
}

// share wakes another worker if there is more to do than what this one takes.
// One that was woken counts as idle until it runs, so that a word may be lost: the
// one who got it passes it on.
func (q *queue) share() {
	if len(q.again) > 0 || q.claimed < q.end || q.head < q.claimed && q.at(q.head).made {
		q.wake()
	}
}

// claim makes the next n units, which belong to this worker until they are made.
func (q *queue) claim(n int) {
	var room [batchSize]*slot
	claimed := room[:0]
	for i := range n {
		claimed = append(claimed, q.at(q.claimed+i))
	}
	q.claimed += n
	q.mu.Unlock()
	for _, s := range claimed {
		s.group = q.prepare(&s.unit)
	}
	q.mu.Lock()
	for _, s := range claimed {
		s.made = true
	}
}

// close lets the workers go, once everything is taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.taking.Broadcast()
}
