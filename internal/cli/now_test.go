package cli_test

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

func TestNow_Time(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Time{
		"2026-03-01T10:00:00Z":      time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC),
		"2026-03-01T10:00:00+05:30": time.Date(2026, 3, 1, 4, 30, 0, 0, time.UTC),
	} {
		var now cli.Now
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		now.Flag(flags, "the reference time")
		require.False(t, now.Set())
		require.NoError(t, flags.Parse([]string{"--now", text}))
		require.True(t, now.Set())
		at, err := now.Time()
		require.NoError(t, err)
		require.Equal(t, want, at)
	}
	var now cli.Now
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	now.Flag(flags, "the reference time")
	before := time.Now()
	at, err := now.Time()
	require.NoError(t, err)
	require.False(t, at.Before(before), "without the flag, it is now")
	require.NoError(t, flags.Parse([]string{"--now", "tomorrow"}))
	_, err = now.Time()
	require.EqualError(t, err, `read --now: "tomorrow" is not a time (for example 2026-03-01T10:00:00Z)`)
}
