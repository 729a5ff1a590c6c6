package root

import (
	"strings"
)

// joined puts lines together that a backslash or an open quote continues.
func joined(block string) string {
	var out strings.Builder
	open := false
	for line := range strings.SplitSeq(block, "\n") {
		if open = open != (strings.Count(line, "'")%2 == 1); open {
			out.WriteString(line + " ")
			continue
		}
		if head, more := strings.CutSuffix(line, "\\"); more {
			out.WriteString(head)
			continue
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// shellWords splits a line as a shell does, of which it knows single quotes.
func shellWords(line string) []string {
	var words []string
	var word strings.Builder
	quoted, has := false, false
	for _, c := range line {
		switch {
		case c == '\'':
			quoted, has = !quoted, true
		case c == ' ' && !quoted:
			if has {
				words = append(words, word.String())
			}
			word.Reset()
			has = false
		default:
			word.WriteRune(c)
			has = true
		}
	}
	if has {
		words = append(words, word.String())
	}
	return words
}
