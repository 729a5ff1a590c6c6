package root

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/config"
	"github.com/ringback-dev/ringback/internal/cli/settings"
)

// A secret is shown by no command in any format, wherever it is from.
func TestConfigShow_MasksSecrets(t *testing.T) {
	t.Parallel()
	const secret = "not-to-be-seen"
	count := 0
	for _, c := range leaves(tree()) {
		_, line, _ := strings.Cut(c.CommandPath(), " ")
		for _, s := range settings.Of(c) {
			if !cli.IsSecret(s.Flag) {
				continue
			}
			count++
			variable := "RINGBACK_" + strings.ToUpper(strings.ReplaceAll(s.Flag.Name, "-", "_"))
			for source, from := range map[string]struct {
				line, config string
				environment  map[string]string
			}{
				"flag":   {line: line + " --" + s.Flag.Name + " " + secret},
				variable: {line: line, environment: map[string]string{variable: secret}},
				"file":   {line: line, config: fileOf(t, "ringback.yaml", s.Flag.Name+": "+secret)},
			} {
				command, err := settled(t, from.line, from.config, from.environment)
				require.NoError(t, err)
				for _, format := range []string{"pretty", "json", "ndjson"} {
					var out bytes.Buffer
					require.NoError(t, config.ShowSettings(&out, settings.Rows(command, true), format, true))
					require.NotContains(t, out.String(), secret, "%s of %s", source, line)
					require.Contains(t, out.String(), "***", "%s of %s", source, line)
				}
			}
		}
	}
	require.Greater(t, count, 10)
}

func TestConfigShow_ReportsWriteFailure(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"config", "show"}, {"config", "show", "--format", "json"}, {"config", "show", "--format", "ndjson"}, {"config", "schema"},
	} {
		code, errs := ringback(t, &fullDisk{}, args...)
		require.Equal(t, cli.ExitEnvironment, code)
		require.Equal(t, "ringback: write the results: no space left on device\n", errs)
	}
}

// What is shown obeys no terminal, whatever a setting holds.
func TestConfigShow_EscapesControlCharacters(t *testing.T) {
	t.Parallel()
	command, err := settled(t, "serve", "", map[string]string{"RINGBACK_TO": "a\x1b[31m\u202eb"})
	require.NoError(t, err)
	for _, format := range []string{"pretty", "json", "ndjson"} {
		var out bytes.Buffer
		require.NoError(t, config.ShowSettings(&out, settings.Rows(command, true), format, true))
		require.NotContains(t, out.String(), "\x1b")
		require.NotContains(t, out.String(), "\u202e")
	}
}
