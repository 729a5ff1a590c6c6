package report_test

import (
	"bytes"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// graded has a result of each outcome, with all that one can have, and texts that
// want to be something else.
func graded() report.Report {
	return report.Report{
		Title: "grade gupshup/v2", Version: "v1.2.3", Route: "gupshup/v2", Endpoint: "http://127.0.0.1:3000/webhooks", Seed: "7",
		StartedAt: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), Duration: 1234 * time.Millisecond, Complete: true, Warnings: []string{"the events go unsigned"},
		Repository: report.Repository{Default: "ringback.yaml"},
		Results: []webhook.Result{
			{
				ID: "P1", Name: "duplicate", Group: "duplicates", Description: "The same webhook comes twice.", Outcome: webhook.OutcomeFailed,
				Reason: "send (Received: <b>hello</b>) was called twice; in the plain run once",
				Evidence: []webhook.Evidence{
					{Title: "call 1 of 2, 3ms after the start", Text: "POST /wa/api/v1/msg → 202\nmessage = {\"text\":\"</pre><script>alert(1)</script>\"}"},
					{Title: "the body\n::error::of a stranger", Text: "\x1b[2J\x00 | a `table` | 100 %\n" + strings.Repeat("x", 100)},
				},
				Timeline: []webhook.Moment{
					{At: 0, Duration: time.Millisecond, Lane: "delivery", Label: "inbound.text → 200"}, {At: 2 * time.Millisecond, Lane: "call", Label: "send → 202"},
					{At: time.Second, Lane: "delivery", Label: "inbound.text again → 200"}, {At: 1002 * time.Millisecond, Lane: "call", Label: "send → 202", Highlighted: true},
				},
				Reproduce: "ringback grade --to http://127.0.0.1:3000/webhooks --only duplicate --seed 7", References: []string{"chatwoot/chatwoot#5433", "https://example.com/a?b=c"},
				Duration: 1100 * time.Millisecond,
			},
			{ID: "P3", Name: "concurrent", Group: "duplicates", Description: "Several copies come at once.", Outcome: webhook.OutcomePassed, Reason: "the consumer did what it does without it"},
			{ID: "P7", Name: "early-status", Group: "order", Description: "A status comes early.", Outcome: webhook.OutcomeInconclusive, Reason: "nothing to see it by: no state is shown; give --state-url"},
			{ID: "D6", Name: "signature", Group: "signature", Description: "A webhook is not signed.", Outcome: webhook.OutcomeNotApplicable, Reason: "gupshup/v2 signs nothing"},
			{ID: "required", Name: "no-id", Group: "traffic", Outcome: webhook.OutcomeFailed, Reason: "key \"id\" is missing", File: "captures/a,b.json", Line: 3, Column: 7, Level: webhook.LevelError},
		},
	}
}

func written(t *testing.T, kind string, r report.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Write(kind, &b, r))
	return b.String()
}

func TestReports_Golden(t *testing.T) {
	t.Parallel()
	for _, kind := range report.Kinds() {
		path := filepath.Join("testdata", "sample."+kind)
		got := written(t, kind, graded())
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), got, kind)
	}
}

// What did not come to its end is never shown as good, in whatever format.
func TestReports_IncompleteRun(t *testing.T) {
	t.Parallel()
	r := graded()
	r.Results, r.Complete = r.Results[1:2], false
	require.False(t, r.Good())
	const incomplete = "the run did not finish"
	for kind, want := range map[string]string{
		"pretty": incomplete, "json": `"complete": false`, "junit": `<error message="` + incomplete, "sarif": `"executionSuccessful": false`,
		"github": "::error title=grade gupshup/v2::" + incomplete, "summary": "**" + incomplete, "html": `<p class="banner">` + incomplete,
	} {
		require.Contains(t, written(t, kind, r), want, kind)
	}
	r.Complete = true
	require.True(t, r.Good())
}

// A complete run without a decided result isn't good either.
func TestReports_UndecidedRun(t *testing.T) {
	t.Parallel()
	const unchecked = "no check ran: the result is not a pass"
	for _, results := range [][]webhook.Result{nil, graded().Results[3:4]} {
		r := graded()
		r.Results = results
		require.False(t, r.Good())
		for kind, want := range map[string]string{
			"pretty": unchecked, "json": `"good": false`, "junit": `<error message="` + unchecked, "sarif": `"executionSuccessful": false`,
			"github": "::error title=grade gupshup/v2::" + unchecked, "summary": "**" + unchecked, "html": `<p class="banner">` + unchecked,
		} {
			require.Contains(t, written(t, kind, r), want, kind)
		}
	}
}

// An element of JUnit's schema: which attributes and elements it may have.
type element struct {
	attributes, required, inner []string
}

// junitSchema reads the elements of the schema that Jenkins publishes.
func junitSchema(t *testing.T) map[string]element {
	t.Helper()
	source, err := os.ReadFile("testdata/jenkins-junit.xsd")
	require.NoError(t, err)
	all := map[string]element{}
	var name string
	decoder := xml.NewDecoder(bytes.NewReader(source))
	for {
		token, err := decoder.Token()
		if err != nil {
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		given := map[string]string{}
		for _, a := range start.Attr {
			given[a.Name.Local] = a.Value
		}
		one := all[name]
		switch {
		case start.Name.Local == "element" && given["name"] != "":
			name = given["name"]
			one = all[name]
		case start.Name.Local == "element":
			one.inner = append(one.inner, given["ref"])
		case start.Name.Local == "attribute":
			one.attributes = append(one.attributes, given["name"])
			if given["use"] == "required" {
				one.required = append(one.required, given["name"])
			}
		}
		all[name] = one
	}
	return all
}

func TestJUnit_Schema(t *testing.T) {
	t.Parallel()
	schema := junitSchema(t)
	require.Contains(t, schema["testcase"].inner, "failure")
	require.Contains(t, schema["testsuite"].required, "name")
	unfinished := graded()
	unfinished.Complete = false
	for _, r := range []report.Report{graded(), rated(), unfinished, {}} {
		var path []string
		decoder := xml.NewDecoder(strings.NewReader(written(t, "junit", r)))
		for {
			token, err := decoder.Token()
			if err != nil {
				require.Equal(t, "EOF", err.Error())
				break
			}
			switch one := token.(type) {
			case xml.EndElement:
				path = path[:len(path)-1]
			case xml.StartElement:
				known, ok := schema[one.Name.Local]
				require.True(t, ok, one.Name.Local)
				if len(path) > 0 {
					require.Contains(t, schema[path[len(path)-1]].inner, one.Name.Local)
				}
				var given []string
				for _, a := range one.Attr {
					require.Contains(t, known.attributes, a.Name.Local, one.Name.Local)
					given = append(given, a.Name.Local)
				}
				require.Subset(t, append(given, ""), known.required)
				path = append(path, one.Name.Local)
			}
		}
	}
}

// What a stranger wrote is shown, and is nothing else: no tag, no command, no escape.
func TestReports_NeutralizeCapturedText(t *testing.T) {
	t.Parallel()
	r := graded()
	r.Results[0].Reason += "\x1b[2J\u202e\r\n::error::of a stranger"
	r.Results[0].References = append(r.Results[0].References, "javascript:alert(1)", "data:text/html,x")
	require.NotContains(t, written(t, "html", r), "<script")
	require.NotContains(t, written(t, "html", r), `href="javascript`)
	require.NotContains(t, written(t, "html", r), `href="data`)
	require.NotContains(t, written(t, "html", r), "<b>hello")
	require.NotContains(t, written(t, "html", r), "http-equiv=\"refresh")
	require.NotContains(t, written(t, "github", r), "\n::error::of a stranger")
	require.NotContains(t, written(t, "summary", r), "<b>hello")
	for _, kind := range []string{"pretty", "junit", "summary", "github", "html"} {
		require.NotContains(t, written(t, kind, r), "\x1b", kind)
		require.NotContains(t, written(t, kind, r), "\x00", kind)
	}
	for _, kind := range []string{"pretty", "summary", "github", "html"} {
		require.NotContains(t, written(t, kind, r), "\u202e", kind)
	}
}

func TestScorecard_EightyColumns(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(report.Scorecard(report.Style{Width: 80}, graded())) {
		if !strings.Contains(line, "ringback grade") { // a command is to be copied
			require.LessOrEqual(t, len([]rune(strings.TrimRight(line, "\n"))), 80, line)
		}
	}
	require.Contains(t, report.Scorecard(report.Style{Color: true}, graded()), "\x1b[31m")
}

// What is too wide is broken, at a space if one is near, and what is too long is cut;
// nothing of a line is lost.
func TestScorecard_TruncatesEvidence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"one two three four five six", []string{"one two three four", "five six"}},
		{"012345678901234567890123456789", []string{"01234567890123456789", "0123456789"}},
		{"one 45678901234567890123456789", []string{"one 4567890123456789", "0123456789"}},
		{"short\n\n  indented\r\nlast\n", []string{"short", "", "  indented", "last"}},
		{"", nil},
		{strings.Repeat("x\n", 31), append(slices.Repeat([]string{"x"}, 31), []string{}...)},
		{strings.Repeat("x\n", 100), append(slices.Repeat([]string{"x"}, 30), "… 70 more lines; use --report json=FILE for all")},
	} {
		r := report.Report{Complete: true, Results: []webhook.Result{{ID: "P1", Outcome: webhook.OutcomeFailed, Evidence: []webhook.Evidence{{Title: "body", Text: c.text}}}}}
		_, shown, found := strings.Cut(report.Scorecard(report.Style{Width: 24}, r), "\n  body\n")
		require.True(t, found)
		shown, _, _ = strings.Cut(shown, "\n0 passed")
		var lines []string
		for line := range strings.Lines(shown) {
			lines = append(lines, strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "    "))
		}
		require.Equal(t, c.want, lines, c.text)
	}
}

// Ids and names of any length stay in their columns.
func TestScorecard_LongNames(t *testing.T) {
	t.Parallel()
	r := report.Report{Title: "validate", Complete: true, Results: []webhook.Result{
		{ID: "ok", Name: "short", Outcome: webhook.OutcomePassed, Reason: "one as the contract says"},
		{ID: "additionalProperties", Name: "/entry/*/changes/*/value/messages/*/context/referred_product", Outcome: webhook.OutcomeInconclusive, Reason: "too deep"},
	}}
	require.Equal(t, `validate

  1 of 1, 1 inconclusive
  ok               short                             pass
       one as the contract says
  additio…operties /entry/*/change…referred_product  inconclusive
       too deep

1 passed, 1 inconclusive
`, report.Scorecard(report.Style{}, r))
}

func TestSummary_EscapesMarkdown(t *testing.T) {
	t.Parallel()
	r := report.Report{Complete: true, Results: []webhook.Result{{
		ID: "required", Name: "/payload/wa_id", Outcome: webhook.OutcomeFailed, Reason: `a\| b | *c* ~d~ [e](f) <g> #1`, Description: "x",
	}}}
	got := written(t, "summary", r)
	require.Contains(t, got, `| required | /payload/wa\_id | fail | a\\\| b \| \*c\* \~d\~ \[e\](f) &lt;g&gt; \#1 |`)
	require.Contains(t, got, "<summary>required /payload/wa_id</summary>", "inside of a tag nothing is Markdown")
}

func TestKinds_Documented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/reports.md")
	require.NoError(t, err)
	for _, kind := range report.Kinds() {
		require.Contains(t, string(page), "\n| `"+kind+"` |")
		require.Contains(t, string(page), "\n## `"+kind+"`\n")
	}
}
