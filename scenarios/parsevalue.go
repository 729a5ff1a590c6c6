package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
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
		_, err = chance.ParseDuration(s.Text)
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

// expect reads what the answer should be.
func (p *parser) expect(n *document.Node) Expect {
	var e Expect
	if n == nil || !p.keys(n, expectKeys()...) {
		return e
	}
	if v := n.Get("status"); v != nil {
		items := []*document.Node{v}
		if v.Kind == document.Array {
			items = p.elements(v, "a status such as 2xx, or a list of them")
		}
		for _, item := range items {
			if !isStatus(item.Text) {
				p.fail(item, "expected a status such as 204 or a class such as 2xx, found %s", item.Describe())
			}
			e.Status = append(e.Status, item.Text)
		}
	}
	if v := n.Get("within"); v != nil {
		e.Within, e.Contract = p.within(v)
	}
	return e
}

func expectKeys() []string { return []string{"status", "within"} }

func isStatus(text string) bool {
	return len(text) == 3 && text[0] >= '1' && text[0] <= '5' && (text[1:] == "xx" ||
		!slices.ContainsFunc([]byte(text[1:]), func(c byte) bool { return c < '0' || c > '9' }))
}

func (p *parser) within(n *document.Node) (time.Duration, bool) {
	if n.Kind == document.String && n.Text == "contract" {
		return 0, true
	}
	d, err := chance.ParseDuration(n.Text)
	if err != nil || n.Kind != document.String || d == 0 {
		p.fail(n, `expected a duration such as "3s", or contract for what the provider allows, found %s`, n.Describe())
	}
	return d, false
}
