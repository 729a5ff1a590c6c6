package main

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/report"
)

// Results without a file of the repository point to one that is there, if any is.
func TestWhereResultsWithoutAFilePoint(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, name := range []string{".git/config", "sub/ringback.yaml", "sub/other.yaml", "accepted.yaml", "bare/x", "sub/.keep", ".github/workflows/ci.yaml"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o600))
	}
	outside := filepath.Join(t.TempDir(), "x.yaml")
	require.NoError(t, os.WriteFile(outside, nil, 0o600))
	workflow := func(name string) map[string]string {
		return map[string]string{"GITHUB_REPOSITORY": "acme/shop", "GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/" + name + "@refs/heads/a@b"}
	}
	actions := workflow("ci.yaml")
	for _, c := range []struct {
		name, folder, config, location, accept, fallback string
		environment                                      map[string]string
		want, problem                                    string
	}{
		{name: "the settings file", folder: "sub", want: "sub/ringback.yaml", environment: actions},
		{name: "that of --config", folder: "sub", config: "other.yaml", want: "sub/other.yaml"},
		{name: "the workflow", folder: "bare", want: ".github/workflows/ci.yaml", environment: actions},
		{name: "the workflow of another repository", folder: "bare", environment: map[string]string{"GITHUB_REPOSITORY": "acme/app", "GITHUB_WORKFLOW_REF": actions["GITHUB_WORKFLOW_REF"]}, want: ""},
		{name: "a workflow that leads out", folder: "bare", environment: map[string]string{"GITHUB_REPOSITORY": "acme/shop", "GITHUB_WORKFLOW_REF": "acme/shop/../x@y"}, want: ""},
		{name: "nothing", folder: "bare", want: ""},
		{name: "a workflow that isn't there", folder: "bare", environment: workflow("gone.yaml"), want: ""},
		{name: "accepted findings", folder: "bare", accept: "../accepted.yaml", fallback: "README.md", environment: workflow("gone.yaml"), want: "accepted.yaml"},
		{name: "the workflow before accepted findings", folder: "bare", accept: "../accepted.yaml", environment: actions, want: ".github/workflows/ci.yaml"},
		{name: "accepted findings that aren't there", folder: "bare", accept: "gone.yaml", want: ""},
		{name: "the README", folder: "bare", fallback: "README.md", want: "README.md"},
		{name: "the module", folder: "bare", fallback: "go.mod", want: "go.mod"},
		{name: "the package", folder: "bare", fallback: "package.json", want: "package.json"},
		{name: "the settings file before the README", folder: "sub", fallback: "README.md", want: "sub/ringback.yaml"},
		{name: "a settings file outside", folder: "bare", config: outside, want: ""},
		{name: "the flag first", folder: "sub", location: "../accepted.yaml", want: "accepted.yaml", environment: actions},
		{name: "an absolute path", folder: "sub", location: filepath.Join(root, "accepted.yaml"), want: "accepted.yaml"},
		{name: "the flag outside", folder: "sub", location: outside, problem: "is outside of the repository " + root + "; name a file in it"},
		{name: "no such file", folder: "sub", location: "gone.yaml", problem: `"gone.yaml" isn't a file; name one of the repository`},
		{name: "a folder", folder: "sub", location: "../bare", problem: `"../bare" isn't a file; name one of the repository`},
	} {
		t.Chdir(filepath.Join(root, c.folder))
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.String("config", defaultConfig, "")
		if c.config != "" {
			require.NoError(t, f.Set("config", c.config))
		}
		if c.fallback != "" {
			require.NoError(t, os.WriteFile(filepath.Join(root, c.fallback), nil, 0o600))
		}
		o := sarifOptions{location: c.location}
		got, err := o.find(f, func(name string) (string, bool) { text, found := c.environment[name]; return text, found }, c.accept)
		if c.fallback != "" {
			require.NoError(t, os.Remove(filepath.Join(root, c.fallback)))
		}
		if c.problem != "" {
			require.ErrorContains(t, err, c.problem, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got.Default, c.name)
		require.Equal(t, root, got.Root, c.name)
		if c.want != "" {
			require.True(t, c.fallback == c.want || isFile(filepath.Join(root, c.want)), c.name)
		}
	}
}

// In a folder below the root, SARIF and annotations name files from the root.
func TestSARIFNamesFilesFromTheRoot(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{".git/config": "", "tests/captures/a.ndjson": rejectedBody} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o600))
	}
	t.Chdir(filepath.Join(root, "tests"))
	code, errs := ringback(t, io.Discard, "validate", "captures", "--report", "sarif=out.sarif", "--report", "github=out.github")
	require.Equal(t, exitFindings, code, errs)
	for name, want := range map[string]string{"out.sarif": `"uri": "tests/captures/a.ndjson"`, "out.github": "::error file=tests/captures/a.ndjson,line=1,"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(text), want)
	}
}

// Results of a grade point to the scenario that was saved for them, unless the command line
// names a file, and then to one that exists.
func TestSARIFOfAGradePointsToFilesThatExist(t *testing.T) {
	t.Chdir(t.TempDir())
	uris := func(args ...string) []string {
		t.Helper()
		code, out := gradedApp(t, app.Config{Bugs: []string{"body"}}, append([]string{"--only", "empty-answer", "--report", "sarif=out.sarif"}, args...)...)
		require.Equal(t, exitFine, code, out)
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

func TestOptions_KeepNamesTheScenarioOfAProbe(t *testing.T) {
	t.Chdir(t.TempDir())
	o := gradeOptions{save: "found"}
	require.NoError(t, o.keep(contracttest.Violation{Name: "lifecycle-gupshup-v2", Probe: "lifecycle"}))
	saved := map[string]string{"lifecycle": "found/lifecycle-gupshup-v2.yaml"}
	require.Equal(t, saved, o.saved)
	require.FileExists(t, saved["lifecycle"])
}

func TestSARIFOptions_FlagReplacesFilesOfResults(t *testing.T) {
	t.Parallel()
	saved := map[string]string{"lifecycle": "found/lifecycle-gupshup-v2.yaml"}
	for location, want := range map[string]map[string]string{"": saved, "go.mod": nil} {
		o := sarifOptions{location: location, repository: report.Repository{Default: "go.mod"}}
		require.Equal(t, report.Repository{Default: "go.mod", Files: want}, o.with(saved))
	}
}

// What code scanning rejects is said where SARIF is wanted, and only there.
func TestSARIFWithoutAFileWarns(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.ndjson", []byte(rejectedBody), 0o600))
	stdin := func(args ...string) string {
		t.Helper()
		var errs safeBuffer
		code := run(t.Context(), append([]string{"validate"}, args...), streams{in: strings.NewReader(rejectedBody), out: io.Discard, err: &errs})
		require.Equal(t, exitFindings, code, errs.String())
		return errs.String()
	}
	require.Equal(t, "ringback: write SARIF: 1 result without a file of the repository, which code scanning rejects; give --sarif-location FILE\n", stdin("-", "--report", "sarif=out.sarif"))
	require.Empty(t, stdin("-", "--report", "json=out.json"))
	require.Empty(t, stdin("a.ndjson", "--report", "sarif=out.sarif"))
	require.Empty(t, stdin("-", "--report", "sarif=out.sarif", "--sarif-location", "a.ndjson"))
	require.NoError(t, os.WriteFile("README.md", nil, 0o600))
	require.Empty(t, stdin("-", "--report", "sarif=out.sarif"))
}
