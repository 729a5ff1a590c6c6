package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
)

func TestWidth_CountsTerminalColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "abc": 3, "नई": 2, "📦": 2, "é": 1, "e\u0301": 1} {
		require.Equal(t, want, report.Width(text), text)
	}
}

func TestMiddle_FitsTheColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		columns    int
	}{
		{"abcdefgh", "abcdefgh", 8}, {"abcdefgh", "ab…fgh", 6}, {"abcdefgh", "ab", 2}, {"abcdefgh", "", 0},
		{"📦📦📦📦", "📦…📦", 6}, {"नईदिल्लीनई", "नईदिल्लीनई", 9},
	} {
		got := report.Middle(c.text, c.columns)
		require.LessOrEqual(t, report.Width(got), c.columns, c.text)
		if c.text[0] < 0x80 {
			require.Equal(t, c.want, got)
		}
	}
}
