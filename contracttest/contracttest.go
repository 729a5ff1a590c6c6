package contracttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A T is what a test is given; [testing.T] is one. (This package does not link
// testing, for the command uses it too.)
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// An Option says how [Test] plays.
type Option func(*test)

type test struct {
	options Options
	route   string
	longest time.Duration
}

// To tests the consumer at a URL instead of a handler, which is then nil.
func To(url string) Option { return func(t *test) { t.options.URL = url } }

// WithProvider is the provider that the consumer calls; else nobody sees its calls.
func WithProvider(p *Provider) Option { return func(t *test) { t.options.Provider = p } }

// Route is the route that is played, if no provider is given: "gupshup/v3".
func Route(name string) Option { return func(t *test) { t.route = name } }

// State is where the consumer shows its state: a URL, or the path of a handler.
func State(at string) Option { return func(t *test) { t.options.StateURL = at } }

// Secret signs, where the provider signs.
func Secret(secret string) Option {
	return func(t *test) { t.options.Secrets = append(t.options.Secrets, secret) }
}

// StrictResponses fails the test where a 2xx response has a body and the provider asks for
// an empty one: the event is then sent again, as the provider's documentation says.
// Without it such a body is logged.
func StrictResponses() Option { return func(t *test) { t.options.StrictResponses = true } }

// Seed decides all luck; else it is 1.
func Seed(seed uint64) Option { return func(t *test) { t.options.Seed = seed } }

// RealTime keeps the times of the plan: hours between two events, days of retries.
// It is for bubbles of testing/synctest, where time costs nothing; without it an
// event follows as soon as the one before it was answered, and one attempt the other.
func RealTime() Option { return func(t *test) { t.longest = -1 } }

// ProviderFor is [NewProvider] for a test, which fails if there is no such route.
func ProviderFor(t T, route string) *Provider {
	t.Helper()
	p, err := NewProvider(route)
	if err != nil {
		t.Fatalf("contract test: %v", err)
	}
	return p
}

// Test plays a scenario to a consumer and fails the test with each expectation that
// is not met. The scenario is the name of a shipped one ("message-delivered"), a file
// (a name that ends in .yaml), or the text of one (with a line break in it). The
// consumer is a handler in this process, or nil with the option [To].
//
// It returns what was seen, for further judging.
func Test(t T, consumer http.Handler, scenario string, options ...Option) *Observation {
	t.Helper()
	set := test{options: Options{Handler: consumer, Seed: 1}}
	for _, one := range options {
		one(&set)
	}
	r, err := set.run(t.Context(), scenario)
	if err != nil {
		t.Fatalf("contract test: %v", err)
		return nil
	}
	for _, skip := range r.Skipped {
		t.Logf("step %s is left out: %s: %s", skip.Step, skip.Event, skip.Cause)
	}
	if r.stateError != nil {
		t.Logf("nothing of the state is known: %v", r.stateError)
	}
	for i := range r.Deliveries {
		if d := &r.Deliveries[i]; d.Warning != "" {
			t.Logf("warning: %s: %s", d.word(), d.Warning)
		}
	}
	for _, f := range CheckExpectations(r) {
		var text strings.Builder
		text.WriteString("contract test: " + f.String())
		for _, e := range f.Evidence {
			text.WriteString("\n  " + e.Title + ":\n    " + strings.ReplaceAll(e.Text, "\n", "\n    "))
		}
		t.Errorf("%s", text.String())
	}
	return r
}

func (t *test) run(ctx context.Context, scenario string) (*Observation, error) {
	one, err := scenarioOf(scenario)
	if err != nil {
		return nil, err
	}
	if t.options.Provider == nil {
		name := t.route
		if name == "" && len(one.Routes) > 0 {
			name = one.Routes[0]
		}
		if name == "" {
			name = one.Provider
		}
		if name == "" {
			return nil, errors.New("nothing says which provider is played; give By(provider) or Route(name)")
		}
		if t.options.Provider, err = NewProvider(name); err != nil {
			return nil, err
		}
		t.options.Provider.begin(strangers.Add(maxPeople) - maxPeople)
	} else if r := t.options.Provider.route; t.route != "" && t.route != r.Name && t.route != r.Provider.Name {
		return nil, fmt.Errorf("the provider plays %s, and Route says %s; leave Route out", r.Name, t.route)
	}
	if t.options.Handler == nil && t.options.URL == "" {
		return nil, errors.New("there is no handler, and no URL; give To(url)")
	}
	b, closing, err := newBench(t.options)
	if err != nil {
		return nil, err
	}
	defer closing()
	b.quiet = shortQuiet
	r, err := b.play(ctx, one, playing{longest: t.longest, retry: true, watched: b.get != nil, timeout: promptly})
	if err != nil {
		return nil, err
	}
	return r, b.await(ctx, r)
}

// strangers counts the people of tests whose providers nobody shares: a consumer that
// several of them share has met none of them before.
var strangers atomic.Int64

const maxPeople = 1 << 16

// await waits until the expectations are met that may yet be.
func (b *harness) await(ctx context.Context, r *Observation) error {
	ended := time.Now()
	for {
		open := false
		for _, f := range CheckExpectations(r) {
			open = open || f.open && time.Since(ended) < f.within
		}
		if !open {
			return nil
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return err
		}
		b.refresh(ctx, r)
	}
}

// scenarioOf finds a scenario by its name, or reads a file, or a text.
func scenarioOf(text string) (*scenarios.Scenario, error) {
	switch {
	case strings.Contains(text, "\n"):
		return inline(text)
	case strings.HasSuffix(text, ".yaml") || strings.HasSuffix(text, ".yml"):
		source, err := os.ReadFile(text)
		if err != nil {
			return nil, fmt.Errorf("read scenario: %w", err)
		}
		return scenarios.Read(text, source)
	}
	library, err := shipped.Library()
	if err != nil {
		return nil, err
	}
	return library.Scenario(text)
}

// inline reads a scenario that stands in the test. Its name, which names its luck, may
// be left out, and so may what it is about.
func inline(text string) (*scenarios.Scenario, error) {
	name := "inline"
	text = strings.TrimRight(text, " \t\n") + "\n" // what is added stands behind, so that its lines keep their numbers
	if !strings.HasPrefix(text, "description:") && !strings.Contains(text, "\ndescription:") {
		text += "description: A scenario of a test.\n"
	}
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "name:"); ok {
			rest, _, _ = strings.Cut(rest, " #")
			name = strings.Trim(strings.TrimSpace(rest), `"'`)
			return scenarios.Read(name+".yaml", []byte(text))
		}
	}
	return scenarios.Read(name+".yaml", []byte(text+"name: "+name+"\n"))
}
