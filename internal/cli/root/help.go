package root

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/report"
)

// helpWidth is how many columns a help page has.
const helpWidth = 80

// A flagGroup is a heading of help pages, and the flags below it. An entry is the
// name of a flag, or COMMAND.FLAG for the flag of one command; that goes first.
type flagGroup struct {
	title string
	flags []string
}

// flagGroups are the headings of help pages, in their order. Every flag has a group.
func flagGroups() []flagGroup {
	return []flagGroup{
		{"Endpoint", []string{
			"to", "allow", "header", "bearer", "ca", "cert", "key", "concurrency", "retry", "timeout", "keep-trying", "strict-responses", "request-template", "start", "wait", "state-url",
		}},
		{"Signature and handshake", []string{"secret", "signature", "resign", "handshake", "handshake-value", "verify-token"}},
		{"Server", []string{
			"listen", "control-listen", "control-token", "no-control-token", "control-host", "max-connections", "server", "session", "tls", "ca-dir", "proxy", "api-key", "service-window", "memory",
			"inbox-status", "listen.status", "delay",
		}},
		{"Scenario", []string{"provider", "with", "set", "at", "seed", "first-user", "count", "rate", "speed", "fill", "variant", "account", "body"}},
		{"Probes", []string{"only", "skip", "budget"}},
		{"Faults", []string{"fault"}},
		{"Selection", []string{
			"validate.provider", "listen.provider", "catalog.provider", "coverage.provider", "tail.provider", "table.provider", "magic.provider", "event", "type",
			"id", "phone", "status", "state", "kind", "all", "tail.count", "listen.count", "accepted", "seen", "seeds", "name", "ignore-unread",
		}},
		{"Result", []string{"fail-on", "sequence", "now", "accept", "min"}},
		{"Output", []string{"format", "report", "tape", "out", "save", "html", "sarif-location", "quiet", "origin", "missing", "no-descriptions"}},
		{"Global", []string{"schemas", "config", "help", "version"}},
	}
}

// groupOf is the index of a flag's group; -1 if it has none.
func groupOf(c *cobra.Command, flag string) int {
	find := func(name string) int {
		return slices.IndexFunc(flagGroups(), func(g flagGroup) bool { return slices.Contains(g.flags, name) })
	}
	for at := c; at != nil; at = at.Parent() {
		if i := find(at.Name() + "." + flag); i >= 0 {
			return i
		}
	}
	return find(flag)
}

// helpPage writes the description of a command, and how it is used.
func helpPage(w io.Writer, c *cobra.Command) error {
	var b strings.Builder
	about := c.Long
	if about == "" {
		about = c.Short
	}
	for paragraph := range strings.SplitSeq(about, "\n\n") {
		if !strings.HasPrefix(paragraph, "  ") { // what is indented keeps its lines
			paragraph = report.Indent(report.Style{Width: helpWidth}, 0, paragraph)
		}
		b.WriteString(paragraph + "\n\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	return usagePage(w, c)
}

// usagePage writes how a command is called, examples, the commands below it, and its
// flags in groups.
func usagePage(w io.Writer, c *cobra.Command) error {
	var b strings.Builder
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "Usage:\n  %s COMMAND\n", c.CommandPath())
	} else {
		fmt.Fprintf(&b, "Usage:\n  %s\n", c.UseLine())
	}
	if c.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
	}
	writeCommands(&b, c)
	writeFlags(&b, c)
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nRun `%s COMMAND -h` for the help of a command.\n", c.CommandPath())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCommands lists the commands below one.
func writeCommands(b *strings.Builder, c *cobra.Command) {
	if !c.HasAvailableSubCommands() {
		return
	}
	b.WriteString("\nCommands:\n")
	width := 0
	for _, below := range c.Commands() {
		width = max(width, len(below.Name()))
	}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() || below.Name() == "help" {
			text := report.Indent(report.Style{Width: helpWidth}, width+4, below.Short)
			fmt.Fprintf(b, "  %-*s%s\n", width, below.Name(), text[width+2:])
		}
	}
}

// writeFlags lists the flags of a command, and those of the commands above it.
func writeFlags(b *strings.Builder, c *cobra.Command) {
	groups := flagGroups()
	sets := make([]*pflag.FlagSet, len(groups)+1)
	for i := range sets {
		sets[i] = pflag.NewFlagSet("", pflag.ContinueOnError)
	}
	add := func(f *pflag.Flag) {
		i := groupOf(c, f.Name)
		if i < 0 {
			i = len(groups)
		}
		if sets[i].Lookup(f.Name) == nil {
			sets[i].AddFlag(f)
		}
	}
	c.LocalFlags().VisitAll(add)
	c.InheritedFlags().VisitAll(add)
	for i, group := range append(groups, flagGroup{title: "Other"}) {
		if sets[i].HasAvailableFlags() {
			fmt.Fprintf(b, "\n%s:\n%s", group.title, sets[i].FlagUsagesWrapped(helpWidth))
		}
	}
}

// newHelp prints the help of a command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Print the help of a command",
		Example: "  ringback help play\n  ringback help scenario lint",
		ValidArgsFunction: func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return commandNames(c.Root(), args), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = about.ValidateArgs(rest) // a command with subcommands lists their names
			}
			if err != nil {
				return err
			}
			about.InitDefaultHelpFlag()
			about.InitDefaultVersionFlag()
			return about.Help()
		},
	}
}

// bashColonAndEquals completes a value such as NAME:KEY=VALUE,KEY=. Bash splits words at
// both signs; cobra's script cuts what stands before the colon, but not what stands
// between it and the last "=".
const bashColonAndEquals = `
__ringback_start()
{
    __start_ringback "$@"
    local cur i before
    _get_comp_words_by_ref -n =: cur
    [[ $cur == *:*=* && $COMP_WORDBREAKS == *:* && $COMP_WORDBREAKS == *=* ]] || return 0
    before=${cur##*:}
    before=${before%"${before##*=}"}
    for i in "${!COMPREPLY[@]}"; do
        COMPREPLY[i]=${COMPREPLY[i]#"$before"}
    done
}
complete -o default -F __ringback_start ringback
`

// newCompletion prints the script that completes command lines in a shell.
func newCompletion(s cli.Streams) *cobra.Command {
	var plain bool
	scripts := map[string]func(root *cobra.Command) error{
		"bash": func(root *cobra.Command) error {
			err := root.GenBashCompletionV2(s.Out, !plain)
			if err == nil {
				_, err = io.WriteString(s.Out, bashColonAndEquals)
			}
			return err
		},
		"fish": func(root *cobra.Command) error { return root.GenFishCompletion(s.Out, !plain) },
		"zsh": func(root *cobra.Command) error {
			if plain {
				return root.GenZshCompletionNoDesc(s.Out)
			}
			return root.GenZshCompletion(s.Out)
		},
		"powershell": func(root *cobra.Command) error {
			if plain {
				return root.GenPowerShellCompletion(s.Out)
			}
			return root.GenPowerShellCompletionWithDesc(s.Out)
		},
	}
	c := &cobra.Command{
		Use:   "completion (bash | zsh | fish | powershell)",
		Short: "Print a script that completes command lines in your shell",
		Long: "Print a script for your shell. Once you load it, Tab completes commands, flags and\n" +
			"their values: routes, event types, scenarios, probes and faults. The script for\n" +
			"bash needs the package bash-completion.",
		Example: "  source <(ringback completion bash)\n" +
			"  ringback completion zsh >\"${fpath[1]}/_ringback\"\n" +
			"  ringback completion fish >~/.config/fish/completions/ringback.fish\n" +
			"  ringback completion powershell | Out-String | Invoke-Expression",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      cobra.MatchAll(cli.OneArgument("print completion: no shell; name bash, zsh, fish or powershell"), cobra.OnlyValidArgs),
		RunE:      func(c *cobra.Command, args []string) error { return cli.WriteError(scripts[args[0]](c.Root())) },
	}
	c.DisableFlagsInUseLine = true
	c.Flags().BoolVar(&plain, "no-descriptions", false, "leave descriptions out")
	return c
}
