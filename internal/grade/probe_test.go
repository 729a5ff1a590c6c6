package grade

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

func TestProbes_HaveUniqueIDsAndNames(t *testing.T) {
	t.Parallel()
	all, err := Probes()
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, p := range all {
		for _, name := range []string{p.ID, p.Name} {
			require.False(t, seen[name], name)
			seen[name] = true
		}
		require.NotEmpty(t, p.Description)
		require.True(t, p.ImpossibleReason != "" || p.kind == "baseline" || p.Advice != "", "%s says what to do", p.Name)
	}
	for i := range 20 {
		require.True(t, seen[fmt.Sprintf("P%d", i)], "P%d", i)
	}
}

// Each probe is impossible, or applies to at least one route.
func TestProbes_ApplyToARoute(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	all, err := Probes()
	require.NoError(t, err)
	for _, p := range all {
		var routes []string
		for _, name := range catalog.Routes() {
			route, err := catalog.Route(name)
			require.NoError(t, err)
			g := &grader{harness: &harness{catalog: catalog, route: route, target: engine.Target{Sign: func(engine.Signing) ([]webhook.Header, error) { return nil, nil }}}}
			if g.notApplicableReason(p) != "" {
				continue
			}
			if p.scenario != nil && p.kind != "baseline" {
				for _, one := range []*scenarios.Scenario{p.scenario, p.baselineScenario, p.negativeControl} {
					if one != nil {
						_, err := one.Plan(script.RouteOf(route), scenarios.Options{HasMock: true, ObservesConsumer: true})
						require.NoError(t, err, "%s on %s", p.Name, name)
					}
				}
			}
			routes = append(routes, name)
		}
		require.Equal(t, p.ImpossibleReason == "", len(routes) > 0, "%s is for %v", p.Name, routes)
	}
}

func TestChosen_ByNameIDAndGroup(t *testing.T) {
	t.Parallel()
	names := func(only, skip []string) (all []string) {
		probes, err := chosen(only, skip)
		require.NoError(t, err)
		for _, p := range probes {
			all = append(all, p.ID)
		}
		return all
	}
	require.Equal(t, []string{"P1", "P6"}, names([]string{"duplicate", "p6"}, nil))
	require.Equal(t, []string{"P5", "P6", "P7"}, names([]string{"order"}, nil))
	require.Equal(t, []string{"P5", "P7"}, names([]string{"order"}, []string{"terminal"}))
	require.False(t, slices.Contains(names(nil, []string{"P17"}), "P17"))
	_, err := chosen([]string{"duplicates", "dupe"}, nil)
	require.ErrorContains(t, err, `no probe or group is named "dupe"`)
	_, err = chosen([]string{"xyzzy"}, nil)
	_, list, found := strings.Cut(err.Error(), "known: ")
	require.True(t, found, err)
	listed := strings.Split(list, ", ")
	require.Contains(t, listed, "order")
	require.Equal(t, slices.Compact(slices.Clone(listed)), listed, "each name is listed once, in order")
}

func TestReadProbe_ReportsErrorsWithPosition(t *testing.T) {
	t.Parallel()
	const head = "id: X\ngroup: g\ndescription: A probe.\n"
	for text, want := range map[string]string{
		head + "kind: comparison":         `x.yaml:4:7: unexpected string "comparison"`,
		head + "needs: [luck]":            `x.yaml:4:9: unexpected string "luck"`,
		head + "responses: fine":          `unexpected string "fine"`,
		head + "gap: soon":                `expected a duration`,
		head + "each: maybe":              `expected true`,
		head + "count: 0":                 `from 1 to 2000`,
		head + "colour: red":              `unknown key "colour"`,
		"group: g\ndescription: A probe.": `missing key "id"`,
		head + "scenario: {steps: []}":    `missing key "name"`,
		head + "scenario: {name: x, description: y, steps: [{send: message.sennt}]}": `unknown event "message.sennt"`,
	} {
		_, err := readProbe("1-x.yaml", []byte(text))
		require.ErrorContains(t, err, want, text)
	}
}
