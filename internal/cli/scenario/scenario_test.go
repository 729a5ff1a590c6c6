package scenario

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Every event type of the catalogue is sent by at least one shipped scenario on
// at least one route, and everything that a scenario sends is judged ok.
func TestScenarios_SendEveryEventType(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	l, err := newLinter(catalog)
	require.NoError(t, err)
	sent := map[string]bool{}
	for _, one := range library.All() {
		for _, r := range cli.Routes(catalog) {
			if extent(one, r) == "-" {
				continue
			}
			types, err := l.rehearse(one, r)
			require.NoError(t, err, "%s on %s", one.Name, r.Name)
			for _, name := range types {
				sent[name] = true
			}
		}
	}
	var all []string
	for _, e := range catalog.Types() {
		all = append(all, e.Name)
	}
	require.Equal(t, all, slices.Sorted(maps.Keys(sent)))
}

// The table says "all" where nothing is left out, and a plan agrees.
func TestTable_MatchesPlans(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	for _, one := range library.All() {
		for _, r := range cli.Routes(catalog) {
			plan, err := one.Plan(script.RouteOf(r), scenarios.Options{Seed: 1})
			switch extent(one, r) {
			case "-":
				require.Error(t, err, "%s on %s", one.Name, r.Name)
			case "all":
				require.NoError(t, err)
				require.Empty(t, plan.Skipped, "%s on %s", one.Name, r.Name)
			default:
				require.NoError(t, err)
				require.NotEmpty(t, plan.Skipped, "%s on %s", one.Name, r.Name)
			}
		}
	}
}
