package ringback_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v4"
)

// built is the folder of a ringback that is built for the test.
func built(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.Command("go", "build", "-ldflags=-w", "-o", folder, "./cmd/ringback").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return folder
}

// The step of the GitHub Action that runs Ringback is run as a runner would: with its
// inputs in the environment, and a file for the summary of the job.
func TestAction_KeepsReports(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("action.yml")
	require.NoError(t, err)
	var action actionFile
	require.NoError(t, yaml.Unmarshal(source, &action))
	script := ""
	for _, step := range action.Runs.Steps {
		if step.Name == "Run it" {
			script = step.Run
		}
	}
	require.NotEmpty(t, script)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skipf("the step is a script for bash, which is not installed here; it runs wherever it is: %v", err)
	}
	folder := t.TempDir()
	captures := filepath.Join(folder, "of today") // a name with a space
	require.NoError(t, os.CopyFS(captures, os.DirFS("examples/captures")))
	summary := filepath.Join(folder, "summary.md")
	step := exec.Command(bash, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script)
	step.Dir = folder
	step.Env = append(os.Environ(), "PATH="+built(t)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"COMMAND=validate", "ARGUMENTS='"+captures+"'\n  --fail-on error\n", "REPORTS=ringback-captures", "GITHUB_STEP_SUMMARY="+summary)
	out, err := step.CombinedOutput()
	require.Error(t, err, "the captures have mistakes in them")
	require.Equal(t, 1, step.ProcessState.ExitCode(), "%s", out)
	require.Contains(t, string(out), "::error ", "the mistakes are annotated")
	for name, holds := range map[string]string{
		summary: "message-event.delivered",
		filepath.Join(folder, "ringback-captures/ringback.sarif"): `"version": "2.1.0"`,
		filepath.Join(folder, "ringback-captures/ringback.xml"):   "<testsuites",
		filepath.Join(folder, "ringback-captures/ringback.html"):  "<!doctype html>",
	} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Contains(t, string(text), holds, name)
	}
}

// An actionFile is what tests read of action.yml.
type actionFile struct {
	Inputs map[string]struct{ Default string }
	Runs   struct {
		Steps []struct {
			Name, Run, If, Uses string
			With                map[string]string
		}
	}
}

// Code scanning has a price and a permission of its own: the upload is off unless
// an input turns it on, and takes the file that the run writes.
func TestAction_UploadsSARIFOnRequest(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("action.yml")
	require.NoError(t, err)
	var action actionFile
	require.NoError(t, yaml.Unmarshal(source, &action))
	require.Equal(t, "false", action.Inputs["upload-sarif"].Default)
	uploads, version := 0, regexp.MustCompile(`^[\w-]+(/[\w-]+)+@v\d+$`)
	for _, step := range action.Runs.Steps {
		if step.Uses != "" {
			require.Regexp(t, version, step.Uses, "all actions are pinned alike")
		}
		if !strings.HasPrefix(step.Uses, "github/codeql-action/upload-sarif@") {
			continue
		}
		uploads++
		require.Regexp(t, `^\$\{\{ !cancelled\(\) && inputs\.upload-sarif == 'true' && .* \}\}$`, step.If)
		require.Equal(t, "ringback-${{ inputs.name || inputs.command }}/ringback.sarif", step.With["sarif_file"])
	}
	require.Equal(t, 1, uploads)
	page, err := os.ReadFile("docs/ci.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "security-events: write")
	require.Contains(t, string(page), `upload-sarif: "true"`)
}

// The hooks take the files that their patterns mean, and refuse what is broken.
func TestHooks_MatchFiles(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(".pre-commit-hooks.yaml")
	require.NoError(t, err)
	var hooks []struct{ ID, Entry, Files string }
	require.NoError(t, yaml.Unmarshal(source, &hooks))
	folder := built(t)
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	require.NoError(t, os.WriteFile(broken, []byte("name: broken\nsteps: [{sent: message.read}]\n"), 0o600))
	for _, c := range []struct {
		hook, file string
		code       int
	}{
		{"ringback-scenarios", "scenarios/message-delivered.yaml", 0},
		{"ringback-scenarios", broken, 2},
		{"ringback-captures", "examples/captures/sample.ndjson", 1},
	} {
		found := false
		for _, h := range hooks {
			if h.ID != c.hook {
				continue
			}
			found = true
			words := strings.Fields(h.Entry)
			hook := exec.Command(filepath.Join(folder, words[0]), append(words[1:], c.file)...)
			out, _ := hook.CombinedOutput()
			require.Equal(t, c.code, hook.ProcessState.ExitCode(), "%s %s: %s", c.hook, c.file, out)
		}
		require.True(t, found, c.hook)
	}
}
