package state

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

// A Snapshot is a State to be shown or kept, as JSON. Everything stands in it by
// age, and what is equally old in the order in which it came.
type Snapshot struct {
	Subscriptions  []Subscription     `json:"subscriptions"`
	Contacts       []Contact          `json:"contacts"`
	ServiceWindows []ServiceWindow    `json:"service_windows"`
	Templates      []Template         `json:"templates"`
	Media          []Media            `json:"media"`
	Messages       []Message          `json:"messages"`
	Accounts       map[string]Account `json:"accounts"`
	Tokens         []Token            `json:"tokens,omitempty"`
	Blocked        []Contact          `json:"blocked,omitempty"`
	Objects        []Object           `json:"objects,omitempty"`
	Verifications  []Verification     `json:"verifications,omitempty"`
}

// Export gives what is remembered. Without secrets it is only to be shown: it
// lacks secrets, the values of header lines, passwords in URLs, tokens and the
// bytes of media.
func (s *State) Export(secrets bool) Snapshot {
	snap := Snapshot{
		Subscriptions:  byAge(s.subscriptions, func(one Subscription) time.Time { return one.CreatedAt }),
		Contacts:       byAge(s.contacts, func(one Contact) time.Time { return one.At }),
		ServiceWindows: byAge(s.windows, func(one ServiceWindow) time.Time { return one.At }),
		Templates:      byAge(s.templates, func(one Template) time.Time { return one.CreatedAt }),
		Media:          byAge(s.media, func(one Media) time.Time { return one.CreatedAt }),
		Messages:       byAge(s.messages, func(one Message) time.Time { return one.At }),
		Tokens:         byAge(s.tokens, func(one Token) time.Time { return one.ExpiresAt }),
		Accounts:       maps.Clone(s.accounts),
		Blocked:        byAge(s.blocked, func(one Contact) time.Time { return one.At }),
		Objects:        byAge(s.objects, func(one Object) time.Time { return one.CreatedAt }),
		Verifications:  byAge(s.verifications, func(one Verification) time.Time { return one.CreatedAt }),
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
	for i, m := range snap.Media {
		snap.Media[i].Bytes, snap.Media[i].file, snap.Media[i].kept = nil, "", 0
		if !secrets {
			continue
		}
		if content, err := s.content(m); err == nil { // without its bytes, media can only be shown
			snap.Media[i].Bytes = content
		}
	}
	if !secrets {
		snap.Tokens = nil
	}
	return snap
}

func byAge[V any](s *boundedMap[V], age func(V) time.Time) []V {
	all := make([]V, 0, s.len())
	for _, v := range s.all() {
		all = append(all, v)
	}
	slices.SortStableFunc(all, func(a, b V) int { return age(a).Compare(age(b)) })
	return all
}

// hide takes the secrets from what is a copy.
func (sub *Subscription) hide() {
	sub.Secret, sub.Token = "", ""
	for i := range sub.Header {
		sub.Header[i][1] = ""
	}
	if u, err := url.Parse(sub.URL); err == nil {
		sub.URL = u.Redacted()
	}
}

// Import makes a state of a snapshot. It holds to the same bounds as any other, and a snapshot that
// exceeds them is an error; what cannot be is one that names its place: "/subscriptions/0".
func Import(rules Rules, snap Snapshot) (*State, error) {
	im := importer{State: New(rules)}
	if err := im.checkBounds(snap); err != nil {
		return nil, err
	}
	im.subscribers(snap.Subscriptions)
	im.people(snap.Contacts, snap.ServiceWindows)
	im.allTemplates(snap.Templates)
	im.files(snap.Media)
	im.sent(snap.Messages)
	im.keys(snap.Tokens, snap.Accounts)
	im.kept(snap)
	if err := errors.Join(im.problems...); err != nil {
		im.Reset()
		return nil, err
	}
	return im.State, nil
}

// checkBounds rejects a snapshot of which the state would forget a part at once.
func (im *importer) checkBounds(snap Snapshot) error {
	for _, list := range []struct {
		name       string
		count, max int
	}{
		{"subscriptions", len(snap.Subscriptions), im.subscriptions.max}, {"contacts", len(snap.Contacts), im.contacts.max},
		{"service_windows", len(snap.ServiceWindows), im.windows.max}, {"templates", len(snap.Templates), im.templates.max},
		{"media", len(snap.Media), im.media.max}, {"messages", len(snap.Messages), im.messages.max},
		{"tokens", len(snap.Tokens), im.tokens.max}, {"accounts", len(snap.Accounts), maxCount},
		{"blocked", len(snap.Blocked), im.blocked.max}, {"objects", len(snap.Objects), im.objects.max},
		{"verifications", len(snap.Verifications), im.verifications.max},
	} {
		if list.count > list.max {
			return fmt.Errorf("import state: /%s has %d entries; at most %d can be stored; leave out the oldest", list.name, list.count, list.max)
		}
	}
	size, room := int64(0), im.mediaRoom()
	for _, m := range snap.Media {
		if n := int64(len(m.Bytes)); n <= room { // a larger one is rejected by its place
			size += n
		}
	}
	if size > room {
		return fmt.Errorf("import state: the bytes in /media are %d; at most %d can be stored; leave out the oldest files", size, room)
	}
	return nil
}

type importer struct {
	*State
	problems []error
}

func (im *importer) reject(list string, place any, why string) {
	im.problems = append(im.problems, fmt.Errorf("import state: /%s/%v: %s", list, place, why))
}

func (im *importer) subscribers(all []Subscription) {
	for i, sub := range all {
		switch {
		case sub.ID == "" || im.subscriptions.has(sub.ID):
			im.reject("subscriptions", i, "missing or duplicate id")
		case checkURL(sub.URL).Failure != "":
			im.reject("subscriptions", i, checkURL(sub.URL).Detail)
		case sub.Status != "" && !slices.Contains(subscriptionStatuses(), sub.Status):
			im.reject("subscriptions", i, "invalid status; want "+strings.Join(subscriptionStatuses(), ", "))
		case sub.Reason != "" && sub.Status != statusRefused:
			im.reject("subscriptions", i, "only a refused subscription has a reason")
		default:
			sub.Status = cmp.Or(sub.Status, statusActive) // it needs no handshake
			im.subscriptions.put(sub.ID, sub.clone())
		}
	}
}

func (im *importer) people(contacts []Contact, windows []ServiceWindow) {
	for _, c := range contacts {
		im.contacts.put(key(c.Scope, c.Phone), c)
	}
	for _, w := range windows {
		im.windows.put(key(w.Scope, w.Phone), w)
	}
}

func (im *importer) allTemplates(all []Template) {
	for i, t := range all {
		switch {
		case t.ID == "" || im.templates.has(t.ID):
			im.reject("templates", i, "missing or duplicate id")
		case !slices.Contains(templateStatuses(), t.Status):
			im.reject("templates", i, "invalid status; want "+strings.Join(templateStatuses(), ", "))
		default:
			t.Values = maps.Clone(t.Values)
			im.keepTemplate(t)
		}
	}
}

func (im *importer) files(all []Media) {
	for i, m := range all {
		switch {
		case m.ID == "" || im.media.has(m.ID):
			im.reject("media", i, "missing or duplicate id")
		case int64(len(m.Bytes)) > im.mediaRoom():
			im.reject("media", i, "exceeds the limit of all media")
		default:
			m.Bytes = bytes.Clone(m.Bytes)
			if err := im.keepMedia(m); err != nil {
				im.reject("media", i, err.Error())
			}
		}
	}
}

func (im *importer) sent(all []Message) {
	for i, m := range all {
		if m.ID == "" {
			im.reject("messages", i, "missing id")
			continue
		}
		values := map[string]string{}
		maps.Copy(values, m.Values)
		m.Values = values
		im.messages.put(key(m.Provider, m.ID), m)
	}
}

func (im *importer) keys(tokens []Token, accounts map[string]Account) {
	for _, t := range tokens {
		im.tokens.put(t.Value, t)
	}
	statuses := []string{active, restricted, disabled}
	for _, provider := range slices.Sorted(maps.Keys(accounts)) {
		if !slices.Contains(statuses, accounts[provider].Status) {
			im.reject("accounts", provider, "invalid status; want "+strings.Join(statuses, ", "))
		}
		im.accounts[provider] = accounts[provider]
	}
}

// kept imports who is blocked, objects and verifications.
func (im *importer) kept(snap Snapshot) {
	for _, c := range snap.Blocked {
		im.blocked.put(key(c.Scope, c.Phone), c)
	}
	for i, o := range snap.Objects {
		if o.ID == "" || im.objects.has(o.key()) {
			im.reject("objects", i, "missing or duplicate id")
			continue
		}
		im.objects.put(o.key(), o)
	}
	for i, v := range snap.Verifications {
		if v.ID == "" || im.verifications.has(v.ID) {
			im.reject("verifications", i, "missing or duplicate id")
			continue
		}
		im.verifications.put(v.ID, v)
	}
}
