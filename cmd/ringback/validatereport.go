package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// mostReported is how many findings a report holds; the rest is counted.
const mostReported = 5000

// A trafficReport gathers what was judged, for the reports of --report.
type trafficReport struct {
	files  *report.Files
	report report.Report
	failOn int // from which rank on a finding is a failure
	fine   map[string]int
	events []string // in the order in which they were first fine
	more   int
}

// beginReport begins the reports that are wanted; failOn is from which rank on a
// finding fails.
func beginReport(stdout io.Writer, wanted []string, failOn int) (*trafficReport, error) {
	files, err := report.ParseFiles(stdout, wanted)
	if err != nil {
		return nil, err
	}
	t := &trafficReport{
		files: files, failOn: failOn, fine: map[string]int{},
		report: report.Report{Title: "validate", Version: version(), Began: time.Now().UTC()},
	}
	if err := files.Begin(t.report); err != nil {
		return nil, exit{exitEnvironment, err}
	}
	return t, nil
}

// add takes the items of a body.
func (t *trafficReport) add(b capture.Body, items []webhook.Item) {
	for _, item := range items {
		v := item.Verdict
		event := report.EventName(v)
		if v.Level == webhook.OK {
			if t.fine[event] == 0 {
				t.events = append(t.events, event)
			}
			t.fine[event]++
			continue
		}
		for _, f := range v.Findings {
			if len(t.report.Results) >= mostReported {
				t.more++
				continue
			}
			t.report.Results = append(t.report.Results, t.result(b, item, event, f))
		}
	}
}

// result is a finding, in its place of the file.
func (t *trafficReport) result(b capture.Body, item webhook.Item, event string, f webhook.Finding) webhook.Result {
	r := webhook.Result{
		ID: f.Rule, Name: report.PlaceOf(item.Pointer, f.Pointer), Group: event, About: "what the contract of " + event + " says", Level: f.Level,
		Reason: reasonOf(f), Outcome: webhook.Passed, File: fileOfSource(b.Source),
	}
	if f.Document != "" {
		r.References = []string{f.Document}
	}
	switch {
	case f.Level == webhook.Inconclusive:
		r.Outcome = webhook.Undecided
	case f.Level.Rank() >= t.failOn:
		r.Outcome = webhook.Failed
	}
	if b.Line > 0 && f.Line > 0 {
		r.Line, r.Column = b.Line+f.Line-1, f.Column
		if f.Line == 1 {
			r.Column += b.Column - 1
		}
	}
	return r
}

func reasonOf(f webhook.Finding) string {
	text := fmt.Sprintf("%s at %s: expected %s, found %s", f.Rule, orRoot(f.Pointer), f.Expected, f.Found)
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

// fileOfSource is a source without the line that stands behind its file.
func fileOfSource(source string) string {
	at := strings.LastIndexByte(source, ':')
	if at < 0 || strings.Trim(source[at+1:], "0123456789") != "" {
		return source
	}
	return source[:at]
}

// end writes the reports. What was interrupted is not complete.
func (t *trafficReport) end(complete bool) error {
	for _, event := range t.events {
		t.report.Results = append(t.report.Results, webhook.Result{
			ID: "ok", Name: event, Group: event, About: "what the contract of " + event + " says", Outcome: webhook.Passed,
			Reason: fmt.Sprintf("%d as the contract says", t.fine[event]),
		})
	}
	if t.more > 0 {
		t.report.Notices = append(t.report.Notices, fmt.Sprintf("%d findings more are left out", t.more))
	}
	t.report.Took, t.report.Complete = time.Since(t.report.Began), complete
	if err := t.files.End(t.report); err != nil {
		return exit{exitEnvironment, err}
	}
	return nil
}
