package consumers_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

func styleNames() []string {
	var names []string
	for _, s := range app.Styles() {
		names = append(names, s.Name)
	}
	return names
}

// requirePassed requires that no probe fails or is inconclusive, and that a minimum passes. The
// probe of empty responses must warn if the application responds with a body and the provider asks
// for an empty one.
func requirePassed(t *testing.T, route string, styles []string, results []webhook.Result, minCount int) {
	t.Helper()
	passed := 0
	for _, r := range results {
		if r.ID == "P19" && !asksForEmpty(t, route) {
			require.Equal(t, webhook.OutcomeNotApplicable, r.Outcome, r.Reason)
			continue
		}
		if r.ID == "P19" && slices.Contains(styles, "response-body") {
			require.True(t, r.Warning(), "%s %s: %s", r.Outcome, r.Severity, r.Reason)
			continue
		}
		require.True(t, r.Outcome == webhook.OutcomePassed || r.Outcome == webhook.OutcomeNotApplicable && r.ID != "P19", "%s %s: %s: %s", r.ID, r.Name, r.Outcome, r.Reason)
		if r.Outcome == webhook.OutcomePassed {
			passed++
		}
	}
	require.GreaterOrEqual(t, passed, minCount)
}

// asksForEmpty reports whether the provider of a route asks for an empty response.
func asksForEmpty(t *testing.T, route string) bool {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	r, err := catalog.Route(route)
	require.NoError(t, err)
	return r.Contract.EmptyBody
}

// Applications with all styles pass. Those without are graded in TestBugs_FailTheirProbes, which
// has one grade without a bug for each route.
func TestStyles_Pass(t *testing.T) {
	t.Parallel()
	n, _ := seeds()
	for _, route := range routes() {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			for seed := range n {
				requirePassed(t, route, styleNames(), gradedInStyle(t, route, seed+1, styleNames()), 16)
			}
		})
	}
}

// Each style alone passes the probe whose advice mentions it: on one route, as TestStyles_Pass has
// all styles on all routes; with GRADE_SEEDS, on all routes.
func TestStyles_EachPassesItsProbe(t *testing.T) {
	t.Parallel()
	probes := map[string]string{"any-type": "D4", "any-size": "D5", "keep": "D3", "name": "P12", "user-id": "P13", "response-body": "P0"}
	_, all := seeds()
	for i, style := range styleNames() {
		on := routes()
		switch {
		case all:
		case style == "user-id": // others have no user IDs
			on = []string{"gupshup/v3"}
		default:
			on = on[i%len(on) : i%len(on)+1]
		}
		for _, route := range on {
			t.Run(style+"/"+route, func(t *testing.T) {
				t.Parallel()
				results := gradedInStyle(t, route, 1, []string{style}, probes[style])
				require.Len(t, results, 1)
				require.Contains(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomeNotApplicable}, results[0].Outcome, results[0].Reason)
				require.False(t, results[0].Outcome == webhook.OutcomeNotApplicable && style != "user-id", results[0].Reason)
			})
		}
	}
}

// README.md lists the styles.
func TestStyles_AreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, s := range app.Styles() {
		require.Contains(t, string(page), fmt.Sprintf("\n| `%s` | %s |", s.Name, s.Description))
	}
}
