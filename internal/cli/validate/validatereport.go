package validate

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// maxReported is how many results of one outcome a report holds; the findings of
// the rest are counted. Each outcome has its own bound, so that no failure is
// crowded out.
const maxReported = 5000

// frameWidth lets a frame stand in a scorecard of 80 columns.
const frameWidth = 76

// A trafficReport collects what was validated, for the reports of --report: a result
// for each kind of finding, and one for each event that is fine.
type trafficReport struct {
	files  *report.Files
	report report.Report
	failOn int  // from which rank on a finding is a failure
	stdin  bool // a source of this name is no file
	items  int
	fine   map[string]int
	events []string // in the order in which they were first fine
	merged map[report.Kind]*mergedResult
	kept   map[webhook.Outcome]int
	more   int
	// whole is what was found in the capture as a whole; nil if that is off.
	whole *sequence.Summary
}

// A mergedResult is the result of a kind, by its number in the report. It was
// found in some items; last is the number of the last.
type mergedResult struct{ number, items, last int }

// beginReport begins the reports that are wanted. What the contract rejects is a
// failure in a report whatever --fail-on says of the exit code: no report calls it
// a pass.
func beginReport(stdout io.Writer, version string, o *Options) (*trafficReport, error) {
	files, err := report.ParseFiles(stdout, o.reports)
	if err != nil {
		return nil, err
	}
	t := &trafficReport{
		files: files, failOn: min(rankOf(o.failOn), webhook.LevelError.Rank()), stdin: slices.Contains(o.paths, "-"),
		fine: map[string]int{}, merged: map[report.Kind]*mergedResult{}, kept: map[webhook.Outcome]int{},
		report: report.Report{Title: "validate", Version: version, StartedAt: time.Now().UTC(), Items: report.Items{}, Repository: o.sarif.Repository},
	}
	if err := files.Begin(t.report); err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, err)
	}
	return t, nil
}

// add takes the items of a body.
func (t *trafficReport) add(b capture.Body, items []webhook.Item) {
	for _, item := range items {
		event := report.TypeName(item.Verdict)
		t.items++
		t.report.Items.Add(event, t.outcome(item.Verdict.Level))
		if item.Verdict.Level == webhook.LevelOK {
			if t.fine[event] == 0 {
				t.events = append(t.events, event)
			}
			t.fine[event]++
			continue
		}
		for _, f := range findingsOf(item.Verdict) {
			t.addFinding(b, item, event, f)
		}
	}
}

// addFinding counts a finding into the result of its kind.
func (t *trafficReport) addFinding(b capture.Body, item webhook.Item, event string, f webhook.Finding) {
	kind := report.KindOf(item, f)
	m := t.merged[kind]
	if m == nil {
		outcome := t.outcome(f.Level)
		if t.kept[outcome] == maxReported {
			t.more++
			return
		}
		t.kept[outcome]++
		m = &mergedResult{number: len(t.report.Results)}
		t.merged[kind] = m
		one := t.result(b, item, event, f)
		one.Key = kind.Found
		t.report.Results = append(t.report.Results, one)
	}
	t.report.Results[m.number].Count++
	if m.last != t.items {
		m.items, m.last = m.items+1, t.items
	}
}

// count adds the number of findings to each result.
func (t *trafficReport) count() {
	for _, m := range t.merged {
		one := &t.report.Results[m.number]
		of := t.report.Items[one.Group].All()
		one.Share = float64(m.items) / float64(of)
		one.Reason += fmt.Sprintf("; in %d of %d items (%.0f %%)", m.items, of, 100*one.Share)
		if one.Count > 1 {
			one.Evidence[0].Title = "first " + one.Evidence[0].Title
		}
	}
}

// findingsOf are a verdict's findings, of which one is as bad as the verdict.
func findingsOf(v webhook.Verdict) []webhook.Finding {
	if slices.ContainsFunc(v.Findings, func(f webhook.Finding) bool { return f.Level == v.Level }) {
		return v.Findings
	}
	return append(slices.Clone(v.Findings), webhook.Finding{Level: v.Level, Rule: v.Level.String()})
}

func (t *trafficReport) outcome(l webhook.Level) webhook.Outcome {
	switch {
	case l == webhook.LevelInconclusive:
		return webhook.OutcomeInconclusive
	case l.Rank() >= t.failOn:
		return webhook.OutcomeFailed
	}
	return webhook.OutcomePassed
}

// result is a finding, in its place of the file, with the line that it is about.
func (t *trafficReport) result(b capture.Body, item webhook.Item, event string, f webhook.Finding) webhook.Result {
	r := webhook.Result{
		ID: f.Rule, Name: report.PointerPattern(item.Pointer, f.Pointer), Group: event, Description: aboutEvent(event), Level: f.Level,
		Reason: reasonOf(f), Outcome: t.outcome(f.Level),
	}
	if f.Document != "" {
		r.References = []string{f.Document}
	}
	file, line := placeOfSource(b)
	title := "seen in " + file
	if line > 0 {
		title = fmt.Sprintf("seen in %s, line %d", file, line+max(f.Line-1, 0))
	}
	r.Evidence = []webhook.Evidence{{Title: title, Text: report.Frame(report.Style{Width: frameWidth}, b.Bytes, line, f, schemas.MaskPhones)}}
	if t.stdin && file == "stdin" {
		return r
	}
	r.File, r.Line = file, line
	if b.Line > 0 && f.Line > 0 { // in a tape a body is inside a string, which has no lines
		r.Line, r.Column = b.Line+f.Line-1, f.Column
		if f.Line == 1 {
			r.Column += b.Column - 1
		}
	}
	return r
}

func aboutEvent(event string) string { return "the contract of " + event }

func reasonOf(f webhook.Finding) string {
	text := f.Rule + " at " + orRoot(f.Pointer)
	if f.Expected != "" || f.Found != "" {
		text += fmt.Sprintf(": expected %s, found %s", f.Expected, f.Found)
	}
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	return text
}

func orRoot(pointer string) string {
	if pointer == "" {
		return "the body"
	}
	return pointer
}

// placeOfSource is the file of a body and the line where it stands; 0 if it is the
// whole file, and that is a tape.
func placeOfSource(b capture.Body) (file string, line int) {
	at := strings.LastIndexByte(b.Source, ':')
	if n, err := strconv.Atoi(b.Source[at+1:]); at > 0 && err == nil && (b.Line == 0 || n == b.Line) {
		return b.Source[:at], n
	}
	return b.Source, b.Line
}

// unread notes a path that could not be read.
func (t *trafficReport) unread(err error) {
	t.report.Warnings = append(t.report.Warnings, err.Error())
}

// end writes the reports, and warns of what they lack. What was interrupted is not
// complete.
func (t *trafficReport) end(errs io.Writer, complete bool) error {
	t.count()
	for _, event := range t.events {
		t.report.Results = append(t.report.Results, webhook.Result{
			ID: "ok", Name: event, Group: event, Description: aboutEvent(event), Outcome: webhook.OutcomePassed,
			Reason: fmt.Sprintf("%d valid", t.fine[event]),
		})
	}
	t.report.Results = append(t.report.Results, report.Whole(t.whole, t.outcome(webhook.LevelDrift))...)
	if t.more > 0 {
		t.report.Warnings = append(t.report.Warnings, fmt.Sprintf("%d further findings are left out", t.more))
	}
	t.report.Duration, t.report.Complete = time.Since(t.report.StartedAt), complete
	if err := t.files.End(t.report); err != nil {
		return cli.Exit(cli.ExitEnvironment, err)
	}
	cli.WarnUnplaced(errs, t.files, t.report)
	return nil
}
