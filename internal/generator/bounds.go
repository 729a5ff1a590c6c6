package generator

import (
	"fmt"
	"math/big"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// boundsOf are the bounds of all shapes of a place; a nil entry has none.
func boundsOf(shapes []*jsonschema.Schema) []*jsonschema.Bounds {
	var all []*jsonschema.Bounds
	for _, s := range shapes {
		if s.Bounds != nil {
			all = append(all, s.Bounds)
		}
	}
	return all
}

// allowed reports whether a JSON text satisfies all bounds.
func allowed(all []*jsonschema.Bounds, text string) bool {
	if len(all) == 0 {
		return true
	}
	n, _, err := document.JSON([]byte(text), document.BodyLimits())
	if err != nil {
		return false
	}
	for _, b := range all {
		if !b.Allow(&n) {
			return false
		}
	}
	return true
}

// errBounds is the error of a pointer for which no value was found.
var errBounds = fmt.Errorf("no value satisfies the lengths and ranges of the schema; change them, or add an example: %w", errContradiction)

// boundedString writes letters, as many as the bounds allow.
func boundedString(all []*jsonschema.Bounds) (writer, error) {
	const short, long = 5, 9
	low, high := 0, -1
	for _, b := range all {
		low = max(low, b.MinLength)
		if b.MaxLength >= 0 && (high < 0 || b.MaxLength < high) {
			high = b.MaxLength
		}
	}
	if high >= 0 && low > high {
		return nil, errBounds
	}
	low = max(low, short)
	if high >= 0 {
		low = min(low, high)
	}
	limit := max(low, long)
	if high >= 0 {
		limit = min(limit, high)
	}
	return func(w *encoder) bool {
		text := make([]byte, low+w.random.IntN(limit-low+1))
		for i := range text {
			text[i] = byte('a' + w.random.IntN(26))
		}
		w.out = value.AppendString(w.out, string(text))
		return true
	}, nil
}

// boundedNumber writes one of a few numbers that the bounds allow.
func boundedNumber(all []*jsonschema.Bounds, integer bool) (writer, error) {
	const few = 8
	var texts []string
	for _, number := range candidates(all) {
		if integer && !number.IsInt() {
			continue
		}
		text := number.RatString()
		if !number.IsInt() {
			digits, exact := number.FloatPrec()
			if !exact {
				continue
			}
			text = number.FloatString(digits)
		}
		if allowed(all, text) && len(texts) < few {
			texts = append(texts, text)
		}
	}
	if texts == nil {
		return nil, errBounds
	}
	return oneOf(texts), nil
}

// candidates are numbers near the limits, and multiples of every multipleOf.
func candidates(all []*jsonschema.Bounds) []*big.Rat {
	const around = 40
	step, starts := big.NewRat(1, 1), []*big.Rat{big.NewRat(1, 1)}
	for _, b := range all {
		if b.MultipleOf != nil {
			step = commonMultiple(step, b.MultipleOf)
		}
		for _, limit := range []*big.Rat{b.Min, b.Max} {
			if limit != nil {
				starts = append(starts, limit)
			}
		}
		if b.Min != nil && b.Max != nil {
			starts = append(starts, new(big.Rat).Quo(new(big.Rat).Add(b.Min, b.Max), big.NewRat(2, 1)))
		}
	}
	numbers := append([]*big.Rat{}, starts...)
	for _, unit := range stepsOf(all, step) {
		for _, start := range starts {
			first := new(big.Rat).Mul(unit, floor(new(big.Rat).Quo(start, unit)))
			for i := int64(-1); i <= around; i++ {
				numbers = append(numbers, new(big.Rat).Add(first, new(big.Rat).Mul(unit, big.NewRat(i, 1))))
			}
		}
	}
	return numbers
}

// stepsOf are the distances of candidates: of integers first, then of each multipleOf.
func stepsOf(all []*jsonschema.Bounds, common *big.Rat) []*big.Rat {
	steps := []*big.Rat{common}
	for _, b := range all {
		if b.MultipleOf != nil {
			steps = append(steps, b.MultipleOf)
		}
	}
	return steps
}

// commonMultiple is the least number that is a multiple of both.
func commonMultiple(a, b *big.Rat) *big.Rat {
	// a = p/q and b = r/s have the common multiple lcm(p·s, r·q)/(q·s).
	x, y := new(big.Int).Mul(a.Num(), b.Denom()), new(big.Int).Mul(b.Num(), a.Denom())
	lcm := new(big.Int).Div(new(big.Int).Mul(x, y), new(big.Int).GCD(nil, nil, x, y))
	return new(big.Rat).SetFrac(lcm, new(big.Int).Mul(a.Denom(), b.Denom()))
}

func floor(r *big.Rat) *big.Rat {
	quotient := new(big.Int)
	quotient.DivMod(r.Num(), r.Denom(), new(big.Int))
	return new(big.Rat).SetInt(quotient)
}
