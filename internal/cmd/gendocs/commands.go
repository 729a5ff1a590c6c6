package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/root"
	"github.com/ringback-dev/ringback/internal/cli/settings"
)

// shownBelow are the commands right below one that are ours and not hidden.
func shownBelow(c *cobra.Command) []*cobra.Command {
	var shown []*cobra.Command
	for _, b := range settings.Below(c) {
		if b.IsAvailableCommand() {
			shown = append(shown, b)
		}
	}
	return shown
}

// commandsPage is docs/cli.md.
func commandsPage() string {
	root := root.NewCommand(&cli.Factory{})
	var b strings.Builder
	b.WriteString(`# The command line

` + generated + `
` + root.Long + `

Results are on standard output, all else is on standard error; a FILE may be ` + "`-`" + `, standard input or output. Each flag is a setting: its value
may come from its variable, or from ` + "`ringback.yaml`" + ` ([settings](config.md)). ` + "`ringback completion`" + ` makes your shell know the commands, their flags
and the names of the catalogue.

## Commands

`)
	b.WriteString(commandTable(root))
	b.WriteString("## Exit codes\n\n")
	b.WriteString(mdTable([]string{"code", "meaning"}, [][]string{
		{fmt.Sprint(cli.ExitOK), "fine"},
		{fmt.Sprint(cli.ExitFindings), "findings: something breaks the contract, was refused or failed; also what is inconclusive"},
		{fmt.Sprint(cli.ExitUsage), "the command line, a setting or data is wrong; also: nothing was validated"},
		{fmt.Sprint(cli.ExitEnvironment), "the environment: nobody answers, a file cannot be read or written, a port is taken"},
		{fmt.Sprint(cli.ExitInterrupted), "interrupted"},
	}))
	b.WriteString("## Flags of every command\n\n" + flagTable(root.PersistentFlags()))
	for _, c := range shownBelow(root) {
		writeCommand(&b, c, "##")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// commandTable lists the commands below one, with links to where they are described.
func commandTable(c *cobra.Command) string {
	var rows [][]string
	for _, b := range shownBelow(c) {
		rows = append(rows, []string{fmt.Sprintf("[`%s`](#%s)", b.CommandPath(), strings.ReplaceAll(b.CommandPath(), " ", "-")), b.Short})
	}
	return mdTable([]string{"command", "what it does"}, rows)
}

// writeCommand describes a command, and then those below it.
func writeCommand(b *strings.Builder, c *cobra.Command, level string) {
	fmt.Fprintf(b, "%s %s\n\n%s\n\n", level, c.CommandPath(), about(c))
	if c.HasSubCommands() {
		b.WriteString(commandTable(c))
	} else {
		fmt.Fprintf(b, "```text\n%s\n```\n\n", c.UseLine())
	}
	if c.HasExample() {
		b.WriteString("```sh\n")
		for line := range strings.Lines(c.Example) {
			b.WriteString(strings.TrimSpace(line) + "\n")
		}
		b.WriteString("```\n\n")
	}
	b.WriteString(flagTable(c.LocalNonPersistentFlags()))
	for _, below := range shownBelow(c) {
		writeCommand(b, below, level+"#")
	}
}

// about is what a command says of itself at length, or else shortly. What is
// indented there keeps its lines.
func about(c *cobra.Command) string {
	if c.Long == "" {
		return c.Short + "."
	}
	paragraphs := strings.Split(c.Long, "\n\n")
	for i, text := range paragraphs {
		if strings.HasPrefix(text, "  ") {
			paragraphs[i] = "```text\n" + text + "\n```"
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

func flagTable(flags *pflag.FlagSet) string {
	var rows [][]string
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		kind, usage := flagKind(f)
		variables := []string{code(settings.Variable(f.Name))}
		if cli.OnCommandLineOnly(f) {
			variables = []string{"-"}
		}
		if cli.IsSecret(f) {
			variables = append(variables, code(settings.Variable(f.Name)+"_FILE"))
		}
		rows = append(rows, []string{code("--" + f.Name), kind, flagDefault(f), inLines(variables...), prose(usage)})
	})
	return mdTable([]string{"flag", "takes", "default", "variable", "what it does"}, rows)
}

// flagKind is what a flag takes, and its usage.
func flagKind(f *pflag.Flag) (kind, usage string) {
	name, usage := pflag.UnquoteUsage(f)
	switch few, ok := f.Value.(*cli.EnumFlag); {
	case ok:
		return strings.Join(few.Words, ", "), usage
	case f.Value.Type() == "bool":
		return "-", usage
	}
	return code(name), usage
}

func flagDefault(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "[]", "false":
		return "-"
	}
	return code(f.DefValue)
}
