package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// driftAt is a body with an unlisted field of a name, and refusedBody one that
// lacks a key.
func driftAt(name string) string {
	return `{"app":"DemoApp","timestamp":1,"version":2,"type":"message-event","payload":{"id":"a","gsId":"b","type":"delivered","destination":"919000000001","payload":{"ts":17},"` + name + `":"red"}}` + "\n"
}

const rejectedBody = `{"app":"DemoApp","timestamp":1,"version":2,"type":"message-event","payload":{"id":"a","gsId":"b","type":"delivered","payload":{"ts":17}}}` + "\n"

// A reportOf is what tests read of a report for programs.
type reportOf struct {
	Good    bool
	Score   map[string]int
	Warnings []string
	Results []struct {
		ID, Name, Group, Outcome, Reason, File string
		Line, Count                            int
		Share                                  float64
		Evidence                               []webhook.Evidence
	}
}

// reportsOf validates a text, and returns the reports of some kinds, by kind.
func reportsOf(t *testing.T, text string, code int, kinds ...string) map[string]string {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.ndjson", []byte(text), 0o600))
	args := []string{"validate", "a.ndjson"}
	for _, kind := range kinds {
		args = append(args, "--report", kind+"=report."+kind)
	}
	got, errs := ringback(t, io.Discard, args...)
	require.Equal(t, code, got, errs)
	all := map[string]string{}
	for _, kind := range kinds {
		text, err := os.ReadFile("report." + kind)
		require.NoError(t, err)
		all[kind] = string(text)
	}
	return all
}

// A report is bounded, and what is left out is never the only failure.
func TestMuchDriftHidesNoFailure(t *testing.T) {
	var text strings.Builder
	for i := range maxReported + 2 {
		text.WriteString(driftAt(fmt.Sprint("key", i)))
	}
	text.WriteString(driftAt("key0") + rejectedBody)
	var got reportOf
	require.NoError(t, json.Unmarshal([]byte(reportsOf(t, text.String(), exitFindings, "json")["json"]), &got))
	require.False(t, got.Good)
	require.Len(t, got.Results, maxReported+1)
	require.Equal(t, map[string]int{"pass": maxReported + 3, "fail": 1, "warning": 0, "accepted": 0, "inconclusive": 0, "not_applicable": 0}, got.Score)
	require.Equal(t, []string{"2 further findings are left out"}, got.Warnings)
}

// Findings of one kind are one result of every report, and the score counts items.
func TestFindingsOfOneKindAreOneResult(t *testing.T) {
	text := strings.Repeat(driftAt("colour"), 3) + rejectedBody + driftAt("size") + strings.Repeat(rejectedBody, 4)
	all := reportsOf(t, text, exitFindings, report.Kinds()...)
	var got reportOf
	require.NoError(t, json.Unmarshal([]byte(all["json"]), &got))
	require.Equal(t, map[string]int{"pass": 4, "fail": 5, "warning": 0, "accepted": 0, "inconclusive": 0, "not_applicable": 0}, got.Score)
	require.Len(t, got.Results, 3)
	missing := got.Results[1]
	require.Equal(t, []any{"required", "/payload/destination", "gupshup/v2/message-event.delivered", "fail"}, []any{missing.ID, missing.Name, missing.Group, missing.Outcome})
	require.Equal(t, []any{5, "a.ndjson", 4}, []any{missing.Count, missing.File, missing.Line}, "its place is the first")
	require.InDelta(t, 5./9, missing.Share, 1e-9)
	require.Equal(t, `required at /payload/destination: expected the key "destination", found nothing; in 5 of 9 items (56 %)`, missing.Reason)
	require.Equal(t, "first seen in a.ndjson, line 4", missing.Evidence[0].Title)
	require.Equal(t, "seen in a.ndjson, line 5", got.Results[2].Evidence[0].Title)

	require.Contains(t, all["html"], ">5 of 9 items failed</p>")
	require.Contains(t, all["html"], "<b>9</b>all")
	require.Contains(t, all["summary"], "9 items: 4 passed, 5 failed")
	require.Contains(t, all["pretty"], "9 items: 4 passed, 5 failed")
	require.Contains(t, all["junit"], `tests="3" failures="1"`)
	require.Contains(t, all["sarif"], `"occurrenceCount": 5`)
	for kind, once := range map[string]string{
		"html": `<span class="id">required</span>`, "junit": `<failure `, "github": "::error ", "sarif": `"ruleId": "required"`, "summary": "| required |",
	} {
		require.Equal(t, 1, strings.Count(all[kind], once), kind)
		require.Contains(t, all[kind], "in 5 of 9 items (56 %", kind)
	}
}

// Unknown events are told apart by what they look like, in every report.
func TestUnknownEventsOfOneLookAreOneResult(t *testing.T) {
	text := strings.Repeat(`{"type":"wallet"}`+"\n", 2) + `{"type":"ledger"}` + "\n"
	all := reportsOf(t, text, exitFindings, report.Kinds()...)
	for kind := range all {
		require.Contains(t, all[kind], "in 2 of 3 items (67 %", kind)
		require.Contains(t, all[kind], "in 1 of 3 items (33 %", kind)
	}
	require.Contains(t, all["junit"], `name="unrecognized /: object with type &#34;wallet&#34;"`)
	require.Contains(t, all["junit"], `name="unrecognized /: object with type &#34;ledger&#34;"`)
}

// A verdict without a finding of its own gravity is in the report all the same.
func TestAVerdictIsNeverBetterInAReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verdict webhook.Verdict
		failOn  string
		want    []webhook.Outcome
	}{
		{webhook.Verdict{Level: webhook.LevelUnknown}, "error", []webhook.Outcome{webhook.OutcomeFailed}},
		{webhook.Verdict{Level: webhook.LevelInconclusive}, "none", []webhook.Outcome{webhook.OutcomeInconclusive}},
		{webhook.Verdict{Level: webhook.LevelError, Findings: []webhook.Finding{{Level: webhook.LevelDrift}}}, "error", []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomeFailed}},
		{webhook.Verdict{Level: webhook.LevelError, Findings: []webhook.Finding{{Level: webhook.LevelError}}}, "none", []webhook.Outcome{webhook.OutcomeFailed}},
		{webhook.Verdict{Level: webhook.LevelDrift, Findings: []webhook.Finding{{Level: webhook.LevelDrift}}}, "none", []webhook.Outcome{webhook.OutcomePassed}},
		{webhook.Verdict{Level: webhook.LevelDrift, Findings: []webhook.Finding{{Level: webhook.LevelDrift}}}, "drift", []webhook.Outcome{webhook.OutcomeFailed}},
	} {
		traffic, err := beginReport(io.Discard, &validateOptions{failOn: c.failOn}, nil)
		require.NoError(t, err)
		traffic.add(capture.Body{Source: "a.json", Line: 1, Column: 1}, []webhook.Item{{Verdict: c.verdict}})
		var got []webhook.Outcome
		for _, one := range traffic.report.Results {
			got = append(got, one.Outcome)
		}
		require.Equal(t, c.want, got, c.verdict)
	}
}

func TestASourceIsAFileAndALine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body capture.Body
		file string
		line int
	}{
		{capture.Body{Source: "a.json", Line: 1}, "a.json", 1},
		{capture.Body{Source: "a.ndjson:12", Line: 12}, "a.ndjson", 12},
		{capture.Body{Source: "a.tape:3"}, "a.tape", 3},
		{capture.Body{Source: "of:12", Line: 1}, "of:12", 1},
		{capture.Body{Source: `C:\a.json`, Line: 1}, `C:\a.json`, 1},
		{capture.Body{Source: "stdin", Line: 2}, "stdin", 2},
	} {
		file, line := placeOfSource(c.body)
		require.Equal(t, c.file, file)
		require.Equal(t, c.line, line, c.body.Source)
	}
}

// An item with several findings of a kind is one item of its share.
func TestTheShareOfAResultCountsItems(t *testing.T) {
	t.Parallel()
	traffic, err := beginReport(io.Discard, &validateOptions{failOn: "error"}, nil)
	require.NoError(t, err)
	at := func(pointer string) webhook.Finding {
		return webhook.Finding{Level: webhook.LevelError, Rule: "type", Pointer: pointer}
	}
	rejected := webhook.Verdict{Level: webhook.LevelError, Type: "acme/sent", Findings: []webhook.Finding{at("/parts/0/at"), at("/parts/7/at"), at("/at")}}
	traffic.add(capture.Body{Source: "a.json"}, []webhook.Item{{Verdict: rejected}, {Verdict: webhook.Verdict{Type: "acme/sent"}}})
	require.NoError(t, traffic.end(io.Discard, true))
	require.Len(t, traffic.report.Results, 3)
	parts := traffic.report.Results[0]
	require.Equal(t, []any{"/parts/*/at", 2, 0.5}, []any{parts.Name, parts.Count, parts.Share})
	require.Contains(t, parts.Reason, "; in 1 of 2 items (50 %)")
	require.Equal(t, report.Score{Passed: 1, Failed: 1}, traffic.report.Score())
}
