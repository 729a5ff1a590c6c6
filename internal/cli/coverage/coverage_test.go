package coverage

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgress_EmittedLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0 of 0 event types emitted (0 %)", emittedLine(0, 0))
	require.Equal(t, "37 of 131 event types emitted (28 %)", emittedLine(37, 131))
	require.Equal(t, "131 of 131 event types emitted (100 %)", emittedLine(131, 131))
}
