package validate

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func TestOutcome_ExitCodes(t *testing.T) {
	t.Parallel()
	of := func(levels ...webhook.Level) *report.Counts {
		tally := report.NewCounts()
		for _, level := range levels {
			tally.Add("a", webhook.Item{Verdict: webhook.Verdict{Level: level}})
		}
		return tally
	}
	for _, c := range []struct {
		name   string
		tally  *report.Counts
		failOn string
		unread bool
		code   int
	}{
		{"fine", of(webhook.LevelOK), "drift", false, cli.ExitOK},
		{"drift is fine", of(webhook.LevelOK, webhook.LevelDrift), "error", false, cli.ExitOK},
		{"drift is not", of(webhook.LevelOK, webhook.LevelDrift), "drift", false, cli.ExitFindings},
		{"an error", of(webhook.LevelError, webhook.LevelOK), "error", false, cli.ExitFindings},
		{"unknown is no pass", of(webhook.LevelUnknown), "error", false, cli.ExitFindings},
		{"inconclusive is no pass", of(webhook.LevelInconclusive), "error", false, cli.ExitFindings},
		{"nothing fails", of(webhook.LevelError), "none", false, cli.ExitOK},
		{"unread weighs more", of(webhook.LevelError), "none", true, cli.ExitEnvironment},
		{"unread, and nothing judged", of(), "none", true, cli.ExitEnvironment},
		{"nothing judged", of(), "none", false, cli.ExitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := outcome(c.tally, c.failOn, c.unread)
			if c.code == cli.ExitOK {
				require.NoError(t, err)
				return
			}
			var e cli.ExitError
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.code, e.Code)
		})
	}
}
