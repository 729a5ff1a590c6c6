package schemas

import (
	"strconv"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/value"
)

// A Shape is what a schema says of one place of a body, for those who write
// bodies. It is the house's own reading of schema.json: v5's compiled schema,
// which judges, is made of the same file but has lost the order of its keys.
//
// Values of a body stand in it as compact JSON text.
type Shape struct {
	// Pointer is where it stands in schema.json.
	Pointer string
	// Types may be empty: then the schema does not say.
	Types []string
	// Values are those of const or enum, Known those of x-extensible-enum; the usual one
	// is the first.
	Values, Known []string
	// Value names the value of the run that stands here; "" for none. Spelling
	// and Adjust say how it is written.
	Value  string
	Format value.Format
	Adjust value.Adjust

	Properties []Property
	Required   []string
	// Additional describes keys that Properties does not name; nil if nothing does.
	Additional *Shape

	Prefix             []*Shape
	Items              *Shape
	MinItems, MaxItems int // MaxItems is -1 for no limit

	Pattern string
	Bounds  *Bounds // nil for none

	// Variant names a branch of AnyOf that only says which keys are present.
	Variant             string
	AnyOf, OneOf, AllOf []*Shape
	If, Then, Else, Not *Shape
	// Placeholders, at the root, are words that must not stand in a body as values.
	Placeholders []string
}

// A Property is a key of an object.
type Property struct {
	Name  string
	Shape *Shape
}

// Shape returns the type's schema for those who write bodies. A $ref stands in
// it as a further branch of AllOf.
func (t *EventType) Shape() *Shape { return shapeOf(t.root) }

func shapeOf(s *schema) *Shape {
	if s == nil {
		return nil
	}
	shape := &Shape{
		Pointer: s.pointer, Types: s.types, Values: compactAll(s.discriminators), Known: compactAll(s.known),
		Value: s.value, Format: s.format, Adjust: s.adjust,
		Required: s.required, Additional: shapeOf(s.additional), Prefix: shapesOf(s.prefix), Items: shapeOf(s.items),
		MinItems: s.minItems, MaxItems: -1, Pattern: textAt(s.node.Get("pattern")), Bounds: s.bounds,
		Variant: s.variant, AnyOf: shapesOf(s.anyOf), OneOf: shapesOf(s.oneOf), AllOf: shapesOf(s.allOf),
		If: shapeOf(s.condition), Then: shapeOf(s.then), Else: shapeOf(s.otherwise), Not: shapeOf(s.not),
		Placeholders: s.placeholders,
	}
	if maxCount, err := strconv.Atoi(textAt(s.node.Get("maxItems"))); err == nil {
		shape.MaxItems = maxCount
	}
	for _, p := range s.properties {
		shape.Properties = append(shape.Properties, Property{p.name, shapeOf(p.schema)})
	}
	if s.target != nil {
		shape.AllOf = append(shape.AllOf, shapeOf(s.target))
	}
	return shape
}

// textAt is the text of a keyword; "" if the schema doesn't have it.
func textAt(n *document.Node) string {
	if n == nil {
		return ""
	}
	return n.Text
}

func shapesOf(list []*schema) []*Shape {
	var shapes []*Shape
	for _, s := range list {
		shapes = append(shapes, shapeOf(s))
	}
	return shapes
}

// longestValue bounds a constant of a schema; the file that holds it is smaller.
const maxValue = 256 << 10

func compactAll(nodes []document.Node) []string {
	var texts []string
	for i := range nodes {
		texts = append(texts, nodes[i].Compact(maxValue))
	}
	return texts
}
