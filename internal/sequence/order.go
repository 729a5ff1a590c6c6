package sequence

import (
	"fmt"
	"time"
)

// before lists, for each status, those that come after it.
var before = map[string][]string{
	"message.enqueued":  {"message.sent", "message.delivered", "message.read", "message.played", "message.clicked", "message.failed", "message.undelivered", "message.deleted"},
	"message.sent":      {"message.delivered", "message.read", "message.played", "message.clicked", "message.failed", "message.undelivered", "message.deleted"},
	"message.delivered": {"message.read", "message.played", "message.clicked"},
	"message.read":      {"message.played", "message.clicked"},
}

// reached are the statuses of a message that reached its end user. None of them is beside a failure.
var reached = map[string]bool{"message.delivered": true, "message.read": true, "message.played": true, "message.clicked": true}

var failed = map[string]bool{"message.failed": true, "message.undelivered": true}

func precedes(first, second string) bool {
	for _, event := range before[first] {
		if event == second {
			return true
		}
	}
	return false
}

const (
	// sameTime is how much the times of statuses in whole seconds may be in the wrong order.
	sameTime = time.Second
	// inexact is the same for a status without a time of its own: the provider made the event later.
	inexact = time.Minute
	// backlog is how much later than the next a status may arrive.
	backlog = 5 * time.Minute
)

// order compares a status with the earlier ones of its message, and reports the worst that it finds.
func (a *Analyzer) order(m *message, s *status) {
	worst, inverted := defect{}, (*status)(nil)
	for i := range m.statuses {
		old := &m.statuses[i]
		d := defectOf(old, s)
		if d.id != "" && (worst.id == "" || worst.level == Note && d.level != Note) {
			worst = d
		}
		if precedes(s.event, old.event) && (inverted == nil || old.received.Before(inverted.received)) {
			inverted = old
		}
	}
	switch {
	case worst.id != "":
		a.report(worst.id, worst.level, Finding{
			Type: s.typeName, Text: worst.text, First: Side{worst.first.place, worst.first.event + " " + stamp(worst.first.at)},
			Second: Side{worst.second.place, worst.second.event + " " + stamp(worst.second.at)},
		})
	case inverted == nil:
	case s.received.Sub(inverted.received) > backlog && !inverted.received.IsZero():
		a.report("D11", "", Finding{
			Type: s.typeName, Text: fmt.Sprintf("%s arrived %s after %s", s.event, s.received.Sub(inverted.received).Round(time.Second), inverted.event),
			First: Side{inverted.place, "received " + stamp(inverted.received)}, Second: Side{s.place, "received " + stamp(s.received)},
		})
	default:
		a.count("D10")
	}
}

// A defect is a pair of statuses that can't be right.
type defect struct {
	id            string
	level         Level
	text          string
	first, second *status
}

// defectOf compares two statuses of a message: old arrived first.
func defectOf(old, s *status) defect {
	linked := old.linked || s.linked
	if failed[old.event] && reached[s.event] || reached[old.event] && failed[s.event] || old.event != s.event && failed[old.event] && failed[s.event] {
		d := defect{"D14", Drift, fmt.Sprintf("%s and %s exclude each other", old.event, s.event), old, s}
		if linked && (old.undeliverable || s.undeliverable) {
			d.level, d.text = Note, d.text+", unless one of several devices got the message"
		}
		return d
	}
	low, high := old, s
	if precedes(s.event, old.event) {
		low, high = s, old
	} else if !precedes(old.event, s.event) {
		return defect{}
	}
	slack := sameTime
	if !low.exact && (low.event == "message.enqueued" || high.exact) || !high.exact && low.exact {
		slack = inexact
	}
	if low.at.IsZero() || high.at.IsZero() || low.at.Sub(high.at) <= slack {
		return defect{}
	}
	d := defect{"D14", Drift, fmt.Sprintf("%s is %s later than %s, by its time", low.event, low.at.Sub(high.at).Round(time.Millisecond), high.event), old, s}
	switch {
	case low.event == "message.enqueued" && high.event == "message.sent":
		d.id = "D34"
	case low.event == "message.sent" && high.event == "message.delivered", low.event == "message.delivered" && high.event == "message.read", high.event == "message.clicked":
		d.id = "D13"
		if linked {
			d.level = Note
		}
	}
	return d
}
