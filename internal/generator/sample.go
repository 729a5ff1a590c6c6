package generator

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// samples has what the examples of an event type contain at each location: values without a
// schema, and the frequency of keys. A location is a JSON Pointer with * for each array index.
//
// If a type has several mappings (a template is approved or paused), only the examples of the
// current mapping count: only a paused template has a description.
type samples struct {
	texts        map[*document.Node]string
	alike        bool                // all examples match the mapping
	values       map[string][]string // compact JSON, without duplicates, in the order of the examples
	objectCounts map[string]int      // number of objects at a location
	nulls        map[string]int
	times        map[string]int // number of values at a location
}

// maxSample limits the size of a value from an example.
const maxSample = 16 << 10

// parsedExamples are the examples of an event type, and the compact JSON of each value in them, cut
// after maxSample+1 bytes. Every mapping of the type needs them.
type parsedExamples struct {
	bodies []*document.Node
	texts  map[*document.Node]string
	// coherent are the bodies that keep the rules of the type: samples of the documentation may not.
	coherent []*document.Node
	variants map[*document.Node]string
	names    map[*document.Node]string
}

func (g *Generator) examplesOf(t *schemas.EventType) (*parsedExamples, error) {
	if found, ok := g.examples.Load(t); ok {
		return found.(*parsedExamples), nil
	}
	p := &parsedExamples{texts: map[*document.Node]string{}, variants: map[*document.Node]string{}, names: map[*document.Node]string{}}
	examples, err := t.Examples()
	if err != nil {
		return nil, err
	}
	for _, e := range examples {
		root, _, err := document.JSON(e.Body, document.BodyLimits())
		if err != nil {
			return nil, err
		}
		p.bodies = append(p.bodies, &root)
		p.compact(&root)
		p.names[&root] = strings.TrimPrefix(t.Name, t.Provider.Name+"/") + "/" + e.Name
		var coherent bool
		if p.variants[&root], coherent = t.Coherent(&root); coherent {
			p.coherent = append(p.coherent, &root)
		}
	}
	found, _ := g.examples.LoadOrStore(t, p)
	return found.(*parsedExamples), nil
}

func (p *parsedExamples) compact(n *document.Node) {
	p.texts[n] = n.Compact(maxSample + 1)
	for i := range n.Members {
		p.compact(&n.Members[i].Value)
	}
	for i := range n.Items {
		p.compact(&n.Items[i])
	}
}

func samplesOf(t *schemas.EventType, examples *parsedExamples, where []schemas.PointerValue) *samples {
	s := &samples{texts: examples.texts, values: map[string][]string{}, objectCounts: map[string]int{}, nulls: map[string]int{}, times: map[string]int{}}
	all := examples.bodies
	var alike []*document.Node
	for _, root := range all {
		if len(where) > 0 && matchesWhere(root, where) {
			alike = append(alike, root)
		}
	}
	if alike != nil {
		all, s.alike = alike, true
	}
	for i := range all {
		s.collect(all[i], "", t.Root().Placeholders)
	}
	return s
}

func matchesWhere(body *document.Node, where []schemas.PointerValue) bool {
	return !slices.ContainsFunc(where, func(p schemas.PointerValue) bool {
		n := body.At(document.Tokens(p.Pointer))
		return n == nil || n.Compact(maxSample) != p.JSON
	})
}

func (s *samples) collect(n *document.Node, at string, placeholders []string) {
	s.times[at]++
	if text := s.texts[n]; len(text) <= maxSample && !isPlaceholder(n, placeholders) && !slices.Contains(s.values[at], text) {
		s.values[at] = append(s.values[at], text)
	}
	switch n.Kind {
	case document.Object:
		s.objectCounts[at]++
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

// isPlaceholder reports whether a text is a placeholder of the documentation, not a value: a|b,
// STATUS, XXXX.
func isPlaceholder(n *document.Node, words []string) bool {
	return n.Kind == document.String && (strings.Contains(n.Text, "|") || strings.Contains(n.Text, "XXX") || slices.Contains(words, n.Text))
}

// presence returns the probability of an optional key in thousandths, as in the examples. It is
// never 0 and never 1000, so that all bodies are possible; but a key that no example of the
// mapping has is left out.
func (s *samples) presence(object, key string) int {
	const rare, fallback, unseen = 100, 920, 300
	around, times := s.objectCounts[object], s.times[object+document.Pointer(key)]
	switch {
	case around == 0:
		return unseen
	case times == 0 && s.alike:
		return 0
	}
	return min(max(1000*times/around, rare), fallback)
}

// nullness returns the probability of null at a location, in thousandths.
func (s *samples) nullness(at string) int {
	const rare, fallback = 100, 900
	if s.times[at] == 0 {
		return rare
	}
	return min(max(1000*s.nulls[at]/s.times[at], rare), fallback)
}

// of returns the values at a location that have one of the types.
func (s *samples) of(at string, types []string) []string {
	return slices.DeleteFunc(slices.Clone(s.values[at]), func(text string) bool { return !isOf(text, types) })
}

// isOf reports whether compact JSON has one of the types; no types allow any.
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
