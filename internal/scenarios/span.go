package scenarios

import "time"

// maxMeasured bounds how many planned events are read to measure a plan.
const maxMeasured = 100_000

// Span returns the time of the last event of a plan. Of a plan with more events than are read for
// it, it is what the first conversations let expect, and not exact.
func (p *Plan) Span() (span time.Duration, exact bool) {
	var longest time.Duration // of a conversation
	n := 0
	for planned := range p.PlannedEvents {
		span = max(span, planned.At)
		longest = max(longest, planned.At-p.start(planned.Conversation))
		if n++; n == maxMeasured {
			return p.start(p.Conversations-1) + longest, false
		}
	}
	return span, true
}
