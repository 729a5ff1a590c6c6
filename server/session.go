package server

import (
	"fmt"
	"hash/fnv"
	"log"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A session is an isolated world: what the provider remembers, who gets its
// webhooks, and what is being played.
type session struct {
	*Server
	name string
	// busy counts what is in flight: runs, deliveries, events that are to follow, and
	// requests. inProgress counts the runs of these. used is when the last request ended, in Unix nanoseconds.
	busy, inProgress, used atomic.Int64

	mu      sync.Mutex
	state   *state.State
	senders map[string]*endpointSender
	runs    map[string]*activeRun
	order   []string // of runs, the oldest first; some are forgotten
	over    []string // of those that are over, the one that was over first before the others
	// evictedRuns counts the runs that are over and no longer known.
	evictedRuns int
	rules       []*activeRule
	calls       uint64
	gone        bool // it was reset or removed, and opens no more lanes
	// providers are those whose APIs were called.
	providers map[string]bool
	started   bool // by an action that did something; the server's mu guards it
}

func newSession(s *Server, name string) *session {
	return &session{Server: s, name: name, state: state.New(s.platformRules()), senders: map[string]*endpointSender{}, runs: map[string]*activeRun{}, providers: map[string]bool{}}
}

// close ends what is being played and what is under way.
func (s *session) close() {
	s.mu.Lock()
	lanes := s.senders
	s.senders = map[string]*endpointSender{}
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, l := range lanes {
		closing.Go(func() { l.close() })
	}
	closing.Wait()
}

// next counts the calls of a session: each has its own seed.
func (s *session) next() uint64 { return s.called("") }

// called is next, for a call to an API of a provider.
func (s *session) called(provider string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if provider != "" && !s.providers[provider] {
		s.providers[provider] = true
	}
	s.calls++
	return s.options.seed().Seed(prng.SeedOf(s.name), s.calls)
}

// endUser is whose conversations a phone number's are: the same for all calls.
func endUser(phone string) int {
	h := fnv.New64a()
	h.Write([]byte(phone))
	return int(h.Sum64() >> 24) // leaves room for conversations to be counted from it
}

// A target is an endpoint that gets an event.
type target struct {
	key, name, url, id, secret string
	header                     []webhook.Header
}

// targets are those who get an event: the URL that a run names, or else the
// destinations of the command line and the subscriptions that want it.
func (s *session) targets(route *schemas.Route, eventType, event, to string, at time.Time) []target {
	if to != "" {
		return []target{{key: "to " + to, name: plainURL(to), url: to, secret: s.options.Secret}}
	}
	var all []target
	for _, d := range s.options.To {
		if d.Route == "" || d.Route == route.Name || d.Route == route.Provider.Name {
			all = append(all, target{key: "to " + d.URL, name: plainURL(d.URL), url: d.URL, secret: s.options.Secret})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, sub := range s.state.Targets(route, eventType, event, at) {
		t := target{key: "subscription " + sub.ID, name: sub.ID, url: sub.URL, id: sub.ID, secret: sub.Secret}
		for _, line := range sub.Header {
			t.header = append(t.header, webhook.Header{Name: line[0], Value: line[1]})
		}
		all = append(all, t)
	}
	return all
}

// plainURL is a URL without what may be secret in it.
func plainURL(text string) string {
	before, after, found := strings.Cut(text, "://")
	if !found {
		return ""
	}
	after, _, _ = strings.Cut(after, "?")
	if i := strings.LastIndexByte(after, '@'); i >= 0 {
		after = after[i+1:]
	}
	return before + "://" + after
}

// sender is the way to a target, opened when it is first needed. Each route has
// one of its own, for its contract says how the target is called.
func (s *session) sender(route *schemas.Route, t target) (*endpointSender, error) {
	key := route.Name + " " + t.key
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.senders[key]; l != nil {
		return l, nil
	}
	switch {
	case s.running.Err() != nil:
		return nil, fmt.Errorf("deliver to %s: the server is shutting down", t.name)
	case s.gone:
		return nil, fmt.Errorf("deliver to %s: the session was reset", t.name)
	}
	options := engine.TargetOptions{URL: t.url, Header: t.header, StrictResponses: s.options.StrictResponses, Concurrency: s.options.Concurrency}
	if t.secret != "" && route.Contract.Signature.Signs() {
		options.Secrets = []string{t.secret}
	}
	if t.secret != "" && t.id != "" && route.Contract.Bearer {
		options.Bearer = t.secret
	}
	made, err := engine.TargetOf(route, options)
	if err != nil {
		return nil, fmt.Errorf("deliver to %s: %w", t.name, err)
	}
	client := s.client
	if isInbox(t.url) {
		client = s.toInbox
	}
	l := openSender(s.running, made, client, s.retrying, s.delivered)
	s.senders[key] = l
	return l, nil
}

// closeEndpoint closes the lanes of a target that is no more.
func (s *session) closeEndpoint(id string) {
	s.mu.Lock()
	var gone []*endpointSender
	for key, l := range s.senders {
		if strings.HasSuffix(key, " subscription "+id) {
			gone = append(gone, l)
			delete(s.senders, key)
		}
	}
	s.mu.Unlock()
	for _, l := range gone {
		s.working.Go(func() { l.close() })
	}
}

// plainLog is for those who log lines.
func (s *Server) plainLog() *log.Logger { return slog.NewLogLogger(s.log.Handler(), slog.LevelInfo) }

// note records something that is not a delivery or a call.
func (s *session) note(run, route, text string) {
	s.journal.Add(journal.Entry{Kind: journal.KindNote, Session: s.name, Run: run, Route: route, At: time.Now().UTC(), Text: text})
}

// idsOf are the ids and phone numbers of an event, for those who search; nil without a type.
func (s *Server) idsOf(e webhook.Event) map[string]string {
	t, err := s.options.Catalog.Type(e.Type)
	if err != nil {
		return nil
	}
	return idsOf(t, e.Body)
}

// idsOf are the ids and phone numbers of a body.
func idsOf(t *schemas.EventType, body []byte) map[string]string {
	found := map[string]string{}
	for name, one := range t.Values(body) {
		if kind := one.Kind(); kind == value.ID || kind == value.Phone || name == "message.foreign_id" {
			found[name] = one.Text()
		}
	}
	return found
}
