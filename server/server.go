// Package server is a mock of messaging providers over HTTP. The consumer calls the
// provider API and gets the webhooks that belong to each call. People and tests use the
// control API, or a [Session] in Go, to play scenarios, wait for deliveries and inject
// faults.
//
//	mock, err := server.New(server.Options{Speed: server.Immediate})
//	provider := httptest.NewServer(mock.Provider()) // the base URL of the application's client
//	session := mock.Session("")
//	_, err = session.Subscribe(ctx, "gupshup/v2", endpoint.URL)
//	// … the application sends a message …
//	read, err := session.Wait(ctx, server.Query{Event: "message.read", State: "succeeded"})
//
// docs/serve.md lists the operations of the providers with an example of each call.
// In the code, session.go has the state of a session, provider.go the calls of the
// provider API, and run.go how a scenario becomes deliveries.
package server

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

// Options are the settings of a Server. The zero Options are usable.
type Options struct {
	// Schemas are folders of providers, and Scenarios folders of scenarios, besides those
	// that ship with Ringback.
	Schemas, Scenarios []fs.FS
	// To are URLs that get webhooks without a subscription.
	To []Destination
	// Keys are the API keys that the provider API accepts; none accepts any that isn't empty.
	Keys []string
	// Secret signs webhooks to To, where the provider signs.
	Secret string
	// Seed and SeedHigh are the lower and upper half of the seed. A server with the seed of
	// an earlier one issues the same IDs again.
	Seed, SeedHigh uint64
	// Speed is scenario time per real time; 0 is RealTime.
	Speed Speed
	// TrackWindow closes the customer service window unless the end user wrote within 24
	// hours; otherwise it is always open.
	TrackWindow bool
	// Allow are the addresses that webhooks may go to: local (loopback and private networks),
	// public, a network, an address or a host name. None means local.
	Allow []string
	// Deny are addresses that webhooks never go to, for example the control API's. Of
	// ProviderAddrs, the addresses of the provider API, only the inbox gets webhooks.
	Deny, ProviderAddrs []netip.AddrPort
	// StrictResponses retries after a 2xx response with a body, where the provider asks for
	// an empty one.
	StrictResponses bool
	// Concurrency is the maximum number of concurrent attempts to one URL; 0 means 16.
	Concurrency int
	// JournalEntries and JournalBytes bound the journal; 0 means 10,000 and 64 MiB. Runs in
	// progress may take as much again; more calls are rejected.
	JournalEntries int
	JournalBytes   int64
	Inbox          InboxOptions
	// Token authenticates calls of the control API; "" turns authentication off. Hosts are
	// host names by which it may be called, besides those of the loopback.
	Token string
	Hosts []string
	// Log gets warnings and errors; nil discards them.
	Log *slog.Logger
}

// settings are Options with what they name loaded.
type settings struct {
	Options
	Catalog *schemas.Catalog
	Library *scenarios.Library
	Speed   engine.Speed
	policy  delivery.Policy
}

func (o Options) load() (*settings, error) {
	s := &settings{Options: o}
	s.Concurrency = cmp.Or(o.Concurrency, 16)
	var err error
	if s.Speed, err = o.Speed.engine(); err != nil {
		return nil, err
	}
	if s.policy, err = delivery.ParsePolicy(o.Allow...); err != nil {
		return nil, err
	}
	s.policy = s.policy.Reject(o.Deny...)
	if s.Catalog, err = shipped.Catalog(o.Schemas...); err != nil {
		return nil, err
	}
	s.Library, err = shipped.Library(o.Scenarios...)
	return s, err
}

// A Destination gets the webhooks of a route, or of all routes if Route is "".
type Destination struct{ Route, URL string }

// InboxOptions are the responses of the inbox.
type InboxOptions struct {
	// Status is 0 for 200.
	Status      int
	Delay       time.Duration
	VerifyToken string
}

// A Server serves the provider API and the control API. [New] makes one; Close it.
type Server struct {
	options   *settings
	generator *generator.Generator
	apis      *callspec.Operations
	// everything is the address of all APIs, and hosts those of the providers' own hosts.
	everything *address
	hosts      map[string]*address
	magic      *scenarios.Magic
	journal    *journal.Log
	client     sender
	toInbox    sender // may call the provider API
	schedule   *engine.Schedule
	log        *slog.Logger

	// played counts the runs that were started, and ongoing those that have not ended.
	played, ongoing atomic.Int64
	handshakes      atomic.Int64 // those in progress
	// generated has each step of which an event was generated.
	generated sync.Map // step → true
	// noEndpoints has the texts of noEndpoint by route.
	noEndpoints sync.Map
	// parsers are used again by later calls.
	parsers sync.Pool // of *document.Parser
	bounds  bounds
	files   *mediaFiles
	limits  deadline.Limits
	// callBytes and controlBytes bound the bodies that each of the two APIs holds at once.
	callBytes, controlBytes *deadline.InFlight
	// mediaOut bounds the bytes of the uploads that are being read.
	mediaOut *deadline.InFlight

	// unsent counts the events that the end of the server cancels.
	unsent unsentCounter

	running context.Context
	stop    context.CancelFunc
	working sync.WaitGroup

	mu       sync.Mutex
	sessions map[string]*session
	evicted  int // sessions that were removed for others, or because they were idle for long
	closed   bool
}

// A sender makes attempts; [delivery.Client] is one.
type sender interface {
	engine.Attempter
	Close()
}

// New makes a Server.
func New(options Options) (*Server, error) {
	o, err := options.load()
	if err != nil {
		return nil, err
	}
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
	client, err := delivery.New(delivery.Config{Policy: o.policy.Reject(o.ProviderAddrs...), IdlePerHost: o.Concurrency})
	if err != nil {
		return nil, err
	}
	toInbox, err := delivery.New(delivery.Config{Policy: o.policy, IdlePerHost: o.Concurrency})
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: o, generator: g, apis: apis, magic: magic, journal: journal.New(journal.Limit{Entries: o.JournalEntries, Bytes: o.JournalBytes, Share: sessionShare}), client: client, toInbox: toInbox, schedule: engine.NewSchedule(),
		log: o.Log, sessions: map[string]*session{}, bounds: defaultBounds(o.JournalBytes), limits: deadline.Default(),
		callBytes: deadline.NewInFlight(4 * largestCall), controlBytes: deadline.NewInFlight(largestState), mediaOut: deadline.NewInFlight(maxEncoded),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.files = newMediaFiles(s.log)
	s.everything, s.hosts = newAddress("", s.mounted()), s.addresses()
	s.sessions[defaultSession] = newSession(s, defaultSession)
	s.running, s.stop = context.WithCancel(context.Background())
	s.working.Go(func() { s.sweep(s.running) })
	return s, nil
}

func (o *settings) seed() prng.RunSeed { return prng.RunSeed{High: o.SeedHigh, Low: o.Seed} }

// routes returns the routes of a name; "" means all.
func (o *settings) routes(name string) ([]*schemas.Route, error) {
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

// Ready reports whether the server accepts calls.
func (s *Server) Ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed
}

// Close accepts nothing more, gives attempts in progress a short grace period, and returns what was
// planned and not sent, for example "1,234 events of 5 runs were not sent", or "".
func (s *Server) Close() string { return s.close().String() }

func (s *Server) close() unsent {
	s.mu.Lock()
	s.closed = true
	sessions := slices.Collect(maps.Values(s.sessions))
	s.mu.Unlock()
	s.unsent.begin()
	s.schedule.Stop()
	s.stop()
	s.schedule.Close()
	s.working.Wait()
	var closing sync.WaitGroup
	for _, one := range sessions {
		closing.Go(one.close)
	}
	closing.Wait()
	s.client.Close()
	s.toInbox.Close()
	s.files.Close()
	return s.unsent.result()
}
