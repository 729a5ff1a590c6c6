package scenarios

import (
	"slices"
	"time"
)

// A lifecycleStep is a step in the life of a message. A later step has a higher number.
type lifecycleStep int

const (
	none lifecycleStep = iota - 1
	submitted
	enqueued
	sent
	delivered
	read
	lifecycleSteps
)

func lifecycleStepOf(event string) lifecycleStep {
	return lifecycleStep(slices.Index([]string{
		"message.submitted", "message.enqueued", "message.sent", "message.delivered", "message.read",
	}, event))
}

// A message is a message of a conversation that is being planned.
type message struct {
	name string
	// declaredName is the name in the file, or "".
	declaredName string
	at           [lifecycleSteps]time.Duration
	// past marks a message from before the conversation.
	past bool
	// roundOver marks a message whose round of a repeat is over, which frees its name. It is
	// never true for a past message.
	roundOver bool
	// firstAt is the time of its first event, and firstOccurrence the index of that; -1 for an
	// event that the route doesn't support.
	firstAt         time.Duration
	firstOccurrence int
}

func newMessage(name string, at time.Duration) *message {
	m := &message{name: name, firstAt: maxOffset, firstOccurrence: -1}
	for i := range m.at {
		m.at[i] = NotYet
	}
	m.at[submitted] = at
	return m
}

// earliest returns the earliest time of an event about the message: after all previous steps.
func (m *message) earliest(is lifecycleStep) time.Duration {
	if is == none {
		return m.at[submitted]
	}
	return slices.Max(m.at[:is])
}

// record sets the time of a step and returns it. It is the time of the event, or that of the next
// step if the event is late. A step that has a time keeps it.
func (m *message) record(is lifecycleStep, told time.Duration) time.Duration {
	if is == none || m.at[is] != NotYet {
		return told
	}
	at := told
	for _, later := range m.at[is+1:] {
		if later != NotYet {
			at = min(at, later)
		}
	}
	m.at[is] = at
	return at
}

// recordFirst records the first event about the message, sent or not.
func (m *message) recordFirst(told time.Duration, line int) {
	if told < m.firstAt {
		m.firstAt, m.firstOccurrence = told, line
	}
}

// snapshot returns the state of the message at a time.
func (m *message) snapshot(at time.Duration) Message {
	reached := func(is lifecycleStep) time.Duration {
		if m.at[is] > at {
			return NotYet
		}
		return m.at[is]
	}
	return Message{m.name, m.at[submitted], reached(enqueued), reached(sent), reached(delivered), reached(read)}
}
