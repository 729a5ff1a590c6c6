package root

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// The numbers in the README's text are those of the data and of go.mod.
func TestREADME_Counts(t *testing.T) {
	t.Chdir("../../..")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	calls, err := callspec.Load(catalog, library)
	require.NoError(t, err)
	names := map[string]bool{}
	for _, a := range calls.APIs { // one of several paths is several
		names[a.Provider.Name+" "+a.Name] = true
	}
	probes, err := grade.Probes()
	require.NoError(t, err)
	for _, claim := range []string{
		fmt.Sprintf("\n%d event types", len(catalog.Types())), fmt.Sprintf("| schemas | %d event types", len(catalog.Types())),
		fmt.Sprintf("| faults | [%d](", len(fault.Kinds())), fmt.Sprintf("| send APIs | [%d calls](", len(names)), fmt.Sprintf("| grading | [%d probes](", len(probes)),
		fmt.Sprintf("all %d probes run", len(probes)),
	} {
		require.Contains(t, string(readme), claim)
	}
	module, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`\ngo (\d+\.\d+)`).FindSubmatch(module)
	require.NotNil(t, version)
	require.Contains(t, string(readme), "You need Go "+string(version[1])+".")
}

// The scenario that the README plays is what
// TestPlay_ConsumersInThreeLanguages runs.
func TestREADME_QuickStart(t *testing.T) {
	t.Chdir("../../..")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)<!-- play -->\n```sh\n(.*?)```").FindStringSubmatch(string(readme))
	require.NotNil(t, block)
	require.Contains(t, block[1], "\nringback play message-delivered --to http://127.0.0.1:3000/ "+strings.Join(quickStart(), " ")+"\n")
	require.Contains(t, string(readme), fmt.Sprintf("lists the %d faults", len(fault.Kinds())))
}

// The README is short, and its first screen says what no other tool finds.
func TestREADME_FirstScreen(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(string(readme), "\n"), "\n")
	require.LessOrEqual(t, len(lines), 250)
	first := strings.Join(lines[:36], "\n")
	at := -1
	for _, want := range []string{
		"# Ringback\n\nRingback ", "\n\n![", "\ngo install ./cmd/ringback\n", "`go install github.com/ringback-dev/ringback/cmd/ringback@latest`",
		"the binary of a [release]", "`docker build -t ringback .`", "\n```sh\nringback demo\n```\n", "| `duplicate`", "(BSUID)", "| `lifecycle`",
	} {
		next := strings.Index(first, want)
		require.Greater(t, next, at, "%s, in this order", want)
		at = next
	}
	require.Equal(t, 1, strings.Count(string(readme), "!["), "one picture")
}

// The other commands that the README names in its text exist.
func TestREADME_NamesCommandsThatExist(t *testing.T) {
	t.Chdir("../../..")
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, args := range [][]string{
		{"catalog", "show", "netcore/event.sent"}, {"catalog", "schema", "netcore/event.sent"},
		{"catalog", "example", "netcore/event.sent"}, {"provider", "show", "netcore"},
	} {
		require.Contains(t, string(readme), "`"+strings.Join(args[:2], " "))
		var out, errs bytes.Buffer
		require.Equal(t, cli.ExitOK, run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}))
		require.NotEmpty(t, out.String())
		require.Empty(t, errs.String())
	}
}
