package jsonschema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

func compile(tb testing.TB, schema string) *jsonschema.Program {
	tb.Helper()
	source := `{"x-source":"a test",` + strings.TrimPrefix(schema, "{")
	file, err := document.ReadJSON("schema.json", []byte(strings.ReplaceAll(source, ",}", "}")))
	require.NoError(tb, err)
	root, err := jsonschema.Parse(file)
	require.NoError(tb, err)
	return jsonschema.Compile(root, value.Words{})
}

func parse(tb testing.TB, text string) *document.Node {
	tb.Helper()
	body, _, err := document.JSON([]byte(text), document.BodyLimits())
	require.NoError(tb, err)
	return &body
}

// A keywordRow is a schema with values that it accepts, and values that it rejects.
type keywordRow struct {
	schema   string
	accepted []string
	rejected []rejection
}

// A rejection is a value and its only violation.
type rejection struct{ body, pointer, keyword, message string }

func TestEvaluate_Keywords(t *testing.T) {
	t.Parallel()
	rows := slices.Concat(valueRows(), objectRows(), arrayRows(), combinationRows())
	for _, row := range rows {
		t.Run(row.schema, func(t *testing.T) {
			t.Parallel()
			program := compile(t, row.schema)
			for _, body := range row.accepted {
				require.True(t, program.Evaluate(parse(t, body), value.Span{}).Open, body)
				require.Nil(t, program.Explain(parse(t, body), false), body)
			}
			for _, r := range row.rejected {
				require.False(t, program.Evaluate(parse(t, r.body), value.Span{}).Open, r.body)
				found := program.Explain(parse(t, r.body), false)
				require.Len(t, found, 1, r.body)
				actual := rejection{r.body, document.Pointer(found[0].Path...), found[0].Keyword, found[0].Message}
				require.Equal(t, r, actual)
			}
		})
	}
	for _, keyword := range jsonschema.Assertions() {
		if keyword != "x-placeholder" && keyword != "x-extensible-enum" && keyword != "x-variant" {
			require.True(t, slices.ContainsFunc(rows, func(r keywordRow) bool { return strings.Contains(r.schema, `"`+keyword+`"`) }), "no row has %s", keyword)
		}
	}
}

func valueRows() []keywordRow {
	return []keywordRow{
		{`{"type":"string"}`, []string{`""`}, []rejection{{`1`, "", "type", ""}, {`null`, "", "type", ""}}},
		{`{"type":"integer"}`, []string{`1`, `1.0`, `1e2`, `-0`, `10e-1`}, []rejection{{`1.5`, "", "type", ""}, {`"1"`, "", "type", ""}, {`1e-1`, "", "type", ""}}},
		{`{"type":"number"}`, []string{`1`, `1.5`}, []rejection{{`"1"`, "", "type", ""}}},
		{`{"type":["boolean","null"]}`, []string{`true`, `null`}, []rejection{{`[]`, "", "type", ""}, {`{}`, "", "type", ""}}},
		{`{"const":{"a":[1,{"b":null}],"c":"x"}}`, []string{`{"c":"x","a":[1.0,{"b":null}]}`}, []rejection{
			{`{"a":[1,{"b":null}]}`, "", "const", ""}, {`{"a":[{"b":null},1],"c":"x"}`, "", "const", ""}, {`{"a":[1],"c":"x"}`, "", "const", ""},
		}},
		{`{"const":false}`, []string{`false`}, []rejection{{`0`, "", "const", ""}, {`true`, "", "const", ""}}},
		{`{"enum":[1,"a",null]}`, []string{`1e0`, `"a"`, `null`}, []rejection{{`"1"`, "", "enum", ""}, {`""`, "", "enum", ""}, {`false`, "", "enum", ""}}},
		{`{"pattern":"^a+$"}`, []string{`"aa"`, `1`}, []rejection{{`"ab"`, "", "pattern", "a match of the pattern ^a+$"}}},
		{`{"minLength":2}`, []string{`"éé"`, `1`}, []rejection{{`"é"`, "", "minLength", "at least 2 characters, found 1"}}},
		{`{"maxLength":2}`, []string{`"😀😀"`, `1`}, []rejection{{`"abc"`, "", "maxLength", "at most 2 characters, found 3"}}},
		{`{"minimum":1.5}`, []string{`1.5`, `"1"`}, []rejection{{`1.4999999999999999999`, "", "minimum", "at least 1.5"}}},
		{`{"exclusiveMinimum":1}`, []string{`1.0000000000000000001`}, []rejection{{`1.0`, "", "exclusiveMinimum", "more than 1"}}},
		{`{"maximum":1}`, []string{`1.0`, `-5`}, []rejection{{`2`, "", "maximum", "at most 1"}}},
		{`{"exclusiveMaximum":1}`, []string{`0.9`}, []rejection{{`1`, "", "exclusiveMaximum", "less than 1"}}},
		{`{"multipleOf":0.1}`, []string{`0.3`, `1e3`, `0`, `"x"`}, []rejection{{`0.25`, "", "multipleOf", "a multiple of 0.1"}}},
	}
}

func objectRows() []keywordRow {
	return []keywordRow{
		{`{"properties":{"a":{"type":"null"},"b/~":{"type":"null"}}}`, []string{`{}`, `{"c":1}`, `[]`, `{"a":null}`}, []rejection{
			{`{"a":1}`, "/a", "type", ""}, {`{"b/~":1}`, "/b~1~0", "type", ""},
		}},
		{`{"required":["a","b"]}`, []string{`{"b":null,"a":1}`, `1`}, []rejection{{`{"a":1}`, "", "required", ""}, {`{}`, "", "required", ""}}},
		{`{"additionalProperties":{"type":"null"},"properties":{"a":{}}}`, []string{`{"a":1,"b":null}`}, []rejection{{`{"b":1}`, "/b", "type", ""}, {`{"":1}`, "/", "type", ""}}},
		{`{"patternProperties":{"^a":{"type":"null"}},"additionalProperties":{"type":"string"}}`, []string{`{"ab":null,"b":""}`}, []rejection{{`{"ab":""}`, "/ab", "type", ""}}},
		{`{"propertyNames":{"maxLength":1}}`, []string{`{"a":1}`, `"ab"`}, []rejection{{`{"ab":1}`, "/ab", "maxLength", "at most 1 characters, found 2"}}},
		{`{"propertyNames":false}`, []string{`{}`}, []rejection{{`{"a":1}`, "/a", "propertyNames", "no keys"}}},
		{`{"properties":{"a":{}},"allOf":[{"properties":{"b":{}}}],"unevaluatedProperties":false}`, []string{`{"a":1,"b":1}`}, []rejection{
			{`{"c":1}`, "/c", "unevaluatedProperties", ""},
		}},
		{`{"properties":{"a":{}},"unevaluatedProperties":{"type":"null"}}`, []string{`{"a":1,"b":null}`}, []rejection{{`{"b":1}`, "/b", "type", ""}}},
		{`{"dependentRequired":{"a":["b"]}}`, []string{`{"b":1}`, `{"a":1,"b":1}`}, []rejection{{`{"a":1}`, "", "dependentRequired", `the key "b", which is required with "a"`}}},
		{`{"dependentSchemas":{"a":{"required":["b"]}}}`, []string{`{"c":1}`, `{"a":1,"b":1}`}, []rejection{{`{"a":1}`, "", "required", ""}}},
		{`{"minProperties":1}`, []string{`{"a":1}`, `[]`}, []rejection{{`{}`, "", "minProperties", "at least 1 properties, found 0"}}},
		{`{"maxProperties":1}`, []string{`{"a":1}`}, []rejection{{`{"a":1,"b":1}`, "", "maxProperties", "at most 1 properties, found 2"}}},
	}
}

func arrayRows() []keywordRow {
	return []keywordRow{
		{`{"items":{"type":"null"}}`, []string{`[]`, `[null]`, `{}`}, []rejection{{`[null,1]`, "/1", "type", ""}}},
		{`{"prefixItems":[{"type":"null"}],"items":{"type":"string"}}`, []string{`[null,""]`, `[null]`}, []rejection{{`[""]`, "/0", "type", ""}, {`[null,null]`, "/1", "type", ""}}},
		{`{"minItems":1}`, []string{`[1]`, `{}`}, []rejection{{`[]`, "", "minItems", "at least 1 items, found 0"}}},
		{`{"maxItems":1.0}`, []string{`[1]`}, []rejection{{`[1,2]`, "", "maxItems", "at most 1 items, found 2"}}},
		{`{"uniqueItems":true}`, []string{`[1,"1",true,null,[1],{"a":1}]`, `[[1,2],[2,1]]`}, []rejection{
			{`[1,1.0]`, "", "uniqueItems", "items that all differ"}, {`[{"a":1,"b":2},{"b":2e0,"a":1}]`, "", "uniqueItems", "items that all differ"},
		}},
		{`{"contains":{"type":"null"}}`, []string{`[1,null]`, `1`}, []rejection{{`[1]`, "", "contains", "at least 1 items that match the schema in contains"}}},
		{`{"contains":{"type":"null"},"minContains":2}`, []string{`[null,null]`}, []rejection{{`[null]`, "", "contains", "at least 2 items that match the schema in contains"}}},
		{`{"contains":{"type":"null"},"maxContains":1}`, []string{`[null,1]`}, []rejection{{`[null,null]`, "", "maxContains", "at most 1 items that match the schema in contains"}}},
		{`{"prefixItems":[{}],"contains":{"type":"null"},"unevaluatedItems":false}`, []string{`[1,null]`}, []rejection{{`[null,1]`, "/1", "unevaluatedItems", "no further item"}}},
		{`{"prefixItems":[{}],"unevaluatedItems":{"type":"null"}}`, []string{`[1,null]`}, []rejection{{`[1,1]`, "/1", "type", ""}}},
	}
}

func combinationRows() []keywordRow {
	return []keywordRow{
		{`{"anyOf":[{"type":"null"},{"minimum":2}]}`, []string{`null`, `2`, `"x"`}, []rejection{{`1`, "", "type", ""}}},
		{`{"oneOf":[{"type":"integer"},{"minimum":2}]}`, []string{`1`, `2.5`}, []rejection{{`1.5`, "", "type", ""}, {`2`, "", "oneOf", "a match of exactly one schema in oneOf"}}},
		{`{"allOf":[{"minimum":1},{"maximum":2}]}`, []string{`1`}, []rejection{{`0`, "", "minimum", "at least 1"}, {`3`, "", "maximum", "at most 2"}}},
		{`{"not":{"required":["a"]}}`, []string{`{}`}, []rejection{{`{"a":1}`, "", "not", ""}, {`1`, "", "not", ""}}},
		{`{"if":{"type":"string"},"then":{"minLength":1},"else":{"type":"null"}}`, []string{`"a"`, `null`}, []rejection{{`""`, "", "minLength", "at least 1 characters, found 0"}, {`1`, "", "type", ""}}},
		{`{"$defs":{"a":{"type":"null"}},"properties":{"a":{"$ref":"#/$defs/a"}}}`, []string{`{"a":null}`}, []rejection{{`{"a":1}`, "/a", "type", ""}}},
	}
}

// What the closed schema rejects in addition, and the variants.
func TestEvaluate_Results(t *testing.T) {
	t.Parallel()
	accepted, drift, rejected := jsonschema.Result{Open: true, Closed: true}, jsonschema.Result{Open: true}, jsonschema.Result{}
	variant := func(name string) jsonschema.Result {
		return jsonschema.Result{Open: true, Closed: true, Variant: name}
	}
	const variants = `{"type":"object","properties":{"a":{},"b":{},"c":{}},"anyOf":[{"x-variant":"one","required":["a"]},{"x-variant":"two","required":["b"],"not":{"required":["c"]}}]}`
	rows := []struct {
		name, schema string
		results      map[string]jsonschema.Result
	}{
		{"unlisted keys", `{"type":"object","properties":{"a":{"type":"object"}}}`, map[string]jsonschema.Result{
			`{}`: accepted, `{"a":{}}`: accepted, `{"b":1}`: drift, `{"a":{"b":1}}`: drift, `{"a":1}`: rejected,
		}},
		{"a schema without a type is open", `{"properties":{"a":{}}}`, map[string]jsonschema.Result{`{"b":1}`: accepted}},
		{"keys of branches", `{"type":"object","anyOf":[{"required":["a"],"properties":{"a":{}}},{"required":["b"],"properties":{"b":{}}}]}`, map[string]jsonschema.Result{
			`{"a":1}`: accepted, `{"a":1,"b":1}`: accepted, `{"a":1,"c":1}`: drift, `{"c":1}`: rejected,
		}},
		{"an open enum", `{"type":["string","null"],"x-extensible-enum":["a"]}`, map[string]jsonschema.Result{`"a"`: accepted, `null`: accepted, `"b"`: drift, `1`: rejected}},
		{"an open enum without null", `{"x-extensible-enum":["a"]}`, map[string]jsonschema.Result{`"a"`: accepted, `null`: drift}},
		{"placeholders", `{"type":"object","x-placeholder":["WORD"],"properties":{"a":{"x-extensible-enum":["a"]},"b":{}}}`, map[string]jsonschema.Result{
			`{"a":"a|b"}`: rejected, `{"a":"WORD"}`: rejected, `{"a":"WORDS"}`: drift, `{"b":"WORD"}`: accepted, `{"b":"a|b"}`: accepted,
		}},
		{"below not", `{"$defs":{"a":{"type":"string","x-extensible-enum":["a"]}},"not":{"$ref":"#/$defs/a"}}`, map[string]jsonschema.Result{
			`"a"`: rejected, `"b"`: {Closed: true}, `1`: accepted,
		}},
		{"below maxContains", `{"$defs":{"a":{"type":"string","x-extensible-enum":["a"]}},"contains":{"$ref":"#/$defs/a"},"maxContains":1}`, map[string]jsonschema.Result{
			`["a"]`: accepted, `["a","b"]`: {Closed: true}, `["a","a"]`: rejected,
		}},
		{"variants", variants, map[string]jsonschema.Result{
			`{"a":1}`: variant("one"), `{"b":1}`: variant("two"), `{"a":1,"b":1}`: accepted, `{"a":1,"b":1,"c":1}`: variant("one"), `{"b":1,"c":1}`: rejected,
			`{"a":1,"d":1}`: {Open: true, Variant: "one"},
		}},
		{"different variants at different paths", `{"properties":{"x":` + variants + `,"y":{"items":` + variants + `}}}`, map[string]jsonschema.Result{
			`{"x":{"a":1},"y":[{"a":1},{"b":1}]}`: variant("one"), `{"x":{"a":1},"y":[{"b":1}]}`: accepted, `{}`: accepted,
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			program := compile(t, row.schema)
			for body, want := range row.results {
				require.Equal(t, want, program.Evaluate(parse(t, body), value.Span{}), body)
				require.Equal(t, want.Open, program.Valid(parse(t, body)), body)
			}
		})
	}
}
