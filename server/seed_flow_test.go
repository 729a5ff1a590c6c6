package server_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

// Servers whose seeds differ in either half issue other IDs, and a restart with the same
// seed issues the same.
func TestIDs_DifferByBothHalvesOfTheSeed(t *testing.T) {
	t.Parallel()
	id := func(high, low uint64) string {
		w := newWorld(t, func(o *server.Options) { o.SeedHigh, o.Seed = high, low })
		return w.call(text(userPhone)).field(t, "messageId")
	}
	first := id(1, 1)
	require.Equal(t, first, id(1, 1))
	require.NotEqual(t, first, id(2, 1))
	require.NotEqual(t, first, id(1, 2))
	require.NotEqual(t, first, id(0, 1))
}

// Runs that are given no seed draw from so many that they don't meet, and that every
// reader of JSON keeps.
func TestRuns_DrawSeedsThatDoNotMeet(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const runs, bits = 64, 53
	seen, drawn := map[uint64]bool{}, uint64(0)
	for range runs {
		made := w.order("/runs", `{"scenario":"message-failed-sync","route":"netcore","to":"`+w.consumer.URL+`/to"}`)
		var run struct{ Seed uint64 }
		require.NoError(t, json.Unmarshal([]byte(made.body), &run))
		seen[run.Seed], drawn = true, drawn|run.Seed
	}
	require.Len(t, seen, runs)
	require.Equal(t, uint64(1<<bits-1), drawn)
}
