package sequence

import (
	"slices"
	"strings"
	"time"
)

// A messageKey is an ID of a message on a route.
type messageKey struct {
	route string
	// name is message.id or message.channel_id.
	name string
	id   string
}

// A message is what is kept of one message.
type message struct {
	account  *account
	supports []string
	keys     []messageKey
	statuses []status
	values   []constant
}

// A status is what is kept of an item.
type status struct {
	event, typeName string
	at, received    time.Time
	hash            uint64
	place           Place
	// exact means that the status has a time of its own.
	exact, linked, undeliverable bool
}

// A constant is the first value of a name in a message.
type constant struct {
	name, text string
	place      Place
}

// messageOf returns the message of an item, which may be new; nil if the item has no ID.
func (a *Analyzer) messageOf(item *Item) *message {
	var keys []messageKey
	var m *message
	for _, name := range []string{nameMessage, nameChannel} {
		for k := range item.Values {
			v := &item.Values[k]
			if v.Name != name || v.Text == "" || masked(v.Text) {
				continue
			}
			key := messageKey{item.Route, name, v.Text}
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
		if gone, full := a.messages.put(m, m); full {
			a.evicted++
			a.finish(gone)
			for _, key := range gone.keys {
				if a.byID[key] == gone {
					delete(a.byID, key)
				}
			}
		}
	} else {
		a.messages.get(m)
	}
	for _, key := range keys {
		if other := a.byID[key]; other == nil && len(m.keys) < maxStatuses {
			key.id = strings.Clone(key.id)
			a.byID[key] = m
			m.keys = append(m.keys, key)
		}
	}
	return m
}

// addTo compares an item with those of its message, and keeps it.
func (a *Analyzer) addTo(m *message, of *account, item *Item, s status) {
	if m.account == nil {
		m.account, m.supports = of, item.Supported
	}
	for i := range m.statuses {
		if old := &m.statuses[i]; old.event == s.event && old.typeName == s.typeName && old.hash == s.hash {
			a.count("D01")
			return
		}
	}
	if strings.HasPrefix(s.event, "message.") {
		of.status(&s)
	}
	if !a.identity(m, item) && !a.conflict(m, &s) {
		a.order(m, &s)
	}
	if len(m.statuses) < maxStatuses {
		m.statuses = append(m.statuses, s)
	}
}

// conflict reports a second body for the same ID and status. Two clicks are two events, and so are the
// times at which several devices got a message.
func (a *Analyzer) conflict(m *message, s *status) bool {
	if s.event == "message.clicked" || s.event == "message.delivered" && s.linked {
		return false
	}
	for i := range m.statuses {
		if old := &m.statuses[i]; old.event == s.event && old.typeName == s.typeName {
			a.report("D04", "", Finding{
				Type: s.typeName, Text: "two different items have the same ID and status " + s.event,
				First: Side{old.place, stamp(old.at)}, Second: Side{s.place, stamp(s.at)},
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
		if slices.Contains(events, m.statuses[i].event) {
			return &m.statuses[i]
		}
	}
	return nil
}
