package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A report is bounded, and what is left out is never the only failure.
func TestMuchDriftHidesNoFailure(t *testing.T) {
	t.Parallel()
	const (
		drift   = `{"app":"DemoApp","timestamp":1,"version":2,"type":"message-event","payload":{"id":"a","gsId":"b","type":"delivered","destination":"919000000001","payload":{"ts":17},"colour":"red"}}` + "\n"
		refused = `{"app":"DemoApp","timestamp":1,"version":2,"type":"message-event","payload":{"id":"a","gsId":"b","type":"delivered","payload":{"ts":17}}}` + "\n"
	)
	folder := t.TempDir()
	captured, path := filepath.Join(folder, "a.ndjson"), filepath.Join(folder, "report.json")
	require.NoError(t, os.WriteFile(captured, []byte(strings.Repeat(drift, mostReported+2)+refused), 0o600))
	code, errs := ringback(t, io.Discard, "validate", captured, "--report", "json="+path)
	require.Equal(t, exitFindings, code, errs)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var got struct {
		Good    bool
		Score   map[string]int
		Notices []string
	}
	require.NoError(t, json.Unmarshal(text, &got))
	require.False(t, got.Good)
	require.Equal(t, map[string]int{"pass": mostReported, "fail": 1, "inconclusive": 0, "not applicable": 0}, got.Score)
	require.Equal(t, []string{"2 findings more are left out"}, got.Notices)
}

// A verdict without a finding of its own gravity is in the report all the same.
func TestAVerdictIsNeverBetterInAReport(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verdict webhook.Verdict
		failOn  string
		want    []webhook.Outcome
	}{
		{webhook.Verdict{Level: webhook.Unknown}, "error", []webhook.Outcome{webhook.Failed}},
		{webhook.Verdict{Level: webhook.Inconclusive}, "none", []webhook.Outcome{webhook.Undecided}},
		{webhook.Verdict{Level: webhook.Error, Findings: []webhook.Finding{{Level: webhook.Drift}}}, "error", []webhook.Outcome{webhook.Passed, webhook.Failed}},
		{webhook.Verdict{Level: webhook.Error, Findings: []webhook.Finding{{Level: webhook.Error}}}, "none", []webhook.Outcome{webhook.Failed}},
		{webhook.Verdict{Level: webhook.Drift, Findings: []webhook.Finding{{Level: webhook.Drift}}}, "none", []webhook.Outcome{webhook.Passed}},
		{webhook.Verdict{Level: webhook.Drift, Findings: []webhook.Finding{{Level: webhook.Drift}}}, "drift", []webhook.Outcome{webhook.Failed}},
	} {
		traffic, err := beginReport(io.Discard, nil, rankOf(c.failOn), nil)
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
