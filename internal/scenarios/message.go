package scenarios

import (
	"slices"
	"time"
)

// A moment is one in the life of a message. The later has the higher number.
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

// A message is one of a conversation that is being made.
type message struct {
	name string
	// declaredName is how the file calls it; "" if it does not.
	declaredName string
	at           [lifecycleSteps]time.Duration
	// past: it is older than the conversation.
	past bool
	// gone: its round of a repeat is over, so that its name is free again. One
	// that is past belongs to no round.
	roundOver bool
	// firstAt is when it was first spoken of, and line where; -1 if nobody heard it.
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

// earliest is the first time at which an event about the message can be told:
// not before what came before it.
func (m *message) earliest(is lifecycleStep) time.Duration {
	if is == none {
		return m.at[submitted]
	}
	return slices.Max(m.at[:is])
}

// record sets a moment that is heard of at some time, and returns when it was:
// that very time, or, where the news comes late, when the next one was. A
// moment that has been stays what it was.
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

// recordFirst notes that an event about the message was told, or would have been.
func (m *message) recordFirst(told time.Duration, line int) {
	if told < m.firstAt {
		m.firstAt, m.firstOccurrence = told, line
	}
}

// snapshot is what has become of the message by some time.
func (m *message) snapshot(at time.Duration) Message {
	reached := func(is lifecycleStep) time.Duration {
		if m.at[is] > at {
			return NotYet
		}
		return m.at[is]
	}
	return Message{m.name, m.at[submitted], reached(enqueued), reached(sent), reached(delivered), reached(read)}
}
