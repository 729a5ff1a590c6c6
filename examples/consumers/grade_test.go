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

// meant are the probes that each bug is caught by, where its route can show it.
func meant() map[string][]string {
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

// graded grades an application with some bugs in a bubble.
func graded(t *testing.T, route string, seed uint64, bugs ...string) []webhook.Result {
	t.Helper()
	return gradedBubble(t, seed, app.Config{Route: route, Bugs: bugs})
}

// gradedInStyle grades a correct application with some styles, by all probes or by some.
func gradedInStyle(t *testing.T, route string, seed uint64, styles []string, only ...string) []webhook.Result {
	t.Helper()
	return gradedBubble(t, seed, app.Config{Route: route, Styles: styles}, only...)
}

func gradedBubble(t *testing.T, seed uint64, config app.Config, only ...string) []webhook.Result {
	t.Helper()
	var results []webhook.Result
	synctest.Test(t, func(t *testing.T) {
		provider, err := contracttest.NewProvider(config.Route)
		require.NoError(t, err)
		config.ProviderURL, config.Client, config.Secret = provider.URL(), provider.Client(), "secret-of-the-test"
		a, err := app.New(config)
		require.NoError(t, err)
		results, err = contracttest.Grade(t.Context(), contracttest.Options{
			Handler: a, Provider: provider, StateURL: "/state", Secrets: []string{"secret-of-the-test"}, Seed: seed, Only: only,
			Handshake: map[string]string{"validation_key": "key-of-the-test"},
		})
		require.NoError(t, err)
		a.Close()
	})
	return results
}

// seeds are how many are tried: 1, or as many as GRADE_SEEDS says.
func seeds() (n uint64, all bool) {
	if n, err := strconv.ParseUint(os.Getenv("GRADE_SEEDS"), 10, 8); err == nil {
		return n, true
	}
	return 1, false
}

// on are the routes on which a bug is tried: of those that can show it one, and all if
// GRADE_SEEDS is set. Without a bug it is all of them.
func on(i int, bug string, all bool) []string {
	shown := map[string][]string{
		"dup": {"gupshup", "mobtexting/whatsapp", "tata-omni"}, "race": {"gupshup", "tata-omni"}, "headers": {"mobtexting/whatsapp", "tata-omni"}, "batch": {"gupshup/v3", "netcore"},
		"poison": {"gupshup/v3", "netcore"}, "identity": {"gupshup/v3"}, "nophone": {"gupshup/v3"}, "billing": {"gupshup", "gupshup/v3"}, "unbilled": {"gupshup/v3", "gupshup"},
		"newtype": {"gupshup", "gupshup/v3"}, "deaf": {"gupshup", "tata-omni"}, "attempt": {"gupshup", "mobtexting/whatsapp"}, "sig": {"mobtexting/whatsapp"},
		"resign": {"gupshup", "tata-omni"}, "body": {"gupshup", "gupshup/v3"}, "handshake": {"gupshup", "mobtexting/whatsapp"},
	}[bug]
	if all && unseen()[bug] != nil {
		return slices.DeleteFunc(routes(), func(route string) bool { return slices.Contains(unseen()[bug], route) })
	}
	if all || bug == "" {
		return routes()
	}
	if shown == nil {
		shown = routes()
	}
	return shown[i%len(shown) : i%len(shown)+1]
}

// unseen are the routes that cannot show a bug, though they have its probe: on these no
// event has an outer name, or an unknown one names nobody.
func unseen() map[string][]string {
	return map[string][]string{"newtype": {"mobtexting/whatsapp", "netcore", "tata-omni"}, "deaf": {"mobtexting/whatsapp"}}
}

// With each single bug that a route can show, exactly the probes that are meant for it
// fail; with none, none does, and nothing is left open. CI tries one seed and one route a
// bug; `make grades` tries five seeds on all routes.
func TestEachBugIsCaughtByItsOwnProbe(t *testing.T) {
	t.Parallel()
	n, all := seeds()
	for i, bug := range append([]string{""}, bugNames()...) {
		for _, route := range on(i, bug, all) {
			t.Run(route+"/"+bug, func(t *testing.T) {
				t.Parallel()
				var bugs []string
				if bug != "" {
					bugs = []string{bug}
				}
				for seed := range n {
					caught := checkGrade(t, route, bug, graded(t, route, seed+1, bugs...))
					require.True(t, all || bug == "" || caught, "%s shows nothing of %s", route, bug)
				}
			})
		}
	}
}

func checkGrade(t *testing.T, route, bug string, results []webhook.Result) (caught bool) {
	t.Helper()
	want := slices.Clone(meant()[bug])
	rejects := false
	synctest.Test(t, func(t *testing.T) { rejects = rejectsADocument(t, route, bug) })
	if rejects {
		want = append(want, "D1")
	}
	var failed, expected, texts []string
	for _, r := range results {
		// A consumer that stays broken leaves open what comes after.
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

// refusesADocument reports whether the documents of the provider show a body that an
// application with the bug refuses.
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
func TestBugsAreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, b := range app.Bugs() {
		require.Contains(t, string(page), fmt.Sprintf("\n| `%s` | %s |", b.Name, b.Description))
	}
}
