package scenarios_test

import (
	"os"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

const schemaFile = "../../scenarios/scenario.schema.json"

func validate(t *testing.T, text string) error {
	t.Helper()
	schema, err := jsonschema.Compile(schemaFile)
	require.NoError(t, err)
	f, err := document.ReadYAML("test.yaml", []byte(text))
	require.NoError(t, err)
	return schema.Validate(f.Root.Any())
}

func TestSchema_AcceptsShippedScenarios(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	for _, s := range library.All() {
		require.NoError(t, validate(t, string(s.Source)), s.Name)
	}
}

func TestSchema_AgreesWithParse(t *testing.T) {
	t.Parallel()
	const head = "name: test\ndescription: A test.\n"
	for text, valid := range map[string]bool{
		head + "rate: 0.5/s\nsteps: [{send: message.sent, at: 6d12h, probability: 0.5, faults: drop, expect: {status: [2xx, 204], within: contract}}]":                                       true,
		head + "steps: [{send: message.sent, after: {lognormal: {median: 6s, sigma: 0.8}}, faults: [{duplicate: {copies: 2}}, {delay: {by: 2s, probability: 0.1}}]}]":                        true,
		head + "provider: p\nroutes: [p/q]\nset: {/a/b: null}\nsteps: [{send: p/event}]":                                                                                                     true,
		head + "steps: [{await: {call: send, within: 5s}}, {do: template.pause, with: {template.name: x}}, {choose: [{steps: []}]}]":                                                         true,
		head + "steps: [{batch: [{send: inbound.text, reply_to: m}], after: 1s}, {parallel: [[], []]}, {repeat: {count: 2, every: 1.5s, steps: []}}]":                                        true,
		head + "steps: [{send: message.failed, with: {error: [dnd, expired], message.units: 2, recipient.phone: null}}]":                                                                     true,
		head + "steps: [{send: inbound.text, expect: {empty: true, headers: {X-A: b, X-C: null}, calls: none}}]":                                                                             true,
		head + "steps: [{await: {call: send, message: m, hold: true}}, {send: message.sent}]\nexpect: {calls: {count: 1, call: send, reply_to: m, with: {message.text: hello}, within: 2s}}": true,
		head + "steps: [{send: message.sent}]\nexpect: {calls: [none, {count: {min: 1, max: 3}}], state: {at: \"/m/{{message.id}}\", equals: {a: null}, within: 1s, order: [sent, read]}}":   true,
		head + "steps: [{send: message.sent}]\nexpect: {status: 2xx}":                                                                                                                        false,
		head + "steps: [{send: message.sent}]\nexpect: {calls: some}":                                                                                                                        false,
		head + "steps: [{send: message.sent}]\nexpect: {calls: {count: -1}}":                                                                                                                 false,
		head + "steps: [{send: message.sent}]\nexpect: {state: {at: /a}}":                                                                                                                    false,
		head + "steps: [{send: message.sent}]\nexpect: {state: {at: a, equals: 1}}":                                                                                                          false,
		head + "steps: [{send: message.sent, expect: {empty: false}}]":                                                                                                                       false,
		head + "steps: [{await: {call: send, hold: yes}}, {send: message.sent}]":                                                                                                             false,
		head + "steps: []":                                                        false,
		head + "steps: [{sent: message.sent}]":                                    false,
		head + "steps: [{send: message.sennt}]":                                   false,
		head + "steps: [{send: message.sent, do: window.open}]":                   false,
		head + "steps: [{send: message.sent, at: 1s, after: 1s}]":                 false,
		head + "steps: [{send: message.sent, after: 5}]":                          false,
		head + "steps: [{send: message.sent, probability: 2}]":                    false,
		head + "rate: 50\nsteps: [{send: message.sent}]":                          false,
		head + "steps: [{send: message.sent, faults: dop}]":                       false,
		head + "steps: [{send: message.sent, faults: \"delay:2s\"}]":              false,
		head + "steps: [{send: message.sent, faults: {drop: {}, bom: {}}}]":       false,
		head + "steps: [{send: message.sent, expect: {status: 999}}]":             false,
		head + "steps: [{batch: [{send: message.sent, after: 1s}]}]":              false,
		head + "steps: [{repeat: {steps: [{send: message.sent}]}}]":               false,
		head + "steps: [{do: window.smash}]":                                      false,
		head + "steps: [{send: message.sent, message: M}]":                        false,
		head + "set: {/a: 1}\nsteps: [{send: message.sent}]":                      false,
		head + "provider: p\nset: {a: 1}\nsteps: [{send: message.sent}]":          false,
		"name: test\nsteps: [{send: message.sent}]":                               false,
		head + "conversations: 0\nsteps: [{send: message.sent}]":                  false,
		head + "steps: [{send: message.sent}]\nrepeat: 5":                         false,
		head + "steps: [{send: message.sent, with: {Message.id: x}}]":             false,
		head + "steps: [{send: message.sent, after: {uniform: {min: 1s}}}]":       false,
		head + "steps: [{choose: [{weight: 1}]}, {send: message.sent}]":           false,
		head + "steps: [{send: message.sent, with: {message.id: [1]}}]":           false,
		head + "steps: [{send: message.failed, with: {error: {code: not-here}}}]": false,
	} {
		_, err := scenarios.Read("test.yaml", []byte(text))
		require.Equal(t, valid, err == nil, "%s\n%v", text, err)
		require.Equal(t, valid, validate(t, text) == nil, "%s", text)
	}
}

func TestSchema_ListsEventsAndFaults(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(schemaFile)
	require.NoError(t, err)
	f, err := document.ReadJSON(schemaFile, source)
	require.NoError(t, err)
	texts := func(n *document.Node) (all []string) {
		for _, item := range n.Elements() {
			all = append(all, item.Text)
		}
		return all
	}
	definitions := f.Root.Get("$defs")
	require.Equal(t, canonical.Events(), texts(definitions.At([]string{"event", "anyOf", "0", "enum"})))
	var names []string
	for _, kind := range fault.Kinds() {
		names = append(names, kind.Name)
	}
	require.Equal(t, names, texts(definitions.At([]string{"fault", "anyOf", "1", "propertyNames", "enum"})))
	require.Equal(t, names, texts(definitions.At([]string{"fault", "anyOf", "0", "enum"})))
	require.True(t, slices.Contains(definitions.Keys(), "step"))
}
