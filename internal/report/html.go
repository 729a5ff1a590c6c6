package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/webhook"
)

//go:embed report.html
var page string

//go:embed report.css
var sheet string

// A view is what the page shows of a report.
type view struct {
	Report
	Groups  []Group
	Score   Score
	Verdict string
	Doubt   string
	// Wide says that an id is longer than that of a probe.
	Wide bool
	// Sheet is the style, and Hash what the page's policy allows: this style alone.
	Sheet template.CSS
	Hash  string
}

// asHTML is a report as one page that needs no network and no script.
func asHTML(r Report) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"score": scoreText, "slug": slug, "sign": sign, "clean": Clean, "lines": cleanLines, "parts": referenceParts, "timeline": timelineOf, "bar": barOf,
		"heading": heading, "moment": spokenMoment,
		"took": func(d time.Duration) string { return d.Round(time.Millisecond).String() },
		"date": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") },
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(sheet))
	v := view{
		Report: r, Groups: r.Groups(), Score: r.Score(), Verdict: verdictText(r), Doubt: r.doubt(),
		Sheet: template.CSS(sheet), Hash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
	for _, one := range r.Results {
		v.Wide = v.Wide || utf8.RuneCountInString(one.ID) > 4
	}
	var b bytes.Buffer
	err = t.Execute(&b, v)
	return b.Bytes(), err
}

// verdictText is the whole in a sentence; the doubts of a run stand beside it.
func verdictText(r Report) string {
	switch s := r.Score(); {
	case s.Failed > 0:
		return fmt.Sprintf("%d of %d%s failed", s.Failed, s.Decided(), r.counted())
	case s.Undecided > 0:
		return fmt.Sprintf("%d%s could not be told, and that is no pass", s.Undecided, r.counted())
	case r.Good():
		return fmt.Sprintf("all %d%s passed", s.Passed, r.counted())
	}
	return "no pass"
}

// slug is an outcome as a class.
func slug(o webhook.Outcome) string { return strings.ReplaceAll(o.String(), " ", "-") }

// sign says an outcome without colour.
func sign(o webhook.Outcome) string {
	return map[webhook.Outcome]string{webhook.Passed: "✓", webhook.Failed: "✗", webhook.NotApplicable: "–"}[o]
}

// A part of a bar is the share of one outcome.
type part struct {
	X, Width int
	Outcome  webhook.Outcome
}

const barWidth = 400

// barOf is a score as a bar, the worst first.
func barOf(s Score) []part {
	var parts []part
	x, done := 0, 0
	for _, one := range []part{{Width: s.Failed, Outcome: webhook.Failed}, {Width: s.Undecided}, {Width: s.Passed, Outcome: webhook.Passed}, {Width: s.NotApplicable, Outcome: webhook.NotApplicable}} {
		if one.Width == 0 {
			continue
		}
		done += one.Width
		end := max(done*barWidth/s.All(), x+1)
		parts = append(parts, part{x, end - x, one.Outcome})
		x = end
	}
	return parts
}
