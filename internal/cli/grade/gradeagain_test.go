package grade

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
)

// A probe is run again with what this run was given, from wherever it was, and shows
// no secret.
func TestAgain_RepeatsFlags(t *testing.T) {
	t.Parallel()
	environment := map[string]string{"RINGBACK_LISTEN": "127.0.0.1:9090"}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"plain": {
			[]string{"--to", "http://127.0.0.1:3000/webhooks", "--only", "order", "--skip", "P1", "--report", "json=a", "--budget", "5s", "--tape", "a.tape"},
			"ringback grade --to http://127.0.0.1:3000/webhooks --provider small --only duplicate --seed 7 --listen 127.0.0.1:9090",
		},
		"secrets": {
			[]string{"--to", "http://me:%24pass@127.0.0.1:3000/?token=pass#pass", "--secret", "pass", "--bearer", "pass", "--header", "X: pass", "--state-url", "http://127.0.0.1/state?key=pass"},
			`ringback grade --to 'http://127.0.0.1:3000/?…' --provider small --only duplicate --seed 7 --bearer "$RINGBACK_BEARER" --header "$RINGBACK_HEADER"` +
				` --listen 127.0.0.1:9090 --secret "$RINGBACK_SECRET" --state-url 'http://127.0.0.1/state?…'`,
		},
		"several": {
			[]string{"--to", "http://app/it's", "--allow", "local", "--allow", "10.0.0.0/8"},
			`ringback grade --to 'http://app/it'\''s' --provider small --only duplicate --seed 7 --allow local --allow 10.0.0.0/8 --listen 127.0.0.1:9090`,
		},
		"a command, and an identity": {
			[]string{"--to", "http://app", "--start", "API_KEY=pass ./app", "--with", "app.phone=919876543210", "--with", "app.name=TeaShop", "--accept", "accept.yaml", "--fail-on", "warning", "--strict-responses"},
			"ringback grade --to http://app --provider small --only duplicate --seed 7 --listen 127.0.0.1:9090 --start '…' --strict-responses=true --with app.phone=9198xxxxxx10 --with app.name=TeaShop",
		},
		"a state of a message": {
			[]string{"--to", "http://app", "--state-url", "http://app/state/{{message.id}}"},
			"ringback grade --to http://app --provider small --only duplicate --seed 7 --listen 127.0.0.1:9090 --state-url 'http://app/state/{{message.id}}'",
		},
	} {
		command := NewCommand(&cli.Factory{}, nil)
		require.NoError(t, command.ParseFlags(c.args), name)
		require.NoError(t, settings.FromEnvironment(command.Flags(), func() []settings.Setting { return nil }, func(key string) (string, bool) { text, ok := environment[key]; return text, ok }), name)
		got := again(command.Flags(), "small", "duplicate", "7")
		require.Equal(t, c.want, got, name)
		require.NotContains(t, got, "pass", name)
	}
}

// What the pages show as the command that runs a probe again is what would be
// printed again of it.
func TestAgain_Pages(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"../../../docs/grading.md", "../../../docs/reports.md"} {
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		shown := regexp.MustCompile(`(?m)^  reproduce\n    (ringback grade (.*))$`).FindStringSubmatch(string(page))
		require.NotNil(t, shown, path)
		flags := NewCommand(&cli.Factory{}, nil).Flags()
		require.NoError(t, flags.Parse(strings.Fields(shown[2])), path)
		value := func(name string) string { return strings.Join(valuesOf(flags.Lookup(name)), ",") }
		require.Equal(t, again(flags, value("provider"), value("only"), value("seed")), shown[1], path)
	}
}
