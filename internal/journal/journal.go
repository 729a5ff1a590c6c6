// Package journal holds what has happened, in memory and within bounds: what
// was delivered, which calls came, what arrived.
//
// Read [Entry] and [Log] first. [Log.Find] looks back, [Log.Wait] and
// [Log.Follow] look forward; nothing here polls, and nothing runs in the
// background.
package journal

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// A Kind says who called whom.
type Kind string

// The kinds.
const (
	// KindDelivery: we called the consumer.
	KindDelivery Kind = "delivery"
	// KindCall: the consumer called an Operation of the provider.
	KindCall Kind = "call"
	// KindReceived: somebody called the inbox.
	KindReceived Kind = "arrival"
	// KindNote: nobody called; something is to be known.
	KindNote Kind = "note"
)

// Kinds are all kinds.
func Kinds() []Kind { return []Kind{KindDelivery, KindCall, KindReceived, KindNote} }

// The states of an Entry. A delivery is planned, then retrying while it waits for
// its next attempt, and ends as one of the four that follow; a call is answered, an
// arrival received.
const (
	StateScheduled = "planned"
	StateRetrying  = "retrying"
	StateSucceeded = "delivered"
	StateFailed    = "refused"
	StateDropped   = "lost"
	StateCanceled  = "stopped"
	StateResponded = "answered"
	StateReceived  = "received"
)

// States are all states.
func States() []string {
	return []string{
		StateScheduled, StateRetrying, StateSucceeded, StateFailed, StateDropped, StateCanceled, StateResponded, StateReceived,
	}
}

// An Entry is one thing that has happened. What it points to (slices, maps,
// the Delivery, the Call) is shared by everybody who holds it: once it is
// added, nobody changes it; [Log.Update] puts another in its place.
type Entry struct {
	// Seq numbers additions and changes, from 1; an Entry has that of its last one.
	Seq uint64
	// ID is unique in a Log.
	ID   string
	Kind Kind
	// Session is the isolated world that it happened in, Run the play that it
	// belongs to; "" if it belongs to none.
	Session, Run string
	// Route is such as "gupshup/v2", CanonicalEvent the neutral word, Type the event type.
	Route, CanonicalEvent, Type string
	// At is when it happened: of a delivery that has no attempt yet, when it is due.
	At time.Time
	// Status is the HTTP status of the (last) answer; 0 if there is none.
	Status int
	// State is one of [States], or "".
	State string
	// Endpoint is a subscription's id, or a URL without user and query.
	Endpoint string
	// Values are ids and phones by the names of values: "message.id", "recipient.phone".
	Values map[string]string
	// Text is what is to be found by a search beside the bodies, and what a note
	// says; it is cut after 4 KiB.
	Text string

	// Delivery is that of a delivery and an arrival.
	Delivery *webhook.Delivery
	// Call is that of a call.
	Call *Call
	// Verdicts are what the judge says of the items, if it was asked.
	Verdicts []webhook.Item
}

// A Call is a request to an Operation, and how it was answered.
type Call struct {
	// Operation is the name in the provider's data, such as "send".
	Operation, Method, Path string
	Header                  []webhook.Field
	Body                    []byte
	Status                  int
	ResponseHeader          []webhook.Field
	Response                []byte
	Duration                time.Duration
}

// Ended reports whether nothing more happens to the entry. One that has not ended
// is never evicted.
func (e *Entry) Ended() bool { return e.State != StateScheduled && e.State != StateRetrying }

// A Limit bounds a Log. The entry that ended last is held whatever its size, and so
// are those that have not ended: ask [Log.Full] before adding one of them.
type Limit struct {
	// Entries is how many are held; 0 means 10,000.
	Entries int
	// Bytes is about how much memory they take; 0 means 64 MiB.
	Bytes int64
}

const (
	defaultEntries = 10_000
	defaultBytes   = 64 << 20
	maxText        = 4 << 10
)

// A Log holds entries in the order in which they were added. Beyond its limit it
// evicts those that have ended, the one that ended first before the others. It is
// safe for concurrent use. [New] makes one.
type Log struct {
	limit Limit

	mu  sync.Mutex
	seq uint64
	// issued counts the IDs that were made, by the word that they begin with.
	issued map[Kind]uint64
	// all counts what is held, open what of it has not ended.
	all, open amount
	// slots are in order of their place, the oldest first. Those that are empty are
	// taken away now and then.
	slots []*slot
	byID  map[string]*slot
	// ended are those that may be evicted, in the order in which they ended.
	ended []*slot
	// changes are in order of their seq. Those whose slot has changed again or
	// gone are stale; compact throws them away now and then.
	changes   []change
	followers []*follower
	// waiting are called when there is room again.
	waiting []func()
	gone    idMemory
}

// An amount counts entries, and about how many bytes they take.
type amount struct {
	entries int
	bytes   int64
}

func (a *amount) add(n int, size int64) {
	a.entries += n
	a.bytes += int64(n) * size
}

// A slot is the place of an entry. The entry behind the pointer never changes:
// an update sets another, and nil says that it is gone.
type slot struct {
	position uint64
	size     int64
	entry    *Entry
	// queued: it stands among those that have ended.
	queued bool
}

type change struct {
	seq  uint64
	slot *slot
}

func (c change) stale() bool { return c.slot.entry == nil || c.slot.entry.Seq != c.seq }

// New makes an empty Log.
func New(limit Limit) *Log {
	limit.Entries = cmp.Or(limit.Entries, defaultEntries)
	limit.Bytes = cmp.Or(limit.Bytes, defaultBytes)
	return &Log{limit: limit, issued: map[Kind]uint64{}, byID: map[string]*slot{}, gone: newMemory()}
}

// Limit is what bounds the Log.
func (l *Log) Limit() Limit { return l.limit }

// Add appends an entry and returns it as it is held: with its Seq, and with an
// ID if it has none: its kind and a number that counts those of the kind. One whose
// ID is taken gets another that begins with it, for copies of an CanonicalEvent share the id
// of the delivery.
func (l *Log) Add(e Entry) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	e.Seq = l.seq
	if e.ID == "" {
		e.ID = l.issue(cmp.Or(e.Kind, KindNote))
	}
	if l.byID[e.ID] != nil {
		e.ID = fmt.Sprintf("%s~%d", e.ID, e.Seq)
	}
	s := &slot{position: e.Seq}
	l.slots = append(l.slots, s)
	l.byID[e.ID] = s
	l.put(s, &e)
	return e
}

// Update changes an entry, which keeps its place and ID and gets a new Seq, so
// that those who follow see it. It reports false if the entry is not held (any
// more). Change gets a copy whose pointers, maps and slices are those of the old
// entry, which others read: it sets new ones and changes nothing inside them. It
// must be quick and not call the Log.
func (l *Log) Update(id string, change func(*Entry)) bool {
	known, free := l.update(id, change)
	for _, do := range free {
		do()
	}
	return known
}

func (l *Log) update(id string, change func(*Entry)) (known bool, free []func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.byID[id]
	if s == nil {
		return false, nil
	}
	e := *s.entry
	change(&e)
	l.seq++
	e.Seq, e.ID = l.seq, id
	l.put(s, &e)
	return true, l.freed()
}

// put makes e the entry of its slot, keeps the bounds and wakes those who wait for it.
func (l *Log) put(s *slot, e *Entry) {
	if len(e.Text) > maxText {
		e.Text = strings.ToValidUTF8(e.Text[:maxText], "")
	}
	if s.entry != nil {
		l.count(s, -1)
	}
	s.entry, s.size = e, size(e)
	l.count(s, 1)
	if e.Ended() && !s.queued {
		s.queued = true
		l.ended = append(l.ended, s)
	}
	l.changes = append(l.changes, change{e.Seq, s})
	l.evict()
	l.compact()
	l.wake(e)
}

// compact drops stale changes when they are more than the others, which makes
// it cost no more than the additions themselves, and empty slots in the same way.
func (l *Log) compact() {
	const few = 64
	if len(l.changes) > 2*l.all.entries+few {
		l.changes = slices.DeleteFunc(l.changes, change.stale)
	}
	for len(l.slots) > 0 && l.slots[0].entry == nil {
		l.slots[0] = nil
		l.slots = l.slots[1:]
	}
	if len(l.slots) > 2*l.all.entries+few {
		l.slots = slices.DeleteFunc(l.slots, func(s *slot) bool { return s.entry == nil })
	}
}

// Get returns the entry of an ID.
func (l *Log) Get(id string) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.byID[id]
	if s == nil {
		return Entry{}, false
	}
	return *s.entry, true
}

// Last returns the Seq that was given last; 0 if none was. To follow from it is
// to see only what is to come.
func (l *Log) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq
}

// Reset forgets the entries of a session; those of all if it is "". Numbers go
// on, so that cursors and followers stay right.
func (l *Log) Reset(session string) {
	for _, do := range l.reset(session) {
		do()
	}
}

func (l *Log) reset(session string) (free []func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.slots {
		if s.entry != nil && (session == "" || s.entry.Session == session) {
			l.forget(s)
		}
	}
	l.ended = slices.DeleteFunc(l.ended, func(s *slot) bool { return s.entry == nil })
	l.compact()
	return l.freed()
}

// size is about how many bytes an entry keeps from being freed.
func size(e *Entry) int64 {
	const each, line = 600, 48 // an Entry with its slot, change and map; a Field or one of Values
	n := each + len(e.ID) + len(e.Endpoint) + len(e.Text)
	for name, value := range e.Values {
		n += line + len(name) + len(value)
	}
	fields := func(all []webhook.Field) {
		for _, f := range all {
			n += line + len(f.Name) + len(f.Value)
		}
	}
	if d := e.Delivery; d != nil {
		n += each + len(d.Event.Body)
		fields(d.Event.Header)
		for _, a := range d.Attempts {
			n += each + len(a.Body) + len(a.Error)
			fields(a.Sent)
			fields(a.Header)
		}
	}
	if c := e.Call; c != nil {
		n += each + len(c.Path) + len(c.Body) + len(c.Response)
		fields(c.Header)
		fields(c.ResponseHeader)
	}
	for _, item := range e.Verdicts {
		n += each * (1 + len(item.Verdict.Findings))
	}
	return int64(n)
}
