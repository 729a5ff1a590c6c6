package state

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// Facts are the conditions of the rules of an operation:
//
//	recipient.opted_in, recipient.opted_out  true or false; both are false before the first opt-in or opt-out
//	window.open                              true or false
//	template.known                           true or false
//	template.status                          pending, approved, rejected, paused or disabled
//	account.restricted                       true or false
//
// Those of a recipient and the window need recipient.phone among the values,
// those of a template need template.id, template.name or message.template. What
// cannot be said is left out.
func (s *State) Facts(provider, route string, values map[string]string, at time.Time) map[string]string {
	at = plain(at)
	if provider == "" {
		provider = s.providerOf(route)
	}
	facts := map[string]string{"account.restricted": strconv.FormatBool(s.account(provider).Status != active)}
	place := s.place(provider, route)
	if phone, err := value.OfPhone(values["recipient.phone"]); err == nil {
		contact, known := s.contacts.get(key(place, phone.Text()))
		facts["recipient.opted_in"] = strconv.FormatBool(known && contact.OptedIn)
		facts["recipient.opted_out"] = strconv.FormatBool(known && !contact.OptedIn)
		facts["window.open"] = strconv.FormatBool(s.windowOpen(place, phone.Text(), at))
	}
	if values["template.id"] != "" || templateName(values) != "" {
		found := s.templatesOf(place, values, at)
		known := len(found) > 0 || !s.rules.TemplatesChecked
		facts["template.known"] = strconv.FormatBool(known)
		switch {
		case len(found) > 0:
			facts["template.status"] = found[0].Status
		case known:
			facts["template.status"] = approved
		}
	}
	return facts
}

func (s *State) providerOf(route string) string {
	if r := s.route("", route); r != nil {
		return r.Provider.Name
	}
	return route
}

// RecordEvent updates the state with an event that the consumer gets, whatever caused it: an
// inbound message opens a window, a contact has opted out, a template is paused, a message has
// been delivered. It causes no further events, and is idempotent. lookup gives the values of the
// event by name; it is called for those only that are needed.
func (s *State) RecordEvent(route, event string, lookup func(name string) (string, bool), at time.Time) {
	at = plain(at)
	family, word, _ := strings.Cut(event, ".")
	switch family {
	case "inbound":
		phone, _ := lookup("recipient.phone")
		s.Message(route, phone, at)
	case "contact":
		if word != "opted-in" && word != "opted-out" {
			return
		}
		text, _ := lookup("recipient.phone")
		if phone, err := value.OfPhone(text); err == nil {
			s.setContact(s.providerOf(route), route, phone.Text(), word == "opted-in", at)
		}
	case "message":
		s.progress(s.providerOf(route), route, word, lookup, at)
	case "template":
		s.toldTemplate(s.providerOf(route), route, word, lookup, at)
	case "account":
		s.toldAccount(s.providerOf(route), word)
	}
}

// known are those values of some names that an event has.
func known(lookup func(name string) (string, bool), names ...string) map[string]string {
	values := map[string]string{}
	for _, name := range names {
		if text, ok := lookup(name); ok {
			values[name] = text
		}
	}
	return values
}

func (s *State) toldTemplate(provider, route, word string, lookup func(name string) (string, bool), at time.Time) {
	values := known(lookup, "template.id", "template.name")
	for _, t := range s.templatesOf(s.place(provider, route), values, at) {
		named := values["template.id"] != "" || templateName(values) != ""
		switch {
		case !named:
		case word == "deleted":
			s.templates.remove(t.ID)
			s.forget(t)
		case word != t.Status && word != pending && slices.Contains(templateStatuses(), word):
			t.turn(word, at)
			s.keepTemplate(t)
		}
	}
}

func (s *State) toldAccount(provider, word string) {
	a := s.account(provider)
	switch word {
	case "restricted", "disabled":
		a.Status = word
	case "reinstated":
		a.Status = active
	case "verified":
		a.Verified = true
	default:
		return
	}
	s.accounts[provider] = a
}
