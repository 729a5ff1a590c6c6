package journal

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Query says which entries are meant: those that fit all that it holds. The
// zero Query fits all.
type Query struct {
	Session, Run string
	Kind         Kind
	// Route is a route, or a provider and so all of its routes.
	Route string
	// CanonicalEvent and Type are names, in which * stands for any characters but a slash.
	Event, Type string
	// Operation is the name of the Operation that was called.
	API string
	// ID is that of the entry or of anything in it: a message, a subscription.
	ID string
	// Phone is a number in any of its spellings, with or without country code.
	Phone string
	State string
	// Text stands anywhere in the text or in a body; case does not matter in ASCII.
	Text string
	// Status is a code or a class of them: "200", "2xx".
	Status string
	// Since and Until bound At: from Since, before Until.
	Since, Until time.Time
	// After bounds Seq: only what was added or changed after it.
	After uint64
	// Cursor is what Find said of the next page, "" for the first.
	Cursor string
	// Limit is the size of a page; 0 means all.
	Limit int
}

// Check says what of the query can fit nothing: a status, state, kind or
// pattern that is none, or a cursor that Find did not give.
func (q Query) Check() error {
	if q.Kind != "" && !slices.Contains(Kinds(), q.Kind) {
		var known []string
		for _, k := range Kinds() {
			known = append(known, string(k))
		}
		return fmt.Errorf("read kind: there is no kind %q; %s", q.Kind, document.OneOf(string(q.Kind), known))
	}
	if q.State != "" && !slices.Contains(States(), q.State) {
		return fmt.Errorf("read state: there is no state %q; %s", q.State, document.OneOf(q.State, States()))
	}
	if q.Status != "" && !isStatus(q.Status) {
		return fmt.Errorf("read status: %q is neither a code such as 200 nor a class such as 2xx", q.Status)
	}
	for name, pattern := range map[string]string{"event": q.Event, "type": q.Type} {
		if !canonical.ValidPattern(pattern) {
			return fmt.Errorf("read %s: %q is no pattern; write a name, with * for any characters", name, pattern)
		}
	}
	if _, err := placeOf(q.Cursor); err != nil {
		return fmt.Errorf("read cursor: %w", err)
	}
	return nil
}

// fits reports whether an entry is meant.
func (q *Query) fits(e *Entry) bool {
	equal := func(want, have string) bool { return want == "" || want == have }
	return e.Seq > q.After && equal(q.Session, e.Session) && equal(q.Run, e.Run) && equal(string(q.Kind), string(e.Kind)) && equal(q.State, e.State) &&
		fitsRoute(q.Route, e.Route) && fitsName(q.Event, e.CanonicalEvent) && fitsName(q.Type, e.Type) &&
		(q.API == "" || e.Call != nil && e.Call.Operation == q.API) &&
		(q.Status == "" || fitsStatus(q.Status, e.Status)) &&
		(q.Since.IsZero() || !e.At.Before(q.Since)) && (q.Until.IsZero() || e.At.Before(q.Until)) &&
		(q.ID == "" || fitsID(q.ID, e)) && (q.Phone == "" || fitsPhone(q.Phone, e.Values)) &&
		(q.Text == "" || fitsText(q.Text, e))
}

func fitsRoute(want, have string) bool {
	rest, ok := strings.CutPrefix(have, want)
	return want == "" || ok && (rest == "" || rest[0] == '/')
}

func fitsName(pattern, name string) bool {
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

func fitsStatus(want string, status int) bool {
	if !isStatus(want) || status/100 != int(want[0]-'0') {
		return false
	}
	return want[1:] == "xx" || status%100 == int(want[1]-'0')*10+int(want[2]-'0')
}

func fitsID(id string, e *Entry) bool {
	if e.ID == id || e.Target == id || e.Delivery != nil && e.Delivery.ID == id {
		return true
	}
	for _, value := range e.Values {
		if value == id {
			return true
		}
	}
	return false
}

// fitsPhone compares digits, from the end if one of the two has a country code
// and the other none.
func fitsPhone(phone string, values map[string]string) bool {
	const national = 10 // digits without which a shorter number would fit many
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

func fitsText(text string, e *Entry) bool {
	if containsFold([]byte(e.Text), text) {
		return true
	}
	if c := e.Call; c != nil && (containsFold(c.Body, text) || containsFold(c.Response, text) || containsFold([]byte(c.Path), text)) {
		return true
	}
	if e.Delivery == nil {
		return false
	}
	return containsFold(e.Delivery.Event.Body, text) || slices.ContainsFunc(e.Delivery.Attempts, func(a webhook.Attempt) bool {
		return containsFold(a.Body, text) || containsFold([]byte(a.Error), text)
	})
}

// containsFold looks for a text from one possible first letter to the next.
func containsFold(in []byte, text string) bool {
	if text == "" {
		return true
	}
	first := string([]byte{lower(text[0]), upper(text[0])})
	for {
		i := bytes.IndexAny(in, first)
		if text[0] >= 0x80 {
			i = bytes.IndexByte(in, text[0])
		}
		if i < 0 || len(in)-i < len(text) {
			return false
		}
		if equalFold(in[i:i+len(text)], text) {
			return true
		}
		in = in[i+1:]
	}
}

func equalFold(a []byte, b string) bool {
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// Find returns the entries that fit, the one added last first, and the cursor
// of the next page; "" if there is none. What is added while somebody turns the
// pages does not shift them.
func (l *Log) Find(q Query) (found []Entry, next string) {
	place, err := placeOf(q.Cursor)
	if err != nil {
		return nil, ""
	}
	var last uint64 // place of the last one of the page
	var room [chunk]slot
	for {
		all := l.before(place, room[:0])
		for _, s := range all {
			place = s.place
			switch {
			case !q.fits(s.entry):
			case q.Limit > 0 && len(found) == q.Limit:
				return found, cursorOf(last)
			default:
				found, last = append(found, *s.entry), place
			}
		}
		if len(all) == 0 {
			return found, ""
		}
	}
}

// before appends slots with a lower place, the newest first, as they are now.
func (l *Log) before(place uint64, all []slot) []slot {
	l.mu.Lock()
	defer l.mu.Unlock()
	end, _ := slices.BinarySearchFunc(l.slots, place, func(s *slot, place uint64) int { return cmp.Compare(s.place, place) })
	for i := end - 1; i >= 0 && len(all) < chunk; i-- {
		if l.slots[i].entry != nil {
			all = append(all, *l.slots[i])
		}
	}
	return all
}

// A cursor is a place in eight bytes, written in Base64.
func cursorOf(place uint64) string {
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, place))
}

func placeOf(cursor string) (uint64, error) {
	const beyond = ^uint64(0)
	if cursor == "" {
		return beyond, nil
	}
	place, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(place) != 8 {
		return 0, errors.New("it is none that a page named as its next; begin without one")
	}
	return binary.BigEndian.Uint64(place), nil
}
