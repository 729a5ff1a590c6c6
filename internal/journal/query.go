package journal

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
)

// A Query matches entries that meet all of its conditions. The zero Query matches all.
type Query struct {
	Session, Run string
	Kind         Kind
	// Route is a route, or a provider for all of its routes.
	Route string
	// Event is a canonical event and Type an event type, each with * for any characters
	// except a slash.
	Event, Type string
	// Operation is the name of the operation of a call.
	Operation string
	// ID is the ID of the entry or of anything in it, for example of a message or a
	// subscription.
	ID string
	// Phone is a phone number in any format, with or without country code.
	Phone string
	State string
	// Text occurs anywhere in the text or in a body; ASCII case is ignored.
	Text string
	// Status is a code or a class of codes: "200", "2xx".
	Status string
	// Since (inclusive) and Until (exclusive) bound At.
	Since, Until time.Time
	// After is a Seq: only entries that were added or changed after it match.
	After uint64
	// Cursor is the value that Find returned for the next page, "" for the first.
	Cursor string
	// Limit is the size of a page; 0 means all.
	Limit int
}

// Check rejects a query with an invalid kind, state, status, pattern or cursor, which
// could never match.
func (q Query) Check() error {
	if q.Kind != "" && !slices.Contains(Kinds(), q.Kind) {
		var known []string
		for _, k := range Kinds() {
			known = append(known, string(k))
		}
		return fmt.Errorf("read kind: unknown kind %q; %s", q.Kind, renamedOr(string(q.Kind), known))
	}
	if q.State != "" && !slices.Contains(States(), q.State) {
		return fmt.Errorf("read state: unknown state %q; %s", q.State, renamedOr(q.State, States()))
	}
	if q.Status != "" && !isStatus(q.Status) {
		return fmt.Errorf("read status: %q is neither a code (for example 200) nor a class (for example 2xx)", q.Status)
	}
	for name, pattern := range map[string]string{"event": q.Event, "type": q.Type} {
		if !canonical.ValidPattern(pattern) {
			return fmt.Errorf("read %s: %q is not a valid pattern; use a name, with * for any characters", name, pattern)
		}
	}
	if _, err := positionOf(q.Cursor); err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	return nil
}

// renamedOr suggests a known value for an unknown one, which may be the name of a former
// version.
func renamedOr(value string, known []string) string {
	names := map[string]string{
		"arrival": string(KindReceived), "planned": StateScheduled, "delivered": StateSucceeded, "refused": StateFailed, "lost": StateDropped,
		"stopped": StateCanceled, "cancelled": StateCanceled,
	}
	if now := names[value]; slices.Contains(known, now) {
		return fmt.Sprintf("it is now %q", now)
	}
	return document.OneOf(value, known)
}

// A matcher finds the entries that meet all conditions of a Query. It isn't safe for concurrent use.
type matcher struct {
	Query
	text textSearch
}

func newMatcher(q Query) *matcher { return &matcher{Query: q, text: newTextSearch(q.Text)} }

// matches reports whether an entry meets all conditions. It reads whole bodies, and generates
// deferred events: don't call it under the lock of a Log.
func (m *matcher) matches(e *Entry) bool {
	return m.mayMatch(e) &&
		(m.ID == "" || matchID(m.ID, e)) && (m.Phone == "" || matchPhone(m.Phone, e.ids())) &&
		(m.Text == "" || m.text.inEntry(e))
}

// mayMatch reports whether an entry meets the conditions about what an entry says of itself: all
// but ID, Phone and Text. Its cost doesn't depend on the size of the entry.
func (q *Query) mayMatch(e *Entry) bool {
	equal := func(want, have string) bool { return want == "" || want == have }
	return e.Seq > q.After && equal(q.Session, e.Session) && equal(q.Run, e.Run) && equal(string(q.Kind), string(e.Kind)) && equal(q.State, e.State) &&
		matchRoute(q.Route, e.Route) && matchName(q.Event, e.CanonicalEvent) && matchName(q.Type, e.Type) &&
		(q.Operation == "" || e.Call != nil && e.Call.Operation == q.Operation) &&
		(q.Status == "" || matchStatus(q.Status, e.Status)) &&
		(q.Since.IsZero() || !e.At.Before(q.Since)) && (q.Until.IsZero() || e.At.Before(q.Until))
}

func matchRoute(want, have string) bool {
	rest, ok := strings.CutPrefix(have, want)
	return want == "" || ok && (rest == "" || rest[0] == '/')
}

func matchName(pattern, name string) bool {
	if pattern == "" || pattern == name {
		return true
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		return false
	}
	return canonical.Match(pattern, name)
}

func isStatus(text string) bool {
	if len(text) != 3 || text[0] < '1' || text[0] > '5' {
		return false
	}
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	return text[1:] == "xx" || digit(text[1]) && digit(text[2])
}

func matchStatus(want string, status int) bool {
	if !isStatus(want) || status/100 != int(want[0]-'0') {
		return false
	}
	return want[1:] == "xx" || status%100 == int(want[1]-'0')*10+int(want[2]-'0')
}

func matchID(id string, e *Entry) bool {
	if e.ID == id || e.Endpoint == id || e.Delivery != nil && e.Delivery.ID == id {
		return true
	}
	for _, value := range e.ids() {
		if value == id {
			return true
		}
	}
	return false
}

// matchPhone compares digits, from the end if only one of the two has a country code.
func matchPhone(phone string, values map[string]string) bool {
	const national = 10 // fewer digits would match many numbers
	want := digits(phone)
	for name, value := range values {
		if !strings.HasSuffix(name, ".phone") {
			continue
		}
		have := digits(value)
		if have == want || len(want) >= national && len(have) >= national && (strings.HasSuffix(have, want) || strings.HasSuffix(want, have)) {
			return want != ""
		}
	}
	return false
}

func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
}

// Find returns the entries that match, the newest first, and the cursor of the next page; "" for the
// last page. Entries that are added meanwhile don't shift the pages. If the context ends first, the
// error wraps that of the context.
func (l *Log) Find(ctx context.Context, q Query) (found []Entry, next string, err error) {
	position, err := positionOf(q.Cursor)
	if err != nil {
		return nil, "", err
	}
	m := newMatcher(q)
	var last uint64 // the position of the last entry of the page
	var buffer [chunk]slot
	for {
		all := l.before(position, buffer[:0])
		for _, s := range all {
			if err := context.Cause(ctx); err != nil {
				return nil, "", fmt.Errorf("find entries: %w", err)
			}
			position = s.position
			switch {
			case !m.matches(s.entry):
			case q.Limit > 0 && len(found) == q.Limit:
				return found, cursorOf(last), nil
			default:
				found, last = append(found, *s.entry), position
				found[len(found)-1].position = position
			}
		}
		if len(all) == 0 {
			return found, "", nil
		}
	}
}

// before appends copies of the slots with a lower position, the newest first.
func (l *Log) before(position uint64, all []slot) []slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	end, _ := slices.BinarySearchFunc(l.slots, position, func(s *slot, position uint64) int { return cmp.Compare(s.position, position) })
	for i := end - 1; i >= 0 && len(all) < chunk; i-- {
		if l.slots[i].entry != nil {
			all = append(all, *l.slots[i])
		}
	}
	return all
}

// Cursor returns the cursor of the page that begins after an entry, which Find returned.
func (e *Entry) Cursor() string { return cursorOf(e.position) }

// cursorOf encodes a position as a cursor, in Base64.
func cursorOf(position uint64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, position))
}

// positionOf decodes a cursor; "" is beyond all positions.
func positionOf(cursor string) (uint64, error) {
	const beyond = ^uint64(0)
	if cursor == "" {
		return beyond, nil
	}
	position, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(position) != 8 {
		return 0, fmt.Errorf("%q is not the `next` of a previous page; leave it out to start from the first", cursor)
	}
	return binary.BigEndian.Uint64(position), nil
}
