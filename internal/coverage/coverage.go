// Package coverage counts how much of a contract was met: which events, properties,
// values and branches of a catalogue's schemas stood in the bodies that it was shown.
//
// There are three directions: what Ringback can emit, what a consumer has accepted, and
// what was seen in real traffic. [New] makes a Coverage, Add shows it a body, and
// [Coverage.Routes] sums up. It is pure.
package coverage

import (
	"errors"
	"slices"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
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

// A Coverage knows the marks of a catalogue's event types, route by route, and which
// of them were met. It may be shown bodies of different routes at the same time.
type Coverage struct {
	catalog *schemas.Catalog
	parts   map[string][]*part // by route
}

// An Excuse is a mark that Ringback never emits, and why.
type Excuse struct {
	Mark  Point
	Cause string
}

// A part is an event type on a route.
type part struct {
	eventType *schemas.EventType
	marks     []Point
	known     map[Point]bool
	keys      map[string][]string
	sayings   []mappedEvent
	branched  bool
	covered   map[Direction]map[Point]bool
	shown     map[Direction]int
	excluded  []Excuse
}

// New returns a Coverage of nothing yet. What a provider's data says to be never sent
// must be a mark of one of its event types, so that no excuse outlives what it is for.
func New(c *schemas.Catalog) (*Coverage, error) {
	all := &Coverage{catalog: c, parts: map[string][]*part{}}
	var problems []error
	for _, p := range c.Providers {
		for _, r := range p.Routes {
			for _, t := range r.Types() {
				all.parts[r.Name] = append(all.parts[r.Name], newPart(r, t))
			}
		}
		for i := range p.CoverageExclusions {
			if u := &p.CoverageExclusions[i]; !all.excuse(u) {
				problems = append(problems, u.Errorf("%s has no mark %s; ringback coverage --missing names marks", u.Type, document.Quote(u.Point)))
			}
		}
	}
	return all, errors.Join(problems...)
}

// excuse notes that a mark is never sent. It reports whether there is such a mark.
func (c *Coverage) excuse(u *schemas.CoverageExclusion) bool {
	found := false
	for _, p := range c.find("", u.Type) {
		for _, m := range p.marks {
			if m.String() == u.Point {
				p.excluded, found = append(p.excluded, Excuse{m, u.Note}), true
			}
		}
	}
	return found
}

func newPart(r *schemas.Route, t *schemas.EventType) *part {
	p := &part{
		eventType: t, marks: Contract(r, t), known: map[Point]bool{}, sayings: sayings(r, t), branched: len(t.Branches()) > 0,
		covered: map[Direction]map[Point]bool{}, shown: map[Direction]int{},
	}
	p.keys = keysOf(p.marks)
	for _, m := range p.marks {
		p.known[m] = true
	}
	for _, d := range Directions() {
		p.covered[d] = map[Point]bool{}
	}
	return p
}

// Add shows a body and what a judge said of its items: those that are ok or drift
// count. With the route "" they count for each route by which their type comes. It
// returns how many items did.
func (c *Coverage) Add(d Direction, route string, body []byte, items []webhook.Item) (int, error) {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return 0, nil //nolint:nilerr // what is no JSON meets nothing
	}
	counted := 0
	for _, item := range items {
		if v := item.Verdict; v.Type == "" || v.Level != webhook.OK && v.Level != webhook.Drift {
			continue
		}
		met := false
		for _, p := range c.find(route, item.Verdict.Type) {
			one := p.eventType.IsolateItem(&root, item.Pointer)
			if err := p.meetAll(d, &one); err != nil {
				return counted, err
			}
			met = true
		}
		if met {
			counted++
		}
	}
	return counted, nil
}

func (c *Coverage) find(route, eventType string) []*part {
	var found []*part
	among := c.parts
	if route != "" {
		among = map[string][]*part{route: c.parts[route]}
	}
	for _, parts := range among {
		for _, p := range parts {
			if p.eventType.Name == eventType {
				found = append(found, p)
			}
		}
	}
	return found
}

func (p *part) meetAll(d Direction, one *document.Node) error {
	p.shown[d]++
	p.meet(d, Point{Kind: Event})
	for _, s := range p.sayings {
		if s.holds(one) {
			p.meet(d, Point{Kind: CanonicalEvent, Value: s.word})
		}
	}
	p.walk(d, one, "")
	if !p.branched {
		return nil
	}
	fits, err := p.eventType.MatchingBranches(one)
	for _, b := range fits {
		p.meet(d, Point{Branch, b.Pointer, b.Name})
	}
	return err
}

func (p *part) meet(d Direction, m Point) {
	if p.known[m] {
		p.covered[d][m] = true
	}
}

func (p *part) walk(d Direction, n *document.Node, at string) {
	switch n.Kind {
	case document.Object:
		for _, key := range p.keys[at] {
			if n.Get(key) == nil {
				p.meet(d, Point{Kind: Absent, Place: at + document.Pointer(key)})
			}
		}
		for i := range n.Members {
			place := at + document.Pointer(n.Members[i].Key)
			p.meet(d, Point{Kind: Present, Place: place})
			p.walk(d, &n.Members[i].Value, place)
		}
	case document.Array:
		for i := range n.Items {
			p.walk(d, &n.Items[i], at+"/*")
		}
	case document.String:
		p.meet(d, Point{Value, at, n.Text})
	default:
		p.meet(d, Point{Value, at, n.Compact(maxValue)})
	}
}

// Missing are the marks of an event type on a route that were not met and are not
// excused, in the order of the schema.
func (c *Coverage) Missing(d Direction, route, eventType string) []Point {
	var all []Point
	for _, p := range c.find(route, eventType) {
		all = append(all, p.missing(d)...)
	}
	return all
}

func (p *part) missing(d Direction) []Point {
	return slices.DeleteFunc(slices.Clone(p.marks), func(m Point) bool { return p.covered[d][m] || p.excuses(d, m) })
}

// excuses reports whether a mark need not be met. What is emitted all the same counts.
func (p *part) excuses(d Direction, m Point) bool {
	return d == Emitted && !p.covered[d][m] && slices.ContainsFunc(p.excluded, func(x Excuse) bool { return x.Mark == m })
}

// Idle lists the excuses for marks that were emitted all the same, as texts.
func (c *Coverage) Idle() []string {
	var idle []string
	for route, parts := range c.parts {
		for _, p := range parts {
			for _, x := range p.excluded {
				if p.covered[Emitted][x.Mark] {
					idle = append(idle, route+": "+p.eventType.Name+" "+x.Mark.String())
				}
			}
		}
	}
	slices.Sort(idle)
	return idle
}
