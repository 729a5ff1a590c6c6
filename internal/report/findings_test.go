package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func TestFindings_Text(t *testing.T) {
	t.Parallel()
	body := "[\n  {\"to\": \"919812345678\", \"status\": \"sennt\"},\n  {\"to\": 7}\n]\n"
	item := webhook.Item{Pointer: "/0", Verdict: webhook.Verdict{Level: webhook.LevelError, Provider: "acme", Type: "acme/message.status"}}
	findings := []webhook.Finding{
		{Level: webhook.LevelError, Rule: "enum", Pointer: "/0/status", Line: 2, Column: 37, Found: `string "sennt"`, Expected: `one of "sent", "read"`,
			Hint: `did you mean "sent"?`, Document: "acme-webhooks.md: Message status; Acme docs: webhooks/message status, as of 1 March 2026"},
		{Level: webhook.LevelDrift, Rule: "byte-order-mark", Found: "byte order mark before the JSON"},
		{Level: webhook.LevelInconclusive, Rule: "limit", Pointer: "/0/\x1b[2J"},
	}
	require.Equal(t, `captures/a.json:12 item /0  acme/message.status  error
  enum at /0/status
    13 |   {"to": "9198xxxxxx78", "status": "sennt"},
       |                                     ^^^^^
    found    string "sennt"
    expected one of "sent", "read"
    hint     did you mean "sent"?
    see      acme-webhooks.md: Message status; Acme docs: webhooks/message
             status, as of 1 March 2026
  byte-order-mark
    found    byte order mark before the JSON
  limit at /0/·[2J

`, report.Findings(report.Style{}, "captures/a.json:12", []byte(body), 12, item, findings, phones))
}

func TestFindings_EscapeControlCharacters(t *testing.T) {
	t.Parallel()
	evil := "\x1b[31m\u202e\x00\u2028\r\n\x9b"
	item := webhook.Item{Pointer: "/" + evil}
	f := webhook.Finding{Level: webhook.LevelError, Rule: "type", Pointer: "/" + evil, Line: 1, Column: 1, Found: evil, Expected: evil, Hint: evil, Document: evil}
	got := report.Findings(report.Style{}, "a"+evil, []byte(evil), 1, item, []webhook.Finding{f}, asIs)
	require.Equal(t, strings.ReplaceAll(got, "\n", ""), report.Clean(strings.ReplaceAll(got, "\n", "")))
	require.Equal(t, 9, strings.Count(got, "\n"), got)
}

func TestFindings_Color(t *testing.T) {
	t.Parallel()
	item := webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelUnknown}}
	require.Equal(t, "\x1b[1ma\x1b[0m  (unrecognized)  \x1b[35munknown\x1b[0m\n  \x1b[35munrecognized\x1b[0m\n\n",
		report.Findings(report.Style{Color: true}, "a", nil, 1, item, []webhook.Finding{{Level: webhook.LevelUnknown, Rule: "unrecognized"}}, asIs))
}

func TestWrap_AtSpaces(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		width, spaces int
		text, want    string
	}{
		{20, 2, "one two three four five", "  one two three four\n  five"},
		{20, 2, "one two three fourth", "  one two three\n  fourth"},
		{20, 2, "  spaces\n and  lines ", "  spaces and lines"},
		{10, 4, "a longword-on-its-own-line b", "    a\n    longword-on-its-own-line\n    b"},
		{10, 0, "äöüßé èêëà", "äöüßé èêëà"},
		{3, 10, "a b", strings.Repeat(" ", 10) + "a\n" + strings.Repeat(" ", 10) + "b"},
		{0, 0, strings.Repeat("x ", 50), strings.Repeat("x ", 39) + "x\n" + strings.Repeat("x ", 9) + "x"},
		{20, 2, "", "  "},
	} {
		require.Equal(t, c.want, report.Indent(report.Style{Width: c.width}, c.spaces, c.text))
	}
}
