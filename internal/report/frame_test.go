package report_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func asIs(text string) string { return text }

// phones masks digits as schemas.MaskPhones does: the length stays.
func phones(text string) string {
	return regexp.MustCompile(`\d{8,}`).ReplaceAllStringFunc(text, func(digits string) string {
		return digits[:4] + strings.Repeat("x", len(digits)-6) + digits[len(digits)-2:]
	})
}

func TestFrame_MarksLocation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, body          string
		first, line, column int
		want                []string
	}{
		{"a quoted text", `{"a":"b c"}`, 1, 1, 6, []string{
			`     1 | {"a":"b c"}`,
			`       |      ^^^^^`}},
		{"a quoted text with escapes", `{"a":"\"b\\","c":1}`, 1, 1, 6, []string{
			`     1 | {"a":"\"b\\","c":1}`,
			`       |      ^^^^^^^`}},
		{"a quoted text that does not end", `{"a":"b\"`, 1, 1, 6, []string{
			`     1 | {"a":"b\"`,
			`       |      ^^^^`}},
		{"a number", `{"a":-1.5e3}`, 1, 1, 6, []string{
			`     1 | {"a":-1.5e3}`,
			`       |      ^^^^^^`}},
		{"a bracket", `{"a":[1]}`, 1, 1, 6, []string{
			`     1 | {"a":[1]}`,
			`       |      ^`}},
		{"a line of a printed body", "{\n  \"a\": 1\n}", 1, 2, 8, []string{
			`     2 |   "a": 1`,
			`       |        ^`}},
		{"a body that begins on another line of its file", "{\n  \"a\": 1\n}", 41, 2, 8, []string{
			`    42 |   "a": 1`,
			`       |        ^`}},
		{"a body without a file", "{\n  \"a\": 1\n}", 0, 2, 3, []string{
			`     2 |   "a": 1`,
			`       |   ^^^`}},
		{"CRLF", "{\r\n\"a\": true\r\n}", 1, 2, 6, []string{
			`     2 | "a": true`,
			`       |      ^^^^`}},
		{"tabs", "{\n\t\"a\":\t1}", 1, 2, 7, []string{
			`     2 |  "a": 1}`,
			`       |       ^`}},
		{"the end of the line", `{"a":1`, 1, 1, 7, []string{
			`     1 | {"a":1`,
			`       |       ^`}},
		{"beyond the end of the line", `{"a":1`, 1, 1, 700, []string{
			`     1 | {"a":1`,
			`       |       ^`}},
		{"an empty line after the body", "{\"a\":1\n", 1, 2, 1, []string{
			`     2 |`,
			`       | ^`}},
		{"characters are counted, not bytes", `{"é😀अ":"x"}`, 1, 1, 8, []string{
			`     1 | {"é😀अ":"x"}`,
			`       |        ^^^`}},
		{"control characters and escapes", "{\"\x1b[31m\u202e\x00\u2028\":1}", 1, 1, 13, []string{
			`     1 | {"·[31m···":1}`,
			`       |             ^`}},
		{"bytes that are no characters", "{\"\xff\xfe\xfd\":1}", 1, 1, 8, []string{
			`     1 | {"···":1}`,
			`       |        ^`}},
		{"a phone number", `{"to":"919812345678","x":1}`, 1, 1, 7, []string{
			`     1 | {"to":"9198xxxxxx78","x":1}`,
			`       |       ^^^^^^^^^^^^^^`}},
		{"after a phone number", `{"to":"919812345678","x":1}`, 1, 1, 26, []string{
			`     1 | {"to":"9198xxxxxx78","x":1}`,
			`       |                          ^`}},
	} {
		got := report.Frame(report.Style{}, []byte(c.body), c.first, webhook.Finding{Line: c.line, Column: c.column}, phones)
		require.Equal(t, lines(c.want...), got, c.name)
	}
}

func TestFrame_EmptyWithoutLocation(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body         string
		line, column int
	}{
		{`{}`, 0, 0}, {`{}`, 1, 0}, {`{}`, 0, 1}, {`{}`, -1, 1}, {`{}`, 1, -1}, {`{}`, 2, 1}, {"{}\n", 3, 1}, {`{}`, 1 << 60, 1}, {"", 1, 1},
	} {
		require.Empty(t, report.Frame(report.Style{}, []byte(c.body), 1, webhook.Finding{Line: c.line, Column: c.column}, asIs), c)
	}
}

func TestFrame_TruncatesLongLine(t *testing.T) {
	t.Parallel()
	body := `{"first":"0123456789","second":"0123456789","third":"0123456789","fourth":"0123456789"}`
	far := strings.Repeat("é", 5000) + `,"third":1,` + strings.Repeat("😀", 5000)
	for _, c := range []struct {
		name, body    string
		width, column int
		want          []string
	}{
		{"at the beginning", body, 40, 2, []string{
			`     1 | {"first":"0123456789","second…`,
			`       |  ^^^^^^^`}},
		{"in the middle", body, 40, 45, []string{
			`     1 | …3456789","third":"0123456789…`,
			`       |           ^^^^^^^`}},
		{"at the end", body, 40, 88, []string{
			`     1 | …56789","fourth":"0123456789"}`,
			`       |                               ^`}},
		{"a mark that would leave the line", body, 33, 10, []string{
			`     1 | …irst":"0123456789","s…`,
			`       |        ^^^^^^^^^^^^`}},
		{"a terminal that is too narrow", body, 5, 45, []string{
			`     1 | …789","third":"0123…`,
			`       |       ^^^^^^^`}},
		{"a terminal that is as wide", body, 97, 45, []string{
			"     1 | " + body,
			"       | " + strings.Repeat(" ", 44) + "^^^^^^^"}},
		{"no terminal", body, 0, 45, []string{
			`     1 | …89` + body[20:],
			"       | " + strings.Repeat(" ", 27) + "^^^^^^^"}},
		{"far from both ends", far, 40, 5002, []string{
			`     1 | …éééééééé,"third":1,😀😀😀😀😀😀😀😀😀…`,
			`       |           ^^^^^^^`}},
		{"near the end", far, 40, 10011, []string{
			`     1 | …😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀`,
			`       |                              ^`}},
	} {
		got := report.Frame(report.Style{Width: c.width}, []byte(c.body), 1, webhook.Finding{Line: 1, Column: c.column}, asIs)
		require.Equal(t, lines(c.want...), got, c.name)
	}
}

// The mask sees more than is shown, so that no number is cut before it is masked.
func TestFrame_MasksPhoneAtTruncation(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("[919812345678] ", 4000)
	for column := 1; column <= len(body); column += 37 {
		got := report.Frame(report.Style{Width: 40}, []byte(body), 1, webhook.Finding{Line: 1, Column: column}, phones)
		require.NotRegexp(t, `\d{5}`, strings.TrimPrefix(got, "     1"))
		require.LessOrEqual(t, utf8.RuneCountInString(got), 2*40)
	}
}

func TestFrame_Color(t *testing.T) {
	t.Parallel()
	f := webhook.Finding{Level: webhook.LevelError, Line: 1, Column: 6}
	require.Equal(t, lines(
		"\x1b[2m     1 |\x1b[0m {\"a\":1}",
		"\x1b[2m       |\x1b[0m      \x1b[31m^\x1b[0m",
	), report.Frame(report.Style{Color: true}, []byte(`{"a":1}`), 1, f, asIs))
}
