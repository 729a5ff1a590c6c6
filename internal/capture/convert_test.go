package capture_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/capture"
)

// conversion is the command that the message of a file gives.
func conversion(t *testing.T, path string) string {
	t.Helper()
	bodies, errs := read(t, path, capture.Options{})
	require.Empty(t, bodies)
	require.Len(t, errs, 1)
	var e *capture.UnsupportedError
	require.ErrorAs(t, errs[0], &e)
	command, found := strings.CutPrefix(e.Advice, "convert it: ")
	require.True(t, found, e.Advice)
	return command
}

// runIn runs a command of a message in a folder.
func runIn(t *testing.T, folder, command string) {
	t.Helper()
	for part := range strings.SplitSeq(command, " && ") {
		tool, _, _ := strings.Cut(part, " ")
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the command of the message needs %s, which is not installed here: %v", tool, err)
		}
	}
	run := exec.Command("sh", "-c", command)
	run.Dir = folder
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, out)
}

func TestAConversionLeavesItsInput(t *testing.T) {
	for input, output := range map[string]string{
		"bodies.ndjson":        "bodies-2.ndjson",
		"dir/../bodies.ndjson": "bodies-2.ndjson",
		"Bodies.NDJSON":        "bodies-2.ndjson",
		"bodies-2.ndjson":      "bodies.ndjson",
	} {
		t.Run(input, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.Mkdir("dir", 0o700))
			content := each("webhook received: %s\n", "")
			require.NoError(t, os.WriteFile(input, []byte(content), 0o600))
			runIn(t, ".", conversion(t, input))
			after, err := os.ReadFile(input)
			require.NoError(t, err)
			require.Equal(t, content, string(after))
			bodies, errs := read(t, output, capture.Options{})
			require.Empty(t, errs)
			require.Equal(t, wrappedBodies(), bodies)
		})
	}
}
