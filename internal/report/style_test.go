package report_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func TestStyle_Color(t *testing.T) {
	t.Parallel()
	plain, color := report.Style{Width: 40}, report.Style{Color: true}
	for _, c := range []struct {
		dress func(report.Style) string
		plain string
		want  string
	}{
		{func(s report.Style) string { return s.Bold("a") }, "a", "\x1b[1ma\x1b[0m"},
		{func(s report.Style) string { return s.Dim("a") }, "a", "\x1b[2ma\x1b[0m"},
		{func(s report.Style) string { return s.Dim("") }, "", ""},
		{func(s report.Style) string { return s.Level(webhook.LevelOK) }, "ok", "\x1b[32mok\x1b[0m"},
		{func(s report.Style) string { return s.Level(webhook.LevelDrift) }, "drift", "\x1b[33mdrift\x1b[0m"},
		{func(s report.Style) string { return s.Level(webhook.LevelError) }, "error", "\x1b[31merror\x1b[0m"},
		{func(s report.Style) string { return s.Level(webhook.LevelUnknown) }, "unknown", "\x1b[35munknown\x1b[0m"},
		{func(s report.Style) string { return s.Level(webhook.LevelInconclusive) }, "inconclusive", "\x1b[35minconclusive\x1b[0m"},
	} {
		require.Equal(t, c.plain, c.dress(plain))
		require.Equal(t, c.want, c.dress(color))
	}
}

func TestClean_ReplacesControlCharacters(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"plain é अ 😀 中", "plain é अ 😀 中"},
		{"a\tb", "a b"},
		{"\x1b[31mred\x1b]0;title\x07", "·[31mred·]0;title·"},
		{"a\x00b\r\n\x7f\u0085\u009b", "a·b·····"},
		{"\u202etxt.exe\u2066\u200e\u200b\ufeff", "·txt.exe····"},
		{"a\u2028b\u2029c", "a·b·c"},
		{"\xff\xfe\ufffd", "···"},
		{"क्ष e\u0301", "क्ष e\u0301"},
	} {
		require.Equal(t, c.want, report.Clean(c.text), "%q", c.text)
	}
}
