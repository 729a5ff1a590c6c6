package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/enginetest"
)

// Whatever the load, a run keeps the order, what is released together, the delays between attempts
// and the bound of the concurrency, stops when it should, and sends nothing twice.
func TestPlay_KeepsTheRulesOfTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		load := enginetest.Draw(rt)
		var broken error
		synctest.Test(t, func(t *testing.T) { broken = runModel(t, load) })
		if broken != nil {
			rt.Fatalf("%v", broken)
		}
	})
}

func runModel(t *testing.T, load enginetest.Load) error {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c := enginetest.NewConsumer(load)
	if load.Stop > 0 {
		defer time.AfterFunc(load.Stop, stop).Stop()
	}
	target := engine.Target{Concurrency: load.Concurrency, HeadOfLine: load.HeadOfLine, WaitsForResponse: load.WaitsForResponse, Schedule: load.Schedule()}
	var outcomes []enginetest.Outcome
	for r, err := range engine.Play(ctx, load.Jobs(), []engine.Target{target}, c, pace(t, load.Speed())) {
		if err != nil {
			return err
		}
		outcomes = append(outcomes, enginetest.Outcome{ID: r.ID, Accepted: r.Accepted, Dropped: r.Dropped, Attempts: len(r.Attempts)})
	}
	return c.Check(outcomes)
}
