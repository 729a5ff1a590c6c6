package jsonschema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// doubling is a schema that applies one schema a thousand times to the same value.
func doubling(schema string) string {
	const levels = 10
	var b strings.Builder
	fmt.Fprintf(&b, `{"$defs":{"d0":%s`, schema)
	for i := range levels {
		fmt.Fprintf(&b, `,"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]}`, i+1, i, i)
	}
	fmt.Fprintf(&b, `},"$ref":"#/$defs/d%d"}`, levels)
	return b.String()
}

func repeated(one string, count int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(one+",", count), ",") + "]"
}

// Work beyond the limit is stopped, whatever keyword causes it.
func TestEvaluate_Exceeded(t *testing.T) {
	t.Parallel()
	const items = 22_000
	keys := make([]string, items)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":0`, i)
	}
	object := "{" + strings.Join(keys, ",") + "}"
	for name, pair := range map[string][2]string{
		"items":         {doubling(`{"items":{"type":"object"}}`), repeated(`{}`, items)},
		"properties":    {doubling(`{"properties":{"a":{}}}`), object},
		"uniqueItems":   {doubling(`{"uniqueItems":true}`), "[" + object + "," + object[:len(object)-1] + `,"k":1}]`},
		"propertyNames": {doubling(`{"propertyNames":{"minLength":1}}`), object},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, body := compile(t, pair[0]), parse(t, pair[1])
			require.Equal(t, jsonschema.Result{Exceeded: true}, program.Evaluate(body, value.Span{}))
			if name == "items" {
				require.False(t, program.Valid(body))
				require.Nil(t, program.Explain(body, false))
			}
		})
	}
}

func TestEvaluate_LargeBodies(t *testing.T) {
	t.Parallel()
	const items, depth = 49_990, 127
	accepted := jsonschema.Result{Open: true, Closed: true}
	long := compile(t, `{"type":"array","items":{"enum":[1,2]},"contains":{"const":2},"maxItems":50000,"unevaluatedItems":false,"not":{"uniqueItems":true}}`)
	require.Equal(t, accepted, long.Evaluate(parse(t, strings.Replace(repeated("1", items), "1]", "2]", 1)), value.Span{}))
	require.Len(t, long.Explain(parse(t, repeated("3", items)), false), items+1)

	nested := compile(t, strings.Repeat(`{"items":`, depth)+`{"type":"null"}`+strings.Repeat("}", depth))
	require.Equal(t, accepted, nested.Evaluate(parse(t, strings.Repeat("[", depth)+"null"+strings.Repeat("]", depth)), value.Span{}))
	found := nested.Explain(parse(t, strings.Repeat("[", depth)+"1"+strings.Repeat("]", depth)), false)
	require.Len(t, found, 1)
	require.Len(t, found[0].Path, depth)
}
