package script_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// What comes before an event in the life of its message has happened, and is not
// told.
func TestSingle_EveryEventType(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	for _, p := range catalog.Providers {
		for _, route := range p.Routes {
			for _, one := range route.Types() {
				single, err := script.Single(route, one.Name)
				require.NoError(t, err)
				plan, err := single.Plan(script.RouteOf(route), scenarios.Options{Seed: 5})
				require.NoError(t, err, one.Name)
				script.Only(plan, one.Name)
				script := script.Script{Catalog: catalog, Generator: g, Route: route, Plan: plan}
				var told []string
				for job, err := range script.Jobs() {
					require.NoError(t, err)
					made, err := job.Prepare()
					require.NoError(t, err, one.Name)
					told = append(told, made.Event.Type)
				}
				require.Equal(t, []string{one.Name}, told)
			}
		}
	}
}
