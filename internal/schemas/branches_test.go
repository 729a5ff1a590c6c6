package schemas_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// branching is a schema with alternatives of each sort: named, titled, told apart by a
// constant, and one inside another.
const branching = `{
  "title": "Branches", "x-source": "made up", "type": "object", "required": ["event"],
  "properties": {
    "event": {"const": "branch"}, "a": {"type": "string"}, "b": {"type": "string"},
    "list": {"type": "array", "items": {"type": "object", "oneOf": [
      {"type": "object", "title": "text", "required": ["text"], "properties": {"text": {"type": "string"}}},
      {"type": "object", "required": ["type"], "properties": {"type": {"const": "image"}}}
    ]}}
  },
  "anyOf": [
    {"x-variant": "documented", "required": ["a"]},
    {"x-variant": "observed", "required": ["b"], "anyOf": [{"required": ["a"]}, {"required": ["list"]}]}
  ]
}`

func TestBranches_NamesAndMatches(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Load(fstest.MapFS{
		"acme/provider.yaml":      {Data: []byte(minimal)},
		"acme/branch/schema.json": {Data: []byte(branching)},
	})
	require.NoError(t, err)
	branch, err := catalog.Type("acme/branch")
	require.NoError(t, err)
	require.Equal(t, []schemas.Branch{
		{Name: "documented", Variant: true}, {Name: "observed", Variant: true}, {Name: "anyOf/0"}, {Name: "anyOf/1"},
		{Pointer: "/list/*", Name: "text"}, {Pointer: "/list/*", Name: "oneOf/1 (type image)"},
	}, branch.Branches())
	for body, want := range map[string][]string{
		`{"event":"branch"}`:                                      nil,
		`{"event":"branch","a":"1"}`:                              {"documented"},
		`{"event":"branch","b":"1"}`:                              nil, // of wire, one of the inner ones has to fit, too
		`{"event":"branch","a":"1","b":"1"}`:                      {"documented", "observed", "anyOf/0"},
		`{"event":"branch","b":"1","list":[]}`:                    {"observed", "anyOf/1"},
		`{"event":"branch","a":"1","list":[{"type":"image"}]}`:    {"documented", "oneOf/1 (type image)"},
		`{"event":"branch","list":[{"type":"x"},{"text":"yes"}]}`: {"text"},
	} {
		root, _, err := document.JSON([]byte(body), document.BodyLimits())
		require.NoError(t, err)
		fits := branch.MatchingBranches(&root)
		var names []string
		for _, b := range fits {
			names = append(names, b.Name)
		}
		require.Equal(t, want, names, body)
	}
}
