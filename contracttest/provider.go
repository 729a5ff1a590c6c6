package contracttest

import (
	"net/http"
	"time"

	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/webhook"
)

// A Provider is the mock of a provider that the consumer calls. It responds as the provider
// does and records every call. It sends no webhooks of its own: [Test] and [Grade] do. Pass
// [Provider.URL] and [Provider.Client] to the consumer, or serve the Provider, which is an
// [http.Handler], where the consumer looks for the provider's API.
type Provider struct{ provider *grade.Provider }

// NewProvider makes the mock of a route's provider: "gupshup", "gupshup/v3". An error is
// [ErrUnknownRoute].
func NewProvider(route string) (*Provider, error) {
	p, err := grade.NewProvider(route)
	if err != nil {
		return nil, err
	}
	return &Provider{p}, nil
}

// ProviderFor is [NewProvider] for a test, which fails if the route doesn't exist.
func ProviderFor(t T, route string) *Provider {
	t.Helper()
	p, err := NewProvider(route)
	if err != nil {
		t.Fatalf("contract test: %v", err)
	}
	return p
}

// Route returns the name of the provider's route: "gupshup/v2".
func (p *Provider) Route() string { return p.provider.Route() }

// URL returns the base URL of the provider's API, for a consumer that uses [Provider.Client].
func (p *Provider) URL() string { return p.provider.URL() }

// Client returns a client that calls the provider without a network, whatever the host of
// a URL.
func (p *Provider) Client() *http.Client { return p.provider.Client() }

// ServeHTTP responds to a call and records it.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.provider.ServeHTTP(w, r) }

// Calls returns the calls of the consumer so far, in their order.
func (p *Provider) Calls() []Call { return callsOf(p.provider.Calls()) }

// A Call is one HTTP request of the consumer to the provider's API. A request that sends
// several messages is several Calls.
type Call struct {
	// At is when the request came, Responded when the response was complete.
	At, Responded time.Time
	// Operation is the name of what was called: "send". It is "" for an unknown path.
	Operation    string
	Method, Path string
	Header       []webhook.Header
	Body         []byte
	// Values are the values of the call by name: recipient.phone, message.text. Those of a
	// call that sends a message include the IDs of the response.
	Values   map[string]string
	Status   int
	Response []byte
}

func callsOf(calls []grade.Call) []Call {
	var all []Call
	for _, c := range calls {
		all = append(all, Call{
			At: c.At, Responded: c.Responded, Operation: c.Operation, Method: c.Method, Path: c.Path,
			Header: c.Header, Body: c.Body, Values: c.Values, Status: c.Status, Response: c.Response,
		})
	}
	return all
}

// An Observation is what one [Test] observed: the deliveries, and what the consumer did.
type Observation struct {
	StartedAt time.Time
	Duration  time.Duration
	// Deliveries are in the order of their first attempts.
	Deliveries []webhook.Delivery
	// Calls are about the end user of the scenario, OtherCalls about an end user without a
	// conversation, for example one to whom the consumer forwards a message.
	Calls, OtherCalls []Call
	// State is the JSON of the consumer's state at the end; nil without the option [State].
	State []byte
}

func observationOf(r *grade.Observation) *Observation {
	o := &Observation{StartedAt: r.StartedAt, Duration: r.Duration, Calls: callsOf(r.Calls), OtherCalls: callsOf(r.Others), State: r.State}
	for i := range r.Deliveries {
		if d := &r.Deliveries[i]; !d.Dropped {
			o.Deliveries = append(o.Deliveries, d.Delivery)
		}
	}
	return o
}
