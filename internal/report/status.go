package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// A status is how a result counts: its outcome, or "warning" or "accepted" for such a
// failure.
type status string

const (
	passed        = status("pass")
	failed        = status("fail")
	warning       = status("warning")
	accepted      = status("accepted")
	inconclusive  = status("inconclusive")
	notApplicable = status("not applicable")
)

// Status returns how a result counts: its outcome, or "warning" or "accepted" for such a
// failure.
func Status(r webhook.Result) string { return string(statusOf(r)) }

func statusOf(r webhook.Result) status {
	switch {
	case r.Accepted():
		return accepted
	case r.Warning():
		return warning
	case r.Outcome == webhook.OutcomePassed, r.Outcome == webhook.OutcomeFailed, r.Outcome == webhook.OutcomeNotApplicable:
		return status(r.Outcome.String())
	}
	return inconclusive
}

// slug returns the CSS class of a status.
func (s status) slug() string { return strings.ReplaceAll(string(s), " ", "-") }

// fails reports whether a result fails the report.
func (r Report) fails(one webhook.Result) bool {
	switch statusOf(one) {
	case failed, inconclusive:
		return true
	case warning:
		return r.FailOn == webhook.SeverityWarning
	}
	return false
}

// reasonOf returns the reason of a result, with its acceptance if there is one.
func reasonOf(r webhook.Result) string {
	a := r.Acceptance
	switch {
	case a == nil || r.Outcome != webhook.OutcomeFailed:
		return r.Reason
	case a.Expired:
		return fmt.Sprintf("%s (the acceptance expired after %s: %s)", r.Reason, a.Until, a.Reason)
	case a.Until == "":
		return fmt.Sprintf("%s (accepted: %s)", r.Reason, a.Reason)
	}
	return fmt.Sprintf("%s (accepted until %s: %s)", r.Reason, a.Until, a.Reason)
}

// A share is the number of results with a status.
type share struct {
	n  int
	of status
}

// parts returns the shares of a score in the order of reports.
func (s Score) parts() []share {
	return []share{
		{s.Passed, passed}, {s.Failed, failed}, {s.Warnings, warning}, {s.Accepted, accepted}, {s.Inconclusive, inconclusive}, {s.NotApplicable, notApplicable},
	}
}

// word returns the text after the number.
func (s share) word() string {
	switch {
	case s.of == passed || s.of == failed:
		return string(s.of) + "ed"
	case s.of == warning && s.n != 1:
		return "warnings"
	}
	return string(s.of)
}
