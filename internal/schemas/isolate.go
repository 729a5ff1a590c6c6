package schemas

import (
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// An itemSet is a body and its items.
type itemSet struct {
	body  *document.Node
	paths [][]string
	// around has the items and all values that contain items.
	around map[*document.Node]bool
	// full has the arrays of which each element is or contains an item.
	full map[*document.Node]bool
}

func newItemSet(body *document.Node, paths [][]string) *itemSet {
	s := &itemSet{body: body, paths: paths}
	if len(paths) > 1 {
		s.around, s.full = map[*document.Node]bool{}, map[*document.Node]bool{}
		for _, path := range paths {
			addAround(s.around, body, path)
		}
	}
	return s
}

// An isolated is a body with one item of a body that may have more.
type isolated struct {
	body *document.Node
	// indexes are, for each array on the path to the item, by the length of its path, the
	// indexes of its elements in the whole body.
	indexes map[int][]int
	// path is the item's path in the isolated body.
	path []string
}

// isolate returns the body with only one item. Siblings that aren't items remain; other items are
// removed, and with them each value that contained nothing else.
func (s *itemSet) isolate(target []string) isolated {
	result := isolated{body: s.body}
	if len(s.paths) < 2 {
		return result
	}
	result.indexes = map[int][]int{}
	body := s.only(&result, s.body, target)
	result.body = &body
	return result
}

// only returns a value with only the item at the rest of its path.
func (s *itemSet) only(r *isolated, n *document.Node, rest []string) document.Node {
	if len(rest) == 0 {
		return *n
	}
	kept := *n
	if n.Kind == document.Array {
		kept.Items = s.elements(r, n, rest)
	} else {
		kept.Members = s.members(r, n, rest)
	}
	return kept
}

func (s *itemSet) elements(r *isolated, n *document.Node, rest []string) []document.Node {
	depth := len(r.path)
	target, _ := document.Index(rest[0])
	if s.isFull(n) {
		r.path, r.indexes[depth] = append(r.path, "0"), []int{target}
		if len(rest) == 1 {
			return n.Items[target : target+1 : target+1]
		}
		return []document.Node{s.only(r, &n.Items[target], rest[1:])}
	}
	var kept []document.Node
	for i := range n.Items {
		one := &n.Items[i]
		if i != target && s.around[one] {
			continue
		}
		r.indexes[depth] = append(r.indexes[depth], i)
		if i == target {
			r.path = append(r.path, strconv.Itoa(len(kept)))
			kept = append(kept, s.only(r, one, rest[1:]))
		} else {
			kept = append(kept, *one)
		}
	}
	return kept
}

// isFull reports whether each element of an array is or contains an item.
func (s *itemSet) isFull(n *document.Node) bool {
	full, known := s.full[n]
	if !known {
		full = true
		for i := range n.Items {
			full = full && s.around[&n.Items[i]]
		}
		s.full[n] = full
	}
	return full
}

func (s *itemSet) members(r *isolated, n *document.Node, rest []string) []document.Member {
	kept := make([]document.Member, 0, len(n.Members))
	target := n.Get(rest[0])
	for i := range n.Members {
		m := n.Members[i]
		switch value := &n.Members[i].Value; {
		case value == target:
			r.path = append(r.path, m.Key)
			m.Value = s.only(r, value, rest[1:])
		case s.around[value]:
			continue
		}
		kept = append(kept, m)
	}
	return kept
}

// original converts a path in the isolated body to the path in the whole body.
func (r *isolated) original(path []string) []string {
	if r.indexes == nil {
		return path
	}
	mapped := slices.Clone(path)
	for depth, indexes := range r.indexes {
		if depth >= len(path) || !slices.Equal(path[:depth], r.path[:depth]) {
			continue
		}
		if i, ok := document.Index(path[depth]); ok && i < len(indexes) {
			mapped[depth] = strconv.Itoa(indexes[i])
		}
	}
	return mapped
}
