package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// Whole returns the results about a capture as a whole: one for each rule and event type, and one
// with the counts. failing is the outcome of drift.
func Whole(s *sequence.Summary, failing webhook.Outcome) []webhook.Result {
	if s == nil || !s.Notable() {
		return nil
	}
	var all []webhook.Result
	for _, f := range append(append([]sequence.Finding{}, s.Drift...), s.Notes...) {
		n := len(all) - 1
		if n < 0 || all[n].Key != f.Type || all[n].Name != f.ID || all[n].Level != levelOf(f) {
			all = append(all, wholeResult(f, failing))
			n++
		}
		one := &all[n]
		if one.Count++; len(one.Evidence) < maxWholeEvidence {
			one.Evidence = append(one.Evidence, webhook.Evidence{Title: f.Text, Text: sideText(f.First) + "\n" + sideText(f.Second)})
		}
	}
	for i := range all {
		if all[i].Count > 1 {
			all[i].Reason += fmt.Sprintf("; the first of %d", all[i].Count)
		}
	}
	return append(all, webhook.Result{
		ID: sequence.Name, Name: "counts", Group: sequence.Name, Description: "what is counted over the whole capture", Outcome: webhook.OutcomePassed,
		Reason: strings.Join(wholeCounts(s), "; "),
	})
}

// maxWholeEvidence bounds the findings that a result shows.
const maxWholeEvidence = 10

func levelOf(f sequence.Finding) webhook.Level {
	if f.Level == sequence.Drift {
		return webhook.LevelDrift
	}
	return webhook.LevelOK
}

func wholeResult(f sequence.Finding, failing webhook.Outcome) webhook.Result {
	r := webhook.Result{
		ID: sequence.Name, Name: f.ID, Group: sequence.Name, Key: f.Type, Level: levelOf(f), Outcome: webhook.OutcomePassed,
		Reason: string(f.Level) + ": " + f.Text + ": " + sideText(f.First) + "; " + sideText(f.Second), Line: f.Second.Line,
	}
	if f.Type != "" {
		r.Description = "the items of " + f.Type
	}
	if f.First.Number == 0 {
		r.Reason = string(f.Level) + ": " + f.Text
	}
	if f.Second.File != "stdin" {
		r.File = f.Second.File
	}
	if f.Level == sequence.Drift {
		r.Outcome = failing
	}
	return r
}

// sideText formats an item of a finding, and its value.
func sideText(s sequence.Side) string {
	if s.Number == 0 {
		return "the whole capture"
	}
	text := s.File
	if s.Line > 0 {
		text += fmt.Sprintf(":%d", s.Line)
	}
	if s.Item != "" {
		text += " " + s.Item
	}
	return fmt.Sprintf("%s (item %d): %s", text, s.Number, s.Value)
}

// wholeCounts formats the counts, and how many messages they are about.
func wholeCounts(s *sequence.Summary) []string {
	all := []string{plural(s.Messages, "message", "messages")}
	if s.Dropped > 0 {
		all[0] += fmt.Sprintf(", of which %d were dropped because more than %d were open; their later items count as new messages", s.Dropped, s.Window)
	}
	for _, c := range s.Counts {
		all = append(all, fmt.Sprintf("%s %s: %d", c.ID, c.Text, c.Count))
	}
	for _, c := range s.More {
		all = append(all, fmt.Sprintf("%s: %d more findings", c.ID, c.Count))
	}
	return all
}

// wholeText formats what was found in a capture as a whole, for the terminal.
func wholeText(s Style, sum *sequence.Summary) string {
	const maxCount, indent = 25, 12
	var b strings.Builder
	b.WriteString(s.Dim("sequence") + "\n")
	shown := 0
	for _, list := range [][]sequence.Finding{sum.Drift, sum.Notes} {
		for _, f := range list {
			if shown++; shown > maxCount {
				continue
			}
			head := fmt.Sprintf("%-5s  %s  ", f.Level, f.ID)
			b.WriteString(s.LevelText(levelOf(f), head) + strings.TrimLeft(Indent(s, indent, Clean(f.Text)), " ") + "\n")
			if f.First.Number > 0 {
				b.WriteString(s.Dim(Indent(s, indent, Clean(sideText(f.First)))) + "\n" + s.Dim(Indent(s, indent, Clean(sideText(f.Second)))) + "\n")
			}
		}
	}
	if shown > maxCount {
		fmt.Fprintf(&b, "… and %d more; --format json lists all\n", shown-maxCount)
	}
	for _, line := range wholeCounts(sum) {
		b.WriteString(Indent(s, 2, Clean(line)) + "\n")
	}
	return b.String()
}
