package validate

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A verdict without a finding of its own gravity is in the report all the same.
func TestTrafficReport_Outcomes(t *testing.T) {
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
		traffic, err := beginReport(io.Discard, "", &Options{failOn: c.failOn})
		require.NoError(t, err)
		traffic.add(capture.Body{Source: "a.json", Line: 1, Column: 1}, []webhook.Item{{Verdict: c.verdict}})
		var got []webhook.Outcome
		for _, one := range traffic.report.Results {
			got = append(got, one.Outcome)
		}
		require.Equal(t, c.want, got, c.verdict)
	}
}

func TestPlaceOfSource_FileAndLine(t *testing.T) {
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
func TestTrafficReport_ShareCountsItems(t *testing.T) {
	t.Parallel()
	traffic, err := beginReport(io.Discard, "", &Options{failOn: "error"})
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
