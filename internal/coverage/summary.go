package coverage

import "slices"

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

// A Summary is what was met of one event type on a route, or of the route.
type Summary struct {
	// Name is the event type's or the route's.
	Name string
	// Total is of all kinds together, Kinds of each.
	Total map[Direction]Share
	Kinds map[Direction]map[string]Share
	// Marks is how many there are to meet.
	Marks int
	// Missing are the marks of an event that were not met, in the order of the schema.
	Missing map[Direction][]Point
	// Excused are the marks of an event, or of all events of a route, that Ringback
	// never emits: its share is one of the others.
	Excused []Excuse
	// Shown is how many items of bodies were.
	Shown map[Direction]int
	// Events are those of a route.
	Events []Summary
}

func newSummary(name string) Summary {
	s := Summary{
		Name: name, Total: map[Direction]Share{}, Kinds: map[Direction]map[string]Share{}, Missing: map[Direction][]Point{}, Shown: map[Direction]int{},
	}
	for _, d := range Directions() {
		s.Kinds[d] = map[string]Share{}
	}
	return s
}

// count adds shares of a kind.
func (s *Summary) count(d Direction, kind string, share Share) {
	total, own := s.Total[d], s.Kinds[d][kind]
	total.add(share)
	own.add(share)
	s.Total[d], s.Kinds[d][kind] = total, own
}

func (p *part) summary() Summary {
	s := newSummary(p.eventType.Name)
	s.Marks = len(p.marks)
	for _, x := range p.excluded {
		if p.excuses(Emitted, x.Mark) {
			s.Excused = append(s.Excused, x)
		}
	}
	for _, d := range Directions() {
		s.Shown[d], s.Missing[d] = p.shown[d], p.missing(d)
		for _, m := range p.marks {
			if p.excuses(d, m) {
				continue
			}
			share := Share{All: 1}
			if p.covered[d][m] {
				share.Met = 1
			}
			s.count(d, m.Kind, share)
		}
	}
	return s
}

// Route sums up a route: its events, and all of them together.
func (c *Coverage) Route(name string) Summary {
	s := newSummary(name)
	for _, p := range c.parts[name] {
		event := p.summary()
		s.Events, s.Excused, s.Marks = append(s.Events, event), append(s.Excused, event.Excused...), s.Marks+event.Marks
		for _, d := range Directions() {
			s.Shown[d] += event.Shown[d]
			for kind, share := range event.Kinds[d] {
				s.count(d, kind, share)
			}
		}
	}
	return s
}

// Routes sums up all routes, or those of the names of routes and providers, in the
// order of the catalogue.
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
