package platform

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Snapshot is a State to be shown or kept, as JSON: everything by age, and
// what is equally old by its key, so the same state gives the same snapshot.
type Snapshot struct {
	Subscriptions []Subscription     `json:"subscriptions"`
	Contacts      []Contact          `json:"contacts"`
	Windows       []Window           `json:"windows"`
	Templates     []Template         `json:"templates"`
	Media         []Media            `json:"media"`
	Messages      []Message          `json:"messages"`
	Accounts      map[string]Account `json:"accounts"`
	Tokens        []Token            `json:"tokens,omitempty"`
}

// Export gives what is remembered. Without secrets it is only to be shown: it
// lacks secrets, the values of header lines, passwords in URLs, tokens and the
// bytes of media.
func (s *State) Export(secrets bool) Snapshot {
	snap := Snapshot{
		Subscriptions: byAge(s.subscriptions, func(one Subscription) time.Time { return one.CreatedAt }),
		Contacts:      byAge(s.contacts, func(one Contact) time.Time { return one.At }),
		Windows:       byAge(s.windows, func(one Window) time.Time { return one.At }),
		Templates:     byAge(s.templates, func(one Template) time.Time { return one.CreatedAt }),
		Media:         byAge(s.media, func(one Media) time.Time { return one.CreatedAt }),
		Messages:      byAge(s.messages, func(one Message) time.Time { return one.At }),
		Tokens:        byAge(s.tokens, func(one Token) time.Time { return one.ExpiresAt }),
		Accounts:      maps.Clone(s.accounts),
	}
	for i, t := range snap.Templates {
		snap.Templates[i].Values = maps.Clone(t.Values)
	}
	for i, m := range snap.Messages {
		snap.Messages[i].Values = maps.Clone(m.Values)
	}
	for i := range snap.Subscriptions {
		sub := snap.Subscriptions[i].clone()
		if !secrets {
			sub.hide()
		}
		snap.Subscriptions[i] = sub
	}
	if !secrets {
		snap.Tokens = nil
		for i := range snap.Media {
			snap.Media[i].Bytes = nil
		}
	}
	return snap
}

func byAge[V any](s *shelf[V], age func(V) time.Time) []V {
	type one struct {
		key   string
		value V
	}
	all := make([]one, 0, s.len())
	for key, v := range s.all() {
		all = append(all, one{key, v})
	}
	slices.SortFunc(all, func(a, b one) int {
		return cmp.Or(age(a.value).Compare(age(b.value)), strings.Compare(a.key, b.key))
	})
	values := make([]V, len(all))
	for i := range all {
		values[i] = all[i].value
	}
	return values
}

// hide takes the secrets from what is a copy.
func (sub *Subscription) hide() {
	sub.Secret = ""
	for i := range sub.Header {
		sub.Header[i][1] = ""
	}
	if u, err := url.Parse(sub.URL); err == nil {
		sub.URL = u.Redacted()
	}
}

// Import makes a state of a snapshot. It holds to the same bounds as any other;
// what cannot be is an error that names its place: "/subscriptions/0".
func Import(rules Rules, snap Snapshot) (*State, error) {
	s := New(rules)
	var problems []error
	wrong := func(list string, i int, why string) {
		problems = append(problems, fmt.Errorf("import state: /%s/%d: %s", list, i, why))
	}
	for i, sub := range snap.Subscriptions {
		switch {
		case sub.ID == "" || s.subscriptions.has(sub.ID):
			wrong("subscriptions", i, "an id is missing or comes twice")
		case checkURL(sub.URL).Failure != "":
			wrong("subscriptions", i, checkURL(sub.URL).Detail)
		default:
			s.subscriptions.put(sub.ID, sub.clone())
		}
	}
	for _, c := range snap.Contacts {
		s.contacts.put(key(c.Place, c.Phone), c)
	}
	for _, w := range snap.Windows {
		s.windows.put(key(w.Place, w.Phone), w)
	}
	for i, t := range snap.Templates {
		if t.ID == "" || s.templates.has(t.ID) || !slices.Contains(templateStatuses(), t.Status) {
			wrong("templates", i, "an id is missing or comes twice, or the status is none of pending, approved, rejected, paused, disabled")
			continue
		}
		t.Values = maps.Clone(t.Values)
		s.keepTemplate(t)
	}
	for i, m := range snap.Media {
		switch {
		case m.ID == "" || s.media.has(m.ID):
			wrong("media", i, "an id is missing or comes twice")
		case int64(len(m.Bytes)) > s.mediaRoom():
			wrong("media", i, "it is larger than all media together may be")
		default:
			m.Bytes = bytes.Clone(m.Bytes)
			s.keepMedia(m)
		}
	}
	for i, m := range snap.Messages {
		if m.ID == "" {
			wrong("messages", i, "the id is missing")
			continue
		}
		if m.Values = maps.Clone(m.Values); m.Values == nil {
			m.Values = map[string]string{}
		}
		s.messages.put(key(m.Provider, m.ID), m)
	}
	for _, t := range snap.Tokens {
		s.tokens.put(t.Value, t)
	}
	maps.Copy(s.accounts, snap.Accounts)
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return s, nil
}
