package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

var update = flag.Bool("update", false, "write the golden files anew")

// graded has a result of each outcome, with all that one can have, and texts that
// want to be something else.
func graded() report.Report {
	return report.Report{
		Title: "grade gupshup/v2", Version: "v1.2.3", Route: "gupshup/v2", Target: "http://127.0.0.1:3000/webhooks", Seed: "7",
		Began: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC), Took: 1234 * time.Millisecond, Complete: true, Notices: []string{"the events go unsigned"},
		Results: []webhook.Result{
			{
				ID: "P1", Name: "duplicate", Group: "duplicates", About: "The same webhook comes twice.", Outcome: webhook.Failed,
				Reason: "send (Received: <b>hello</b>) was called twice; in the plain run once",
				Evidence: []webhook.Evidence{
					{Title: "call 1 of 2, 3ms after the start", Text: "POST /wa/api/v1/msg → 202\nmessage = {\"text\":\"</pre><script>alert(1)</script>\"}"},
					{Title: "the body\n::error::of a stranger", Text: "\x1b[2J\x00 | a `table` | 100 %\n" + strings.Repeat("x", 100)},
				},
				Timeline: []webhook.Moment{
					{At: 0, Took: time.Millisecond, Lane: "delivery", Label: "inbound.text → 200"}, {At: 2 * time.Millisecond, Lane: "call", Label: "send → 202"},
					{At: time.Second, Lane: "delivery", Label: "inbound.text again → 200"}, {At: 1002 * time.Millisecond, Lane: "call", Label: "send → 202", Wrong: true},
				},
				Reproduce: "ringback grade --to http://127.0.0.1:3000/webhooks --only duplicate --seed 7", References: []string{"chatwoot/chatwoot#5433", "https://example.com/a?b=c"},
				Took: 1100 * time.Millisecond,
			},
			{ID: "P3", Name: "concurrent", Group: "duplicates", About: "Several copies come at once.", Outcome: webhook.Passed, Reason: "the consumer did what it does without it"},
			{ID: "P7", Name: "early-status", Group: "order", About: "A status comes early.", Outcome: webhook.Undecided, Reason: "nothing to see it by: no state is shown; give --state-url"},
			{ID: "D6", Name: "signature", Group: "signature", About: "A webhook is not signed.", Outcome: webhook.NotApplicable, Reason: "gupshup/v2 signs nothing"},
			{ID: "required", Name: "no-id", Group: "traffic", Outcome: webhook.Failed, Reason: "key \"id\" is missing", File: "captures/a,b.json", Line: 3, Column: 7, Level: webhook.Error},
		},
	}
}

func written(t *testing.T, kind string, r report.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Write(kind, &b, r))
	return b.String()
}

func TestReportsAreAsTheyWere(t *testing.T) {
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
func TestARunThatWasKilledIsNotGood(t *testing.T) {
	t.Parallel()
	r := graded()
	r.Results, r.Complete = r.Results[1:2], false
	require.False(t, r.Good())
	const incomplete = "the run did not come to its end"
	for kind, want := range map[string]string{
		"pretty": incomplete, "json": `"complete": false`, "junit": `<error message="` + incomplete, "sarif": `"executionSuccessful": false`,
		"github": "::error title=grade gupshup/v2::" + incomplete, "summary": "**" + incomplete, "html": `<p class="banner">` + incomplete,
	} {
		require.Contains(t, written(t, kind, r), want, kind)
	}
	r.Complete = true
	require.True(t, r.Good())
	r.Results = nil
	require.False(t, r.Good(), "nothing judged is no pass")
}

func TestSARIFKeepsToItsSchema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.Compile("testdata/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	for _, r := range []report.Report{graded(), {}, {Title: "x", Results: graded().Results[:1]}} {
		var value any
		require.NoError(t, json.Unmarshal([]byte(written(t, "sarif", r)), &value))
		require.NoError(t, schema.Validate(value))
	}
	var broken any
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(written(t, "sarif", graded()), `"level": "error"`, `"level": "bad"`, 1)), &broken))
	require.Error(t, schema.Validate(broken), "the schema is not asleep")
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

func TestJUnitKeepsToItsSchema(t *testing.T) {
	t.Parallel()
	schema := junitSchema(t)
	require.Contains(t, schema["testcase"].inner, "failure")
	require.Contains(t, schema["testsuite"].required, "name")
	unfinished := graded()
	unfinished.Complete = false
	for _, r := range []report.Report{graded(), unfinished, {}} {
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
func TestReportsHoldNothingThatActs(t *testing.T) {
	t.Parallel()
	r := graded()
	require.NotContains(t, written(t, "html", r), "<script")
	require.NotContains(t, written(t, "html", r), "<b>hello")
	require.NotContains(t, written(t, "html", r), "http-equiv=\"refresh")
	require.NotContains(t, written(t, "github", r), "\n::error::of a stranger")
	require.NotContains(t, written(t, "summary", r), "<b>hello")
	for _, kind := range []string{"pretty", "junit", "summary", "github"} {
		require.NotContains(t, written(t, kind, r), "\x1b", kind)
		require.NotContains(t, written(t, kind, r), "\x00", kind)
	}
}

func TestAScorecardFitsIntoEightyColumns(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(report.Scorecard(report.Style{Width: 80}, graded())) {
		if !strings.Contains(line, "ringback grade") { // a command is to be copied
			require.LessOrEqual(t, len([]rune(strings.TrimRight(line, "\n"))), 80, line)
		}
	}
	require.Contains(t, report.Scorecard(report.Style{Colour: true}, graded()), "\x1b[31m")
}

func TestReportsAreWrittenWhereTheyAreWanted(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "grade.json")
	var out bytes.Buffer
	files, err := report.ParseFiles(&out, []string{"json=" + path, "github=-"})
	require.NoError(t, err)
	require.True(t, files.Stdout())
	require.NoError(t, files.Begin(report.Report{Title: "x"}))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"complete": false`, "a run that is killed now leaves this")
	require.Empty(t, out.String())
	require.NoError(t, files.End(graded()))
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"complete": true`)
	require.Contains(t, out.String(), "::error ")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing else is left")
}

func TestWrongReportsAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"junit": `"junit" is no KIND=FILE`, "junit=": "is no KIND=FILE", "juint=a.xml": `no report is of the kind "juint"; did you mean "junit"?`, "pdf=a": "known: pretty, json",
	} {
		_, err := report.ParseFiles(nil, []string{text})
		require.ErrorContains(t, err, want)
	}
	files, err := report.ParseFiles(nil, []string{"json=" + filepath.Join(t.TempDir(), "no", "such", "folder.json")})
	require.NoError(t, err)
	require.ErrorContains(t, files.Begin(report.Report{}), "no such file or directory")
}

func TestEveryKindIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/reports.md")
	require.NoError(t, err)
	for _, kind := range report.Kinds() {
		require.Contains(t, string(page), "\n| `"+kind+"` |")
	}
}
