package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// suiteFiles are the files of the official test suite for keywords that Parse reads, each with the
// least number of its tests that must run. The others of a file have what Parse rejects: $id, $anchor,
// a $ref that isn't to $defs of the root, unknown keywords.
func suiteFiles() map[string]int {
	return map[string]int{
		"additionalProperties": 21, "allOf": 30, "anyOf": 18, "boolean_schema": 18, "const": 50, "contains": 21,
		"dependentRequired": 20, "dependentSchemas": 20, "enum": 45, "exclusiveMaximum": 4, "exclusiveMinimum": 4,
		"if-then-else": 26, "infinite-loop-detection": 2, "items": 29, "maxContains": 12, "maxItems": 6,
		"maxLength": 7, "maxProperties": 10, "maximum": 8, "minContains": 28, "minItems": 6, "minLength": 7,
		"minProperties": 8, "minimum": 11, "multipleOf": 10, "not": 40, "oneOf": 27, "optional/bignum": 9,
		"optional/float-overflow": 1, "optional/non-bmp-regex": 12, "pattern": 9, "patternProperties": 23,
		"prefixItems": 11, "properties": 28, "propertyNames": 20, "ref": 15, "required": 16, "type": 80,
		"unevaluatedItems": 64, "unevaluatedProperties": 115, "uniqueItems": 69,
	}
}

// A suiteGroup is a schema and values of the official test suite.
type suiteGroup struct {
	Description string `json:"description"`
	Schema      any    `json:"schema"`
	Tests       []struct {
		Description string          `json:"description"`
		Data        json.RawMessage `json:"data"`
		Valid       bool            `json:"valid"`
	} `json:"tests"`
}

func TestEvaluate_OfficialSuite(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("JSONSCHEMA_SUITE")
	if folder == "" {
		t.Skip("JSONSCHEMA_SUITE isn't set: `.ci/suite FOLDER` fetches the official test suite and prints the value")
	}
	for file, minTests := range suiteFiles() {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(filepath.Join(folder, file+".json"))
			require.NoError(t, err)
			var groups []suiteGroup
			decoder := json.NewDecoder(bytes.NewReader(source))
			decoder.UseNumber()
			require.NoError(t, decoder.Decode(&groups))
			all, ran := 0, 0
			for _, g := range groups {
				all += len(g.Tests)
				ran += g.run(t)
			}
			t.Logf("%d of %d tests ran; Parse rejects the schemas of the others", ran, all)
			require.GreaterOrEqual(t, ran, minTests)
		})
	}
}

// run returns the number of tests that ran: 0 if Parse rejects the schema.
func (g *suiteGroup) run(t *testing.T) int {
	t.Helper()
	s, ok := withoutBooleans(g.Schema).(map[string]any)
	if !ok {
		return 0
	}
	s["x-source"] = "the official test suite"
	source, err := json.Marshal(s)
	require.NoError(t, err)
	file, err := document.ReadJSON("schema.json", source)
	if err != nil {
		return 0
	}
	root, err := jsonschema.Parse(file)
	if err != nil {
		t.Logf("skipped: %s: %v", g.Description, err)
		return 0
	}
	program := jsonschema.Compile(root, value.Words{})
	for _, test := range g.Tests {
		body, _, err := document.JSON(test.Data, document.BodyLimits())
		require.NoError(t, err)
		r := program.Evaluate(&body, value.Span{})
		require.Equal(t, test.Valid, r.Open, "%s: %s: %s", g.Description, test.Description, test.Data)
		require.Equal(t, test.Valid, program.Explain(&body, false) == nil, "%s: %s: explanation", g.Description, test.Description)
	}
	return len(g.Tests)
}

// withoutBooleans writes the schemas true and false as {} and {"not": {}}, where Parse rejects them.
func withoutBooleans(schema any) any {
	s, ok := schema.(map[string]any)
	if !ok {
		return map[any]any{true: map[string]any{}, false: map[string]any{"not": map[string]any{}}}[schema]
	}
	for key, value := range s {
		switch key {
		case "properties", "patternProperties", "dependentSchemas", "$defs":
			named, _ := value.(map[string]any)
			for name := range named {
				named[name] = withoutBooleans(named[name])
			}
		case "anyOf", "oneOf", "allOf", "prefixItems":
			list, _ := value.([]any)
			for i := range list {
				list[i] = withoutBooleans(list[i])
			}
		case "items", "additionalProperties", "not", "if", "then", "else":
			s[key] = withoutBooleans(value)
		case "contains", "propertyNames", "unevaluatedProperties", "unevaluatedItems":
			if _, ok := value.(map[string]any); ok {
				s[key] = withoutBooleans(value)
			}
		}
	}
	return s
}
