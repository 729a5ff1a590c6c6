package shipped_test

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// apiSchema observes a schema of a request's body: what it finds in the bodies of example
// requests, and in variants of them. It is loaded in a provider of its own.
func (f providerFolder) apiSchema(t *testing.T, base *document.Node) observer {
	acme := folderOf(t, examplesTree(), "acme")
	load := func(source []byte) (*schemas.Checker, error) {
		tree := fstest.MapFS{"acme/apis/body.json": {Data: source}, "acme/apis.yaml": {Data: []byte("source: a test\n")}}
		maps.Copy(tree, acme.files)
		catalog, err := schemas.Load(tree)
		if err != nil {
			return nil, err
		}
		return catalog.Providers[0].Checker("body.json")
	}
	var bodies []document.Node
	return func(source []byte) ([]func() string, error) {
		checker, err := load(source)
		if err != nil {
			return nil, err
		}
		if bodies == nil {
			bodies = f.bodiesFor(t, base, checker)
		}
		return []func() string{func() string {
			var b strings.Builder
			for i := range bodies {
				fmt.Fprintln(&b, checker.Check(&bodies[i]))
			}
			return b.String()
		}}, nil
	}
}

// bodiesFor are the bodies of the provider's example requests that a schema allows, and
// variants of them.
func (f providerFolder) bodiesFor(t *testing.T, schema *document.Node, checker *schemas.Checker) []document.Node {
	var all []document.Node
	words := wordsOf(schema)
	for name, file := range f.files {
		if path.Ext(name) != ".http" {
			continue
		}
		_, body, _ := strings.Cut(string(file.Data), "\n\n")
		root, _, err := document.JSON([]byte(body), document.BodyLimits())
		if err != nil {
			root = formBody(strings.TrimSpace(body))
		}
		if root.Kind != document.Object || len(checker.Check(&root)) > 0 {
			continue
		}
		for _, source := range append(jsonVariants(&root), wordVariants(&root, words)...) {
			variant, _, err := document.JSON(source, document.BodyLimits())
			require.NoError(t, err)
			all = append(all, variant)
		}
	}
	return all
}

// formBody is a form as the codec decodes it.
func formBody(body string) document.Node {
	var root document.Node
	values, _ := url.ParseQuery(body)
	for name, texts := range values {
		value, _, err := document.JSON([]byte(texts[0]), document.BodyLimits())
		if err != nil || value.Kind != document.Object && value.Kind != document.Array {
			value = document.Node{Kind: document.String, Text: texts[0]}
		}
		root.Kind = document.Object
		root.Members = append(root.Members, document.Member{Key: name, Value: value})
	}
	slices.SortFunc(root.Members, func(a, b document.Member) int { return strings.Compare(a.Key, b.Key) })
	return root
}

// wordsOf are the texts that a schema lists, and the names of its properties.
func wordsOf(schema *document.Node) []string {
	var words []string
	var walk func(n *document.Node, listed bool)
	walk = func(n *document.Node, listed bool) {
		if listed && n.Kind == document.String && !slices.Contains(words, n.Text) {
			words = append(words, n.Text)
		}
		for i := range n.Items {
			walk(&n.Items[i], listed)
		}
		for i := range n.Members {
			key := n.Members[i].Key
			if walk(&n.Members[i].Value, key == "const" || key == "enum"); key != "properties" {
				continue
			}
			for _, name := range n.Members[i].Value.Keys() {
				if !slices.Contains(words, name) {
					words = append(words, name)
				}
			}
		}
	}
	walk(schema, false)
	return words
}

// wordVariants are bodies with one word in the place of another, with the keys that the
// words name, with long lists, and without pairs of keys.
func wordVariants(root *document.Node, words []string) [][]byte {
	var all [][]byte
	var walk func(n *document.Node)
	long := document.Node{Kind: document.Array}
	for range 20 {
		long.Items = append(long.Items, document.Node{Kind: document.String, Text: "x"})
	}
	walk = func(n *document.Node) {
		original := *n
		if n.Kind == document.Array {
			*n = long
			all = append(all, renderJSON(root))
			*n = original
		}
		for _, word := range words {
			switch n.Kind {
			case document.String:
				n.Text = word
				all = append(all, renderJSON(root))
			case document.Object:
				for _, kind := range []document.Node{{Kind: document.Object}, {Kind: document.Array}, long, {Kind: document.Number, Text: "86400"}, {Kind: document.String, Text: "x"}} {
					n.Members = append(slices.DeleteFunc(slices.Clone(original.Members), func(m document.Member) bool { return m.Key == word }), document.Member{Key: word, Value: kind})
					all = append(all, renderJSON(root))
				}
			}
			*n = original
		}
		for i := range n.Members {
			for j := range i {
				n.Members = slices.Delete(slices.Delete(slices.Clone(original.Members), i, i+1), j, j+1)
				all = append(all, renderJSON(root))
				*n = original
			}
			walk(&n.Members[i].Value)
		}
		for i := range n.Items {
			walk(&n.Items[i])
		}
	}
	walk(root)
	return all
}
