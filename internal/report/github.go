package report

import (
	"fmt"
	"html"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// annotations formats a report as workflow commands of GitHub Actions: a line for each
// result that didn't pass, and for each warning about the run.
func annotations(r Report) string {
	var b strings.Builder
	if reason := r.inconclusiveReason(); reason != "" {
		fmt.Fprintf(&b, "::error title=%s::%s\n", property(r.Title), message(reason))
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(&b, "::notice title=%s::%s\n", property(r.Title), message(text))
	}
	for _, one := range r.Results {
		command := map[status]string{failed: "error", warning: "warning", inconclusive: "warning", accepted: "notice"}[statusOf(one)]
		if command == "" && isWhole(one) {
			command = "notice"
		}
		if command == "" {
			continue
		}
		location := ""
		if one.File != "" {
			file := one.File
			if path, inside := r.Repository.PathOf(file); inside {
				file = path
			}
			location = "file=" + property(file) + ","
			if one.Line > 0 {
				location += fmt.Sprintf("line=%d,", one.Line)
			}
			if one.Line > 0 && one.Column > 0 {
				location += fmt.Sprintf("col=%d,", one.Column)
			}
		}
		fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", command, location, property(heading(one)), message(reasonOf(one)))
	}
	return b.String()
}

// message escapes a text for the runner. Without that, a captured body could inject
// commands.
func message(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(cleanLines(text))
}

// property escapes a text for the property of a command.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(message(text))
}

// summary formats a report as Markdown for the summary page of a job.
func summary(r Report) string {
	var b strings.Builder
	var counts []string
	for _, one := range r.Score().parts() {
		if one.n > 0 || one.of != warning && one.of != accepted {
			counts = append(counts, fmt.Sprintf("%d %s", one.n, one.word()))
		}
	}
	fmt.Fprintf(&b, "## %s\n\n%s%s\n\n", cell(r.Title), r.total(), strings.Join(counts, ", "))
	if reason := r.inconclusiveReason(); reason != "" {
		fmt.Fprintf(&b, "**%s**\n\n", reason)
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(&b, "%s\n\n", cell(text))
	}
	for _, g := range r.Groups() {
		fmt.Fprintf(&b, "### %s: %s\n\n| | check | result | reason |\n|---|---|---|---|\n", cell(g.Name), scoreText(g.Score))
		for _, one := range g.Results {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", cell(one.ID), cell(one.Name), statusOf(one), cell(reasonOf(one)))
		}
		b.WriteString("\n")
	}
	for _, one := range r.Results {
		if text := evidenceText(one); one.Outcome == webhook.OutcomeFailed && !one.Accepted() && text != "" {
			fmt.Fprintf(&b, "<details><summary>%s</summary>\n\n", html.EscapeString(heading(one)))
			for line := range strings.Lines(text) {
				b.WriteString("    " + line)
			}
			b.WriteString("\n</details>\n\n")
		}
	}
	return b.String()
}

// cell escapes a text so that it neither ends a table cell nor counts as Markdown.
func cell(text string) string {
	return strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", "\\", "\\\\", "|", "\\|", "`", "\\`", "*", "\\*", "_", "\\_", "[", "\\[", "]", "\\]", "~", "\\~", "#", "\\#",
	).Replace(Clean(text))
}
