package schemas

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// Values extracts the values of the run from a body of this type, by name. If a value occurs more
// than once, the first counts. Unreadable and fake values are left out, and so are times with an
// offset or truncation, and empty texts that are exceptions.
func (t *EventType) Values(body []byte) map[string]value.Value {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return nil
	}
	return t.ValuesIn(&root)
}

// ValuesIn is Values for a parsed body.
func (t *EventType) ValuesIn(body *document.Node) map[string]value.Value {
	found := map[string]value.Value{}
	readValues(t.Root(), body, found)
	return found
}

// readable reports whether the value at a schema can be read back.
func readable(s *jsonschema.Schema) bool {
	return s.Value != "" && !strings.HasPrefix(s.Value, "fake.") && s.Adjust == (value.Adjust{})
}

// standsForNone reports whether a provider writes an empty text where the value doesn't exist.
func standsForNone(s *jsonschema.Schema, n *document.Node) bool {
	return n.Kind == document.String && n.Text == "" && len(s.Exceptions.Patterns) > 0 && s.MayBeEmpty()
}

func readValues(s *jsonschema.Schema, n *document.Node, found map[string]value.Value) {
	if s == nil || n == nil {
		return
	}
	if readable(s) && found[s.Value].Kind() == 0 && !standsForNone(s, n) {
		if one, err := s.Format.Parse(n.Any()); err == nil {
			found[s.Value] = one
		}
	}
	for _, p := range s.Properties {
		readValues(p.Schema, n.Get(p.Name), found)
	}
	for i := range n.Items {
		readValues(s.Element(i), &n.Items[i], found)
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Ref}} {
		for _, branch := range list {
			if mayMatch(branch, n) {
				readValues(branch, n, found)
			}
		}
	}
	if s.If == nil {
		return
	}
	if mayMatch(s.If, n) {
		readValues(s.Then, n, found)
	} else {
		readValues(s.Else, n, found)
	}
}

// mayMatch reports whether a value has the required keys and discriminators of the schema. That is
// less than validation, but enough to distinguish branches.
func mayMatch(s *jsonschema.Schema, n *document.Node) bool {
	if s == nil {
		return false
	}
	for _, key := range s.Required {
		if n.Get(key) == nil {
			return false
		}
	}
	if len(s.Values) > 0 && !slices.ContainsFunc(s.Values, func(v document.Node) bool { return v.Equal(n) }) {
		return false
	}
	for _, p := range s.Properties {
		if inner := n.Get(p.Name); inner != nil && !mayMatch(p.Schema, inner) {
			return false
		}
	}
	return s.Not == nil || !mayMatch(s.Not, n)
}
