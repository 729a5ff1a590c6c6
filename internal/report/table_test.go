package report_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
)

func names() report.Table {
	return report.Table{
		Head: []string{"name", ">count", "meaning"},
		Rows: [][]string{
			{"a", "1", "one"},
			{"größer", "1000000", "ein Wort: größer"},
			{"gupshup/v2/message-event.delivered", "-", ""},
			{"", "23", "…"},
		},
	}
}

func lines(text ...string) string { return strings.Join(text, "\n") + "\n" }

func TestTable_Aligned(t *testing.T) {
	t.Parallel()
	below := names()
	below.Below = true
	for _, c := range []struct {
		name  string
		table report.Table
		width int
		want  string
	}{
		{"without a terminal it is as wide as it needs", names(), 0, lines(
			"name                                  count  meaning",
			"a                                         1  one",
			"größer                              1000000  ein Wort: größer",
			"gupshup/v2/message-event.delivered        -",
			"                                         23  …")},
		{"the first column is shortened in its middle", names(), 50, lines(
			"name                       count  meaning",
			"a                              1  one",
			"größer                   1000000  ein Wort: größer",
			"gupshup/v2/…t.delivered        -",
			"                              23  …")},
		{"the last column is below its row", below, 50, lines(
			"name                                  count",
			"a                                         1",
			"    one",
			"größer                              1000000",
			"    ein Wort: größer",
			"gupshup/v2/message-event.delivered        -",
			"                                         23",
			"    …")},
		{"and the others are shortened if that is not enough", below, 40, lines(
			"name                               count",
			"a                                      1",
			"    one",
			"größer                           1000000",
			"    ein Wort: größer",
			"gupshup/v2/mess…event.delivered        -",
			"                                      23",
			"    …")},
		{"no column is narrower than twelve", names(), 1, lines(
			"name            count  meaning",
			"a                   1  one",
			"größer        1000000  ein Wort: größer",
			"gupsh…ivered        -",
			"                   23  …")},
		{"a narrow column does not grow", report.Table{Head: []string{"a", "b"}, Rows: [][]string{{"1234", "1234567890"}}}, 10, lines(
			"a     b",
			"1234  1234567890")},
		{"without rows it is its head", report.Table{Head: []string{"a", ">b"}}, 80, "a  b\n"},
	} {
		require.Equal(t, c.want, c.table.Text(report.Style{Width: c.width}, nil), c.name)
	}
}

func TestTable_ColorKeepsColumns(t *testing.T) {
	t.Parallel()
	s := report.Style{Color: true}
	table := report.Table{Head: []string{"name", ">n"}, Rows: [][]string{{"é", "7"}, {"long name", "12"}}}
	require.Equal(t, lines(
		"\x1b[2mname\x1b[0m        \x1b[2mn\x1b[0m",
		"é           \x1b[1m7\x1b[0m",
		"long name  \x1b[1m12\x1b[0m",
	), table.Text(s, func(_, column int, cell string) string {
		if column == 1 {
			return s.Bold(cell)
		}
		return cell
	}))
}

func TestMiddle_KeepsEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		maxCount int
		want     string
	}{
		{"abcdefgh", 8, "abcdefgh"},
		{"abcdefgh", 7, "abc…fgh"},
		{"abcdefgh", 6, "ab…fgh"},
		{"abcdefgh", 3, "a…h"},
		{"abcdefgh", 2, "ab"},
		{"abcdefgh", 0, ""},
		{"abcdefgh", -4, ""},
		{"äöüßéèê", 5, "äö…èê"},
		{"", 3, ""},
	} {
		got := report.Middle(c.text, c.maxCount)
		require.Equal(t, c.want, got)
		require.LessOrEqual(t, utf8.RuneCountInString(got), max(c.maxCount, 0))
	}
}
