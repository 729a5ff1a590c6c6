package app

import (
	"maps"
	"slices"
	"sync"
)

// order is the order of the statuses: a message never goes back, though webhooks can come late.
func order() []string {
	return []string{"submitted", "queued", "enqueued", "sent", "failed", "not sent", "undelivered", "delivered", "read", "clicked", "played", "deleted"}
}

func rank(status string) int { return slices.Index(order(), status) }

// A store has the application's state. In a real application, it is a database.
type store struct {
	mu                   sync.Mutex
	received, duplicates int
	marks                map[string]bool
	messages             map[string]*outbound // by each known ID
	inbound              map[string]*inbound
	contacts             map[string]*contact
	unread               []string // bodies that couldn't be read
}

// An outbound is a message that was sent, or of which a status came.
type outbound struct {
	Status string `json:"status"`
	To     string `json:"to,omitempty"`
	Code   string `json:"error,omitempty"`
	Billed bool   `json:"billed,omitempty"`

	// name is the ID of the API's response, or else the first one of a status.
	name  string
	known bool // the API has responded
}

type inbound struct {
	From      string `json:"from"`
	Kind      string `json:"kind"`
	Text      string `json:"text,omitempty"`
	Responded bool   `json:"answered"`
}

type contact struct {
	OptedOut bool `json:"opted_out"`
}

func newStore() *store {
	return &store{marks: map[string]bool{}, messages: map[string]*outbound{}, inbound: map[string]*inbound{}, contacts: map[string]*contact{}}
}

// setAside keeps an unreadable body for a person to look at.
func (s *store) setAside(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unread = append(s.unread, string(body))
}

func (s *store) count()     { s.mu.Lock(); s.received++; s.mu.Unlock() }
func (s *store) duplicate() { s.mu.Lock(); s.duplicates++; s.mu.Unlock() }

// mark stores a name and reports whether it is new, in one atomic step.
func (s *store) mark(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.marks[name] {
		return false
	}
	s.marks[name] = true
	return true
}

func (s *store) marked(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.marks[name]
}

func (s *store) message(it item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbound[it.id] = &inbound{From: it.endUser, Kind: it.messageType, Text: it.text}
}

func (s *store) responded(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.inbound[id]; one != nil {
		one.Responded = true
	}
}

func (s *store) optOut(phone string, out bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.contacts[phone] = &contact{OptedOut: out}
}

func (s *store) optedOut(phone string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.contacts[phone] != nil && s.contacts[phone].OptedOut
}

// sent stores the ID of the API's response. Earlier statuses of the message remain.
func (s *store) sent(id, ref, phone string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(append([]string{id}, refName(ref)...)...)
	m.name, m.known, m.To = id, true, phone
	if m.Status == "" {
		m.Status = "submitted"
	}
}

// status applies a status, unless the message would go back.
func (s *store) status(it item, h behavior) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !h.keep() && !s.isKnown(it) {
		return
	}
	names := append(slices.Clone(it.ids), refName(it.ref)...)
	if len(names) == 0 || rank(it.status) < 0 {
		return
	}
	m := s.find(names...)
	if m.To == "" {
		m.To = it.endUser
	}
	if h.outranks(m.Status, it.status) {
		m.Status = it.status
		if it.status == "failed" {
			m.Code = it.code
		}
	}
}

func (s *store) isKnown(it item) bool {
	return slices.ContainsFunc(append(slices.Clone(it.ids), refName(it.ref)...), func(name string) bool {
		return s.messages[name] != nil && s.messages[name].known
	})
}

// refName returns the names of our own reference; none for "".
func refName(ref string) []string {
	if ref == "" {
		return nil
	}
	return []string{"ref:" + ref}
}

func (s *store) bill(it item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.find(it.ids...).Billed = true
}

// find returns the message with one of several IDs. Messages that turn out to be the same are
// joined.
func (s *store) find(names ...string) *outbound {
	var found *outbound
	for _, name := range names {
		other := s.messages[name]
		switch {
		case other == nil || other == found:
		case found == nil:
			found = other
		default:
			s.join(found, other)
		}
	}
	if found == nil {
		found = &outbound{name: names[0]}
	}
	for _, name := range names {
		s.messages[name] = found
	}
	return found
}

// join merges two messages; the later status wins.
func (s *store) join(into, from *outbound) {
	if rank(from.Status) > rank(into.Status) {
		into.Status, into.Code = from.Status, from.Code
	}
	if from.known {
		into.name, into.known = from.name, true
	}
	into.Billed = into.Billed || from.Billed
	if into.To == "" {
		into.To = from.To
	}
	for name, one := range s.messages {
		if one == from {
			s.messages[name] = into
		}
	}
}

// A view is the JSON of GET /state.
type view struct {
	Received   int                 `json:"received"`
	Duplicates int                 `json:"duplicates"`
	ByStatus   map[string]int      `json:"by_status"`
	Messages   map[string]outbound `json:"messages"`
	Inbound    map[string]inbound  `json:"inbound"`
	Contacts   map[string]contact  `json:"contacts"`
	Unread     []string            `json:"unread,omitempty"`
}

func (s *store) view() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := view{
		Received: s.received, Duplicates: s.duplicates, ByStatus: map[string]int{},
		Messages: map[string]outbound{}, Inbound: map[string]inbound{}, Contacts: map[string]contact{}, Unread: slices.Clone(s.unread),
	}
	for _, m := range s.messages {
		if _, seen := v.Messages[m.name]; !seen {
			v.ByStatus[m.Status]++
			v.Messages[m.name] = *m
		}
	}
	for id, one := range maps.All(s.inbound) {
		v.Inbound[id] = *one
	}
	for phone, one := range maps.All(s.contacts) {
		v.Contacts[phone] = *one
	}
	return v
}
