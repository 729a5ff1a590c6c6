package report

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// A Report is what a run of checks has found, for every format.
type Report struct {
	// Title says what was done: "grade gupshup/v2". Version is Ringback's.
	Title, Version string
	// Route and Endpoint are what was checked, Endpoint without what may be secret in it;
	// both may be empty.
	Route, Endpoint string
	// Seed decides the luck of the run; "" if there is none in it.
	Seed      string
	StartedAt time.Time
	Duration  time.Duration
	// Complete says that the run came to its end. One that was killed has left a
	// report that says it is not, and no format shows such a one as good.
	Complete bool
	// FailOn says which failures keep the report from being good: errors only, or with
	// [webhook.SeverityWarning] warnings as well.
	FailOn  webhook.Severity
	Results []webhook.Result
	Warnings []string
	// Items are what the scores count, of judged traffic; nil if they count results.
	Items Items
	// Repository says where the files of Results are for GitHub.
	Repository Repository
}

// A Score counts results: Failed are those that are neither warnings nor accepted.
type Score struct{ Passed, Failed, Warnings, Accepted, Inconclusive, NotApplicable int }

// Decided is how many results are a pass or a failure, of whatever kind.
func (s Score) Decided() int { return s.Passed + s.Failed + s.Warnings + s.Accepted }

// All is how many results there are.
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

// Score counts all items, or else all results.
func (r Report) Score() Score {
	if r.Items != nil {
		return r.Items.all()
	}
	var s Score
	for _, one := range r.Results {
		s.add(one)
	}
	return s
}

// A Group is the results of one group, in their order.
type Group struct {
	Name    string
	Score   Score
	Results []webhook.Result
}

// Groups are the groups in the order of their first results.
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
		if r.Items != nil {
			all[i].Score = r.Items.of(all[i].Name)
		}
	}
	return all
}

// Good reports whether no result fails, something was decided, and all was done.
func (r Report) Good() bool {
	return r.Complete && r.Score().Decided() > 0 && !slices.ContainsFunc(r.Results, r.fails)
}

// What is said of a run that cannot be trusted.
const (
	incomplete = "the run did not come to its end: what follows is not all of it"
	nothing    = "nothing was checked, and that is no pass"
)

// inconclusiveReason is why a report without a failure is not good all the same; "" if nothing
// speaks against it. Every format shows it as an error.
func (r Report) inconclusiveReason() string {
	switch s := r.Score(); {
	case !r.Complete:
		return incomplete
	case s.Decided()+s.Inconclusive == 0:
		return nothing
	}
	return ""
}
