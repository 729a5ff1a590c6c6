package sequence

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"
)

// A kind is what items of a location in a body have in common.
type kind struct {
	route, typeName, event, pointer string
	linked                          bool
}

// A spot is a Place in little memory.
type spot struct {
	file         string
	kind         *kind
	number, line uint32
}

func (s spot) place() Place {
	if s.kind == nil {
		return Place{}
	}
	return Place{Number: int(s.number), File: s.file, Line: int(s.line), Item: s.kind.pointer}
}

func (s spot) side(value string) Side { return Side{s.place(), value} }

// spotOf returns where an item is. Its texts are those that many items share.
func (a *Analyzer) spotOf(item *Item) spot {
	key := kind{item.Route, item.Type, item.Event, item.Place.Item, item.LinkedDevices}
	k := a.kinds[key]
	if k == nil {
		k = &kind{strings.Clone(item.Route), strings.Clone(item.Type), strings.Clone(item.Event), strings.Clone(item.Place.Item), item.LinkedDevices}
		if len(a.kinds) < maxKinds {
			a.kinds[*k] = k
		}
	}
	if a.file != item.Place.File {
		a.file = strings.Clone(item.Place.File)
	}
	return spot{a.file, k, uint32(item.Place.Number), uint32(item.Place.Line)} //nolint:gosec // no capture has 4 billion items
}

// A message is what is kept of one message. The messages are in a ring, the least recently seen first.
type message struct {
	previous, next *message
	account        *account
	supports       []string
	keys           []uint64
	statuses       []status
	values         []constant
}

// A status is what is kept of an item.
type status struct {
	spot
	at, received int64 // in Unix nanoseconds, 0 without one
	hash         uint64
	// own means that the status has a time of its own.
	own, undeliverable bool
}

func (s *status) event() string { return s.kind.event }

// describe formats the status and its time.
func (s *status) describe() Side { return s.side(s.event() + " " + stamp(s.at)) }

// A constant is the first value at a pointer in a message, and the status that had it.
type constant struct {
	name    uint8 // of constantNames
	status  uint8
	pointer string
	text    string
}

// idHash returns the key of an ID. It is as good as the ID: 64 bits don't collide in a window.
func (a *Analyzer) idHash(route, name, id string) uint64 {
	var h maphash.Hash
	h.SetSeed(a.seed)
	for _, text := range [...]string{route, name, id} {
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// messageOf returns the message of an item, which may be new; nil if the item has no ID.
func (a *Analyzer) messageOf(item *Item) *message {
	const most = 8
	var room [most]uint64
	keys := room[:0]
	var m *message
	for _, name := range [...]string{nameMessage, nameChannel} {
		for k := range item.Values {
			v := &item.Values[k]
			if v.Name != name || v.Text == "" || v.masked || len(keys) == most {
				continue
			}
			key := a.idHash(item.Route, name, v.Text)
			if slices.Contains(keys, key) {
				continue
			}
			keys = append(keys, key)
			if m == nil {
				m = a.byID[key]
			}
		}
	}
	if len(keys) == 0 {
		return nil
	}
	if m == nil {
		m = &message{}
		a.seen++
		if a.open++; a.open > a.options.Window {
			a.drop(a.ring.next)
		}
	} else {
		m.unlink()
	}
	m.link(&a.ring)
	for _, key := range keys {
		if other := a.byID[key]; other == nil && len(m.keys) < maxStatuses {
			a.byID[key] = m
			m.keys = append(m.keys, key)
		}
	}
	return m
}

// link puts a message at the end of a ring.
func (m *message) link(ring *message) {
	m.previous, m.next = ring.previous, ring
	ring.previous.next, ring.previous = m, m
}

func (m *message) unlink() { m.previous.next, m.next.previous = m.next, m.previous }

// drop forgets a message.
func (a *Analyzer) drop(m *message) {
	a.open--
	a.evicted++
	a.finish(m)
	m.unlink()
	for _, key := range m.keys {
		if a.byID[key] == m {
			delete(a.byID, key)
		}
	}
}

// addTo compares an item with those of its message, and keeps it.
func (a *Analyzer) addTo(m *message, of *account, item *Item, s status) {
	if m.account == nil {
		m.account, m.supports = of, item.Supported
	}
	for i := range m.statuses {
		if old := &m.statuses[i]; old.kind.event == s.kind.event && old.kind.typeName == s.kind.typeName && old.hash == s.hash {
			a.count("D01")
			return
		}
	}
	if strings.HasPrefix(s.event(), "message.") {
		of.status(&s)
	}
	m.statuses = append(m.statuses, s)
	last := len(m.statuses) - 1
	if !a.identity(m, item) && !a.conflict(m, last) {
		a.order(m, last)
	}
	if len(m.statuses) > maxStatuses {
		m.statuses = m.statuses[:maxStatuses]
	}
}

// conflict reports a second body for the same ID and status. Two clicks are two events, and so are the
// times at which several devices got a message.
func (a *Analyzer) conflict(m *message, last int) bool {
	s := &m.statuses[last]
	if s.event() == "message.clicked" || s.event() == "message.delivered" && s.kind.linked {
		return false
	}
	for i := range m.statuses[:last] {
		if old := &m.statuses[i]; old.event() == s.event() && old.kind.typeName == s.kind.typeName {
			a.report("D04", "", Finding{
				Type: s.kind.typeName, Text: "two different items have the same ID and status " + s.event(), First: old.side(stamp(old.at)), Second: s.side(stamp(s.at)),
			})
			return true
		}
	}
	return false
}

func undeliverable(reasons []string) bool { return slices.Contains(reasons, "undeliverable") }

// has reports whether a message has one of some events.
func (m *message) has(events ...string) bool { return m.find(events...) != nil }

func (m *message) find(events ...string) *status {
	for i := range m.statuses {
		if slices.Contains(events, m.statuses[i].event()) {
			return &m.statuses[i]
		}
	}
	return nil
}

// nanoseconds returns a time as a number, 0 for none.
func nanoseconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixNano()
}

// stamp formats a time for people.
func stamp(at int64) string {
	if at == 0 {
		return "no time"
	}
	return time.Unix(0, at).UTC().Format("2006-01-02T15:04:05.999Z")
}
