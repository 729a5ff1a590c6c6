package jsonschema_test

import (
	"testing"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// BenchmarkEvaluate measures both results (open and closed) of each valid shipped example against v5,
// which needs two compiled schemas. Both take turns on the same decoded body, so "evaluate/v5" is a
// ratio of one run.
func BenchmarkEvaluate(b *testing.B) {
	type pair struct {
		*subject
		body    *document.Node
		decoded any
	}
	var all []pair
	for _, s := range subjects(b) {
		for i := range s.bodies {
			if body := &s.bodies[i]; s.program.Evaluate(body, value.Span{}).Closed {
				all = append(all, pair{s, body, body.Any()})
			}
		}
	}
	var ours, alone time.Duration
	bodies := 0
	for b.Loop() {
		for _, p := range all {
			start := time.Now()
			r := p.program.Evaluate(p.body, value.Span{})
			middle := time.Now()
			open, closed := p.oracle.open.Validate(p.decoded), p.oracle.closed.Validate(p.decoded)
			ours, alone = ours+middle.Sub(start), alone+time.Since(middle)
			if !r.Closed || open != nil || closed != nil {
				b.Fatal("a valid example is rejected")
			}
			bodies++
		}
	}
	b.ReportMetric(float64(ours)/float64(alone), "evaluate/v5")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(bodies), "ns/body")
	b.ReportMetric(0, "ns/op")
}
