package contracttest

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/callspec"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/state"
	"github.com/ringback-dev/ringback/webhook"
)

// A Call is one that the consumer made to the provider's Operation.
type Call struct {
	// At is when it came, Answered when it was answered; zero if it was not yet.
	At, Responded time.Time
	// Operation is the name of what was called, "send"; "" if the provider has no such path.
	Operation    string
	Method, Path string
	Header       []webhook.Header
	Body         []byte
	// Values are what the call gives, by name: recipient.phone, message.text. Of a
	// call that sends, they are those of its message, with the ids that were answered.
	// A call that sends several messages is several Calls.
	Values   map[string]string
	Status   int
	Response []byte

	sends bool
	// number counts the calls of all people, from 1.
	number int
}

// A Provider is the copy of a provider that the consumer calls. It answers as the
// provider does, remembers every call, and sends nothing by itself: what is sent is
// the test's. It is an [http.Handler], to be served where the consumer looks for the
// provider, and needs no server for one that takes an [http.Client].
type Provider struct {
	route     *schemas.Route
	catalog   *schemas.Catalog
	generator *generator.Generator
	apis      []*callspec.Operation
	seed      uint64

	mu      sync.Mutex
	state   *state.State
	calls   []*Call
	called  int
	changed chan struct{} // closed when something happens, and then another
	holds   map[string]chan struct{}
	remote  bool   // calls are answered elsewhere
	asked   uint64 // counts for the luck of ids
	first   uint64 // the end user who began the run; decides the ids, beside the seed

	// people counts those who have had a conversation: each has one, and nobody a second.
	people atomic.Int64
	// known are their phone numbers and user ids. There are not so many numbers that none
	// comes twice.
	known sync.Map
	// invented are the numbers and ids that were made up.
	invented *invented
}

// mostCalls bounds what is remembered of a consumer that calls without end.
const maxCalls = 100_000

// largestCall bounds the body of a call, in bytes.
const largestCall = 16 << 20

// NewProvider makes the copy of a route's provider: "gupshup", "gupshup/v3". The
// catalogue is the shipped one.
func NewProvider(route string) (*Provider, error) {
	catalog, err := shipped.Catalog()
	if err != nil {
		return nil, err
	}
	return NewProviderOf(catalog, route, 1)
}

// NewProviderOf makes the copy of a provider of a catalogue, which may hold more than
// the shipped ones. The seed decides the luck of the ids.
func NewProviderOf(catalog *schemas.Catalog, route string, seed uint64) (*Provider, error) {
	library, err := shipped.Library()
	if err != nil {
		return nil, err
	}
	return newProvider(catalog, library, route, seed)
}

func newProvider(catalog *schemas.Catalog, library *scenarios.Library, name string, seed uint64) (*Provider, error) {
	route, err := catalog.Route(name)
	if err != nil {
		return nil, err
	}
	set, err := callspec.Load(catalog, library)
	if err != nil {
		return nil, err
	}
	g, err := generator.New(catalog, generator.Options{})
	if err != nil {
		return nil, err
	}
	p := &Provider{
		route: route, catalog: catalog, generator: g, seed: seed, invented: newInvented(), changed: make(chan struct{}), holds: map[string]chan struct{}{},
		state: state.New(state.Rules{Route: catalog.Route, Modes: set.Modes}),
	}
	for _, a := range set.APIs {
		if a.Provider == route.Provider {
			p.apis = append(p.apis, a)
		}
	}
	// What is more special comes first, for the first that fits is taken.
	slices.SortStableFunc(p.apis, func(a, b *callspec.Operation) int { return strings.Count(a.Path, "{") - strings.Count(b.Path, "{") })
	return p, nil
}

// Route is the name of the route that the provider plays.
func (p *Provider) Route() string { return p.route.Name }

// Observe tells of a call that another server has answered in this one's place. Its
// answers cannot be held back, so probes that need that are undecided.
func (p *Provider) Observe(c Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.sends = c.Values["message.id"] != ""
	p.received(&c)
	p.add(&c)
	p.notify()
}

// Elsewhere says that calls are answered by another server, and are told by
// [Provider.Observe].
func (p *Provider) Elsewhere() {
	p.mu.Lock()
	p.remote = true
	p.mu.Unlock()
}

func (p *Provider) elsewhere() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.remote
}

// URL is the base URL of the provider for a consumer that calls by [Provider.Client].
func (p *Provider) URL() string { return "http://" + p.route.Provider.Name + ".invalid" }

// Client calls the provider without a network, whatever host a URL names.
func (p *Provider) Client() *http.Client { return &http.Client{Transport: newProcess(p)} }

// Calls are those that the consumer made until now, in the order in which they came.
func (p *Provider) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(*Call) bool { return true })
}

// about are the calls that are wanted. The caller holds mu.
func (p *Provider) about(wanted func(*Call) bool) []Call {
	var all []Call
	for _, c := range p.calls {
		if wanted(c) {
			one := *c
			one.Values = maps.Clone(c.Values)
			all = append(all, one)
		}
	}
	return all
}

// ServeHTTP responds to a call. Whatever comes is remembered: a path that the provider
// doesn't have, and a body that isn't complete, too.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, broken := io.ReadAll(http.MaxBytesReader(w, r.Body, largestCall))
	c := &calling{Provider: p, Call: Call{At: time.Now(), Method: r.Method, Path: r.URL.Path, Header: fields(r.Header), Body: body}}
	contentType := "text/plain; charset=utf-8"
	a, mount, vars := p.find(r.Method, r.URL.EscapedPath())
	if a == nil {
		c.Status, c.Response = http.StatusNotFound, []byte("no API of "+p.route.Provider.Title+" has this path and method\n")
	} else {
		c.Operation = a.Name
		c.call = a.Read(callspec.Request{Mount: mount, Vars: vars, Query: r.URL.Query(), Header: r.Header, Body: complete(body, broken)}, nil)
		if kind, err := c.respond(w.Header(), broken); err == nil {
			contentType = kind
		} else {
			c.Status, c.Response = http.StatusInternalServerError, []byte(err.Error()+"\n")
		}
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	sent := p.remember(c)
	p.held(r.Context(), sent)
	w.WriteHeader(c.Status)
	_, _ = w.Write(c.Response)
	p.responded(sent)
}

// complete is a body, or none if it broke off: half of one says nothing.
func complete(body []byte, broken error) []byte {
	if broken != nil {
		return nil
	}
	return body
}

// find is the Operation at a path, with the prefix under which it was called and the
// variables of its path.
func (p *Provider) find(method, path string) (*callspec.Operation, string, map[string]string) {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	for _, a := range p.apis {
		if a.Method != method {
			continue
		}
		for _, mount := range append(slices.Clone(a.Mounts), "") {
			if rest, ok := strings.CutPrefix(path, mount); ok {
				if vars, ok := fit(a, rest); ok {
					return a, mount, vars
				}
			}
		}
	}
	return nil, "", nil
}

// remember writes a call down, once for each message that it sends.
func (p *Provider) remember(c *calling) []*Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.received(&c.Call)
	var all []*Call
	for _, values := range c.values {
		one := c.Call
		one.Values, one.sends = values, true
		all = append(all, &one)
	}
	if all == nil {
		one := c.Call
		if c.call != nil {
			one.Values = c.call.Values
		}
		all = []*Call{&one}
	}
	for _, one := range all {
		p.add(one)
	}
	p.notify()
	return all
}

// received tells apart what the consumer said in a call, and what it was answered.
func (p *Provider) received(c *Call) {
	p.invented.told(c.Path)
	p.invented.told(string(c.Body))
	p.invented.wrote(string(c.Response))
}

// add writes a call down. The caller holds mu.
func (p *Provider) add(c *Call) {
	p.called++
	c.number = p.called
	if len(p.calls) < maxCalls {
		p.calls = append(p.calls, c)
	}
}

// answered notes that the calls have their answer.
func (p *Provider) responded(calls []*Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range calls {
		c.Responded = time.Now()
	}
	p.notify()
}

// notify wakes those who wait for something to happen. The caller holds mu.
func (p *Provider) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// hold keeps the answers of calls about an end user back until it is released.
func (p *Provider) hold(user endUser) (release func()) {
	held := make(chan struct{})
	p.mu.Lock()
	for _, key := range user.keys() {
		p.holds[key] = held
	}
	p.mu.Unlock()
	return sync.OnceFunc(func() {
		p.mu.Lock()
		for _, key := range user.keys() {
			delete(p.holds, key)
		}
		p.mu.Unlock()
		close(held)
	})
}

// begin makes the people and the ids of the calls others than those of a run that
// began with another number: a consumer may remember both.
func (p *Provider) begin(people int64) {
	p.people.Store(generator.DistinctFrom + people)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.first = uint64(people)
}

// held waits as long as a call about one of the people is held back.
func (p *Provider) held(ctx context.Context, calls []*Call) {
	for _, c := range calls {
		p.mu.Lock()
		held := p.holds[mock.Recipient(c.Values)]
		p.mu.Unlock()
		if held == nil {
			continue
		}
		select {
		case <-held:
		case <-ctx.Done():
		}
	}
}

// since are the calls about an end user from a moment on, and what is closed when
// there may be more.
func (p *Provider) since(user endUser, from time.Time) ([]Call, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(c *Call) bool { return !c.At.Before(from) && user.isOf(c) }), p.changed
}

// others are the calls about end users who never had a conversation, from a moment on.
func (p *Provider) others(from time.Time) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(c *Call) bool {
		key := mock.Recipient(c.Values)
		_, known := p.known.Load(key)
		return !c.At.Before(from) && key != "" && !known
	})
}

// refused are the calls since a moment that the provider refused.
func (p *Provider) rejected(from time.Time) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(c *Call) bool { return !c.At.Before(from) && c.Status >= http.StatusBadRequest })
}

// count is how many calls there were.
func (p *Provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.called
}

// fit reports whether a path is that of an Operation, and gives the variables in it.
func fit(a *callspec.Operation, path string) (map[string]string, bool) {
	want, got := strings.Split(a.Path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	vars := map[string]string{}
	for i, part := range want {
		name, variable := strings.CutPrefix(part, "{")
		name = strings.TrimSuffix(name, "}")
		text, err := unescape(got[i])
		switch {
		case err != nil || !variable && part != text:
			return nil, false
		case variable && (text == "" || len(a.Vars[name]) > 0 && !slices.Contains(a.Vars[name], text)):
			return nil, false
		case variable:
			vars[name] = text
		}
	}
	return vars, true
}

// is reports whether a call is one of an Operation by its name; "send" is every Operation that
// sends messages, whatever the provider calls it.
func (c *Call) is(name string) bool { return c.Operation == name || name == "send" && c.sends }

func (c *Call) String() string { return fmt.Sprintf("%s %s → %d", c.Method, c.Path, c.Status) }
