package jsonschema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// Not parallel: AllocsPerRun counts the allocations of the whole process. The race detector drops
// memory that waits in a pool at random, so one run without allocations suffices.
func TestEvaluate_ValidExampleAllocatesNothing(t *testing.T) {
	for _, s := range subjects(t) {
		for i := range s.bodies {
			body := &s.bodies[i]
			if r := s.program.Evaluate(body, value.Span{}); !r.Closed || r.HasProblems {
				continue
			}
			const tries = 30
			allocations := 1.0
			for range tries {
				if allocations = testing.AllocsPerRun(1, func() { s.program.Evaluate(body, value.Span{}) }); allocations == 0 {
					break
				}
			}
			require.Zero(t, allocations, "%s: %s", s.name, body.Compact(1000))
		}
	}
}
