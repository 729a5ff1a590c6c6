package acceptance_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/grade/acceptance"
	"github.com/ringback-dev/ringback/webhook"
)

var names = []string{"P1", "duplicate", "P19", "empty-answer"}

const sample = `# Known findings.
- probe: empty-answer
  location: gupshup/v2 > inbound.text
  reason: Express sends OK
  until: 2026-05-31
- {probe: P1, reason: the queue comes in May}
`

func read(t *testing.T, text string) *acceptance.List {
	t.Helper()
	l, err := acceptance.Read("accept.yaml", []byte(text), names)
	require.NoError(t, err)
	return l
}

func TestRead_ErrorsHaveLocations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"probe: P1\nreason: x\n":        "accept.yaml:1:1: expected a list of entries with probe, location, reason and until, found object {\"probe\": \"P1\", \"reason\": \"x\"}",
		"- P1\n":                        "accept.yaml:1:3: expected a mapping, found string \"P1\"",
		"- probe: P1\n":                 "accept.yaml:1:3: missing key \"reason\"",
		"- probe: P1\n  reason: \"\"\n": "accept.yaml:2:11: expected a string that is not empty",
		"- reason: x\n":                 "accept.yaml:1:3: missing key \"probe\"",
		"- probe: P1\n  reason: x\n  untill: 2026-05-31": "accept.yaml:3:3: unknown key \"untill\"; did you mean \"until\"?",
		"- probe: duplicat\n  reason: x\n":               "accept.yaml:1:10: unknown probe \"duplicat\"; did you mean \"duplicate\"?",
		"- probe: P1\n  reason: x\n  until: soon\n":      "accept.yaml:3:10: expected a date (YYYY-MM-DD), found \"soon\"",
		"- probe: P1\n  reason: x\n  until: 2026-02-30":  "accept.yaml:3:10: expected a date (YYYY-MM-DD), found \"2026-02-30\"",
		"- {probe: P1, reason: x, until: 7}\n":           "accept.yaml:1:33: expected a string, found number 7",
		"- probe: P1\n  location: [a]\n  reason: x\n":    "accept.yaml:2:13: expected a string, found array [\"a\"]",
	} {
		_, err := acceptance.Read("accept.yaml", []byte(text), names)
		require.EqualError(t, err, want, text)
	}
}

func TestMatch_ExactUntilExpiry(t *testing.T) {
	t.Parallel()
	const at = "gupshup/v2 > inbound.text"
	before, after := time.Date(2026, 5, 31, 23, 59, 0, 0, time.UTC), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	express := webhook.Acceptance{Reason: "Express sends OK", Until: "2026-05-31"}
	late := express
	late.Expired = true
	l := read(t, sample)
	require.Equal(t, &express, l.Match("P19", "empty-answer", at, before))
	require.Equal(t, &late, l.Match("P19", "empty-answer", at, after), "until is the last day")
	require.Equal(t, &late, l.Match("P19", "empty-answer", at, before.In(time.FixedZone("west", -3600)).Add(time.Minute)), "days are in UTC")
	require.Nil(t, l.Match("P19", "empty-answer", at+" again", before))
	require.Nil(t, l.Match("P3", "concurrent", at, before))
	require.Equal(t, &webhook.Acceptance{Reason: "the queue comes in May"}, l.Match("P1", "duplicate", "anywhere", after), "an empty location matches any")

	l = read(t, sample+"- {probe: p19, reason: once more}\n")
	require.Equal(t, &webhook.Acceptance{Reason: "once more"}, l.Match("P19", "empty-answer", at, after), "an acceptance that hasn't expired has priority")
	require.Nil(t, (*acceptance.List)(nil).Match("P1", "duplicate", at, before))
}

func TestUnused_ListsEntriesWithoutMatch(t *testing.T) {
	t.Parallel()
	ran := func(outcome webhook.Outcome) []webhook.Result {
		return []webhook.Result{{ID: "P19", Name: "empty-answer", Outcome: outcome}}
	}
	const want = "warning: accept.yaml:2: no finding matches (probe empty-answer, location gupshup/v2 > inbound.text); remove the entry, or copy the location from the report"
	l := read(t, sample)
	require.Equal(t, []string{want}, l.Unused("gupshup/v2", ran(webhook.OutcomePassed)), "P1 didn't run")
	require.Equal(t, []string{want}, l.Unused("gupshup/v2", ran(webhook.OutcomeFailed)), "it failed at another location")
	require.Empty(t, l.Unused("gupshup/v2", ran(webhook.OutcomeInconclusive)), "it was inconclusive")
	require.Empty(t, l.Unused("gupshup/v3", ran(webhook.OutcomePassed)), "the location belongs to another route")
	l.Match("P19", "empty-answer", "gupshup/v2 > inbound.text", time.Now())
	require.Empty(t, l.Unused("gupshup/v2", ran(webhook.OutcomeFailed)))
	require.Empty(t, (*acceptance.List)(nil).Unused("gupshup/v2", nil))
}
