package shipped_test

import (
	"io/fs"
	"path"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	scenariodata "github.com/ringback-dev/ringback/scenarios"
	providerdata "github.com/ringback-dev/ringback/schemas"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // much is loaded, and little is kept
	goleak.VerifyTestMain(m)
}

// keysForReaders are the patterns that have no effect, or their last keys, and the reason.
func keysForReaders(format string) map[string]string {
	const text = "text for readers of the file and of docs/providers, which no command shows"
	return map[string]map[string]string{
		"provider.yaml": {"note": text},
		"apis.yaml": {
			"note": text, "source": "`ringback provider lint` only asks for it", "assumed": "`ringback provider lint` accepts it instead of a source",
		},
		"schema.json": {
			"items/description":    "`ringback catalog show` has no line for the elements of a list",
			"oneOf/[]/description": "`ringback catalog show` shows the title of a branch",
		},
		"apis/*.json": {
			"description": text, "x-source": text + " where it is not at the root",
			"if/required": "the only one has an else that requires the same",
		},
		"schemes.yaml": {"source": text}, "handshakes.yaml": {"source": text}, "profiles.yaml": {"source": text, "assumed": text},
	}[format]
}

// checkKeys fails for each pattern without an effect, and for each exempt one that doesn't
// occur.
func checkKeys(t *testing.T, f keyFormat) {
	t.Helper()
	f.exempt, f.options = keysForReaders(f.name), declaredKeys(t)
	ineffective, all := keysWithoutEffect(f)
	for _, pattern := range ineffective {
		t.Errorf("%s: %s has no effect: use it, reject it, or name it in keysForReaders with the reason", f.name, pattern)
	}
	used := map[string]bool{}
	for _, pattern := range all {
		used[f.exemption(pattern)] = true
	}
	for entry := range f.exempt {
		require.True(t, used[entry], "%s: no file has the exempt key %s", f.name, entry)
	}
}

// keyFolders are the providers that ship, and the example of one.
func keyFolders(t *testing.T) []providerFolder {
	t.Helper()
	folders := []providerFolder{folderOf(t, examplesTree(), "acme")}
	names, err := fs.Glob(providerdata.Files(), "*/provider.yaml")
	require.NoError(t, err)
	for _, name := range names {
		folders = append(folders, folderOf(t, providerdata.Files(), path.Dir(name)))
	}
	return folders
}

// A readFile reads a data file: [document.ReadYAML] or [document.ReadJSON].
type readFile func(name string, source []byte) (*document.File, error)

func providerKeys(t *testing.T, name string, pattern func([]string) string, read readFile, wanted func(string) bool) keyFormat {
	t.Helper()
	f := keyFormat{name: name, pattern: pattern}
	for _, folder := range keyFolders(t) {
		f.files = append(f.files, folder.keyFiles(t, read, wanted)...)
	}
	require.NotEmpty(t, f.files)
	return f
}

func named(base string) func(string) bool {
	return func(name string) bool { return path.Base(name) == base }
}

func TestKeys_ProviderYAML(t *testing.T) {
	t.Parallel()
	checkKeys(t, providerKeys(t, "provider.yaml", byDeclaredKeys(declaredKeys(t)), document.ReadYAML, named("provider.yaml")))
}

func TestKeys_APIsYAML(t *testing.T) {
	t.Parallel()
	byKeys := byDeclaredKeys(declaredKeys(t))
	pattern := func(path []string) string { return strings.Replace(byKeys(path), "send/", "*/", 1) } // the name of a call
	checkKeys(t, providerKeys(t, "apis.yaml", pattern, document.ReadYAML, named("apis.yaml")))
}

func TestKeys_APISchemas(t *testing.T) {
	t.Parallel()
	checkKeys(t, providerKeys(t, "apis/*.json", bySchemaKeyword, document.ReadJSON, func(name string) bool {
		return path.Ext(name) == ".json" && path.Base(path.Dir(name)) == "apis"
	}))
}

func TestKeys_EventTypeSchemas(t *testing.T) {
	t.Parallel()
	checkKeys(t, providerKeys(t, "schema.json", bySchemaKeyword, document.ReadJSON, named("schema.json")))
}

func TestKeys_Scenarios(t *testing.T) {
	t.Parallel()
	checkKeys(t, scenarioKeys(t, byDeclaredKeys(declaredKeys(t))))
}

func TestKeys_MagicYAML(t *testing.T) {
	t.Parallel()
	source, err := fs.ReadFile(scenariodata.Files(), scenarios.MagicFile)
	require.NoError(t, err)
	checkKeys(t, magicKeys(t, byDeclaredKeys(declaredKeys(t)), source))
}
