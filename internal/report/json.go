package report

import (
	"encoding/json"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// asJSON is a report for programs; docs/reports.md describes it.
func asJSON(r Report) ([]byte, error) {
	s := r.Score()
	text, err := json.MarshalIndent(struct {
		Title     string           `json:"title"`
		Version   string           `json:"version,omitempty"`
		Route     string           `json:"route,omitempty"`
		Target    string           `json:"target,omitempty"`
		Seed      string           `json:"seed,omitempty"`
		StartedAt time.Time        `json:"began"`
		Duration  time.Duration    `json:"took_ns"`
		Complete  bool             `json:"complete"`
		Good      bool             `json:"good"`
		FailOn    webhook.Severity `json:"fail_on,omitempty"`
		Score     map[string]int   `json:"score"`
		Notices   []string         `json:"notices,omitempty"`
		Results   []webhook.Result `json:"results"`
	}{
		r.Title, r.Version, r.Route, r.Endpoint, r.Seed, r.StartedAt, r.Duration, r.Complete, r.Good(), r.FailOn,
		map[string]int{"pass": s.Passed, "fail": s.Failed, "warning": s.Warnings, "accepted": s.Accepted, "inconclusive": s.Inconclusive, "not applicable": s.NotApplicable},
		r.Warnings, append([]webhook.Result{}, r.Results...),
	}, "", "  ")
	return append(text, '\n'), err
}
