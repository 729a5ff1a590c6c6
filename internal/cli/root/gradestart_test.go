//go:build unix

package root

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// A setting that runs a command is refused, wherever it stands in the file.
func TestConfig_RefusesACommand(t *testing.T) {
	t.Parallel()
	for text, at := range map[string]string{"start: touch x\n": "1:1", "grade:\n  start: touch x\n": "2:3", "grade:\n  start: [touch x]\n": "2:3"} {
		path := filepath.Join(t.TempDir(), "ringback.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		for _, command := range []string{"grade --to http://127.0.0.1:1/", "plan message-delivered"} {
			code, _, errs := ran(t, append(strings.Fields(command), "--config", path)...)
			require.Equal(t, cli.ExitUsage, code, errs)
			require.Equal(t, "ringback: "+path+":"+at+": setting start runs a command, which only the command line may set; remove it, and set --start\n", errs)
		}
	}
	code, out, _ := ran(t, "config", "schema")
	require.Equal(t, cli.ExitOK, code)
	require.NotContains(t, out, `"start"`)
}

// careless builds the example application.
func careless(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "careless")
	out, err := exec.Command("go", "build", "-ldflags=-s", "-o", path, "../../../examples/consumers/careless").CombinedOutput()
	require.NoError(t, err, string(out))
	return path
}

// freeAddr is an address on which nobody listens.
func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}

// An application is started, started again when it no longer responds, so that the
// probes after it can be told, and stopped at the end.
func TestGrade_StartsTheApplication(t *testing.T) {
	t.Parallel()
	at, provider := freeAddr(t), freeAddr(t)
	_, port, _ := net.SplitHostPort(at)
	starts := filepath.Join(t.TempDir(), "starts")
	start := "echo starting | tee -a " + starts + "; PORT=" + port + " PROVIDER_URL=http://" + provider + " BUG=crash exec " + careless(t)
	tried := []string{"grade", "--to", "http://" + at + "/webhooks", "--state-url", "http://" + at + "/state", "--listen", provider, "--only", "baseline,malformed,content-type"}
	code, out, errs := ran(t, append(tried, "--start", start)...)
	require.Equal(t, cli.ExitFindings, code, out+errs)
	require.Regexp(t, `P0 +baseline +pass`, out)
	require.Regexp(t, `D3 +malformed +fail`, out)
	require.Regexp(t, `D4 +content-type +pass`, out)
	require.Regexp(t, `end of the application's output\n    starting\n    listening on http://`+at, out)
	text, err := os.ReadFile(starts)
	require.NoError(t, err)
	require.Equal(t, "starting\nstarting\n", string(text))
	_, err = net.Dial("tcp", at)
	require.Error(t, err, "it is stopped")
	lines := regexp.MustCompile(`(?m)^ ?\d+/\d+ +\w+ .*$`).FindAllString(errs, -1)
	require.Len(t, lines, 3, errs)
	require.Regexp(t, `^ 2/3  D3   malformed          fail            +\d+\.\ds$`, lines[1])
}

// What cannot be started, or ends, is no finding about it, and says why.
func TestGrade_SaysWhyTheApplicationDidNotStart(t *testing.T) {
	t.Parallel()
	at := freeAddr(t)
	code, _, errs := ran(t, "grade", "--to", "http://"+at+"/", "--listen", "127.0.0.1:0", "--start", "echo no such module >&2; exit 3")
	require.Equal(t, cli.ExitEnvironment, code)
	require.Contains(t, errs, "application: no such module\nringback: grade http://"+at+"/: the application has exited: exit status 3\n")
}

// What is wrong with the command line is found before anything listens, starts or is
// written.
func TestGrade_ChecksItsOptionsFirst(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"--only foo":                          `choose probes: no probe or group is named "foo"`,
		"--skip foo":                          `choose probes: no probe or group is named "foo"`,
		"--only baseline --skip baseline":     "choose probes: no probes left",
		"--with app.fone=1":                   "read --with: \"app.fone\" is not a value",
		"--state-url http://127.0.0.1:1/{{x}": "read state URL: ",
	} {
		folder := t.TempDir()
		started, written := filepath.Join(folder, "started"), filepath.Join(folder, "grade.json")
		code, out, errs := ran(t, append([]string{"grade", "--to", "http://127.0.0.1:1/", "--listen", "127.0.0.1:0", "--start", "touch " + started, "--report", "json=" + written}, strings.Fields(args)...)...)
		require.Equal(t, cli.ExitUsage, code, args)
		require.Empty(t, out, args)
		require.Contains(t, errs, "ringback: "+want, args)
		require.Equal(t, 1, strings.Count(errs, "\n"), errs)
		require.NoFileExists(t, started, args)
		require.NoFileExists(t, written, args)
	}
}
