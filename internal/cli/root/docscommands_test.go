package root

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// badCommands complains about the command lines of a page that name a command or
// a flag that there is not.
func (p docsPage) badCommands(root *cobra.Command) []string {
	var bad []string
	complain := func(c placed, why string) {
		if why != "" {
			bad = append(bad, fmt.Sprintf("%s:%d: %s, in: %s", p.name, c.line, why, strings.TrimSpace(c.text)))
		}
	}
	for _, c := range slices.Concat(p.code, p.spans) {
		for _, words := range commandLines(c.text) {
			complain(c, badCommand(root, words))
		}
	}
	for _, c := range p.spans {
		complain(c, badFlag(root, c.text))
	}
	return bad
}

var (
	assignment  = regexp.MustCompile(`^[A-Z_]+=`)
	placeholder = regexp.MustCompile(`^[\[(<]|…|^[A-Z]{2,}`)
	aloneFlag   = regexp.MustCompile(`^--([a-z][a-z-]*)`)
)

// commandLines are the calls of ringback in a line of a shell: what follows its name.
func commandLines(line string) [][]string {
	var all [][]string
	var words []string
	end := func() {
		if args, ok := ofRingback(words); ok {
			all = append(all, args)
		}
		words = nil
	}
	for _, word := range shellWords(strings.Join(strings.Fields(line), " ")) {
		switch word {
		case "#":
			end()
			return all
		case "|", "||", "&&", "&", ";":
			end()
		default:
			words = append(words, word)
		}
	}
	end()
	return all
}

// ofRingback are the arguments of ringback, if the words call it.
func ofRingback(words []string) (args []string, ok bool) {
	for len(words) > 0 && (words[0] == "$" || words[0] == "-" || assignment.MatchString(words[0])) {
		words = words[1:]
	}
	switch {
	case len(words) > 2 && slices.Equal(words[:3], []string{"go", "run", "./cmd/ringback"}):
		return words[3:], true
	case len(words) > 1 && path.Base(words[0]) == "ringback":
		return words[1:], true
	}
	return nil, false
}

// badCommand says what is wrong with a command line; what stands for something
// else, such as SCENARIO or […], is taken for right.
func badCommand(c *cobra.Command, words []string) string {
	for i := 0; i < len(words); i++ {
		word := strings.Trim(words[i], "()[],")
		switch {
		case word == "--":
			return "" // another command line follows
		case strings.HasPrefix(word, "-") && word != "-":
			f := flagNamed(c, word)
			if f == nil {
				return fmt.Sprintf("%s has no flag %s", c.CommandPath(), word)
			}
			if f.NoOptDefVal == "" && !strings.Contains(word, "=") {
				i++ // its value
			}
		case c.HasSubCommands():
			at := slices.IndexFunc(c.Commands(), func(b *cobra.Command) bool { return b.Name() == word })
			switch {
			case at >= 0:
				c = c.Commands()[at]
			case placeholder.MatchString(words[i]):
				return ""
			default:
				return fmt.Sprintf("%s has no command %q", c.CommandPath(), word)
			}
		}
	}
	return ""
}

// flagNamed is the flag of a command that a word such as --to or --to=URL means.
func flagNamed(c *cobra.Command, word string) *pflag.Flag {
	c.InitDefaultHelpFlag()
	if name, long := strings.CutPrefix(word, "--"); long {
		name, _, _ = strings.Cut(name, "=")
		return c.Flag(name)
	}
	if len(word) == len("-h") {
		return c.Flags().ShorthandLookup(word[1:])
	}
	return nil
}

// badFlag says what is wrong with a piece of code that is a flag: some command
// has to have it.
func badFlag(root *cobra.Command, code string) string {
	found := aloneFlag.FindStringSubmatch(code)
	if found == nil || slices.ContainsFunc(everyCommand(root), func(c *cobra.Command) bool { return flagNamed(c, found[0]) != nil }) {
		return ""
	}
	return "no command has a flag " + found[0]
}

// everyCommand is a command and all below it.
func everyCommand(c *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{c}
	for _, b := range c.Commands() {
		all = append(all, everyCommand(b)...)
	}
	return all
}
