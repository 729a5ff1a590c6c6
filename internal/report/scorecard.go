package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// status returns a text in the color of a status.
func (s Style) status(of status, text string) string {
	switch of {
	case passed:
		return s.paint("32", text)
	case failed:
		return s.paint("31", text)
	case warning:
		return s.paint("33", text)
	case inconclusive:
		return s.paint("35", text)
	}
	return s.Dim(text)
}

// Scorecard formats a report for the terminal: each group with its score, each result in
// a line, and then the details of each failure.
func Scorecard(s Style, r Report) string {
	var b strings.Builder
	head := r.Title
	if r.Endpoint != "" {
		head += " at " + r.Endpoint
	}
	if r.Seed != "" {
		head += ", seed " + r.Seed
	}
	b.WriteString(s.Bold(Indent(s, 0, Clean(head))) + "\n")
	if reason := r.inconclusiveReason(); reason != "" {
		b.WriteString(s.status(failed, reason) + "\n")
	}
	for _, text := range r.Warnings {
		b.WriteString(s.Dim(Indent(s, 0, Clean(text))) + "\n")
	}
	widths := columnsOf(r)
	for _, g := range r.Groups() {
		fmt.Fprintf(&b, "\n%s  %s\n", s.Bold(Clean(g.Name)), s.Dim(scoreText(g.Score)))
		for _, one := range g.Results {
			b.WriteString(resultLine(s, one, widths))
		}
	}
	for _, one := range r.Results {
		if of := statusOf(one); of == failed || of == warning {
			b.WriteString("\n" + details(s, one))
		}
	}
	b.WriteString("\n" + closing(s, r))
	return b.String()
}

func scoreText(s Score) string {
	text := fmt.Sprintf("%d of %d", s.Passed, s.Decided())
	for _, one := range s.parts() {
		if one.n > 0 && one.of != passed && one.of != failed && one.of != notApplicable {
			text += fmt.Sprintf(", %d %s", one.n, one.word())
		}
	}
	if s.Decided() == 0 && s.Inconclusive == 0 {
		text = "not applicable"
	}
	return text
}

// The measures of a scorecard, in characters and lines.
const (
	outcomeWidth  = 14 // of "not applicable"
	maxID         = 16
	maxName       = 32
	minReason     = 20 // with less room, the reason is below the name
	maxEvidence   = 30 // lines of one evidence
	evidenceSpace = 4
)

// columns are the widths of the IDs and the names of a report.
type columns struct{ id, name int }

func columnsOf(r Report) columns {
	c := columns{id: 4}
	for _, one := range r.Results {
		c.id = max(c.id, min(Width(one.ID), maxID))
		c.name = max(c.name, min(Width(one.Name), maxName))
	}
	return c
}

// resultLine formats a result in a line, or in several if the reason is long.
func resultLine(s Style, r webhook.Result, c columns) string {
	left := fmt.Sprintf("  %-*s %-*s  ", c.id, Middle(Clean(r.ID), maxID), c.name, Middle(Clean(r.Name), maxName))
	of := statusOf(r)
	word, reason := string(of), Clean(reasonOf(r))
	indent := Width(left) + outcomeWidth + 2
	if room := s.width() - indent; room >= minReason {
		padded := word + strings.Repeat(" ", max(0, outcomeWidth-len(word)))
		lines := strings.Join(wrap(reason, room), "\n"+strings.Repeat(" ", indent))
		return strings.TrimRight(left+s.status(of, padded)+"  "+lines, " ") + "\n"
	}
	line := left + s.status(of, word) + "\n"
	if reason != "" {
		line += Indent(s, 7, reason) + "\n"
	}
	return line
}

// details formats a failure with its evidence, its command and its references.
func details(s Style, r webhook.Result) string {
	var b strings.Builder
	head, description := heading(r), Clean(r.Description)
	b.WriteString(s.status(statusOf(r), s.Bold(head)))
	switch {
	case description == "":
	case Width(head+description)+2 <= s.width():
		b.WriteString("  " + description)
	default:
		b.WriteString("\n" + Indent(s, 2, description))
	}
	b.WriteString("\n" + Indent(s, 2, Clean(reasonOf(r))) + "\n")
	for _, e := range r.Evidence {
		b.WriteString(s.Bold(Indent(s, 2, Clean(e.Title))) + "\n" + shownEvidence(s, e.Text))
	}
	if r.Location != "" {
		fmt.Fprintf(&b, "  %s\n    %s\n", s.Bold("location"), Clean(r.Location))
	}
	if r.Reproduce != "" {
		fmt.Fprintf(&b, "  %s\n    %s\n", s.Bold("reproduce"), Clean(r.Reproduce))
	}
	if len(r.References) > 0 {
		fmt.Fprintf(&b, "  %s\n%s\n", s.Bold("see"), Indent(s, 4, Clean(strings.Join(r.References, ", "))))
	}
	return b.String()
}

// shownEvidence formats a text with a margin, broken where it is too wide and truncated
// where it is too long.
func shownEvidence(s Style, text string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(cleanLines(text), "\n"), "\n") {
		lines = append(lines, breakLine(line, s.width()-evidenceSpace)...)
	}
	if more := len(lines) - maxEvidence; more > 1 {
		lines = append(lines[:maxEvidence:maxEvidence], fmt.Sprintf("… %d more lines; use --report json=FILE for all", more))
	}
	var b strings.Builder
	for _, line := range lines {
		if line = strings.TrimRight(line, " "); line != "" || len(lines) > 1 {
			b.WriteString(strings.TrimRight(strings.Repeat(" ", evidenceSpace)+line, " ") + "\n")
		}
	}
	return b.String()
}

func closing(s Style, r Report) string {
	var parts []string
	for _, one := range r.Score().parts() {
		if one.n > 0 || one.of == passed {
			parts = append(parts, s.status(one.of, fmt.Sprintf("%d %s", one.n, one.word())))
		}
	}
	text := r.total() + strings.Join(parts, ", ")
	if r.Duration > 0 {
		unit := 100 * time.Millisecond
		if r.Duration < time.Second {
			unit = time.Millisecond
		}
		text += s.Dim(", in " + r.Duration.Round(unit).String())
	}
	return text + "\n"
}
