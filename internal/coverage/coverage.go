// Package coverage counts how much of a contract is covered: which event types,
// properties, values and branches of a catalog's schemas occur in bodies.
//
// It counts three directions: what Ringback can emit, what a consumer accepted, and what
// real traffic contained. [New] makes a Coverage, [Coverage.Add] counts a body, and
// [Coverage.Routes] summarizes. The package is pure.
package coverage

import (
	"errors"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A Direction is where the counted bodies come from.
type Direction string

const (
	// Emitted bodies are those that Ringback can send.
	Emitted Direction = "emitted"
	// Accepted bodies are those that a consumer accepted.
	Accepted Direction = "accepted"
	// Seen bodies are those of real traffic.
	Seen Direction = "seen"
)

// Directions lists them in the order of reports.
func Directions() []Direction { return []Direction{Emitted, Accepted, Seen} }

// A Coverage counts the points of a catalog's event types, by route. It is safe to add
// bodies of different routes concurrently.
type Coverage struct {
	catalog *schemas.Catalog
	parts   map[string][]*part // by route
}

// An Exclusion is a point that Ringback never emits, and the justification.
type Exclusion struct {
	Point
	Note string `json:"note"`
}

// A part is an event type on a route.
type part struct {
	eventType *schemas.EventType
	points    []Point
	known     map[Point]bool
	keys      map[string][]string
	mappings  []mappedEvent
	branched  bool
	covered   map[Direction]map[Point]bool
	shown     map[Direction]int
	excluded  []Exclusion
}

// New returns an empty Coverage. Each exclusion in a provider's data must name a point of
// one of its event types, so that no exclusion outlives its point.
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
			if u := &p.CoverageExclusions[i]; !all.exclude(u) {
				problems = append(problems, u.Errorf("%s has no point %s; ringback coverage --missing lists the points", u.Type, document.Quote(u.Point)))
			}
		}
	}
	return all, errors.Join(problems...)
}

// exclude applies an exclusion and reports whether its point exists.
func (c *Coverage) exclude(u *schemas.CoverageExclusion) bool {
	found := false
	for _, p := range c.find("", u.Type) {
		for _, m := range p.points {
			if m.String() == u.Point {
				p.excluded = slices.DeleteFunc(p.excluded, func(x Exclusion) bool { return x.Point == m })
				p.excluded, found = append(p.excluded, Exclusion{m, u.Note}), true
			}
		}
	}
	return found
}

func newPart(r *schemas.Route, t *schemas.EventType) *part {
	p := &part{
		eventType: t, points: Contract(r, t), known: map[Point]bool{}, mappings: mappingsOf(r, t), branched: len(t.Branches()) > 0,
		covered: map[Direction]map[Point]bool{}, shown: map[Direction]int{},
	}
	p.keys = keysOf(p.points)
	for _, m := range p.points {
		p.known[m] = true
	}
	for _, d := range Directions() {
		p.covered[d] = map[Point]bool{}
	}
	p.exclude()
	return p
}

// exclude excludes the points that no example shows which keeps the provider's rules: bodies have the
// keys of an example. A provider without rules may still lack examples, so its points count.
func (p *part) exclude() {
	if !p.eventType.Provider.HasRules() {
		return
	}
	examples, err := p.eventType.Examples()
	if err != nil {
		return // the linter reports it
	}
	shown := newShown(p)
	for _, e := range examples {
		root, _, err := document.JSON(e.Body, document.BodyLimits())
		if err != nil {
			continue
		}
		if _, coherent := p.eventType.Coherent(&root); coherent {
			shown.coverItem(Emitted, &root)
		}
	}
	for _, m := range p.points {
		if !shown.covered[Emitted][m] && m.Kind != EventType && m.Kind != CanonicalEvent {
			p.excluded = append(p.excluded, Exclusion{m, noExample})
		}
	}
}

// noExample is why a point is excluded that no declared exclusion names.
const noExample = "no example of a real body has it"

// newShown returns a part that counts the same points.
func newShown(p *part) *part {
	return &part{
		eventType: p.eventType, points: p.points, known: p.known, keys: p.keys, branched: p.branched,
		covered: map[Direction]map[Point]bool{Emitted: {}}, shown: map[Direction]int{},
	}
}

// Add counts a body by the verdicts on its items: those at level ok or drift count. With
// the route "" they count for each route of their type. It returns the number of counted
// items.
func (c *Coverage) Add(d Direction, route string, body []byte, items []webhook.Item) (int, error) {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return 0, nil //nolint:nilerr // a body that isn't JSON covers nothing
	}
	counted := 0
	for _, item := range items {
		if v := item.Verdict; v.Type == "" || v.Level != webhook.LevelOK && v.Level != webhook.LevelDrift {
			continue
		}
		found := false
		for _, p := range c.find(route, item.Verdict.Type) {
			one := p.eventType.IsolateItem(&root, item.Pointer)
			p.coverItem(d, &one)
			found = true
		}
		if found {
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

func (p *part) coverItem(d Direction, one *document.Node) {
	p.shown[d]++
	p.cover(d, Point{Kind: EventType})
	for _, m := range p.mappings {
		if m.matches(one) {
			p.cover(d, Point{Kind: CanonicalEvent, Value: m.event})
		}
	}
	p.walk(d, one, "")
	if !p.branched {
		return
	}
	for _, b := range p.eventType.MatchingBranches(one) {
		p.cover(d, Point{Branch, b.Pointer, b.Name})
	}
}

func (p *part) cover(d Direction, m Point) {
	if p.known[m] {
		p.covered[d][m] = true
	}
}

func (p *part) walk(d Direction, n *document.Node, at string) {
	switch n.Kind {
	case document.Object:
		for _, key := range p.keys[at] {
			if n.Get(key) == nil {
				p.cover(d, Point{Kind: Absent, Pointer: at + document.Pointer(key)})
			}
		}
		for i := range n.Members {
			pointer := at + document.Pointer(n.Members[i].Key)
			p.cover(d, Point{Kind: Present, Pointer: pointer})
			p.walk(d, &n.Members[i].Value, pointer)
		}
	case document.Array:
		for i := range n.Items {
			p.walk(d, &n.Items[i], at+"/*")
		}
	case document.String:
		p.cover(d, Point{Value, at, n.Text})
	default:
		p.cover(d, Point{Value, at, n.Compact(maxValue)})
	}
}

// Missing returns the points of an event type on a route that are neither covered nor
// excluded, in the order of the schema.
func (c *Coverage) Missing(d Direction, route, eventType string) []Point {
	var all []Point
	for _, p := range c.find(route, eventType) {
		all = append(all, p.missing(d)...)
	}
	return all
}

func (p *part) missing(d Direction) []Point {
	return slices.DeleteFunc(slices.Clone(p.points), func(m Point) bool { return p.covered[d][m] || p.excludes(d, m) })
}

// excludes reports whether a point doesn't count. One that is emitted all the same does.
func (p *part) excludes(d Direction, m Point) bool {
	return d == Emitted && !p.covered[d][m] && slices.ContainsFunc(p.excluded, func(x Exclusion) bool { return x.Point == m })
}

// UnusedExclusions lists the exclusions of points that were emitted all the same.
func (c *Coverage) UnusedExclusions() []string {
	var unused []string
	for route, parts := range c.parts {
		for _, p := range parts {
			for _, x := range p.excluded {
				if p.covered[Emitted][x.Point] && x.Note != noExample {
					unused = append(unused, route+": "+p.eventType.Name+" "+x.Point.String())
				}
			}
		}
	}
	slices.Sort(unused)
	return unused
}
