package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/suggest"
)

func TestWord_FindsNearest(t *testing.T) {
	t.Parallel()
	statuses := []string{"sent", "delivered", "read", "failed"}
	for _, c := range []struct {
		word       string
		candidates []string
		want       string
	}{
		{"sennt", statuses, "sent"},
		{"snet", statuses, "sent"},
		{"SENT", statuses, "sent"},
		{"delivred", statuses, "delivered"},
		{"opted-in", statuses, ""},
		{"", statuses, ""},
		{"ab", []string{"cd"}, ""},
		{"aab", []string{"abb", "aaa"}, "aaa"},
		{strings.Repeat("x", 5000), []string{strings.Repeat("x", 5001)}, ""},
		{strings.Repeat("x", 256), []string{strings.Repeat("x", 256)}, strings.Repeat("x", 256)},
		{strings.Repeat("x", 257), []string{strings.Repeat("x", 257)}, ""}, // to compare costs more than it tells
		{"sent", nil, ""},
	} {
		require.Equal(t, c.want, suggest.Word(c.word, c.candidates), "nearest to %q", c.word)
	}
}

func TestHint_OnlyNearNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, `did you mean "sent"?`, suggest.Hint("sennt", []string{"sent"}))
	require.Empty(t, suggest.Hint("banana", []string{"sent"}))
}
