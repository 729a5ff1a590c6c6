package report

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// A Report is the result of a run of checks, in a form that every format can show.
type Report struct {
	// Title describes the run: "grade gupshup/v2". Version is the version of Ringback.
	Title, Version string
	// Route and Endpoint are what was checked, without secrets of the URL; both may be
	// empty.
	Route, Endpoint string
	// Seed makes the run repeatable; "" if it has no random part.
	Seed      string
	StartedAt time.Time
	Duration  time.Duration
	// Complete means that the run finished. The report of a run that was killed isn't
	// complete, and no format presents it as good.
	Complete bool
	// FailOn is the lowest severity of a failure that fails the report: "" means
	// [webhook.SeverityError].
	FailOn   webhook.Severity
	Results  []webhook.Result
	Warnings []string
	// Items are the scores of validated items; nil if scores count results.
	Items Items
	// Repository locates the files of Results for GitHub.
	Repository Repository
}

// A Score counts results: Failed are those that are neither warnings nor accepted.
type Score struct{ Passed, Failed, Warnings, Accepted, Inconclusive, NotApplicable int }

// Decided returns the number of results that passed or failed, warnings and accepted ones
// included.
func (s Score) Decided() int { return s.Passed + s.Failed + s.Warnings + s.Accepted }

// All returns the number of results.
func (s Score) All() int { return s.Decided() + s.Inconclusive + s.NotApplicable }

func (s *Score) add(r webhook.Result) {
	switch statusOf(r) {
	case passed:
		s.Passed++
	case failed:
		s.Failed++
	case warning:
		s.Warnings++
	case accepted:
		s.Accepted++
	case notApplicable:
		s.NotApplicable++
	default:
		s.Inconclusive++
	}
}

// Score counts the items if there are any, else the results. To items it adds what fails over a whole
// capture.
func (r Report) Score() Score {
	if r.Items != nil {
		s := r.Items.all()
		for _, one := range r.Results {
			if one.ID == sequence.Name && statusOf(one) == failed { // it is about several items
				s.Failed++
			}
		}
		return s
	}
	var s Score
	for _, one := range r.Results {
		s.add(one)
	}
	return s
}

// A Group is the list of results with the same group, in their order.
type Group struct {
	Name    string
	Score   Score
	Results []webhook.Result
}

// Groups returns the groups in the order of their first results.
func (r Report) Groups() []Group {
	var all []Group
	for _, one := range r.Results {
		i := slices.IndexFunc(all, func(g Group) bool { return g.Name == one.Group })
		if i < 0 {
			i = len(all)
			all = append(all, Group{Name: one.Group})
		}
		all[i].Results = append(all[i].Results, one)
		all[i].Score.add(one)
	}
	for i := range all {
		if r.Items != nil && all[i].Name != sequence.Name {
			all[i].Score = r.Items.of(all[i].Name)
		}
	}
	return all
}

// Good reports whether the run is complete, at least one result is decided, and no result
// fails.
func (r Report) Good() bool {
	return r.Complete && r.Score().Decided() > 0 && !slices.ContainsFunc(r.Results, r.fails)
}

// The reasons why a report without a failure isn't good.
const (
	incomplete = "the run did not finish: these results are incomplete"
	unchecked  = "no check ran: the result is not a pass"
)

// inconclusiveReason returns the reason why a report isn't good even without a failure;
// "" if there is none. Every format shows it as an error.
func (r Report) inconclusiveReason() string {
	switch s := r.Score(); {
	case !r.Complete:
		return incomplete
	case s.Decided()+s.Inconclusive == 0:
		return unchecked
	}
	return ""
}
