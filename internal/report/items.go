package report

import (
	"strconv"

	"github.com/ringback-dev/ringback/webhook"
)

// Items are the scores of judged items by group, where a result stands for many
// items, or an item has many results.
type Items map[string]*Score

// Add counts an item of a group.
func (i Items) Add(group string, o webhook.Outcome) {
	if i[group] == nil {
		i[group] = &Score{}
	}
	i[group].add(webhook.Result{Outcome: o})
}

// all is the score of all groups.
func (i Items) all() Score {
	var s Score
	for _, one := range i {
		s.Passed, s.Failed = s.Passed+one.Passed, s.Failed+one.Failed
		s.Inconclusive, s.NotApplicable = s.Inconclusive+one.Inconclusive, s.NotApplicable+one.NotApplicable
	}
	return s
}

// of is the score of a group.
func (i Items) of(group string) Score {
	if one := i[group]; one != nil {
		return *one
	}
	return Score{}
}

// counted is what a report's score counts: " items" or nothing.
func (r Report) counted() string {
	switch {
	case r.Items == nil:
		return ""
	case r.Items.all().All() == 1:
		return " item"
	}
	return " items"
}

// total is how many items a report's score counts, before the score.
func (r Report) total() string {
	if r.Items == nil {
		return ""
	}
	return strconv.Itoa(r.Items.all().All()) + r.counted() + ": "
}
