package scenarios_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

func tree(files map[string]string) fstest.MapFS {
	t := fstest.MapFS{}
	for name, text := range files {
		t[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return t
}

const steps = "\ndescription: A test.\nsteps: [{send: message.sent}]\n"

func TestLibrary_FindsScenarios(t *testing.T) {
	t.Parallel()
	l, err := scenarios.Load(
		tree(map[string]string{"b.yaml": "name: b" + steps, "netcore/a.yaml": "name: a\nprovider: netcore" + steps,
			"netcore/c.yaml": "name: c\nprovider: netcore" + steps, "other/c.yaml": "name: c\nprovider: other" + steps, "magic.yaml": "[]", "note.txt": "-"}),
		tree(map[string]string{"mine.yaml": "name: mine\nprovider: netcore" + steps}))
	require.NoError(t, err)
	var names []string
	for _, s := range l.All() {
		names = append(names, s.Name)
	}
	require.Equal(t, []string{"b", "netcore/a", "netcore/c", "netcore/mine", "other/c"}, names)
	for _, name := range []string{"netcore/a", "a"} {
		found, err := l.Scenario(name)
		require.NoError(t, err)
		require.Equal(t, "netcore/a", found.Name)
	}
	for name, want := range map[string]string{
		"c":         `find scenario: several providers have a scenario "c": name it netcore/c or other/c`,
		"netcore/b": `find scenario: unknown scenario "netcore/b"; did you mean "netcore/a"?`,
		"else":      `find scenario: unknown scenario "else"; known: b, netcore/a, netcore/c, netcore/mine, other/c`,
	} {
		_, err := l.Scenario(name)
		require.EqualError(t, err, want)
	}
}

func TestLoad_RejectsInvalidScenarios(t *testing.T) {
	t.Parallel()
	for want, files := range map[string]map[string]string{
		"load scenarios: found no *.yaml file; name a folder with scenarios":                                                                    {"a.yml": ""},
		`load a.yaml:1:7: scenario "b" must be in a file b.yaml, found a.yaml; rename one of them`:                                              {"a.yaml": "name: b" + steps},
		"load x/a.yaml:1:1: a scenario in folder x must have provider: x; add it, or move the file":                                             {"x/a.yaml": "name: a" + steps},
		"load y/a.yaml:1:1: a scenario in folder y must have provider: y; add it, or move the file":                                             {"y/a.yaml": "name: a\nprovider: x" + steps},
		`load x/a.yaml:1:1: scenario "x/a" is a duplicate; rename it`:                                                                           {"a.yaml": "name: a\nprovider: x" + steps, "x/a.yaml": "name: a\nprovider: x" + steps},
		"load a.yaml:1:1: file holds no value":                                                                                                  {"a.yaml": ""},
		"load a.yaml:1:1: missing key \"description\"\nload a.yaml:2:1: unknown key \"descripton\"; did you mean \"description\"?\nload b.yaml": {"a.yaml": "name: a\ndescripton: x\nsteps: [{send: message.sent}]", "b.yaml": "1"},
	} {
		_, err := scenarios.Load(tree(files))
		require.ErrorContains(t, err, want)
	}
}

func TestLoad_MergesTrees(t *testing.T) {
	t.Parallel()
	l, err := shipped.Library(tree(map[string]string{"mine.yaml": "name: mine" + steps}))
	require.NoError(t, err)
	for _, name := range []string{"mine", "message-delivered"} {
		_, err := l.Scenario(name)
		require.NoError(t, err)
	}
	_, err = shipped.Library(tree(map[string]string{"opt-in.yaml": "name: opt-in" + steps}))
	require.ErrorContains(t, err, `load opt-in.yaml:1:1: scenario "opt-in" is a duplicate`)
}

func TestShipped_FileNamesAndDescriptions(t *testing.T) {
	t.Parallel()
	l, err := shipped.Library()
	require.NoError(t, err)
	for _, s := range l.All() {
		require.True(t, strings.HasSuffix(s.Description, ".") && !strings.Contains(strings.TrimSuffix(s.Description, "."), ". "), "%s: about is one sentence", s.Name)
		own := s.Provider != ""
		require.Equal(t, own, slices.ContainsFunc(s.Events(), func(e string) bool { return strings.Contains(e, "/") }) ||
			strings.Contains(string(s.Source), "set:") || s.Routes != nil, "%s: only what no neutral words can say is one provider's", s.Name)
	}
}
