package grade

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// again is the command that runs one probe once more: with the flags of this run, but
// for those that chose the probes and say where the results go. What may be secret is
// named as the variable that it can come from, and not shown.
func again(flags *pflag.FlagSet, route, probe, seed string) string {
	words := []string{"ringback grade", "--to", cli.ShellWord(plainURL(flags.Lookup("to").Value.String())), "--provider", route, "--only", probe, "--seed", seed}
	left := []string{"to", "provider", "only", "seed", "skip", "budget", "report", "sarif-location", "save", "tape", "first-user", "accept", "fail-on"}
	flags.VisitAll(func(f *pflag.Flag) {
		if settings.Origin(f) == "default" || slices.Contains(left, f.Name) {
			return
		}
		if cli.IsSecret(f) {
			words = append(words, "--"+f.Name, `"$`+settings.Variable(f.Name)+`"`)
			return
		}
		if f.Value.Type() == "bool" {
			words = append(words, "--"+f.Name+"="+f.Value.String())
			return
		}
		for _, text := range valuesOf(f) {
			switch f.Name {
			case "state-url", "server":
				text = plainURL(text)
			case "with":
				text = schemas.MaskPhones(text)
			case "start": // which may set secrets
				text = "…"
			}
			words = append(words, "--"+f.Name, cli.ShellWord(text))
		}
	})
	return strings.Join(words, " ")
}

// valuesOf are the texts that a flag was given.
func valuesOf(f *pflag.Flag) []string {
	if several, ok := f.Value.(pflag.SliceValue); ok {
		return several.GetSlice()
	}
	return []string{f.Value.String()}
}

// plainURL is a URL without a password and the values of its query, and with its phone
// numbers masked: what is run again may be read by others.
func plainURL(text string) string {
	before, _, _ := strings.Cut(userOfURL.ReplaceAllString(text, "$1"), "#")
	before, query, found := strings.Cut(before, "?")
	if found && query != "" {
		before += "?…"
	}
	return schemas.MaskPhones(before)
}

// userOfURL is the user of a URL, which may be a template.
var userOfURL = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://)[^/?#]*@`)
