package contracttest

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

	"github.com/ringback-dev/ringback/generator"
	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/schemas"
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
	// People begins their count, so that the same ones come again. 0 begins it where the
	// Provider's last conversation ended and, of a URL, at random: who is called there may
	// remember the people of another run, and rightly answer none of them twice.
	People int
	// Calls and Time bound how much is sent and how long it takes; 0 is no bound.
	Calls int
	Time  time.Duration
	// Wait is how long to wait for the consumer to be there; 0 is not at all.
	Wait time.Duration
	// Target is called instead of URL, by its own method, header and signature; nil is
	// what the contract says.
	Target *play.Target
	// Attempter delivers instead of a client of its own, which dials local addresses.
	Attempter play.Attempter
	// Violation is given what an order of events did, to be kept.
	Violation func(v Violation) error
	// Begin is told before each probe.
	Begin func(p *Probe)
	// Delivered is given each delivery that has ended, with its attempts, one at a time.
	Delivered func(d webhook.Delivery)
}

// Unreachable is the error of a consumer that nobody reaches: it says nothing of
// the consumer.
type Unreachable struct{ Why string }

func (u *Unreachable) Error() string { return "reach the consumer: " + u.Why }

// Grade tries a consumer with all probes and returns a result for each, in the order
// of their files. When the context ends, the probes that are left are undecided, and
// the error is the context's.
func Grade(ctx context.Context, o Options) ([]webhook.Result, error) {
	g, err := newGrader(o)
	if err != nil {
		return nil, err
	}
	defer g.close()
	return g.grade(ctx)
}

// A grader is a grade under way.
type grader struct {
	*bench
	options Options
	probes  []*Probe
	close   func()
	ends    time.Time // zero if nobody bounds the time

	mu    sync.Mutex
	bases map[*Probe]*baseline
	// gone says since which probe the consumer is no longer there.
	gone string
}

func newGrader(o Options) (*grader, error) {
	b, closing, err := newBench(o)
	if err != nil {
		return nil, err
	}
	g := &grader{bench: b, options: o, close: closing, bases: map[*Probe]*baseline{}}
	if g.probes, err = chosen(o.Only, o.Skip); err != nil {
		closing()
		return nil, err
	}
	if len(g.probes) == 0 {
		closing()
		return nil, errors.New("choose probes: none is left; what Only names, Skip leaves out")
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

func newBench(o Options) (*bench, func(), error) {
	closing := func() {}
	if o.Provider == nil {
		return nil, nil, errors.New("grade: there is no provider; make one by NewProvider, and let the consumer call it")
	}
	b := &bench{
		catalog: o.Provider.catalog, route: o.Provider.route, generator: o.Provider.generator, provider: o.Provider,
		attempter: o.Attempter, seed: o.Seed, quiet: longQuiet, delivered: o.Delivered,
	}
	switch begun := b.provider.people.Load() > 0; {
	case o.People > 0:
		b.provider.people.Store(int64(o.People) - 1)
	case o.URL != "" && !begun:
		b.provider.people.Store(rand.Int64N(1 << 30))
	}
	at := o.URL
	switch {
	case o.Handler != nil && o.URL != "":
		return nil, nil, errors.New("grade: there is a handler and a URL; give one of them")
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
		b.target, err = play.TargetOf(b.route, play.TargetOptions{URL: at, Secrets: b.secrets(o.Secrets)})
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
func (b *bench) secrets(given []string) []string {
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

// grade runs the probes one after the other: what one does to a consumer must not be
// seen in another.
func (g *grader) grade(ctx context.Context) ([]webhook.Result, error) {
	if err := g.reach(ctx); err != nil {
		return nil, err
	}
	var results []webhook.Result
	for _, p := range g.probes {
		if g.options.Begin != nil {
			g.options.Begin(p)
		}
		began := time.Now()
		found, err := g.try(ctx, p)
		if err != nil && ctx.Err() == nil {
			return results, fmt.Errorf("probe %s: %w", p.Name, err)
		}
		r := found.result(p)
		r.Took = time.Since(began)
		results = append(results, r)
	}
	return results, ctx.Err()
}

// reach finds out whether there is anybody, and how fast they react: the answer is
// waited for in all that follows.
func (g *grader) reach(ctx context.Context) error {
	first, err := g.greeting()
	if err != nil {
		return err
	}
	for began := time.Now(); ; {
		r, err := g.play(ctx, first, playing{luck: 1, longest: 0})
		if err != nil {
			return err
		}
		nobody, starting := r.unreached()
		if nobody == nil {
			g.quiet = r.reaction()
			return nil
		}
		if !starting || time.Since(began) >= g.options.Wait {
			return nobody
		}
		if err := sleep(ctx, tryEvery); err != nil {
			return err
		}
	}
}

// tryEvery is how often a consumer is tried that is not there yet.
const tryEvery = 200 * time.Millisecond

// unreached says why nobody was reached, and whether somebody may still be starting;
// nil if somebody was.
func (r *Record) unreached() (nobody error, starting bool) {
	for _, d := range r.Deliveries {
		switch a := d.last(); a.Class {
		case webhook.ErrorRefused, webhook.ErrorDNS:
			return &Unreachable{a.Error}, true
		case webhook.ErrorDenied, webhook.ErrorTLS:
			return &Unreachable{a.Error}, false
		}
	}
	return nil, false
}

// How long a consumer counts as done after its last call: four times as long as it
// took to react at first, within bounds.
const (
	shortQuiet = 120 * time.Millisecond
	longQuiet  = time.Second
	mostQuiet  = 2 * time.Second
)

// reaction is how long to wait for further calls of a consumer that reacted so.
func (r *Record) reaction() time.Duration {
	slowest := time.Duration(0)
	for _, c := range r.Calls {
		slowest = max(slowest, c.At.Sub(r.Began))
	}
	return min(max(4*slowest, shortQuiet), mostQuiet)
}

// finding is how a probe ended.
type finding struct {
	outcome  webhook.Outcome
	reason   string
	evidence []webhook.Evidence
	record   *Record
	wrong    culprits
}

func undecided(format string, args ...any) finding {
	return finding{outcome: webhook.Undecided, reason: fmt.Sprintf(format, args...)}
}

func failed(r *Record, format string, args ...any) finding {
	return finding{outcome: webhook.Failed, reason: fmt.Sprintf(format, args...), record: r}
}

func passed(format string, args ...any) finding {
	return finding{outcome: webhook.Passed, reason: fmt.Sprintf(format, args...)}
}

// try runs a probe, if the route can cause what it is about.
func (g *grader) try(ctx context.Context, p *Probe) (finding, error) {
	if why := g.unfit(p); why != "" {
		return finding{outcome: webhook.NotApplicable, reason: why}, nil
	}
	switch {
	case g.gone != "":
		return undecided("the consumer has not recovered from the probe %s", g.gone), nil
	case g.spent() != "":
		return undecided("%s", g.spent()), nil
	case p.holds && g.provider.elsewhere():
		return undecided("it holds an answer of the API back, which a server that runs already does not"), nil
	case ctx.Err() != nil:
		return undecided("it was stopped"), ctx.Err()
	}
	found, err := g.kinds()[p.kind](ctx, p)
	if ctx.Err() != nil {
		return undecided("it was stopped"), ctx.Err()
	}
	if err == nil && found.outcome == webhook.Failed {
		err = g.checkHealth(ctx, p)
	}
	return found, err
}

// checkHealth finds out whether a consumer still takes what is plain after a probe that
// failed. If it does not, nothing more can be told of it.
func (g *grader) checkHealth(ctx context.Context, p *Probe) error {
	one, err := g.greeting()
	if err != nil {
		return err
	}
	r, err := g.play(ctx, one, playing{hasty: true})
	if err != nil {
		return err
	}
	if d := r.Deliveries[0]; d.last().Class != "" || d.last().Status >= 500 {
		g.gone = p.Name
	}
	return nil
}

// spent says which budget is used up; "" if none is.
func (g *grader) spent() string {
	switch {
	case g.options.Calls > 0 && int(g.deliveries.Load()) >= g.options.Calls:
		return fmt.Sprintf("the budget of %d calls is used up", g.options.Calls)
	case !g.ends.IsZero() && !time.Now().Before(g.ends):
		return fmt.Sprintf("the budget of %s is used up", g.options.Time)
	}
	return ""
}

// unfit says why the route cannot cause what a probe is about; "" if it can.
func (g *grader) unfit(p *Probe) string {
	if p.Never != "" {
		return p.Never
	}
	route := play.RouteOf(g.route)
	for _, one := range p.needs {
		if why := g.lacks(one); why != "" {
			return why
		}
	}
	for _, event := range p.events {
		if ok, why := route.Says(event); !ok {
			return fmt.Sprintf("%s does not tell %s: %s", g.route.Name, event, why)
		}
	}
	if p.kind == "handshake" && !g.shakes() {
		return g.route.Name + " tries no URL before it uses it"
	}
	if p.scenario != nil {
		if p.scenario.Fits(route) != nil {
			return g.route.Name + " is not known to cause it"
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
		return name + " delivers once: no retry is documented, and no duplicate was seen"
	case need == "retries" && !repeats && !c.Signature.Signs():
		return name + " neither tries again nor signs"
	case need == "batches" && c.Batching.Most <= 1:
		return name + " sends one happening in a body"
	case need == "empty-body" && !c.EmptyBody:
		return name + " does not mind a body in the answer"
	case need == "slow-ack" && c.SlowAck != "delays-later-events":
		return name + " does not queue behind a slow answer, as far as is known"
	case need != "signature" || g.target.Sign != nil:
	case !c.Signature.Signs():
		return name + " signs nothing"
	default:
		return name + " signs only if a secret is set, and none is given"
	}
	return ""
}

// result is what is told of a finding.
func (f finding) result(p *Probe) webhook.Result {
	r := webhook.Result{
		ID: p.ID, Name: p.Name, Group: p.Group, About: p.About, Outcome: f.outcome, Reason: schemas.MaskPhones(f.reason), References: p.References,
	}
	for _, e := range f.evidence {
		e.Text = schemas.MaskPhones(e.Text)
		r.Evidence = append(r.Evidence, e)
	}
	if f.outcome == webhook.Failed && p.Advice != "" {
		r.Evidence = append(r.Evidence, webhook.Evidence{Title: "what to do", Text: p.Advice})
	}
	if f.record != nil {
		r.Timeline = f.record.timeline(f.wrong)
	}
	return r
}
