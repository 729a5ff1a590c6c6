package root

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// helpOf is the help page of a command.
func helpOf(t *testing.T, c *cobra.Command) string {
	t.Helper()
	var out bytes.Buffer
	args := append(settings.PathOf(c), "-h")
	require.Equal(t, cli.ExitOK, run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &out, Err: io.Discard}), args)
	return out.String()
}

// Every help page fits a terminal, has an example that its own command understands, and
// shows each flag in a group. A flag without a group belongs into flagGroups.
func TestHelp_EveryPage(t *testing.T) {
	t.Parallel()
	root := commandTree()
	checked := 0
	var bad []string
	for _, c := range everyCommand(root) {
		if c.Hidden {
			continue
		}
		checked++
		page := helpOf(t, c)
		for _, why := range badHelp(root, c, page) {
			bad = append(bad, c.CommandPath()+": "+why)
		}
	}
	require.Empty(t, strings.Join(bad, "\n"))
	require.Greater(t, checked, 25)
}

// badHelp says what is wrong with the page of a command.
func badHelp(root, c *cobra.Command, page string) []string {
	var bad []string
	for line := range strings.SplitSeq(page, "\n") {
		if utf8.RuneCountInString(line) > helpWidth {
			bad = append(bad, "too wide: "+line)
		}
	}
	if !strings.Contains(page, "\nExamples:\n  ") {
		bad = append(bad, "no example")
	}
	own := false
	for line := range strings.SplitSeq(joined(c.Example), "\n") {
		for _, words := range commandLines(strings.ReplaceAll(line, "<(", "")) {
			if why := badCommand(root, words); why != "" {
				bad = append(bad, "example: "+why)
			}
			own = own || c == root || strings.HasPrefix(strings.Join(words, " ")+" ", strings.Join(settings.PathOf(c), " ")+" ")
		}
	}
	if !own {
		bad = append(bad, "no example calls "+c.CommandPath())
	}
	_, flags, _ := strings.Cut(page, "\nExamples:\n")
	_, flags, _ = strings.Cut(flags, "\n\n")
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if groupOf(c, f.Name) < 0 {
			bad = append(bad, "no group: --"+f.Name+"; add it to flagGroups")
		}
		if strings.Count(flags, "  --"+f.Name+" ")+strings.Count(flags, ", --"+f.Name+" ") != 1 && !f.Hidden {
			bad = append(bad, "not listed once: --"+f.Name)
		}
	})
	return bad
}

// A page that is too wide, has no example, or a flag without a group, is found.
func TestHelp_BadPageIsFound(t *testing.T) {
	t.Parallel()
	root := NewCommand(&cli.Factory{Streams: cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}})
	c := &cobra.Command{Use: "wide", Run: func(*cobra.Command, []string) {}}
	c.Flags().Bool("unknown-to-all", false, "")
	root.AddCommand(c)
	var out bytes.Buffer
	require.NoError(t, usagePage(&out, c))
	require.Contains(t, out.String(), "\nOther:\n      --unknown-to-all")
	require.Equal(t, []string{
		"too wide: " + strings.Repeat("x", helpWidth+1), "no example", "no example calls ringback wide",
		"not listed once: --config", "no group: --unknown-to-all; add it to flagGroups",
	}, badHelp(root, c, strings.Repeat("x", helpWidth+1)+"\nExamples:\n\n"+strings.ReplaceAll(out.String(), "--config", "")))
}

func TestHelp_GroupsNameEachFlagOnce(t *testing.T) {
	t.Parallel()
	var all []string
	for _, g := range flagGroups() {
		all = append(all, g.flags...)
	}
	slices.Sort(all)
	require.Equal(t, slices.Compact(slices.Clone(all)), all)
}

// The defaults that help names in words are those of the data.
func TestHelp_NamesTheDefaultRoute(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	route, err := catalog.Route(catalog.Default().Name)
	require.NoError(t, err)
	root := commandTree()
	for _, c := range []string{"play", "plan", "emit", "grade"} {
		command, _, err := root.Find([]string{c})
		require.NoError(t, err)
		require.Contains(t, command.Flag("provider").Usage, route.Name+")", c)
	}
}

func TestVersion_CommandAndFlagPrintTheSame(t *testing.T) {
	t.Parallel()
	code, flag, errs := ran(t, "--version")
	require.Equal(t, cli.ExitOK, code, errs)
	code, command, errs := ran(t, "version")
	require.Equal(t, cli.ExitOK, code, errs)
	require.Equal(t, flag, command)
	require.Regexp(t, `^ringback .+, go1\.\d+.*, \w+/\w+\n$`, command)
}
