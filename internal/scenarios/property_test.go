package scenarios_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// varied returns the made-up route with times that vary.
func varied() testRoute {
	r := everything()
	r.sigma = "1.2"
	return r
}

// everywhere runs all shipped scenarios on the made-up route, under the names that they require.
func everywhere(t *testing.T, run func(t *testing.T, s *scenarios.Scenario, r scenarios.Route)) {
	t.Helper()
	library, err := shipped.Library()
	require.NoError(t, err)
	for _, s := range library.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r := varied()
			if s.Provider != "" {
				r.provider = s.Provider
			}
			if s.Routes != nil {
				r.name = s.Routes[0]
			}
			run(t, s, r)
		})
	}
}

func TestPlan_IsInOrderOfTime(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *scenarios.Scenario, r scenarios.Route) {
		for seed := range uint64(20) {
			p, err := s.Plan(r, scenarios.Options{Seed: seed, Conversations: 20})
			require.NoError(t, err)
			var last scenarios.PlannedEvent
			keys := map[string]bool{}
			for c := range p.PlannedEvents {
				require.GreaterOrEqual(t, c.At, last.At)
				key := fmt.Sprintf("%s copy %d", c.Key, c.Copy)
				require.False(t, keys[key], "the key %s is used twice", key)
				last, keys[key] = c, true
				for _, item := range c.Items {
					requireOrder(t, item)
					require.LessOrEqual(t, item.At, c.At, "an event is never sent before it happens")
				}
			}
		}
	})
}

func requireOrder(t *testing.T, item scenarios.Item) {
	t.Helper()
	m := item.Message
	before := m.Submitted
	for _, at := range []struct {
		event  string
		moment int64
	}{
		{"message.enqueued", int64(m.Enqueued)},
		{"message.sent", int64(m.Sent)},
		{"message.delivered", int64(m.Delivered)},
		{"message.read", int64(m.Read)},
	} {
		if at.moment == int64(scenarios.NotYet) {
			require.NotEqual(t, at.event, item.Event, "it happens now")
			continue
		}
		require.GreaterOrEqual(t, at.moment, int64(before), "%s of %+v", at.event, m)
		require.LessOrEqual(t, at.moment, int64(item.At), "what is to come is not known yet")
	}
}

func TestPlan_SameSeedSamePlan(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *scenarios.Scenario, r scenarios.Route) {
		planned := func(seed uint64) []scenarios.PlannedEvent {
			p, err := s.Plan(r, scenarios.Options{Seed: seed, Conversations: 30, Faults: faults(t, "delay:uniform=0s,5s,probability=0.5", "reorder:probability=0.2")})
			require.NoError(t, err)
			once := planned(p)
			require.Equal(t, once, planned(p), "a plan can be asked again")
			return once
		}
		require.Equal(t, planned(1), planned(1))
		require.NotEqual(t, planned(1), planned(2))
	})
}

func TestPlan_StepChangeKeepsOtherRandomValues(t *testing.T) {
	t.Parallel()
	planned := func(middle string) (others []string) {
		p := plan(t, fmt.Sprintf("conversations: 50\nsteps:\n- {send: message.sent}\n- {%s}\n- {send: account.live, at: 1h}\n- {send: inbound.text, probability: 0.5}\n- choose: [{steps: [{send: inbound.image}]}, {steps: []}]", middle),
			varied(), scenarios.Options{})
		for c := range p.PlannedEvents {
			if !strings.HasPrefix(c.Step, "2") {
				others = append(others, fmt.Sprintf("%s %d", show(c), c.Seed))
			}
		}
		return others
	}
	require.Equal(t, planned("send: message.delivered"), planned("choose: [{steps: [{send: account.tier}, {send: account.tier}]}, {steps: []}], probability: 0.3"))
}

func TestPlan_ConversationsDiffer(t *testing.T) {
	t.Parallel()
	seeds := map[uint64]bool{}
	for c := range plan(t, "conversations: 300\nsteps: [{repeat: {count: 3, steps: [{send: message.sent}, {send: message.read}]}}]", everything(), scenarios.Options{}).PlannedEvents {
		seeds[c.Seed] = true
	}
	require.Len(t, seeds, 300*3*2)
}

func TestPlan_HonorsProbabilitiesAndWeights(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for c := range plan(t, `
conversations: 10000
steps:
  - {send: account.tier, probability: 0.25}
  - choose:
      - {weight: 7, steps: [{send: account.name}]}
      - {weight: 2, steps: [{send: account.live}]}
      - steps: []`, everything(), scenarios.Options{Seed: 9}).PlannedEvents {
		count[c.Items[0].Event]++
	}
	require.InDelta(t, 2500, count["account.tier"], 150)
	require.InDelta(t, 7000, count["account.name"], 150)
	require.InDelta(t, 2000, count["account.live"], 150)
}

// Not parallel: it measures the memory of the whole process.
func TestPlan_MemoryIsLimitedToOverlappingConversations(t *testing.T) {
	p := plan(t, "- {send: message.delivered}", everything(), scenarios.Options{Conversations: 1_000_000})
	const often = 100_000
	planned, maxCount := 0, uint64(0)
	for range p.PlannedEvents {
		if planned++; planned%often == 0 {
			var memory runtime.MemStats
			runtime.ReadMemStats(&memory)
			maxCount = max(maxCount, memory.HeapAlloc)
		}
	}
	require.Equal(t, 1_000_000, planned)
	require.Less(t, maxCount, uint64(64<<20))
}
