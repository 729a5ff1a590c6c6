package root

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requirePage holds a page of the documents to what it is made of; with -update
// it is made so.
func requirePage(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(page), "run the test with -update")
}

// mdTable is a table in Markdown, with an empty line after it; nothing if it has
// no rows. A column in which nothing stands is left out.
func mdTable(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
	var columns []int
	for i := range head {
		if slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			columns = append(columns, i)
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		for _, i := range columns {
			b.WriteString("| " + strings.ReplaceAll(cells[i], "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(head)
	b.WriteString(strings.Repeat("|---", len(columns)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String() + "\n"
}

// code sets a text as code, and none as nothing.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// codes sets texts as code, with commas between.
func codes(texts []string) string {
	var set []string
	for _, text := range texts {
		set = append(set, code(text))
	}
	return strings.Join(set, ", ")
}

// prose is a text in which nothing is Markdown by accident.
func prose(text string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "\n", " ").Replace(strings.TrimSpace(text))
}

// inLines are texts below each other in one cell of a table.
func inLines(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "<br>")
}

func TestMDTable_OmitsEmptyColumns(t *testing.T) {
	t.Parallel()
	require.Equal(t, "| a | c |\n|---|---|\n| 1 | x\\|y |\n| 2 |  |\n\n",
		mdTable([]string{"a", "b", "c"}, [][]string{{"1", "", "x|y"}, {"2", "", ""}}))
	require.Empty(t, mdTable([]string{"a"}, nil))
}
