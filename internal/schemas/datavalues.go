package schemas

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A DataValue is a value of a provider.yaml or apis.yaml, with its source.
type DataValue struct {
	// Path is the keys and indexes of the value.
	Path  []string
	Value string
	// Source is the document and heading, or where it was seen; "" if the value is assumed or
	// has no source.
	Source  string
	Assumed bool
	node    *document.Node
}

// DataValues returns the values of the provider's file in its order, without source, assumed and note.
func (p *Provider) DataValues() []DataValue { return dataValuesOf(&p.file.Root, "") }

// dataValuesOf returns the values of a file. The value of the key whole counts as one: it is sent as
// it is, and may have any key.
func dataValuesOf(root *document.Node, whole string) []DataValue {
	var leaves []DataValue
	var walk func(n *document.Node, path []string, origin DataValue)
	walk = func(n *document.Node, path []string, origin DataValue) {
		leaf := func(text string) { leaves = append(leaves, DataValue{path, text, origin.Source, origin.Assumed, n}) }
		switch {
		case whole != "" && len(path) > 0 && path[len(path)-1] == whole:
			leaf(n.Compact(maxFound))
		case n.Kind == document.Object:
			if source := n.Get("source"); source != nil {
				origin = DataValue{Source: source.Text}
			}
			if n.Get("assumed") != nil {
				origin = DataValue{Assumed: true}
			}
			for i := range n.Members {
				if m := &n.Members[i]; m.Key != "source" && m.Key != "assumed" && m.Key != "note" {
					walk(&m.Value, append(slices.Clip(path), m.Key), origin)
				}
			}
		case n.Kind == document.Array:
			if texts := joinScalars(n); texts != "" {
				leaf(texts)
				return
			}
			for i := range n.Items {
				walk(&n.Items[i], append(slices.Clip(path), strconv.Itoa(i)), origin)
			}
		case n.Kind == document.Null:
			leaf("null")
		default:
			leaf(n.Text)
		}
	}
	walk(root, nil, DataValue{})
	return leaves
}

// joinScalars joins a list of scalars; it returns "" for a list with other values.
func joinScalars(n *document.Node) string {
	var texts []string
	for _, item := range n.Items {
		if item.Kind == document.Object || item.Kind == document.Array {
			return ""
		}
		texts = append(texts, item.Text)
	}
	return strings.Join(texts, ", ")
}
