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

	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/webhook"
)

// Options say what is graded, and how. One of URL and Handler must be there, and
// Provider, which the consumer calls; the rest has a use as it is.
type Options struct {
	// URL is where the consumer takes webhooks; Handler is one in this process.
	URL     string
	Handler http.Handler
	// Provider is the copy of the provider that the consumer calls. Its route is the
	// one that is graded.
	Provider *Provider
	// StateURL is where a GET shows the consumer's state as JSON, a template with
	// values of a conversation in it; of a Handler, a path. "" if it shows none.
	StateURL string
	// Secrets sign, where the provider signs; without any, nothing is signed.
	Secrets []string
	// Handshake holds what the provider's handshake asks for, by name.
	Handshake map[string]string
	// Only and Skip name probes, by name, id or group; without Only it is all of them.
	Only, Skip []string
	// Seed decides all luck.
	Seed uint64
	// FirstUser begins their count, so that the same ones come again. 0 begins it where the
	// Provider's last conversation ended and, of a URL, at random: who is called there may
	// remember the people of another run, and rightly answer none of them twice.
	FirstUser int
	// Calls and Time bound how much is sent and how long it takes, ProbeTime how long one
	// probe takes; 0 is no bound.
	Calls           int
	Time, ProbeTime time.Duration
	// Wait is how long to wait for the consumer to be there; 0 is not at all.
	Wait time.Duration
	// Target is called instead of URL, by its own method, header and signature; nil is
	// what the contract says.
	Target *engine.Target
	// Attempter delivers instead of a client of its own, which dials local addresses.
	Attempter engine.Attempter
	// Violation is given what an order of events did, to be kept.
	Violation func(v Violation) error
	// Identity gives values of the application that the provider knows, by name, such as
	// app.phone; the others are made up.
	Identity map[string]string
	// StrictResponses makes a body in a 2xx response an error, where the provider asks for
	// an empty one.
	StrictResponses bool
	// Accept says whether somebody has accepted what a probe found at a location, and
	// why; nil if nobody has. What is accepted is not searched for anything worse there,
	// but elsewhere.
	Accept func(p *Probe, location string) *webhook.Acceptance
	// Application starts a consumer again that no longer responds; nil if nobody can.
	Application Application
	// Begin is told before each probe, Ended after each, of how many there are.
	Begin func(p *Probe)
	Ended func(r webhook.Result, n, of int)
	// Delivered is given each delivery that has ended, with its attempts, one at a time.
	Delivered func(d webhook.Delivery)
}

// Grade tries a consumer with all probes and returns a result for each, in the order
// of their files. When the context ends, the probes that are left are undecided, and
// the error is the context's. A consumer that doesn't accept a webhook without faults is
// tried no further: the error is then a [*Rejected], beside a result for each probe.
func Grade(ctx context.Context, o Options) ([]webhook.Result, error) {
	g, err := newGrader(o)
	if err != nil {
		return nil, err
	}
	defer g.close()
	return g.grade(ctx)
}

// Check finds what is wrong with the options, such as a probe that doesn't exist, and
// sends nothing: [Grade] would return the same error.
func Check(o Options) error {
	g, err := newGrader(o)
	if err != nil {
		return err
	}
	g.close()
	return nil
}

// A grader is a grade under way.
type grader struct {
	*harness
	options Options
	probes  []*Probe
	close   func()
	ends    time.Time // zero if nobody bounds the time

	mu    sync.Mutex
	bases map[*Probe]*baseline
	// missingTexts says since which probe the consumer is no longer there, rejected why it was
	// tried no further.
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
	// With every optional key, what differs between two bodies is what a probe is about.
	if g.generator, err = generator.New(b.catalog, generator.Options{Fill: generator.Full}); err != nil {
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

// inProcessURL is what a handler in this process is called by.
const inProcessURL = "http://consumer.invalid"

// secrets are those that sign: none where the provider signs nothing.
func (b *harness) secrets(given []string) []string {
	if !b.route.Contract.Signature.Signs() {
		return nil
	}
	return given
}

// chosen are the probes that are wanted.
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

// named reports whether one of the names means the probe.
func (p *Probe) named(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return strings.EqualFold(name, p.Name) || strings.EqualFold(name, p.ID) || strings.EqualFold(name, p.Group)
	})
}

// notApplicableReason says why the route cannot cause what a probe is about; "" if it can.
func (g *grader) notApplicableReason(p *Probe) string {
	if p.ImpossibleReason != "" {
		return p.ImpossibleReason
	}
	route := engine.RouteOf(g.route)
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

// lacks says why a route has not what a probe needs.
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
	case need == "slow-ack" && c.SlowAck != "delays-later-events":
		return name + " isn't known to hold events back during a slow response"
	case need != "signature" || g.target.Sign != nil:
	case !c.Signature.Signs():
		return name + " doesn't sign"
	default:
		return name + " signs only with a secret; set --secret"
	}
	return ""
}
