package cli_test

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

func TestParseMemory_Sizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"64MiB": 64 << 20, "2GiB": 2 << 30, "128 MiB": 128 << 20} {
		got, err := cli.ParseMemory(text)
		require.NoError(t, err)
		require.Equal(t, want, int64(got))
		require.Positive(t, got.Journal())
		require.Less(t, 2*got.Journal(), want, "the journal and what is in flight")
	}
	for text, problem := range map[string]string{
		"": `"" is not a size`, "64": `"64" is not a size`, "64MB": "use a number of MiB or GiB", "-1GiB": "is not a size", "1.5GiB": "is not a size", "MiB": "is not a size",
		"8MiB": "8MiB is too small; use 56 MiB or more",
	} {
		_, err := cli.ParseMemory(text)
		require.ErrorContains(t, err, "read --memory: ", text)
		require.ErrorContains(t, err, problem, text)
	}
}

// What the user sets in the environment stays.
func TestMemory_ApplyHonorsEnvironment(t *testing.T) { //nolint:paralleltest // the settings are the process's
	memory := cli.Memory(100 << 20)
	limit := func() int64 { return debug.SetMemoryLimit(-1) }
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	for name, value := range map[string]string{"GOGC": "", "GOMEMLIMIT": ""} {
		t.Setenv(name, value)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(77))
	before := limit()
	undo := memory.Apply()
	require.Less(t, limit(), int64(memory))
	require.Equal(t, 100, percent())
	undo()
	require.Equal(t, before, limit())
	require.Equal(t, 77, percent())

	t.Setenv("GOGC", "77")
	t.Setenv("GOMEMLIMIT", "off")
	defer memory.Apply()()
	require.Equal(t, before, limit())
	require.Equal(t, 77, percent())
}

func TestLimitGarbage_UntilUndo(t *testing.T) { //nolint:paralleltest // the settings are the process's
	percent := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	defer debug.SetGCPercent(debug.SetGCPercent(77))
	t.Setenv("GOGC", "")
	undo := cli.LimitGarbage()
	require.Equal(t, 200, percent())
	undo()
	require.Equal(t, 77, percent())

	t.Setenv("GOGC", "77")
	defer cli.LimitGarbage()()
	require.Equal(t, 77, percent(), "what the user sets in the environment stays")
}
