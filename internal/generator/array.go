package generator

import (
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/internal/jsonschema"
)

func (c *compiler) array(a *alternative, at location) (writer, error) {
	minCount, maxCount := 0, -1
	var prefix []writer
	var items []*jsonschema.Schema
	for _, s := range a.shapes {
		minCount = max(minCount, s.MinItems)
		if s.MaxItems >= 0 && (maxCount < 0 || s.MaxItems < maxCount) {
			maxCount = s.MaxItems
		}
		if s.Items != nil {
			items = append(items, s.Items)
		}
		for i := len(prefix); i < len(s.Prefix); i++ {
			element, err := c.place([]*jsonschema.Schema{s.Prefix[i]}, at.element(i))
			if err != nil {
				return nil, err
			}
			prefix = append(prefix, element)
		}
	}
	if maxCount >= 0 && minCount > maxCount {
		return nil, errContradiction
	}
	if items == nil && prefix == nil {
		return c.list(minCount, at)
	}
	return c.elements(prefix, items, minCount, maxCount, at)
}

// list writes an array whose elements have no schema.
func (c *compiler) list(minCount int, at location) (writer, error) {
	if texts := c.samples.of(at.starred, []string{"array"}); len(texts) > 0 {
		return oneOf(texts), nil
	}
	if minCount > 0 {
		return nil, fmt.Errorf("%s: array has no items schema: %w", at.pointer, errContradiction)
	}
	return literal("[]"), nil
}

// few limits the elements of an array without maxItems.
const few = 3

func (c *compiler) elements(prefix []writer, items []*jsonschema.Schema, minCount, maxCount int, at location) (writer, error) {
	required := min(max(minCount, 1), len(prefix))
	if c.fill == Full {
		required = len(prefix)
	}
	var out chain
	out.literal("[")
	for i, element := range prefix[:required] {
		if i > 0 {
			out.literal(",")
		}
		out.add(element)
	}
	for _, element := range prefix[required:] {
		if c.fill == Typical || c.fill == Any {
			out.add(optional(500, contents{}, func(w *encoder) bool { w.out = append(w.out, ','); return element(w) }))
		}
	}
	if items != nil && len(prefix) == 0 && at.example != nil && c.fill != Minimal && c.fill != Empty {
		if n := len(at.example.Items); n >= minCount && (maxCount < 0 || n <= maxCount) && (n > 0 || !c.reaches(at.pointer)) {
			return c.asExample(items, at)
		}
	}
	if items != nil && len(prefix) == 0 {
		element, err := c.place(items, at.element(0))
		if err != nil {
			return nil, err
		}
		low := max(minCount, 1)
		if c.fill == Minimal || c.fill == Empty {
			low = minCount
		}
		high := max(few, low)
		if maxCount >= 0 {
			low, high = min(low, maxCount), min(high, maxCount)
		}
		if c.reaches(at.pointer) {
			low = max(low, 1)
		}
		if c.fill == Minimal || c.fill == Empty {
			high = low
		}
		all := repeat(element, low, high)
		if minCount == 0 && slices.ContainsFunc(items, func(s *jsonschema.Schema) bool { return s.Value != "" }) {
			all = orEmpty(all) // the list may lack a value
		}
		out.add(all)
	}
	out.literal("]")
	return out.writer(), nil
}

// asExample writes an array with as many elements as in the example.
func (c *compiler) asExample(items []*jsonschema.Schema, at location) (writer, error) {
	var out chain
	for i := range at.example.Items {
		element, err := c.place(items, at.element(i))
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.literal(",")
		}
		out.add(ofElement(element))
	}
	all := out.writer()
	if slices.ContainsFunc(items, func(s *jsonschema.Schema) bool { return s.Value != "" }) {
		all = orEmpty(all) // the list may lack a value
	}
	return func(w *encoder) bool {
		w.out = append(w.out, '[')
		if !all(w) {
			return false
		}
		w.out = append(w.out, ']')
		return true
	}, nil
}
