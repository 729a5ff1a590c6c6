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
	lane                   *engine.Lane

	mu     sync.Mutex
	state  *state.State
	opened map[string]*engine.Endpoint // by route and target
	runs   map[string]*activeRun
	order  []string // of runs, the oldest first; some are forgotten
	over   []string // of those that are over, the one that was over first before the others
	// evictedRuns counts the runs that are over and no longer known.
	evictedRuns int
	rules       []*activeRule
	calls       uint64
	gone        bool // it was reset or removed, and opens no more endpoints
	// providers are those whose APIs were called.
	providers map[string]bool
	started   bool // by an action that did something; the server's mu guards it
}

func newSession(s *Server, name string) *session {
	return &session{Server: s, name: name, lane: s.schedule.Lane(), state: state.New(s.platformRules()), opened: map[string]*engine.Endpoint{}, runs: map[string]*activeRun{}, providers: map[string]bool{}}
}

// close ends the deliveries in progress.
func (s *session) close() {
	s.mu.Lock()
	closing := s.opened
	s.opened = map[string]*engine.Endpoint{}
	s.mu.Unlock()
	var closed sync.WaitGroup
	for _, e := range closing {
		closed.Go(e.Close)
	}
	closed.Wait()
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
		all = append(all, targetOf(sub))
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

// endpoint is a target that delivers, opened when it is first needed. Each route has
// one of its own, for its contract says how the target is called.
func (s *session) endpoint(route *schemas.Route, t target) (*engine.Endpoint, error) {
	key := route.Name + " " + t.key
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.opened[key]; e != nil {
		return e, nil
	}
	switch {
	case s.running.Err() != nil:
		return nil, fmt.Errorf("deliver to %s: the server is shutting down", t.name)
	case s.gone:
		return nil, fmt.Errorf("deliver to %s: the session was reset", t.name)
	}
	made, client, err := s.callOf(route, t)
	if err != nil {
		return nil, err
	}
	e := engine.Open(s.running, made, client, watcher())
	s.opened[key] = e
	return e, nil
}

// callOf is how a target is called on a route, and by which client.
func (s *session) callOf(route *schemas.Route, t target) (engine.Target, sender, error) {
	options := engine.TargetOptions{URL: t.url, Header: t.header, StrictResponses: s.options.StrictResponses, Concurrency: s.options.Concurrency}
	if t.secret != "" && route.Contract.Signature.Signs() {
		options.Secrets = []string{t.secret}
	}
	if t.secret != "" && t.id != "" && route.Contract.Bearer {
		options.Bearer = t.secret
	}
	made, err := engine.TargetOf(route, options)
	if err != nil {
		return made, nil, fmt.Errorf("deliver to %s: %w", t.name, err)
	}
	if isInbox(t.url) {
		return made, s.toInbox, nil
	}
	return made, s.client, nil
}

// closeEndpoint closes a subscription's endpoints.
func (s *session) closeEndpoint(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, e := range s.opened {
		if strings.HasSuffix(key, " subscription "+id) {
			delete(s.opened, key)
			s.working.Go(e.Close)
		}
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
