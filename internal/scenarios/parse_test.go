package scenarios_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

func TestRead_ReportsErrorWithLocation(t *testing.T) {
	t.Parallel()
	const head = "name: test\ndescription: A test.\n"
	const steps = "steps: [{send: message.sent}]\n"
	nested := strings.Repeat("[{parallel: [", 16) + "[]" + strings.Repeat("]}]", 16)
	for text, want := range map[string]string{
		head + "steps: [{sent: message.sent}]":                                      `3:10: unknown key "sent"; did you mean "send"?`,
		head + steps + "repeats: 3":                                                 `4:1: unknown key "repeats"; known: conversations, description, expect, name, proves, provider, rate, routes, set, start, steps, with`,
		head + "steps: [{send: message.sennt}]":                                     `3:16: unknown event "message.sennt"; did you mean "message.sent"?`,
		head + "steps: [{send: [message.sent]}]":                                    `3:16: unknown event ["message.sent"]; known: account.capability`,
		head + "steps: [{send: gupshup/v2/referral}]":                               `3:16: "gupshup/v2/referral" is an event type of one provider: add provider to the scenario, or send a canonical event`,
		head + "provider: netcore\nsteps: [{send: gupshup/v2/referral}]":            `4:16: expected an event type of netcore, found "gupshup/v2/referral"`,
		head + "steps: []":                                                          `3:8: expected a list of steps with at least one entry, found an empty array`,
		head + "steps: {send: message.sent}":                                        `3:8: expected a list of steps, found object {"send": "message.sent"}`,
		head + "steps: [message.sent]":                                              `3:9: expected a step (for example {send: message.delivered}), found string "message.sent"`,
		head + "steps: [{after: 1s}]":                                               `3:9: missing key: one of send, batch, choose, repeat, parallel, await, do is required`,
		head + "steps: [{send: message.sent, do: window.open}]":                     `3:9: keys send and do exclude each other; keep one`,
		head + "steps: [{send: message.sent, at: 1s, after: 2s}]":                   `3:34: keys after and at exclude each other: after counts from the step before, at from the start; keep one`,
		head + "steps: [{send: message.sent, after: 5}]":                            `3:37: expected a duration (for example 10s) or a mapping with one of fixed, uniform, lognormal, found number 5`,
		head + "steps: [{send: message.sent, after: {lognorm: 1s}}]":                `3:38: unknown key "lognorm"; did you mean "lognormal"?`,
		head + "steps: [{send: message.sent, probability: 1.5}]":                    `3:43: expected a number from 0 to 1 with at most 6 decimals, found number 1.5`,
		head + "steps: [{send: message.sent, with: {mesage.id: x}}]":                `3:48: unknown value "mesage.id"; did you mean "message.id"?`,
		head + "steps: [{send: message.sent, with: {recipient.phone: x1}}]":         `3:54: recipient.phone: read phone number: want 1 to 15 digits that begin with a country code, with or without a plus`,
		head + `steps: [{send: message.sent, with: {message.id: "{{nothing}}"}}]`:   `3:49: parse template "{{nothing}}": offset 0: no value has the name "nothing"`,
		head + "steps: [{send: message.failed, with: {error: null}}]":               `3:46: expected a name of lower-case letters, digits and dashes, found null`,
		head + "steps: [{send: message.sent, set: {/id: 1}}]":                       `3:35: set is allowed only in a scenario that has provider, because its JSON Pointers are for that provider's bodies: add provider, or use with`,
		head + "provider: netcore\nsteps: [{send: message.sent, set: {id: 1}}]":     `4:40: expected a JSON Pointer (for example /payload/id), found "id"`,
		head + "routes: [netcore]\n" + steps:                                        `3:9: routes is allowed only in a scenario that has provider: add provider, or leave routes out`,
		head + "provider: netcore\nroutes: [gupshup/v2]\n" + steps:                  `4:10: expected a route of netcore, found string "gupshup/v2"`,
		head + "steps: [{send: message.sent, faults: dop}]":                         `3:38: read fault "dop": unknown fault "dop"; did you mean "drop"?`,
		head + "steps: [{send: message.sent, faults: {duplicate: {copies: 2000}}}]": `3:38: 2000 copies of one event are too many; the limit is 1000`,
		head + "steps: [{send: message.sent, expect: {status: 999}}]":               `3:47: expected a status code or a class of them (for example 204 or 2xx), found number 999`,
		head + "steps: [{send: message.sent, expect: {within: 0s}}]":                `3:47: expected a duration above 0 (for example "3s"), or contract for what the provider allows, found string "0s"`,
		head + "steps: [{send: inbound.text, reply_to: n}]":                         `3:40: no step is about the message "n"; known: m`,
		head + "steps: [{choose: [{weight: 0, steps: []}]}]":                        `3:18: one of the weights must be above 0`,
		head + "steps: [{choose: [{weight: 1}]}]":                                   `3:19: missing key "steps"; use steps: [] for an empty list`,
		head + "steps: [{repeat: {steps: [{send: message.sent}]}}]":                 `3:18: missing key "count"`,
		head + "steps: [{repeat: {count: 0, steps: [{send: message.sent}]}}]":       `3:26: expected a whole number from 1 to 10000, found number 0`,
		head + "steps: [{parallel: []}]":                                            `3:20: expected a list of lists of steps with at least one entry, found an empty array`,
		head + "steps: [{batch: [{do: window.open}]}]":                              `3:19: unknown key "do"; known: illegal, message, probability, reply_to, send, set, with`,
		head + "steps: [{do: contact.optout}]":                                      `3:14: unknown command "contact.optout"; did you mean "contact.opt-out"?`,
		head + "steps: [{await: {within: 5s}}]":                                     `3:17: missing key "call"`,
		head + "steps: " + nested:                                                   `3:204: steps are nested more than 16 levels deep`,
		head + "rate: 0/s\n" + steps:                                                `3:7: expected conversations per second, from 0.001/s to 1000000/s (for example 50/s or 0.5/s), found string "0/s"`,
		head + "rate: 50\n" + steps:                                                 `3:7: expected conversations per second with their unit (50/s), found number 50`,
		head + "conversations: 1e3\n" + steps:                                       `3:16: expected a whole number from 1 to 10000000, found number 1e3`,
		"name: other\ndescription: x\n" + steps:                                     `1:7: scenario "other" must be in a file other.yaml, found test.yaml; rename one of them`,
		"name: Test\ndescription: x\n" + steps:                                      `1:7: expected a name of lower-case letters, digits and dashes, found string "Test"`,
		"name: test\n" + steps:                                                      `1:1: missing key "description"`,
		head:                                                                        `1:1: missing key "steps"`,
		"[1]":                                                                       `1:1: expected a mapping, found array [1]`,
		head + "steps:\n- repeat: {count: 200, steps: [{send: message.sent}, {repeat: {count: 60, steps: [{send: message.sent}]}}]}": `4:83: with this step a conversation has 12401 steps or more, repeats unrolled; the limit is 10000`,
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.Read("folder/test.yaml", []byte(text))
			require.ErrorContains(t, err, "load folder/test.yaml:"+want)
		})
	}
}

func TestParse_ReportsAllErrors(t *testing.T) {
	t.Parallel()
	text := "name: test\ndescription: 5\nsteps:\n  - {send: nothing, with: {none: 1}}\n  - {sen: message.sent}\nwitj: {}\n"
	f, err := document.ReadYAML("test.yaml", []byte(text))
	require.NoError(t, err)
	var lines []int
	for _, problem := range scenarios.Lint(f) {
		lines = append(lines, problem.Line)
	}
	require.Equal(t, []int{2, 4, 4, 5, 5, 6}, lines)
	_, err = scenarios.Parse(f)
	require.ErrorContains(t, err, "test.yaml:2:14: expected a string, found number 5\n")
	require.ErrorContains(t, err, `test.yaml:6:1: unknown key "witj"; did you mean "with"?`)
}

func TestRead_ReturnsAllFields(t *testing.T) {
	t.Parallel()
	text := "name: test\ndescription: A test.\nprovider: netcore\nroutes: [netcore]\nconversations: 7\nrate: 0.25/s\n" +
		"steps: [{send: message.sent, expect: {status: [2xx, 404], within: contract}}, {send: netcore/incoming.text, expect: {within: 3s}}]\n"
	s, err := scenarios.Read("test.yaml", []byte(text))
	require.NoError(t, err)
	require.Equal(t, "netcore/test", s.Name)
	require.Equal(t, "A test.", s.Description)
	require.Equal(t, []string{"netcore"}, s.Routes)
	require.Equal(t, 7, s.Conversations())
	require.Equal(t, []string{"message.sent", "netcore/incoming.text"}, s.Events())
	require.Equal(t, text, string(s.Source))
	p, err := s.Plan(testRoute{name: "netcore", provider: "netcore", untimed: true}, scenarios.Options{Conversations: 1})
	require.NoError(t, err)
	require.Equal(t, 250, p.Rate)
	all := planned(p)
	require.Equal(t, scenarios.Expect{Status: []string{"2xx", "404"}, Contract: true}, all[0].Expect)
	require.Equal(t, scenarios.Expect{Within: 3e9}, all[1].Expect)
}

func TestDocumentation_ExampleIsValid(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/scenarios.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	_, err = scenarios.Read("message-failed-async.yaml", []byte(example))
	require.NoError(t, err)
}

func FuzzParse(f *testing.F) {
	library, err := shipped.Library()
	require.NoError(f, err)
	for _, s := range library.All() {
		f.Add(s.Source)
	}
	f.Add([]byte("name: test\ndescription: A test.\nprovider: p\nset: {/a: 1}\nsteps:\n- {send: p/e, faults: [drop, {delay: {fixed: 1s}}], expect: {status: 2xx}}\n" +
		"- repeat: {count: 2, every: 1s, steps: [{batch: [{send: inbound.edited}]}]}\n- parallel: [[{await: {call: send}}], [{do: window.open}]]\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		file, err := document.ReadYAML("test.yaml", source)
		if err != nil {
			return
		}
		s, err := scenarios.Parse(file)
		require.Equal(t, err == nil, len(scenarios.Lint(file)) == 0)
		if err != nil {
			return
		}
		p, err := s.Plan(testRoute{name: s.Provider, provider: s.Provider, untimed: true}, scenarios.Options{Conversations: 2})
		if err != nil {
			return
		}
		last, told := scenarios.NotYet, 0
		for c := range p.PlannedEvents {
			require.GreaterOrEqual(t, c.At, last)
			last = c.At
			if told++; told > 2000 {
				break
			}
		}
	})
}
