package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// Magic says which recipient is played which scenario: the last digits of the
// phone number choose. It is immutable.
type Magic struct {
	// Recipients are in the order of the file.
	Recipients []Recipient
	// Others is what everybody else is played; its Digits are "".
	Others Recipient

	longest int // of the digits
}

// A Recipient is one line of the table.
type Recipient struct {
	// Digits are the last of the phone number: "0020".
	Digits string
	// Scenarios are names, of which the first counts that the route can play.
	Scenarios []string
	// Errors are reasons, of which the first counts that the route knows; none
	// leaves that to the scenario.
	Errors []string
	// With are the other values that are given.
	With []Setting
	// About is one sentence for people.
	About string

	played []*Scenario
}

// LoadMagic reads the table that ships with Ringback. Its scenarios ship too.
func LoadMagic() (*Magic, error) {
	library, err := Embedded()
	if err != nil {
		return nil, err
	}
	source, err := embedded.ReadFile(magicFile)
	if err != nil {
		return nil, fmt.Errorf("load magic recipients: %w", err)
	}
	return ReadMagic(magicFile, source, library)
}

// ReadMagic reads a table of recipients who are played scenarios of the library.
// Everything that is not understood is an error with file, line and column; all
// of them come at once, joined.
func ReadMagic(file string, source []byte, l *Library) (*Magic, error) {
	f, err := document.ReadYAML(file, source)
	if err != nil {
		return nil, fmt.Errorf("load %w", err)
	}
	p := &magicParser{parser: parser{file: f}, library: l}
	m := p.magic()
	if p.problems != nil {
		return nil, prefixed(errors.Join(p.problems...))
	}
	return m, nil
}

// For says what a recipient is played on a route, and with what; of several
// lines that fit the one with most digits counts. ok is false if none fits and
// the recipient is played what all others are. scenario is "" where the route
// can say nothing of it: who is never delivered an SMS is heard no more of.
func (m *Magic) For(phone string, r Route) (scenario string, with []Setting, ok bool) {
	one, ok := m.recipient(phone)
	for _, s := range one.played {
		if s.says(r) {
			scenario = s.Name
			break
		}
	}
	if i := slices.IndexFunc(one.Errors, r.knows); i >= 0 {
		with = append(with, Setting{Name: reason, Text: one.Errors[i]})
	}
	return scenario, append(with, one.With...), ok
}

func (m *Magic) recipient(phone string) (*Recipient, bool) {
	for length := min(m.longest, len(phone)); length > 0; length-- {
		digits := phone[len(phone)-length:]
		for i := range m.Recipients {
			if m.Recipients[i].Digits == digits {
				return &m.Recipients[i], true
			}
		}
	}
	return &m.Others, false
}

// says reports whether the scenario can be played on the route at all.
func (s *Scenario) says(r Route) bool {
	return s.Fits(r) == nil && slices.ContainsFunc(s.Events(), func(event string) bool {
		ok, _ := r.says(event)
		return ok
	})
}

type magicParser struct {
	parser
	library *Library
}

func (p *magicParser) magic() *Magic {
	m := &Magic{}
	root := &p.file.Root
	if !p.keys(root, "recipients", "others") {
		return m
	}
	recipients, others := root.Get("recipients"), root.Get("others")
	if recipients == nil || others == nil {
		p.fail(root, `expected the keys "recipients" and "others"`)
		return m
	}
	m.Others = p.recipient(others)
	for _, n := range p.elements(recipients, `a list of recipients, such as {digits: "0002", scenario: message-delivered, about: …}`) {
		one := p.recipient(n, "digits")
		one.Digits = p.required(n, "digits", p.digits)
		if slices.ContainsFunc(m.Recipients, func(other Recipient) bool { return other.Digits == one.Digits }) {
			p.fail(n, "the digits %s have a line already", one.Digits)
		}
		m.Recipients = append(m.Recipients, one)
		m.longest = max(m.longest, len(one.Digits))
	}
	return m
}

func (p *magicParser) recipient(n *document.Node, further ...string) Recipient {
	var one Recipient
	if !p.keys(n, append(further, "scenario", "with", "about")...) {
		return one
	}
	one.About = p.required(n, "about", p.text)
	names := []*document.Node{n.Get("scenario")}
	switch {
	case names[0] == nil:
		p.fail(n, "key %q is missing", "scenario")
		names = nil
	case names[0].Kind == document.Array:
		names = p.elements(names[0], "a scenario such as message-delivered, or a list of them")
	}
	for _, name := range names {
		s, err := p.library.Scenario(p.text(name))
		if err != nil {
			p.fail(name, "%v", err)
			continue
		}
		one.Scenarios, one.played = append(one.Scenarios, s.Name), append(one.played, s)
	}
	for _, c := range p.values(n.Get("with")) {
		if c.Name == reason {
			one.Errors = append([]string{c.Text}, c.others...)
		} else {
			one.With = append(one.With, c.Setting)
		}
	}
	return one
}

// digits are 2 to 15: with one, every tenth number would be magic.
func (p *magicParser) digits(n *document.Node) string {
	const least, most = 2, 15
	if len(n.Text) < least || len(n.Text) > most || strings.Trim(n.Text, "0123456789") != "" {
		p.fail(n, `expected the last %d to %d digits of a phone number, such as "0002", found %s`, least, most, n.Describe())
	}
	return n.Text
}
