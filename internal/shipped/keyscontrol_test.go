package shipped_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A view without descriptions finds the one key that only describes.
func TestKeysWithoutEffect_ReportsKeyThatIsNotObserved(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	one, err := library.Scenario("message-played")
	require.NoError(t, err)
	routes := keysRoutes(t)[:2]
	file, err := document.ReadYAML(one.Name+".yaml", one.Source)
	require.NoError(t, err)
	observe := func(source []byte) ([]func() string, error) {
		changed, err := scenarios.Read(one.Name+".yaml", source)
		if err != nil {
			return nil, err
		}
		return scenarioViews(t, changed, routes)[1:], nil
	}
	var description string
	for i := range file.Root.Members {
		if m := &file.Root.Members[i]; m.Value.Text == one.Description {
			description = m.Key
		}
	}
	f := keyFormat{pattern: byDeclaredKeys(declaredKeys(t)), files: []keyFile{{name: file.Name, root: &file.Root, observe: observe}}}
	ineffective, _ := keysWithoutEffect(f)
	require.Equal(t, []string{description}, ineffective)
}

// What decodes and is then ignored is reported; what is used or rejected is not.
func TestKeysWithoutEffect_ReportsIgnoredKeyOnly(t *testing.T) {
	t.Parallel()
	type section struct {
		Used     int      `key:"used"`
		Ignored  int      `key:"ignored"`
		Rejected string   `key:"rejected" oneof:"always"`
		Flag     bool     `key:"flag" oneof:"true"`
		Unread   bool     `key:"unread" oneof:"true"`
		Words    []string `key:"words"`
	}
	file, err := document.ReadYAML("fake.yaml", []byte("a: {used: 1, ignored: 2, rejected: always, flag: true, unread: true, words: [x, y]}\nb: {used: 3, ignored: 4}\n"))
	require.NoError(t, err)
	observe := func(source []byte) ([]func() string, error) {
		f, err := document.ReadYAML("fake.yaml", source)
		if err != nil {
			return nil, err
		}
		var all document.Entries[section]
		if err := f.Decode(&f.Root, &all); err != nil {
			return nil, err
		}
		return []func() string{func() string {
			text := ""
			for _, one := range all {
				text += fmt.Sprintln(one.Value.Used, one.Value.Flag, one.Value.Words)
			}
			return text
		}}, nil
	}
	keys := map[string][]string{"used": {}, "ignored": {}, "rejected": {}, "flag": {}, "unread": {}, "words": {}}
	f := keyFormat{pattern: byDeclaredKeys(keys), files: []keyFile{{name: file.Name, root: &file.Root, observe: observe}}}
	ineffective, all := keysWithoutEffect(f)
	require.Equal(t, []string{"*/ignored", "*/unread"}, ineffective)
	require.Equal(t, []string{"*/flag", "*/ignored", "*/rejected", "*/unread", "*/used", "*/words", "*/words/[]"}, all)
}

// A difference between two views of the same data would hide keys without an effect.
func TestProviderViews_AreRepeatable(t *testing.T) {
	t.Parallel()
	folder := folderOf(t, examplesTree(), "acme")
	for _, name := range []string{"acme/provider.yaml", "acme/sms.status/schema.json"} {
		first, err := folder.observe(t, name, folder.files[name].Data)
		require.NoError(t, err)
		second, err := folder.observe(t, name, folder.files[name].Data)
		require.NoError(t, err)
		for i := range first {
			require.Equal(t, first[i](), second[i](), "view %d of %s", i, name)
		}
	}
}
