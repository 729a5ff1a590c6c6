package engine_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// A trial of a fault: what was to be sent without it, and what came over the wire.
type trial struct {
	stage   stage
	clean   []engine.Result
	planned []engine.Result // with the fault, but not sent
	results []engine.Result
	arrived []received
}

// only is the one request, and the body that it should have had.
func (tr *trial) only(t *testing.T) (body, clean []byte) {
	t.Helper()
	require.Len(t, tr.arrived, 1)
	return tr.arrived[0].body, tr.clean[0].Event.Body
}

func (tr *trial) levelOf(t *testing.T, body []byte) webhook.Item {
	t.Helper()
	validator, err := tr.stage.catalog.Validator(scopeOf(tr.stage))
	require.NoError(t, err)
	items := validator.Body(body, time.Time{})
	return items[0]
}

// A setting is how a fault is tried; the zero one sends one status by gupshup/v2.
type setting struct {
	route, steps  string
	scheme        string
	conversations int
	waitFor       int
	speed         string
	check         func(t *testing.T, tr *trial)
}

const secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

func planSettings() map[string]setting {
	const now = "  - {send: message.enqueued, at: 0s}\n"
	return map[string]setting{
		"duplicate:copies=2,after=10ms": {steps: now, speed: "1x", check: func(t *testing.T, tr *trial) {
			require.Len(t, tr.arrived, 3)
			for i, a := range tr.arrived {
				require.Equal(t, tr.clean[0].Event.Body, a.body)
				require.Equal(t, tr.clean[0].ID, a.values("webhook-id")[0], "copies share the id")
				require.Equal(t, i, tr.results[i].Cue.Copy)
			}
		}, scheme: "standard"},
		"concurrent:copies=9": {waitFor: 10, check: func(t *testing.T, tr *trial) {
			require.Len(t, tr.arrived, 10, "all are open before the first is answered")
			for _, a := range tr.arrived {
				require.Equal(t, tr.clean[0].Event.Body, a.body)
			}
		}},
		"reorder:window=5": {conversations: 20, check: func(t *testing.T, tr *trial) {
			sent, came := map[string]int{}, []int{}
			for i, r := range tr.clean {
				sent[string(r.Event.Body)] = i
			}
			for _, a := range tr.arrived {
				came = append(came, sent[string(a.body)])
			}
			require.Len(t, sent, 20)
			require.False(t, slices.IsSorted(came), "%v", came)
			require.Equal(t, slices.Sorted(maps.Values(sent)), slices.Sorted(slices.Values(came)), "nothing is lost or doubled")
		}},
		"drop:every=2": {conversations: 4, check: func(t *testing.T, tr *trial) {
			require.Len(t, tr.arrived, 2)
			require.Equal(t, tr.clean[0].Event.Body, tr.arrived[0].body)
			require.Equal(t, tr.clean[2].Event.Body, tr.arrived[1].body)
			require.True(t, tr.results[1].Dropped)
			require.Equal(t, []string{"drop"}, tr.results[1].Faults)
		}},
		"delay:30ms": {steps: now, speed: "1x", check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Equal(t, clean, body)
			require.Equal(t, 30*time.Millisecond, tr.planned[0].Due.Sub(tr.clean[0].Due))
			require.False(t, tr.results[0].Attempts[0].At.Before(tr.results[0].Due))
			require.Equal(t, []string{"delay 30ms"}, tr.results[0].Faults)
		}},
	}
}

const inbound = "  - {send: inbound.text, with: {message.text: \"कल मिलते हैं 🙂\"}}\n"

// bytesSettings are of faults that spoil bytes, treeSettings of those that
// spoil values.
func bytesSettings() map[string]setting {
	return map[string]setting{
		"truncate": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.True(t, bytes.HasPrefix(clean, body))
			require.False(t, json.Valid(body))
		}},
		"invalid-utf8": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.False(t, utf8.Valid(body))
			require.Equal(t, clean, bytes.ReplaceAll(body, []byte("\xff"), nil))
		}},
		"bom": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Equal(t, "\xef\xbb\xbf"+string(clean), string(body))
		}},
		"malformed-json": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Len(t, body, len(clean)-1)
			require.False(t, json.Valid(body))
		}},
		"escape-non-ascii": {steps: inbound, check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.False(t, bytes.ContainsFunc(body, func(r rune) bool { return r >= utf8.RuneSelf }))
			require.JSONEq(t, string(clean), string(body))
		}},
	}
}

func treeSettings() map[string]setting {
	return map[string]setting{
		"unknown-event": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Contains(t, string(clean), `"type":"delivered"`)
			require.NotContains(t, string(body), `"type":"delivered"`)
			require.Equal(t, webhook.LevelUnknown, tr.levelOf(t, body).Verdict.Level)
		}},
		"unknown-field": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Equal(t, string(clean), strings.Replace(string(body), `,"unknown_field":"unknown"`, "", 1))
			require.Equal(t, webhook.RuleUnknownField, tr.levelOf(t, body).Verdict.Findings[0].Rule)
		}},
		"unlisted-value": {route: "netcore", steps: "  - send: message.read\n", check: func(t *testing.T, tr *trial) {
			body, _ := tr.only(t)
			require.Equal(t, webhook.RuleUnlistedValue, tr.levelOf(t, body).Verdict.Findings[0].Rule)
		}},
		"missing-field": {steps: inbound, check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			_, pointer, _ := strings.Cut(tr.results[0].Faults[0], " ")
			key := pointer[strings.LastIndexByte(pointer, '/')+1:]
			require.Equal(t, 1, strings.Count(string(clean), `"`+key+`":`)-strings.Count(string(body), `"`+key+`":`))
			require.Equal(t, webhook.LevelOK, tr.levelOf(t, body).Verdict.Level, "a consumer has to live without it")
		}},
		"null-value": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Equal(t, 1, strings.Count(string(body), ":null")-strings.Count(string(clean), ":null"))
		}},
		"number-as-string": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Len(t, body, len(clean)+2)
			require.Equal(t, webhook.LevelError, tr.levelOf(t, body).Verdict.Level)
		}},
		"poison-item": {
			route: "netcore", steps: "  - batch: [{send: message.read, message: a}, {send: message.read, message: b}]\n",
			check: func(t *testing.T, tr *trial) {
				body, clean := tr.only(t)
				var good, altered []map[string]any
				require.NoError(t, json.Unmarshal(clean, &good))
				require.NoError(t, json.Unmarshal(body, &altered))
				require.Len(t, good, 2)
				require.Len(t, altered, 3)
				require.Equal(t, []map[string]any{altered[0], altered[2]}, good)
				require.Nil(t, altered[1]["status"])
			},
		},
	}
}

func signatureSettings() map[string]setting {
	rejected := func(scheme string, reason signature.Reason) setting {
		return setting{scheme: scheme, check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Equal(t, clean, body, "the body is as it should be")
			var rejection *signature.Rejection
			require.ErrorAs(t, verify(t, scheme, tr.arrived[0]), &rejection)
			require.Equal(t, reason, rejection.Reason)
		}}
	}
	return map[string]setting{
		"wrong-key":         rejected("standard", signature.Mismatch),
		"tampered":          rejected("meta", signature.Mismatch),
		"stale":             rejected("standard", signature.OutOfTolerance),
		"future":            rejected("stripe", signature.OutOfTolerance),
		"missing-signature": rejected("meta", signature.MissingHeader),
		"doubled-signature": {scheme: "meta", check: func(t *testing.T, tr *trial) {
			lines := tr.arrived[0].values("X-Hub-Signature-256")
			require.Len(t, lines, 2)
			one := tr.arrived[0]
			one.header = []webhook.Header{{Name: "X-Hub-Signature-256", Value: lines[1]}}
			require.NoError(t, verify(t, "meta", one), "the second line is the right one")
		}},
		"upper-case-signature": {scheme: "meta", check: func(t *testing.T, tr *trial) {
			digits := strings.TrimPrefix(tr.arrived[0].values("X-Hub-Signature-256")[0], "sha256=")
			require.Equal(t, strings.ToUpper(digits), digits)
			one := tr.arrived[0]
			one.header = []webhook.Header{{Name: "X-Hub-Signature-256", Value: "sha256=" + strings.ToLower(digits)}}
			require.NoError(t, verify(t, "meta", one))
		}},
		"content-type": {check: func(t *testing.T, tr *trial) {
			body, clean := tr.only(t)
			require.Equal(t, clean, body)
			require.Equal(t, []string{"text/plain"}, tr.arrived[0].values("Content-Type"))
		}},
	}
}

func verify(t *testing.T, scheme string, a received) error {
	t.Helper()
	s, err := signature.Named(scheme)
	require.NoError(t, err)
	secrets, err := s.Secrets(secret)
	require.NoError(t, err)
	return s.Verify(signature.Received{Header: a.header, Body: a.body}, secrets, time.Now(), signature.Tolerance)
}

// Every fault is tried over a connection: what is asserted are the bytes that
// came, their number and their order.
func TestFault_VisibleInRequests(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	house := stageOf(t, "netcore")
	for _, settings := range []map[string]setting{planSettings(), bytesSettings(), treeSettings(), signatureSettings()} {
		for spec, s := range settings {
			name, _, _ := strings.Cut(spec, ":")
			tried[name] = true
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s.try(t, house, spec)
			})
		}
	}
	for _, k := range fault.Kinds() {
		require.True(t, tried[k.Name], "%s is not tried", k.Name)
	}
}

func (s setting) try(t *testing.T, house stage, spec string) {
	tr := &trial{stage: house.on(t, orElse(s.route, "gupshup/v2"))}
	steps := orElse(s.steps, "  - send: message.delivered\n")
	o := scenarios.Options{Seed: 3, Conversations: s.conversations}
	tr.clean = virtually(t, tr.stage.script(t, steps, o))
	w := wireOf(t, s.waitFor)
	options := engine.TargetOptions{Scheme: s.scheme}
	if s.scheme != "" {
		options.Secrets = []string{secret}
	}
	script := tr.stage.script(t, steps, o, spec)
	tr.planned = virtually(t, script)
	tr.results = deliver(t, script, w, options, pace(t, orElse(s.speed, "max")))
	tr.arrived = w.arrived
	for _, r := range tr.results {
		if !r.Dropped {
			require.True(t, r.Accepted, r.Failure)
		}
	}
	s.check(t, tr)
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
