package grade

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// RunScenario runs a scenario against a consumer and waits until its expectations are met
// or can no longer be. The scenario is the name of a shipped one, a file, or the text of
// one (see [Options.Provider] for its route). With realTime, the delays of the plan and of
// the retries stay as they are; without, events and retries follow at once.
func RunScenario(ctx context.Context, o Options, scenario string, realTime bool) (*Observation, error) {
	s, err := scenarioOf(scenario)
	if err != nil {
		return nil, err
	}
	if o.Provider == nil {
		if o.Provider, err = providerOf(s); err != nil {
			return nil, err
		}
	}
	b, closing, err := newHarness(o)
	if err != nil {
		return nil, err
	}
	defer closing()
	if err := script.CheckProofs(b.catalog, s); err != nil {
		return nil, err
	}
	b.quietTime = shortQuiet
	var maxDelay time.Duration
	if realTime {
		maxDelay = -1
	}
	r, err := b.play(ctx, s, playing{maxDelay: maxDelay, retry: true, watched: b.get != nil, timeout: promptly})
	if err != nil {
		return nil, err
	}
	return r, b.await(ctx, r)
}

// providerOf makes the provider of the scenario's first route.
func providerOf(s *scenarios.Scenario) (*Provider, error) {
	name := s.Provider
	if len(s.Routes) > 0 {
		name = s.Routes[0]
	}
	if name == "" {
		return nil, fmt.Errorf("run scenario %s: it names no provider; use the option WithProvider or Route", s.Name)
	}
	return NewProviderOfTest(name)
}

// NewProviderOfTest is [NewProvider] for one run: its end users differ from those of all
// others in this process, as a consumer that several tests share remembers them.
func NewProviderOfTest(route string) (*Provider, error) {
	p, err := NewProvider(route)
	if err != nil {
		return nil, err
	}
	p.startAt(runs.Add(maxUsers) - maxUsers)
	return p, nil
}

// runs counts the end users that [NewProviderOfTest] reserves.
var runs atomic.Int64

// maxUsers is how many end users one run can have.
const maxUsers = 1 << 16

// await waits until the open expectations are met or their time is over.
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

// scenarioOf finds a shipped scenario by its name, or reads a file or a text.
func scenarioOf(text string) (*scenarios.Scenario, error) {
	switch {
	case text == "":
		return nil, errors.New("read scenario: it is empty; use a name, a file or the text of a scenario")
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

// inline reads the text of a scenario. Its name, which seeds its random values, and its
// description are optional.
func inline(text string) (*scenarios.Scenario, error) {
	name := "inline"
	text = strings.TrimRight(text, " \t\n") + "\n" // additions go to the end, so that the lines keep their numbers
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
