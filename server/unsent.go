package server

import "sync"

// Unsent counts the events that a server had planned when it was closed, and did not send. An
// event for several endpoints counts once for each from the moment it is due.
type Unsent struct {
	Events int
	// Runs are those that the events belong to.
	Runs int
	// AtLeast: a long run has more events than were counted.
	AtLeast bool
}

// maxCounted bounds the planned events that are counted one by one, so that the server ends within
// seconds.
const maxCounted = 250_000

// An unsentCounter counts what a server does not send, from its end on.
type unsentCounter struct {
	mu    sync.Mutex
	ended bool
	count Unsent
	runs  map[*activeRun]bool
	// left is how many planned events may still be counted.
	left int
}

// begin starts to count. What is canceled before isn't lost by the end of the server.
func (u *unsentCounter) begin() {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.ended {
		u.ended, u.runs, u.left = true, map[*activeRun]bool{}, maxCounted
	}
}

// add counts events, of a run unless it is nil.
func (u *unsentCounter) add(r *activeRun, events int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.ended || events == 0 {
		return
	}
	u.count.Events += events
	if r != nil && r.ID != "" && !u.runs[r] {
		u.runs[r] = true
		u.count.Runs++
	}
}

// addRest counts the events of a run that are planned and not yet due.
func (u *unsentCounter) addRest(r *activeRun) {
	u.mu.Lock()
	ended := u.ended
	u.mu.Unlock()
	if !ended || r.isStopped() {
		return
	}
	events := 0
	for _, job := range r.pending {
		if job.Cue == nil || job.Cue.Action == nil {
			events++
		}
	}
	r.pending = nil
	for {
		job, ok := r.one()
		if !ok {
			break
		}
		if job.Cue == nil || job.Cue.Action == nil {
			events++
		}
		if !u.mayCount() {
			break
		}
	}
	u.add(r, events)
}

// mayCount reports whether another planned event may be counted.
func (u *unsentCounter) mayCount() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.left == 0 {
		u.count.AtLeast = true
		return false
	}
	u.left--
	return true
}

// result ends the count.
func (u *unsentCounter) result() Unsent {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.count
}

// countScheduled counts what waits in the scheduler beside the plans of runs: deliveries that a rule
// delays, and events that follow a command.
func (s *Server) countScheduled(sessions []*session) {
	s.unsent.add(nil, int(s.following.Load()))
	for _, one := range sessions {
		one.mu.Lock()
		runs := make([]*activeRun, 0, len(one.runs))
		for _, r := range one.runs {
			runs = append(runs, r)
		}
		one.mu.Unlock()
		for _, r := range runs {
			r.mu.Lock()
			delayed := r.counts.delayed
			r.mu.Unlock()
			s.unsent.add(r, delayed)
		}
	}
}
