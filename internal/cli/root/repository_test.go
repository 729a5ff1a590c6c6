package root

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/cli"
)

// In a folder below the root, SARIF and annotations name files from the root.
func TestSARIF_FilesFromRepositoryRoot(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{".git/config": "", "tests/captures/a.ndjson": rejectedBody} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	t.Chdir(filepath.Join(root, "tests"))
	code, errs := ringback(t, io.Discard, "validate", "captures", "--report", "sarif=out.sarif", "--report", "github=out.github")
	require.Equal(t, cli.ExitFindings, code, errs)
	for name, want := range map[string]string{"out.sarif": `"uri": "tests/captures/a.ndjson"`, "out.github": "::error file=tests/captures/a.ndjson,line=1,"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(text), want)
	}
}

// Results of a grade point to the scenario that was saved for them, unless the command line
// names a file, and then to one that exists.
func TestSARIF_GradePointsToExistingFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	uris := func(args ...string) []string {
		t.Helper()
		code, out := gradedApp(t, app.Config{Bugs: []string{"body"}}, append([]string{"--only", "empty-response", "--report", "sarif=out.sarif"}, args...)...)
		require.Equal(t, cli.ExitOK, code, out)
		text, err := os.ReadFile("out.sarif")
		require.NoError(t, err)
		var all []string
		for _, found := range regexp.MustCompile(`"uri": "(.*)"`).FindAllSubmatch(text, -1) {
			all = append(all, string(found[1]))
			require.FileExists(t, string(found[1]))
		}
		return all
	}
	require.Empty(t, uris())
	require.NoError(t, os.WriteFile("go.mod", nil, 0o600))
	require.Equal(t, []string{"go.mod"}, uris())
	require.NoError(t, os.WriteFile("accepted.yaml", []byte("- {probe: P5, reason: known}\n"), 0o600))
	require.Equal(t, []string{"accepted.yaml"}, uris("--accept", "accepted.yaml"))
}

// What code scanning rejects is said where SARIF is wanted, and only there.
func TestSARIF_WarnsWithoutFile(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.ndjson", []byte(rejectedBody), 0o600))
	stdin := func(args ...string) string {
		t.Helper()
		var errs safeBuffer
		code := run(t.Context(), append([]string{"validate"}, args...), cli.Streams{In: strings.NewReader(rejectedBody), Out: io.Discard, Err: &errs})
		require.Equal(t, cli.ExitFindings, code, errs.String())
		return errs.String()
	}
	require.Equal(t, "ringback: write SARIF: 1 result without a file of the repository, which code scanning rejects; set --sarif-location FILE\n", stdin("-", "--report", "sarif=out.sarif"))
	require.Empty(t, stdin("-", "--report", "json=out.json"))
	require.Empty(t, stdin("a.ndjson", "--report", "sarif=out.sarif"))
	require.Empty(t, stdin("-", "--report", "sarif=out.sarif", "--sarif-location", "a.ndjson"))
	require.NoError(t, os.WriteFile("README.md", nil, 0o600))
	require.Empty(t, stdin("-", "--report", "sarif=out.sarif"))
}
