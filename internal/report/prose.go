package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// cleanLines is Clean for a text whose lines stay lines.
func cleanLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}

// evidenceText is all that shows a result, as plain text.
func evidenceText(r webhook.Result) string {
	var b strings.Builder
	if r.Description != "" {
		fmt.Fprintf(&b, "%s\n\n", r.Description)
	}
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "%s\n%s\n\n", Clean(e.Title), strings.TrimRight(e.Text, "\n"))
	}
	if r.Location != "" {
		fmt.Fprintf(&b, "location: %s\n", r.Location)
	}
	if r.Reproduce != "" {
		fmt.Fprintf(&b, "again: %s\n", r.Reproduce)
	}
	if len(r.References) > 0 {
		fmt.Fprintf(&b, "see: %s\n", strings.Join(r.References, ", "))
	}
	text := strings.TrimRight(cleanLines(b.String()), "\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}

// heading is what a result is called: its id, and its name if that says more.
func heading(r webhook.Result) string {
	if r.Name == r.ID {
		return Clean(r.ID)
	}
	return Clean(strings.TrimSpace(r.ID + " " + r.Name))
}

// breakLine breaks a text at a space near the end of a line, else anywhere: a body may
// have no space to break at. No character is lost.
func breakLine(text string, width int) []string {
	runes := []rune(text)
	var lines []string
	for width > 0 && len(runes) > width {
		cut := width
		for i := width; i > width*2/3; i-- {
			if runes[i-1] == ' ' {
				cut = i
				break
			}
		}
		lines = append(lines, string(runes[:cut]))
		runes = runes[cut:]
	}
	return append(lines, string(runes))
}
