package grade

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

	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A Call is one call of an operation by the consumer.
type Call struct {
	// At is when it came, Responded when the response was complete; zero before that.
	At, Responded time.Time
	// Operation is the name of the operation, "send"; "" for an unknown path.
	Operation    string
	Method, Path string
	Header       []webhook.Header
	Body         []byte
	// Values are the values of the call by name: recipient.phone, message.text. Those of a call
	// that sends a message include the IDs of the response. A request that sends several messages
	// is several Calls.
	Values   map[string]string
	Status   int
	Response []byte

	sends bool
	// number counts the calls of all end users, from 1.
	number int
}

// A Provider is the mock of a provider that the consumer calls. It responds as the provider does,
// records every call, and sends no webhooks of its own. It is an [http.Handler]; a consumer with
// an [http.Client] option can use it without a server.
type Provider struct {
	route     *schemas.Route
	catalog   *schemas.Catalog
	generator *generator.Generator
	apis      []*callspec.Operation
	seed      uint64

	mu        sync.Mutex
	state     *state.State
	calls     []*Call
	called    int
	changed   chan struct{} // closed at a change, and then replaced
	holds     map[string]chan struct{}
	remote    bool   // another server responds to the calls
	asked     uint64 // counts the calls, for the seeds of their IDs
	firstUser uint64 // the number of the run's first end user; part of the IDs' seeds

	// users counts the end users that had a conversation; each has only one.
	users atomic.Int64
	// known has their phone numbers and user IDs, as random phone numbers can repeat.
	known sync.Map
	// invented has the generated numbers and IDs.
	invented *invented
}

// maxCalls limits the recorded calls.
const maxCalls = 100_000

// maxCall limits the body of a call, in bytes.
const maxCall = 16 << 20

// NewProvider makes the mock of a route's provider in the shipped catalog: "gupshup",
// "gupshup/v3".
func NewProvider(route string) (*Provider, error) {
	catalog, err := shipped.Catalog()
	if err != nil {
		return nil, err
	}
	return NewProviderOf(catalog, route, 1)
}

// NewProviderOf makes the mock of a provider in a catalog. The seed determines the random IDs.
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
		return nil, unknownRoute{err}
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
	// More specific paths come first, as the first match is used.
	slices.SortStableFunc(p.apis, func(a, b *callspec.Operation) int { return strings.Count(a.Path, "{") - strings.Count(b.Path, "{") })
	return p, nil
}

// Route returns the name of the provider's route.
func (p *Provider) Route() string { return p.route.Name }

// Has reports whether a name is the provider's or its route's.
func (p *Provider) Has(name string) bool {
	return name == p.route.Name || name == p.route.Provider.Name
}

// Observe records a call that another server has responded to. Its response can't be delayed, so
// probes that need that are inconclusive.
func (p *Provider) Observe(c Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.sends = c.Values["message.id"] != ""
	p.received(&c)
	p.add(&c)
	p.notify()
}

// Elsewhere declares that another server responds to the calls, which come by [Provider.Observe].
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

// URL returns the base URL of the provider for a consumer that uses [Provider.Client].
func (p *Provider) URL() string { return "http://" + p.route.Provider.Name + ".invalid" }

// Client returns a client that calls the provider without a network, whatever the host of a URL.
func (p *Provider) Client() *http.Client { return &http.Client{Transport: newProcess(p)} }

// Calls returns the consumer's calls so far, in their order.
func (p *Provider) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(*Call) bool { return true })
}

// about returns the calls that match. The caller holds mu.
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

// ServeHTTP responds to a call and records it, also one with an unknown path or an incomplete
// body.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, broken := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCall))
	c := &calling{Provider: p, Call: Call{At: time.Now(), Method: r.Method, Path: r.URL.Path, Header: delivery.Fields(r.Header), Body: body}}
	contentType := "text/plain; charset=utf-8"
	a, mount, vars := p.find(r.Method, r.URL.EscapedPath())
	if a == nil {
		c.Status, c.Response = http.StatusNotFound, []byte("the API of "+p.route.Provider.Title+" has no operation with this method and path\n")
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
	p.waitForRelease(r.Context(), sent)
	w.WriteHeader(c.Status)
	_, _ = w.Write(c.Response)
	p.responded(sent)
}

// complete is a body; nil if it is incomplete.
func complete(body []byte, broken error) []byte {
	if broken != nil {
		return nil
	}
	return body
}

// find returns the operation at a path, the prefix of the call, and the path's variables.
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

// remember records a call, once for each message that it sends.
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

// received adds the numbers and IDs of the consumer and of the response.
func (p *Provider) received(c *Call) {
	p.invented.addTheirs(c.Path)
	p.invented.addTheirs(string(c.Body))
	p.invented.addOurs(string(c.Response))
}

// add records a call. The caller holds mu.
func (p *Provider) add(c *Call) {
	p.called++
	c.number = p.called
	if len(p.calls) < maxCalls {
		p.calls = append(p.calls, c)
	}
}

// responded sets the time of the response.
func (p *Provider) responded(calls []*Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range calls {
		c.Responded = time.Now()
	}
	p.notify()
}

// notify wakes the goroutines that wait for a change. The caller holds mu.
func (p *Provider) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// hold delays the responses to calls about an end user until release.
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

// startAt sets the number of the first end user, which also determines the IDs of the calls: a
// consumer may remember both from another run.
func (p *Provider) startAt(number int64) {
	p.users.Store(generator.DistinctFrom + number)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.firstUser = uint64(number)
}

// waitForRelease waits while a call is on hold.
func (p *Provider) waitForRelease(ctx context.Context, calls []*Call) {
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

// since returns the calls about an end user from a moment on, and a channel that is closed when
// there can be more.
func (p *Provider) since(user endUser, from time.Time) ([]Call, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(c *Call) bool { return !c.At.Before(from) && user.isOf(c) }), p.changed
}

// others returns the calls about end users without a conversation, from a moment on.
func (p *Provider) others(from time.Time) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(c *Call) bool {
		key := mock.Recipient(c.Values)
		_, known := p.known.Load(key)
		return !c.At.Before(from) && key != "" && !known
	})
}

// rejected returns the calls since a moment that the provider rejected.
func (p *Provider) rejected(from time.Time) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.about(func(c *Call) bool { return !c.At.Before(from) && c.Status >= http.StatusBadRequest })
}

// count is the number of calls.
func (p *Provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.called
}

// fit reports whether a path is that of an operation, and returns its variables.
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

// is reports whether a call is one of an operation, by its name; "send" is every operation that
// sends messages.
func (c *Call) is(name string) bool { return c.Operation == name || name == "send" && c.sends }

func (c *Call) String() string { return fmt.Sprintf("%s %s → %d", c.Method, c.Path, c.Status) }
