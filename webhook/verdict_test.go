package webhook_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/webhook"
)

func TestLevel_JSONRoundTrip(t *testing.T) {
	t.Parallel()
	for level, word := range map[webhook.Level]string{
		webhook.OK: "ok", webhook.Drift: "drift", webhook.Error: "error", webhook.Unknown: "unknown", webhook.Inconclusive: "inconclusive",
	} {
		text, err := json.Marshal(level)
		require.NoError(t, err)
		require.Equal(t, `"`+word+`"`, string(text))
		var again webhook.Level
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, level, again)
	}
	var level webhook.Level
	require.ErrorContains(t, json.Unmarshal([]byte(`"fatal"`), &level), `no level is named "fatal"`)
	_, err := json.Marshal(webhook.Level(9))
	require.ErrorContains(t, err, "9 is no level")
}

// ok < drift < error = unknown = inconclusive: none of the last three is a pass.
func TestLevel_Rank(t *testing.T) {
	t.Parallel()
	require.Less(t, webhook.OK.Rank(), webhook.Drift.Rank())
	require.Less(t, webhook.Drift.Rank(), webhook.Error.Rank())
	require.Equal(t, webhook.Error.Rank(), webhook.Unknown.Rank())
	require.Equal(t, webhook.Error.Rank(), webhook.Inconclusive.Rank())
}
