// Package server plays the provider over HTTP. An application calls its copy of
// the provider's APIs and gets the webhooks that belong to them; people and
// tests watch and steer over the control side.
//
// Read [Options] and [Server] first, then session.go for what one isolated
// world remembers, provider.go for a call to an API, and run.go for how a
// scenario becomes deliveries. What a provider's API looks like stands in
// schemas/<provider>/apis.yaml; nothing here knows one by name.
package server

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/callspec"
	"github.com/ringback-dev/ringback/internal/deadline"
	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Options say how a Server plays. Catalog and Library must be there; the rest
// has a use as it is.
type Options struct {
	Catalog *schemas.Catalog
	Library *scenarios.Library
	// To are URLs that get webhooks without a subscription.
	To []Destination
	// Keys are those that the APIs accept; none means any that is not empty.
	Keys []string
	// Secret signs what goes to the destinations, where the provider signs.
	Secret string
	// Seed decides all luck; SeedHigh is the upper half of one of 128 bits. A server
	// with the seed of an earlier one issues its IDs again.
	Seed, SeedHigh uint64
	// Speed is how fast a scenario's time goes.
	Speed engine.Speed
	// TrackWindow closes the 24 hours of a conversation that nobody opened; else
	// each counts as open.
	TrackWindow bool
	// Policy says which addresses webhooks may go to.
	Policy delivery.Policy
	// Own are addresses of the provider side, of which only the inbox gets webhooks.
	Own []netip.AddrPort
	// StrictAnswers sends an event again after a 2xx response with a body, where the
	// provider asks for an empty one.
	StrictResponses bool
	// Concurrency is how many attempts to one URL are under way at once; 0 means 16.
	Concurrency int
	Limit       journal.Limit
	Inbox       InboxOptions
	// Token is what the control side wants to be shown; "" wants none. Hosts are
	// names by which it may be called, beside those of the loopback.
	Token string
	Hosts []string
	Log   *slog.Logger
}

// A Destination gets the webhooks of a route, or of all routes if Route is "".
type Destination struct{ Route, URL string }

// InboxOptions say how the inbox answers.
type InboxOptions struct {
	// Status is 0 for 200.
	Status      int
	Delay       time.Duration
	VerifyToken string
}

// A Server is both sides of the mock. [New] makes one; Close it.
type Server struct {
	options   Options
	generator *generator.Generator
	apis      *callspec.Operations
	mounts    []mount
	magic     *scenarios.Magic
	journal   *journal.Log
	client    sender
	toInbox   sender // may call the provider side
	scheduler *scheduler
	log       *slog.Logger

	// played counts the runs that were begun, ongoing those that are not over, of
	// which the bounds allow so many.
	played, ongoing atomic.Int64
	bounds          bounds
	limits          deadline.Limits

	running context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
	closed   bool
}

// A sender makes attempts; [delivery.Client] is one.
type sender interface {
	engine.Attempter
	Close()
}

// New makes a Server.
func New(o Options) (*Server, error) {
	o.Concurrency = cmp.Or(o.Concurrency, 16)
	g, err := generator.New(o.Catalog, generator.Options{})
	if err != nil {
		return nil, err
	}
	apis, err := callspec.Load(o.Catalog, o.Library)
	if err != nil {
		return nil, err
	}
	magic, err := shipped.Magic()
	if err != nil {
		return nil, err
	}
	for _, d := range o.To {
		routes, err := o.routes(d.Route)
		if err != nil {
			return nil, err
		}
		if _, err := engine.TargetOf(routes[0], engine.TargetOptions{URL: d.URL, Concurrency: o.Concurrency}); err != nil {
			return nil, err
		}
	}
	client, err := delivery.New(delivery.Config{Policy: o.Policy.Reject(o.Own...), IdlePerHost: o.Concurrency})
	if err != nil {
		return nil, err
	}
	toInbox, err := delivery.New(delivery.Config{Policy: o.Policy, IdlePerHost: o.Concurrency})
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: o, generator: g, apis: apis, magic: magic, journal: journal.New(o.Limit), client: client, toInbox: toInbox, scheduler: newScheduler(),
		log: o.Log, sessions: map[string]*session{}, bounds: defaultBounds(), limits: deadline.Default(),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.mounts = s.mounted()
	s.sessions[defaultSession] = newSession(s, defaultSession)
	s.running, s.stop = context.WithCancel(context.Background())
	s.working.Go(func() { s.scheduler.run(s.running) })
	s.working.Go(func() { s.sweep(s.running) })
	return s, nil
}

func (o *Options) seed() prng.RunSeed { return prng.RunSeed{High: o.SeedHigh, Low: o.Seed} }

// routes are those that a name means; "" means all.
func (o *Options) routes(name string) ([]*schemas.Route, error) {
	var routes []*schemas.Route
	for _, p := range o.Catalog.Providers {
		for _, r := range p.Routes {
			if name == "" || name == r.Name || name == p.Name {
				routes = append(routes, r)
			}
		}
	}
	if routes == nil {
		_, err := o.Catalog.Route(name)
		return nil, err
	}
	return routes, nil
}

// Ready reports whether the server takes calls.
func (s *Server) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed
}

// Close takes no more, gives deliveries under way a short grace, and returns how
// many that were planned are not sent.
func (s *Server) Close() (dropped int) {
	s.mu.Lock()
	s.closed = true
	sessions := slices.Collect(maps.Values(s.sessions))
	s.mu.Unlock()
	dropped = s.scheduler.close()
	s.stop()
	s.working.Wait()
	s.scheduler.clear()
	var closing sync.WaitGroup
	var waiting atomic.Int64
	for _, one := range sessions {
		closing.Go(func() { waiting.Add(int64(one.close())) })
	}
	closing.Wait()
	dropped += int(waiting.Load())
	s.client.Close()
	s.toInbox.Close()
	return dropped
}
