package state

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Message is one that the consumer sent, and what has become of it.
type Message struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Route    string `json:"route"`
	// Status is the last part of a canonical event, or "submitted".
	Status string `json:"status"`
	// Values are those that were known of it, by value name, texts of more than
	// 2 KiB left out.
	Values map[string]string `json:"values"`
	At     time.Time         `json:"at"`
}

const (
	submitted  = "submitted"
	statusName = "message.status"
)

// sendMessage only stores the message: the rules of the API decide, from Facts, what is rejected.
// A message without an ID is not stored, because no call could name it. message.status is the
// status of a stored message.
func (s *State) sendMessage(c Command) Outcome {
	if c.Values["message.id"] == "" {
		return Outcome{}
	}
	m := newMessage(c.Provider, c.Route, c.Values, c.At)
	m.Values["message.submitted_at"] = c.At.Format(time.RFC3339Nano)
	s.messages.renew(key(m.Provider, m.ID), m)
	return Outcome{}
}

func newMessage(provider, route string, values map[string]string, at time.Time) Message {
	m := Message{ID: values["message.id"], Provider: provider, Route: route, Status: submitted, Values: map[string]string{}, At: at}
	scopes := []string{"message", "recipient", "app", "template", "media"} // the others may be secrets
	for name, text := range values {
		scope, _, _ := strings.Cut(name, ".")
		if name != statusName && slices.Contains(scopes, scope) && isValue(name) && len(text) <= maxOfMessage {
			m.Values[name] = text
		}
	}
	return m
}

// messageStatus gives the message with the id, or those to a recipient.
func (s *State) messageStatus(c Command) Outcome {
	if id := c.Values["message.id"]; id != "" {
		if m, ok := s.messages.get(key(c.Provider, id)); ok {
			return done(m.values())
		}
		return failed("unknown-id", "unknown message ID")
	}
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	for _, m := range s.messages.all() {
		if p, err := value.OfPhone(m.Values["recipient.phone"]); err == nil && m.Provider == c.Provider && p.Text() == phone {
			o.Objects = append(o.Objects, m.values())
		}
	}
	return o
}

// progress updates the status of a message by one of its events. A late event, for example sent
// after delivered, changes no status.
func (s *State) progress(provider, route, word string, lookup func(name string) (string, bool), at time.Time) {
	id, _ := lookup("message.id")
	if id == "" {
		return
	}
	k := key(provider, id)
	m, ok := s.messages.get(k)
	if !ok {
		m = newMessage(provider, route, known(lookup, "recipient.phone", "message.id", "template.id", "template.name"), at)
	}
	order := []string{submitted, "enqueued", "sent", "delivered", "read", "played"}
	before, now := slices.Index(order, m.Status), slices.Index(order, word)
	ended := slices.Contains([]string{"failed", "undelivered", "deleted"}, word)
	if ended || now > before && before >= 0 {
		m.Status = word
	}
	if name := "message." + word + "_at"; isValue(name) {
		m.Values[name] = at.Format(time.RFC3339Nano)
	}
	s.messages.put(k, m)
}

func (m *Message) values() map[string]value.Value {
	values := valuesOf(m.Values)
	values[statusName] = value.OfText(m.Status)
	return values
}
