package generator

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Samples are what the examples of an event type show at each place: the values
// that no schema names, and how often a key is there. A place is a JSON Pointer
// in which * stands for any element.
//
// Where a type is told in several ways (a template is approved, or paused), the
// examples of that way count alone: only a pause has a description.
type samples struct {
	alike  bool                // only examples of one way were read
	values map[string][]string // compact JSON, each once, in the order of the examples
	holds  map[string]int      // how often an object stands at a place
	nulls  map[string]int
	// objects are the members of the objects at a place that hold nothing
	// further: what stands together there belongs together.
	objects map[string][]map[string]string
	times   map[string]int // how often something stands at a place
}

// longestSample bounds a value that is taken from an example.
const maxSample = 16 << 10

func samplesOf(t *schemas.EventType, where []schemas.PointerValue) (*samples, error) {
	s := &samples{values: map[string][]string{}, holds: map[string]int{}, nulls: map[string]int{}, times: map[string]int{}, objects: map[string][]map[string]string{}}
	examples, err := t.Examples()
	if err != nil {
		return nil, err
	}
	var placeholders []string
	if shape := t.Shape(); shape != nil {
		placeholders = shape.Placeholders
	}
	var all, alike []document.Node
	for _, e := range examples {
		root, _, err := document.JSON(e.Body, document.BodyLimits())
		if err != nil {
			return nil, err
		}
		if all = append(all, root); len(where) > 0 && holds(&root, where) {
			alike = append(alike, root)
		}
	}
	if alike != nil {
		all, s.alike = alike, true
	}
	for i := range all {
		s.collect(&all[i], "", placeholders)
	}
	return s, nil
}

func holds(body *document.Node, where []schemas.PointerValue) bool {
	return !slices.ContainsFunc(where, func(p schemas.PointerValue) bool {
		n := body.At(document.Tokens(p.Pointer))
		return n == nil || n.Compact(maxSample) != p.JSON
	})
}

func (s *samples) collect(n *document.Node, at string, placeholders []string) {
	s.times[at]++
	if text := n.Compact(maxSample + 1); len(text) <= maxSample && !isPlaceholder(n, placeholders) && !slices.Contains(s.values[at], text) {
		s.values[at] = append(s.values[at], text)
	}
	switch n.Kind {
	case document.Object:
		s.holds[at]++
		s.objects[at] = append(s.objects[at], plainMembers(n, placeholders))
		for i := range n.Members {
			s.collect(&n.Members[i].Value, at+document.Pointer(n.Members[i].Key), placeholders)
		}
	case document.Array:
		for i := range n.Items {
			s.collect(&n.Items[i], at+"/*", placeholders)
		}
	case document.Null:
		s.nulls[at]++
	}
}

func plainMembers(n *document.Node, placeholders []string) map[string]string {
	members := map[string]string{}
	for i := range n.Members {
		m := &n.Members[i]
		if m.Value.Kind != document.Object && m.Value.Kind != document.Array && !isPlaceholder(&m.Value, placeholders) {
			members[m.Key] = m.Value.Compact(maxSample)
		}
	}
	return members
}

// isPlaceholder reports whether a text is the notation of a document rather
// than a value: a|b, STATUS, XXXX.
func isPlaceholder(n *document.Node, words []string) bool {
	return n.Kind == document.String && (strings.Contains(n.Text, "|") || strings.Contains(n.Text, "XXX") || slices.Contains(words, n.Text))
}

// presence is in how many of a thousand cases an optional key is there, by the
// examples; never none and never all, so that every body can come. What no
// example of the way has that is told does not belong to it.
func (s *samples) presence(object, key string) int {
	const rare, fallback, unseen = 100, 920, 300
	around, times := s.holds[object], s.times[object+document.Pointer(key)]
	switch {
	case around == 0:
		return unseen
	case times == 0 && s.alike:
		return 0
	}
	return min(max(1000*times/around, rare), fallback)
}

// nullness is in how many of a thousand cases a place that may be null is.
func (s *samples) nullness(at string) int {
	const rare, fallback = 100, 900
	if s.times[at] == 0 {
		return rare
	}
	return min(max(1000*s.nulls[at]/s.times[at], rare), fallback)
}

// of returns the values of a place that are of one of the types.
func (s *samples) of(at string, types []string) []string {
	return slices.DeleteFunc(slices.Clone(s.values[at]), func(text string) bool { return !isOf(text, types) })
}

// isOf reports whether compact JSON is of one of the types; none means any.
func isOf(text string, types []string) bool {
	if len(types) == 0 {
		return true
	}
	kind := "number"
	switch text[0] {
	case '{':
		kind = "object"
	case '[':
		kind = "array"
	case '"':
		kind = "string"
	case 't', 'f':
		kind = "boolean"
	case 'n':
		kind = "null"
	}
	return slices.Contains(types, kind) || kind == "number" && slices.Contains(types, "integer") && !strings.ContainsAny(text, ".eE")
}
