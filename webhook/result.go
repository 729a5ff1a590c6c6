package webhook

import (
	"fmt"
	"time"
)

// An Outcome is how a check ended. The zero Outcome is OutcomeInconclusive: an undecided
// check never counts as passed.
type Outcome int

// The outcomes.
const (
	// OutcomeInconclusive means that the check could not decide. It doesn't count as passed.
	OutcomeInconclusive Outcome = iota
	// Passed means that the check found no problem.
	Passed
	// Failed means that the check found the problem that the Result describes.
	Failed
	// NotApplicable means that there is nothing to check, for example because the
	// provider doesn't sign.
	NotApplicable
)

var outcomeNames = [...]string{"inconclusive", "pass", "fail", "not applicable"}

// String returns the outcome's name in reports and machine formats.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeNames) {
		return fmt.Sprintf("Outcome(%d)", int(o))
	}
	return outcomeNames[o]
}

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) {
	if o < 0 || int(o) >= len(outcomeNames) {
		return nil, fmt.Errorf("write outcome: %d is not an outcome", int(o))
	}
	return []byte(o.String()), nil
}

// UnmarshalText reads the outcome's name.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, name := range outcomeNames {
		if string(text) == name {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("read outcome: want one of %q, got %q", outcomeNames, text)
}

// A Severity is how bad a failure is.
type Severity string

// The severities.
const (
	// SeverityError is a failure that breaks something. It is the default.
	SeverityError Severity = "error"
	// SeverityWarning is a failure that is worth knowing and breaks nothing known.
	SeverityWarning Severity = "warning"
)

// An Acceptance is a decision to live with a failure.
type Acceptance struct {
	// Reason justifies it. Until is its last day, "2026-12-31"; "" is without an end.
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"`
	// Expired means that Until has passed: the failure counts again.
	Expired bool `json:"expired,omitempty"`
}

// A Result is what one check found: a probe of a consumer, or the validation of one
// kind of finding in captured traffic.
type Result struct {
	// ID is short and stable: "P1", or the rule of a finding. Name is the check's name
	// on the command line: "duplicate". Reports count the results of one Group together.
	ID    string `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"`
	// Description is a sentence about what is checked, Reason a sentence about the outcome.
	Description string  `json:"description"`
	Outcome     Outcome `json:"outcome"`
	Reason      string  `json:"reason"`
	// Severity is that of a failure. Location is the same in every run: the route, the
	// event, and the detail. Acceptance is nil unless the failure is accepted.
	Severity   Severity    `json:"severity,omitempty"`
	Location   string      `json:"location,omitempty"`
	Acceptance *Acceptance `json:"acceptance,omitempty"`
	// Evidence supports the reason, the most important part first.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Timeline lists what happened meanwhile, in the order of time.
	Timeline []Moment `json:"timeline,omitempty"`
	// Reproduce is a command line that repeats the check; References are sources to
	// read.
	Reproduce  string        `json:"reproduce,omitempty"`
	References []string      `json:"references,omitempty"`
	Duration   time.Duration `json:"-"` // duration_ms in JSON
	// File, Line and Column locate the finding, from 1; "" and 0 without a file. Level
	// is the verdict's, for validated traffic only.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Level  Level  `json:"level,omitempty"`
	// Count is how many findings of validated traffic the result covers; File, Line and
	// Column are those of the first. Share is the part of the event's items that have
	// such a finding, from 0 to 1. Key distinguishes the result from others of the same
	// ID, Name and Group.
	Count int     `json:"count,omitempty"`
	Share float64 `json:"share,omitempty"`
	Key   string  `json:"-"`
}

// MarshalJSON writes the duration as duration_ms.
func (r Result) MarshalJSON() ([]byte, error) {
	type plain Result
	return encode(struct {
		plain
		Duration Milliseconds `json:"duration_ms"`
	}{plain(r), Milliseconds(r.Duration)})
}

// Warning reports whether the result is a failure of [SeverityWarning].
func (r Result) Warning() bool { return r.Outcome == Failed && r.Severity == SeverityWarning }

// Accepted reports whether the result is a failure with an acceptance that has not
// expired.
func (r Result) Accepted() bool {
	return r.Outcome == Failed && r.Acceptance != nil && !r.Acceptance.Expired
}

// An Evidence is a text that supports a result: a call, a response, a body.
type Evidence struct {
	// Title describes the text: "the second call, 4 ms after the first".
	Title string `json:"title"`
	// Text is shown unchanged, in a monospaced font. Phone numbers in it are masked.
	Text string `json:"text"`
}

// A Moment is one thing that happened while a check ran.
type Moment struct {
	// At counts from the start of the check (at_ms in JSON); Duration is 0 for what has
	// none (duration_ms in JSON).
	At       time.Duration `json:"-"`
	Duration time.Duration `json:"-"`
	// Lane groups moments: "delivery", "call" or "state".
	Lane string `json:"lane"`
	// Label describes the moment: "inbound.text (copy) → 200".
	Label string `json:"label"`
	// Highlighted marks the moments that caused the outcome.
	Highlighted bool `json:"highlighted,omitempty"`
}

// MarshalJSON writes the times as at_ms and duration_ms.
func (m Moment) MarshalJSON() ([]byte, error) {
	type plain Moment
	return encode(struct {
		At       Milliseconds `json:"at_ms"`
		Duration Milliseconds `json:"duration_ms"`
		plain
	}{Milliseconds(m.At), Milliseconds(m.Duration), plain(m)})
}
