package jsonschema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// Of alternatives, the closest is explained; what only follows from another violation is not.
func TestExplain_RootCauses(t *testing.T) {
	t.Parallel()
	const kinds = `{"oneOf":[
		{"required":["type","text"],"properties":{"type":{"const":"text"},"text":{"type":"string"}}},
		{"required":["type","url","size"],"properties":{"type":{"enum":["image","video"]},"url":{"type":"string"},"size":{"type":"integer"}}}]}`
	rows := []struct {
		name, schema, body string
		closed             bool
		want               []string
	}{
		{"the branch whose discriminator matches", kinds, `{"type":"image","url":1}`, false, []string{"required ", "type /url"}},
		{"the other branch", kinds, `{"type":"text"}`, false, []string{"required "}},
		{"no discriminator matches", kinds, `{"type":"audio"}`, false, []string{"enum /type"}},
		{"the branch with the fewest missing keys", `{"anyOf":[{"required":["a","b","c"]},{"required":["d"]}]}`, `{"a":1}`, false, []string{"required "}},
		{"the first of two branches that are as close", `{"anyOf":[{"minLength":3},{"pattern":"^x"}]}`, `"y"`, false, []string{"minLength "}},
		{"a branch in $defs", `{"$defs":{"a":{"required":["x","y"]},"b":{"required":["z"]}},"anyOf":[{"$ref":"#/$defs/a"},{"$ref":"#/$defs/b"}]}`, `{}`, false, []string{"required "}},
		{"nested alternatives", `{"anyOf":[{"anyOf":[{"type":"null"},{"required":["a"]}]},{"required":["b","c"]}]}`, `{}`, false, []string{"type "}},
		{"in the order of the body", `{"properties":{"a":{"type":"null"},"b":{"type":"null"}},"required":["c"]}`, `{"b":1,"a":1}`, false, []string{"required ", "type /b", "type /a"}},
		{"all violations of a value", `{"minLength":3,"pattern":"^x"}`, `"y"`, false, []string{"minLength ", "pattern "}},
		{"the type alone", `{"type":"string","enum":["a"],"minimum":5}`, `1`, false, []string{"type "}},
		{"not, of a value of an invalid type", `{"allOf":[{"not":{"type":"number"}},{"type":"string"}]}`, `1`, false, []string{"type "}},
		{"keys of a failed then", `{"type":"object","if":{},"then":{"properties":{"a":{},"b":{"type":"null"}}}}`, `{"a":1,"b":1,"c":1}`, true, []string{"type /b", "unevaluatedProperties /c"}},
		{"keys of a failed branch of allOf", `{"type":"object","allOf":[{"properties":{"a":{"type":"null"},"b":{}}}]}`, `{"a":1,"b":1,"c":1}`, true, []string{"type /a", "unevaluatedProperties /c"}},
		{"keys of a failed reference", `{"$defs":{"d":{"properties":{"a":{"type":"null"}}}},"type":"object","$ref":"#/$defs/d"}`, `{"a":1,"c":1}`, true, []string{"type /a", "unevaluatedProperties /c"}},
		{"keys of a failed alternative", `{"type":"object","anyOf":[{"required":["x"],"properties":{"x":{},"a":{}}}]}`, `{"a":1,"c":1}`, true, []string{"required ", "unevaluatedProperties /c"}},
		{"the empty key", `{"type":"object","properties":{"a":{"additionalProperties":{"type":"null"}}}}`, `{"":1,"a":{"":1}}`, true, []string{"unevaluatedProperties /", "type /a/"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var found []string
			for _, v := range compile(t, row.schema).Explain(parse(t, row.body), row.closed) {
				found = append(found, v.Keyword+" "+document.Pointer(v.Path...))
			}
			require.Equal(t, row.want, found)
		})
	}
}

// The values of all alternatives are in the one violation.
func TestExplain_MergesDiscriminators(t *testing.T) {
	t.Parallel()
	schema := `{"anyOf":[{"properties":{"a":{"const":"x"}}},{"properties":{"a":{"enum":["y","z"]}}}]}`
	found := compile(t, schema).Explain(parse(t, `{"a":"w"}`), false)
	require.Len(t, found, 1)
	var values []string
	for _, v := range found[0].Schema.Values {
		values = append(values, v.Text)
	}
	require.Equal(t, []string{"x", "y", "z"}, values)
	require.Equal(t, "a test", found[0].Schema.Provenance())
}
