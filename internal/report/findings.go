package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// Findings formats the findings of one item: its source and type, then each finding with
// its location marked. firstLine is the number of the body's first line in its file, 0 if
// there is no file.
func Findings(s Style, source string, body []byte, firstLine int, item webhook.Item, findings []webhook.Finding, mask func(string) string) string {
	var b strings.Builder
	head := s.Bold(Clean(source))
	if item.Pointer != "" {
		head += " item " + Clean(item.Pointer)
	}
	fmt.Fprintf(&b, "%s  %s  %s\n", head, TypeName(item.Verdict), s.Level(item.Verdict.Level))
	for _, f := range findings {
		b.WriteString(finding(s, body, firstLine, f, mask))
	}
	b.WriteByte('\n')
	return b.String()
}

func finding(s Style, body []byte, firstLine int, f webhook.Finding, mask func(string) string) string {
	var b strings.Builder
	location := ""
	if f.Pointer != "" {
		location = " at " + Clean(f.Pointer)
	}
	fmt.Fprintf(&b, "  %s%s\n", s.LevelText(f.Level, f.Rule), location)
	b.WriteString(Frame(s, body, firstLine, f, mask))
	for _, row := range [][2]string{{"found", f.Found}, {"expected", f.Expected}, {"hint", f.Hint}, {"see", f.Document}} {
		if row[1] != "" {
			for i, line := range wrap(Clean(row[1]), s.width()-13) {
				label := row[0]
				if i > 0 {
					label = ""
				}
				fmt.Fprintf(&b, "    %-8s %s\n", label, line)
			}
		}
	}
	return b.String()
}

// wrap breaks a text at spaces into lines of at most width columns; a longer word has a
// line of its own.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case Width(line)+1+Width(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// Indent wraps a text into lines that begin with a number of spaces.
func Indent(s Style, spaces int, text string) string {
	margin := strings.Repeat(" ", spaces)
	return margin + strings.Join(wrap(text, s.width()-spaces), "\n"+margin)
}
