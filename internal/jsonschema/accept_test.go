package jsonschema_test

import (
	"strings"
	"testing"

	v5 "github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// Parse must reject every schema that jsonschema v5 rejects, because the program doesn't ask v5. The
// test writes a wrong value into one keyword of a random schema after the other.
func TestParse_RejectsWhatV5Rejects(t *testing.T) {
	t.Parallel()
	rejected := map[string]int{}
	for seed := range uint64(*mutations / 125) {
		source := prng.From(seed)
		maker := schemaMaker{Source: &source, keywords: jsonschema.Assertions()}
		for _, keyword := range append(jsonschema.Assertions(), "default", "deprecated", "readOnly", "writeOnly", "examples", "format", "$comment", "title", "description") {
			root, _, err := document.JSON(maker.root(keyword), document.BodyLimits())
			require.NoError(t, err)
			wrong := plainValues()[source.IntN(len(plainValues()))]
			if target := holder(&root, keyword); target != nil {
				*target = wrong
			} else {
				root.Members = append(root.Members, document.Member{Key: keyword, Value: wrong})
			}
			text := []byte(root.Compact(1 << 20))
			if acceptedByV5(text) {
				continue
			}
			rejected[keyword]++
			file, err := document.ReadJSON("schema.json", text)
			if err == nil {
				_, err = jsonschema.Parse(file)
			}
			require.Error(t, err, "v5 rejects %s", text)
		}
	}
	for _, keyword := range []string{"type", "required", "properties", "minLength", "uniqueItems", "deprecated", "examples", "$comment", "format"} {
		require.NotZero(t, rejected[keyword], "no wrong value of %s", keyword)
	}
}

// holder returns the first value of a keyword in a schema, at any depth.
func holder(n *document.Node, keyword string) *document.Node {
	for _, one := range nodesOf(n) {
		if found := one.Get(keyword); found != nil {
			return found
		}
	}
	return nil
}

func acceptedByV5(source []byte) bool {
	c := v5.NewCompiler()
	c.Draft = v5.Draft2020
	if err := c.AddResource(openURL, strings.NewReader(string(source))); err != nil {
		return false
	}
	_, err := c.Compile(openURL)
	return err == nil
}

func TestParse_RejectsMultipleOfZero(t *testing.T) {
	t.Parallel()
	file, err := document.ReadJSON("schema.json", []byte(`{"x-source":"s","multipleOf":0,"enum":[1]}`))
	require.NoError(t, err)
	_, err = jsonschema.Parse(file)
	require.ErrorContains(t, err, "schema.json:1:30: expected a number above 0, found number 0")
}
