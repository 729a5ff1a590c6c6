package report

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// A status is how a result counts: the word of its outcome and, of a failure that is a
// warning or accepted, that instead.
type status string

const (
	passed        = status("pass")
	failed        = status("fail")
	warning       = status("warning")
	accepted      = status("accepted")
	inconclusive  = status("inconclusive")
	notApplicable = status("not applicable")
)

// Status is the word for how a result counts: that of its outcome, warning, or accepted.
func Status(r webhook.Result) string { return string(statusOf(r)) }

func statusOf(r webhook.Result) status {
	switch {
	case r.Accepted():
		return accepted
	case r.Warning():
		return warning
	case r.Outcome == webhook.Passed, r.Outcome == webhook.Failed, r.Outcome == webhook.NotApplicable:
		return status(r.Outcome.String())
	}
	return inconclusive
}

// slug is a status as a class of the page.
func (s status) slug() string { return strings.ReplaceAll(string(s), " ", "-") }

// fails reports whether a result keeps a report from being good.
func (r Report) fails(one webhook.Result) bool {
	switch statusOf(one) {
	case failed, inconclusive:
		return true
	case warning:
		return r.FailOn == webhook.SeverityWarning
	}
	return false
}

// reasonOf is why a result ended so and, where somebody has accepted it, why and until
// when that is.
func reasonOf(r webhook.Result) string {
	a := r.Acceptance
	switch {
	case a == nil || r.Outcome != webhook.Failed:
		return r.Reason
	case a.Expired:
		return fmt.Sprintf("%s (the acceptance expired after %s: %s)", r.Reason, a.Until, a.Reason)
	case a.Until == "":
		return fmt.Sprintf("%s (accepted: %s)", r.Reason, a.Reason)
	}
	return fmt.Sprintf("%s (accepted until %s: %s)", r.Reason, a.Until, a.Reason)
}

// A share is how many results have a status.
type share struct {
	n  int
	of status
}

// parts are the shares of a score, in the order in which they are told.
func (s Score) parts() []share {
	return []share{
		{s.Passed, passed}, {s.Failed, failed}, {s.Warnings, warning}, {s.Accepted, accepted}, {s.Inconclusive, inconclusive}, {s.NotApplicable, notApplicable},
	}
}

// word is what follows the number.
func (s share) word() string {
	switch {
	case s.of == passed || s.of == failed:
		return string(s.of) + "ed"
	case s.of == warning && s.n != 1:
		return "warnings"
	}
	return string(s.of)
}
