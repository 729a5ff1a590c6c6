package coverage

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// The kinds of points.
const (
	// EventType is the event type itself.
	EventType = "type"
	// CanonicalEvent is a canonical event that the route maps to the event type.
	CanonicalEvent = "event"
	// Present and Absent are a property that was there, and an optional one that was
	// missing in its object.
	Present = "property"
	Absent  = "absent"
	// Value is a value that the schema lists.
	Value = "value"
	// Branch is one of the alternatives of a place: a variant or another alternative.
	Branch = "branch"
)

// Kinds lists the kinds of points in the order of reports.
func Kinds() []string { return []string{EventType, CanonicalEvent, Branch, Present, Absent, Value} }

// A Point is one part of a contract that a body can cover.
type Point struct {
	Kind string `json:"kind"`
	// Pointer is a JSON Pointer with * for any element; "" is the body, or the event.
	Pointer string `json:"pointer"`
	// Value is the value, the canonical event, or the name of the branch.
	Value string `json:"value"`
}

// String returns the point as coverage exclusions name it.
func (m Point) String() string {
	switch m.Kind {
	case EventType:
		return "event type"
	case CanonicalEvent:
		return "event " + m.Value
	case Branch:
		return strings.TrimSpace(m.Pointer + " as " + m.Value)
	case Value:
		return m.Pointer + " = " + m.Value
	case Absent:
		return m.Pointer + " absent"
	}
	return m.Pointer
}

// Contract lists all points of an event type on a route, in the order of the schema.
func Contract(r *schemas.Route, t *schemas.EventType) []Point {
	all := []Point{{Kind: EventType}}
	for _, mapped := range mappingsOf(r, t) {
		all = append(all, Point{Kind: CanonicalEvent, Value: mapped.event})
	}
	for _, b := range t.Branches() {
		all = append(all, Point{Branch, b.Pointer, b.Name})
	}
	for _, f := range t.Fields() {
		if !strings.HasSuffix(f.Pointer, "/*") {
			all = append(all, Point{Kind: Present, Pointer: f.Pointer})
			if f.Required != "yes" {
				all = append(all, Point{Kind: Absent, Pointer: f.Pointer})
			}
		}
		for _, value := range slices.Concat(f.Is, f.Known) {
			all = append(all, Point{Value, f.Pointer, value})
		}
	}
	return unique(all)
}

// unique removes repetitions.
func unique(all []Point) []Point {
	seen := map[Point]bool{}
	return slices.DeleteFunc(all, func(m Point) bool {
		again := seen[m]
		seen[m] = true
		return again
	})
}

// A mappedEvent is a canonical event that a route maps to a type, and the conditions of
// the mapping.
type mappedEvent struct {
	event string
	where []schemas.PointerValue
}

func mappingsOf(r *schemas.Route, t *schemas.EventType) []mappedEvent {
	var all []mappedEvent
	for _, event := range canonical.Events() {
		mappings, _ := r.Mappings(event)
		for _, m := range mappings {
			if m.Type == t {
				all = append(all, mappedEvent{event, m.Where})
			}
		}
	}
	return all
}

// matches reports whether a body with one item meets the conditions.
func (s *mappedEvent) matches(one *document.Node) bool {
	return !slices.ContainsFunc(s.where, func(p schemas.PointerValue) bool {
		n := one.At(document.Tokens(p.Pointer))
		return n == nil || n.Compact(maxValue) != p.JSON
	})
}

// maxValue bounds a value that is compared with the listed ones, in bytes.
const maxValue = 1 << 10

// keysOf returns the keys that the object at each pointer may have.
func keysOf(all []Point) map[string][]string {
	keys := map[string][]string{}
	for _, m := range all {
		if m.Kind == Present {
			at := strings.LastIndexByte(m.Pointer, '/')
			tokens := document.Tokens(m.Pointer)
			keys[m.Pointer[:at]] = append(keys[m.Pointer[:at]], tokens[len(tokens)-1])
		}
	}
	return keys
}
