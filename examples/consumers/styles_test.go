package consumers_test

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/webhook"
)

func styleNames() []string {
	var names []string
	for _, s := range app.Styles() {
		names = append(names, s.Name)
	}
	return names
}

// requirePassed wants a grade in which nothing is open, nothing failed, and so many probes
// or more passed. Of an
// application that answers with a body, the probe of empty answers speaks.
func requirePassed(t *testing.T, styles []string, results []webhook.Result, least int) {
	t.Helper()
	passed := 0
	for _, r := range results {
		if r.ID == "P19" && slices.Contains(styles, "answer") {
			continue
		}
		require.Contains(t, []webhook.Outcome{webhook.Passed, webhook.NotApplicable}, r.Outcome, "%s %s: %s", r.ID, r.Name, r.Reason)
		if r.Outcome == webhook.Passed {
			passed++
		}
	}
	require.GreaterOrEqual(t, passed, least)
}

// Whichever of two good ways an application takes, it passes: the first ones are graded
// in TestEachBugIsCaughtByItsOwnProbe, which has one grade without a bug for each route.
func TestCorrectApplicationsOfTheOtherStylePass(t *testing.T) {
	t.Parallel()
	n, _ := seeds()
	for _, route := range routes() {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			for seed := range n {
				requirePassed(t, styleNames(), gradedInStyle(t, route, seed+1, styleNames()), 16)
			}
		})
	}
}

// Each style by itself passes the probe whose advice names it.
func TestEachStylePassesItsProbe(t *testing.T) {
	t.Parallel()
	probes := map[string]string{"any-type": "D4", "any-size": "D5", "keep": "D3", "name": "P12", "user-id": "P13", "answer": "P0"}
	for _, style := range styleNames() {
		for _, route := range routes() {
			t.Run(style+"/"+route, func(t *testing.T) {
				t.Parallel()
				results := gradedInStyle(t, route, 1, []string{style}, probes[style])
				require.Len(t, results, 1)
				require.Contains(t, []webhook.Outcome{webhook.Passed, webhook.NotApplicable}, results[0].Outcome, results[0].Reason)
				require.False(t, results[0].Outcome == webhook.NotApplicable && style != "user-id", results[0].Reason)
			})
		}
	}
}

// README.md lists the styles.
func TestStylesAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, s := range app.Styles() {
		require.Contains(t, string(page), fmt.Sprintf("\n| `%s` | %s |", s.Name, s.About))
	}
}
