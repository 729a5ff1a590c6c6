package sequence

import (
	"fmt"
	"strings"
	"time"
)

// A location is where a value is: an event type, and a pointer in it. For all times of a route with a
// zone, it is the route and "".
type location struct{ name, pointer string }

// A unitState is the unit of the times at a location.
type unitState struct {
	last     held
	unit     string
	switched bool
}

// unitsOf reports where the unit of a time switches, once for each location.
func (a *Analyzer) unitsOf(item *Item, here spot) {
	for k := range item.Values {
		v := &item.Values[k]
		unit := v.unit()
		if unit == "" {
			continue
		}
		key := location{item.Type, v.Pointer}
		state, found := a.units.get(key)
		if !found {
			state = &unitState{unit: unit}
			a.units.put(location{here.kind.typeName, strings.Clone(v.Pointer)}, state)
		}
		if state.switched {
			continue
		}
		if state.unit != unit {
			state.switched = true
			a.report("D32", "", Finding{
				Type: item.Type, Text: fmt.Sprintf("the time at %s switches from %s to %s", v.Pointer, state.unit, unit),
				First: state.last.side(state.unit + ", like " + state.last.text), Second: here.side(unit + ", " + v.Text),
			})
			continue
		}
		if state.last.text == "" {
			state.last.text = strings.Clone(v.Text)
		}
		state.last.spot = here
	}
}

// eventTimes is what event.at means on a route, by the items that also have a time of their status.
type eventTimes uint8

const (
	_ eventTimes = iota
	// sameTimes means that event.at has been the time of the status.
	sameTimes
	// laterTimes means that event.at has been later: it is when the provider made the event.
	laterTimes
)

// compareTimes learns what event.at means on the item's route.
func (a *Analyzer) compareTimes(item *Item, at time.Time, own bool) {
	if known := a.times[item.Route]; !own || known == laterTimes {
		return
	}
	for k := range item.Values {
		if v := &item.Values[k]; v.Name == "event.at" && v.zoned() {
			if event := v.instant(); event.Sub(at) >= time.Second {
				a.times[item.Route] = laterTimes
			} else if !event.IsZero() {
				a.times[item.Route] = sameTimes
			}
			return
		}
	}
}

// exact reports whether the time of a status is the one at which it happened.
func (a *Analyzer) exact(s *status) bool { return s.own || a.times[s.kind.route] == sameTimes }

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

// A clock is how far receive times are from the times in items.
type clock struct {
	items, late, early, west, east int
	first, firstLate, firstEarly   gap
	maxLate, maxEarly              time.Duration
}

// A gap is one item whose receive time is compared.
type gap struct {
	spot
	at, received int64
}

func (g gap) sides() (time, received Side) {
	return g.side("time " + stamp(g.at)), g.side("received " + stamp(g.received))
}

// The ordinary distance of a receive time from the time in the item.
const (
	maxAhead  = time.Minute
	maxBehind = 5 * time.Minute
	// india is the offset of Indian Standard Time.
	india = 19_800 * time.Second
)

// received compares the receive time with the time in the item, and with times without a zone.
func (a *Analyzer) received(item *Item, here spot, at time.Time) {
	if item.Received.IsZero() {
		return
	}
	if !at.IsZero() && item.zonedTime() {
		a.clockOf(location{item.Route, ""}).add(item, here, at)
	}
	for k := range item.Values {
		v := &item.Values[k]
		if v.Format == "" || v.zoned() || !item.ownTime(v.Name) {
			continue
		}
		if at := v.instant(); !at.IsZero() {
			a.clockOf(location{item.Type, v.Pointer}).add(item, here, at)
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

func (a *Analyzer) clockOf(key location) *clock {
	c, found := a.clocks.get(key)
	if !found {
		c = &clock{}
		a.clocks.put(location{strings.Clone(key.name), strings.Clone(key.pointer)}, c)
	}
	return c
}

// add counts an item.
func (c *clock) add(item *Item, here spot, at time.Time) {
	g := gap{here, nanoseconds(at), nanoseconds(item.Received)}
	distance := item.Received.Sub(at)
	if c.items == 0 {
		c.first = g
	}
	c.items++
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
func (a *Analyzer) judgeClock(key location, c *clock) {
	where := "times"
	if key.pointer != "" {
		where = "times without a zone at " + key.pointer
	}
	report := func(id string, g gap, text string) {
		first, second := g.sides()
		a.report(id, "", Finding{Type: g.kind.typeName, Text: text, First: first, Second: second})
	}
	switch {
	case c.items == 0:
	case c.east == c.items:
		report("D31", c.first, fmt.Sprintf("%s have a constant error of 19,800 s (5 h 30 min) in all %d items: IST was read as UTC", where, c.items))
	case c.west == c.items:
		report("D31", c.first, fmt.Sprintf("%s have a constant error of -19,800 s (5 h 30 min) in all %d items: UTC was read as IST", where, c.items))
	case key.pointer != "": // its zone isn't known
	default:
		if c.late > 0 {
			report("D30", c.firstLate, fmt.Sprintf("%d of %d items were received more than 300 s after their time, at most %s", c.late, c.items, c.maxLate.Round(time.Second)))
		}
		if c.early > 0 {
			report("D30", c.firstEarly, fmt.Sprintf("%d of %d items were received more than 60 s before their time, at most %s: a clock is wrong", c.early, c.items, c.maxEarly.Round(time.Second)))
		}
	}
}
