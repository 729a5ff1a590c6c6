package fault

import (
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// choose returns the value at the fault's field, or a random one of those that fit; nil without
// one. It never chooses the discriminator at random, because that would change the event.
func (p *target) choose(fits func(n *document.Node) bool) (string, *document.Node) {
	if field := p.fault.field; field != "" {
		if n := p.at(field); n != nil && fits(n) {
			return field, n
		}
		return "", nil
	}
	kind := p.at(p.layout.Kind)
	left := 0
	count := func(_ []string, n *document.Node) bool {
		if n != kind && fits(n) {
			left++
		}
		return true
	}
	if scalars(p.root, nil, count); left == 0 {
		return "", nil
	}
	left = p.source.IntN(left)
	var pointer string
	var chosen *document.Node
	scalars(p.root, nil, func(path []string, n *document.Node) bool {
		if n == kind || !fits(n) {
			return true
		}
		if left == 0 {
			pointer, chosen = document.Pointer(path...), n
		}
		left--
		return chosen == nil
	})
	return pointer, chosen
}

// scalars visits the values without members or elements, in the order of the body, until visit
// returns false. Of a duplicate key it visits only the last value, which is the one that a
// pointer refers to.
func scalars(n *document.Node, path []string, visit func(path []string, n *document.Node) bool) bool {
	if len(n.Items)+len(n.Members) == 0 {
		return visit(path, n)
	}
	for i := range n.Items {
		if !scalars(&n.Items[i], append(path, strconv.Itoa(i)), visit) {
			return false
		}
	}
	last := make(map[string]int, len(n.Members))
	for i := range n.Members {
		last[n.Members[i].Key] = i
	}
	for i := range n.Members {
		if m := &n.Members[i]; last[m.Key] == i && !scalars(&m.Value, append(path, m.Key), visit) {
			return false
		}
	}
	return true
}

// inTurn returns the value at the fault's field, or the nth of a list, cyclically, without those
// that don't fit.
func (p *target) inTurn(list []string, fits func(n *document.Node) bool) (string, *document.Node) {
	if p.fault.field != "" {
		list = []string{p.fault.field}
	}
	for i := range list {
		pointer := list[(p.nth+i)%len(list)]
		if n := p.at(pointer); n != nil && fits(n) {
			return pointer, n
		}
	}
	return "", nil
}
