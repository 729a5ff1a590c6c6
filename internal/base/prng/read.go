package prng

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// Keys are the keys of a mapping that describes a distribution; it must have exactly one of them.
// Embed them in a struct with further keys, and call [Keys.Distribution].
type Keys struct {
	Fixed     *time.Duration `key:"fixed"`
	Uniform   *uniformKeys   `key:"uniform"`
	Lognormal *lognormalKeys `key:"lognormal"`
}

type uniformKeys struct {
	Min time.Duration `key:"min,required"`
	Max time.Duration `key:"max,required"`
}

type lognormalKeys struct {
	Median time.Duration `key:"median,required"`
	Sigma  sigma         `key:"sigma,required"`
}

// A sigma is checked with its median.
type sigma struct{ document.Node }

func (s *sigma) UnmarshalNode(_ *document.Decoder, n *document.Node) { s.Node = *n }

// KeyNames returns the keys of [Keys].
func KeyNames() []string { return []string{"fixed", "uniform", "lognormal"} }

// UnmarshalNode reads a distribution in data files: a duration such as 10s, or one of {fixed:
// 1s}, {uniform: {min: 1s, max: 60s}} and {lognormal: {median: 6s, sigma: 0.8}}.
func (d *Distribution) UnmarshalNode(decoder *document.Decoder, n *document.Node) {
	switch n.Kind {
	case document.String:
		var always time.Duration
		decoder.Decode(n, &always)
		*d = Fixed(always)
	case document.Object:
		var keys Keys
		if decoder.Decode(n, &keys) {
			*d = keys.Distribution(decoder, n)
		}
	default:
		decoder.Errorf(n, "expected a duration (for example 10s) or a mapping with one of %s, found %s", strings.Join(KeyNames(), ", "), n.Describe())
	}
}

// Distribution returns the distribution that the keys describe; n is the mapping that they were
// decoded from.
func (k Keys) Distribution(d *document.Decoder, n *document.Node) (dist Distribution) {
	var err error
	switch d.OneKey(n, KeyNames()...) {
	case "fixed":
		return Fixed(*k.Fixed)
	case "uniform":
		if dist, err = Uniform(k.Uniform.Min, k.Uniform.Max); err != nil {
			d.Errorf(n, "min %s is above max %s", k.Uniform.Min, k.Uniform.Max)
		}
	case "lognormal":
		sigma := &k.Lognormal.Sigma.Node
		if dist, err = Lognormal(k.Lognormal.Median, sigma.Text); err != nil || sigma.Kind != document.Number {
			d.Errorf(sigma, "expected a number from 0 to 4 with at most 6 decimals, found %s", sigma.Describe())
		}
	}
	return dist
}

// Parse reads a distribution in the notation of the command line: "2s", "uniform=1s,5s",
// "lognormal=200ms,0.6".
func Parse(text string) (Distribution, error) {
	kind, rest, spelled := strings.Cut(text, "=")
	if !spelled {
		d, err := document.ParseDuration(text)
		return Fixed(d), err
	}
	first, second, two := strings.Cut(rest, ",")
	low, err := document.ParseDuration(first)
	switch {
	case err != nil:
		return Distribution{}, err
	case kind == "fixed" && !two:
		return Fixed(low), nil
	case kind == "uniform" && two:
		high, err := document.ParseDuration(second)
		if err != nil {
			return Distribution{}, err
		}
		return Uniform(low, high)
	case kind == "lognormal" && two:
		return Lognormal(low, second)
	}
	return Distribution{}, fmt.Errorf("read distribution %q: write 2s, uniform=1s,5s or lognormal=200ms,0.6", text)
}

// EditorSchema has what UnmarshalNode accepts.
func (Distribution) EditorSchema(b *document.SchemaBuilder) document.Schema {
	all := []document.Schema{b.Of(time.Duration(0))}
	properties := b.Struct(Keys{})["properties"].(document.Schema)
	for _, key := range KeyNames() {
		all = append(all, document.Schema{
			"type": "object", "required": []string{key}, "additionalProperties": false, "properties": document.Schema{key: properties[key]},
		})
	}
	return document.Schema{"description": "a duration, or a distribution of durations", "anyOf": all}
}

// EditorSchema has a number from 0 to 4.
func (sigma) EditorSchema(*document.SchemaBuilder) document.Schema {
	return document.Schema{"type": "number", "minimum": 0, "maximum": 4}
}
