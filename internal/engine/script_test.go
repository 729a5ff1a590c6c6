package engine_test

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

func jobsIn(t *testing.T, s script.Script) []script.Job {
	t.Helper()
	var all []script.Job
	for job, err := range s.Jobs() {
		require.NoError(t, err)
		all = append(all, job)
	}
	return all
}

const messages = "  - send: message.enqueued\n  - send: message.sent\n  - send: message.delivered\n  - send: message.read\n"

// The same seed gives the same bytes, whoever makes them, in whatever order.
func TestScript_DeterministicAcrossGoroutines(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "gupshup/v3")
	specs := []string{"duplicate:probability=0.3", "reorder:probability=0.2", "drop:probability=0.1", "missing-field:probability=0.3", "null-value:probability=0.3", "truncate:probability=0.1"}
	o := scenarios.Options{Seed: 11, Conversations: 20}
	want := virtually(t, s.script(t, messages, o, specs...))
	jobs := jobsIn(t, s.script(t, messages, o, specs...))
	made := make([]script.Prepared, len(jobs))
	var makers sync.WaitGroup
	for i := range jobs {
		if !jobs[i].Dropped {
			makers.Go(func() {
				var err error
				made[i], err = jobs[i].Prepare()
				require.NoError(t, err)
			})
		}
	}
	makers.Wait()
	require.Len(t, want, len(jobs))
	for i, r := range want {
		require.Equal(t, r.ID, jobs[i].ID)
		require.Equal(t, string(r.Event.Body), string(made[i].Event.Body))
		if !r.Dropped {
			require.Equal(t, r.Faults, made[i].Faults)
		}
	}
}

func TestScript_UniqueDeliveryIDs(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	keys, ids := map[string]string{}, map[string]string{}
	for _, job := range jobsIn(t, s.script(t, messages, scenarios.Options{Conversations: 50}, "duplicate:copies=2")) {
		require.Regexp(t, uuid, job.ID)
		key := job.Cue.Key
		require.Equal(t, job.ID, orElse(ids[key], job.ID), "copies share it")
		require.Equal(t, key, orElse(keys[job.ID], key))
		ids[key], keys[job.ID] = job.ID, key
	}
	require.Len(t, ids, 150)
	other := jobsIn(t, s.script(t, messages, scenarios.Options{Seed: 1}))
	require.Empty(t, keys[other[0].ID], "another seed gives other ids")
}

// Faults befall a body one after the other; each finds its places in what the
// one before has left.
func TestScript_AppliesFaultsInOrder(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "gupshup/v2")
	step := "  - send: message.delivered\n"
	all := virtually(t, s.script(t, step, scenarios.Options{}, "duplicate", "unknown-field", "missing-field:field=/unknown_field", "bom", "content-type"))
	require.Len(t, all, 2)
	clean := virtually(t, s.script(t, step, scenarios.Options{}))
	require.Equal(t, "\xef\xbb\xbf"+string(clean[0].Event.Body), string(all[0].Event.Body))
	require.Equal(t, []string{"unknown-field /unknown_field", "missing-field /unknown_field", "bom", "content-type text/plain"}, all[0].Faults)
	require.Equal(t, append([]string{"duplicate 1 of 1"}, all[0].Faults...), all[1].Faults)
	require.Equal(t, all[0].Event.Body, all[1].Event.Body)
	require.True(t, all[0].Faulty())
	require.False(t, clean[0].Faulty())
}

func TestScript_FaultWithoutEffect(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "gupshup/v2")
	step := "  - send: message.delivered\n"
	results := virtually(t, s.script(t, step, scenarios.Options{}, "poison-item", "bom", "bom", "truncate:at=10", "null-value", "content-type:application/json;; charset=utf-8"))
	require.Equal(t, []string{
		"poison-item: no effect", "bom", "bom: no effect",
	}, results[0].Faults[:3])
	require.Regexp(t, "^truncate after 10 of [0-9]+ bytes$", results[0].Faults[3])
	require.Equal(t, "null-value: no effect", results[0].Faults[4], "what is no JSON has no values")

	jobs := jobsIn(t, s.script(t, step, scenarios.Options{}, "stale", "wrong-key"))
	made, err := jobs[0].Prepare()
	require.NoError(t, err)
	require.Equal(t, "stale", made.SignatureFault)
	require.Equal(t, []string{"stale", "wrong-key: no effect: the signature has another fault: stale"}, made.Faults)
}

type broken struct{}

func (broken) Event(generator.Request) (webhook.Event, error) {
	return webhook.Event{}, fmt.Errorf("generate: broken")
}

func TestScript_ErrorNamesStep(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore").script(t, messages, scenarios.Options{Conversations: 2})
	s.Generator = broken{}
	for _, err := range engine.Virtual(t.Context(), s.Jobs(), s.Start) {
		require.EqualError(t, err, "play step 2 of conversation 0: generate: broken")
	}
}

func TestRouteOf_DescribesRoute(t *testing.T) {
	t.Parallel()
	r := script.RouteOf(stageOf(t, "gupshup/v2").route)
	require.Equal(t, []string{"gupshup/v2", "gupshup"}, []string{r.Name(), r.Provider()})
	ok, _ := r.Supports("message.delivered")
	require.True(t, ok)
	ok, why := r.Supports("message.played")
	require.False(t, ok)
	require.Equal(t, "version 2 has no such webhook", why)
	ok, _ = r.Supports("gupshup/v2/billing-event")
	require.True(t, ok)
	ok, why = r.Supports("gupshup/v2/biling-event")
	require.False(t, ok)
	require.Contains(t, why, `did you mean "gupshup/v2/billing-event"`)
	ok, _ = r.Supports("gupshup/v3/status.sent")
	require.False(t, ok, "it comes by another route")
	after, _, ok := r.Timing("message.delivered")
	require.True(t, ok)
	require.Equal(t, "message.sent", after)
	require.True(t, r.HasReason("not-on-whatsapp"))
	require.False(t, r.HasReason("bad-weather"))
	require.Equal(t, 1000, script.RouteOf(stageOf(t, "gupshup/v3").route).MaxItems())
}

// Every scenario that ships can be played on every route that has its events.
func TestScript_EveryShippedScenario(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	s := stageOf(t, "gupshup/v2")
	g, err := generator.New(s.catalog, generator.Options{})
	require.NoError(t, err)
	for _, provider := range s.catalog.Providers {
		for _, route := range provider.Routes {
			t.Run(route.Name, func(t *testing.T) {
				t.Parallel()
				for _, scenario := range library.All() {
					r := script.RouteOf(route)
					if scenario.Fits(r) != nil || !slices.ContainsFunc(scenario.Events(), func(e string) bool { ok, _ := r.Supports(e); return ok }) {
						continue
					}
					plan, err := scenario.Plan(r, scenarios.Options{Seed: 5, Conversations: 3})
					require.NoError(t, err, scenario.Name)
					script := script.Script{Catalog: s.catalog, Generator: g, Route: route, Plan: plan, Start: s.start}
					virtually(t, script)
				}
			})
		}
	}
}
