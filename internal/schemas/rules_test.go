package schemas_test

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A brokenRule is an example of a type, changed so that it breaks one rule of the provider and no other.
type brokenRule struct {
	id string
	// example is the name of the type without the provider, a blank, and the name of the example.
	example string
	// changes are "/pointer=JSON", or "/pointer" of a key to remove.
	changes []string
	// pointer is that of the finding.
	pointer string
}

// testBrokenRules checks the rules of a provider: each rule has a body that breaks it alone; the example without the change keeps all rules.
func testBrokenRules(t *testing.T, provider string, cases []brokenRule) {
	t.Helper()
	source, err := os.ReadFile("../../schemas/" + provider + "/rules.json")
	require.NoError(t, err)
	var rules map[string]struct{ Shape bool }
	require.NoError(t, json.Unmarshal(source, &rules))
	for id := range rules {
		require.True(t, slices.ContainsFunc(cases, func(c brokenRule) bool { return c.id == id }), "no body breaks rule %s", id)
	}
	catalog := embedded(t)
	for _, c := range cases {
		t.Run(c.id+" "+c.example, func(t *testing.T) {
			t.Parallel()
			typeName, exampleName, _ := strings.Cut(c.example, " ")
			body := exampleOf(t, catalog, provider+"/"+typeName, exampleName)
			validator := validatorOf(t, catalog, schemas.Scope{Type: provider + "/" + typeName})
			require.Equal(t, webhook.LevelOK, worst(verdictsOn(t, validator, body)), "the example")
			items := verdictsOn(t, validator, changed(t, body, c.changes))
			require.Len(t, items, 1)
			// A key or a value that the schema doesn't list is found as such, too.
			findings := slices.DeleteFunc(slices.Clone(items[0].Verdict.Findings), func(f webhook.Finding) bool {
				return f.Pointer == c.pointer && (f.Rule == webhook.RuleUnknownField || f.Rule == webhook.RuleUnlistedValue)
			})
			require.Len(t, findings, 1, "%+v", findings)
			word := "incoherent"
			if rules[c.id].Shape {
				word = "unreal-shape"
			}
			require.Equal(t, word, findings[0].Rule)
			require.Equal(t, webhook.LevelDrift, findings[0].Level)
			require.Contains(t, findings[0].Hint, "rule "+c.id+":")
			require.Equal(t, c.pointer, findings[0].Pointer)
		})
	}
}

// exampleOf returns the body of an example that isn't a payload of the documentation: those may break
// rules.
func exampleOf(t *testing.T, catalog *schemas.Catalog, typeName, name string) []byte {
	t.Helper()
	for _, eventType := range catalog.Types() {
		if eventType.Name != typeName {
			continue
		}
		examples, err := eventType.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			if strings.TrimSuffix(e.Name, ".json") == name {
				require.False(t, e.Documented, "%s %s", typeName, name)
				return e.Body
			}
		}
	}
	t.Fatalf("%s has no example %s", typeName, name)
	return nil
}

func changed(t *testing.T, body []byte, changes []string) []byte {
	t.Helper()
	var root any
	require.NoError(t, json.Unmarshal(body, &root))
	for _, change := range changes {
		pointer, text, isSet := strings.Cut(change, "=")
		var v any
		if isSet {
			require.NoError(t, json.Unmarshal([]byte(text), &v), change)
		}
		tokens := document.Tokens(pointer)
		parent := root
		for _, token := range tokens[:len(tokens)-1] {
			if list, ok := parent.([]any); ok {
				i, err := strconv.Atoi(token)
				require.NoError(t, err, change)
				parent = list[i]
				continue
			}
			parent = parent.(map[string]any)[token]
		}
		object, isObject := parent.(map[string]any)
		require.True(t, isObject, change)
		if last := tokens[len(tokens)-1]; isSet {
			object[last] = v
		} else {
			require.Contains(t, object, last, change)
			delete(object, last)
		}
	}
	left, err := json.Marshal(root)
	require.NoError(t, err)
	return left
}
