package engine

import (
	"container/heap"
	"runtime"
	"sync"
	"time"
)

// A Schedule executes turns at their time, on as many workers as there are processors. A turn
// must be short: what waits for something ends its turn, and adds another one when it goes on.
//
// Each turn belongs to a [Lane]. The lanes that have something due take turns, so that none waits
// for all the turns of another. [NewSchedule] makes one; Close it.
type Schedule struct {
	mu     sync.Mutex
	later  turns   // those that are not due
	ready  []*Lane // lanes with turns that are due, and without a worker
	added  uint64
	timer  *time.Timer
	wakeAt time.Time // of the timer: that of the first of later
	closed bool

	workers int
	working sync.WaitGroup
}

// A Lane executes its turns one after the other: those that are due in the order of their time,
// and those of one time in the order in which they were added. [Schedule.Lane] makes one.
type Lane struct {
	schedule *Schedule
	due      []*Turn
	// queued: it is in the schedule's ready lanes, or a worker executes a turn of it.
	queued bool
}

// A Turn waits for its time in a lane.
type Turn struct {
	lane *Lane
	at   time.Time
	n    uint64
	// do is executed, or drop is called instead if the turn is canceled or the schedule is closed;
	// do is nil once one of them was taken.
	do, drop func()
	index    int // in later; -1 once it is due
}

// NewSchedule makes a schedule without turns.
func NewSchedule() *Schedule { return &Schedule{} }

// Lane makes a lane.
func (s *Schedule) Lane() *Lane { return &Lane{schedule: s} }

// Add puts down what is to be done at a time, and what instead if it does not come to that; drop
// may be nil. It returns nil, and calls neither, if the schedule is closed.
func (l *Lane) Add(at time.Time, do, drop func()) *Turn {
	s := l.schedule
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.added++
	t := &Turn{lane: l, at: at, n: s.added, do: do, drop: drop}
	heap.Push(&s.later, t)
	if t.index == 0 {
		s.promote()
	}
	return t
}

// Cancel drops a turn whose time has not come. It reports false if the turn was executed, is being
// executed, or was dropped.
func (t *Turn) Cancel() bool {
	s := t.lane.schedule
	s.mu.Lock()
	waits := t.do != nil
	t.do = nil
	if waits && t.index >= 0 {
		heap.Remove(&s.later, t.index)
	}
	s.mu.Unlock()
	if waits {
		t.dropped()
	}
	return waits
}

func (t *Turn) dropped() {
	if t.drop != nil {
		t.drop()
	}
}

// promote makes the turns due whose time has come, and sets the timer for the others. The caller
// holds mu.
func (s *Schedule) promote() {
	now := time.Now()
	for len(s.later) > 0 && !s.later[0].at.After(now) && !s.closed {
		t := heap.Pop(&s.later).(*Turn)
		t.lane.due = append(t.lane.due, t)
		s.queue(t.lane)
	}
	if len(s.later) == 0 || s.closed || s.wakeAt.Equal(s.later[0].at) {
		return
	}
	if s.wakeAt = s.later[0].at; s.timer == nil {
		s.timer = time.AfterFunc(s.wakeAt.Sub(now), s.tick)
	} else {
		s.timer.Reset(s.wakeAt.Sub(now))
	}
}

func (s *Schedule) tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wakeAt = time.Time{}
	s.promote()
}

// queue gives a lane with a due turn to a worker, unless one has it. The caller holds mu.
func (s *Schedule) queue(l *Lane) {
	if l.queued {
		return
	}
	l.queued = true
	s.ready = append(s.ready, l)
	if s.workers < runtime.GOMAXPROCS(0) {
		s.workers++
		s.working.Go(s.work)
	}
}

// work executes turns, until none is due.
func (s *Schedule) work() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ready) > 0 && !s.closed {
		l := s.ready[0]
		s.ready[0], s.ready = nil, s.ready[1:]
		t := l.due[0]
		l.due[0], l.due = nil, l.due[1:]
		if do := t.do; do != nil {
			t.do = nil
			s.mu.Unlock()
			do()
			s.mu.Lock()
		}
		l.queued = false
		if s.promote(); len(l.due) > 0 {
			s.queue(l)
		}
	}
	s.workers--
}

// Stop executes no more turns.
func (s *Schedule) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.timer != nil {
		s.timer.Stop()
	}
}

// Close stops, waits for the turns that are being executed, drops the others, and
// returns how many there were. It must not be called in a turn.
func (s *Schedule) Close() (dropped int) {
	s.Stop()
	s.working.Wait()
	left := s.take()
	for _, t := range left {
		t.dropped()
	}
	return len(left)
}

// take takes all turns that are left.
func (s *Schedule) take() []*Turn {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.later
	s.later = nil
	for _, l := range s.ready {
		left = append(left, l.due...)
		l.due = nil
	}
	s.ready = nil
	var waiting []*Turn
	for _, t := range left {
		if t.do != nil {
			t.do = nil
			waiting = append(waiting, t)
		}
	}
	return waiting
}

// turns are for the package heap, by time.
type turns []*Turn

func (h turns) Len() int { return len(h) }
func (h turns) Less(i, j int) bool {
	return h[i].at.Before(h[j].at) || h[i].at.Equal(h[j].at) && h[i].n < h[j].n
}

func (h turns) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push and Pop are for the package heap.
func (h *turns) Push(x any) {
	t := x.(*Turn)
	t.index = len(*h)
	*h = append(*h, t)
}

func (h *turns) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	t.index = -1
	(*h)[last] = nil
	*h = (*h)[:last]
	return t
}
