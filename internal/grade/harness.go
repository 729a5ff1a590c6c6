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

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A harness is a consumer with what a test needs around it: the sender, the provider that it
// calls, and access to its state.
type harness struct {
	catalog   *schemas.Catalog
	route     *schemas.Route
	generator *generator.Generator
	provider  *Provider
	target    engine.Target
	attempter engine.Attempter
	// get gets the consumer's state; nil if it has none. stateAt is its URL, with values of the
	// conversation.
	get     func(ctx context.Context, url string) ([]byte, error)
	stateAt value.Template
	seed    uint64
	// quietTime is how long a consumer must make no calls to count as finished.
	quietTime time.Duration
	// deliveries counts attempts, for the budget.
	deliveries atomic.Int64
	// identity are the given values of the application. strict makes a body in a response an
	// error.
	identity []scenarios.Setting
	strict   bool
	// delivered is called with each ended delivery, one at a time; or nil.
	deliveredMu sync.Mutex
	delivered   func(webhook.Delivery)
}

// finished calls delivered with an ended delivery.
func (b *harness) finished(r engine.Result) {
	if b.delivered == nil || r.Dropped {
		return
	}
	b.deliveredMu.Lock()
	defer b.deliveredMu.Unlock()
	b.delivered(r.Delivery)
}

// A playing has the settings of one run of a scenario.
type playing struct {
	// random makes the bodies of one run differ from those of another.
	random uint64
	// arrange changes the planned events; or nil.
	arrange func([]scenarios.PlannedEvent) []scenarios.PlannedEvent
	// maxDelay limits the time between two events. Below 0, the plan's times apply.
	maxDelay time.Duration
	// freshHeader gives a copy its own headers, as a new HTTP request has.
	freshHeader bool
	// retry retries according to the contract; without, each event is sent once.
	retry bool
	// noWait doesn't wait for the consumer's calls.
	noWait bool
	// timeout is how long to wait for a response while calls are held.
	timeout time.Duration
	// allowed, if above 0, replaces the contract's limit of a response time: after it, the event
	// is sent once more.
	allowed time.Duration
	// watched reads the state between the events too.
	watched bool
	// skipEffects ends the run after the responses.
	skipEffects bool
	// rewrite changes a body after everything else; or nil.
	rewrite func([]byte) []byte
}

// play runs one conversation with a new end user, waits until the consumer has finished, and
// returns what it observed.
func (b *harness) play(ctx context.Context, one *scenarios.Scenario, p playing) (*Observation, error) {
	plan, err := one.Plan(script.RouteOf(b.route), scenarios.Options{
		Seed: prng.Seed(b.seed, p.random), HasMock: true, ObservesConsumer: true, Conversations: one.Conversations(), With: b.identity,
	})
	if err != nil {
		return nil, err
	}
	if p.timeout == 0 {
		p.timeout = promptly
	}
	s := &scenarioRun{
		ctx: ctx, harness: b, playing: p, startedAt: time.Now(),
		script:      b.newConversation(plan),
		observation: &Observation{StartedAt: time.Now(), Scenario: one, Skipped: plan.Skipped, Allowed: b.route.Contract.TimeAllowed, names: newNames()},
		bound:       map[string][]scenarios.Setting{}, user: endUser{},
	}
	return s.observe()
}

// newConversation makes the script of a plan for end users without a conversation so far.
func (b *harness) newConversation(plan *scenarios.Plan) script.Script {
	script := script.Script{
		Catalog: b.catalog, Generator: b.generator, Route: b.route, Plan: plan, Start: plan.Scenario.Start(time.Now().UTC()), App: max(b.seed, 1),
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

// targetFor is the target of a run: without retry, each event is sent once.
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
	t.Schedule.Strict = b.strict && p.retry // a probe of its own checks bodies in responses
	return t
}

// compressed is a schedule with delays of at most a duration. A schedule that only a time limit
// ends gets an attempt for each of its delays.
func compressed(s contract.Schedule, longest time.Duration) contract.Schedule {
	if s.Attempts == 0 {
		s.Attempts = len(s.Delays) + 1
	}
	delays := []time.Duration{longest} // if the contract has no delays
	for i, delay := range s.Delays {
		delays = append(delays[:i], min(delay, longest))
	}
	s.Delays, s.SlowDown, s.RetryAfter = delays, 0, 0
	return s
}

// state is the consumer's state for a conversation.
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
		return nil, nil // there is no state
	}
	if _, err := stateOf(body); err != nil {
		return nil, fmt.Errorf("read state: not JSON: %w", err)
	}
	return body, nil
}

// maxState limits the size of a consumer's state, in bytes: each look reads all of it.
const maxState = 16 << 20

// stateOf decodes a consumer's state.
func stateOf(body []byte) (document.Node, error) {
	limits := document.Limits{Bytes: maxState, Depth: 128, Nodes: 1_000_000}
	root, _, err := document.JSON(body, limits)
	return root, err
}

// stateGetter gets the state by the transport of the webhooks, so the same addresses are blocked.
// It doesn't follow redirects.
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

// withoutURL is a client's error without the URL, which can have a secret.
func withoutURL(err error) error {
	if _, after, found := strings.Cut(err.Error(), `": `); found {
		return errors.New(after)
	}
	return err
}
