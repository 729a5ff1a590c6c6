package ringback_test

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/ringback-dev/ringback/"

// A floor is packages that import only those below it.
type floor struct {
	caption  string
	packages []string
}

// floors are the packages, from the bottom up. A package imports only packages of lower
// floors, never one on its own.
func floors() []floor {
	return []floor{
		{"the bottom", []string{"internal/control", "internal/deadline", "internal/suggest", "internal/process", "internal/testconsumer"}},
		{"the nouns, and files", []string{"webhook", "internal/document", "internal/value", "internal/canonical"}},
		{"randomness from seeds", []string{"internal/prng"}},
		{"what providers expect", []string{"internal/contract"}},
		{"the tools", []string{"internal/report", "internal/signature", "internal/delivery", "internal/fault", "internal/journal", "internal/inbox"}},
		{"the data, and what reads it", []string{"internal/schemas", "internal/scenarios", "internal/acceptance"}},
		{"events out, calls and captures in", []string{"internal/generator", "internal/callspec", "internal/capture", "internal/coverage"}},
		{"jobs of a plan, and what the provider remembers", []string{"internal/script", "internal/state", "internal/mock"}},
		{"the public package that validates", []string{"schemas"}},
		{"the shipped providers, read once", []string{"internal/shipped/providers"}},
		{"the public package that plans", []string{"scenarios"}},
		{"all shipped data, read once", []string{"internal/shipped"}},
		{"the engine, and the public generator", []string{"internal/engine", "generator"}},
		{"probes, effects, results", []string{"internal/grade"}},
		{"tests in Go, and the mock over HTTP", []string{"contracttest", "server"}},
		{"searches and pipelines", []string{"internal/pipeline", "internal/coverage/search"}},
		{"applications under test", []string{"examples/consumers/app"}},
		{"what commands share", []string{"internal/cli"}},
		{"settings", []string{"internal/cli/settings"}},
		{"the commands", []string{
			"internal/cli/catalog", "internal/cli/config", "internal/cli/coverage", "internal/cli/demo", "internal/cli/grade", "internal/cli/healthcheck", "internal/cli/magic",
			"internal/cli/play", "internal/cli/provider", "internal/cli/scenario", "internal/cli/serve", "internal/cli/validate",
		}},
		{"the tree of the commands", []string{"internal/cli/root"}},
		{"main", []string{"cmd/ringback", "examples/consumers", "examples/consumers/go", "examples/consumers/careless", "examples/clients"}},
	}
}

// What links the libraries must stay small: a user's test binary will. They send nothing, so they
// don't link net/http.
func TestDependencies_Libraries(t *testing.T) {
	t.Parallel()
	heavy := []string{
		"modernc.org/sqlite", "github.com/nats-io/", "github.com/prometheus/", "github.com/spf13/cobra",
		"net/http/httptest", "testing", "net/http",
	}
	for _, p := range list(t, "-deps", "./webhook", "./schemas", "./scenarios", "./generator", "./internal/capture") {
		for _, name := range heavy {
			require.False(t, p.ImportPath == name || strings.HasSuffix(name, "/") && strings.HasPrefix(p.ImportPath, name),
				"the libraries link %s", p.ImportPath)
		}
	}
}

// So must what links the contract tests, which do speak HTTP.
func TestDependencies_ContractTests(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "-deps", "./contracttest") {
		for _, name := range []string{
			"modernc.org/", "github.com/nats-io/", "github.com/prometheus/", "github.com/spf13/", "github.com/gorilla/", "net/http/httptest", "testing",
		} {
			require.False(t, p.ImportPath == name || strings.HasSuffix(name, "/") && strings.HasPrefix(p.ImportPath, name),
				"contracttest links %s", p.ImportPath)
		}
	}
}

func TestFloors_ImportOnlyLowerFloors(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if name+"/" == module {
			continue // this file's folder holds no package but the tests of the house
		}
		own := floorOf(name)
		require.NotEqual(t, -1, own, "%s stands on no floor; name it in floors()", name)
		for _, imported := range p.Imports {
			if below, ours := strings.CutPrefix(imported, module); ours {
				require.Less(t, floorOf(below), own, "%s imports %s, which is not on a lower floor", name, below)
			}
		}
	}
}

// Third parties live in one place each, so that they can be replaced there.
func TestDependencies_ThirdPartyImporters(t *testing.T) {
	t.Parallel()
	places := map[string]string{
		"github.com/santhosh-tekuri/jsonschema/v5": "internal/schemas",
		"go.yaml.in/yaml/v4":                       "internal/document",
		"github.com/spf13/cobra":                   "internal/cli",
		"github.com/spf13/pflag":                   "internal/cli",
		"golang.org/x/term":                        "internal/cli",
		"code.dny.dev/ssrf":                        "internal/delivery",
		"github.com/brianvoe/gofakeit/v7":          "internal/generator",
		"github.com/gorilla/mux":                   "server",
	}
	for _, p := range list(t, "./...") {
		for _, imported := range p.Imports {
			if place, ok := places[imported]; ok {
				require.True(t, strings.HasPrefix(p.ImportPath+"/", module+place+"/"), "%s imports %s, which belongs to %s", p.ImportPath, imported, place)
			}
		}
	}
}

// The table of CONTRIBUTING.md names every package, and no other.
func TestContributing_NamesEveryPackage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("CONTRIBUTING.md")
	require.NoError(t, err)
	var named, want []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		named = append(named, strings.TrimSuffix(row[1], "/"))
	}
	for _, floor := range floors() {
		for _, name := range floor.packages {
			if !strings.HasPrefix(name, "examples/") {
				want = append(want, name)
			}
		}
	}
	require.ElementsMatch(t, append(want, "examples", "docs"), named)
}

// What the commands of the documents write into the repository is ignored by git.
func TestGitignore_CoversDocumentedFiles(t *testing.T) {
	t.Parallel()
	ignored, err := os.ReadFile(".gitignore")
	require.NoError(t, err)
	for _, name := range []string{"reports/", "dist/"} {
		require.Contains(t, strings.Split(string(ignored), "\n"), name)
	}
}

// Commands are run in one place, which has them from the command line alone. What runs
// applications for tests is linked by tests alone.
func TestCommands_RunInOnePlace(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if name != "internal/process" && name != "internal/testconsumer" {
			require.NotContains(t, p.Imports, "os/exec", "%s runs commands", name)
		}
		require.NotContains(t, p.Imports, module+"internal/testconsumer", "%s links what is for tests", name)
		if name != "internal/cli/grade" {
			require.NotContains(t, p.Imports, module+"internal/process", "%s starts applications", name)
		}
	}
}

func floorOf(name string) int {
	return slices.IndexFunc(floors(), func(f floor) bool { return slices.Contains(f.packages, name) })
}

type listed struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...).Output()
	require.NoError(t, err)
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
	require.NotEmpty(t, all)
	return all
}
