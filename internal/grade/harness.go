package grade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/contract"
	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/value"
	"github.com/ringback-dev/ringback/webhook"
)

// A bench is a consumer with everything around it that a test needs: what delivers
// to it, the provider that it calls, and a look at its state.
type harness struct {
	catalog   *schemas.Catalog
	route     *schemas.Route
	generator *generator.Generator
	provider  *Provider
	target    engine.Target
	attempter engine.Attempter
	// get gets what the consumer shows of itself; nil if it shows nothing. The URL
	// is a template with values of the conversation in it.
	get     func(ctx context.Context, url string) ([]byte, error)
	stateAt value.Template
	seed    uint64
	// quietTime is how long nothing happens before a consumer counts as done.
	quietTime time.Duration
	// deliveries counts attempts, for a budget.
	deliveries atomic.Int64
	// identity are the values of the application that were given, and strict makes a body
	// in a response an error.
	identity []scenarios.Setting
	strict   bool
	// delivered is given what was delivered, one at a time; nil if nobody asks.
	deliveredMu sync.Mutex
	delivered   func(webhook.Delivery)
}

// finished tells whoever asks of a delivery that has come to its end.
func (b *harness) finished(r engine.Result) {
	if b.delivered == nil || r.Dropped {
		return
	}
	b.deliveredMu.Lock()
	defer b.deliveredMu.Unlock()
	b.delivered(r.Delivery)
}

// A playing says how a scenario is played to the consumer.
type playing struct {
	// luck makes the bodies of one playing differ from those of another.
	random uint64
	// arrange changes what is sent; nil leaves it as planned.
	arrange func([]scenarios.PlannedEvent) []scenarios.PlannedEvent
	// maxDelay bounds the time between two events: the plan's is cut to it. Below 0 it
	// is the plan's own.
	maxDelay time.Duration
	// freshHeader gives a copy header lines of its own, as a new HTTP request has.
	freshHeader bool
	// retry delivers again by the contract; else each event goes once.
	retry bool
	// noWait does not wait for calls of the consumer: there are none.
	noWait bool
	// patience is how long an answer is waited for while calls are held back.
	timeout time.Duration
	// allowed, if above 0, is how long an answer may take before the event is sent once
	// more, instead of what the contract says.
	allowed time.Duration
	// watched looks at the state between the events too.
	watched bool
	// skipEffects does not look at what the consumer does after its answers.
	skipEffects bool
	// rewrite changes a body after everything else; nil leaves it.
	rewrite func([]byte) []byte
}

// play plays one conversation with somebody new, waits until the consumer has done
// what it does, and tells what was seen.
func (b *harness) play(ctx context.Context, one *scenarios.Scenario, p playing) (*Observation, error) {
	plan, err := one.Plan(engine.RouteOf(b.route), scenarios.Options{
		Seed: prng.Seed(b.seed, p.random), HasMock: true, ObservesConsumer: true, Conversations: one.Conversations(), With: b.identity,
	})
	if err != nil {
		return nil, err
	}
	if p.timeout == 0 {
		p.timeout = promptly
	}
	s := &scenarioRun{
		harness: b, playing: p, startedAt: time.Now(),
		script:      b.newConversation(plan),
		observation: &Observation{StartedAt: time.Now(), Scenario: one, Skipped: plan.Skipped, Allowed: b.route.Contract.TimeAllowed, names: newNames()},
		bound:       map[string][]scenarios.Setting{}, user: endUser{},
	}
	return s.run(ctx)
}

// newConversation makes the script of a plan for people who have had no conversation yet.
func (b *harness) newConversation(plan *scenarios.Plan) engine.Script {
	script := engine.Script{
		Catalog: b.catalog, Generator: b.generator, Route: b.route, Plan: plan, Start: time.Now().UTC(), App: max(b.seed, 1),
	}
	for {
		script.Person = int(b.provider.users.Add(int64(plan.Conversations))) - plan.Conversations + 1
		script.Messages = prng.Seed(b.seed, uint64(script.Person))
		phone, ok := b.generator.Value(script.Request(&scenarios.PlannedEvent{Items: []scenarios.Item{{}}}), "recipient.phone")
		if _, taken := b.provider.known.LoadOrStore(phone.Text(), true); !ok || !taken {
			return script
		}
	}
}

// Attempt counts an attempt and makes it.
func (b *harness) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	b.deliveries.Add(1)
	return b.attempter.Attempt(ctx, r)
}

// Shake tries a handshake.
func (b *harness) Handshake(ctx context.Context, url string, h contract.Handshake, values map[string]string) delivery.Result {
	return delivery.Handshake(ctx, b, url, h, values)
}

// targetFor is the target of a playing: one event goes once, unless the contract
// is to be followed.
func (b *harness) targetFor(p playing) engine.Target {
	t := b.target
	t.Concurrency = 64
	if !p.retry {
		t.Schedule.Attempts, t.Schedule.Delays, t.Schedule.Limit = 1, nil, 0
		t.HeadOfLine = false
	}
	if p.retry && p.maxDelay >= 0 {
		t.Schedule = compressed(t.Schedule, max(p.maxDelay, time.Millisecond))
	}
	if p.allowed > 0 {
		t.Schedule.Attempts, t.Schedule.Delays, t.Schedule.TimeAllowed = 2, []time.Duration{time.Millisecond}, p.allowed
	}
	t.Schedule.Strict = b.strict && p.retry // a body in a response has a probe of its own
	return t
}

// compressed is a schedule by which time goes as fast between two attempts as between two
// events. What a limit of time alone would end has an attempt for each of its delays.
func compressed(s contract.Schedule, longest time.Duration) contract.Schedule {
	if s.Attempts == 0 {
		s.Attempts = len(s.Delays) + 1
	}
	delays := []time.Duration{longest} // for what the contract leaves open
	for i, delay := range s.Delays {
		delays = append(delays[:i], min(delay, longest))
	}
	s.Delays, s.SlowDown, s.RetryAfter = delays, 0, 0
	return s
}

// state is what the consumer shows to somebody who asks about a conversation.
func (b *harness) state(ctx context.Context, n *names) ([]byte, error) {
	if b.get == nil {
		return nil, nil
	}
	at, err := b.stateAt.Expand(n.lookup, nil)
	if err != nil {
		return nil, fmt.Errorf("make state URL: %w", err)
	}
	body, err := b.get(ctx, at)
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, nil // it shows nothing
	}
	if _, err := stateOf(body); err != nil {
		return nil, fmt.Errorf("read state: not JSON: %w", err)
	}
	return body, nil
}

// maxState bounds what is read of a consumer's state, in bytes: each look reads all of it.
const maxState = 16 << 20

// stateOf decodes what a consumer shows.
func stateOf(body []byte) (document.Node, error) {
	limits := document.Limits{Bytes: maxState, Depth: 128, Nodes: 1_000_000}
	root, _, err := document.JSON(body, limits)
	return root, err
}

// stateGetter gets the state by the way that the webhooks take: what may not be dialled is
// not, and a redirect is an answer.
func stateGetter(way http.RoundTripper) func(context.Context, string) ([]byte, error) {
	client := &http.Client{Transport: way, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return func(ctx context.Context, at string) ([]byte, error) {
		bounded, cancel := context.WithTimeout(ctx, defaultTimeout)
		defer cancel()
		request, err := http.NewRequestWithContext(bounded, http.MethodGet, at, nil)
		if err != nil {
			return nil, errors.New("get state: invalid URL")
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, fmt.Errorf("get state: %w", withoutURL(err))
		}
		defer response.Body.Close()
		body, err := io.ReadAll(io.LimitReader(response.Body, maxState+1))
		switch {
		case err != nil:
			return nil, fmt.Errorf("get state: %w", err)
		case len(body) > maxState:
			return nil, fmt.Errorf("get state: larger than %d MiB; return only the newest conversations, or restart the application before grading", maxState>>20)
		case response.StatusCode != http.StatusOK:
			return nil, fmt.Errorf("get state: status %d; want 200", response.StatusCode)
		}
		return body, nil
	}
}

// withoutURL is an error of a client without the URL, which may hold a secret.
func withoutURL(err error) error {
	if _, after, found := strings.Cut(err.Error(), `": `); found {
		return errors.New(after)
	}
	return err
}
