package play_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/generator"
	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
)

// What comes before an event in the life of its message has happened, and is not
// told.
func TestEveryEventTypeCanBeSentAlone(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Embedded()
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	for _, p := range catalog.Providers {
		for _, route := range p.Routes {
			for _, one := range route.Types() {
				single, err := play.Single(route, one.Name)
				require.NoError(t, err)
				plan, err := single.Plan(play.RouteOf(route), scenarios.Options{Seed: 5})
				require.NoError(t, err, one.Name)
				play.Only(plan, one.Name)
				script := play.Script{Catalog: catalog, Generator: g, Route: route, Plan: plan}
				var told []string
				for job, err := range script.Jobs() {
					require.NoError(t, err)
					made, err := job.Make()
					require.NoError(t, err, one.Name)
					told = append(told, made.Event.Type)
				}
				require.Equal(t, []string{one.Name}, told)
			}
		}
	}
}
