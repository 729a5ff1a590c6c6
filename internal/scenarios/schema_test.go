package scenarios_test

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

const schemaFile = "../../scenarios/scenario.schema.json"

// editor returns what editors find wrong with a scenario.
func editor(t *testing.T) func(text string) error {
	t.Helper()
	schema, err := jsonschema.Compile(schemaFile)
	require.NoError(t, err)
	return editorOf(t, schema)
}

func editorOf(t *testing.T, schema *jsonschema.Schema) func(text string) error {
	t.Helper()
	return func(text string) error {
		f, err := document.ReadYAML("test.yaml", []byte(text))
		require.NoError(t, err)
		return schema.Validate(f.Root.Any())
	}
}

func TestSchema_AcceptsShippedScenarios(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	validate := editor(t)
	for _, s := range library.All() {
		require.NoError(t, validate(string(s.Source)), s.Name)
	}
}

// Editors reject a misspelled key of a shipped scenario where the reader does.
func TestSchema_AgreesOnMisspelledKeys(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	schema, err := jsonschema.Compile(schemaFile)
	require.NoError(t, err)
	const maxSame = 40 // keys of one place in the files, whatever the file
	count, seen := 0, map[string]int{}
	for _, s := range library.All() {
		f, err := document.ReadYAML(path.Base(s.Name)+".yaml", s.Source)
		require.NoError(t, err)
		var texts []string
		for _, key := range keyEnds(&f.Root, "") {
			if seen[key.place]++; seen[key.place] <= maxSame {
				texts = append(texts, string(s.Source[:key.end])+"x"+string(s.Source[key.end:]))
			}
		}
		count += len(texts)
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			validate := editorOf(t, schema)
			for _, text := range texts {
				_, err := scenarios.Read(f.Name, []byte(text))
				require.Equal(t, err == nil, validate(text) == nil, "%s\n%v", text, err)
			}
		})
	}
	require.Greater(t, count, 1000)
}

// A keyEnd is where a key ends, and the keys that lead to it.
type keyEnd struct {
	place string
	end   int
}

// keyEnds returns the ends of all keys that are written without quotes.
func keyEnds(n *document.Node, place string) (ends []keyEnd) {
	for i := range n.Members {
		m := &n.Members[i]
		if !strings.HasPrefix(m.Key, "/") {
			ends = append(ends, keyEnd{place + "/" + m.Key, m.KeyStart + len(m.Key)})
		}
		ends = append(ends, keyEnds(&m.Value, place+"/"+m.Key)...)
	}
	for i := range n.Items {
		ends = append(ends, keyEnds(&n.Items[i], place)...)
	}
	return ends
}

func TestSchema_AgreesWithParse(t *testing.T) {
	t.Parallel()
	const head = "name: test\ndescription: A test.\n"
	validate := editor(t)
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
		head + "steps: []":                                                                                                 false,
		head + "steps: [{sent: message.sent}]":                                                                             false,
		head + "steps: [{send: message.sennt}]":                                                                            false,
		head + "steps: [{send: message.sent, do: window.open}]":                                                            false,
		head + "steps: [{send: message.sent, at: 1s, after: 1s}]":                                                          false,
		head + "steps: [{send: message.sent, after: 5}]":                                                                   false,
		head + "steps: [{send: message.sent, probability: 2}]":                                                             false,
		head + "rate: 50\nsteps: [{send: message.sent}]":                                                                   false,
		head + "steps: [{send: message.sent, faults: dop}]":                                                                false,
		head + "steps: [{send: message.sent, faults: \"delay:2s\"}]":                                                       false,
		head + "steps: [{send: message.sent, faults: {drop: {}, bom: {}}}]":                                                false,
		head + "steps: [{send: message.sent, expect: {status: 999}}]":                                                      false,
		head + "steps: [{batch: [{send: message.sent, after: 1s}]}]":                                                       false,
		head + "steps: [{repeat: {steps: [{send: message.sent}]}}]":                                                        false,
		head + "steps: [{do: window.smash}]":                                                                               false,
		head + "steps: [{send: message.sent, message: M}]":                                                                 false,
		head + "set: {/a: 1}\nsteps: [{send: message.sent}]":                                                               false,
		head + "provider: p\nset: {a: 1}\nsteps: [{send: message.sent}]":                                                   false,
		"name: test\nsteps: [{send: message.sent}]":                                                                        false,
		head + "conversations: 0\nsteps: [{send: message.sent}]":                                                           false,
		head + "steps: [{send: message.sent}]\nrepeat: 5":                                                                  false,
		head + "steps: [{send: message.sent, with: {Message.id: x}}]":                                                      false,
		head + "steps: [{send: message.sent, after: {uniform: {min: 1s}}}]":                                                false,
		head + "steps: [{choose: [{weight: 1}]}, {send: message.sent}]":                                                    false,
		head + "steps: [{send: message.sent, with: {message.id: [1]}}]":                                                    false,
		head + "steps: [{send: message.failed, with: {error: {code: not-here}}}]":                                          false,
		head + "steps: [{send: message.sent, with: {message.unit: 2}}]":                                                    false,
		head + "steps: [{send: message.sent, faults: {drop: {copies: 2}}}]":                                                false,
		head + "steps: [{send: message.sent, faults: {drop: 0.5}}]":                                                        false,
		head + "steps: [{send: message.sent, faults: {delay: {uniform: {min: 1s}}}}]":                                      false,
		head + "steps: [{send: message.sent, faults: [{delay: {uniform: {min: 1s, max: 2s}, every: 2}}, {duplicate: 2}]}]": true,
		head + "steps: [{repeat: {count: 0, steps: [{send: message.sent}]}}]":                                              false,
		head + "steps: [{repeat: {count: 2}}, {send: message.sent}]":                                                       false,
		head + "provider: p\nroutes: [q]\nsteps: [{send: message.sent}]":                                                   false,
		head + "provider: p\nroutes: []\nsteps: [{send: message.sent}]":                                                    false,
		"name: test\ndescription: \"\"\nsteps: [{send: message.sent}]":                                                     false,
		head + "steps: [{send: message.sent, expect: {headers: {}}}]":                                                      false,
		head + "steps: [{send: message.sent}]\nexpect: {calls: {count: {most: 1}}}":                                        false,
	} {
		_, err := scenarios.Read("test.yaml", []byte(text))
		require.Equal(t, valid, err == nil, "%s\n%v", text, err)
		require.Equal(t, valid, validate(text) == nil, "%s", text)
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
	var names, named []string
	for _, kind := range fault.Kinds() {
		names = append(names, kind.Name)
	}
	variants := definitions.At([]string{"Fault", "anyOf"}).Items
	for _, one := range variants[:len(variants)-1] {
		named = append(named, one.Get("const").Text)
	}
	require.Equal(t, names, named)
	require.ElementsMatch(t, names, variants[len(variants)-1].Get("properties").Keys())
	require.ElementsMatch(t, append(value.Names(), "error"), definitions.At([]string{"values", "properties"}).Keys())
}
