package jsonschema_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Not parallel: AllocsPerRun counts the allocations of the whole process.
func TestEvaluate_ValidExampleAllocatesNothing(t *testing.T) {
	for _, s := range subjects(t) {
		for i := range s.bodies {
			if body := &s.bodies[i]; s.program.Evaluate(body).Closed {
				const runs = 5
				require.Zero(t, testing.AllocsPerRun(runs, func() { s.program.Evaluate(body) }), "%s: %s", s.name, body.Compact(1000))
			}
		}
	}
}
