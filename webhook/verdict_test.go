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
		webhook.LevelOK: "ok", webhook.LevelDrift: "drift", webhook.LevelError: "error", webhook.LevelUnknown: "unknown", webhook.LevelInconclusive: "inconclusive",
	} {
		text, err := json.Marshal(level)
		require.NoError(t, err)
		require.Equal(t, `"`+word+`"`, string(text))
		var again webhook.Level
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, level, again)
	}
	var level webhook.Level
	require.ErrorContains(t, json.Unmarshal([]byte(`"fatal"`), &level), `unknown level "fatal"`)
	_, err := json.Marshal(webhook.Level(9))
	require.ErrorContains(t, err, "9 is not a level")
}

// None of error, unknown and inconclusive counts as valid.
func TestLevel_Rank(t *testing.T) {
	t.Parallel()
	require.Less(t, webhook.LevelOK.Rank(), webhook.LevelDrift.Rank())
	require.Less(t, webhook.LevelDrift.Rank(), webhook.LevelError.Rank())
	require.Equal(t, webhook.LevelError.Rank(), webhook.LevelUnknown.Rank())
	require.Equal(t, webhook.LevelError.Rank(), webhook.LevelInconclusive.Rank())
}

func TestOutcome_JSONRoundTrip(t *testing.T) {
	t.Parallel()
	for outcome, name := range map[webhook.Outcome]string{
		webhook.OutcomeInconclusive: "inconclusive", webhook.OutcomePassed: "pass", webhook.OutcomeFailed: "fail", webhook.OutcomeNotApplicable: "not_applicable",
	} {
		text, err := json.Marshal(outcome)
		require.NoError(t, err)
		require.Equal(t, `"`+name+`"`, string(text))
		var again webhook.Outcome
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, outcome, again)
	}
	var outcome webhook.Outcome
	require.ErrorContains(t, json.Unmarshal([]byte(`"passed"`), &outcome), `got "passed"`)
	_, err := json.Marshal(webhook.Outcome(9))
	require.ErrorContains(t, err, "9 is not an outcome")
}
