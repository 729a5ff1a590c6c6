package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// cleanLines is Clean that keeps the lines of a text.
func cleanLines(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = Clean(line)
	}
	return strings.Join(lines, "\n")
}

// evidenceText returns the description, evidence, location and references of a result as
// plain text.
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
		fmt.Fprintf(&b, "reproduce: %s\n", r.Reproduce)
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

// heading returns the ID of a result, and its name if that differs.
func heading(r webhook.Result) string {
	if r.Name == r.ID {
		return Clean(r.ID)
	}
	return Clean(strings.TrimSpace(r.ID + " " + r.Name))
}

// breakLine breaks a text at a space near the end of a line, or anywhere if there is no
// space, as in many bodies. It keeps every character.
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
