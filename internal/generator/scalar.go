package generator

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// scalar writes a scalar value, or a value without a schema.
func (c *compiler) scalar(a *alternative, types []string, at location) (writer, error) {
	known := a.known()
	listed := known != nil
	if known = slices.DeleteFunc(known, func(text string) bool { return !isOf(text, types) }); listed && len(known) == 0 {
		return nil, errContradiction // any other value would be drift
	}
	nullable := slices.Contains(types, "null")
	plain := slices.DeleteFunc(slices.Clone(types), func(t string) bool { return t == "null" })
	if s := a.named(); s != nil {
		c.names = append(c.names, s.Value)
		written, err := c.formatter.value(s, known, a.excluded, c.strictness(a))
		if err == nil && at.example != nil && at.example.Kind == document.String && at.example.Text == "" && s.MayBeEmpty() {
			written = orText(`""`, written)
		}
		if err == nil && known == nil {
			written = c.free(at, written)
		}
		if err != nil || !nullable {
			return written, err
		}
		if c.fill == Minimal || c.fill == Empty {
			return literal("null"), nil
		}
		return orNull(0, written), nil
	}
	written, err := c.unnamed(a, known, plain, at)
	if err != nil || !nullable {
		return written, err
	}
	return orNull(c.nullness(at), written), nil
}

// unnamed writes a value without x-value: a listed one, one from an example, or any of the type.
func (c *compiler) unnamed(a *alternative, known, types []string, at location) (writer, error) {
	own := c.own(a, known, types, at)
	switch {
	case own != "" && len(known) == 0 && !isContainer(own):
		return c.free(at, literal(own)), nil
	case own != "":
		return literal(own), nil
	case len(known) > 0:
		return oneOf(known), nil
	}
	texts := slices.DeleteFunc(c.samples.of(at.starred, types), func(text string) bool {
		return slices.Contains(a.excluded, text) || text == "null" || !allowed(boundsOf(a.shapes), text) || !c.matchesText(a, text)
	})
	switch {
	case slices.Equal(types, []string{"boolean"}):
		return c.free(at, oneOf([]string{"false", "true"})), nil
	case len(texts) > 0 && !slices.ContainsFunc(texts, isContainer):
		return c.free(at, oneOf(texts)), nil
	case len(texts) > 0:
		return oneOf(texts), nil
	case len(types) == 0:
		return literal("{}"), nil
	}
	for _, s := range a.shapes {
		switch {
		case s.Pattern != nil && c.ruled[s]:
			return nil, errContradiction
		case s.Pattern != nil:
			return nil, fmt.Errorf("%s: no example has a text for the pattern; add one to examples/", at.pointer)
		}
	}
	written, err := c.anything(a, types[0])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", at.pointer, err)
	}
	return written, nil
}

// own returns the value of the example, or "" if it has none that the schema allows.
func (c *compiler) own(a *alternative, known, types []string, at location) string {
	if at.example == nil || isPlaceholder(at.example, c.placeholders) {
		return ""
	}
	text := at.example.Compact(maxSample + 1)
	if len(text) > maxSample || text == "null" || !isOf(text, types) || len(known) > 0 && !slices.Contains(known, text) ||
		slices.Contains(a.excluded, text) || !allowed(boundsOf(a.shapes), text) || !c.matches(a, at.example) {
		return ""
	}
	return text
}

// matchesText is matches for compact JSON.
func (c *compiler) matchesText(a *alternative, text string) bool {
	if !slices.ContainsFunc(a.shapes, func(s *jsonschema.Schema) bool { return s.Pattern != nil }) {
		return true
	}
	n, err := fold(text)
	return err == nil && c.matches(a, n)
}

// matches reports whether a value matches the patterns of an alternative.
func (c *compiler) matches(a *alternative, n *document.Node) bool {
	return n.Kind != document.String || !slices.ContainsFunc(a.shapes, func(s *jsonschema.Schema) bool { return s.Pattern != nil && !s.Pattern.MatchString(n.Text) })
}

func (c *compiler) anything(a *alternative, kind string) (writer, error) {
	bounds := boundsOf(a.shapes)
	switch kind {
	case "string":
		if len(bounds) > 0 {
			return boundedString(bounds)
		}
		plain, err := value.ParseFormat(value.Text, "")
		if err != nil {
			return nil, err
		}
		return c.formatter.value(&jsonschema.Schema{Value: "fake.word", Format: plain}, nil, nil, lenient)
	case "integer", "number":
		if len(bounds) > 0 {
			return boundedNumber(bounds, kind == "integer")
		}
		return func(w *encoder) bool {
			w.out = strconv.AppendInt(w.out, int64(1+w.random.IntN(99)), 10)
			return true
		}, nil
	case "boolean":
		return oneOf([]string{"false", "true"}), nil
	case "object":
		return literal("{}"), nil
	case "array":
		return literal("[]"), nil
	}
	return literal("null"), nil
}
