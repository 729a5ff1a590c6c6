package ringback_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Programs that use the public packages work outside the module, and are short.
func TestLibrary_ProgramsOutsideTheModule(t *testing.T) {
	if os.Getenv("TEST_BUILDS") == "" {
		t.Skip("builds programs; it runs with TEST_BUILDS=1, as in .ci/run")
	}
	root, err := os.Getwd()
	require.NoError(t, err)
	outside := t.TempDir()
	require.NoError(t, os.CopyFS(outside, os.DirFS("testdata/library")))
	mod, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	own := regexp.MustCompile(`(?m)^module .*$`)
	require.True(t, own.Match(mod))
	text := own.ReplaceAllString(string(mod), "module example.com/outside") +
		"\nrequire github.com/ringback-dev/ringback v0.0.0\nreplace github.com/ringback-dev/ringback => " + root + "\n"
	require.NoError(t, os.WriteFile(filepath.Join(outside, "go.mod"), []byte(text), 0o600))
	sums, err := os.ReadFile("go.sum")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(outside, "go.sum"), sums, 0o600))

	for name, want := range map[string]struct {
		command, file string
		lines         int
		out           string
	}{
		"validate": {"run", "main.go", 15, "1:44 /payload/type string \"opted-inn\"; did you mean \"opted-in\"?\n"},
		"generate": {"run", "main.go", 10, "gupshup/v2/message-event.delivered\n{\"app\":"},
		"await":    {"test", "await_test.go", 25, "ok"},
	} {
		t.Run(name, func(t *testing.T) {
			require.LessOrEqual(t, bodyLines(t, filepath.Join(outside, name, want.file)), want.lines)
			run := exec.Command("go", want.command, "-mod=mod", "./"+name)
			run.Dir = outside
			out, err := run.CombinedOutput()
			require.NoError(t, err, string(out))
			require.True(t, strings.HasPrefix(string(out), want.out), string(out))
		})
	}
}

// bodyLines counts the lines between the braces of the last function of a file.
func bodyLines(t *testing.T, name string) int {
	t.Helper()
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, nil, 0)
	require.NoError(t, err)
	last, ok := f.Decls[len(f.Decls)-1].(*ast.FuncDecl)
	require.True(t, ok)
	return files.Position(last.Body.End()).Line - files.Position(last.Body.Pos()).Line - 1
}

// The page shows the programs that the tests run.
func TestGoPage_ShowsTestedPrograms(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/go.md")
	require.NoError(t, err)
	for _, name := range []string{"validate/main.go", "generate/main.go", "await/await_test.go"} {
		program, err := os.ReadFile("testdata/library/" + name)
		require.NoError(t, err)
		require.Contains(t, string(page), "```go\n"+string(program)+"```\n", name)
	}
}
