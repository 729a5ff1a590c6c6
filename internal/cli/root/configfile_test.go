package root

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
)

// tree is all commands, none of which has run.
func tree() *cobra.Command {
	return NewCommand(&cli.Factory{Streams: cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}})
}

// leaves are the commands that do something.
func leaves(c *cobra.Command) []*cobra.Command {
	if !c.HasSubCommands() {
		return []*cobra.Command{c}
	}
	var all []*cobra.Command
	for _, b := range settings.Below(c) {
		all = append(all, leaves(b)...)
	}
	return all
}

func fileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// settled is the command of a line with its settings in force. The environment
// is what is given, and the file config.
func settled(t *testing.T, line, config string, environment map[string]string) (*cobra.Command, error) {
	t.Helper()
	c, err := settings.Parse(tree(), append(strings.Fields(line), "--config", config))
	require.NoError(t, err)
	return c, settings.Apply(c, func(name string) (string, bool) {
		text, found := environment[name]
		return text, found
	})
}

func TestSettings_Precedence(t *testing.T) {
	t.Parallel()
	secret := fileOf(t, "secret", "from-a-file\n")
	for _, c := range []struct {
		name, line, setting, config string
		environment                 map[string]string
		value, origin               string // a value as JSON
	}{
		{name: "the default", line: "serve", setting: "listen", config: "seed: 1", value: `"127.0.0.1:8080"`, origin: "default"},
		{name: "the file", line: "serve", setting: "listen", config: "\nlisten: :1", value: `":1"`, origin: "ringback.yaml:2"},
		{name: "the command in the file", line: "serve", setting: "listen", config: "listen: :1\nserve: {listen: :2}", value: `":2"`, origin: "ringback.yaml:2"},
		{name: "the command, which comes first", line: "serve", setting: "listen", config: "serve:\n  listen: :2\nlisten: :1", value: `":2"`, origin: "ringback.yaml:2"},
		{name: "another command in the file", line: "grade", setting: "listen", config: "listen: :1\nserve: {listen: :2}", value: `":1"`, origin: "ringback.yaml:1"},
		{name: "the environment", line: "serve", setting: "listen", config: "serve: {listen: :2}", environment: map[string]string{"RINGBACK_LISTEN": ":3"},
			value: `":3"`, origin: "RINGBACK_LISTEN"},
		{name: "an empty variable", line: "serve", setting: "control-listen", config: "control-listen: :2", environment: map[string]string{"RINGBACK_CONTROL_LISTEN": ""},
			value: `""`, origin: "RINGBACK_CONTROL_LISTEN"},
		{name: "the flag", line: "serve --listen :4", setting: "listen", config: "listen: :2", environment: map[string]string{"RINGBACK_LISTEN": ":3"},
			value: `":4"`, origin: "flag"},
		{name: "the default as a flag", line: "serve --speed=1x", setting: "speed", config: "speed: 60x", value: `"1x"`, origin: "flag"},
		{name: "a flag saves from what it cannot take", line: "tail --format ndjson", setting: "format", config: "format: json", value: `"ndjson"`, origin: "flag"},
		{name: "a command in a command", line: "catalog list", setting: "format", config: "format: json\ncatalog:\n  format: ndjson\n  list: {format: pretty}",
			value: `"pretty"`, origin: "ringback.yaml:4"},
		{name: "around a command in a command", line: "catalog list", setting: "format", config: "format: json\ncatalog: {format: ndjson}",
			value: `"ndjson"`, origin: "ringback.yaml:2"},
		{name: "a flag by a command's name", line: "listen", setting: "listen", config: "listen: {listen: :5}", value: `":5"`, origin: "ringback.yaml:1"},
		{name: "a list", line: "serve", setting: "to", config: "to: [a, b]", value: `["a","b"]`, origin: "ringback.yaml:1"},
		{name: "one of a list", line: "serve", setting: "to", config: "to: a", value: `["a"]`, origin: "ringback.yaml:1"},
		{name: "a list that replaces", line: "serve", setting: "to", config: "to: [a, b]\nserve: {to: [c]}", value: `["c"]`, origin: "ringback.yaml:2"},
		{name: "a list that is replaced by none", line: "serve", setting: "to", config: "to: [a, b]\nserve: {to: []}", value: `[]`, origin: "ringback.yaml:2"},
		{name: "a list that a variable replaces", line: "serve", setting: "to", config: "to: [a, b]", environment: map[string]string{"RINGBACK_TO": "c"},
			value: `["c"]`, origin: "RINGBACK_TO"},
		{name: "a list that flags replace", line: "serve --to c --to d", setting: "to", config: "to: [a, b]", environment: map[string]string{"RINGBACK_TO": "e"},
			value: `["c","d"]`, origin: "flag"},
		{name: "a switch", line: "serve", setting: "tls", config: "tls: true", value: `true`, origin: "ringback.yaml:1"},
		{name: "a whole number", line: "serve", setting: "concurrency", config: "concurrency: 4", value: `4`, origin: "ringback.yaml:1"},
		{name: "a text like a number", line: "serve", setting: "seed", config: "seed: 007.50", value: `"007.50"`, origin: "ringback.yaml:1"},
		{name: "a text that is a number", line: "serve", setting: "seed", config: "seed: 7", value: `"7"`, origin: "ringback.yaml:1"},
		{name: "a length of time", line: "listen", setting: "delay", config: "delay: 1m30s", value: `"1m30s"`, origin: "ringback.yaml:1"},
		{name: "a secret", line: "serve", setting: "secret", config: "secret: s", value: `"***"`, origin: "ringback.yaml:1"},
		{name: "a secret in a file of its own", line: "serve", setting: "secret", config: "secret: s", environment: map[string]string{"RINGBACK_SECRET_FILE": secret},
			value: `"***"`, origin: "RINGBACK_SECRET_FILE"},
		{name: "a secret in a variable", line: "serve", setting: "secret", config: "secret: s",
			environment: map[string]string{"RINGBACK_SECRET": "s", "RINGBACK_SECRET_FILE": secret}, value: `"***"`, origin: "RINGBACK_SECRET"},
		{name: "only secrets have such files", line: "serve", setting: "listen", config: "listen: :1",
			environment: map[string]string{"RINGBACK_LISTEN_FILE": secret}, value: `":1"`, origin: "ringback.yaml:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := fileOf(t, "ringback.yaml", c.config)
			command, err := settled(t, c.line, config, c.environment)
			require.NoError(t, err)
			rows := settings.Rows(command, true)
			at := slices.IndexFunc(rows, func(row settings.Row) bool { return row.Setting == c.setting })
			value, err := json.Marshal(rows[at].Value)
			require.NoError(t, err)
			require.Equal(t, c.value, string(value))
			require.Equal(t, c.origin, strings.Replace(rows[at].Origin, config, "ringback.yaml", 1))
		})
	}
}

func TestSettings_PathsAreRelativeToFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, text, setting, want string }{
		{"serve", "schemas: [own, /a, ../b]", "schemas", `["DIR/own","/a","UP/b"]`},
		{"play", "tape: runs/a.tape", "tape", `"DIR/runs/a.tape"`},
		{"play", `tape: ""`, "tape", `""`},
		{"play", "out: \"-\"", "out", `"-"`},
		{"play", "key: k.pem", "key", `"DIR/k.pem"`},
		{"serve", "api-key: k.pem", "api-key", `["***"]`},
		{"serve", "listen: own", "listen", `"own"`},
	} {
		t.Run(c.line+" "+c.text, func(t *testing.T) {
			t.Parallel()
			config := fileOf(t, "other.yaml", c.text)
			command, err := settled(t, c.line, config, nil)
			require.NoError(t, err)
			value, err := json.Marshal(settings.ShownValue(command.Flags().Lookup(c.setting)))
			require.NoError(t, err)
			folder := filepath.Dir(config)
			require.Equal(t, c.want, strings.NewReplacer(folder, "DIR", filepath.Dir(folder), "UP").Replace(string(value)))
		})
	}
}

// What a flag's usage calls FILE or DIR is a path: another word for one, or one
// of these for something else, has to be seen here.
func TestSettings_Paths(t *testing.T) {
	t.Parallel()
	paths := map[string]bool{}
	for _, s := range settings.Of(tree()) {
		if settings.IsPath(s.Flag) {
			paths[s.Flag.Name] = true
		}
	}
	require.Equal(t, map[string]bool{"accept": true, "accepted": true, "body": true, "ca": true, "ca-dir": true, "cert": true, "html": true, "key": true, "out": true, "request-template": true, "sarif-location": true, "save": true, "schemas": true, "seen": true, "tape": true}, paths)
}

// A wrong file: what is said of it, and whether an editor says so, too.
type wrongConfig struct {
	line, text, problem string
	editors             bool
}

func wrongConfigs() []wrongConfig {
	return []wrongConfig{
		{"serve", "lisen: :1", `F:1:1: ringback has no setting "lisen"; did you mean "listen"?`, true},
		{"serve", "serve:\n  lisen: :1", `F:2:3: ringback serve has no setting "lisen"; did you mean "listen"?`, true},
		{"serve", "serv: {listen: :1}", `F:1:1: ringback has no setting "serv"; did you mean "serve"?`, true},
		{"serve", "banana: 1", "F:1:1: ringback has no setting \"banana\"; `ringback config show COMMAND` lists the settings", true},
		{"serve", "serve: {banana: 1}", "F:1:9: ringback serve has no setting \"banana\"; `ringback config show serve` lists the settings", true},
		{"serve", "catalog: {banana: 1}", "F:1:11: ringback catalog has no setting \"banana\"; `ringback config show catalog COMMAND` lists the settings", true},
		{"serve", "serve: {retry: none}", "F:1:9: ringback serve has no setting \"retry\"; `ringback config show serve` lists the settings", true},
		{"serve", "play: {lisen: :1}", "F:1:8: ringback play has no setting \"lisen\"; `ringback config show play` lists the settings", true},
		{"serve", "config: other.yaml", "F:1:9: expected a mapping with settings of ringback config, found string \"other.yaml\"", true},
		{"serve", "serve: {config: other.yaml}", "F:1:9: ringback serve has no setting \"config\"; `ringback config show serve` lists the settings", true},
		{"serve", "help: true", "F:1:1: ringback has no setting \"help\"; `ringback config show COMMAND` lists the settings", true},
		{"serve", "completion: {bash: {no-descriptions: true}}", `F:1:1: ringback has no setting "completion"; ` + "`ringback config show COMMAND` lists the settings", true},
		{"serve", "- listen", "F:1:1: expected a mapping with settings of ringback, found a list", true},
		{"serve", "serve: true", "F:1:8: expected a mapping with settings of ringback serve, found boolean true", true},
		{"serve", "listen: [a]", "F:1:9: read listen for ringback grade: expected a text, found a list", true},
		{"serve", "serve: {listen: null}", "F:1:17: read listen for ringback serve: expected a text, found null", true},
		{"serve", "serve:\n  to: [a, {b: c}]", "F:2:11: read to for ringback serve: expected a text or a list of texts, found a mapping", true},
		{"serve", "serve: {to: {b: c}}", "F:1:13: read to for ringback serve: expected a text or a list of texts, found a mapping", true},
		{"serve", "serve: {tls: yes}", "F:1:14: read tls for ringback serve: expected true or false, found string \"yes\"", true},
		{"serve", "concurrency: many", "F:1:14: read concurrency for ringback emit: expected a whole number, found string \"many\"", true},
		{"serve", "serve: {concurrency: 1.5}", `F:1:22: read concurrency for ringback serve: "1.5" is not a whole number`, true},
		{"serve", "serve: {concurrency: 99999999999999999999}", "F:1:22: read concurrency for ringback serve: 99999999999999999999 is out of range", false},
		{"serve", "serve: {service-window: shut}", `F:1:25: read service-window for ringback serve: "shut" is not one of open, tracked`, true},
		{"tail", "tail: {format: json}", `F:1:16: read format for ringback tail: "json" is not one of pretty, ndjson`, true},
		{"tail", "format: toml", `F:1:9: read format for ringback catalog list: "toml" is not one of pretty, ndjson, json`, true},
		{"play", "to: [a, b]", "F:1:5: read to for ringback play: expected a text, found a list", false},
		{"listen", "delay: soon", `F:1:8: read delay for ringback listen: time: invalid duration "soon"`, false},
		{"serve", "listen: :1\nlisten: :2", `F:2:1: duplicate key "listen"`, false},
		{"serve", "lisen: :1\nserve: {tsl: true}",
			"F:1:1: ringback has no setting \"lisen\"; did you mean \"listen\"?\nF:2:9: ringback serve has no setting \"tsl\"; did you mean \"tls\"?", true},
		{"serve", "serve: {concurrency: 1.5, service-window: shut}",
			"F:1:22: read concurrency for ringback serve: \"1.5\" is not a whole number\nF:1:43: read service-window for ringback serve: \"shut\" is not one of open, tracked", true},
	}
}

func TestSettings_RejectInvalidFile(t *testing.T) {
	t.Parallel()
	for _, c := range wrongConfigs() {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			config := fileOf(t, "ringback.yaml", c.text)
			_, err := settled(t, c.line, config, nil)
			require.Error(t, err)
			require.NotErrorAs(t, err, new(cli.ExitError), "such an error exits with 2")
			require.Equal(t, c.problem, strings.ReplaceAll(err.Error(), config, "F"))
		})
	}
}

// One command takes what another refuses of a name that both have: a word that is not
// one of its own is left to the others, and a value of a wrong kind is an error.
func TestSettings_ValueOfAnotherCommand(t *testing.T) {
	t.Parallel()
	config := fileOf(t, "ringback.yaml", "format: json\nto: [a, b]")
	for line, fine := range map[string]bool{"validate": true, "serve": true, "tail": true, "play": false} {
		_, err := settled(t, line, config, nil)
		require.Equal(t, fine, err == nil, line)
	}
}

func TestSettings_ReportAllProblems(t *testing.T) {
	t.Parallel()
	config := fileOf(t, "ringback.yaml", "service-window: shut\n")
	_, err := settled(t, "serve", config, map[string]string{"RINGBACK_TLS": "maybe", "RINGBACK_SECRET_FILE": "/no/such/file"})
	require.EqualError(t, err, config+":1:17: read service-window for ringback serve: \"shut\" is not one of open, tracked\n"+
		"read the file of RINGBACK_SECRET_FILE: no such file or directory\n"+
		"read RINGBACK_TLS: \"maybe\" is neither true nor false")
}

func editorsTake(t *testing.T, text string) error {
	t.Helper()
	source, err := json.Marshal(settings.Schema(tree()))
	require.NoError(t, err)
	schema, err := jsonschema.CompileString("ringback.schema.json", string(source))
	require.NoError(t, err)
	f, err := document.ReadYAML("ringback.yaml", []byte(text))
	if err != nil {
		return nil //nolint:nilerr // that it is no YAML is for the reader to say
	}
	return schema.Validate(f.Root.Any())
}

func TestSettings_SchemaRejectsInvalidFiles(t *testing.T) {
	t.Parallel()
	for _, c := range wrongConfigs() {
		if err := editorsTake(t, c.text); c.editors {
			require.Error(t, err, c.text)
		} else {
			require.NoError(t, err, c.text)
		}
	}
}

// The example holds for every command, and editors take it.
func TestSettings_ExampleIsValid(t *testing.T) {
	t.Parallel()
	const example = "../../../docs/ringback.yaml"
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	require.NoError(t, editorsTake(t, string(text)))
	page, err := os.ReadFile("../../../docs/config.md")
	require.NoError(t, err)
	_, shown, _ := strings.Cut(string(page), "<!-- example -->\n```yaml\n")
	shown, _, _ = strings.Cut(shown, "```")
	_, body, _ := strings.Cut(string(text), "\n\n")
	require.Equal(t, body, shown)
	all := leaves(tree())
	require.Greater(t, len(all), 15)
	for _, c := range all {
		_, line, _ := strings.Cut(c.CommandPath(), " ")
		_, err := settled(t, line, example, nil)
		require.NoError(t, err, line)
	}
}

// Every command takes a file that gives each of its settings its default.
func TestSettings_FileSetsEveryFlag(t *testing.T) {
	t.Parallel()
	for _, c := range leaves(tree()) {
		t.Run(c.CommandPath(), func(t *testing.T) {
			t.Parallel()
			_, line, _ := strings.Cut(c.CommandPath(), " ")
			var text strings.Builder
			indent := ""
			for name := range strings.FieldsSeq(line) {
				text.WriteString(indent + name + ":\n")
				indent += "  "
			}
			command, err := settled(t, line, "", nil)
			require.NoError(t, err)
			for _, s := range settings.Of(command) {
				value, err := json.Marshal(settings.ShownValue(s.Flag))
				require.NoError(t, err)
				text.WriteString(indent + s.Flag.Name + ": " + string(value) + "\n")
			}
			require.NoError(t, editorsTake(t, text.String()))
			config := fileOf(t, "ringback.yaml", text.String())
			command, err = settled(t, line, config, nil)
			require.NoError(t, err)
			for _, s := range settings.Of(command) {
				require.Contains(t, settings.Origin(s.Flag), config, s.Flag.Name)
				require.Equal(t, s.Flag.DefValue, strings.ReplaceAll(s.Flag.Value.String(), filepath.Dir(config)+"/", ""), s.Flag.Name)
			}
		})
	}
}

// The kinds of flags that a file can give are those that there are.
func TestSettings_KindsOfFlags(t *testing.T) {
	t.Parallel()
	known := []string{"bool", "int", "string", "stringArray", "duration"}
	for _, s := range settings.Of(tree()) {
		require.Contains(t, known, s.Flag.Value.Type(), s.Flag.Name)
		_, list := s.Flag.Value.(pflag.SliceValue)
		require.Equal(t, list, s.Flag.Value.Type() == "stringArray", s.Flag.Name)
	}
}
