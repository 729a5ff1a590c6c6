package schemas

import (
	"fmt"
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// composed returns the event type as it is in a request that a customer composes: each value is
// validated as ever, but any of them may be missing, and no rule relates them.
func (t *EventType) composed() (*EventType, error) {
	file := *t.file()
	file.Root = withoutPresence(&t.file().Root)
	root, err := jsonschema.Parse(&file)
	if err != nil {
		return nil, fmt.Errorf("read the values of %s: %w", t.Name, err)
	}
	part := *t
	part.readRoot = func() (*jsonschema.Schema, error) { return root, nil }
	part.recognizer = sync.OnceValue(func() *recognizer { return newRecognizer(root) })
	part.program = sync.OnceValue(func() *jsonschema.Program { return jsonschema.Compile(root, t.Provider.placeholders) })
	part.documentedBodies = func() []string { return nil }
	return &part, nil
}

// withoutPresence copies a schema without the keywords that depend on which keys there are.
func withoutPresence(n *document.Node) document.Node {
	kept := *n
	kept.Members, kept.Items = nil, slices.Clone(n.Items)
	for i := range kept.Items {
		kept.Items[i] = withoutPresence(&n.Items[i])
	}
	for _, m := range n.Members {
		switch m.Key {
		case "required", "dependentRequired", "dependentSchemas", "minProperties", "not", "if", "then", "else":
			continue
		case "oneOf":
			m.Key = "anyOf"
			m.Value = withoutPresence(&m.Value)
		case "properties", "$defs", "patternProperties":
			m.Value.Members = slices.Clone(m.Value.Members)
			for i := range m.Value.Members {
				m.Value.Members[i].Value = withoutPresence(&m.Value.Members[i].Value)
			}
		case "const", "enum", "x-extensible-enum", "examples":
		default:
			m.Value = withoutPresence(&m.Value)
		}
		kept.Members = append(kept.Members, m)
	}
	return kept
}

// spell replaces texts of a form by the numbers and booleans that they spell, where the schema has
// no text: a form has nothing else. Below an object it does so if deep is true; an object in a field
// is JSON with its own numbers.
func spell(n *document.Node, s *jsonschema.Schema, deep bool) {
	for i := range n.Members {
		m := &n.Members[i]
		for _, property := range s.Property(m.Key) {
			switch {
			case m.Value.Kind == document.Object && deep:
				spell(&m.Value, property, deep)
			case m.Value.Kind == document.String && property.Types != nil && !slices.Contains(property.Types, "string"):
				spellValue(&m.Value, property.Types)
			}
		}
	}
}

func spellValue(n *document.Node, types []string) {
	value, _, err := document.JSON([]byte(n.Text), document.BodyLimits())
	switch {
	case err != nil:
	case value.Kind == document.Number && (slices.Contains(types, "integer") || slices.Contains(types, "number")),
		value.Kind == document.Bool && slices.Contains(types, "boolean"):
		n.Kind, n.Text = value.Kind, value.Text
	}
}
