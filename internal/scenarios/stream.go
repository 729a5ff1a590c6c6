package scenarios

import (
	"iter"
	"time"
)

// An open conversation is one of which not all is told yet.
type open struct {
	due    time.Duration
	number int
	left   []draftEvent
}

// conversations merges the conversations by time; at the same time the earlier
// conversation comes first. It plans a conversation when it begins and forgets
// it when it is over: what it holds at any time are those that overlap.
func (p *Plan) conversations() iter.Seq[*draftEvent] {
	return func(yield func(*draftEvent) bool) {
		waiting := queue[open]{less: func(a, b open) bool {
			return a.due < b.due || a.due == b.due && a.number < b.number
		}}
		for next := 0; ; {
			for next < p.Conversations && (len(waiting.items) == 0 || p.start(next) <= waiting.items[0].due) {
				if drafts := p.planConversation(next); len(drafts) > 0 {
					waiting.push(open{drafts[0].At, next, drafts})
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

// applyFaults does what faults of the plan want: it delays and copies cues, puts
// them in the order of their time again, and numbers them.
func applyFaults(stream iter.Seq[*draftEvent], yield func(PlannedEvent) bool) {
	o := reorderBuffer{yield: yield, held: queue[sending]{less: func(a, b sending) bool {
		return a.At < b.At || a.At == b.At && a.order < b.order
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

// An outbox holds cues until no earlier one can come any more.
type reorderBuffer struct {
	held     queue[sending]
	orders   int
	number   int
	releases int
	yield    func(PlannedEvent) bool
}

// A sending is a PlannedEvent that waits. Of those that are due at the same time, the
// one that was put in first goes first.
type sending struct {
	PlannedEvent
	order int
}

func (o *reorderBuffer) put(c PlannedEvent) {
	o.held.push(sending{c, o.orders})
	o.orders++
}

func (o *reorderBuffer) release(until time.Duration) bool {
	for len(o.held.items) > 0 && o.held.items[0].At <= until {
		c := o.held.pop().PlannedEvent
		c.Number = o.number
		o.number++
		if !o.yield(c) {
			return false
		}
	}
	return true
}
