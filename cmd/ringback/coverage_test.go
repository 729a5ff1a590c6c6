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
	// What no data of ours can fill, and why.
	never := map[string]string{
		"tata-omni/status.failed /statuses/*/errors/*/href": "no reason that is known of Tata has a link",
	}
	const seeds = 6 // few, for it is run often; the share is larger with more
	require.NoError(t, emitAll(t.Context(), catalog, all, seeds, nil))
	for _, r := range all.Routes() {
		for _, e := range r.Events {
			for _, m := range e.Missing[coverage.Emitted] {
				if m.Kind == coverage.Event || m.Kind == coverage.Present {
					require.NotEmpty(t, never[e.Name+" "+m.String()], "%s: %s is never emitted", e.Name, m)
				}
			}
		}
		require.GreaterOrEqual(t, r.Total[coverage.Emitted].Percent(), 85, r.Name)
	}
}
