package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// annotations are a report as workflow commands of GitHub Actions: a line for each
// result that is no pass.
func annotations(r Report) string {
	var b strings.Builder
	if !r.Complete {
		fmt.Fprintf(&b, "::error title=%s::%s\n", property(r.Title), message(incomplete))
	}
	for _, one := range r.Results {
		command := map[webhook.Outcome]string{webhook.Failed: "error", webhook.Undecided: "warning"}[one.Outcome]
		if command == "" {
			continue
		}
		place := ""
		if one.File != "" {
			place = "file=" + property(one.File) + ","
			if one.Line > 0 {
				place += fmt.Sprintf("line=%d,", one.Line)
			}
			if one.Column > 0 {
				place += fmt.Sprintf("col=%d,", one.Column)
			}
		}
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", command, place, property(strings.TrimSpace(one.ID+" "+one.Name)), message(one.Reason))
	}
	return b.String()
}

// message and property are escaped as the runner wants it; without that, a captured
// body could give it commands.
func message(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

func property(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(text)
}

// summary is a report in Markdown, for the page of a job.
func summary(r Report) string {
	var b strings.Builder
	s := r.Score()
	fmt.Fprintf(&b, "## %s\n\n%d passed, %d failed, %d inconclusive, %d not applicable\n\n", cell(r.Title), s.Passed, s.Failed, s.Undecided, s.NotApplicable)
	if !r.Complete {
		fmt.Fprintf(&b, "**%s**\n\n", incomplete)
	}
	for _, g := range r.Groups() {
		fmt.Fprintf(&b, "### %s: %s\n\n| | check | result | reason |\n|---|---|---|---|\n", cell(g.Name), scoreText(g.Score))
		for _, one := range g.Results {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(one.ID), cell(one.Name), one.Outcome, cell(one.Reason))
		}
		b.WriteString("\n")
	}
	for _, one := range r.Results {
		if one.Outcome == webhook.Failed {
			fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n", cell(one.ID+" "+one.Name))
			for line := range strings.Lines(evidenceText(one)) {
				b.WriteString("    " + Clean(strings.TrimRight(line, "\n")) + "\n")
			}
			b.WriteString("\n</details>\n\n")
		}
	}
	return b.String()
}

// cell is a text that neither ends a cell of a table nor is taken for Markdown.
func cell(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", "|", "\\|", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[").Replace(Clean(text))
}
