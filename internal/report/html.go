package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/webhook"
)

//go:embed report.html
var page string

//go:embed report.css
var sheet string

// A view is the data of the page.
type view struct {
	Report
	Groups       []Group
	Score        Score
	Verdict      string
	Inconclusive string
	// Wide means that an ID is longer than that of a probe.
	Wide bool
	// Sheet is the style, and Hash its hash for the page's policy, which allows no other.
	Sheet template.CSS
	Hash  string
}

// asHTML formats a report as one page that needs neither a network nor a script.
func asHTML(r Report) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"score": scoreText, "status": statusOf, "slug": status.slug, "sign": sign, "reason": reasonOf, "clean": Clean, "lines": cleanLines, "parts": referenceParts, "timeline": timelineOf, "bar": barOf,
		"heading": heading, "moment": momentText,
		"duration": func(d time.Duration) string { return d.Round(time.Millisecond).String() },
		"date":     func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") },
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(sheet))
	v := view{
		Report: r, Groups: r.Groups(), Score: r.Score(), Verdict: verdictText(r), Inconclusive: r.inconclusiveReason(),
		Sheet: template.CSS(sheet), Hash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
	for _, one := range r.Results {
		v.Wide = v.Wide || utf8.RuneCountInString(one.ID) > 4
	}
	var b bytes.Buffer
	err = t.Execute(&b, v)
	return b.Bytes(), err
}

// verdictText summarizes the report in a sentence.
func verdictText(r Report) string {
	switch s := r.Score(); {
	case s.Failed > 0 || r.FailOn == webhook.SeverityWarning && s.Warnings > 0:
		return failedText(r, s)
	case s.Inconclusive > 0:
		return fmt.Sprintf("%d%s inconclusive (not counted as passed)", s.Inconclusive, r.counted())
	case r.Good() && s.Passed == s.Decided():
		return fmt.Sprintf("all %d%s passed", s.Passed, r.counted())
	case r.Good():
		return strings.Join(countsOf(s, passed, warning, accepted), ", ")
	}
	return "not passed"
}

// failedText counts the failures, and the warnings if they fail the report.
func failedText(r Report, s Score) string {
	unit := r.counted()
	if r.Items != nil && s.Failed > r.Items.all().Failed {
		unit = "" // not all of them are items
	}
	text := fmt.Sprintf("%d of %d%s failed", s.Failed, s.Decided(), unit)
	if r.FailOn == webhook.SeverityWarning && s.Warnings > 0 {
		text += ", " + strings.Join(countsOf(s, warning), ", ")
	}
	return text
}

// countsOf formats the numbers of results with the wanted statuses, without those that are 0.
func countsOf(s Score, wanted ...status) []string {
	var all []string
	for _, one := range s.parts() {
		if one.n > 0 && slices.Contains(wanted, one.of) {
			all = append(all, fmt.Sprintf("%d %s", one.n, one.word()))
		}
	}
	return all
}

// sign returns the symbol of a status, which doesn't rely on color.
func sign(s status) string {
	return map[status]string{passed: "✓", failed: "✗", warning: "!", accepted: "~", notApplicable: "–"}[s]
}

// A part of a bar is the share of one status.
type part struct {
	X, Width int
	Status   status
}

const barWidth = 400

// barOf returns a score as the parts of a bar, the worst first.
func barOf(s Score) []part {
	var parts []part
	x, done := 0, 0
	for _, one := range []part{
		{Width: s.Failed, Status: failed}, {Width: s.Inconclusive, Status: inconclusive}, {Width: s.Warnings, Status: warning},
		{Width: s.Accepted, Status: accepted}, {Width: s.Passed, Status: passed}, {Width: s.NotApplicable, Status: notApplicable},
	} {
		if one.Width == 0 {
			continue
		}
		done += one.Width
		end := max(done*barWidth/s.All(), x+1)
		parts = append(parts, part{x, end - x, one.Status})
		x = end
	}
	return parts
}
