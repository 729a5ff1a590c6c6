package scenarios

import (
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// Magic maps recipients to scenarios by the last digits of the phone number. It is immutable.
type Magic struct {
	// Recipients are in the order of the file.
	Recipients []Recipient
	// Others is for all other recipients; its Digits are "".
	Others Recipient

	maxDigits int // of the digits
}

// A Recipient is one entry of the table.
type Recipient struct {
	// Digits are the last digits of the phone number: "0020".
	Digits string
	// Scenarios are names. The first one that the route can play applies.
	Scenarios []string
	// Reasons are canonical reasons. The first one that the route has applies; if empty, the
	// scenario decides.
	Reasons []string
	// With has the other values.
	With []Setting
	// Description is one sentence.
	Description string

	candidates []*Scenario
}

// ReadMagic reads a table of magic recipients. Each error has a file, line and column. ReadMagic
// returns all of them, joined.
func ReadMagic(file string, source []byte, l *Library) (*Magic, error) {
	f, err := document.ReadYAML(file, source)
	if err != nil {
		return nil, fmt.Errorf("load %w", err)
	}
	d := document.NewDecoder(f)
	m := decodeMagic(d, l)
	if err := d.Err(); err != nil {
		return nil, prefixed(err)
	}
	return m, nil
}

// For returns the scenario of a recipient on a route, and its values. Of several entries that
// match, the one with the most digits applies. ok is false if only the default applies. scenario
// is "" if the route cannot play it: there is no webhook for an SMS that is never delivered.
func (m *Magic) For(phone string, r Route) (scenario string, with []Setting, ok bool) {
	one, ok := m.recipient(phone)
	for _, s := range one.candidates {
		if s.playableOn(r) {
			scenario = s.Name
			break
		}
	}
	if i := slices.IndexFunc(one.Reasons, r.HasReason); i >= 0 {
		with = append(with, Setting{Name: reason, Text: one.Reasons[i]})
	}
	return scenario, append(with, one.With...), ok
}

func (m *Magic) recipient(phone string) (*Recipient, bool) {
	for length := min(m.maxDigits, len(phone)); length > 0; length-- {
		digits := phone[len(phone)-length:]
		for i := range m.Recipients {
			if m.Recipients[i].Digits == digits {
				return &m.Recipients[i], true
			}
		}
	}
	return &m.Others, false
}

// playableOn reports whether the route can play the scenario.
func (s *Scenario) playableOn(r Route) bool {
	return s.Fits(r) == nil && slices.ContainsFunc(s.Events(), func(event string) bool {
		ok, _ := r.Supports(event)
		return ok
	})
}

// A declaredMagic has the keys of magic.yaml.
type declaredMagic struct {
	Recipients []declaredRecipient `key:"recipients,required" want:"a list of recipients"`
	Others     declaredOthers      `key:"others,required"`
}

type declaredRecipient struct {
	// With a single digit, every tenth number would be magic.
	Digits document.Located[string] `key:"digits,required" pattern:"^[0-9]{2,15}$" want:"the last 2 to 15 digits of a phone number (for example \"0002\")"`
	declaredOthers
}

type declaredOthers struct {
	Scenario    oneOrMore[document.Located[string]] `key:"scenario,required"`
	With        values                              `key:"with"`
	Description string                              `key:"description,required" was:"about"`
}

func decodeMagic(d *document.Decoder, l *Library) *Magic {
	var declared declaredMagic
	d.Decode(&d.File().Root, &declared)
	m := &Magic{Others: declared.Others.recipient(d, l)}
	for _, one := range declared.Recipients {
		r := one.recipient(d, l)
		r.Digits = one.Digits.Value
		if slices.ContainsFunc(m.Recipients, func(other Recipient) bool { return other.Digits == r.Digits && r.Digits != "" }) {
			d.Errorf(one.Digits.Node, "duplicate digits %s", r.Digits)
		}
		m.Recipients = append(m.Recipients, r)
		m.maxDigits = max(m.maxDigits, len(r.Digits))
	}
	return m
}

func (o declaredOthers) recipient(d *document.Decoder, l *Library) Recipient {
	r := Recipient{Description: o.Description}
	for _, name := range o.Scenario {
		if name.Value == "" {
			continue // already an error
		}
		s, err := l.Scenario(name.Value)
		if err != nil {
			d.Errorf(name.Node, "%v", err)
			continue
		}
		r.Scenarios, r.candidates = append(r.Scenarios, s.Name), append(r.candidates, s)
	}
	for _, c := range o.With {
		if c.Name == reason {
			r.Reasons = append([]string{c.Text}, c.others...)
		} else {
			r.With = append(r.With, c.Setting)
		}
	}
	return r
}
