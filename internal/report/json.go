package report

import (
	"encoding/json"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// asJSON formats a report for programs, as docs/reports.md describes it.
func asJSON(r Report) ([]byte, error) {
	s := r.Score()
	text, err := json.MarshalIndent(struct {
		Title     string               `json:"title"`
		Version   string               `json:"version,omitempty"`
		Route     string               `json:"route,omitempty"`
		Endpoint  string               `json:"endpoint,omitempty"`
		Seed      string               `json:"seed,omitempty"`
		StartedAt time.Time            `json:"started_at"`
		Duration  webhook.Milliseconds `json:"duration_ms"`
		Complete  bool                 `json:"complete"`
		Good      bool                 `json:"good"`
		FailOn    webhook.Severity     `json:"fail_on,omitempty"`
		Score     map[string]int       `json:"score"`
		Notices   []string             `json:"warnings,omitempty"`
		Results   []webhook.Result     `json:"results"`
	}{
		r.Title, r.Version, r.Route, r.Endpoint, r.Seed, r.StartedAt, webhook.Milliseconds(r.Duration), r.Complete, r.Good(), r.FailOn,
		map[string]int{"pass": s.Passed, "fail": s.Failed, "warning": s.Warnings, "accepted": s.Accepted, "inconclusive": s.Inconclusive, "not_applicable": s.NotApplicable},
		r.Warnings, append([]webhook.Result{}, r.Results...),
	}, "", "  ")
	return append(text, '\n'), err
}
