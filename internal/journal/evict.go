package journal

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"strconv"
	"strings"
)

// count counts the entry of a slot among what is held: n is 1 or -1.
func (l *Log) count(s *slot, n int) {
	l.all.add(n, s.size)
	if !s.entry.Ended() {
		l.open.add(n, s.size)
	}
}

// evict lets go of entries that have ended, as long as there are too many; the one
// that ended last stays.
func (l *Log) evict() {
	for len(l.ended) > 1 && (l.all.entries > l.limit.Entries || l.all.bytes > l.limit.Bytes) {
		oldest := l.ended[0]
		l.ended[0] = nil
		l.ended = l.ended[1:]
		if oldest.queued = oldest.entry.Ended(); oldest.queued { // else it goes on, and ends another time
			l.forget(oldest)
		}
	}
}

// forget empties a slot.
func (l *Log) forget(s *slot) {
	l.count(s, -1)
	delete(l.byID, s.entry.ID)
	l.remember(s.entry)
	s.entry = nil
}

// Full reports whether all that the Log may hold has not ended: there is no room for
// anything else that is to be held until it ends.
func (l *Log) Full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.full()
}

func (l *Log) full() bool {
	return l.open.entries >= l.limit.Entries || l.open.bytes >= l.limit.Bytes
}

// WhenRoom has a function called, once, when half of the Log or less has not ended.
// It reports false, and does nothing, if the Log is not full. The function must be
// quick.
func (l *Log) WhenRoom(do func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.full() {
		return false
	}
	l.waiting = append(l.waiting, do)
	return true
}

// freed takes those that wait for room, if there is some. They are called when the
// Log is no longer locked.
func (l *Log) freed() []func() {
	if len(l.waiting) == 0 || l.open.entries > l.limit.Entries/2 || l.open.bytes > l.limit.Bytes/2 {
		return nil
	}
	waiting := l.waiting
	l.waiting = nil
	return waiting
}

// issue makes the next ID of a kind.
func (l *Log) issue(kind Kind) string {
	l.issued[kind]++
	return fmt.Sprintf("%s-%d", kind, l.issued[kind])
}

// Evicted reports whether the Log gave an entry of a kind this ID, and holds it no
// more: others needed its room, or its session was reset.
func (l *Log) Evicted(kind Kind, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID[id] != nil {
		return false
	}
	return l.wasIssued(kind, id) || l.gone.has(string(kind), id)
}

func (l *Log) wasIssued(kind Kind, id string) bool {
	number, ok := strings.CutPrefix(id, string(kind)+"-")
	n, err := strconv.ParseUint(number, 10, 64)
	return ok && err == nil && n > 0 && n <= l.issued[kind] && strconv.FormatUint(n, 10) == number
}

// EvictedEvent reports whether deliveries of an event of this ID were evicted. It
// remembers the newest of them, and doesn't look at the deliveries that are held.
func (l *Log) EvictedEvent(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gone.has(event, id)
}

// event is no kind of entry: deliveries of one event share its ID.
const event = "event"

// remember keeps the IDs of an entry that is let go, where they do not show by
// themselves that they were issued.
func (l *Log) remember(e *Entry) {
	kind := cmp.Or(e.Kind, KindNote)
	if !l.wasIssued(kind, e.ID) {
		l.gone.add(string(kind), e.ID)
	}
	if kind == KindDelivery && e.Delivery != nil && e.Delivery.ID != "" {
		l.gone.add(event, e.Delivery.ID)
	}
}

// mostGone bounds how many IDs of entries that were let go are remembered.
const maxGone = 1 << 16

// A memory remembers IDs by their hashes, the newest ones.
type idMemory struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
	ring   []uint64
	oldest int
}

func newMemory() idMemory { return idMemory{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}} }

func (m *idMemory) hash(kind, id string) uint64 { return maphash.String(m.seed, kind+" "+id) }

func (m *idMemory) has(kind, id string) bool {
	_, known := m.hashes[m.hash(kind, id)]
	return known
}

func (m *idMemory) add(kind, id string) {
	h := m.hash(kind, id)
	if _, known := m.hashes[h]; known {
		return
	}
	m.hashes[h] = struct{}{}
	if len(m.ring) < maxGone {
		m.ring = append(m.ring, h)
		return
	}
	delete(m.hashes, m.ring[m.oldest])
	m.ring[m.oldest] = h
	m.oldest = (m.oldest + 1) % maxGone
}
