package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// reason is the key for a canonical reason, which determines all values error.*.
const reason = "error"

// maxJSON limits a value of a set, in bytes.
const maxJSON = 64 << 10

// values is the value of the key with: settings by the names of values.
type values []choice

func (v *values) UnmarshalNode(d *document.Decoder, n *document.Node) {
	for _, m := range members(d, n, "names of values") {
		if m.Key == reason {
			*v = append(*v, reasonOf(d, &m.Value))
			continue
		}
		c := choice{Setting: Setting{Name: m.Key}}
		switch m.Value.Kind {
		case document.Null:
			c.Absent = true
		case document.String, document.Number, document.Bool:
			c.Text = m.Value.Text
		default:
			d.Errorf(&m.Value, "expected a string, a number, or null for no value, found %s", m.Value.Describe())
		}
		if err := checkValue(c.Setting); err != nil {
			d.Errorf(&m.Value, "%v", err)
		}
		*v = append(*v, c)
	}
}

// members returns the members of a non-empty mapping.
func members(d *document.Decoder, n *document.Node, from string) []document.Member {
	if n.Kind != document.Object || len(n.Members) == 0 {
		d.Errorf(n, "expected a mapping from %s, found %s", from, n.Describe())
	}
	return n.Members
}

// reasonOf reads one canonical reason or several.
func reasonOf(d *document.Decoder, n *document.Node) choice {
	c := choice{Setting: Setting{Name: reason}}
	if n.Kind == document.Array && len(n.Items) == 0 {
		d.Errorf(n, "expected a reason (for example not-on-whatsapp) or a list of them, found %s", n.Describe())
	}
	for i, item := range elementsOf(n) {
		var one name
		d.Decode(item, &one)
		if i == 0 {
			c.Text = string(one)
			continue
		}
		c.others = append(c.others, string(one))
	}
	return c
}

// checkValue checks the name and the template of a value; a text without template values must be
// valid for its kind.
func checkValue(s Setting) error {
	if s.Name == reason {
		if s.Absent || !isName(s.Text) {
			return errors.New("expected a reason (for example not-on-whatsapp)")
		}
		return nil
	}
	kind, known := value.KindOf(s.Name)
	if !known {
		return fmt.Errorf("unknown value %s; %s", document.Quote(s.Name), document.OneOf(s.Name, append(value.Names(), reason)))
	}
	if s.Absent {
		return nil
	}
	if s.Literal {
		_, err := value.Read(kind, s.Text)
		return err
	}
	template, err := value.ParseTemplate(s.Text)
	if err != nil {
		return err
	}
	if strings.Contains(s.Text, "{{") || len(template.Names()) > 0 {
		return nil
	}
	switch kind {
	case value.Phone:
		_, err = value.OfPhone(s.Text)
	case value.Number:
		_, err = value.OfNumber(s.Text)
	case value.Duration:
		_, err = document.ParseDuration(s.Text)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	return nil
}

// checkPointer checks a setting by JSON Pointer.
func checkPointer(s Setting) error {
	switch {
	case s.Name == "" || !document.IsPointer(s.Name):
		return fmt.Errorf("set: expected a JSON Pointer (for example /payload/id), found %s", document.Quote(s.Name))
	case !s.Absent && !json.Valid([]byte(s.Text)):
		return fmt.Errorf("set %s: expected JSON, found %s", s.Name, document.Quote(s.Text))
	}
	return nil
}

// pointers is the value of the key set: JSON by JSON Pointer into the body.
type pointers []Setting

func (p *pointers) UnmarshalNode(d *document.Decoder, n *document.Node) {
	for _, m := range members(d, n, "JSON Pointers") {
		if m.Key == "" || !document.IsPointer(m.Key) {
			d.Errorf(&m.Value, "expected a JSON Pointer (for example /payload/id), found %s", document.Quote(m.Key))
		}
		*p = append(*p, Setting{Name: m.Key, Text: m.Value.Compact(maxJSON)})
	}
}
