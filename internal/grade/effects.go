package grade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/mock"
)

// effects are what a consumer did about a conversation, comparable between conversations: labels
// replace numbers and IDs.
type effects struct {
	// calls are the values of each call, by name, in the order of time.
	calls []map[string]string
	// state has the scalar values of the consumer's state that belong to the conversation, by JSON
	// Pointer.
	state map[string]string
	// missed: an expected call wasn't made.
	missed bool
}

// effects are the effects of the observation.
func (r *Observation) effects() effects {
	e := effects{state: map[string]string{}, missed: len(r.Missed) > 0}
	r.names.sent(r.Calls)
	for _, c := range r.Calls {
		e.calls = append(e.calls, r.names.call(c))
	}
	if root, err := stateOf(r.State); err == nil {
		forget(&root, copies(r.sent))
		r.names.project(&root, "", false, e.state)
	}
	return e
}

// call is a call without what differs between conversations. The IDs are the provider's, not the
// consumer's. The recipient isn't compared, as it identified the call.
func (n *names) call(c Call) map[string]string {
	one := map[string]string{"": c.Operation, "status": strconv.Itoa(c.Status)}
	for name, text := range c.Values {
		if !slices.Contains(mock.IDs(), name) && !slices.Contains(mock.Recipients(), name) {
			one[name] = n.symbolize(text)
		}
	}
	return one
}

// project collects the scalar values of a state that belong to the conversation: below a key that
// is a label's value, or in an object that has one. Totals over all conversations don't belong to
// it.
func (n *names) project(at *document.Node, path string, ours bool, found map[string]string) {
	switch at.Kind {
	case document.Object:
		ours = ours || slices.ContainsFunc(at.Members, func(m document.Member) bool {
			return m.Value.Kind != document.Object && m.Value.Kind != document.Array && n.mentions(m.Value.Text)
		})
		for i := range at.Members {
			m := &at.Members[i]
			key := n.symbolize(m.Key)
			n.project(&m.Value, path+"/"+key, ours || n.mentions(m.Key), found)
		}
	case document.Array:
		for i := range at.Items {
			inner := map[string]string{}
			n.project(&at.Items[i], "", ours, inner)
			if len(inner) == 0 {
				continue
			}
			place := path + "/" + strconv.Itoa(countBelow(found, path))
			for rest, text := range inner {
				found[place+rest] = text
			}
		}
	default:
		if ours || n.mentions(at.Text) {
			found[path] = n.symbolize(at.Compact(maxScalar))
		}
	}
}

// maxScalar limits the size of a compared scalar value.
const maxScalar = 4 << 10

// countBelow is the number of elements found in an array. Those of other conversations are left
// out, so the index alone means nothing.
func countBelow(found map[string]string, path string) int {
	n := 0
	for slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(p string) bool {
		return p == path+"/"+strconv.Itoa(n) || strings.HasPrefix(p, path+"/"+strconv.Itoa(n)+"/")
	}) {
		n++
	}
	return n
}

// none reports whether there are no effects.
func (e effects) none() bool { return len(e.calls) == 0 && len(e.state) == 0 }

// A difference is one effect that two observations don't share.
type difference struct {
	// text describes it; call is the index of its call, or -1.
	text string
	call int
	// pointer is the location in the state; "" for a call.
	pointer string
}

// isMissingCall reports whether a call of the baseline wasn't made.
func (d difference) isMissingCall() bool { return d.call < 0 && d.pointer == "" }

// noise is what differs between two identical runs: a time, a counter. moved: values of the end
// user can be at another location of the state.
type noise struct {
	values, pointers map[string]bool
	moved            bool
}

// noiseOf compares two identical runs. ok is false if they differ in more than values: a third run
// can't be compared with them.
func noiseOf(a, b effects) (n noise, ok bool) {
	n = noise{values: map[string]bool{}, pointers: map[string]bool{}}
	if len(a.calls) != len(b.calls) || a.missed != b.missed {
		return n, false
	}
	for i := range a.calls {
		for name := range mergedKeys(a.calls[i], b.calls[i]) {
			if a.calls[i][name] != b.calls[i][name] {
				n.values[name] = true
			}
		}
	}
	for place := range mergedKeys(a.state, b.state) {
		if a.state[place] != b.state[place] {
			n.pointers[place] = true
		}
	}
	return n, true
}

func mergedKeys(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b)
	return all
}

// differs lists the differences from the baseline, calls first.
func (n noise) differs(base, got effects) []difference {
	all := n.calls(base, got)
	for _, place := range slices.Sorted(maps.Keys(mergedKeys(base.state, got.state))) {
		was, is := base.state[place], got.state[place]
		if was == is || n.pointers[place] || n.moved && was == "" && (isOfEndUser(place) || isOfEndUser(is)) {
			continue
		}
		text := fmt.Sprintf("state %s is %s; in the baseline it is %s", place, orMissing(is), orMissing(was))
		all = append(all, difference{text, -1, place})
	}
	return all
}

func orMissing(text string) string {
	if text == "" {
		return "missing"
	}
	return text
}

// calls compares the calls regardless of their order: consumers reply to several end users at the
// same time.
func (n noise) calls(base, got effects) []difference {
	want := map[string]int{}
	for _, c := range base.calls {
		want[n.key(c)]++
	}
	var all []difference
	for i, c := range got.calls {
		if key := n.key(c); want[key] > 0 {
			want[key]--
			continue
		}
		count := countOf(got.calls, func(other map[string]string) bool { return n.key(other) == n.key(c) })
		known := countOf(base.calls, func(other map[string]string) bool { return n.key(other) == n.key(c) })
		text := fmt.Sprintf("%s was called %s; in the baseline %s", describeCall(c), times(count), times(known))
		all = append(all, difference{text, i, ""})
	}
	for _, c := range base.calls {
		if key := n.key(c); want[key] > 0 {
			want[key]--
			all = append(all, difference{"the call " + describeCall(c) + " of the baseline was not made", -1, ""})
		}
	}
	return all
}

// key is a call without its noise.
func (n noise) key(c map[string]string) string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if !n.values[name] {
			text, _ := json.Marshal(c[name]) // a string is always valid
			fmt.Fprintf(&b, "%s=%s ", name, text)
		}
	}
	return b.String()
}

func describeCall(c map[string]string) string {
	text := c[""]
	if said := c["message.text"]; said != "" {
		text += fmt.Sprintf(" (%s)", said)
	}
	return text
}

func countOf(calls []map[string]string, is func(map[string]string) bool) int {
	n := 0
	for _, c := range calls {
		if is(c) {
			n++
		}
	}
	return n
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return strconv.Itoa(n) + " times"
}
