package webhook_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// A result counts as a failure unless it is a warning or accepted.
func ExampleResult() {
	r := webhook.Result{ID: "P1", Name: "duplicate", Outcome: webhook.OutcomeFailed, Severity: webhook.SeverityError}
	fmt.Println(r.Outcome, r.Warning(), r.Accepted())
	r.Acceptance = &webhook.Acceptance{Reason: "the queue comes in May", Until: "2026-05-31"}
	fmt.Println(r.Outcome, r.Warning(), r.Accepted())
	// Output:
	// fail false false
	// fail false true
}

func ExampleLevel_Rank() {
	item := webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelDrift}}
	fmt.Println(item.Verdict.Level, item.Verdict.Level.Rank() < webhook.LevelError.Rank())
	// Output: drift true
}

func ExampleMilliseconds() {
	text, err := json.Marshal(webhook.Milliseconds(1500 * time.Microsecond))
	fmt.Println(string(text), err)
	// Output: 1.5 <nil>
}
