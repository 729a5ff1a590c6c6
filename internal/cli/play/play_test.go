package play

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// parsed runs a command line of play, without sending.
func parsed(t *testing.T, args ...string) *PlayOptions {
	t.Helper()
	var got *PlayOptions
	c := NewPlayCommand(&cli.Factory{}, func(_ context.Context, o *PlayOptions) error {
		got = o
		return nil
	})
	c.SetArgs(args)
	require.NoError(t, c.Execute())
	require.NotNil(t, got)
	return got
}

func TestNewPlayCommand_Defaults(t *testing.T) {
	t.Parallel()
	o := parsed(t, "message-delivered", "--out", "-")
	require.Equal(t, "message-delivered", o.scenario)
	require.Equal(t, "-", o.out)
	require.Equal(t, runOptions{speed: "1x", format: "pretty"}, o.runOptions)
	require.Equal(t, 16, o.Concurrency)
}

func TestNewPlayCommand_Flags(t *testing.T) {
	t.Parallel()
	o := parsed(t, "mine.yaml", "--to", "http://127.0.0.1:3000/", "--provider", "netcore", "--seed", "7", "--fault", "duplicate", "--fault", "delay:2s",
		"--speed", "60x", "--tape", "run.tape", "--format", "ndjson", "--quiet", "--secret", "a", "--timeout", "5s")
	require.Equal(t, "mine.yaml", o.scenario)
	require.Equal(t, "http://127.0.0.1:3000/", o.To)
	require.Equal(t, "netcore", o.ScriptOptions.Provider)
	require.Equal(t, "7", o.ScriptOptions.Seed)
	require.Equal(t, []string{"duplicate", "delay:2s"}, o.Faults)
	require.Equal(t, runOptions{speed: "60x", tape: "run.tape", format: "ndjson", quiet: true}, o.runOptions)
	require.Equal(t, []string{"a"}, o.Secrets)
	require.Equal(t, 5*time.Second, o.EndpointOptions.Timeout)
}

func TestNewPlayCommand_RejectsUnknownFormat(t *testing.T) {
	t.Parallel()
	c := NewPlayCommand(&cli.Factory{}, func(context.Context, *PlayOptions) error { panic("not reached") })
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs([]string{"message-delivered", "--format", "toml"})
	require.ErrorContains(t, c.Execute(), `"toml" is not one of pretty, ndjson`)
}
