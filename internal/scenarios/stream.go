package scenarios

import (
	"iter"
	"time"
)

// A pendingConversation has planned events that are not yet merged.
type pendingConversation struct {
	due    time.Duration
	number int
	left   []draftEvent
}

// conversations merges the conversations by time; at the same time, the lower number comes first.
// It plans a conversation when it starts, so that it only keeps those that overlap.
func (p *Plan) conversations() iter.Seq[*draftEvent] {
	return func(yield func(*draftEvent) bool) {
		if p.Conversations == 1 {
			for drafts := p.planConversation(0); len(drafts) > 0 && yield(&drafts[0]); drafts = drafts[1:] {
			}
			return
		}
		waiting := queue[pendingConversation]{less: func(a, b pendingConversation) bool {
			return a.due < b.due || a.due == b.due && a.number < b.number
		}}
		for next := 0; ; {
			for next < p.Conversations && (len(waiting.items) == 0 || p.start(next) <= waiting.items[0].due) {
				if drafts := p.planConversation(next); len(drafts) > 0 {
					waiting.push(pendingConversation{drafts[0].At, next, drafts})
				}
				next++
			}
			if len(waiting.items) == 0 {
				return
			}
			first := &waiting.items[0]
			d := &first.left[0]
			if first.left = first.left[1:]; len(first.left) > 0 {
				first.due = first.left[0].At
				waiting.sink()
			} else {
				waiting.pop()
			}
			if !yield(d) {
				return
			}
		}
	}
}

// applyFaults applies the plan faults: it delays and copies planned events, restores the order of
// time, and numbers them.
func applyFaults(stream iter.Seq[*draftEvent], yield func(PlannedEvent) bool) {
	o := reorderBuffer{yield: yield, held: queue[PlannedEvent]{less: func(a, b PlannedEvent) bool {
		return a.At < b.At || a.At == b.At && a.Number < b.Number
	}}}
	for d := range stream {
		due := d.At
		o.inject(d)
		if !o.release(due) {
			return
		}
	}
	o.release(maxOffset)
}

// A reorderBuffer holds planned events until no earlier one can follow. While it holds
// them, their Number is the order in which they came.
type reorderBuffer struct {
	held     queue[PlannedEvent]
	put      int
	released int
	releases int
	yield    func(PlannedEvent) bool
}

func (o *reorderBuffer) add(e PlannedEvent) {
	e.Number = o.put
	o.held.push(e)
	o.put++
}

// release yields the planned events up to a time; false if the caller stops.
func (o *reorderBuffer) release(until time.Duration) bool {
	for len(o.held.items) > 0 && o.held.items[0].At <= until {
		e := o.held.pop()
		e.Number = o.released
		o.released++
		if !o.yield(e) {
			return false
		}
	}
	return true
}
