package root

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// docs/coverage.md shows what the command prints; with -update it is made so.
func TestCoverage_Page(t *testing.T) {
	t.Chdir("../../..")
	const path = "docs/coverage.md"
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```console\n\\$ ringback ([^\n]+)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.Len(t, blocks, strings.Count(string(page), "```console"))
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		var out, errs bytes.Buffer
		run(t.Context(), strings.Fields(block[1]), cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
		printed := out.String() + errs.String()
		if *update {
			page = []byte(strings.Replace(string(page), block[1]+"\n"+block[2], block[1]+"\n"+printed, 1))
			continue
		}
		require.Equal(t, printed, block[2], "run the test with -update")
	}
	if *update {
		require.NoError(t, os.WriteFile(path, page, 0o644))
	}
}
