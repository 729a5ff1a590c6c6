package ringback_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The image of a release differs from the one that anybody builds in where the binary
// comes from, and in nothing else.
func TestImages_SameContent(t *testing.T) {
	t.Parallel()
	lastStage := func(name string) string {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		_, stage, found := strings.Cut(string(source), "FROM scratch\n")
		require.True(t, found, name)
		return stage
	}
	built, released := lastStage("Dockerfile"), lastStage("Dockerfile.release")
	released = strings.Replace(released, "ARG TARGETPLATFORM\n", "", 1)
	released = strings.Replace(released, "COPY $TARGETPLATFORM/ringback /ringback\n", "COPY --from=build /out/ringback /ringback\n", 1)
	require.Equal(t, built, released)
}

// A server that starts again with the seed of its last run issues the same IDs, and a
// consumer that ignores known IDs loses messages: what is shipped and shown fixes none.
func TestDocs_ServersHaveNoFixedSeed(t *testing.T) {
	t.Parallel()
	fixed := regexp.MustCompile(`\bserve\b.*--seed[ =]["']?[0-9$]|RINGBACK_SEED["']?\s*[:=]|^\s*["'-]*seed["']?:\s*["']?[0-9$]|\(.seed: [0-9]`)
	mentioned := regexp.MustCompile(`--seed\b|` + fixed.String()) // in files that start something, whatever the line begins with
	for _, planted := range []string{
		"command: serve --to http://app --seed 7", "ringback serve --seed=0x7", "RINGBACK_SEED: \"7\"", "-e RINGBACK_SEED=7", "  seed: 7", "  seed: \"7\"", "a number (`seed: 7`)",
	} {
		require.Regexp(t, fixed, planted)
	}
	require.Regexp(t, mentioned, `CMD ["serve", "--seed", "7"]`)
	seen := 0
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (name == ".git" || name == "node_modules" || name == "testdata"):
			return filepath.SkipDir
		case !strings.HasPrefix(name, "Dockerfile") && filepath.Ext(name) != ".yaml" && filepath.Ext(name) != ".yml" && filepath.Ext(name) != ".md":
			return nil
		}
		seen++
		content, err := os.ReadFile(path)
		for n, line := range strings.Split(string(content), "\n") {
			if fixed.MatchString(line) || filepath.Ext(name) != ".md" && mentioned.MatchString(line) {
				t.Errorf("%s:%d fixes the seed of a server: %s", path, n+1, line)
			}
		}
		return err
	}))
	require.Greater(t, seen, 100, "the files are looked at")
}

// With BuildKit and without it, the same command compiles the module, in one stage that
// all images come from.
func TestImages_SameBuildFlags(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("Dockerfile")
	require.NoError(t, err)
	commands := regexp.MustCompile(`(?m)^ONBUILD RUN (?:--mount=\S+ )?(echo "compile the module" && go build .*)$`).FindAllStringSubmatch(string(source), -1)
	require.Len(t, commands, 2)
	require.Equal(t, commands[0][1], commands[1][1])
	require.Equal(t, 2, strings.Count(string(source), "go build"))
	require.Equal(t, 1, strings.Count(string(source), "FROM golang:"))
}

// The compose files give each build of the module the same arguments; others would compile
// it again.
func TestCompose_SameBuildArguments(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("examples/compose/*.yaml")
	require.NoError(t, err)
	var arguments []string
	for _, name := range append(files, "compose.yaml") {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, build := range regexp.MustCompile(`(?m)^    build: .*$`).FindAllString(string(source), -1) {
			args := regexp.MustCompile(`args: \{.*?"\}`).FindString(build)
			own := strings.Contains(build, "consumers/") // has a Dockerfile of its own
			shared := strings.Contains(build, "<<: *build")
			require.True(t, own || shared || args != "", "%s: %s", name, build)
			if args != "" {
				arguments = append(arguments, args)
			}
		}
	}
	require.Greater(t, len(arguments), 5)
	slices.Sort(arguments)
	require.Len(t, slices.Compact(arguments), 1)
}
