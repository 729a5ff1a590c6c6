package scenarios_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/scenarios"
)

func TestFaults_OfPlan(t *testing.T) {
	t.Parallel()
	const three = "- {send: message.sent}\n- {send: message.delivered}\n- {send: message.read}"
	for spec, want := range map[string]string{
		"drop:every=2": `
1s 0/1 message.sent m
6s 0/2 message.delivered m [drop]
1m6s 0/3 message.read m`,
		"delay:by=1m,count=1": `
6s 0/2 message.delivered m
1m1s 0/1 message.sent m of 1s [delay 1m0s]
1m6s 0/3 message.read m`,
		"duplicate:copies=2,after=4s,count=1": `
1s 0/1 message.sent m
5s 0/1 message.sent m of 1s [duplicate 1 of 2]
6s 0/2 message.delivered m
9s 0/1 message.sent m of 1s [duplicate 2 of 2]
1m6s 0/3 message.read m`,
		"concurrent:copies=2,every=2": `
1s 0/1 message.sent m
6s 0/2 message.delivered m [release 1]
6s 0/2 message.delivered m [release 1; concurrent 1 of 2]
6s 0/2 message.delivered m [release 1; concurrent 2 of 2]
1m6s 0/3 message.read m`,
		"reorder:window=2": `
1s 0/2 message.delivered m of 6s [reorder 2 to 1]
6s 0/1 message.sent m of 1s [reorder 1 to 2]
1m6s 0/3 message.read m`,
		"reorder:window=6s": `
1s 0/2 message.delivered m of 6s [reorder 2 to 1]
6s 0/1 message.sent m of 1s [reorder 1 to 2]
1m6s 0/3 message.read m`,
		"reorder:window=5s": `
1s 0/1 message.sent m
6s 0/2 message.delivered m
1m6s 0/3 message.read m`,
		"truncate:at=9,every=2": `
1s 0/1 message.sent m
6s 0/2 message.delivered m [truncate:at=9,every=2, firing 0]
1m6s 0/3 message.read m`,
		"stale:until=10s": `
1s 0/1 message.sent m [stale:until=10s, firing 0]
6s 0/2 message.delivered m [stale:until=10s, firing 1]
1m6s 0/3 message.read m`,
	} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			p := plan(t, three, everything(), scenarios.Options{Faults: faults(t, spec)})
			require.Equal(t, strings.TrimSpace(want), strings.Join(shown(p), "\n"))
		})
	}
}

func TestFaults_CombineOnOneEvent(t *testing.T) {
	t.Parallel()
	for specs, want := range map[string]string{
		"duplicate:after=1s delay:by=10s duplicate:after=2s": `
11s 0/1 message.sent m of 1s [delay 10s]
12s 0/1 message.sent m of 1s [duplicate 1 of 1]
14s 0/1 message.sent m of 1s [duplicate 1 of 1]`,
		"duplicate:after=0s bom concurrent stale": `
1s 0/1 message.sent m [bom, firing 0; stale, firing 0; release 1]
1s 0/1 message.sent m [bom, firing 0; stale, firing 0; release 1; concurrent 1 of 1]
1s 0/1 message.sent m [bom, firing 0; stale, firing 0; duplicate 1 of 1]`,
		"duplicate drop delay": `
11s 0/1 message.sent m of 1s [drop; delay 10s]`,
	} {
		all := faults(t, strings.Fields(specs)...)
		p := plan(t, "- {send: message.sent}", everything(), scenarios.Options{Faults: all})
		require.Equal(t, strings.TrimSpace(want), strings.Join(shown(p), "\n"), specs)
	}
}

func TestFaults_OfStepApplyToItOnly(t *testing.T) {
	t.Parallel()
	p := plan(t, `
conversations: 3
rate: 1/s
steps:
  - {send: message.sent, after: 0s, faults: [{drop: {every: 2}}, bom]}
  - {send: message.delivered, after: 500ms}`, everything(), scenarios.Options{Faults: faults(t, "truncate:at=1,every=3")})
	require.Equal(t, []string{
		"0s 0/1 message.sent m [bom, firing 0]",
		"500ms 0/2 message.delivered m",
		"1s 1/1 message.sent m [bom, firing 1; truncate:at=1,every=3, firing 0; drop]",
		"1.5s 1/2 message.delivered m",
		"2s 2/1 message.sent m [bom, firing 2]",
		"2.5s 2/2 message.delivered m [truncate:at=1,every=3, firing 1]",
	}, shown(p), "candidates are counted in the order of the plan")
}

func TestReorder_OfStepStartsAtStep(t *testing.T) {
	t.Parallel()
	p := plan(t, `
- {send: message.sent, message: a}
- {send: message.sent, message: b, faults: {reorder: 2}}
- {send: message.sent, message: c}
- {send: message.sent, message: d}`, everything(), scenarios.Options{})
	require.Equal(t, []string{
		"1s 0/1 message.sent a", "2s 0/3 message.sent c of 3s [reorder 2 to 1]",
		"3s 0/2 message.sent b of 2s [reorder 1 to 2]", "4s 0/4 message.sent d",
	}, shown(p))
}

// What one event is must not hang on when it is sent, or how often.
func TestFaults_CopiesShareKeyAndSeed(t *testing.T) {
	t.Parallel()
	clean := planned(plan(t, "- {send: message.sent}\n- {send: message.delivered}", everything(), scenarios.Options{Seed: 3}))
	keys := map[string]int{}
	for _, c := range planned(plan(t, "- {send: message.sent}\n- {send: message.delivered}", everything(),
		scenarios.Options{Seed: 3, Faults: faults(t, "duplicate:copies=2,after=3s", "concurrent", "reorder", "null-value")})) {
		i := slices.IndexFunc(clean, func(one scenarios.PlannedEvent) bool { return one.Key == c.Key })
		require.Equal(t, clean[i].Seed, c.Seed)
		require.Equal(t, clean[i].Items, c.Items)
		require.Len(t, c.Faults, 1)
		require.Equal(t, keys[c.Key], c.Copy)
		keys[c.Key]++
	}
	require.Equal(t, map[string]int{"0/1": 4, "0/2": 4}, keys)
}

func TestReorder_AlwaysChangesOrder(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		p := plan(t, "- {send: account.tier}\n- {send: account.name}\n- {send: account.live}", everything(),
			scenarios.Options{Seed: seed, Faults: faults(t, "reorder:window=3")})
		var steps []string
		for c := range p.PlannedEvents {
			steps = append(steps, c.Step)
		}
		require.NotEqual(t, []string{"1", "2", "3"}, steps)
	}
}

func TestFaults_AreIndependent(t *testing.T) {
	t.Parallel()
	befallen := func(specs ...string) (all []string) {
		p := plan(t, "conversations: 200\nsteps: [{send: message.sent}, {send: message.read}]", everything(),
			scenarios.Options{Seed: 5, Faults: faults(t, specs...)})
		for c := range p.PlannedEvents {
			for _, f := range c.Faults {
				if f.Fault.Name() == "truncate" {
					all = append(all, fmt.Sprint(c.Key, f.Nth, f.Seed))
				}
			}
		}
		return all
	}
	alone := befallen("truncate:probability=0.3")
	require.InDelta(t, 120, len(alone), 30)
	require.Equal(t, alone, befallen("bom", "stale:probability=0.5", "truncate:probability=0.3", "drop:probability=0.1", "delay:1ns"))
	require.NotEqual(t, alone, befallen("truncate:probability=0", "truncate:probability=0.3"), "the second of one name has luck of its own")
}

func TestFaults_KeepOrderOfTime(t *testing.T) {
	t.Parallel()
	p := plan(t, "conversations: 300\nsteps: [{send: message.sent}, {send: message.delivered}, {send: message.read}]", everything(),
		scenarios.Options{Seed: 1, Faults: faults(t, "reorder:window=5,probability=0.3", "delay:lognormal=3s,1,probability=0.5",
			"duplicate:copies=3,after=uniform=0s,9s,probability=0.4", "concurrent:probability=0.2", "drop:probability=0.1", "reorder:window=2s,every=4")})
	var last scenarios.PlannedEvent
	moved := regexp.MustCompile(`^reorder (\d+) to (\d+)$`)
	seen, reordered, released := 0, 0, map[int]int{}
	for c := range p.PlannedEvents {
		require.Equal(t, seen, c.Number)
		require.GreaterOrEqual(t, c.At, last.At)
		if c.Release > 0 {
			require.True(t, released[c.Release] == 0 || last.Release == c.Release && last.At == c.At && last.Key == c.Key, "they follow each other")
			released[c.Release]++
		}
		for _, note := range c.Notes {
			if at := moved.FindStringSubmatch(note); at != nil {
				require.NotEqual(t, at[1], at[2])
				reordered++
			}
		}
		last = c
		seen++
	}
	require.Greater(t, seen, 1200)
	require.Greater(t, reordered, 100)
	for _, n := range released {
		require.Equal(t, 2, n)
	}
}

func TestPlannedEvents_CallerMayStop(t *testing.T) {
	t.Parallel()
	p := plan(t, "conversations: 50\nsteps: [{send: message.sent}, {send: message.read}]", everything(),
		scenarios.Options{Faults: faults(t, "reorder:window=7", "reorder:window=30ms", "duplicate", "delay")})
	for maxCount := range 120 {
		heard := 0
		for range p.PlannedEvents {
			if heard++; heard > maxCount {
				break
			}
		}
		require.Equal(t, maxCount+1, heard)
	}
}
