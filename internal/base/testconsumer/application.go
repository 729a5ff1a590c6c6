package testconsumer

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Application starts an application of whatever language on a free port, with further
// settings in its environment, and returns its URL: it says "listening on URL" first. It
// is killed when the test ends, and must not have ended by itself or complained.
func Application(tb testing.TB, settings []string, command ...string) (url string) {
	tb.Helper()
	application := exec.Command(command[0], command[1:]...) //nolint:noctx // it is killed, and a watching goroutine would count as a leak
	application.Env = append(append(os.Environ(), "PORT=0"), settings...)
	application.WaitDelay = 10 * time.Second
	var errs bytes.Buffer
	application.Stderr = &errs
	out, err := application.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, application.Start())
	tb.Cleanup(func() {
		require.NoError(tb, application.Process.Kill(), "it has ended by itself")
		var killed *exec.ExitError
		require.ErrorAs(tb, application.Wait(), &killed)
		require.Empty(tb, errs.String())
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(tb, err)
	url, found := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	require.True(tb, found, line)
	require.True(tb, strings.HasPrefix(url, "http://127.0.0.1:"), url)
	return url
}
