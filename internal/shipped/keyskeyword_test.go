package shipped_test

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// userSchemas have a small schema of a value for each keyword of JSON Schema.
func userSchemas() map[string]string {
	return map[string]string{
		"type":                  `{"type": ["integer", "string"]}`,
		"const":                 `{"const": {"a": [1, null]}}`,
		"enum":                  `{"enum": ["a", 2, null]}`,
		"properties":            `{"type": "object", "properties": {"a": {"type": "string"}}}`,
		"required":              `{"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}`,
		"additionalProperties":  `{"type": "object", "additionalProperties": {"type": "integer"}}`,
		"items":                 `{"type": "array", "items": {"type": "integer"}}`,
		"prefixItems":           `{"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": {"type": "boolean"}}`,
		"minItems":              `{"type": "array", "items": {"type": "integer"}, "minItems": 3}`,
		"maxItems":              `{"type": "array", "items": {"type": "integer"}, "maxItems": 1}`,
		"anyOf":                 `{"anyOf": [{"type": "integer"}, {"type": "string"}]}`,
		"oneOf":                 `{"oneOf": [{"type": "integer"}, {"type": "string"}]}`,
		"allOf":                 `{"allOf": [{"type": "integer"}, {"minimum": 7}]}`,
		"not":                   `{"type": "integer", "not": {"const": 1}}`,
		"$ref":                  `{"$ref": "#/$defs/whole"}`,
		"$defs":                 `{"$ref": "#/$defs/whole"}`,
		"pattern":               `{"type": "string", "pattern": "^[a-c]{2,5}-[0-9]+$"}`,
		"minLength":             `{"type": "string", "minLength": 40}`,
		"maxLength":             `{"type": "string", "maxLength": 3}`,
		"minimum":               `{"type": "integer", "minimum": 1000000}`,
		"maximum":               `{"type": "integer", "maximum": 3}`,
		"exclusiveMaximum":      `{"type": "integer", "minimum": 2, "exclusiveMaximum": 4}`,
		"exclusiveMinimum":      `{"type": "number", "exclusiveMinimum": 100}`,
		"multipleOf":            `{"type": "integer", "multipleOf": 7}`,
		"if":                    `{"type": ["integer", "string"], "if": {"type": "string"}, "then": {"minLength": 5}}`,
		"then":                  `{"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string"}}, "if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}}`,
		"else":                  `{"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}, "b": {"type": "string"}}, "if": {"properties": {"a": {"const": "x"}}}, "else": {"required": ["b"]}}`,
		"title":                 `{"title": "A title", "type": "string"}`,
		"description":           `{"description": "A description.", "type": "string"}`,
		"$schema":               `{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"}`,
		"$comment":              `{"$comment": "A comment.", "type": "string"}`,
		"default":               `{"default": "x", "type": "string"}`,
		"deprecated":            `{"deprecated": true, "type": "string"}`,
		"readOnly":              `{"readOnly": true, "type": "string"}`,
		"writeOnly":             `{"writeOnly": true, "type": "string"}`,
		"examples":              `{"examples": ["x"], "type": "string"}`,
		"format":                `{"format": "date-time", "type": "string"}`,
		"uniqueItems":           `{"type": "array", "items": {"enum": [1, 2]}, "minItems": 2, "maxItems": 2, "uniqueItems": true}`,
		"contains":              `{"type": "array", "items": {"type": "integer"}, "contains": {"const": 4}}`,
		"minContains":           `{"type": "array", "items": {"type": "integer"}, "contains": {"const": 4}, "minContains": 2}`,
		"maxContains":           `{"type": "array", "items": {"enum": [4, 5]}, "minItems": 3, "contains": {"const": 4}, "maxContains": 1}`,
		"minProperties":         `{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "minProperties": 1}`,
		"maxProperties":         `{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "maxProperties": 1}`,
		"patternProperties":     `{"type": "object", "properties": {"a": {"type": "string"}}, "patternProperties": {"^a": {"minLength": 40}}}`,
		"propertyNames":         `{"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"pattern": "^[a-z]$"}}`,
		"dependentRequired":     `{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "dependentRequired": {"a": ["b"]}}`,
		"dependentSchemas":      `{"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "dependentSchemas": {"a": {"required": ["b"]}}}`,
		"unevaluatedItems":      `{"type": "array", "prefixItems": [{"type": "integer"}], "unevaluatedItems": {"type": "string"}}`,
		"unevaluatedProperties": `{"type": "object", "properties": {"a": {"type": "string"}}, "unevaluatedProperties": {"type": "integer"}}`,
	}
}

// userTree is the example of a provider, in which the schema is that of a value of its
// event type opt-out.
func userTree(t *testing.T, schema string) fs.FS {
	t.Helper()
	const eventType = `{"title": "A thing", "description": "A thing happens.", "x-source": "a test", "type": "object", "required": ["kind", "v"],` +
		`"$defs": {"whole": {"type": "integer"}}, "properties": {"kind": {"const": "thing"}, "v": %s, "w": {"$ref": "#/$defs/whole"}}}`
	folder := folderOf(t, examplesTree(), "acme")
	folder.files["acme/opt-out/schema.json"] = &fstest.MapFile{Data: fmt.Appendf(nil, eventType, schema)}
	if strings.Contains(schema, `"pattern": "^[a-c]`) { // the texts of a pattern are those of examples
		folder.files["acme/opt-out/examples/pattern.json"] = &fstest.MapFile{Data: []byte(`{"kind": "thing", "v": "ab-12"}`)}
	}
	return folder.files
}

// Each keyword that a schema may have is either satisfied by every generated body, or
// rejected when the schema is loaded or linted.
func TestUserSchema_KeywordIsSatisfiedOrRejected(t *testing.T) {
	t.Parallel()
	schemas := userSchemas()
	for _, keyword := range knownKeywords(t) {
		t.Run(keyword, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, schemas[keyword], "userSchemas has no schema with the keyword")
			w, err := loadWorld(t, userTree(t, schemas[keyword]))
			if err == nil {
				err = errors.Join(generator.Lint(w.catalog, w.provider)...)
			}
			if err != nil {
				require.ErrorContains(t, err, "acme/opt-out/schema.json:1:", "the error names the place")
				require.Contains(t, rejectedKeywords(), keyword, "%v", err)
				return
			}
			requireValid(t, w)
		})
	}
	for keyword := range schemas {
		require.Contains(t, knownKeywords(t), keyword)
	}
}

// rejectedKeywords are the keywords that the generator can't satisfy in the schemas of this
// test; the others are satisfied.
func rejectedKeywords() []string {
	return []string{"contains", "format", "if", "maxProperties", "minContains", "minProperties", "patternProperties"}
}

// requireValid generates bodies from 200 seeds, with all fills in turn.
func requireValid(t *testing.T, w *providerWorld) {
	t.Helper()
	route, err := w.catalog.Route("acme/sms")
	require.NoError(t, err)
	one, err := script.Single(route, "contact.opted-out")
	require.NoError(t, err)
	var generators []*generator.Generator
	for _, fill := range []generator.Fill{generator.Typical, generator.Full} {
		g, err := generator.New(w.catalog, generator.Options{Fill: fill})
		require.NoError(t, err)
		generators = append(generators, g)
	}
	for seed := range uint64(200) {
		plan, err := one.Plan(script.RouteOf(route), scenarios.Options{Seed: seed})
		require.NoError(t, err)
		g := generators[seed%2]
		for job, err := range (script.Script{Catalog: w.catalog, Generator: g, Route: route, Plan: plan, Start: keysStart()}).Jobs() {
			require.NoError(t, err)
			made, err := job.Prepare()
			require.NoError(t, err)
			items := w.validator.Body(made.Event.Body, made.Event.At)
			for _, item := range items {
				require.Equal(t, webhook.LevelOK, item.Verdict.Level, "seed %d: %s", seed, made.Event.Body)
			}
		}
	}
}

// knownKeywords are the keywords of JSON Schema that the loader knows: an unknown keyword
// is rejected with their names. Keywords of our own are in the shipped schemas.
func knownKeywords(t *testing.T) []string {
	t.Helper()
	_, err := loadWorld(t, userTree(t, `{"qqqqqqqqqqqq": 1}`))
	require.ErrorContains(t, err, "known: ")
	_, list, _ := strings.Cut(err.Error(), "known: ")
	list, _, _ = strings.Cut(list, "\n")
	keywords := regexp.MustCompile(`[$A-Za-z-]+`).FindAllString(list, -1)
	return slices.DeleteFunc(keywords, func(keyword string) bool { return strings.HasPrefix(keyword, "x-") })
}
