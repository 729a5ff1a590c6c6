package sequence

import (
	"fmt"
	"slices"
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

func precedes(first, second string) bool { return slices.Contains(before[first], second) }

const (
	// sameTime is how much the times of statuses in whole seconds may be in the wrong order.
	sameTime = int64(time.Second)
	// inexact is the same for a status whose time is only when the provider made the event, which may be
	// later.
	inexact = int64(time.Minute)
	// backlog is how much later than the next a status may arrive.
	backlog = int64(5 * time.Minute)
)

// order compares the last status of a message with the earlier ones, and reports the worst that it finds.
func (a *Analyzer) order(m *message, last int) {
	s := &m.statuses[last]
	worst, inverted := defect{}, (*status)(nil)
	for i := range m.statuses[:last] {
		old := &m.statuses[i]
		d := a.defectOf(old, s)
		if d.id != "" && (worst.id == "" || worst.level == Note && d.level != Note) {
			worst = d
		}
		if precedes(s.event(), old.event()) && (inverted == nil || old.received < inverted.received) {
			inverted = old
		}
	}
	switch {
	case worst.id != "":
		a.report(worst.id, worst.level, Finding{Type: s.kind.typeName, Text: worst.text, First: worst.first.describe(), Second: s.describe()})
	case inverted == nil:
	case inverted.received != 0 && s.received-inverted.received > backlog:
		a.report("D11", "", Finding{
			Type: s.kind.typeName, Text: fmt.Sprintf("%s arrived %s after %s", s.event(), rounded(s.received-inverted.received), inverted.event()),
			First: inverted.side("received " + stamp(inverted.received)), Second: s.side("received " + stamp(s.received)),
		})
	default:
		a.count("D10")
	}
}

// rounded formats a number of nanoseconds.
func rounded(n int64) string { return time.Duration(n).Round(time.Millisecond).String() }

// A defect is an earlier status that the last one can't be beside.
type defect struct {
	id    string
	level Level
	text  string
	first *status
}

// defectOf compares two statuses of a message: old arrived first.
func (a *Analyzer) defectOf(old, s *status) defect {
	one, other := old.event(), s.event()
	linked := old.kind.linked || s.kind.linked
	if failed[one] && reached[other] || reached[one] && failed[other] || one != other && failed[one] && failed[other] {
		d := defect{"D14", Drift, fmt.Sprintf("%s and %s exclude each other", one, other), old}
		if linked && (old.undeliverable || s.undeliverable) {
			d.level, d.text = Note, d.text+", unless one of several devices got the message"
		}
		return d
	}
	low, high := old, s
	if precedes(other, one) {
		low, high = s, old
	} else if !precedes(one, other) {
		return defect{}
	}
	slack := sameTime
	if !a.exact(low) {
		slack = inexact
	}
	if low.at == 0 || high.at == 0 || low.at-high.at <= slack {
		return defect{}
	}
	d := defect{"D14", Drift, fmt.Sprintf("%s is %s later than %s, by its time", low.event(), rounded(low.at-high.at), high.event()), old}
	switch first, second := low.event(), high.event(); {
	case first == "message.enqueued" && second == "message.sent":
		d.id = "D34"
	case first == "message.sent" && second == "message.delivered", first == "message.delivered" && second == "message.read", second == "message.clicked":
		d.id = "D13"
		if linked {
			d.level = Note
		}
	}
	return d
}
