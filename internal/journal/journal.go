// Package journal records deliveries, calls and received webhooks, in memory and within
// bounds.
//
// Read [Entry] and [Log] first. [Log.Find] returns past entries, [Log.Wait] and
// [Log.Follow] future ones. The package neither polls nor runs anything in the background.
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

// A Kind is what an Entry records.
type Kind string

// The kinds.
const (
	// KindDelivery is an event on its way to an endpoint of the consumer.
	KindDelivery Kind = "delivery"
	// KindCall is a request of the consumer to an operation of the provider.
	KindCall Kind = "call"
	// KindReceived is a webhook that the inbox received.
	KindReceived Kind = "received"
	// KindNote is a message about something that isn't a request.
	KindNote Kind = "note"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{KindDelivery, KindCall, KindReceived, KindNote} }

// The states of a delivery; other kinds have no state. A delivery is scheduled, then
// retrying while it waits for its next attempt, and ends in one of the other states.
const (
	StateScheduled = "scheduled"
	StateRetrying  = "retrying"
	StateSucceeded = "succeeded"
	StateFailed    = "failed"
	StateDropped   = "dropped"
	StateCanceled  = "canceled"
)

// States returns all states.
func States() []string {
	return []string{StateScheduled, StateRetrying, StateSucceeded, StateFailed, StateDropped, StateCanceled}
}

// An Entry records one event of a server. All readers share what it points to (slices,
// maps, the Delivery, the Call), which must not change after [Log.Add]; [Log.Update]
// replaces the entry.
type Entry struct {
	// Seq is the number of the last change of the entry, from 1, over all entries.
	Seq uint64
	// ID is unique in a Log.
	ID   string
	Kind Kind
	// Session and Run are what the entry belongs to; "" for nothing.
	Session, Run string
	// Route is for example "gupshup/v2", CanonicalEvent "message.sent", and Type
	// "gupshup/v2/message-event.sent".
	Route, CanonicalEvent, Type string
	// At is the time of the entry: of a delivery without an attempt, when it is due.
	At time.Time
	// Status is the HTTP status of the last response; 0 without a response.
	Status int
	// State is one of [States] for a delivery, else "".
	State string
	// Endpoint is the ID of a subscription, or a URL without user and query.
	Endpoint string
	// Values are IDs and phone numbers by name: "message.id", "recipient.phone".
	Values map[string]string
	// Text is the text of a note, or an explanation; a search for text covers it. It is
	// truncated to 4 KiB.
	Text string

	// Delivery is set for a delivery and a received webhook.
	Delivery *webhook.Delivery
	// Deferred is set if no endpoint received the event of a Delivery: its body and headers, and
	// the Values, are missing until [Entry.Complete].
	Deferred *Deferred
	// Call is set for a call.
	Call *Call
	// Verdicts are the verdicts on the items, if the body was validated.
	Verdicts []webhook.Item

	position uint64 // set by Find
}

// A Call is a request to an operation, and the response.
type Call struct {
	// Operation is the name in the provider's data, for example "send"; "" if no operation
	// has the path and method.
	Operation, Method, Path string
	Header                  []webhook.Header
	Body                    []byte
	Status                  int
	ResponseHeader          []webhook.Header
	Response                []byte
	Duration                time.Duration
}

// Ended reports whether the entry is final. An entry that hasn't ended is never evicted.
func (e *Entry) Ended() bool { return e.State != StateScheduled && e.State != StateRetrying }

// A Limit bounds a Log. The Log keeps the entry that ended last and all entries that
// haven't ended, whatever their size: call [Log.Full] before adding a delivery.
type Limit struct {
	// Entries is the number of entries; 0 means 10,000.
	Entries int
	// Bytes is the approximate memory of the entries; 0 means 64 MiB.
	Bytes int64
	// Share is how much of both the entries of one session that haven't ended may use, in percent;
	// 0 means 100.
	Share int
}

// exceeded reports whether an amount reaches a share of the limit, in percent.
func (l Limit) exceeded(a amount, percent int) bool {
	return a.entries >= max(1, l.Entries*percent/100) || a.bytes >= l.Bytes*int64(percent)/100
}

const (
	defaultEntries = 10_000
	defaultBytes   = 64 << 20
	maxText        = 4 << 10
)

// A Log keeps entries in the order of their addition. Beyond its limit it evicts entries
// that have ended, in the order of their end. It is safe for concurrent use. [New] returns
// an empty Log.
type Log struct {
	limit Limit

	mu  sync.Mutex
	seq uint64
	// issued counts the generated IDs by kind.
	issued map[Kind]uint64
	// all counts all entries, open those that haven't ended, and openOf those of each session.
	all, open amount
	openOf    map[string]amount
	// slots are in the order of their position, the oldest first. compact removes empty
	// ones.
	slots []*slot
	byID  map[string]*slot
	// ended are the slots to evict, in the order of their end.
	ended []*slot
	// changes are in the order of their seq. A change is stale if its slot has changed
	// again or is empty; compact removes stale ones.
	changes   []change
	followers []*follower
	// waiting are the functions to call when there is room again, by session; wasFull is set if
	// some wait for entries of others, and not only for those of their session.
	waiting map[string][]func()
	wasFull bool
	evicted idMemory
	// evictions counts them.
	evictions evictionCounter
}

// An amount is a number of entries and their approximate bytes.
type amount struct {
	entries int
	bytes   int64
}

func (a *amount) add(n int, size int64) {
	a.entries += n
	a.bytes += int64(n) * size
}

// A slot is the position of an entry. The entry behind the pointer never changes: an
// update replaces it, and an eviction sets nil.
type slot struct {
	position uint64
	size     int64
	entry    *Entry
	// queued means that the slot is in Log.ended, and issued that the ID is a generated one.
	queued, issued bool
}

type change struct {
	seq  uint64
	slot *slot
}

func (c change) stale() bool { return c.slot.entry == nil || c.slot.entry.Seq != c.seq }

// New returns an empty Log.
func New(limit Limit) *Log {
	limit.Entries = cmp.Or(limit.Entries, defaultEntries)
	limit.Bytes = cmp.Or(limit.Bytes, defaultBytes)
	limit.Share = cmp.Or(limit.Share, 100)
	return &Log{limit: limit, openOf: map[string]amount{}, waiting: map[string][]func(){}, issued: map[Kind]uint64{}, byID: map[string]*slot{}, evicted: newIDMemory(), evictions: newEvictionCounter()}
}

// Limit returns the limit of the Log.
func (l *Log) Limit() Limit { return l.limit }

// Add appends an entry and returns it with its Seq and ID. An entry without an ID gets its
// kind and a number. If the ID exists, as for copies of an event, Add appends a suffix.
func (l *Log) Add(e Entry) Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seq++
	e.Seq = l.seq
	s := &slot{position: e.Seq}
	if e.ID == "" {
		e.ID, s.issued = l.issue(cmp.Or(e.Kind, KindNote)), true
	}
	if l.byID[e.ID] != nil {
		e.ID, s.issued = fmt.Sprintf("%s~%d", e.ID, e.Seq), false
	}
	l.slots = append(l.slots, s)
	l.byID[e.ID] = s
	l.put(s, &e)
	return e
}

// Update changes an entry, which keeps its position and ID and gets a new Seq, so that
// followers see it. It reports false if the Log doesn't have the entry. change gets a copy
// that shares its pointers, maps and slices with readers: it must replace them, not modify
// them. It must be quick and not call the Log.
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
	before := s.entry.Session
	l.put(s, &e)
	return true, l.freed(before)
}

// put sets the entry of a slot, applies the limit and wakes followers.
func (l *Log) put(s *slot, e *Entry) {
	if len(e.Text) > maxText {
		e.Text = strings.ToValidUTF8(e.Text[:maxText], "")
	}
	if s.entry != nil {
		l.count(s, -1)
	}
	s.entry, s.size = e, e.Size()
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

// compact removes stale changes once they are the majority, so that its amortized cost is
// constant, and empty slots in the same way.
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

// Last returns the last Seq, 0 for an empty Log. Following from it returns only future
// entries.
func (l *Log) Last() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seq
}

// Reset removes the entries of a session and the count of its evictions, or all if it is "".
// Numbering continues, so that cursors and followers stay valid.
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
	if l.evictions.forget(session); session == "" {
		l.evictions = newEvictionCounter()
	}
	l.ended = slices.DeleteFunc(l.ended, func(s *slot) bool { return s.entry == nil })
	l.compact()
	if session == "" {
		l.wasFull = true
	}
	return l.freed(session)
}

// Size returns the approximate memory of the entry in bytes.
func (e *Entry) Size() int64 {
	// an Entry with its slot, change and index; a header or one of Values; each of the others
	const entry, line, each = 400, 48, 200
	n := entry + len(e.ID) + len(e.Endpoint) + len(e.Text)
	for name, value := range e.Values {
		n += line + len(name) + len(value)
	}
	fields := func(all []webhook.Header) {
		for _, f := range all {
			n += line + len(f.Name) + len(f.Value)
		}
	}
	if d := e.Delivery; d != nil {
		n += each + len(d.Event.Body)
		fields(d.Event.Headers)
		for _, a := range d.Attempts {
			n += each + len(a.ResponseBody) + len(a.Error)
			fields(a.RequestHeaders)
			fields(a.ResponseHeaders)
		}
	}
	if c := e.Call; c != nil {
		n += each + len(c.Path) + len(c.Body) + len(c.Response)
		fields(c.Header)
		fields(c.ResponseHeader)
	}
	if e.Deferred != nil {
		n += sizeOfDeferred
	}
	for _, item := range e.Verdicts {
		n += each * (1 + len(item.Verdict.Findings))
	}
	return int64(n)
}
