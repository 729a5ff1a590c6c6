package report_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func newField(pointer string) webhook.Finding {
	return webhook.Finding{Level: webhook.Drift, Rule: "unknown-field", Pointer: pointer, Found: "string"}
}

func newValue(pointer, found string) webhook.Finding {
	return webhook.Finding{Level: webhook.Drift, Rule: "unlisted-value", Pointer: pointer, Found: found}
}

// drifting is an item of an event with findings.
func drifting(event string, findings ...webhook.Finding) webhook.Item {
	return webhook.Item{Verdict: webhook.Verdict{Level: webhook.Drift, Event: event, Findings: findings}}
}

func item(level webhook.Level, event string) webhook.Item {
	return webhook.Item{Verdict: webhook.Verdict{Level: level, Event: event}}
}

func sample() *report.Tally {
	t := report.NewTally()
	t.Bodies = 4
	t.Add("a:1", item(webhook.OK, "acme/sent"))
	t.Add("a:1", item(webhook.OK, "acme/sent"))
	t.Add("a:2", item(webhook.Error, "acme/read"))
	t.Add("a:3", webhook.Item{Verdict: webhook.Verdict{Level: webhook.Inconclusive}})
	t.Add("a:4", drifting("acme/sent", newField("/items/0/tags/1/é"), newField("/items/0/tags/2/é"), newField("/items/0/x")))
	t.Add("b.json", drifting("acme/sent", newField("/items/7/x"), newValue("/status", `"seen"`), newValue("/status", `"gone"`)))
	t.Add("b.json", webhook.Item{Pointer: "/3", Verdict: webhook.Verdict{Level: webhook.Drift, Event: "acme/read", Findings: []webhook.Finding{
		{Level: webhook.Drift, Rule: "byte-order-mark", Found: "byte order mark before the JSON"}, {Level: webhook.Error, Rule: "type", Pointer: "/a"}}}})
	return t
}

func TestATallyCountsByEventAndDriftByPlace(t *testing.T) {
	t.Parallel()
	require.Equal(t, `event                ok  drift  error  inconclusive
(unrecognised)        -      -      -             1
acme/read             -      1      1             -
acme/sent             2      2      -             -
7 items in 4 bodies   2      3      1             1

drift  share  where
    2   25 %  acme/sent  /items/*/tags/*/é
              new field, first seen in a:4
    2   50 %  acme/sent  /items/*/x
              new field, first seen in a:4
    1   50 %  acme/read  /*/
              byte-order-mark, first seen in b.json
    1   25 %  acme/sent  /status
              new value: "gone", first seen in b.json
    1   25 %  acme/sent  /status
              new value: "seen", first seen in b.json
`, sample().Text(report.Style{}))
}

func TestATallyIsGivenToMachines(t *testing.T) {
	t.Parallel()
	require.Equal(t, []report.EventCount{
		{Event: "(unrecognised)", Levels: map[string]int{"inconclusive": 1}},
		{Event: "acme/read", Levels: map[string]int{"drift": 1, "error": 1}},
		{Event: "acme/sent", Levels: map[string]int{"ok": 2, "drift": 2}},
	}, sample().Events())
	require.Equal(t, []report.Drift{
		{Event: "acme/sent", Pointer: "/items/*/tags/*/é", Rule: "unknown-field", First: "a:4", Count: 2, Share: 0.25},
		{Event: "acme/sent", Pointer: "/items/*/x", Rule: "unknown-field", First: "a:4", Count: 2, Share: 0.5},
		{Event: "acme/read", Pointer: "/*/", Rule: "byte-order-mark", First: "b.json", Count: 1, Share: 0.5},
		{Event: "acme/sent", Pointer: "/status", Rule: "unlisted-value", Found: `"gone"`, First: "b.json", Count: 1, Share: 0.25},
		{Event: "acme/sent", Pointer: "/status", Rule: "unlisted-value", Found: `"seen"`, First: "b.json", Count: 1, Share: 0.25},
	}, sample().Drifts())
}

func TestATallyOfLittleIsWordedSo(t *testing.T) {
	t.Parallel()
	empty := report.NewTally()
	require.Equal(t, "event\n0 items in 0 bodies\n", empty.Text(report.Style{}))
	require.Empty(t, empty.Drifts())
	require.Empty(t, empty.Events())
	one := report.NewTally()
	one.Bodies = 1
	one.Add("a", item(webhook.OK, "acme/sent"))
	require.Equal(t, "event             ok\nacme/sent          1\n1 item in 1 body   1\n", one.Text(report.Style{}))
}

func TestATallyHasColour(t *testing.T) {
	t.Parallel()
	tally := report.NewTally()
	tally.Bodies = 1
	tally.Add("a", drifting("acme/sent", newField("/x")))
	require.Equal(t, "\x1b[2mevent\x1b[0m             \x1b[2mdrift\x1b[0m\n"+
		"acme/sent             \x1b[33m1\x1b[0m\n\x1b[1m1 item in 1 body\x1b[0m      \x1b[1m1\x1b[0m\n\n"+
		"\x1b[2mdrift  share  where\x1b[0m\n    1  100 %  \x1b[33macme/sent  /x\x1b[0m\n"+
		"              \x1b[2mnew field, first seen in a\x1b[0m\n", tally.Text(report.Style{Colour: true}))
}

func TestAnEventIsNamedAsFarAsItIsKnown(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verdict webhook.Verdict
		want    string
	}{
		{webhook.Verdict{Event: "acme/sent", Provider: "acme", Candidates: []string{"acme/sent"}}, "acme/sent"},
		{webhook.Verdict{Provider: "acme", Candidates: []string{"acme/a", "acme/b", "acme/c"}}, "acme/a (or 2 alike)"},
		{webhook.Verdict{Provider: "acme", Level: webhook.Error, Candidates: []string{"acme/a", "acme/b"}}, "acme (unrecognised)"},
		{webhook.Verdict{Provider: "acme"}, "acme (unrecognised)"},
		{webhook.Verdict{}, "(unrecognised)"},
	} {
		require.Equal(t, c.want, report.EventName(c.verdict))
	}
}

func TestDriftOfAnyKindIsCountedInBoundedMemory(t *testing.T) {
	t.Parallel()
	tally := report.NewTally()
	long := strings.Repeat("k", 5000)
	for i := range 3000 {
		tally.Add(fmt.Sprint("a:", i), drifting("acme/sent", newField("/common"), newField(fmt.Sprintf("/key%d%s", i, long))))
	}
	rows := tally.Drifts()
	require.Len(t, rows, 1001)
	require.Equal(t, report.Drift{Event: "acme/sent", Pointer: "/common", Rule: "unknown-field", First: "a:0", Count: 3000, Share: 1}, rows[0])
	require.Equal(t, report.Drift{Event: "…", Pointer: "(further drift)", First: "a:999", Count: 2001, Share: 0.667}, rows[1])
	count := 0
	for _, row := range rows {
		count += row.Count
		require.LessOrEqual(t, utf8.RuneCountInString(row.Pointer), 400)
	}
	require.Equal(t, 6000, count)

	text := tally.Text(report.Style{})
	require.True(t, strings.HasSuffix(text, "\n… and 976 more; --format json lists all\n"), text)
	require.Equal(t, 25, strings.Count(text, "first seen in"))
}

func TestATallyHoldsNothingThatATerminalObeys(t *testing.T) {
	t.Parallel()
	tally := report.NewTally()
	evil := "\x1b[31m\u202e\x00\u2028\r\n\x9b"
	tally.Add("a"+evil, drifting("acme/sent", newField("/"+evil), newValue("/a", evil)))
	text := strings.ReplaceAll(tally.Text(report.Style{}), "\n", "")
	require.Equal(t, report.Clean(text), text)
	require.Equal(t, "/"+evil, tally.Drifts()[0].Pointer, "machines get it as it is")
}

func TestATallyFitsTheTerminal(t *testing.T) {
	t.Parallel()
	tally := sample()
	tally.Add("a/very/long/path/to/a/capture.ndjson:1000", drifting("acme/a-very-long-name-of-an-event", newField("/a/very/long/pointer/to/a/field")))
	const least = 44 // what the table of events needs
	for width := 1; width < 100; width++ {
		for line := range strings.Lines(tally.Text(report.Style{Width: width})) {
			require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), max(width, least), "%d columns: %s", width, line)
		}
	}
}
