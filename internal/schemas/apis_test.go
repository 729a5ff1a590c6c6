package schemas_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

func acmeWithAPIs(files map[string]string) fstest.MapFS {
	tree := fstest.MapFS{
		"acme/provider.yaml":    {Data: []byte(minimal)},
		"acme/read/schema.json": {Data: []byte(`{"type": "object", "x-source": "made up", "required": ["status"], "properties": {"status": {"const": "READ"}}}`)},
	}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}

func TestLoad_ProviderWithoutAPIs(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Load(acmeWithAPIs(nil))
	require.NoError(t, err)
	file, folder := catalog.Providers[0].APIs()
	require.Nil(t, file)
	require.Nil(t, folder)
}

func TestLoad_APIsFolderHasNoEventTypes(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Load(acmeWithAPIs(map[string]string{
		"acme/apis.yaml": "send: {}\n", "acme/apis/schema.json": `{}`, "acme/apis/examples/send.json": `{}`,
	}))
	require.NoError(t, err)
	require.Len(t, catalog.Types(), 1)
	file, folder := catalog.Providers[0].APIs()
	require.Equal(t, "acme/apis.yaml", file.Name)
	_, err = folder.Open("schema.json")
	require.NoError(t, err)
}

func TestLoad_RejectsAPIsFolderWithoutFile(t *testing.T) {
	t.Parallel()
	_, err := schemas.Load(acmeWithAPIs(map[string]string{"acme/apis/send.json": `{}`}))
	require.EqualError(t, err, "load acme/apis:1:1: folder has request schemas but there is no apis.yaml beside it")
	_, err = schemas.Load(acmeWithAPIs(map[string]string{"acme/apis.yaml": "send: &a {}\n"}))
	require.ErrorContains(t, err, "load acme/apis.yaml:1:7: anchors and aliases are not allowed")
}

// What an answer holds may have any key: it is a value as a whole.
func TestLint_RequiresSourceOfEachAPIValue(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Load(acmeWithAPIs(map[string]string{
		"acme/apis.yaml": `send:
  http: POST /send
  response: {status: 200, json: {source: x, code: 1}}
list:
  source: made up
  http: GET /list
  response: {status: 200, json: {code: 1}}
`,
		"acme/apis/send.json": `{"type": "object"}`,
	}))
	require.NoError(t, err)
	var got []string
	for _, problem := range catalog.Lint(catalog.Providers[0]) {
		if strings.Contains(problem.Error(), "apis") {
			got = append(got, problem.Error())
		}
	}
	advice := " has no source; add `source:` or `assumed: true` to it or to a mapping around it"
	require.Equal(t, []string{
		"acme/apis.yaml:2:9: send.http" + advice,
		"acme/apis.yaml:3:22: send.response.status" + advice,
		"acme/apis.yaml:3:33: send.response.json" + advice,
		"acme/apis/send.json:1:1: x-source is missing; add the document and heading that the schema is from, or where it was seen",
	}, got)
}

func TestChecker_ValidatesRequestBody(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Load(acmeWithAPIs(map[string]string{
		"acme/apis.yaml": "send: {}\n",
		"acme/apis/send.json": `{"type": "object", "x-source": "made up", "required": ["to"], "properties": {
			"to": {"type": "string", "pattern": "^[0-9]+$"}, "kind": {"enum": ["text", "image"]}}, "additionalProperties": {"type": ["string", "integer"]}}`,
	}))
	require.NoError(t, err)
	checker, err := catalog.Providers[0].Checker("send.json")
	require.NoError(t, err)
	_, err = catalog.Providers[0].Checker("sent.json")
	require.EqualError(t, err, "acme/apis/sent.json:1:1: schema does not exist")

	for body, want := range map[string][]string{
		`{"to": "1", "more": 1}`:    nil,
		`{"kind": "imge"}`:          {`required /to`, `enum /kind: did you mean "image"?`},
		`{"to": 1, "kind": "text"}`: {`type /to`},
		`{"to": "1", "": true}`:     {`type /`},
		`[]`:                        {`type `},
		`{"to": "` + strings.Repeat("1", 100_000) + `"}`: {`limit `},
	} {
		node, _, err := document.JSON([]byte(body), document.BodyLimits())
		require.NoError(t, err)
		var got []string
		for _, f := range checker.Check(&node) {
			line := f.Rule + " " + f.Pointer
			if f.Hint != "" {
				line += ": " + f.Hint
			}
			got = append(got, line)
			require.NotEmpty(t, f.Expected)
		}
		require.ElementsMatch(t, want, got, document.Shorten(body, 60))
	}
}
