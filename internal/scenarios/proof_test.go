package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

const proven = `name: test
description: A test.
steps:
  - {send: message.sent}
  - {send: message.failed}
  - {send: account.tier}
proves:
  - `

func TestRead_RejectsProofs(t *testing.T) {
	t.Parallel()
	for proof, want := range map[string]string{
		"{}":                          "8:5: missing key: one of event, order is required",
		"{count: 2}":                  "8:5: missing key: one of event, order is required",
		"{event: message.sent, x: 1}": `8:27: unknown key "x"`,
		"{event: message.sennt}":      `8:13: unknown event "message.sennt"; did you mean "message.sent"?`,
		"{event: message.sent, order: message.sent}":                        "8:5: keys event and order exclude each other",
		"{order: [message.sent], count: 1}":                                 "8:36: count needs event beside it",
		"{event: message.sent, nth: 1, count: 2}":                           "8:32: keys nth and count exclude each other; use two expectations",
		"{event: message.sent, nth: 1, same: message.id}":                   "8:41: keys same and nth exclude each other; use two expectations",
		"{event: message.sent, nth: 0}":                                     "8:32: expected a whole number from 1 to 1000, found number 0",
		"{event: message.sent, min: 1s}":                                    "8:32: min needs after beside it",
		"{event: message.sent, after: message.failed, min: 2s, max: 1s}":    "8:55: min 2s is above max 1s",
		"{event: message.sent, message: n}":                                 `8:36: no step is about the message "n"; known: m`,
		"{event: message.sent, with: {mesage.id: x}}":                       `8:34: unknown value "mesage.id"; did you mean "message.id"?`,
		"{event: message.sent, with: {message.units: many}}":                "8:49: message.units: read number",
		"{event: message.sent, with: {message.sent_at: 2026-03-01T10:00Z}}": "8:51: message.sent_at is a time; use after or rises, or null for no value",
		"{event: message.sent, with: {message.id: []}}":                     "8:46: expected a text or a list of texts, found an empty array",
		"{event: message.sent, same: message.ids}":                          `8:33: unknown value "message.ids"; did you mean "message.id"?`,
		"{event: message.sent, rises: message.id}":                          "8:34: message.id can't rise: it is of the kind id; use differs",
		"{event: message.sent, share: {min: 0.5, max: 0.1}}":                "8:34: min is above max",
		"{event: message.sent, share: 0.5}":                                 "8:34: expected a mapping, found number 0.5",
	} {
		t.Run(proof, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.Read("test.yaml", []byte(proven+proof+"\n"))
			require.ErrorContains(t, err, "load test.yaml:"+want)
		})
	}
}

// A proof about what no route of the scenario has is rejected, with its location.
func TestCheckProofs_RejectsWhatNoRouteHas(t *testing.T) {
	t.Parallel()
	first, second := without("account.tier"), without("account.tier", "message.failed")
	first.values, second.values = []string{"message.failed error.code"}, []string{"message.sent message.id"}
	for proof, want := range map[string]string{
		"{event: message.sent, with: {message.id: x}}":                         "",
		"{event: [message.sent, message.failed], same: [message.id]}":          "",
		"{event: message.failed, with: {error.code: 5, error: window-closed}}": "",
		"{event: message.read, count: 0}":                                      "",
		"{event: message.read}":                                                "test.yaml:8:13: the scenario sends no message.read; did you mean",
		"{event: account.tier}":                                                "test.yaml:8:13: no route of the scenario has the event account.tier; leave it out",
		"{order: [message.sent, account.tier]}":                                "test.yaml:8:28: no route of the scenario has the event account.tier; leave it out",
		"{event: message.sent, after: message.read}":                           "test.yaml:8:34: the scenario sends no message.read",
		"{event: message.failed, with: {message.id: x}}":                       "test.yaml:8:36: message.failed has no value message.id on any route of the scenario",
		"{event: message.sent, with: {message.id: null}}":                      "",
		"{event: message.failed, with: {message.id: null}}":                    "test.yaml:8:36: message.failed has no value message.id on any route of the scenario",
		"{event: message.sent, same: [message.id, message.text]}":              "test.yaml:8:46: message.sent has no value message.text on any route of the scenario",
		"{event: message.failed, with: {error: [full-moon, rain]}}":            "test.yaml:8:36: no route of the scenario has an error for full-moon, rain",
	} {
		t.Run(proof, func(t *testing.T) {
			t.Parallel()
			one, err := scenarios.Read("test.yaml", []byte(proven+proof+"\n"))
			require.NoError(t, err)
			err = one.CheckProofs([]scenarios.Route{first, second})
			if want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "load "+want)
		})
	}
}

// What a route doesn't have is not checked there, and neither is an optional value that a body
// leaves out.
func TestProve_ChecksWhatTheRouteHas(t *testing.T) {
	t.Parallel()
	one, err := scenarios.Read("test.yaml", []byte(proven+`{event: [message.sent, message.failed], with: {message.id: a}, same: message.id}
  - {event: account.tier}
`))
	require.NoError(t, err)
	r := without("account.tier")
	r.values = []string{"sent message.id"}
	seen := func(id string) []scenarios.Observation {
		o := []scenarios.Observation{{Event: "message.sent", Type: "sent", Step: "1"}, {Event: "message.failed", Type: "failed", Step: "2", At: time.Second}}
		if id != "" {
			o[0].Values = map[string]value.Value{"message.id": value.OfID(id)}
		}
		return o
	}
	count := scenarios.Claim{Where: "test.yaml:8:5", Text: "count", Checked: true}
	with, same := scenarios.Claim{Where: "test.yaml:8:5", Text: "with message.id"}, scenarios.Claim{Where: "test.yaml:8:5", Text: "same message.id"}
	require.Equal(t, []scenarios.Claim{with, same, count}, one.Prove(r, 1, seen("")))
	with.Checked = true
	require.Equal(t, []scenarios.Claim{with, same, count}, one.Prove(r, 1, seen("a")))
	with.Problem = "step 1: want a; got b"
	require.Equal(t, []scenarios.Claim{with, same, count}, one.Prove(r, 1, seen("b")))
	count.Problem = "want at least 1 message.sent, message.failed; got 0"
	require.Equal(t, []scenarios.Claim{{Where: with.Where, Text: with.Text}, same, count}, one.Prove(r, 1, nil))
}
