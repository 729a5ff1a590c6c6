package coverage

import "slices"

// A Share is how many of all points were covered.
type Share struct {
	Covered int `json:"covered"`
	All     int `json:"all"`
}

// Percent returns the share, rounded down, so that 100 means all. It is 100 if there
// are no points.
func (s Share) Percent() int {
	if s.All == 0 {
		return 100
	}
	return 100 * s.Covered / s.All
}

func (s *Share) add(other Share) { s.Covered, s.All = s.Covered+other.Covered, s.All+other.All }

// A Summary is the coverage of one event type on a route, or of the route.
type Summary struct {
	// Name is the name of the event type or of the route.
	Name string
	// Total is the share of all kinds together, Kinds that of each.
	Total map[Direction]Share
	Kinds map[Direction]map[string]Share
	// Points is the number of points.
	Points int
	// Missing are the points of an event type that were not covered, in the order of the
	// schema.
	Missing map[Direction][]Point
	// Excluded are the points that Ringback never emits. They do not count in its share.
	Excluded []Exclusion
	// Shown is how many items of bodies were counted.
	Shown map[Direction]int
	// Types are the event types of a route.
	Types []Summary
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
	s.Points = len(p.points)
	for _, x := range p.excluded {
		if p.excludes(Emitted, x.Point) {
			s.Excluded = append(s.Excluded, x)
		}
	}
	for _, d := range Directions() {
		s.Shown[d], s.Missing[d] = p.shown[d], p.missing(d)
		for _, m := range p.points {
			if p.excludes(d, m) {
				continue
			}
			share := Share{All: 1}
			if p.covered[d][m] {
				share.Covered = 1
			}
			s.count(d, m.Kind, share)
		}
	}
	return s
}

// Route returns the summary of a route and of its event types.
func (c *Coverage) Route(name string) Summary {
	s := newSummary(name)
	for _, p := range c.parts[name] {
		t := p.summary()
		s.Types, s.Excluded, s.Points = append(s.Types, t), append(s.Excluded, t.Excluded...), s.Points+t.Points
		for _, d := range Directions() {
			s.Shown[d] += t.Shown[d]
			for kind, share := range t.Kinds[d] {
				s.count(d, kind, share)
			}
		}
	}
	return s
}

// Routes returns the summaries of all routes in the order of the catalog, or only those
// of the named routes and providers.
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
