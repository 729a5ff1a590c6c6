package callspec_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/callspec"
)

// docs/apis.md is the law: each word that the code knows stands there.
func TestDocs_NameEveryKeyword(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/apis.md")
	require.NoError(t, err)
	words := regexp.MustCompile(`[$A-Za-z][A-Za-z_]*(?:[.-][a-z_]+)*`).FindAllString(string(page), -1)
	for _, word := range callspec.Words() {
		require.Contains(t, words, word)
	}
}
