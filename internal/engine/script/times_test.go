package script_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// times are those of all items of a script, as its generator gets them.
func times(s script.Script) (all []time.Time) {
	for planned := range s.Plan.PlannedEvents {
		all = append(all, timesOf(s.Request(&planned))...)
	}
	return all
}

func timesOf(r generator.Request) (all []time.Time) {
	for _, item := range r.Items {
		for _, d := range []time.Duration{item.At, item.Message.Submitted, item.Message.Enqueued, item.Message.Sent, item.Message.Delivered, item.Message.Read} {
			if d != scenarios.NotYet {
				all = append(all, r.Start.Add(d))
			}
		}
	}
	return all
}

func scriptOf(t *testing.T, name, route string, conversations int) script.Script {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	r, err := catalog.Route(route)
	require.NoError(t, err)
	one, err := library.Scenario(name)
	require.NoError(t, err)
	plan, err := one.Plan(script.RouteOf(r), scenarios.Options{Seed: 7, Conversations: conversations})
	require.NoError(t, err)
	return script.Script{Catalog: catalog, Route: r, Plan: plan, Start: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
}

// Every scenario on every route ends at the moment, with the gaps of its plan, or is left as it is if
// it ends before.
func TestNotAfter_MovesTheStart(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	moved := 0
	for _, one := range library.All() {
		name := one.Name
		for _, p := range catalog.Providers {
			for _, r := range p.Routes {
				plan, err := one.Plan(script.RouteOf(r), scenarios.Options{Seed: 7})
				if err != nil {
					continue
				}
				s := script.Script{Catalog: catalog, Route: r, Plan: plan, Start: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
				latest := s.Start.Add(time.Minute)
				before, after := times(s), times(s.NotAfter(latest))
				require.Len(t, after, len(before))
				offset := time.Duration(0)
				for i := range before {
					if i == 0 {
						offset = before[0].Sub(after[0])
					}
					require.Equal(t, offset, before[i].Sub(after[i]), "%s on %s: all times are moved alike", name, r.Name)
					require.False(t, after[i].After(latest), "%s on %s", name, r.Name)
				}
				if offset > 0 {
					moved++
				}
			}
		}
	}
	require.Greater(t, moved, 50)
}

// A plan that is too large to be measured is estimated, and what is late has the time of the moment.
func TestNotAfter_LargePlan(t *testing.T) {
	t.Parallel()
	const conversations = 26_000
	s := scriptOf(t, "message-delivered", "gupshup/v3", conversations)
	latest := s.Start
	limited := s.NotAfter(latest)
	span := s.Start.Sub(limited.Start)
	require.Greater(t, span, s.Plan.Opened(conversations-1))
	late, all := 0, 0
	for planned := range s.Plan.PlannedEvents {
		if all++; planned.At > span {
			late++
		} else if all > 1 {
			continue
		}
		before := planned.Items[0]
		for _, one := range timesOf(limited.Request(&planned)) {
			require.False(t, one.After(latest))
		}
		require.Equal(t, before, planned.Items[0], "the plan's own items stay")
	}
	require.Positive(t, late)
	require.Less(t, late, all/500, "few events are later than estimated")
}
