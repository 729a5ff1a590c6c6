package server

import (
	"strconv"
	"sync"
)

// unsent counts the events that a server had planned when it was closed, and did not send. An
// event for several endpoints counts once for each from the moment it is due.
type unsent struct {
	events int
	// runs are those that the events belong to.
	runs int
	// atLeast: a long run has more events than were counted.
	atLeast bool
}

// String is a sentence without its end: "1,234 events of 5 runs were not sent"; "" if there are none.
func (u unsent) String() string {
	if u.events == 0 {
		return ""
	}
	text, verb := counted(u.events, "event"), "were"
	if u.runs > 0 {
		text += " of " + counted(u.runs, "run")
	}
	if u.events == 1 {
		verb = "was"
	}
	if u.atLeast {
		text = "at least " + text
	}
	return text + " " + verb + " not sent"
}

// counted is a number with its noun: "1,234 events".
func counted(n int, noun string) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n != 1 {
		noun += "s"
	}
	return digits + " " + noun
}

// maxCounted bounds the planned events that are counted one by one, so that the server ends within
// seconds.
const maxCounted = 250_000

// An unsentCounter counts what a server does not send, from its end on.
type unsentCounter struct {
	mu    sync.Mutex
	ended bool
	count unsent
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

// add counts events that are of no run.
func (u *unsentCounter) add(events int) { u.addOf(nil, events) }

// addOf counts events of a run, unless it is nil.
func (u *unsentCounter) addOf(r *activeRun, events int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.ended || events == 0 {
		return
	}
	u.count.events += events
	if r != nil && r.ID != "" && !u.runs[r] {
		u.runs[r] = true
		u.count.runs++
	}
}

// addRest counts the events of a run that are planned and not yet due.
func (u *unsentCounter) addRest(r *activeRun) {
	u.mu.Lock()
	ended := u.ended
	u.mu.Unlock()
	if !ended || r.Stopped() {
		return
	}
	events := 0
	for job := range r.Rest() {
		if !u.mayCount() {
			break
		}
		if job.Cue == nil || job.Cue.Action == nil {
			events++
		}
	}
	u.addOf(r, events)
}

// mayCount reports whether another planned event may be counted.
func (u *unsentCounter) mayCount() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.left == 0 {
		u.count.atLeast = true
		return false
	}
	u.left--
	return true
}

// result ends the count.
func (u *unsentCounter) result() unsent {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.count
}
