package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/schemas"
)

// Whatever a schema describes can be sent: each event and each property of it.
func TestEveryEventAndPropertyIsEmitted(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Embedded()
	require.NoError(t, err)
	all := coverage.New(catalog)
	const seeds = 6 // few, for it is run often; the share is larger with more
	require.NoError(t, emitAll(t.Context(), catalog, all, seeds, nil))
	for _, r := range all.Routes() {
		for _, e := range r.Events {
			for _, m := range e.Missing[coverage.Emitted] {
				require.False(t, m.Kind == coverage.Event || m.Kind == coverage.Present, "%s: %s is never emitted", e.Name, m)
			}
		}
		require.GreaterOrEqual(t, r.Total[coverage.Emitted].Percent(), 85, r.Name)
	}
}
