package sequence

import (
	"fmt"
	"strings"
	"time"
)

// A unitState is the unit of the times at a location.
type unitState struct {
	unit     string
	last     Side
	switched bool
}

// unitsOf reports where the unit of a time switches, once for each location.
func (a *Analyzer) unitsOf(item *Item) {
	for k := range item.Values {
		v := &item.Values[k]
		unit := v.unit()
		if unit == "" {
			continue
		}
		key := item.Type + " " + v.Pointer
		state, found := a.units.get(key)
		if !found {
			state = &unitState{unit: unit}
			a.units.put(key, state)
		}
		here := Side{item.Place, a.shorten(v.Text)}
		if state.unit != unit && !state.switched {
			state.switched = true
			a.report("D32", "", Finding{
				Type: item.Type, Text: fmt.Sprintf("the time at %s switches from %s to %s", v.Pointer, state.unit, unit), First: state.last, Second: here,
			})
		}
		state.unit, state.last = unit, here
	}
}

// shorten returns a copy that doesn't keep the body.
func (a *Analyzer) shorten(text string) string { return strings.Clone(text) }

// A second is a second of a route.
type second struct {
	route string
	unix  int64
}

// sameSecond counts the seconds that many items have.
func (a *Analyzer) sameSecond(item *Item, at time.Time) {
	const many = 30
	if at.IsZero() {
		return
	}
	key := second{item.Route, at.Unix()}
	n, found := a.seconds.get(key)
	if !found {
		n = new(int)
		a.seconds.put(key, n)
	}
	if *n++; *n == many+1 {
		a.count("D37")
	}
}

// A clockKey is what has one clock: the times of a route with a zone, or a location without one.
type clockKey struct{ route, location string }

// A clock is how far receive times are from the times in items.
type clock struct {
	items, late, early, west, east int
	firstLate, firstEarly          gap
	maxLate, maxEarly              time.Duration
	firstItem, lastItem            gap
}

// A gap is one item whose receive time is compared.
type gap struct {
	place        Place
	typeName     string
	at, received time.Time
}

// The ordinary distance of a receive time from the time in the item.
const (
	maxAhead  = time.Minute
	maxBehind = 5 * time.Minute
	// india is the offset of Indian Standard Time.
	india = 19_800 * time.Second
)

// received compares the receive time with the time in the item, and with times without a zone.
func (a *Analyzer) received(item *Item) {
	if item.Received.IsZero() {
		return
	}
	if at, _ := item.when(); !at.IsZero() && item.zonedTime() {
		a.clockOf(clockKey{item.Route, ""}).add(a, item, at)
	}
	for k := range item.Values {
		v := &item.Values[k]
		if v.zoned() || !item.ownTime(v.Name) {
			continue
		}
		if at := v.instant(); !at.IsZero() {
			a.clockOf(clockKey{item.Route, item.Type + " " + v.Pointer}).add(a, item, at)
		}
	}
}

// ownTime reports whether a name is the time of the item.
func (i *Item) ownTime(name string) bool {
	_, word, _ := strings.Cut(i.Event, ".")
	return name == "event.at" || name == "message."+word+"_at"
}

// zonedTime reports whether the item has its time with a zone.
func (i *Item) zonedTime() bool {
	for k := range i.Values {
		if v := &i.Values[k]; i.ownTime(v.Name) && v.zoned() && !v.instant().IsZero() {
			return true
		}
	}
	return false
}

func (a *Analyzer) clockOf(key clockKey) *clock {
	c, found := a.clocks.get(key)
	if !found {
		c = &clock{}
		key.location = strings.Clone(key.location)
		a.clocks.put(key, c)
	}
	return c
}

// add counts an item.
func (c *clock) add(a *Analyzer, item *Item, at time.Time) {
	g := gap{item.Place, item.Type, at, item.Received}
	distance := item.Received.Sub(at)
	if c.items == 0 {
		c.firstItem = g
	}
	c.items++
	c.lastItem = g
	switch {
	case distance > maxBehind:
		if c.late == 0 {
			c.firstLate = g
		}
		c.late++
		c.maxLate = max(c.maxLate, distance)
	case distance < -maxAhead:
		if c.early == 0 {
			c.firstEarly = g
		}
		c.early++
		c.maxEarly = max(c.maxEarly, -distance)
	}
	if around(distance, -india) {
		c.east++
	}
	if around(distance, india) {
		c.west++
	}
}

// around reports whether a distance is ordinary, apart from an error.
func around(distance, wrong time.Duration) bool {
	return distance-wrong >= -maxAhead && distance-wrong <= maxBehind
}

// judgeClock reports the error of a clock. One that all items have is of a time zone.
func (a *Analyzer) judgeClock(key clockKey, c *clock) {
	where := "times"
	if key.location != "" {
		_, pointer, _ := strings.Cut(key.location, " ")
		where = "times without a zone at " + pointer
	}
	side := func(g gap) (Side, Side) {
		return Side{g.place, "time " + stamp(g.at)}, Side{g.place, "received " + stamp(g.received)}
	}
	switch {
	case c.items > 0 && (c.east == c.items || c.west == c.items):
		text := "a constant error of 19,800 s (5 h 30 min): IST was read as UTC"
		if c.west == c.items {
			text = "a constant error of -19,800 s (5 h 30 min): UTC was read as IST"
		}
		first, second := side(c.firstItem)
		a.report("D31", "", Finding{Type: c.firstItem.typeName, Text: fmt.Sprintf("%s have %s, in all %d items", where, text, c.items), First: first, Second: second})
		return
	case key.location != "":
		return // its zone isn't known
	}
	if c.late > 0 {
		first, second := side(c.firstLate)
		a.report("D30", "", Finding{
			Type: c.firstLate.typeName, First: first, Second: second,
			Text: fmt.Sprintf("%d of %d items were received more than 300 s after their time, at most %s", c.late, c.items, c.maxLate.Round(time.Second)),
		})
	}
	if c.early > 0 {
		first, second := side(c.firstEarly)
		a.report("D30", "", Finding{
			Type: c.firstEarly.typeName, First: first, Second: second,
			Text: fmt.Sprintf("%d of %d items were received more than 60 s before their time, at most %s: a clock is wrong", c.early, c.items, c.maxEarly.Round(time.Second)),
		})
	}
}
