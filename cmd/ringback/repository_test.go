package main

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// Results without a file of the repository point to one that is there, if any is.
func TestWhereResultsWithoutAFilePoint(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, name := range []string{".git/config", "sub/ringback.yaml", "sub/other.yaml", "accepted.yaml", "bare/x", "sub/.keep"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o600))
	}
	outside := filepath.Join(t.TempDir(), "x.yaml")
	require.NoError(t, os.WriteFile(outside, nil, 0o600))
	actions := map[string]string{"GITHUB_REPOSITORY": "acme/shop", "GITHUB_WORKFLOW_REF": "acme/shop/.github/workflows/ci.yaml@refs/heads/a@b"}
	for _, c := range []struct {
		name, folder, config, location string
		environment                    map[string]string
		want, problem                  string
	}{
		{name: "the settings file", folder: "sub", want: "sub/ringback.yaml", environment: actions},
		{name: "that of --config", folder: "sub", config: "other.yaml", want: "sub/other.yaml"},
		{name: "the workflow", folder: "bare", want: ".github/workflows/ci.yaml", environment: actions},
		{name: "the workflow of another repository", folder: "bare", environment: map[string]string{"GITHUB_REPOSITORY": "acme/app", "GITHUB_WORKFLOW_REF": actions["GITHUB_WORKFLOW_REF"]}, want: "bare/ringback.yaml"},
		{name: "a workflow that leads out", folder: "bare", environment: map[string]string{"GITHUB_REPOSITORY": "acme/shop", "GITHUB_WORKFLOW_REF": "acme/shop/../x@y"}, want: "bare/ringback.yaml"},
		{name: "nothing", folder: "bare", want: "bare/ringback.yaml"},
		{name: "a settings file outside", folder: "bare", config: outside, want: "bare/ringback.yaml"},
		{name: "the flag first", folder: "sub", location: "../accepted.yaml", want: "accepted.yaml", environment: actions},
		{name: "an absolute path", folder: "sub", location: filepath.Join(root, "accepted.yaml"), want: "accepted.yaml"},
		{name: "the flag outside", folder: "sub", location: outside, problem: "is outside of the repository " + root + "; name a file in it"},
		{name: "no such file", folder: "sub", location: "gone.yaml", problem: `"gone.yaml" isn't a file; name one of the repository`},
		{name: "a folder", folder: "sub", location: "../bare", problem: `"../bare" isn't a file; name one of the repository`},
	} {
		t.Chdir(filepath.Join(root, c.folder))
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.String("config", usualConfig, "")
		if c.config != "" {
			require.NoError(t, f.Set("config", c.config))
		}
		o := sarifOptions{location: c.location}
		got, err := o.find(f, func(name string) (string, bool) { text, found := c.environment[name]; return text, found })
		if c.problem != "" {
			require.ErrorContains(t, err, c.problem, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		require.Equal(t, c.want, got.Default, c.name)
		require.Equal(t, root, got.Root, c.name)
	}
}

// In a folder below the root, SARIF and annotations name files from the root.
func TestSARIFNamesFilesFromTheRoot(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{".git/config": "", "tests/captures/a.ndjson": refusedBody} {
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
