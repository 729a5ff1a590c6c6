package shipped_test

import (
	"io/fs"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	scenariodata "github.com/ringback-dev/ringback/scenarios"
	providerdata "github.com/ringback-dev/ringback/schemas"
)

// keyFolders are the providers that ship, and the example of one.
func keyFolders(t *testing.T) []providerFolder {
	t.Helper()
	folders := []providerFolder{folderOf(t, os.DirFS("../../examples/providers"), "acme")}
	names, err := fs.Glob(providerdata.Files(), "*/provider.yaml")
	require.NoError(t, err)
	for _, name := range names {
		folders = append(folders, folderOf(t, providerdata.Files(), path.Dir(name)))
	}
	return folders
}

func providerKeys(t *testing.T, name string, pattern func([]string) string, read func(string, []byte) (*document.File, error), wanted func(string) bool) keyFormat {
	f := keyFormat{name: name, pattern: pattern, exempt: map[string]string{"note": "text for readers of the file"}}
	for _, folder := range keyFolders(t) {
		if strings.HasPrefix(name, "api") {
			folder = folder.withPlainTypes(t)
		}
		f.files = append(f.files, folder.keyFiles(t, read, wanted)...)
	}
	require.NotEmpty(t, f.files)
	return f
}

func testKeys(t *testing.T, f keyFormat) {
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	start := time.Now()
	ineffective, all := keysWithoutEffect(f)
	t.Logf("%s: %d files, %d patterns, %s", f.name, len(f.files), len(all), time.Since(start))
	for _, p := range ineffective {
		t.Errorf("%s: %s has no effect", f.name, p)
	}
	if os.Getenv("ALLKEYS") != "" {
		t.Log(strings.Join(all, "\n"))
	}
}

func TestKeys_Scenarios(t *testing.T) {
	testKeys(t, scenarioKeys(t, byDeclaredKeys(declaredKeys(t))))
}

func TestKeys_Magic(t *testing.T) {
	source, err := fs.ReadFile(scenariodata.Files(), scenarios.MagicFile)
	require.NoError(t, err)
	testKeys(t, magicKeys(t, byDeclaredKeys(declaredKeys(t)), source))
}

func TestKeys_Providers(t *testing.T) {
	testKeys(t, providerKeys(t, "provider.yaml", byDeclaredKeys(declaredKeys(t)), document.ReadYAML, func(name string) bool { return path.Base(name) == "provider.yaml" }))
}

func TestKeys_APIs(t *testing.T) {
	byKeys := byDeclaredKeys(declaredKeys(t))
	testKeys(t, providerKeys(t, "apis.yaml", func(path []string) string {
		return strings.Replace(byKeys(path), "send/", "*/", 1)
	}, document.ReadYAML, func(name string) bool { return path.Base(name) == "apis.yaml" }))
}

func TestKeys_APISchemas(t *testing.T) {
	testKeys(t, providerKeys(t, "apis/*.json", bySchemaKeyword, document.ReadJSON, func(name string) bool {
		return path.Ext(name) == ".json" && path.Base(path.Dir(name)) == "apis"
	}))
}

func TestKeys_EventTypeSchemas(t *testing.T) {
	testKeys(t, providerKeys(t, "schema.json", bySchemaKeyword, document.ReadJSON, func(name string) bool { return path.Base(name) == "schema.json" }))
}

var _ = slices.Sort[[]string]
