// Package coverage counts how much of a contract was met: which events, properties,
// values and branches of a catalogue's schemas stood in the bodies that it was shown.
//
// There are three directions: what Ringback can emit, what a consumer has accepted, and
// what was seen in real traffic. [New] makes a Coverage, Add shows it a body, and
// [Coverage.Route] sums up. It is pure.
package coverage

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/schemas"
)

// A Direction is who has met the contract.
type Direction string

const (
	// Emitted is what Ringback can send.
	Emitted Direction = "emitted"
	// Accepted is what a consumer took.
	Accepted Direction = "accepted"
	// Seen is what real providers sent.
	Seen Direction = "seen"
)

// Directions lists them in the order of reports.
func Directions() []Direction { return []Direction{Emitted, Accepted, Seen} }

// Kinds of marks.
const (
	// Event: the event type was there at all.
	Event = "event"
	// Present and Absent: an optional property was there, or was not though the object
	// that holds it was. One that is required can only be present.
	Present = "property"
	Absent  = "absent"
	// Value: a property had a value that is listed.
	Value = "value"
	// Form: the body was of a form that has a name.
	Form = "form"
)

// Kinds lists the kinds of marks in the order of reports.
func Kinds() []string { return []string{Event, Present, Absent, Value, Form} }

// A Mark is one thing that can be met.
type Mark struct {
	Kind string
	// Place is a JSON Pointer with * for any element; "" of an event or a form.
	Place string
	// Value is the value, or the form's name.
	Value string
}

func (m Mark) String() string {
	switch m.Kind {
	case Event:
		return "the event"
	case Form:
		return "form " + m.Value
	case Value:
		return m.Place + " = " + m.Value
	case Absent:
		return m.Place + " absent"
	}
	return m.Place
}

// A Coverage knows the marks of a catalogue's event types, and which of them were met.
type Coverage struct {
	catalog *schemas.Catalog
	types   map[string]*typeMarks
	routes  map[string][]*schemas.EventType
}

// typeMarks are the marks of an event type.
type typeMarks struct {
	all    []Mark
	known  map[Mark]bool
	parent map[string][]string // keys that an object at a place may have
	met    map[Direction]map[Mark]bool
	bodies map[Direction]int
}

// New returns a Coverage of nothing yet.
func New(c *schemas.Catalog) *Coverage {
	all := &Coverage{catalog: c, types: map[string]*typeMarks{}, routes: map[string][]*schemas.EventType{}}
	for _, t := range c.Types() {
		all.types[t.Name] = marksOf(t)
	}
	for _, p := range c.Providers {
		for _, r := range p.Routes {
			all.routes[r.Name] = r.Types()
		}
	}
	return all
}

// marksOf derives what can be met from a type's schema.
func marksOf(t *schemas.EventType) *typeMarks {
	m := &typeMarks{
		known: map[Mark]bool{}, parent: map[string][]string{}, met: map[Direction]map[Mark]bool{}, bodies: map[Direction]int{},
	}
	m.add(Mark{Kind: Event})
	for _, f := range t.Fields() {
		at := strings.LastIndexByte(f.Pointer, '/')
		if key := f.Pointer[at+1:]; key != "*" {
			m.parent[f.Pointer[:at]] = append(m.parent[f.Pointer[:at]], unescape(key))
			m.add(Mark{Kind: Present, Place: f.Pointer})
			if f.Required != "yes" {
				m.add(Mark{Kind: Absent, Place: f.Pointer})
			}
		}
		for _, value := range slices.Concat(f.Is, f.Known) {
			m.add(Mark{Kind: Value, Place: f.Pointer, Value: value})
		}
	}
	for _, f := range t.Forms() {
		m.add(Mark{Kind: Form, Value: f.Name})
	}
	return m
}

func (m *typeMarks) add(one Mark) {
	if !m.known[one] {
		m.known[one] = true
		m.all = append(m.all, one)
	}
}

// Add shows a body of an event type, with the form that it was judged to be; what is
// no JSON meets nothing. It reports false if the catalogue has no such type.
func (c *Coverage) Add(d Direction, eventType, form string, body []byte) bool {
	m := c.types[eventType]
	if m == nil {
		return false
	}
	f, err := document.ReadJSON("body", body)
	if err != nil {
		return true
	}
	m.bodies[d]++
	m.meet(d, Mark{Kind: Event})
	if form != "" {
		m.meet(d, Mark{Kind: Form, Value: form})
	}
	m.walk(d, &f.Root, "")
	return true
}

func (m *typeMarks) meet(d Direction, one Mark) {
	if !m.known[one] {
		return
	}
	if m.met[d] == nil {
		m.met[d] = map[Mark]bool{}
	}
	m.met[d][one] = true
}

func (m *typeMarks) walk(d Direction, n *document.Node, at string) {
	switch n.Kind {
	case document.Object:
		for _, key := range m.parent[at] {
			if n.Get(key) == nil {
				m.meet(d, Mark{Kind: Absent, Place: at + document.Pointer(key)})
			}
		}
		for i := range n.Members {
			place := at + document.Pointer(n.Members[i].Key)
			m.meet(d, Mark{Kind: Present, Place: place})
			m.walk(d, &n.Members[i].Value, place)
		}
	case document.Array:
		for i := range n.Items {
			m.walk(d, &n.Items[i], at+"/*")
		}
	case document.String:
		m.meet(d, Mark{Kind: Value, Place: at, Value: n.Text})
	default:
		m.meet(d, Mark{Kind: Value, Place: at, Value: n.Compact(longestValue)})
	}
}

// longestValue bounds a value that is compared with the listed ones.
const longestValue = 256

func unescape(key string) string { return strings.NewReplacer("~1", "/", "~0", "~").Replace(key) }

// A Share is how much of something was met.
type Share struct{ Met, All int }

// Percent is the share in hundredths, rounded down: 100 is all of it. Of nothing, all
// was met.
func (s Share) Percent() int {
	if s.All == 0 {
		return 100
	}
	return 100 * s.Met / s.All
}

func (s *Share) add(other Share) { s.Met, s.All = s.Met+other.Met, s.All+other.All }

// A Summary is what was met of one event type, or of a route.
type Summary struct {
	// Name is the event type's or the route's.
	Name string
	// Total is of all kinds together, Kinds of each.
	Total map[Direction]Share
	Kinds map[Direction]map[string]Share
	// Missing are the marks that were not met, in the order of the schema.
	Missing map[Direction][]Mark
	// Bodies are how many were shown.
	Bodies map[Direction]int
	// Events are those of a route.
	Events []Summary
}

func newSummary(name string) Summary {
	s := Summary{Name: name, Total: map[Direction]Share{}, Kinds: map[Direction]map[string]Share{}, Missing: map[Direction][]Mark{}, Bodies: map[Direction]int{}}
	for _, d := range Directions() {
		s.Kinds[d] = map[string]Share{}
	}
	return s
}

// Type sums up an event type.
func (c *Coverage) Type(name string) Summary {
	s, m := newSummary(name), c.types[name]
	for _, d := range Directions() {
		s.Bodies[d] = m.bodies[d]
		total := Share{}
		for _, one := range m.all {
			share := Share{All: 1}
			if m.met[d][one] {
				share.Met = 1
			} else {
				s.Missing[d] = append(s.Missing[d], one)
			}
			total.add(share)
			kind := s.Kinds[d][one.Kind]
			kind.add(share)
			s.Kinds[d][one.Kind] = kind
		}
		s.Total[d] = total
	}
	return s
}

// Route sums up a route: its events, and all of them together.
func (c *Coverage) Route(name string) Summary {
	s := newSummary(name)
	for _, t := range c.routes[name] {
		event := c.Type(t.Name)
		s.Events = append(s.Events, event)
		for _, d := range Directions() {
			s.Bodies[d] += event.Bodies[d]
			total := s.Total[d]
			total.add(event.Total[d])
			s.Total[d] = total
			for kind, share := range event.Kinds[d] {
				sum := s.Kinds[d][kind]
				sum.add(share)
				s.Kinds[d][kind] = sum
			}
		}
	}
	return s
}

// Routes sums up all routes, or those of the names, in the order of the catalogue.
func (c *Coverage) Routes(names ...string) []Summary {
	var all []Summary
	for _, p := range c.catalog.Providers {
		for _, r := range p.Routes {
			if len(names) == 0 || slices.Contains(names, r.Name) || slices.Contains(names, p.Name) {
				all = append(all, c.Route(r.Name))
			}
		}
	}
	return all
}
