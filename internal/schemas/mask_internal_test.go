package schemas

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

// The search by hand finds what the expression alone finds.
func TestReplacePhoneLike_AgreesWithExpression(t *testing.T) {
	t.Parallel()
	parts := []string{"9", "1234", "12345", "9190000", "+91", " ", "-", "(", ")", ".", "x", "_", "é", "\"", "\n", "0000000000"}
	random := prng.New(1)
	replaced := 0
	for range 20_000 {
		var text strings.Builder
		for range 1 + random.IntN(12) {
			text.WriteString(parts[random.IntN(len(parts))])
		}
		want := phoneLike.ReplaceAllStringFunc(text.String(), maskPhone)
		require.Equal(t, want, replacePhoneLike(text.String(), maskPhone), "%q", text.String())
		if want != text.String() {
			replaced++
		}
	}
	require.Greater(t, replaced, 1000)
}
