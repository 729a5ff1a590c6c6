package cli

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHarmless_EscapesControlCharacters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                    "",
		"{\"a\":\"plain\"}\n": "{\"a\":\"plain\"}\n",
		"नमस्ते 👋 é":          "नमस्ते 👋 é",
		"a\u202eb\u2066c":     `a\u202eb\u2066c`,
		"\x7f\u0085\u009b":    `\u007f\u0085\u009b`,
		"\U000e0001":          `\udb40\udc01`,
		"\ufeff{}":            `\ufeff{}`,
	} {
		var out bytes.Buffer
		n, err := harmless{&out}.Write([]byte(text))
		require.NoError(t, err)
		require.Equal(t, len(text), n)
		require.Equal(t, want, out.String())
	}
}
