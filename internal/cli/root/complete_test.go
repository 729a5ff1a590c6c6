package root

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// Wherever a flag takes one of a few words, or a name that Ringback has, the shell offers it.
func TestComplete_EveryFlagWithKnownValues(t *testing.T) {
	t.Parallel()
	known, count := valuesOfFlags(), 0
	for _, c := range everyCommand(commandTree()) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			_, few := f.Value.(*cli.EnumFlag)
			if !few && known[f.Name] == nil && known[c.Name()+"."+f.Name] == nil {
				return
			}
			count++
			offered, found := c.GetFlagCompletionFunc(f.Name)
			require.True(t, found, "%s --%s", c.CommandPath(), f.Name)
			list, _ := offered(c, nil, "")
			require.NotEmpty(t, list, "%s --%s", c.CommandPath(), f.Name)
		})
	}
	require.Greater(t, count, 50)
}

// Each entry of the table is for a flag that exists.
func TestComplete_TableNamesFlagsThatExist(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, c := range everyCommand(commandTree()) {
		c.Flags().VisitAll(func(f *pflag.Flag) { there[f.Name], there[c.Name()+"."+f.Name] = true, true })
	}
	for name := range valuesOfFlags() {
		require.True(t, there[name], "no command has a flag %s", name)
	}
}

// In bash, which splits words at ":" and "=", what is offered continues the last piece.
func TestComplete_InBash(t *testing.T) {
	t.Parallel()
	const library = "/usr/share/bash-completion/bash_completion"
	if _, err := os.Stat(library); err != nil {
		t.Skip("the package bash-completion is not installed; this runs wherever it is")
	}
	bin := t.TempDir()
	goInstall(t, append(os.Environ(), "GOBIN="+bin), repository, "./cmd/ringback")
	for _, c := range []struct{ words, want string }{
		{"ringback|grade|--only|lifec", "lifecycle"},
		{"ringback|grade|--only|lifecycle,dupl", `lifecycle,duplicate lifecycle,duplicate-request lifecycle,duplicates`},
		{"ringback|play|x|--fault|dupl", "duplicate"},
		{"ringback|play|x|--fault|duplicate|:|cou", "count="},
		{"ringback|play|x|--fault|duplicate|:|after|=|2s,c", "2s,copies=1 2s,count="},
		{"ringback|play|x|--with|=|recipient.ph", "recipient.phone="},
		{"ringback|validate|--report|jun", "junit="},
	} {
		words := strings.Split(c.words, "|")
		line := strings.NewReplacer("|:|", ":", "|=|", "=", "|", " ").Replace(c.words)
		script := "source " + library + "\nsource <(ringback completion bash)\nCOMP_WORDS=('" + strings.Join(words, "' '") + "')\n" +
			"COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE='" + line + "' COMP_POINT=${#COMP_LINE} COMP_TYPE=9\n" +
			"function=$(complete -p ringback)\nfunction=${function##*-F }\n${function%% *} 2>/dev/null\nprintf '%s\\n' \"${COMPREPLY[@]}\" | sort | tr '\\n' ' '\n"
		shell := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-c", script)
		shell.Env = append(os.Environ(), "LC_ALL=C", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
		var out bytes.Buffer
		shell.Stdout = &out
		require.NoError(t, shell.Run(), c.words)
		require.Equal(t, c.want, strings.TrimSpace(out.String()), c.words)
	}
}
