package jsonschema

import (
	"math/big"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// Bounds are what minLength, maxLength, minimum, maximum, exclusiveMinimum, exclusiveMaximum
// and multipleOf require of a string or number.
type Bounds struct {
	MinLength int
	MaxLength int // -1 for no limit
	// Min, Max and MultipleOf are nil without a limit.
	Min, Max                   *big.Rat
	MinExclusive, MaxExclusive bool
	MultipleOf                 *big.Rat
}

// bounds reads the keywords of a schema; nil if it has none of them.
func (p *parser) bounds(s *Schema) *Bounds {
	b := Bounds{MaxLength: -1}
	found := false
	for i := range s.Node.Members {
		m := &s.Node.Members[i]
		switch m.Key {
		case "minLength":
			b.MinLength = p.count(&m.Value)
		case "maxLength":
			b.MaxLength = p.count(&m.Value)
		case "minimum":
			b.raise(p.number(&m.Value), false)
		case "exclusiveMinimum":
			b.raise(p.number(&m.Value), true)
		case "maximum":
			b.lower(p.number(&m.Value), false)
		case "exclusiveMaximum":
			b.lower(p.number(&m.Value), true)
		case "multipleOf":
			if b.MultipleOf = p.number(&m.Value); b.MultipleOf != nil && b.MultipleOf.Sign() <= 0 {
				p.errorf(&m.Value, "expected a number above 0, found %s", m.Value.Describe())
				b.MultipleOf = nil
			}
		default:
			continue
		}
		found = true
		p.boundedValue(s, m)
	}
	if !found {
		return nil
	}
	if b.MaxLength >= 0 && b.MinLength > b.MaxLength {
		p.errorf(s.Node, "minLength %d is above maxLength %d", b.MinLength, b.MaxLength)
	}
	if b.Min != nil && b.Max != nil && (b.Min.Cmp(b.Max) > 0 || b.Min.Cmp(b.Max) == 0 && (b.MinExclusive || b.MaxExclusive)) {
		p.errorf(s.Node, "no number is between the minimum %s and the maximum %s", b.Min.RatString(), b.Max.RatString())
	}
	for _, listed := range [][]document.Node{s.Values, s.Known} {
		for i := range listed {
			if !b.Allow(&listed[i]) {
				p.errorf(&listed[i], "%s violates the length or range that this schema requires; change one of the two", listed[i].Describe())
			}
		}
	}
	return &b
}

// boundedValue rejects a keyword that not every value of x-value satisfies. What every value
// satisfies is a length of 1 and a minimum of 0.
func (p *parser) boundedValue(s *Schema, m *document.Member) {
	if _, known := value.KindOf(s.Value); !known {
		return
	}
	limit, ok := new(big.Rat).SetString(m.Value.Text)
	switch {
	case !ok:
		return
	case m.Key == "minLength" && limit.Cmp(big.NewRat(1, 1)) <= 0, m.Key == "minimum" && limit.Sign() <= 0, m.Key == "exclusiveMinimum" && limit.Sign() < 0:
		return
	}
	p.errorf(&document.Node{Start: m.KeyStart}, "%s can't limit x-value %s: not every generated value satisfies it; leave out one of the two", m.Key, s.Value)
}

// number reads the value of a keyword; nil if it isn't a number.
func (p *parser) number(v *document.Node) *big.Rat {
	number, ok := new(big.Rat).SetString(v.Text)
	if v.Kind != document.Number || !ok {
		p.errorf(v, "expected a number, found %s", v.Describe())
		return nil
	}
	return number
}

func (b *Bounds) raise(limit *big.Rat, exclusive bool) {
	if limit == nil {
		return
	}
	if b.Min == nil || limit.Cmp(b.Min) > 0 || limit.Cmp(b.Min) == 0 && exclusive {
		b.Min, b.MinExclusive = limit, exclusive
	}
}

func (b *Bounds) lower(limit *big.Rat, exclusive bool) {
	if limit == nil {
		return
	}
	if b.Max == nil || limit.Cmp(b.Max) < 0 || limit.Cmp(b.Max) == 0 && exclusive {
		b.Max, b.MaxExclusive = limit, exclusive
	}
}

// Allow reports whether a value satisfies the bounds. They apply to strings and numbers only.
func (b *Bounds) Allow(n *document.Node) bool {
	switch n.Kind {
	case document.String:
		length := utf8.RuneCountInString(n.Text)
		return length >= b.MinLength && (b.MaxLength < 0 || length <= b.MaxLength)
	case document.Number:
		if b.Min == nil && b.Max == nil && b.MultipleOf == nil {
			return true // they are those of strings
		}
		number, ok := new(big.Rat).SetString(n.Text)
		return ok && b.AllowNumber(number)
	}
	return true
}

// AllowNumber reports whether a number satisfies the bounds.
func (b *Bounds) AllowNumber(number *big.Rat) bool {
	if b.Min != nil && (number.Cmp(b.Min) < 0 || b.MinExclusive && number.Cmp(b.Min) == 0) {
		return false
	}
	if b.Max != nil && (number.Cmp(b.Max) > 0 || b.MaxExclusive && number.Cmp(b.Max) == 0) {
		return false
	}
	return b.MultipleOf == nil || new(big.Rat).Quo(number, b.MultipleOf).IsInt()
}

// violatedBy returns the keywords that a number violates.
func (b *Bounds) violatedBy(text string) []string {
	number := rational(text)
	if number == nil {
		return nil
	}
	either := func(exclusive bool, strict, plain string) string {
		if exclusive {
			return strict
		}
		return plain
	}
	var keywords []string
	if b.Min != nil && (number.Cmp(b.Min) < 0 || b.MinExclusive && number.Cmp(b.Min) == 0) {
		keywords = append(keywords, either(b.MinExclusive, "exclusiveMinimum", "minimum"))
	}
	if b.Max != nil && (number.Cmp(b.Max) > 0 || b.MaxExclusive && number.Cmp(b.Max) == 0) {
		keywords = append(keywords, either(b.MaxExclusive, "exclusiveMaximum", "maximum"))
	}
	if b.MultipleOf != nil && !new(big.Rat).Quo(number, b.MultipleOf).IsInt() {
		keywords = append(keywords, "multipleOf")
	}
	return keywords
}
