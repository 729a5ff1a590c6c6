package journal

import (
	"cmp"
	"container/list"
	"maps"
)

// Evictions are the numbers of evicted entries, by what the Log had too much of.
type Evictions struct {
	// Entries were evicted because there were too many, and Bytes because they took too much memory.
	Entries, Bytes int
}

// Total is the number of all.
func (e Evictions) Total() int { return e.Entries + e.Bytes }

// maxCounted bounds the number of sessions whose evictions are counted: anyone may name one.
const maxCounted = 4096

// An evictionCounter counts evictions of sessions by kind. Of too many sessions, it forgets the one
// whose last eviction is the longest ago.
type evictionCounter struct {
	bySession map[string]*list.Element
	// recent has the counts, those of the last eviction first.
	recent *list.List
}

// A sessionEvictions has the counts of one session.
type sessionEvictions struct {
	session string
	byKind  map[Kind]Evictions
}

func newEvictionCounter() evictionCounter {
	return evictionCounter{bySession: map[string]*list.Element{}, recent: list.New()}
}

// add counts the eviction of an entry: for its size, or else because there are too many.
func (c *evictionCounter) add(e *Entry, forBytes bool) {
	element := c.bySession[e.Session]
	if element == nil {
		element = c.recent.PushFront(&sessionEvictions{e.Session, map[Kind]Evictions{}})
		c.bySession[e.Session] = element
	}
	c.recent.MoveToFront(element)
	counts := element.Value.(*sessionEvictions).byKind
	kind := cmp.Or(e.Kind, KindNote)
	count := counts[kind]
	if forBytes {
		count.Bytes++
	} else {
		count.Entries++
	}
	counts[kind] = count
	if c.recent.Len() > maxCounted {
		c.forget(c.recent.Back().Value.(*sessionEvictions).session)
	}
}

// forget removes the counts of a session.
func (c *evictionCounter) forget(session string) {
	if element := c.bySession[session]; element != nil {
		c.recent.Remove(element)
		delete(c.bySession, session)
	}
}

// of returns the counts of a session by kind.
func (c *evictionCounter) of(session string) map[Kind]Evictions {
	if element := c.bySession[session]; element != nil {
		return maps.Clone(element.Value.(*sessionEvictions).byKind)
	}
	return nil
}

// Evictions counts the entries of a session and a kind ("" for all kinds) that were evicted to meet
// the limit, since the session was last reset. It knows the 4,096 sessions with the latest evictions.
func (l *Log) Evictions(session string, kind Kind) Evictions {
	l.mu.Lock()
	defer l.mu.Unlock()
	var sum Evictions
	for k, count := range l.evictions.of(session) {
		if kind == "" || k == kind {
			sum.Entries += count.Entries
			sum.Bytes += count.Bytes
		}
	}
	return sum
}
