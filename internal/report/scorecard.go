package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/webhook"
)

// Outcome writes an outcome's word in its colour.
func (s Style) Outcome(o webhook.Outcome, text string) string {
	switch o {
	case webhook.Passed:
		return s.paint("32", text)
	case webhook.Failed:
		return s.paint("31", text)
	case webhook.Undecided:
		return s.paint("35", text)
	}
	return s.Dim(text)
}

// Scorecard is a report for people: each group with its score, each result in a line,
// and then what shows each failure.
func Scorecard(s Style, r Report) string {
	var b strings.Builder
	head := r.Title
	if r.Target != "" {
		head += " at " + r.Target
	}
	if r.Seed != "" {
		head += ", seed " + r.Seed
	}
	b.WriteString(s.Bold(Clean(head)) + "\n")
	if !r.Complete {
		b.WriteString(s.Outcome(webhook.Failed, incomplete) + "\n")
	}
	for _, notice := range r.Notices {
		b.WriteString(s.Dim(Clean(notice)) + "\n")
	}
	width := 0
	for _, one := range r.Results {
		width = max(width, utf8.RuneCountInString(one.Name))
	}
	for _, g := range r.Groups() {
		fmt.Fprintf(&b, "\n%s  %s\n", s.Bold(Clean(g.Name)), s.Dim(scoreText(g.Score)))
		for _, one := range g.Results {
			b.WriteString(resultLine(s, one, width))
		}
	}
	for _, one := range r.Results {
		if one.Outcome == webhook.Failed {
			b.WriteString("\n" + details(s, one))
		}
	}
	b.WriteString("\n" + closing(s, r))
	return b.String()
}

func scoreText(s Score) string {
	text := fmt.Sprintf("%d of %d", s.Passed, s.Decided())
	if s.Undecided > 0 {
		text += fmt.Sprintf(", %d inconclusive", s.Undecided)
	}
	if s.Decided() == 0 && s.Undecided == 0 {
		text = "not applicable"
	}
	return text
}

const outcomeWidth = 14 // of "not applicable"

// resultLine is a result in a line, or in more if the reason is long.
func resultLine(s Style, r webhook.Result, width int) string {
	left := fmt.Sprintf("  %-4s %-*s  ", Clean(r.ID), width, Clean(r.Name))
	word := r.Outcome.String()
	padded := word + strings.Repeat(" ", max(0, outcomeWidth-len(word)))
	indent := utf8.RuneCountInString(left) + outcomeWidth + 2
	room := s.width() - indent
	reason := wrap(Clean(r.Reason), room)
	if room < 20 { // a name so long that the reason stands below
		indent = 7
		reason = append([]string{""}, wrap(Clean(r.Reason), s.width()-indent)...)
	}
	lines := strings.Join(reason, "\n"+strings.Repeat(" ", indent))
	return strings.TrimRight(left+s.Outcome(r.Outcome, padded)+"  "+lines, " ") + "\n"
}

// details show a failure with its evidence, how to see it again, and where to read on.
func details(s Style, r webhook.Result) string {
	var b strings.Builder
	b.WriteString(strings.TrimRight(s.Outcome(webhook.Failed, s.Bold(Clean(r.ID+" "+r.Name)))+"  "+Clean(r.About), " ") + "\n")
	b.WriteString(Indent(s, 2, Clean(r.Reason)) + "\n")
	for _, e := range r.Evidence {
		fmt.Fprintf(&b, "  %s\n", s.Bold(Clean(e.Title)))
		for text := range strings.Lines(e.Text) {
			text = strings.TrimRight(text, "\n")
			for _, part := range broken(Clean(text), s.width()-4) {
				b.WriteString(strings.TrimRight("    "+part, " ") + "\n")
			}
		}
	}
	if r.Reproduce != "" {
		fmt.Fprintf(&b, "  %s\n    %s\n", s.Bold("again"), Clean(r.Reproduce))
	}
	if len(r.References) > 0 {
		fmt.Fprintf(&b, "  %s\n%s\n", s.Bold("see"), Indent(s, 4, Clean(strings.Join(r.References, ", "))))
	}
	return b.String()
}

func closing(s Style, r Report) string {
	score := r.Score()
	parts := []string{s.Outcome(webhook.Passed, fmt.Sprintf("%d passed", score.Passed))}
	for _, one := range []struct {
		n int
		o webhook.Outcome
		w string
	}{{score.Failed, webhook.Failed, "failed"}, {score.Undecided, webhook.Undecided, "inconclusive"}, {score.NotApplicable, webhook.NotApplicable, "not applicable"}} {
		if one.n > 0 {
			parts = append(parts, s.Outcome(one.o, fmt.Sprintf("%d %s", one.n, one.w)))
		}
	}
	text := strings.Join(parts, ", ")
	if r.Took > 0 {
		text += s.Dim(", in " + r.Took.Round(100*time.Millisecond).String())
	}
	return text + "\n"
}

// broken breaks a text anywhere: a body has no spaces to break at.
func broken(text string, width int) []string {
	runes := []rune(text)
	var lines []string
	for len(runes) > width {
		lines = append(lines, string(runes[:width]))
		runes = runes[width:]
	}
	return append(lines, string(runes))
}
