package jsonschema

import (
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// lists reports whether one of the values equals v.
func lists(values []document.Node, v *document.Node) bool {
	for i := range values {
		if equal(&values[i], v) {
			return true
		}
	}
	return false
}

// equal reports whether two values are equal as JSON Schema defines it: 1 equals 1.0, and the order
// of keys doesn't matter.
func equal(a, b *document.Node) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case document.Null:
		return true
	case document.Bool, document.String:
		return a.Text == b.Text
	case document.Number:
		return a.Text == b.Text || sameNumber(a.Text, b.Text)
	case document.Array:
		return len(a.Items) == len(b.Items) && equalItems(a.Items, b.Items)
	}
	if len(a.Members) != len(b.Members) {
		return false
	}
	for i := range a.Members {
		twin := b.Get(a.Members[i].Key)
		if twin == nil || !equal(&a.Members[i].Value, twin) {
			return false
		}
	}
	return true
}

func equalItems(a, b []document.Node) bool {
	for i := range a {
		if !equal(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

func sameNumber(a, b string) bool {
	if isDigits(a) && isDigits(b) {
		return a == b // JSON has no leading zeros
	}
	x, y := rational(a), rational(b)
	return x != nil && y != nil && x.Cmp(y) == 0
}

// isInteger reports whether a number is whole: 1.0 and 1e2 are.
func isInteger(text string) bool {
	if !strings.ContainsAny(text, ".eE") {
		return true
	}
	r := rational(text)
	return r != nil && r.IsInt()
}

// rational reads a number; nil if it isn't one.
func rational(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil
	}
	return r
}

// repeatsItem reports whether two elements of an array are equal.
func repeatsItem(v *document.Node) bool {
	seen := map[string]bool{}
	for i := range v.Items {
		var b strings.Builder
		normalize(&b, &v.Items[i])
		if seen[b.String()] {
			return true
		}
		seen[b.String()] = true
	}
	return false
}

// stepsToNormalize is how many steps of an evaluation take as long as normalizing one value.
const stepsToNormalize = 40

// normalize writes a value so that equal values have the same text.
func normalize(b *strings.Builder, v *document.Node) {
	switch v.Kind {
	case document.Number:
		if r := rational(v.Text); r != nil {
			b.WriteString(r.RatString())
		}
	case document.Array:
		b.WriteByte('[')
		for i := range v.Items {
			normalize(b, &v.Items[i])
			b.WriteByte(',')
		}
		b.WriteByte(']')
	case document.Object:
		values := map[string]*document.Node{}
		for i := range v.Members {
			values[v.Members[i].Key] = &v.Members[i].Value
		}
		b.WriteByte('{')
		for _, key := range slices.Sorted(maps.Keys(values)) {
			b.WriteString(document.Quote(key))
			b.WriteByte(':')
			normalize(b, values[key])
			b.WriteByte(',')
		}
		b.WriteByte('}')
	case document.String:
		b.WriteString(document.Quote(v.Text))
	default:
		b.WriteString(v.Kind.String() + v.Text)
	}
}

// isDigits reports whether the text of a number has only digits.
func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
