package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func newField(pointer string) webhook.Finding {
	return webhook.Finding{Level: webhook.LevelDrift, Rule: "unknown-field", Pointer: pointer, Found: "string"}
}

func newValue(pointer, found string) webhook.Finding {
	return webhook.Finding{Level: webhook.LevelDrift, Rule: "unlisted-value", Pointer: pointer, Found: found}
}

// drifting is an item of an event with findings.
func drifting(event string, findings ...webhook.Finding) webhook.Item {
	return webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelDrift, Type: event, Findings: findings}}
}

func item(level webhook.Level, event string) webhook.Item {
	return webhook.Item{Verdict: webhook.Verdict{Level: level, Type: event}}
}

func sample() *report.Counts {
	t := report.NewCounts()
	t.Bodies = 4
	t.Add("a:1", item(webhook.LevelOK, "acme/sent"))
	t.Add("a:1", item(webhook.LevelOK, "acme/sent"))
	t.Add("a:2", item(webhook.LevelError, "acme/read"))
	t.Add("a:3", webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelInconclusive}})
	t.Add("a:4", drifting("acme/sent", newField("/items/0/tags/1/é"), newField("/items/0/tags/2/é"), newField("/items/0/x")))
	t.Add("b.json", drifting("acme/sent", newField("/items/7/x"), newValue("/status", `"seen"`), newValue("/status", `"gone"`)))
	t.Add("b.json", webhook.Item{Pointer: "/3", Verdict: webhook.Verdict{Level: webhook.LevelDrift, Type: "acme/read", Findings: []webhook.Finding{
		{Level: webhook.LevelDrift, Rule: "byte-order-mark", Found: "byte order mark before the JSON"}}}})
	return t
}

// invalidEvents has errors, unknown events and events that couldn't be validated.
func invalidEvents() *report.Counts {
	t := report.NewCounts()
	t.Bodies = 6
	rejected := func(findings ...webhook.Finding) webhook.Item {
		return webhook.Item{Pointer: "/items/4", Verdict: webhook.Verdict{Level: webhook.LevelError, Type: "acme/sent", Provider: "acme", Findings: findings}}
	}
	one := webhook.Finding{Level: webhook.LevelError, Rule: "type", Pointer: "/items/4/at", Found: `string "9190xxxxxx01"`, Expected: "integer"}
	other := one
	other.Found, other.Pointer = `string "soon"`, "/items/9/at"
	t.Add("a:1", rejected(one, other, webhook.Finding{Level: webhook.LevelError, Rule: "required", Pointer: "/items/4/id", Found: "nothing", Expected: `the key "id"`}, newField("/items/4/color")))
	t.Add("a:2", rejected(one))
	t.Add("a:3", item(webhook.LevelOK, "acme/sent"))
	stranger := func(provider, pointer, found string) webhook.Item {
		return webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelUnknown, Provider: provider, Findings: []webhook.Finding{
			{Level: webhook.LevelUnknown, Rule: "unrecognized", Pointer: pointer, Found: found, Expected: "a webhook of a known provider"}}}}
	}
	t.Add("b:1", stranger("", "", `object with type "wallet", app`))
	t.Add("b:2", stranger("", "", `object with type "wallet", app`))
	t.Add("b:3", stranger("", "", "object with color, size"))
	t.Add("b:4", stranger("acme", "/type", `string "sennt"`))
	t.Add("c:1", webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelInconclusive, Findings: []webhook.Finding{
		{Level: webhook.LevelInconclusive, Rule: "limit", Found: "body has 4194305 bytes; the limit is 4194304"}}}})
	t.Add("c:2", webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelInconclusive, Findings: []webhook.Finding{
		{Level: webhook.LevelInconclusive, Rule: "limit", Found: "body has 5000000 bytes; the limit is 4194304"}}}})
	return t
}

func TestCounts_ErrorsAndUnknownByKind(t *testing.T) {
	t.Parallel()
	require.Equal(t, `type                 ok  error  unknown  inconclusive
(unrecognized)        -      -        3             2
acme (unrecognized)   -      -        1             -
acme/sent             1      2        -             -
9 items in 6 bodies   1      2        4             2

error  share  where
    3   67 %  acme/sent  /items/*/at
              type: expected integer, found string "9190xxxxxx01"
              first seen in a:1
    1   33 %  acme/sent  /items/*/id
              required: expected the key "id", found nothing, first seen in a:1

unknown  share  where
      2   40 %  (unrecognized)  /
                unrecognized: object with type "wallet", app, first seen in b:1
      1   20 %  (unrecognized)  /
                unrecognized: object with color, size, first seen in b:3
      1  100 %  acme (unrecognized)  /type
                unrecognized: string "sennt", first seen in b:4

inconclusive  share  where
           2   40 %  (unrecognized)  /
                     limit: body has 4194305 bytes; the limit is 4194304
                     first seen in c:1

drift  share  where
    1   33 %  acme/sent  /items/*/color
              new field: string, first seen in a:1
`, invalidEvents().Text(report.Style{}))
	s := invalidEvents().Summary()
	require.Equal(t, []report.FindingCount{
		{Type: "acme/sent", Pointer: "/items/*/at", Rule: "type", Sample: `string "9190xxxxxx01"`, Expected: "integer", First: "a:1", Count: 3, Share: 2. / 3},
		{Type: "acme/sent", Pointer: "/items/*/id", Rule: "required", Sample: "nothing", Expected: `the key "id"`, First: "a:1", Count: 1, Share: 1. / 3},
	}, s.Errors)
	require.Equal(t, []int{3, 1, 1}, []int{len(s.Unknown), len(s.Inconclusive), len(s.Drift)})
	require.Equal(t, map[string]int{"ok": 1, "error": 2, "unknown": 4, "inconclusive": 2}, s.Levels)
}

func TestCounts_TypesAndDrift(t *testing.T) {
	t.Parallel()
	require.Equal(t, `type                 ok  drift  error  inconclusive
(unrecognized)        -      -      -             1
acme/read             -      1      1             -
acme/sent             2      2      -             -
7 items in 4 bodies   2      3      1             1

drift  share  where
    2   25 %  acme/sent  /items/*/tags/*/é
              new field: string, first seen in a:4
    2   50 %  acme/sent  /items/*/x
              new field: string, first seen in a:4
    1   50 %  acme/read  /*/
              byte-order-mark: byte order mark before the JSON
              first seen in b.json
    1   25 %  acme/sent  /status
              new value: "gone", first seen in b.json
    1   25 %  acme/sent  /status
              new value: "seen", first seen in b.json
`, sample().Text(report.Style{}))
}

func TestCounts_JSON(t *testing.T) {
	t.Parallel()
	require.Equal(t, []report.TypeCount{
		{Type: "(unrecognized)", Levels: map[string]int{"inconclusive": 1}},
		{Type: "acme/read", Levels: map[string]int{"drift": 1, "error": 1}},
		{Type: "acme/sent", Levels: map[string]int{"ok": 2, "drift": 2}},
	}, sample().Types())
	require.Equal(t, []report.FindingCount{
		{Type: "acme/sent", Pointer: "/items/*/tags/*/é", Rule: "unknown-field", Sample: "string", First: "a:4", Count: 2, Share: 0.25},
		{Type: "acme/sent", Pointer: "/items/*/x", Rule: "unknown-field", Sample: "string", First: "a:4", Count: 2, Share: 0.5},
		{Type: "acme/read", Pointer: "/*/", Rule: "byte-order-mark", Sample: "byte order mark before the JSON", First: "b.json", Count: 1, Share: 0.5},
		{Type: "acme/sent", Pointer: "/status", Rule: "unlisted-value", Found: `"gone"`, Sample: `"gone"`, First: "b.json", Count: 1, Share: 0.25},
		{Type: "acme/sent", Pointer: "/status", Rule: "unlisted-value", Found: `"seen"`, Sample: `"seen"`, First: "b.json", Count: 1, Share: 0.25},
	}, sample().Findings(webhook.LevelDrift))
}

func TestCounts_Singular(t *testing.T) {
	t.Parallel()
	empty := report.NewCounts()
	require.Equal(t, "type\n0 items in 0 bodies\n", empty.Text(report.Style{}))
	require.Empty(t, empty.Findings(webhook.LevelDrift))
	lists, err := json.Marshal(empty.Summary())
	require.NoError(t, err)
	require.JSONEq(t, `{"bodies":0,"items":0,"levels":{},"types":[],"drift":[],"errors":[],"unknown":[],"inconclusive":[]}`, string(lists), "no list is null")
	require.Empty(t, empty.Types())
	one := report.NewCounts()
	one.Bodies = 1
	one.Add("a", item(webhook.LevelOK, "acme/sent"))
	require.Equal(t, "type              ok\nacme/sent          1\n1 item in 1 body   1\n", one.Text(report.Style{}))
}

func TestCounts_Color(t *testing.T) {
	t.Parallel()
	tally := report.NewCounts()
	tally.Bodies = 1
	tally.Add("a", drifting("acme/sent", newField("/x")))
	require.Equal(t, "\x1b[2mtype\x1b[0m              \x1b[2mdrift\x1b[0m\n"+
		"acme/sent             \x1b[33m1\x1b[0m\n\x1b[1m1 item in 1 body\x1b[0m      \x1b[1m1\x1b[0m\n\n"+
		"\x1b[2mdrift  share  where\x1b[0m\n    1  100 %  \x1b[33macme/sent  /x\x1b[0m\n"+
		"              \x1b[2mnew field: string, first seen in a\x1b[0m\n", tally.Text(report.Style{Color: true}))
}

func TestTypeName_Candidates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verdict webhook.Verdict
		want    string
	}{
		{webhook.Verdict{Type: "acme/sent", Provider: "acme", Candidates: []string{"acme/sent"}}, "acme/sent"},
		{webhook.Verdict{Provider: "acme", Candidates: []string{"acme/a", "acme/b", "acme/c"}}, "acme/a (or 2 alike)"},
		{webhook.Verdict{Provider: "acme", Level: webhook.LevelError, Candidates: []string{"acme/a", "acme/b"}}, "acme (unrecognized)"},
		{webhook.Verdict{Provider: "acme"}, "acme (unrecognized)"},
		{webhook.Verdict{}, "(unrecognized)"},
	} {
		require.Equal(t, c.want, report.TypeName(c.verdict))
	}
}

// Nor does much drift crowd out an error.
func TestCounts_BoundedMemory(t *testing.T) {
	t.Parallel()
	tally := report.NewCounts()
	long := strings.Repeat("k", 5000)
	for i := range 3000 {
		tally.Add(fmt.Sprint("a:", i), drifting("acme/sent", newField("/common"), newField(fmt.Sprintf("/key%d%s", i, long))))
	}
	tally.Add("b:1", invalidItem())
	rows := tally.Findings(webhook.LevelDrift)
	require.Len(t, rows, 1001)
	require.Equal(t, report.FindingCount{Type: "acme/sent", Pointer: "/common", Rule: "unknown-field", Sample: "string", First: "a:0", Count: 3000, Share: 1}, rows[0])
	share := rows[1].Share
	rows[1].Share = 0
	require.Equal(t, report.FindingCount{Type: "…", Pointer: "(further drift)", First: "a:999", Count: 2001}, rows[1])
	require.InDelta(t, 2001./3001, share, 1e-9)
	require.Len(t, tally.Findings(webhook.LevelError), 1)
	count := 0
	for _, row := range rows {
		count += row.Count
		require.LessOrEqual(t, utf8.RuneCountInString(row.Pointer), 400)
	}
	require.Equal(t, 6000, count)

	text := tally.Text(report.Style{})
	require.True(t, strings.HasSuffix(text, "\n… and 976 more; --format json lists all\n"), text)
	require.Equal(t, 26, strings.Count(text, "first seen in"), "25 of drift, and one error")
}

func invalidItem() webhook.Item {
	return webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelError, Type: "acme/read", Findings: []webhook.Finding{{Level: webhook.LevelError, Rule: "type", Pointer: "/a"}}}}
}

func TestCounts_EscapeControlCharacters(t *testing.T) {
	t.Parallel()
	tally := report.NewCounts()
	evil := "\x1b[31m\u202e\x00\u2028\r\n\x9b"
	tally.Add("a"+evil, drifting("acme/sent", newField("/"+evil), newValue("/a", evil)))
	text := strings.ReplaceAll(tally.Text(report.Style{}), "\n", "")
	require.Equal(t, report.Clean(text), text)
	require.Equal(t, "/"+evil, tally.Findings(webhook.LevelDrift)[0].Pointer, "machines get it as it is")
}

func TestCounts_TerminalWidth(t *testing.T) {
	t.Parallel()
	tally := invalidEvents()
	tally.Add("a/very/long/path/to/a/capture.ndjson:1000", drifting("acme/a-very-long-name-of-an-event", newField("/a/very/long/pointer/to/a/field")))
	const minCount = 53 // what the table of events needs
	for width := 1; width < 100; width++ {
		for line := range strings.Lines(tally.Text(report.Style{Width: width})) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), max(width, minCount), "%d columns: %s", width, line)
		}
	}
}
