package journal

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// count adds n (1 or -1) times the entry of a slot to the amounts.
func (l *Log) count(s *slot, n int) {
	l.all.add(n, s.size)
	if s.entry.Ended() {
		return
	}
	l.open.add(n, s.size)
	of := l.openOf[s.entry.Session]
	if of.add(n, s.size); of.entries == 0 {
		delete(l.openOf, s.entry.Session)
		return
	}
	l.openOf[s.entry.Session] = of
}

// evict removes entries that have ended until the limit is met, but never the one that
// ended last.
func (l *Log) evict() {
	for len(l.ended) > 1 && (l.all.entries > l.limit.Entries || l.all.bytes > l.limit.Bytes) {
		oldest := l.ended[0]
		l.ended[0] = nil
		l.ended = l.ended[1:]
		if oldest.queued = oldest.entry.Ended(); oldest.queued { // a retry may have reopened it
			l.evictions.add(oldest.entry, l.all.bytes > l.limit.Bytes)
			l.forget(oldest)
		}
	}
}

// forget empties a slot.
func (l *Log) forget(s *slot) {
	l.count(s, -1)
	delete(l.byID, s.entry.ID)
	l.remember(s.entry, s.issued)
	s.entry = nil
}

// Full reports whether entries that haven't ended reach the limit, so that there is no
// room for another one.
func (l *Log) Full() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.full()
}

func (l *Log) full() bool { return l.limit.exceeded(l.open, 100) }

// Open is the number of entries of a session that haven't ended.
func (l *Log) Open(session string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.openOf[session].entries
}

// FullFor reports whether there is no room for another entry of a session: the Log is full, or
// the session has used its share.
func (l *Log) FullFor(session string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fullFor(session)
}

func (l *Log) fullFor(session string) bool {
	return l.full() || l.limit.exceeded(l.openOf[session], l.limit.Share)
}

// WhenRoom calls a function once, as soon as the entries of a session that haven't ended use half
// of its share or less, and those of all half of the limit. It reports false and does nothing if
// there is room now: see [Log.FullFor]. The function must be quick.
func (l *Log) WhenRoom(session string, do func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.fullFor(session) {
		return false
	}
	l.wasFull = l.wasFull || l.full()
	l.waiting[session] = append(l.waiting[session], do)
	return true
}

// freed returns the functions that wait for room, if there is room, after something of a session
// has changed. The caller calls them without the lock.
func (l *Log) freed(session string) (free []func()) {
	if len(l.waiting) == 0 {
		return nil
	}
	if !l.isHalf(l.open, 100) { // whoever has room but for the others waits for them
		l.wasFull = l.wasFull || len(l.waiting[session]) > 0
		return nil
	}
	sessions := []string{session}
	if l.wasFull {
		sessions = slices.Sorted(maps.Keys(l.waiting))
	}
	l.wasFull = false
	for _, one := range sessions {
		if l.isHalf(l.openOf[one], l.limit.Share) {
			free = append(free, l.waiting[one]...)
			delete(l.waiting, one)
		}
	}
	return free
}

// isHalf reports whether an amount is at most half of a share of the limit, in percent.
func (l *Log) isHalf(a amount, percent int) bool {
	return a.entries <= l.limit.Entries*percent/200 && a.bytes <= l.limit.Bytes*int64(percent)/200
}

// issue returns the next ID of a kind.
func (l *Log) issue(kind Kind) string {
	l.issued[kind]++
	return string(kind) + "-" + strconv.FormatUint(l.issued[kind], 10)
}

// Evicted reports whether an entry of this kind and ID existed and was evicted or reset.
func (l *Log) Evicted(kind Kind, id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.byID[id] != nil {
		return false
	}
	return l.wasIssued(kind, id) || l.evicted.has(string(kind), id)
}

func (l *Log) wasIssued(kind Kind, id string) bool {
	number, ok := strings.CutPrefix(id, string(kind)+"-")
	n, err := strconv.ParseUint(number, 10, 64)
	return ok && err == nil && n > 0 && n <= l.issued[kind] && strconv.FormatUint(n, 10) == number
}

// EvictedEvent reports whether deliveries of an event with this ID were evicted. It covers
// the newest ones, and ignores deliveries that still exist.
func (l *Log) EvictedEvent(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.evicted.has(event, id)
}

// event is the key of event IDs beside the kinds of entries: deliveries of one event share
// its ID.
const event = "event"

// remember keeps the IDs of a removed entry, except for generated IDs, which the counters
// cover.
func (l *Log) remember(e *Entry, issued bool) {
	kind := cmp.Or(e.Kind, KindNote)
	if !issued && !l.wasIssued(kind, e.ID) {
		l.evicted.add(string(kind), e.ID)
	}
	if kind == KindDelivery && e.Delivery != nil && e.Delivery.ID != "" {
		l.evicted.add(event, e.Delivery.ID)
	}
}

// maxEvicted bounds the number of remembered IDs.
const maxEvicted = 1 << 16

// An idMemory is a set of the newest IDs, by their hashes.
type idMemory struct {
	seed   maphash.Seed
	hashes map[uint64]struct{}
	ring   []uint64
	oldest int
}

func newIDMemory() idMemory { return idMemory{seed: maphash.MakeSeed(), hashes: map[uint64]struct{}{}} }

func (m *idMemory) hash(kind, id string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	_, _ = h.WriteString(kind) // it never fails
	_ = h.WriteByte(' ')
	_, _ = h.WriteString(id)
	return h.Sum64()
}

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
	if len(m.ring) < maxEvicted {
		m.ring = append(m.ring, h)
		return
	}
	delete(m.hashes, m.ring[m.oldest])
	m.ring[m.oldest] = h
	m.oldest = (m.oldest + 1) % maxEvicted
}
