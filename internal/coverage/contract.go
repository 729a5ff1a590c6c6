package coverage

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Kinds of marks.
const (
	// Event: the event type was there at all.
	Event = "event"
	// Neutral: the body tells this word of scenarios, as the route maps it.
	CanonicalEvent = "neutral"
	// Present and Absent: an optional property was there, or was not though the object
	// that holds it was. One that is required can only be present.
	Present = "property"
	Absent  = "absent"
	// Value: a place had a value that is listed.
	Value = "value"
	// Branch: a place was one of its alternatives, a form or another one.
	Branch = "branch"
)

// Kinds lists the kinds of marks in the order of reports.
func Kinds() []string { return []string{Event, CanonicalEvent, Branch, Present, Absent, Value} }

// A Point is one thing that can be met.
type Point struct {
	Kind string
	// Place is a JSON Pointer with * for any element; "" is the body, or the event.
	Place string
	// Value is the value, the word, or the name of the branch.
	Value string
}

func (m Point) String() string {
	switch m.Kind {
	case Event:
		return "the event"
	case CanonicalEvent:
		return "to tell " + m.Value
	case Branch:
		return strings.TrimSpace(m.Place + " as " + m.Value)
	case Value:
		return m.Place + " = " + m.Value
	case Absent:
		return m.Place + " absent"
	}
	return m.Place
}

// Contract lists everything that can be met of an event type on a route, in the order
// of the schema.
func Contract(r *schemas.Route, t *schemas.EventType) []Point {
	all := []Point{{Kind: Event}}
	for _, said := range sayings(r, t) {
		all = append(all, Point{Kind: CanonicalEvent, Value: said.word})
	}
	for _, b := range t.Branches() {
		all = append(all, Point{Branch, b.Pointer, b.Name})
	}
	for _, f := range t.Fields() {
		if !strings.HasSuffix(f.Pointer, "/*") {
			all = append(all, Point{Kind: Present, Place: f.Pointer})
			if f.Required != "yes" {
				all = append(all, Point{Kind: Absent, Place: f.Pointer})
			}
		}
		for _, value := range slices.Concat(f.Is, f.Known) {
			all = append(all, Point{Value, f.Pointer, value})
		}
	}
	return unique(all)
}

// unique drops what stands before.
func unique(all []Point) []Point {
	seen := map[Point]bool{}
	return slices.DeleteFunc(all, func(m Point) bool {
		again := seen[m]
		seen[m] = true
		return again
	})
}

// A saying is one of the ways in which a route tells a neutral word by a type.
type mappedEvent struct {
	word  string
	where []schemas.PointerValue
}

func sayings(r *schemas.Route, t *schemas.EventType) []mappedEvent {
	var all []mappedEvent
	for _, word := range canonical.Events() {
		ways, _ := r.Mappings(word)
		for _, way := range ways {
			if way.Type == t {
				all = append(all, mappedEvent{word, way.Where})
			}
		}
	}
	return all
}

// holds reports whether a body with one item tells the word.
func (s *mappedEvent) holds(one *document.Node) bool {
	return !slices.ContainsFunc(s.where, func(p schemas.PointerValue) bool {
		n := one.At(document.Tokens(p.Pointer))
		return n == nil || n.Compact(maxValue) != p.JSON
	})
}

// longestValue bounds a value that is compared with the listed ones.
const maxValue = 1 << 10

// keysOf are the keys that the object at each place may have.
func keysOf(all []Point) map[string][]string {
	keys := map[string][]string{}
	for _, m := range all {
		if m.Kind == Present {
			at := strings.LastIndexByte(m.Place, '/')
			tokens := document.Tokens(m.Place)
			keys[m.Place[:at]] = append(keys[m.Place[:at]], tokens[len(tokens)-1])
		}
	}
	return keys
}
