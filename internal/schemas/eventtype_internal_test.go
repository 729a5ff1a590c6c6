package schemas

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is read from the beginning of a schema is what its whole file says.
func TestEventType_TextOfHead(t *testing.T) {
	t.Parallel()
	catalog, err := Load(Linted(os.DirFS("../../schemas")))
	require.NoError(t, err)
	fromHead := 0
	for _, eventType := range catalog.Types() {
		for _, keyword := range []string{"title", "description", "x-source"} {
			text, found := eventType.textOfHead(keyword)
			if found {
				fromHead++
				require.Equal(t, eventType.file().Root.Get(keyword).Text, text, "%s: %s", eventType.Name, keyword)
			}
		}
	}
	require.Greater(t, fromHead, len(catalog.Types()), "titles and sources are at the beginning")
}
