package state

import (
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Contact is a person who has said whether they may be written to.
type Contact struct {
	// Scope is the provider's channel: "gupshup/whatsapp".
	Scope   string    `json:"scope"`
	Phone   string    `json:"phone"`
	OptedIn bool      `json:"opted_in"` // false: opted out
	At      time.Time `json:"at"`
}

// A ServiceWindow is the time in which a person may be written to freely.
type ServiceWindow struct {
	Scope string `json:"scope"`
	// Phone is "" for all of whom nothing else is known.
	Phone string `json:"phone,omitempty"`
	// At is when it was opened, which lasts for 24 hours (for Phone "": for
	// good), or shut.
	At     time.Time `json:"at"`
	Closed bool      `json:"closed,omitempty"`
}

// separator stands between the parts of a key; no part holds it.
const separator = "\x00"

func key(parts ...string) string { return strings.Join(parts, separator) }

// phoneOf reads the recipient of a command.
func phoneOf(values map[string]string) (string, Outcome) {
	text := values["recipient.phone"]
	if text == "" {
		return "", failed("number-missing", "recipient.phone is missing")
	}
	phone, err := value.OfPhone(text)
	if err != nil {
		return "", failed("number-invalid", err.Error())
	}
	return phone.Text(), Outcome{}
}

func (s *State) optIn(c Command) Outcome { return s.opt(c, true) }

func (s *State) optOut(c Command) Outcome { return s.opt(c, false) }

// opt emits the event only if something has changed.
func (s *State) opt(c Command, in bool) Outcome {
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	changed := s.setContact(c.Provider, c.Route, phone, in, c.At)
	text := map[string]string{"recipient.phone": phone}
	o = done(valuesOf(text))
	if !changed {
		return o
	}
	event := "contact.opted-out"
	if in {
		event = "contact.opted-in"
	}
	o.Events = s.events(c, event, text)
	return o
}

func (s *State) setContact(provider, route, phone string, in bool, at time.Time) (changed bool) {
	place := s.place(provider, route)
	before, known := s.contacts.get(key(place, phone))
	s.contacts.renew(key(place, phone), Contact{place, phone, in, at})
	return !known || before.OptedIn != in
}

// listContacts gives those who opted in or out.
func (s *State) listContacts(c Command) Outcome {
	var o Outcome
	place := s.place(c.Provider, c.Route)
	for _, one := range s.contacts.all() {
		if one.Scope != place {
			continue
		}
		o.Objects = append(o.Objects, s.described(one))
	}
	return o
}

// getContact gives an end user, of whom maybe nothing is known.
func (s *State) getContact(c Command) Outcome {
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	place := s.place(c.Provider, c.Route)
	one, known := s.contacts.get(key(place, phone))
	if !known {
		one = Contact{Scope: place, Phone: phone, At: c.At}
	}
	values := s.described(one)
	if !known {
		values["recipient.opt_status"] = value.OfText("unknown")
	}
	return done(values)
}

// described are the values of an end user, with those of the service window.
func (s *State) described(one Contact) map[string]value.Value {
	values := one.values()
	values["recipient.opt_status"] = value.OfText("opted-out")
	if one.OptedIn {
		values["recipient.opt_status"] = value.OfText("opted-in")
	}
	if w, known := s.windows.get(key(one.Scope, one.Phone)); known && !w.Closed {
		values["recipient.last_at"] = value.OfTime(w.At)
	}
	return values
}

// blockContact notes that messages of an end user aren't wanted.
func (s *State) blockContact(c Command) Outcome {
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	one := Contact{Scope: s.place(c.Provider, c.Route), Phone: phone, At: c.At}
	s.blocked.put(key(one.Scope, phone), one)
	return done(one.values())
}

func (s *State) unblockContact(c Command) Outcome {
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	one := Contact{Scope: s.place(c.Provider, c.Route), Phone: phone, At: c.At}
	s.blocked.remove(key(one.Scope, phone))
	return done(one.values())
}

func (s *State) listBlocked(c Command) Outcome {
	var o Outcome
	for _, one := range s.blocked.all() {
		if one.Scope == s.place(c.Provider, c.Route) {
			o.Objects = append(o.Objects, one.values())
		}
	}
	return o
}

func (c *Contact) values() map[string]value.Value {
	values := map[string]value.Value{"recipient.phone": read("recipient.phone", c.Phone), "recipient.created_at": value.OfTime(c.At)}
	if number, ok := strings.CutPrefix(c.Phone, "91"); ok && len(number) == localDigits {
		values["recipient.country_code"], values["recipient.dial_code"] = value.OfText("91"), value.OfText(number)
	}
	return values
}

// localDigits is the length of an Indian phone number without the country code.
const localDigits = 10

func (s *State) openWindow(c Command) Outcome { return s.setWindow(c, false) }

func (s *State) closeWindow(c Command) Outcome { return s.setWindow(c, true) }

// setWindow opens or shuts the window of a person, or, if the command names
// none, those of all.
func (s *State) setWindow(c Command, shut bool) Outcome {
	place := s.place(c.Provider, c.Route)
	if c.Values["recipient.phone"] == "" {
		for k, w := range s.windows.all() {
			if w.Scope == place {
				s.windows.remove(k)
			}
		}
		s.windows.renew(key(place, ""), ServiceWindow{Scope: place, At: c.At, Closed: shut})
		return Outcome{}
	}
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	s.windows.renew(key(place, phone), ServiceWindow{place, phone, c.At, shut})
	return done(valuesOf(map[string]string{"recipient.phone": phone}))
}

// Message notes that a person has written, which opens the window of 24 hours.
// A phone number that is none is passed over.
func (s *State) Message(route, phone string, at time.Time) {
	if p, err := value.OfPhone(phone); err == nil {
		place := s.place("", route)
		s.windows.renew(key(place, p.Text()), ServiceWindow{Scope: place, Phone: p.Text(), At: plain(at)})
	}
}

func (s *State) windowOpen(place, phone string, at time.Time) bool {
	if w, known := s.windows.get(key(place, phone)); known && w.Phone != "" {
		return !w.Closed && at.Before(w.At.Add(day))
	}
	if w, known := s.windows.get(key(place, "")); known {
		return !w.Closed
	}
	return !s.rules.WindowsShut
}

func valuesOf(texts map[string]string) map[string]value.Value {
	values := make(map[string]value.Value, len(texts))
	for name, text := range texts {
		values[name] = read(name, text)
	}
	return values
}
