package generator

import (
	"fmt"
	"slices"

	"github.com/ringback-dev/ringback/schemas"
)

func (c *compiler) array(a *alternative, at spot) (writer, error) {
	least, most := 0, -1
	var prefix []writer
	var items []*schemas.Shape
	for _, s := range a.shapes {
		least = max(least, s.MinItems)
		if s.MaxItems >= 0 && (most < 0 || s.MaxItems < most) {
			most = s.MaxItems
		}
		if s.Items != nil {
			items = append(items, s.Items)
		}
		for i := len(prefix); i < len(s.Prefix); i++ {
			element, err := c.place([]*schemas.Shape{s.Prefix[i]}, at.element(i))
			if err != nil {
				return nil, err
			}
			prefix = append(prefix, element)
		}
	}
	if most >= 0 && least > most {
		return nil, errCannot
	}
	if items == nil && prefix == nil {
		return c.list(least, at)
	}
	return c.elements(prefix, items, least, most, at)
}

// list is an array whose elements nobody describes.
func (c *compiler) list(least int, at spot) (writer, error) {
	if texts := c.samples.of(at.starred, []string{"array"}); len(texts) > 0 {
		return oneOf(texts), nil
	}
	if least > 0 {
		return nil, fmt.Errorf("%s: nobody says what its elements are: %w", at.pointer, errCannot)
	}
	return literal("[]"), nil
}

// few is how many elements an array has at most if more are allowed.
const few = 3

func (c *compiler) elements(prefix []writer, items []*schemas.Shape, least, most int, at spot) (writer, error) {
	required := min(max(least, 1), len(prefix))
	if c.fill == Full {
		required = len(prefix)
	}
	var out chain
	out.say("[")
	for i, element := range prefix[:required] {
		if i > 0 {
			out.say(",")
		}
		out.add(element)
	}
	for _, element := range prefix[required:] {
		if c.fill == Typical {
			out.add(optional(500, contents{}, func(w *writing) bool { w.out = append(w.out, ','); return element(w) }))
		}
	}
	if items != nil && len(prefix) == 0 {
		element, err := c.place(items, at.element(0))
		if err != nil {
			return nil, err
		}
		low := max(least, 1)
		if c.fill == Minimal || c.fill == Empty {
			low = least
		}
		high := max(few, low)
		if most >= 0 {
			low, high = min(low, most), min(high, most)
		}
		if c.reaches(at.pointer) {
			low = max(low, 1)
		}
		if c.fill != Typical && c.fill != Full {
			high = low
		}
		all := repeat(element, low, high)
		if least == 0 && slices.ContainsFunc(items, func(s *schemas.Shape) bool { return s.Value != "" }) {
			all = orNone(all) // a list of values of which there are none
		}
		out.add(all)
	}
	out.say("]")
	return out.writer(), nil
}
