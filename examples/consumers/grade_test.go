package consumers_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

// probesOf has the probes that detect each bug, if the route can show it.
func probesOf() map[string][]string {
	return map[string][]string{
		"dup": {"P1", "P2", "P3", "P15"}, "race": {"P3"}, "headers": {"P2", "P8", "P9"}, "order": {"P5"}, "terminal": {"P6"}, "early": {"P7"}, "batch": {"P8", "P9"}, "poison": {"P9"},
		"enum": {"P10"}, "unknown": {"P9", "P11"}, "field": {"D2"}, "optional": {"P12"}, "identity": {"P13"}, "billing": {"P14"}, "nophone": {"P13"}, "unbilled": {"P14"}, "newtype": {"P11"}, "deaf": {"P11"}, "attempt": {"P15"}, "sig": {"D6"}, "encoding": {"P16"},
		"resign": {"P15"}, "slow": {"P4"}, "sluggish": {"P18", "D8"}, "serial": {"D8"}, "body": {"P19"}, "malformed": {"D3"}, "crash": {"P15", "D3"}, "huge": {"D5"}, "type": {"D4"},
		"handshake": {"D7"}, "burst": {"D9"},
	}
}

func routes() []string {
	return []string{"gupshup", "gupshup/v3", "mobtexting/whatsapp", "netcore", "tata-omni"}
}

// gradedInStyle grades a correct application with some styles, by all probes or by some.
func gradedInStyle(t *testing.T, route string, seed uint64, styles []string, only ...string) []webhook.Result {
	t.Helper()
	return gradedBubble(t, seed, app.Config{Route: route, Styles: styles}, only...)
}

// gradedBubble grades an application in a bubble, by all probes or by some.
func gradedBubble(t *testing.T, seed uint64, config app.Config, only ...string) []webhook.Result {
	t.Helper()
	var results []webhook.Result
	synctest.Test(t, func(t *testing.T) {
		provider, err := contracttest.NewProvider(config.Route)
		require.NoError(t, err)
		config.ProviderURL, config.Client, config.Secret = provider.URL(), provider.Client(), "secret-of-the-test"
		a, err := app.New(config)
		require.NoError(t, err)
		results, err = contracttest.Grade(t.Context(), a,
			contracttest.WithProvider(provider), contracttest.State("/state"), contracttest.Secret("secret-of-the-test"), contracttest.Seed(seed),
			contracttest.Only(only...), contracttest.Handshake(map[string]string{"validation_key": "key-of-the-test"}))
		require.NoError(t, err)
		a.Close()
	})
	return results
}

// seeds is the number of seeds: 1, or the variable GRADE_SEEDS.
func seeds() (n uint64, all bool) {
	if n, err := strconv.ParseUint(os.Getenv("GRADE_SEEDS"), 10, 8); err == nil {
		return n, true
	}
	return 1, false
}

// routesOf returns the routes on which a bug is tested: one that can show it, or all with
// GRADE_SEEDS. Without a bug, it is all of them.
func routesOf(i int, bug string, all bool) []string {
	shown := map[string][]string{
		"dup": {"gupshup", "mobtexting/whatsapp", "tata-omni"}, "race": {"gupshup", "tata-omni"}, "headers": {"mobtexting/whatsapp", "tata-omni"}, "batch": {"gupshup/v3", "netcore"},
		"poison": {"gupshup/v3", "netcore"}, "identity": {"gupshup/v3"}, "nophone": {"gupshup/v3"}, "billing": {"gupshup", "gupshup/v3"}, "unbilled": {"gupshup/v3", "gupshup"},
		"newtype": {"gupshup", "gupshup/v3"}, "deaf": {"gupshup", "tata-omni"}, "attempt": {"gupshup", "mobtexting/whatsapp"}, "sig": {"mobtexting/whatsapp"},
		"resign": {"gupshup", "tata-omni"}, "body": {"gupshup", "gupshup/v3"}, "handshake": {"gupshup", "mobtexting/whatsapp"},
	}[bug]
	observable := slices.DeleteFunc(routes(), func(route string) bool { return slices.Contains(unobservable()[bug], route) })
	if all || bug == "" {
		return observable
	}
	if shown == nil {
		shown = observable
	}
	return shown[i%len(shown) : i%len(shown)+1]
}

// unobservable has the routes that have a bug's probe but can't show the bug: their events have no
// outer name, an unknown event names no end user, or an account sends all keys or none that are optional.
func unobservable() map[string][]string {
	return map[string][]string{"optional": {"netcore"}, "newtype": {"mobtexting/whatsapp", "netcore", "tata-omni"}, "deaf": {"mobtexting/whatsapp"}}
}

// With each single bug that a route can show, exactly its probes fail; without a bug, no probe
// fails or is inconclusive. `go test` plays only a bug's own probes, on one route. With GRADE_SEEDS,
// all probes are played on all routes: .ci/run does so with one seed, `make grades` with five.
func TestBugs_FailTheirProbes(t *testing.T) {
	t.Parallel()
	n, all := seeds()
	for i, bug := range append([]string{""}, bugNames()...) {
		for _, route := range routesOf(i, bug, all) {
			t.Run(route+"/"+bug, func(t *testing.T) {
				t.Parallel()
				var bugs []string
				if bug != "" {
					bugs = []string{bug}
				}
				want := wanted(t, route, bug)
				var only []string
				if !all {
					only = want
				}
				for seed := range n {
					caught := checkGrade(t, want, gradedBubble(t, seed+1, app.Config{Route: route, Bugs: bugs}, only...))
					require.True(t, all || bug == "" || caught, "%s shows nothing of %s", route, bug)
				}
			})
		}
	}
}

// wanted returns the probes that detect a bug on a route.
func wanted(t *testing.T, route, bug string) []string {
	t.Helper()
	want := slices.Clone(probesOf()[bug])
	rejects := false
	synctest.Test(t, func(t *testing.T) { rejects = rejectsADocument(t, route, bug) })
	if rejects {
		want = append(want, "D1")
	}
	return want
}

// checkGrade requires that exactly the wanted probes fail.
func checkGrade(t *testing.T, want []string, results []webhook.Result) (caught bool) {
	t.Helper()
	var failed, expected, texts []string
	for _, r := range results {
		// If a consumer stays broken, the following probes are inconclusive.
		left := r.Outcome == webhook.OutcomeInconclusive && strings.Contains(r.Reason, "has not recovered")
		if r.Outcome != webhook.OutcomeNotApplicable && !left && slices.Contains(want, r.ID) {
			expected = append(expected, r.ID)
		}
		if r.Outcome == webhook.OutcomeFailed || r.Outcome == webhook.OutcomeInconclusive && !left {
			failed = append(failed, r.ID)
			texts = append(texts, fmt.Sprintf("%s %s: %s", r.ID, r.Outcome, r.Reason))
		}
	}
	require.Equal(t, strings.Join(expected, " "), strings.Join(failed, " "), strings.Join(texts, "\n"))
	return len(failed) > 0
}

// rejectsADocument reports whether an application with the bug rejects an example of the
// provider's documentation.
func rejectsADocument(t *testing.T, route, bug string) bool {
	t.Helper()
	if bug == "" {
		return false
	}
	a, err := app.New(app.Config{Route: route, Bugs: []string{bug}})
	require.NoError(t, err)
	defer a.Close()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	r, err := catalog.Route(route)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, kind := range r.Types() {
		examples, err := kind.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			request := httptest.NewRequest(http.MethodPost, "/webhooks", bytes.NewReader(e.Body))
			request.Header.Set("Content-Type", "application/json")
			response := httptest.NewRecorder()
			if seen[string(e.Body)] {
				continue
			}
			seen[string(e.Body)] = true
			if a.ServeHTTP(response, request); response.Code != http.StatusOK {
				return true
			}
		}
	}
	return false
}

func bugNames() []string {
	var names []string
	for _, b := range app.Bugs() {
		names = append(names, b.Name)
	}
	return names
}

// README.md lists the bugs.
func TestBugs_AreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, b := range app.Bugs() {
		require.Contains(t, string(page), fmt.Sprintf("\n| `%s` | %s |", b.Name, b.Description))
	}
}
