package document_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

type described struct {
	Name     string                   `key:"name,required" doc:"the name"`
	Kind     string                   `key:"kind" oneof:"a b" default:"a"`
	Pattern  string                   `key:"pattern" pattern:"^x"`
	Count    int                      `key:"count" min:"1" default:"3"`
	Assumed  bool                     `key:"assumed" oneof:"true"`
	Tags     []string                 `key:"tags,nonempty"`
	Children []describedChild         `key:"children,present"`
	Limits   document.Entries[int]    `key:"limits" max:"9"`
	Raw      *document.Node           `key:"raw"`
	Located  document.Located[string] `key:"located"`
	Others   document.Entries[bool]   `key:",rest"`
}

type describedChild struct {
	Wait time.Duration `key:"wait"`
}

// EditorSchema refers to itself.
func (c describedChild) EditorSchema(b *document.SchemaBuilder) document.Schema {
	all := b.Struct(c)
	all["not"] = b.Of(c)
	return all
}

func TestEditorSchema_FollowsTags(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(document.EditorSchema(described{}, "T", "D"))
	require.NoError(t, err)
	require.JSONEq(t, `{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "T", "description": "D",
		"type": "object", "required": ["name", "children"], "additionalProperties": {"type": "boolean"},
		"properties": {
			"name": {"type": "string", "minLength": 1, "description": "the name"},
			"kind": {"enum": ["a", "b"], "default": "a"},
			"pattern": {"type": "string", "pattern": "^x"},
			"count": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 3},
			"assumed": {"const": true},
			"tags": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
			"children": {"type": "array", "items": {"$ref": "#/$defs/describedChild"}},
			"limits": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 9}},
			"raw": {},
			"located": {"type": "string"}
		},
		"$defs": {
			"duration": {"type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$", "examples": ["10s", "500ms", "7d"]},
			"describedChild": {"type": "object", "additionalProperties": false, "properties": {"wait": {"$ref": "#/$defs/duration"}}, "not": {"$ref": "#/$defs/describedChild"}}
		}
	}`, string(got))
}

// A type with a notation of its own isn't described by its fields.
func TestEditorSchema_NeedsOwnSchema(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() {
		document.EditorSchema(struct {
			Span span `key:"span"`
		}{}, "", "")
	})
}

func TestDecode_DefaultsAndPresentKeys(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"{name: n, children: []}":                    "",
		"{name: n, children: [], kind: a, count: 3}": "",
		"{name: n, children: [], kind: b}":           "b 3",
		"{name: n, children: [], count: 4}":          "a 4",
		"{name: n}":                                  `x:1:1: missing key "children"; use children: [] for an empty list`,
	} {
		f, err := document.ReadYAML("x", []byte(source))
		require.NoError(t, err)
		var into described
		err = f.Decode(&f.Root, &into)
		if into.Children == nil {
			require.EqualError(t, err, want)
			continue
		}
		require.NoError(t, err)
		if want == "" {
			want = "a 3"
		}
		require.Equal(t, want, into.Kind+" "+string(rune('0'+into.Count)))
	}
}
