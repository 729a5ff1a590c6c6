package schemas_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A subject is an example, and its open schema compiled by v5.
type subject struct {
	name  string
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
			all = append(all, subject{t.Name, e.Body, alone})
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

// cpu is the processor time that the process has used, with garbage collection.
func cpu(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkValidate compares validation with encoding/json and one validation by v5 against the
// known open schema. Both take turns on the same examples, so that "v5" is a ratio of CPU time of
// one run.
func BenchmarkValidate(b *testing.B) {
	catalog := embedded(b)
	for _, route := range []string{"", "gupshup/v2", "gupshup/v3", "mobtexting", "netcore", "tata-omni"} {
		b.Run("among-all/"+cmp.Or(route, "all"), func(b *testing.B) { benchmarkValidate(b, catalog, route, false) })
	}
	b.Run("known-type/all", func(b *testing.B) { benchmarkValidate(b, catalog, "", true) })
}

func benchmarkValidate(b *testing.B, catalog *schemas.Catalog, route string, known bool) {
	all := subjects(b, catalog, route)
	validators := make([]*schemas.Validator, len(all))
	for i, s := range all {
		validators[i] = validatorOf(b, catalog, schemas.Scope{})
		if known {
			validators[i] = validatorOf(b, catalog, schemas.Scope{Type: s.name})
		}
		verdictsOn(b, validators[i], s.body) // compiles what is needed
	}
	var ours, alone time.Duration
	bodies := 0
	for b.Loop() {
		const rounds = 20
		start := cpu(b)
		for range rounds {
			for i, s := range all {
				validators[i].Body(s.body, time.Time{})
			}
		}
		middle := cpu(b)
		for range rounds {
			for _, s := range all {
				aloneBody(b, s)
			}
		}
		ours, alone = ours+middle-start, alone+cpu(b)-middle
		bodies += rounds * len(all)
	}
	b.ReportMetric(float64(ours)/float64(alone), "v5")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(bodies), "cpu-ns/body")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLoad measures what every command pays before it starts.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := shipped.Catalog(); err != nil {
			b.Fatal(err)
		}
	}
}
