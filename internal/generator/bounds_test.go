package generator_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/schemas"
)

const boundedProvider = `provider: bound
title: Bound
source: made up
routes:
  bound: {channel: sms, types: ["*"]}
events:
  message.sent: status
`

// boundedCatalog is a provider with one event type, whose body has the property "x".
func boundedCatalog(t *testing.T, x string) *schemas.Catalog {
	t.Helper()
	schema := `{"type": "object", "x-source": "made up", "required": ["kind", "x"], "properties": {"kind": {"const": "status"}, "x": ` + x + `}}`
	catalog, err := schemas.Load(fstest.MapFS{
		"bound/provider.yaml":      {Data: []byte(boundedProvider)},
		"bound/status/schema.json": {Data: []byte(schema)},
	})
	require.NoError(t, err, x)
	return catalog
}

// The generator validates what it writes: an error is a body that violates the schema.
func TestGenerator_HonorsLengthsAndRanges(t *testing.T) {
	t.Parallel()
	for _, x := range []string{
		`{"type": "string", "maxLength": 1}`,
		`{"type": "string", "maxLength": 0}`,
		`{"type": "string", "maxLength": 3, "minLength": 3}`,
		`{"type": "string", "minLength": 40}`,
		`{"type": ["string", "null"], "minLength": 12, "maxLength": 14}`,
		`{"type": "integer", "maximum": -5}`,
		`{"type": "integer", "minimum": 7, "maximum": 7}`,
		`{"type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9}`,
		`{"type": "integer", "minimum": 1000, "multipleOf": 250}`,
		`{"type": "integer", "multipleOf": 2.5}`,
		`{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}`,
		`{"type": "number", "minimum": 0.05, "multipleOf": 0.1}`,
		`{"type": "number", "maximum": -1.5, "exclusiveMinimum": -1.6}`,
		`{"allOf": [{"type": "integer", "minimum": 5}, {"maximum": 6}]}`,
		`{"type": "array", "minItems": 1, "items": {"type": "string", "maxLength": 2}}`,
	} {
		catalog := boundedCatalog(t, x)
		require.Empty(t, generator.Lint(catalog, catalog.Providers[0]), x)
	}
}

func TestGenerator_NumbersVaryWithinRange(t *testing.T) {
	t.Parallel()
	catalog := boundedCatalog(t, `{"type": "integer", "minimum": 10, "maximum": 20, "multipleOf": 5}`)
	g := maker(t, catalog, generator.Options{})
	seen := map[int]bool{}
	for seed := range uint64(50) {
		event, err := g.Event(request(catalog.Providers[0].Routes[0], seed, item("message.sent")))
		require.NoError(t, err)
		var body struct{ X int }
		require.NoError(t, json.Unmarshal(event.Body, &body))
		seen[body.X] = true
	}
	require.Equal(t, map[int]bool{10: true, 15: true, 20: true}, seen)
}

func TestLint_ReportsTypeThatCannotBeGenerated(t *testing.T) {
	t.Parallel()
	for x, want := range map[string]string{
		`{"type": "integer", "exclusiveMinimum": 2, "exclusiveMaximum": 3}`: "the schema contradicts itself",
		`{"allOf": [{"minLength": 3, "type": "string"}, {"maxLength": 2}]}`: "the schema contradicts itself",
		`{"allOf": [{"x-value": "recipient.name"}, {"maxLength": 1}]}`:      "/x: maxLength: ",
		`{"type": "object", "minProperties": 1}`:                            "/x: minProperties: ",
	} {
		catalog := boundedCatalog(t, x)
		problems := generator.Lint(catalog, catalog.Providers[0])
		require.Len(t, problems, 1, x)
		require.ErrorContains(t, problems[0], "bound/status/schema.json:1:1: ", x)
		require.ErrorContains(t, problems[0], want, x)
	}
}
