package server

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/enginetest"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
)

// A run of the server keeps the rules that a run of the engine keeps.
func TestServer_KeepsTheRulesOfTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		load := enginetest.Draw(rt)
		var broken error
		synctest.Test(t, func(t *testing.T) { broken = serveModel(t, load) })
		if broken != nil {
			rt.Fatalf("%v", broken)
		}
	})
}

func serveModel(t *testing.T, load enginetest.Load) error {
	s := newServer(t, nil)
	one, leave, err := s.start(defaultSession)
	require.NoError(t, err)
	route, err := s.options.Catalog.Route("gupshup/v2")
	require.NoError(t, err)
	speed, err := engine.ParseSpeed(load.Speed())
	require.NoError(t, err)
	c := enginetest.NewConsumer(load)
	to := target{key: "to test", name: "test"}
	one.opened[route.Name+" "+to.key] = engine.Open(s.running, engine.Target{Concurrency: load.Concurrency, HeadOfLine: load.HeadOfLine, WaitsForResponse: load.WaitsForResponse, Schedule: load.Schedule()}, c, watcher())
	r := &activeRun{Route: route.Name, session: one, retrySpeed: speed, only: &to, script: &script.Script{Catalog: s.options.Catalog, Generator: s.generator, Route: route}}
	next, stop := pulled(load.Jobs())
	require.True(t, one.begin(r, next, stop, time.Now(), speed))
	if load.Stop > 0 {
		time.AfterFunc(load.Stop, r.Stop)
	}
	leave(true)
	time.Sleep(1000 * time.Hour) // every retry is over
	synctest.Wait()
	found, _, err := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery})
	require.NoError(t, err)
	slices.Reverse(found) // the oldest first
	dropped := load.DroppedIDs()
	var outcomes []enginetest.Outcome
	for _, e := range found {
		o := enginetest.Outcome{Accepted: e.State == journal.StateSucceeded, Dropped: e.State == journal.StateDropped}
		if e.Delivery != nil {
			o.ID, o.Attempts = e.Delivery.ID, len(e.Delivery.Attempts)
		}
		if o.Dropped && len(dropped) > 0 { // the journal has no event of it
			o.ID, dropped = dropped[0], dropped[1:]
		}
		outcomes = append(outcomes, o)
	}
	require.Zero(t, one.busy.Load(), "nothing is left")
	s.Close()
	return c.Check(outcomes)
}
