package webhook

import (
	"fmt"
	"time"
)

// An Outcome says how a check ended. The zero Outcome is OutcomeInconclusive: what nobody
// has decided is no pass.
type Outcome int

const (
	// OutcomeInconclusive: the check could not tell, and that is no pass.
	OutcomeInconclusive Outcome = iota
	// Passed: it found nothing wrong.
	Passed
	// Failed: it found something, and the Result says what.
	Failed
	// NotApplicable: there is nothing to check, such as a signature where none is sent.
	NotApplicable
)

var outcomeWords = [...]string{"inconclusive", "pass", "fail", "not applicable"}

// String returns the word that reports and machine formats use.
func (o Outcome) String() string {
	if o < 0 || int(o) >= len(outcomeWords) {
		return fmt.Sprintf("outcome %d", int(o))
	}
	return outcomeWords[o]
}

// MarshalText writes the outcome's word.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the outcome's word.
func (o *Outcome) UnmarshalText(text []byte) error {
	for i, word := range outcomeWords {
		if string(text) == word {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("read outcome: expected one of %v, found %q", outcomeWords, text)
}

// A Severity says how bad a failure is.
type Severity string

const (
	// SeverityError: it breaks something. A failure without a Severity is an error.
	SeverityError Severity = "error"
	// SeverityWarning: it is worth knowing, and breaks nothing that is known.
	SeverityWarning Severity = "warning"
)

// An Acceptance says that somebody knows a failure and lives with it.
type Acceptance struct {
	// Reason is theirs. Until is the last day on which it holds, "2026-12-31"; "" is no end.
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"`
	// Expired: that day has passed, so the failure counts again.
	Expired bool `json:"expired,omitempty"`
}

// A Result is what one check found: a probe of a consumer, or the judging of one
// piece of traffic.
type Result struct {
	// ID is short and stable: "P1", or the rule of a finding. Name is what a command
	// line calls it: "duplicate". Results of one Group are counted together.
	ID    string `json:"id"`
	Name  string `json:"name"`
	Group string `json:"group"`
	// About says in a sentence what is checked, Reason in a sentence how it ended.
	Description   string  `json:"about"`
	Outcome Outcome `json:"outcome"`
	Reason  string  `json:"reason"`
	// Severity is that of a failure. Location says where it is, the same in every run:
	// the route, the event, and what was wrong with it. Acceptance is nil if nobody has
	// accepted it.
	Severity   Severity    `json:"severity,omitempty"`
	Location   string      `json:"location,omitempty"`
	Acceptance *Acceptance `json:"acceptance,omitempty"`
	// Evidence is what shows it, the most telling first.
	Evidence []Evidence `json:"evidence,omitempty"`
	// Timeline is what happened meanwhile, in the order of time.
	Timeline []Moment `json:"timeline,omitempty"`
	// Reproduce is a command line that shows it again; References say where to read
	// more.
	Reproduce  string        `json:"reproduce,omitempty"`
	References []string      `json:"references,omitempty"`
	Duration   time.Duration `json:"took_ns"`
	// File, Line and Column are where it stands, from 1; "" and 0 for what stands in
	// no file. Level is the verdict's, of judged traffic alone.
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Level  Level  `json:"level,omitempty"`
	// Count is how many findings of judged traffic the result stands for, File, Line
	// and Column are those of the first, and Share is the part of the event's items
	// that have one, from 0 to 1. Key tells the result from others of the same ID,
	// Name and Group.
	Count int     `json:"count,omitempty"`
	Share float64 `json:"share,omitempty"`
	Key   string  `json:"-"`
}

// Warning reports whether the result is a failure that breaks nothing known.
func (r Result) Warning() bool { return r.Outcome == Failed && r.Severity == SeverityWarning }

// Accepted reports whether the result is a failure that is accepted, and still is.
func (r Result) Accepted() bool {
	return r.Outcome == Failed && r.Acceptance != nil && !r.Acceptance.Expired
}

// An Evidence is a text that shows something: a call, an answer, a body.
type Evidence struct {
	// Title says what it is: "the second call, 4 ms after the first".
	Title string `json:"title"`
	// Text is shown as it is, in a fixed width. Phone numbers in it are masked.
	Text string `json:"text"`
}

// A Moment is one thing that happened while a check ran.
type Moment struct {
	// At counts from the start of the check; Took is 0 for what takes no time.
	At       time.Duration `json:"at_ns"`
	Duration time.Duration `json:"took_ns"`
	// Lane is who acted: "delivery", "call" or "state".
	Lane string `json:"lane"`
	// Label says what it was: "inbound.text (copy) → 200".
	Label string `json:"label"`
	// Highlighted marks what the reason is about.
	Highlighted bool `json:"wrong,omitempty"`
}
