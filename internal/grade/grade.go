package grade

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// Options configure a grade. One of URL and Handler is required, and Provider; the rest is
// optional.
type Options struct {
	// URL is the consumer's endpoint; Handler is a consumer in this process.
	URL     string
	Handler http.Handler
	// Provider is the mock that the consumer calls. Its route is graded.
	Provider *Provider
	// StateURL is the URL of the consumer's state in JSON, a template with values of a
	// conversation; for a Handler, a path. "" if there is none.
	StateURL string
	// Secrets sign the webhooks of a provider that signs; without any, they are unsigned.
	Secrets []string
	// Handshake has the values that the provider's handshake needs, by name.
	Handshake map[string]string
	// Only and Skip select probes, by name, ID or group. Without Only, all are selected.
	Only, Skip []string
	// Seed is the seed of all random values.
	Seed uint64
	// FirstUser is the number of the first end user, so that a run has the same ones as another. 0
	// continues after the Provider's last conversation or, for a URL, starts at random: the
	// consumer may remember the end users of an earlier run, and rightly doesn't reply to them
	// twice.
	FirstUser int
	// Calls limits the number of webhooks, Time the duration of the grade and ProbeTime that of a
	// probe; 0 is no limit.
	Calls           int
	Time, ProbeTime time.Duration
	// Wait is how long to wait until the consumer can be reached.
	Wait time.Duration
	// Target replaces URL, with its own method, headers and signature; nil follows the contract.
	Target *engine.Target
	// Attempter sends the webhooks; nil is a client that dials local addresses too.
	Attempter engine.Attempter
	// Violation is called with a minimal list of events that shows a failure, to save it.
	Violation func(v Violation) error
	// Identity has values of the application that the provider has, by name, for example
	// app.phone; the others are random.
	Identity map[string]string
	// StrictResponses makes a body in a 2xx response an error, if the provider asks for an empty
	// one.
	StrictResponses bool
	// Accept returns the acceptance of a probe's failure at a location; nil if it isn't accepted.
	// The probe then looks for failures at other locations.
	Accept func(p *Probe, location string) *webhook.Acceptance
	// Application restarts a consumer that no longer responds; nil if that isn't possible.
	Application Application
	// Begin is called before each probe, Ended after each, with its number and their total.
	Begin func(p *Probe)
	Ended func(r webhook.Result, n, of int)
	// Delivered is called with each ended delivery, one at a time.
	Delivered func(d webhook.Delivery)
}

// Grade runs the probes against a consumer and returns a result for each, in the order of their
// files. If the context ends, the remaining probes are inconclusive, and the error is the
// context's. If the consumer rejects a webhook without faults, no other probe runs, and the error
// is a [*Rejected], beside the results.
func Grade(ctx context.Context, o Options) ([]webhook.Result, error) {
	g, err := newGrader(o)
	if err != nil {
		return nil, err
	}
	defer g.close()
	return g.grade(ctx)
}

// Check checks the options without sending anything, for example for an unknown probe. [Grade]
// would return the same error.
func Check(o Options) error {
	g, err := newGrader(o)
	if err != nil {
		return err
	}
	g.close()
	return nil
}

// A grader is a running grade.
type grader struct {
	*harness
	options Options
	probes  []*Probe
	close   func()
	ends    time.Time // zero if there is no limit

	mu    sync.Mutex
	bases map[*Probe]*baseline
	// gone is the name of the probe after which the consumer no longer responds; rejected is why
	// the other probes don't run.
	gone     string
	rejected *finding
	// soloTime is how long the consumer took for the first webhook.
	soloTime time.Duration
}

func newGrader(o Options) (*grader, error) {
	b, closing, err := newHarness(o)
	if err != nil {
		return nil, err
	}
	g := &grader{harness: b, options: o, close: closing, bases: map[*Probe]*baseline{}}
	if g.probes, err = chosen(o.Only, o.Skip); err != nil {
		closing()
		return nil, err
	}
	if len(g.probes) == 0 {
		closing()
		return nil, errors.New("choose probes: no probes left; Skip leaves out all that Only selects")
	}
	// With all optional keys, two bodies differ only by what the probe changes.
	if g.generator, err = generator.New(b.catalog, generator.Options{Fill: generator.Full, Account: &schemas.Account{}}); err != nil {
		closing()
		return nil, err
	}
	if o.Time > 0 {
		g.ends = time.Now().Add(o.Time)
	}
	return g, nil
}

func newHarness(o Options) (*harness, func(), error) {
	closing := func() {}
	if o.Provider == nil {
		return nil, nil, errors.New("grade: no provider; set Options.Provider")
	}
	b := &harness{
		catalog: o.Provider.catalog, route: o.Provider.route, generator: o.Provider.generator, provider: o.Provider,
		attempter: o.Attempter, seed: o.Seed, quietTime: longQuiet, delivered: o.Delivered, strict: o.StrictResponses,
	}
	if err := b.identify(o.Identity); err != nil {
		return nil, nil, err
	}
	switch begun := b.provider.users.Load() > 0; {
	case o.FirstUser > 0:
		b.provider.startAt(int64(o.FirstUser) - 1)
	case o.URL != "" && !begun:
		b.provider.startAt(rand.Int64N(1 << 30))
	}
	at := o.URL
	switch {
	case o.Handler != nil && o.URL != "":
		return nil, nil, errors.New("grade: got a handler and a URL; set only one of them")
	case o.Handler != nil:
		process := newProcess(o.Handler)
		at, b.attempter, closing = inProcessURL+"/webhooks", process, process.wait
	case b.attempter == nil:
		client, err := delivery.New(delivery.Config{})
		if err != nil {
			return nil, nil, err
		}
		b.attempter, closing = client, client.Close
	}
	var err error
	if o.Target != nil {
		b.target = *o.Target
	} else {
		b.target, err = engine.TargetOf(b.route, engine.TargetOptions{URL: at, Secrets: b.secrets(o.Secrets)})
	}
	if err == nil && o.StateURL != "" {
		err = b.watch(o)
	}
	if err != nil {
		closing()
		return nil, nil, err
	}
	return b, closing, nil
}

// inProcessURL is the base URL of a handler in this process.
const inProcessURL = "http://consumer.invalid"

// secrets are the secrets that sign; nil if the provider doesn't sign.
func (b *harness) secrets(given []string) []string {
	if !b.route.Contract.Signature.Signs() {
		return nil
	}
	return given
}

// chosen are the selected probes.
func chosen(only, skip []string) ([]*Probe, error) {
	all, err := Probes()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, p := range all {
		known = append(known, p.Name, p.ID, p.Group)
	}
	for _, name := range slices.Concat(only, skip) {
		if !slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			return nil, fmt.Errorf("choose probes: no probe or group is named %s; %s", document.Quote(name), document.OneOf(name, known))
		}
	}
	return slices.DeleteFunc(all, func(p *Probe) bool {
		return len(only) > 0 && !p.named(only) || p.named(skip)
	}), nil
}

// named reports whether one of the names selects the probe.
func (p *Probe) named(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return strings.EqualFold(name, p.Name) || strings.EqualFold(name, p.ID) || strings.EqualFold(name, p.Group)
	})
}

// notApplicableReason explains why the route can't cause what a probe is about; "" if it can.
func (g *grader) notApplicableReason(p *Probe) string {
	if p.ImpossibleReason != "" {
		return p.ImpossibleReason
	}
	route := script.RouteOf(g.route)
	for _, one := range p.needs {
		if why := g.lacks(one); why != "" {
			return why
		}
	}
	for _, event := range p.events {
		if ok, why := route.Supports(event); !ok {
			return fmt.Sprintf("%s has no event for %s: %s", g.route.Name, event, why)
		}
	}
	if p.kind == "handshake" && !g.shakes() {
		return g.route.Name + " has no handshake"
	}
	if p.scenario != nil {
		if p.scenario.Fits(route) != nil {
			return g.route.Name + " isn't known to cause it"
		}
	}
	return ""
}

func (g *grader) shakes() bool {
	kind := g.route.Contract.Handshake.Kind
	return kind == "challenge" || kind == "event"
}

// lacks explains why a route doesn't have what a probe needs; "" if it has it.
func (g *grader) lacks(need string) string {
	c, name := g.route.Contract, g.route.Name
	repeats := c.Duplicates || c.Retry.Attempts > 1 || len(c.Retry.Delays) > 0
	switch {
	case need == "repeats" && !repeats:
		return name + " delivers once: its documentation has no retries, and no duplicate was observed"
	case need == "retries" && !repeats && !c.Signature.Signs():
		return name + " neither retries nor signs"
	case need == "batches" && c.Batching.MaxItems <= 1:
		return name + " sends one item per body"
	case need == "empty-body" && !c.EmptyBody:
		return name + " accepts a body in the response"
	case need == "json" && c.HasFields():
		return name + " sends forms or queries, not JSON"
	case need == "fields" && !c.HasFields():
		return name + " sends JSON"
	case need == "slow-ack" && !c.DelaysLaterEvents():
		return name + " isn't known to hold events back during a slow response"
	case need != "signature" || g.target.Sign != nil:
	case !c.Signature.Signs():
		return name + " doesn't sign"
	default:
		return name + " signs only with a secret; set --secret"
	}
	return ""
}
