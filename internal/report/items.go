package report

import (
	"strconv"

	"github.com/ringback-dev/ringback/webhook"
)

// Items are the scores of validated items by group. They differ from those of results,
// because a result covers many items, and an item has many results.
type Items map[string]*Score

// Add counts an item of a group.
func (i Items) Add(group string, o webhook.Outcome) {
	if i[group] == nil {
		i[group] = &Score{}
	}
	i[group].add(webhook.Result{Outcome: o})
}

// all returns the score of all groups.
func (i Items) all() Score {
	var s Score
	for _, one := range i {
		s.Passed, s.Failed = s.Passed+one.Passed, s.Failed+one.Failed
		s.Inconclusive, s.NotApplicable = s.Inconclusive+one.Inconclusive, s.NotApplicable+one.NotApplicable
	}
	return s
}

// of returns the score of a group.
func (i Items) of(group string) Score {
	if one := i[group]; one != nil {
		return *one
	}
	return Score{}
}

// counted returns the unit of a report's score: " items", or "" for results.
func (r Report) counted() string {
	switch {
	case r.Items == nil:
		return ""
	case r.Items.all().All() == 1:
		return " item"
	}
	return " items"
}

// total returns the number of items as the start of the closing line; "" for results.
func (r Report) total() string {
	if r.Items == nil {
		return ""
	}
	return strconv.Itoa(r.Items.all().All()) + r.counted() + ": "
}
