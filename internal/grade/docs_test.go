package grade

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "update the generated parts of the documentation")

// The table of docs/grading.md is generated from the probes.
func TestProbes_AreDocumented(t *testing.T) {
	t.Parallel()
	const path, mark, end = "../../docs/grading.md", "<!-- This table is made by TestProbes_AreDocumented. -->\n", "## Orders and duplicates\n"
	all, err := Probes()
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("\n| id | name | group | what happens | what a consumer does about it |\n|---|---|---|---|---|\n")
	for _, p := range all {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", p.ID, p.Name, p.Group, p.Description, cmp.Or(p.Advice, "Not applicable: "+p.ImpossibleReason+"."))
	}
	b.WriteString("\n")
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(page), mark)
	require.True(t, found)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found)
	want := before + mark + b.String() + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(page), "run the test with -update")
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	require.Contains(t, string(readme), fmt.Sprintf("all %d probes run", len(all)))
}
