package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
)

// Results without a file of the repository point to one that is there, if any is.
func TestSARIFOptions_Find(t *testing.T) {
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
		{name: "the flag outside", folder: "sub", location: outside, problem: "is outside of the repository " + root + "; choose a file in it"},
		{name: "no such file", folder: "sub", location: "gone.yaml", problem: `"gone.yaml" isn't a file; choose a file of the repository`},
		{name: "a folder", folder: "sub", location: "../bare", problem: `"../bare" isn't a file; choose a file of the repository`},
	} {
		t.Chdir(filepath.Join(root, c.folder))
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.String("config", DefaultConfig, "")
		if c.config != "" {
			require.NoError(t, f.Set("config", c.config))
		}
		if c.fallback != "" {
			require.NoError(t, os.WriteFile(filepath.Join(root, c.fallback), nil, 0o600))
		}
		o := SARIFOptions{location: c.location}
		got, err := o.Find(f, func(name string) (string, bool) { text, found := c.environment[name]; return text, found }, c.accept)
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

func TestSARIFOptions_FlagReplacesFilesOfResults(t *testing.T) {
	t.Parallel()
	saved := map[string]string{"lifecycle": "found/lifecycle-gupshup-v2.yaml"}
	for location, want := range map[string]map[string]string{"": saved, "go.mod": nil} {
		o := SARIFOptions{location: location, Repository: report.Repository{Default: "go.mod"}}
		require.Equal(t, report.Repository{Default: "go.mod", Files: want}, o.With(saved))
	}
}
