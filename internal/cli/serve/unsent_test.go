package serve

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

func TestUnsentText(t *testing.T) {
	t.Parallel()
	require.Empty(t, unsentText(server.Unsent{}))
	for want, u := range map[string]server.Unsent{
		"1,234 events of 5 runs were": {Events: 1234, Runs: 5}, "1 event of 1 run was": {Events: 1, Runs: 1}, "999 events were": {Events: 999},
		"at least 1,000,000 events of 1 run were": {Events: 1_000_000, Runs: 1, AtLeast: true},
	} {
		require.Equal(t, "ringback: stopped: "+want+" not sent\n", unsentText(u))
	}
}
