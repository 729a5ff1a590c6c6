package schemas_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A subject is an example and what judges it alone: v5, by the open schema.
type subject struct {
	body  []byte
	alone *jsonschema.Schema
}

func subjects(b *testing.B, catalog *schemas.Catalog, route string) []subject {
	b.Helper()
	types, err := catalog.TypesOf(route)
	require.NoError(b, err)
	var all []subject
	for _, t := range types {
		compiler := jsonschema.NewCompiler()
		compiler.Draft = jsonschema.Draft2020
		require.NoError(b, compiler.AddResource("ringback:///bench", bytes.NewReader(t.Schema())))
		alone, err := compiler.Compile("ringback:///bench")
		require.NoError(b, err)
		examples, err := t.Examples()
		require.NoError(b, err)
		for _, e := range examples {
			all = append(all, subject{e.Body, alone})
		}
	}
	return all
}

func aloneBody(b *testing.B, s subject) {
	decoder := json.NewDecoder(bytes.NewReader(s.body))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		b.Fatal(err)
	}
	if err := s.alone.Validate(v); err != nil && len(s.body) == 0 {
		b.Fatal(err)
	}
}

// BenchmarkJudge measures what judging costs beyond v5 alone: decoding with
// places, recognising among all types, the closed schema and the form, against
// encoding/json and one validation by the known schema. Both take turns on the
// same example, so "judge/v5" is a ratio of one run.
func BenchmarkJudge(b *testing.B) {
	catalog := embedded(b)
	for _, route := range []string{"", "gupshup/v2", "gupshup/v3", "mobtexting", "netcore", "tata-omni"} {
		name := route
		if name == "" {
			name = "all"
		}
		b.Run(name, func(b *testing.B) {
			all := subjects(b, catalog, route)
			validator := validatorOf(b, catalog, schemas.Scope{})
			for _, s := range all {
				verdictsOn(b, validator, s.body) // compiles what is needed
			}
			var ours, alone time.Duration
			bodies := 0
			for b.Loop() {
				for _, s := range all {
					start := time.Now()
					if _, err := validator.Body(s.body); err != nil {
						b.Fatal(err)
					}
					middle := time.Now()
					aloneBody(b, s)
					ours, alone = ours+middle.Sub(start), alone+time.Since(middle)
					bodies++
				}
			}
			b.ReportMetric(float64(ours)/float64(alone), "judge/v5")
			b.ReportMetric(float64(ours.Nanoseconds())/float64(bodies), "ns/body")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkLoad measures what every command pays before it starts.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := shipped.Catalog(); err != nil {
			b.Fatal(err)
		}
	}
}
