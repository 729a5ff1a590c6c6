package play

import (
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// A length is how long a plan takes in its own time; more says that it is at least that.
type length struct {
	time.Duration
	more bool
}

// maxMeasured bounds how many planned events are read to measure a plan.
const maxMeasured = 100_000

// lengthOf measures a plan up to its last event, without retries.
func lengthOf(plan *scenarios.Plan) length {
	var l length
	n := 0
	for planned := range plan.PlannedEvents {
		l.Duration = max(l.Duration, planned.At)
		if n++; n == maxMeasured {
			return length{max(l.Duration, plan.Opened(plan.Conversations-1)), true}
		}
	}
	return l
}

// speedText describes the speed of a run, and the duration of the plan.
func speedText(pace engine.Speed, l length) string {
	const worthSaying = time.Second
	word := "compressed"
	switch real := pace.Real(time.Hour); {
	case real == 0:
		word = "without waiting"
	case real == time.Hour:
		word = "real time"
	case real > time.Hour:
		word = "stretched"
	}
	text := fmt.Sprintf("%s (%s)", pace, word)
	about := "about"
	if l.more {
		about = "more than"
	}
	switch real := pace.Real(l.Duration); {
	case l.Duration < worthSaying:
	case real == l.Duration:
		text += fmt.Sprintf(", takes %s %s", about, spoken(real))
	case real == 0:
		text += fmt.Sprintf(", %s %s of the plan", about, spoken(l.Duration))
	default:
		text += fmt.Sprintf(", takes %s %s for %s", about, spoken(real), spoken(l.Duration))
	}
	return text
}

// spoken formats a duration by its two largest units: 0.4s, 12s, 1m52s, 3h05m, 7d2h.
func spoken(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d.Round(time.Second) < time.Minute:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d.Round(time.Second) < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	case d.Round(time.Minute) < day:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	d = d.Round(time.Hour)
	return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
}
