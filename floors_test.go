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

	"github.com/ringback-dev/ringback/internal/cmd/floors"
)

const module = "github.com/ringback-dev/ringback/"

// What links the libraries must stay small: a user's test binary will. They send nothing, so they
// don't link net/http.
func TestDependencies_Libraries(t *testing.T) {
	t.Parallel()
	heavy := []string{
		"modernc.org/sqlite", "github.com/nats-io/", "github.com/prometheus/", "github.com/spf13/cobra",
		"net/http/httptest", "testing", "net/http",
	}
	for _, p := range list(t, "-deps", "./webhook", "./schemas", "./scenarios", "./generator", "./internal/wire/capture") {
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
		require.NotEqual(t, -1, own, "%s stands on no floor; name it in internal/cmd/floors", name)
		for _, imported := range p.Imports {
			if below, ours := strings.CutPrefix(imported, module); ours {
				require.Less(t, floorOf(below), own, "%s imports %s, which is not on a lower floor", name, below)
			}
		}
	}
}

// Third parties live in one place each, so that they can be replaced there; gendocs documents the
// flags, and bench measures a library beside what uses it.
func TestDependencies_ThirdPartyImporters(t *testing.T) {
	t.Parallel()
	places := map[string][]string{
		"github.com/santhosh-tekuri/jsonschema/v5": {"internal/jsonschema", "internal/cmd/bench"},
		"go.yaml.in/yaml/v4":                       {"internal/base/document"},
		"github.com/spf13/cobra":                   {"internal/cli", "internal/cmd/gendocs"},
		"github.com/spf13/pflag":                   {"internal/cli", "internal/cmd/gendocs"},
		"golang.org/x/term":                        {"internal/cli"},
		"code.dny.dev/ssrf":                        {"internal/wire/delivery"},
		"github.com/brianvoe/gofakeit/v7":          {}, // only tests import it
		"github.com/gorilla/mux":                   {"server"},
	}
	for _, p := range list(t, "./...") {
		for _, imported := range p.Imports {
			if allowed, ok := places[imported]; ok {
				require.True(t, slices.ContainsFunc(allowed, func(place string) bool { return strings.HasPrefix(p.ImportPath+"/", module+place+"/") }),
					"%s imports %s, which belongs to %v", p.ImportPath, imported, allowed)
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
	for _, floor := range floors.All() {
		for _, name := range floor.Packages {
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
// applications for tests is linked by tests alone, and bench, which users don't have, runs what it measures.
func TestCommands_RunInOnePlace(t *testing.T) {
	t.Parallel()
	for _, p := range list(t, "./...") {
		name := strings.TrimPrefix(p.ImportPath, module)
		if name != "internal/base/process" && name != "internal/base/testconsumer" && name != "internal/cmd/bench" {
			require.NotContains(t, p.Imports, "os/exec", "%s runs commands", name)
		}
		require.NotContains(t, p.Imports, module+"internal/base/testconsumer", "%s links what is for tests", name)
		if name != "internal/cli/grade" {
			require.NotContains(t, p.Imports, module+"internal/base/process", "%s starts applications", name)
		}
	}
}

func floorOf(name string) int {
	return slices.IndexFunc(floors.All(), func(f floors.Floor) bool { return slices.Contains(f.Packages, name) })
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
