package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// rated has a pass, a warning, a failure that is accepted, and one whose acceptance has
// expired.
func rated() report.Report {
	one := func(id, name string) webhook.Result {
		return webhook.Result{
			ID: id, Name: name, Group: "answers", Description: "About " + name + ".", Outcome: webhook.OutcomeFailed, Reason: name + " failed", Severity: webhook.SeverityError,
			Location: "gupshup/v2 > inbound.text", Evidence: []webhook.Evidence{{Title: "the response", Text: "200"}},
		}
	}
	bodied, known, late := one("P19", "empty-answer"), one("P3", "concurrent"), one("P5", "lifecycle")
	bodied.Severity = webhook.SeverityWarning
	known.Acceptance = &webhook.Acceptance{Reason: "the queue comes in May", Until: "2026-05-31"}
	late.Acceptance = &webhook.Acceptance{Reason: "was to be mended", Until: "2026-01-31", Expired: true}
	return report.Report{Title: "grade gupshup/v2", Route: "gupshup/v2", Complete: true, Results: []webhook.Result{
		{ID: "P1", Name: "duplicate", Group: "answers", Outcome: webhook.OutcomePassed, Reason: "fine"}, bodied, known, late,
	}}
}

// What decides about a run is in no format told as something else.
func TestReport_ShowsSeverityAndAcceptance(t *testing.T) {
	t.Parallel()
	const known, late = "(accepted until 2026-05-31: the queue comes in May)", "(the acceptance expired after 2026-01-31: was to be mended)"
	for kind, wanted := range map[string][]string{
		"pretty": {
			"1 of 4, 1 warning, 1 accepted\n", "empty-answer  warning         empty-answer failed", "concurrent    accepted        concurrent failed (accepted until", "lifecycle     fail            lifecycle failed (the acceptance",
			"P19 empty-answer  About empty-answer.", "  location\n    gupshup/v2 > inbound.text\n", "1 passed, 1 failed, 1 warning, 1 accepted",
		},
		"json": {
			`"severity": "warning"`, `"location": "gupshup/v2 \u003e inbound.text"`, `"reason": "the queue comes in May",`, `"until": "2026-05-31"`, `"expired": true`,
			`"accepted": 1`, `"warning": 1`, `"good": false`,
		},
		"junit": {
			`tests="4" failures="1" errors="0" skipped="1"`, `<system-out>warning: empty-answer failed`, `<skipped>concurrent failed ` + known, `<failure message="lifecycle failed ` + late,
		},
		"sarif": {
			`"level": "warning"`, `"level": "note"`, `"level": "error"`, `"kind": "external"`, `"status": "accepted"`, `"justification": "the queue comes in May"`, known, late,
		},
		"github": {
			"::warning title=P19 empty-answer::empty-answer failed\n", "::notice title=P3 concurrent::concurrent failed " + known, "::error title=P5 lifecycle::lifecycle failed " + late,
		},
		"summary": {
			"1 passed, 1 failed, 1 warning, 1 accepted, 0 inconclusive", "| P19 | empty-answer | warning |", "| P3 | concurrent | accepted | concurrent failed " + known, "| P5 | lifecycle | fail | lifecycle failed " + late,
		},
		"html": {
			`1 of 4 failed</p>`, `<b class="warning">1</b>warning`, `<b class="accepted">1</b>accepted`, `<details class="item is-warning" open>`, `<details class="item is-accepted">`, known, late,
			`<pre>gupshup/v2 &gt; inbound.text</pre>`,
		},
	} {
		text := written(t, kind, rated())
		for _, want := range wanted {
			require.Contains(t, text, want, kind)
		}
	}
	require.NotContains(t, written(t, "pretty", rated()), "P3 concurrent  About", "what is accepted isn't explained")
}

// Warnings fail a run only where that is asked for, and what is accepted never does.
func TestReport_GoodDependsOnFailOn(t *testing.T) {
	t.Parallel()
	all := rated().Results
	for name, c := range map[string]struct {
		failOn  webhook.Severity
		results []webhook.Result
		good    bool
	}{
		"a warning":                       {"", all[:2], true},
		"a warning alone":                 {webhook.SeverityError, all[1:2], true},
		"a warning that fails":            {webhook.SeverityWarning, all[:2], false},
		"what is accepted":                {webhook.SeverityWarning, all[2:3], true},
		"what was accepted":               {"", all[3:], false},
		"an error without a severity":     {"", []webhook.Result{{Outcome: webhook.OutcomeFailed}}, false},
		"accepted, and inconclusive":      {"", append(all[2:3:3], webhook.Result{Acceptance: all[2].Acceptance}), false},
		"an acceptance makes nothing run": {"", []webhook.Result{{Outcome: webhook.OutcomeNotApplicable, Acceptance: all[2].Acceptance}}, false},
	} {
		r := report.Report{Complete: true, FailOn: c.failOn, Results: c.results}
		require.Equal(t, c.good, r.Good(), name)
	}
	r := rated()
	r.FailOn, r.Results = webhook.SeverityWarning, r.Results[:2]
	require.Contains(t, written(t, "junit", r), `<failure message="empty-answer failed" type="warning">`)
	require.Contains(t, written(t, "html", r), "0 of 2 failed, 1 warning</p>")
	require.Contains(t, written(t, "json", r), `"fail_on": "warning"`)
	r.FailOn = webhook.SeverityError
	require.NotContains(t, written(t, "junit", r), "<failure")
	require.Contains(t, written(t, "html", r), "1 passed, 1 warning</p>")
	require.Equal(t, 1, strings.Count(written(t, "github", r), "::"+"warning title"))
}
