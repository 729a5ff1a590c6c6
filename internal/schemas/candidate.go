package schemas

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A group is the types of the providers that have one set of rules for items.
type group struct {
	rules      []itemRule
	candidates []candidate
	// marks has the paths of all discriminators, and keys those of all required keys.
	marks, keys paths
	// values numbers the strings of all discriminators, from 1.
	values map[string]int
	// first has, by the number of a value, the candidates that list it at their first discriminator,
	// and others those whose first discriminator has a value that isn't a string.
	first  [][]firstMark
	others []int
}

// A firstMark is the path of a candidate's first discriminator, by number, and the candidate's index.
type firstMark struct{ path, candidate int }

// A candidate is an event type that a body may have.
type candidate struct {
	eventType      *EventType
	only           []*EventType // the list of only this type
	discriminators []discriminator
	// marks are parallel to discriminators, and required are the numbers of the required keys.
	marks    []mark
	required []int
}

// A mark is a discriminator within a group: the number of its path, and the numbers of its values;
// nil if one of them isn't a string.
type mark struct {
	path   int
	values []int
}

// paths are paths in a body, with a number for each.
type paths struct {
	root  pathNode
	count int
}

// A pathNode is the end of a path: a key or index, what follows it, and the number of the path
// that ends here; -1 if none does.
type pathNode struct {
	token  string
	index  int // of an element; -1 for a key only
	number int
	below  []pathNode
}

func newGroup(rules []itemRule, types []*EventType) *group {
	g := &group{rules: rules, marks: newPaths(), keys: newPaths(), values: map[string]int{}}
	for i, t := range types {
		c := candidate{eventType: t, only: []*EventType{t}, discriminators: t.recognizer().discriminators}
		for _, d := range t.recognizer().discriminators {
			c.marks = append(c.marks, mark{g.marks.number(d.path), g.valuesOf(d)})
		}
		for _, path := range t.recognizer().required {
			c.required = append(c.required, g.keys.number(path))
		}
		g.candidates = append(g.candidates, c)
		g.index(i, &c)
	}
	return g
}

// index adds the i-th candidate to first or others, if it has a discriminator.
func (g *group) index(i int, c *candidate) {
	if len(c.marks) == 0 {
		return
	}
	mark := c.marks[0]
	if mark.values == nil {
		g.others = append(g.others, i)
	}
	g.first = append(g.first, make([][]firstMark, len(g.values)+1-len(g.first))...)
	for n, value := range mark.values {
		if !slices.Contains(mark.values[:n], value) {
			g.first[value] = append(g.first[value], firstMark{mark.path, i})
		}
	}
}

// valuesOf numbers the values of a discriminator.
func (g *group) valuesOf(d discriminator) []int {
	var numbers []int
	for _, v := range d.values {
		if v.Kind != document.String {
			return nil
		}
		if g.values[v.Text] == 0 {
			g.values[v.Text] = len(g.values) + 1
		}
		numbers = append(numbers, g.values[v.Text])
	}
	return numbers
}

func newPaths() paths { return paths{root: pathNode{number: -1}} }

// number returns the number of a path.
func (p *paths) number(path []string) int {
	n := &p.root
	for _, token := range path {
		n = n.next(token)
	}
	if n.number < 0 {
		n.number = p.count
		p.count++
	}
	return n.number
}

func (n *pathNode) next(token string) *pathNode {
	for i := range n.below {
		if n.below[i].token == token {
			return &n.below[i]
		}
	}
	index, ok := document.Index(token)
	if !ok {
		index = -1
	}
	n.below = append(n.below, pathNode{token: token, index: index, number: -1})
	return &n.below[len(n.below)-1]
}

// find returns the values at the paths of a body, by their number; nil where the body has none. It
// uses the memory of found.
func (p *paths) find(body *document.Node, found []*document.Node) []*document.Node {
	if cap(found) < p.count {
		found = make([]*document.Node, p.count)
	}
	found = found[:p.count]
	clear(found)
	p.root.find(body, found)
	return found
}

func (n *pathNode) find(at *document.Node, found []*document.Node) {
	if n.number >= 0 {
		found[n.number] = at
	}
	for i := range n.below {
		below := &n.below[i]
		var next *document.Node
		switch {
		case at.Kind == document.Object:
			next = at.Get(below.token)
		case below.index >= 0 && below.index < len(at.Items):
			next = &at.Items[below.index]
		}
		if next != nil {
			below.find(next, found)
		}
	}
}

// A view is a body with the values at the paths of a group.
type view struct {
	group  *group
	body   *document.Node
	memory *scratch
	marks  []*document.Node
	// values are the numbers of the values at marks; 0 for any that no discriminator has.
	values []int
	// possible are the candidates, as indexes, whose first discriminator may match: no other one with
	// discriminators does.
	possible []int
	// keys is set when it is first needed.
	keys []*document.Node
}

func (g *group) view(body *document.Node, memory *scratch) view {
	memory.marks = g.marks.find(body, memory.marks)
	memory.values = memory.values[:0]
	for _, found := range memory.marks {
		number := 0
		if found != nil && found.Kind == document.String {
			number = g.values[found.Text]
		}
		memory.values = append(memory.values, number)
	}
	memory.possible = append(memory.possible[:0], g.others...)
	for path, number := range memory.values {
		if number == 0 {
			continue
		}
		for _, first := range g.first[number] {
			if first.path == path {
				memory.possible = append(memory.possible, first.candidate)
			}
		}
	}
	slices.Sort(memory.possible)
	return view{group: g, body: body, memory: memory, marks: memory.marks, values: memory.values, possible: memory.possible}
}

// matches reports whether the body has one of the values of a discriminator.
func (v *view) matches(c *candidate, i int) bool {
	m := &c.marks[i]
	if m.values != nil {
		number := v.values[m.path]
		return number != 0 && slices.Contains(m.values, number)
	}
	found := v.marks[m.path]
	return found != nil && c.discriminators[i].lists(found)
}

// matchesAll reports whether the first discriminators match.
func (v *view) matchesAll(c *candidate, count int) bool {
	for i := range count {
		if !v.matches(c, i) {
			return false
		}
	}
	return true
}

// share returns the share of the type's required keys that the body has, from 0 to 1.
func (v *view) share(c *candidate) float64 {
	if len(c.required) == 0 {
		return 0
	}
	if v.keys == nil {
		v.keys = v.group.keys.find(v.body, nil)
	}
	present := 0
	for _, number := range c.required {
		if v.keys[number] != nil {
			present++
		}
	}
	return float64(present) / float64(len(c.required))
}
