package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// reason is the name in a with that stands for all values error.*: why a
// message fails.
const reason = "error"

// longestJSON bounds a value that a set gives.
const longestJSON = 64 << 10

// values reads a with: names of values and what they are.
func (p *parser) values(n *document.Node) []choice {
	if n == nil || !p.mapping(n, "names of values") {
		return nil
	}
	var all []choice
	for i := range n.Members {
		m := &n.Members[i]
		if m.Key == reason {
			all = append(all, p.reason(&m.Value))
			continue
		}
		c := choice{Setting: Setting{Name: m.Key}}
		switch m.Value.Kind {
		case document.Null:
			c.Absent = true
		case document.String, document.Number, document.Bool:
			c.Text = m.Value.Text
		default:
			p.fail(&m.Value, "expected a text, a number, or null for no value, found %s", m.Value.Describe())
		}
		if err := checkValue(c.Setting); err != nil {
			p.fail(&m.Value, "%v", err)
		}
		all = append(all, c)
	}
	return all
}

func (p *parser) mapping(n *document.Node, of string) bool {
	if n.Kind != document.Object || len(n.Members) == 0 {
		p.fail(n, "expected a mapping from %s, found %s", of, n.Describe())
		return false
	}
	return true
}

// reason reads why a message fails: a word, or several of which the first
// counts that the route knows.
func (p *parser) reason(n *document.Node) choice {
	c := choice{Setting: Setting{Name: reason}}
	if n.Kind != document.Array {
		c.Text = p.word(n)
		return c
	}
	for _, item := range p.elements(n, "a reason such as not-on-whatsapp, or a list of them") {
		c.others = append(c.others, p.word(item))
	}
	if len(c.others) > 0 {
		c.Text, c.others = c.others[0], c.others[1:]
	}
	return c
}

// checkValue checks the name of a value and the template that it is given, and
// of a template without places that it is of the value's kind.
func checkValue(s Setting) error {
	if s.Name == reason {
		if s.Absent || !isWord(s.Text) {
			return errors.New("expected a reason such as not-on-whatsapp")
		}
		return nil
	}
	kind, known := value.KindOf(s.Name)
	if !known {
		return fmt.Errorf("no value is named %s; %s", document.Quote(s.Name), document.OneOf(s.Name, append(value.Names(), reason)))
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

// pointers reads a set: JSON Pointers into the body and what stands there.
func (p *parser) pointers(n *document.Node) []Setting {
	if n == nil {
		return nil
	}
	if p.provider == "" {
		p.fail(n, "set stands in a provider's own scenario only, for it names places of one provider's bodies: say provider at the top, or use with")
		return nil
	}
	if !p.mapping(n, "JSON Pointers") {
		return nil
	}
	var all []Setting
	for i := range n.Members {
		m := &n.Members[i]
		if m.Key == "" || !document.IsPointer(m.Key) {
			p.fail(&m.Value, "expected a JSON Pointer such as /payload/id, found %s", document.Quote(m.Key))
		}
		all = append(all, Setting{Name: m.Key, Text: m.Value.Compact(longestJSON)})
	}
	return all
}
