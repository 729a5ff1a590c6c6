package grade

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/mock"
)

// Effects are what a consumer has done about a conversation, in words that hold for
// every conversation: where a number or an id stood, its name stands.
type effects struct {
	// calls are the values of each call, by name, in the order of time.
	calls []map[string]string
	// state are the places of the consumer's state that speak of the conversation.
	state map[string]string
	// missed: a call that was waited for never came.
	missed bool
}

// effects are what the record shows.
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

// call is a call without what differs from one conversation to the next. The ids
// that the provider has given it are the provider's, not the consumer's, and by what it
// names the end user does not count: it is found by that.
func (n *names) call(c Call) map[string]string {
	one := map[string]string{"": c.Operation, "status": strconv.Itoa(c.Status)}
	for name, text := range c.Values {
		if !slices.Contains(mock.IDs(), name) && !slices.Contains(mock.Recipients(), name) {
			one[name] = n.symbolize(text)
		}
	}
	return one
}

// project gathers the leaves of a state that stand where a name of the conversation
// does: below a key that is one, or in an object that holds one. What a consumer
// counts over all conversations is nothing of this one.
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

// longestLeaf bounds a text of the state that is compared.
const maxScalar = 4 << 10

// countBelow is how many elements of a list are found already: those of others are
// left out, so the place in the list says nothing.
func countBelow(found map[string]string, path string) int {
	n := 0
	for slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(p string) bool {
		return p == path+"/"+strconv.Itoa(n) || strings.HasPrefix(p, path+"/"+strconv.Itoa(n)+"/")
	}) {
		n++
	}
	return n
}

// none reports whether nothing was done at all.
func (e effects) none() bool { return len(e.calls) == 0 && len(e.state) == 0 }

// A difference is one thing that one record shows and another does not.
type difference struct {
	// text says it in a sentence; call is the index of a call that it is about, or -1.
	text string
	call int
	// checkState is that of the state; "" of a call.
	pointer string
}

// isMissingCall reports whether a call of the baseline was not made.
func (d difference) isMissingCall() bool { return d.call < 0 && d.pointer == "" }

// noise is what differs between two records of the very same: a time, a counter. moved:
// what the state shows of the end user may stand in another place.
type noise struct {
	values, pointers map[string]bool
	moved            bool
}

// noiseOf compares two records of the very same; ok is false if they differ in more
// than a value, for then nothing can be told from a third one.
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

// differs lists what a record shows otherwise than the plain one, the calls first.
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

// calls compares the calls as bags: consumers answer people at the same time.
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

// key is a call as far as it does not differ by itself.
func (n noise) key(c map[string]string) string {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if !n.values[name] {
			text, _ := json.Marshal(c[name]) // a text can be written
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
