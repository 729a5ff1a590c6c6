//go:build unix

package process_test

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/process"
)

func start(t *testing.T, line string) *process.Application {
	t.Helper()
	a, err := process.Start(line)
	require.NoError(t, err)
	t.Cleanup(a.Stop)
	return a
}

// pids starts a command that writes its process ID and that of its child to PIPE, and
// returns both.
func pids(t *testing.T, line string) (a *process.Application, all []int) {
	t.Helper()
	pipe := filepath.Join(t.TempDir(), "pids")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	a = start(t, strings.ReplaceAll(line, "PIPE", pipe))
	f, err := os.Open(pipe) // waits until the command writes
	require.NoError(t, err)
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		pid, err := strconv.Atoi(lines.Text())
		require.NoError(t, err)
		all = append(all, pid)
	}
	require.Len(t, all, 2)
	return a, all
}

// gone waits for the end of a process, which may remain as a zombie.
func gone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return syscall.Kill(pid, 0) != nil || err == nil && strings.Contains(string(state), ") Z ")
	}, 10*time.Second, 5*time.Millisecond)
}

// Stop ends the child processes, too, even if they ignore signals.
func TestStop_EndsProcessGroup(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"a child":         "sleep 600 & { echo $$; echo $!; } >PIPE; wait",
		"ignores SIGTERM": "trap '' TERM; sleep 600 & { echo $$; echo $!; } >PIPE; while :; do wait; done",
		"an orphan":       "sleep 600 >/dev/null 2>&1 & { echo $$; echo $!; } >PIPE",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, all := pids(t, line)
			if name != "an orphan" {
				require.Empty(t, a.Ended())
			}
			a.Stop()
			require.Equal(t, "it was stopped", a.Ended())
			for _, pid := range all {
				gone(t, pid)
			}
			a.Stop() // a second call does nothing
		})
	}
}

func TestEnded_Reason(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{"exit 0": "exit status 0", "echo broken >&2; exit 3": "exit status 3", "kill -9 $$": "signal: killed"} {
		a := start(t, line)
		require.Eventually(t, func() bool { return a.Ended() == want }, 10*time.Second, time.Millisecond, line)
	}
}

func TestRestart_StartsAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "starts")
	a := start(t, "echo one >>"+file+"; echo to stdout; echo to stderr >&2; exit 1")
	require.Eventually(t, func() bool { return a.Ended() != "" }, 10*time.Second, time.Millisecond)
	require.NoError(t, a.Restart(t.Context()))
	require.Eventually(t, func() bool { return a.Ended() != "" }, 10*time.Second, time.Millisecond)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "one\none\n", string(text))
	require.Equal(t, "to stdout\nto stderr\nto stdout\nto stderr", a.Output())
}

// The output keeps its end, in whole lines of valid UTF-8.
func TestOutput_IsBounded(t *testing.T) {
	t.Parallel()
	a := start(t, `i=0; while [ $i -lt 3000 ]; do echo "line $i é"; i=$((i+1)); done; printf 'last \377'`)
	require.Eventually(t, func() bool { return a.Ended() != "" }, 10*time.Second, time.Millisecond)
	text := a.Output()
	require.True(t, strings.HasPrefix(text, "…\nline "), text[:20])
	require.True(t, strings.HasSuffix(text, "line 2999 é\nlast �"), text[len(text)-40:])
	require.LessOrEqual(t, len(text), 4<<10+10)
	for line := range strings.Lines(text) {
		require.Regexp(t, `^(…|line \d+ é|last �)\n?$`, line)
	}
}
