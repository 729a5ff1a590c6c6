package enginetest

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// An Outcome is how a delivery ended.
type Outcome struct {
	ID       string
	Accepted bool
	Dropped  bool
	Attempts int
}

// Check returns which rules were broken, after everything has ended.
func (c *Consumer) Check(outcomes []Outcome) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.onTime(), c.inOrder(), c.together(), c.bounded(), c.spaced(), c.headOfLine(), c.stopped(), c.waits(), c.complete(outcomes))
}

// firstAttempts are the places of the first attempts, by event; -1 without an attempt.
func (c *Consumer) firstAttempts() []int {
	first := slices.Repeat([]int{-1}, len(c.load.Events))
	for i, a := range c.attempts {
		if a.n == 1 {
			first[a.event] = i
		}
	}
	return first
}

// onTime: nothing goes before it is due, and if nothing holds it up, it goes at that time.
func (c *Consumer) onTime() error {
	prompt := !slices.ContainsFunc(c.load.Events, func(e Event) bool { return e.Takes > 0 || e.Rejected > 0 })
	for event, i := range c.firstAttempts() {
		if i < 0 {
			continue
		}
		due, began := c.load.Real(c.load.Events[event].Due), c.attempts[i].began
		if began < due || prompt && began > due {
			return fmt.Errorf("event %d: due at %s, sent at %s", event, due, began)
		}
	}
	return nil
}

// inOrder: first attempts begin in the order of the plan; only what is released together, goes
// side by side, or waits for the response to another, changes places.
func (c *Consumer) inOrder() error {
	last := -1
	for event, i := range c.firstAttempts() {
		if i < 0 || c.load.WaitsForResponse && c.load.Events[event].EndUser > 0 {
			continue
		}
		if last >= 0 && c.attempts[i].began < c.attempts[last].began {
			return fmt.Errorf("event %d was sent before event %d", event, c.attempts[last].event)
		}
		alone := c.load.Concurrency == 1 || c.load.HeadOfLine
		if release := c.load.Events[event].Release; alone && last > i && (release == 0 || release != c.load.Events[c.attempts[last].event].Release) {
			return fmt.Errorf("event %d was sent before event %d, by one worker", event, c.attempts[last].event)
		}
		last = max(last, i)
	}
	return nil
}

// together: what is released together begins at one moment.
func (c *Consumer) together() error {
	at := map[int]time.Duration{}
	for event, i := range c.firstAttempts() {
		release := c.load.Events[event].Release
		if i < 0 || release == 0 {
			continue
		}
		if before, ok := at[release]; ok && before != c.attempts[i].began {
			return fmt.Errorf("release %d: event %d was sent at %s, another at %s", release, event, c.attempts[i].began, before)
		}
		at[release] = c.attempts[i].began
	}
	return nil
}

// bounded: no more than the concurrency is in progress, where a release counts as one.
func (c *Consumer) bounded() error {
	workers := c.load.Concurrency
	if c.load.HeadOfLine {
		workers = 1
	}
	for _, a := range c.attempts {
		units := map[int]bool{}
		for _, other := range c.attempts {
			if other.began <= a.began && other.ended > a.began {
				unit := -1 - other.event
				if release := c.load.Events[other.event].Release; release > 0 && (other.n == 1 || c.load.HeadOfLine) {
					unit = release
				}
				units[unit] = true
			}
		}
		if len(units) > workers {
			return fmt.Errorf("at %s, %d are in progress; want at most %d", a.began, len(units), workers)
		}
	}
	return nil
}

// spaced: a retry waits for its delay, at the speed of the load.
func (c *Consumer) spaced() error {
	last := map[int]attempt{}
	for _, a := range c.attempts {
		before, ok := last[a.event]
		last[a.event] = a
		if !ok {
			continue
		}
		delay := c.load.Real(c.load.Delays[min(before.n, len(c.load.Delays))-1])
		if gap := a.began - before.ended; gap < delay {
			return fmt.Errorf("event %d: attempt %d came %s after the one before it; want %s", a.event, a.n, gap, delay)
		}
	}
	return nil
}

// waits: of the events of one end user, one is attempted at a time, and first ones in their order.
func (c *Consumer) waits() error {
	if !c.load.WaitsForResponse {
		return nil
	}
	last := map[int]attempt{}
	for _, a := range c.attempts {
		e := c.load.Events[a.event]
		if e.EndUser == 0 || e.Release > 0 {
			continue
		}
		before, ok := last[e.EndUser]
		if ok && a.began < before.ended {
			return fmt.Errorf("event %d was sent while end user %d had event %d", a.event, e.EndUser, before.event)
		}
		last[e.EndUser] = a
	}
	first := map[int]int{}
	for event, i := range c.firstAttempts() {
		user := c.load.Events[event].EndUser
		if i < 0 || user == 0 || c.load.Events[event].Release > 0 {
			continue
		}
		if i < first[user] {
			return fmt.Errorf("event %d was sent before one that comes before it, of end user %d", event, user)
		}
		first[user] = i
	}
	return nil
}

// headOfLine: what waits for a retry holds up what follows, except what was released with it.
func (c *Consumer) headOfLine() error {
	if !c.load.HeadOfLine {
		return nil
	}
	lastOf := map[int]int{}
	for i, a := range c.attempts {
		lastOf[a.event] = i
	}
	for i, a := range c.attempts {
		for j := i + 1; j < lastOf[a.event]; j++ {
			other, release := c.attempts[j], c.load.Events[a.event].Release
			if other.event != a.event && (release == 0 || c.load.Events[other.event].Release != release) {
				return fmt.Errorf("event %d was sent while event %d waited for a retry", other.event, a.event)
			}
		}
	}
	return nil
}

// stopped: after the stop, no attempt begins.
func (c *Consumer) stopped() error {
	if c.load.Stop == 0 {
		return nil
	}
	for _, a := range c.attempts {
		if a.began > c.load.Stop {
			return fmt.Errorf("event %d: attempt %d began at %s; it was stopped at %s", a.event, a.n, a.began, c.load.Stop)
		}
	}
	return nil
}

// complete: each event is sent as often as the consumer's responses ask for, and ends once.
func (c *Consumer) complete(outcomes []Outcome) error {
	made := map[string]int{}
	for _, a := range c.attempts {
		made[fmt.Sprint(a.event)]++
	}
	ended := map[string]Outcome{}
	for _, o := range outcomes {
		if _, twice := ended[o.ID]; twice {
			return fmt.Errorf("event %s ended twice", o.ID)
		}
		ended[o.ID] = o
		if o.Attempts != made[o.ID] {
			return fmt.Errorf("event %s: %d attempts were made, %d are reported", o.ID, made[o.ID], o.Attempts)
		}
	}
	for i, e := range c.load.Events {
		id := fmt.Sprint(i)
		o, ok := ended[id]
		switch {
		case made[id] > 0 && !ok:
			return fmt.Errorf("event %d was sent and did not end", i)
		case c.load.Stop > 0: // it may have been cut off
		case !ok || o.Dropped != e.Dropped:
			return fmt.Errorf("event %d: ended: %v, dropped: %v; want dropped: %v", i, ok, o.Dropped, e.Dropped)
		case e.Dropped && made[id] > 0:
			return fmt.Errorf("event %d was sent; it is dropped", i)
		case e.Dropped:
		case made[id] != min(e.Rejected, len(c.load.Delays))+1:
			return fmt.Errorf("event %d: %d attempts; %d are rejected", i, made[id], e.Rejected)
		case o.Accepted != (e.Rejected <= len(c.load.Delays)):
			return fmt.Errorf("event %d: accepted: %v; %d of at most %d attempts are rejected", i, o.Accepted, e.Rejected, len(c.load.Delays)+1)
		}
	}
	return nil
}
