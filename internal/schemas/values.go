package schemas

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// Values reads a body of this type backwards: the values of the run that stand
// in it, by name. Of a value that stands there several times the first counts;
// what cannot be read, and what is made up in each place, is left out. A time
// that was moved or cut for its place is read as it stands there.
func (t *EventType) Values(body []byte) map[string]value.Value {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return nil
	}
	found := map[string]value.Value{}
	t.root.read(&root, found)
	return found
}

func (s *schema) read(n *document.Node, found map[string]value.Value) {
	if s == nil || n == nil {
		return
	}
	if s.value != "" && found[s.value].Kind() == 0 && !strings.HasPrefix(s.value, "fake.") && s.adjust == (value.Adjust{}) {
		if one, err := s.format.Parse(n.Any()); err == nil {
			found[s.value] = one
		}
	}
	for _, p := range s.properties {
		p.schema.read(n.Get(p.name), found)
	}
	for i := range n.Items {
		s.element(i).read(&n.Items[i], found)
	}
	for _, list := range [][]*schema{s.allOf, s.anyOf, s.oneOf, {s.target}} {
		for _, branch := range list {
			if branch.mayMatch(n) {
				branch.read(n, found)
			}
		}
	}
	if s.condition == nil {
		return
	}
	if s.condition.mayMatch(n) {
		s.then.read(n, found)
	} else {
		s.otherwise.read(n, found)
	}
}

// mayMatch reports whether the keys and discriminators of a value are those of
// the schema. It is less than validation, and enough to tell branches apart.
func (s *schema) mayMatch(n *document.Node) bool {
	if s == nil {
		return false
	}
	for _, key := range s.required {
		if n.Get(key) == nil {
			return false
		}
	}
	if len(s.discriminators) > 0 && !slices.ContainsFunc(s.discriminators, func(v document.Node) bool { return v.Equal(n) }) {
		return false
	}
	for _, p := range s.properties {
		if inner := n.Get(p.name); inner != nil && !p.schema.mayMatch(inner) {
			return false
		}
	}
	return s.not == nil || !s.not.mayMatch(n)
}
