package ringback_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The image of a release differs from the one that anybody builds in where the binary
// comes from, and in nothing else.
func TestBothImagesAreTheSame(t *testing.T) {
	t.Parallel()
	lastStage := func(name string) string {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		_, stage, found := strings.Cut(string(source), "FROM scratch\n")
		require.True(t, found, name)
		return stage
	}
	built, released := lastStage("Dockerfile"), lastStage("Dockerfile.release")
	released = strings.Replace(released, "ARG TARGETPLATFORM\n", "", 1)
	released = strings.Replace(released, "COPY $TARGETPLATFORM/ringback /ringback\n", "COPY --from=build /out/ringback /ringback\n", 1)
	require.Equal(t, built, released)
}
