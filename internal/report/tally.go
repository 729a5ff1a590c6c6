package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// A Tally counts verdicts: by event type and level, and drift by place. Its
// size is bounded by the number of event types and of different drifts.
type Tally struct {
	Bodies int
	Items  int
	Levels map[webhook.Level]int
	events map[string]map[webhook.Level]int
	drifts map[driftKey]*drift
}

type driftKey struct {
	event, pointer, rule, found string
}

// A drift was seen count times, in some items; last is the number of the last.
type drift struct {
	first              string
	count, items, last int
}

// mostDrifts bounds the different drifts that are told apart. Beyond it they
// are counted together, as further. mostPlace bounds a pointer in characters:
// its keys are captured.
const (
	mostDrifts = 1000
	mostPlace  = 400
)

func further() driftKey { return driftKey{event: "…", pointer: "(further drift)"} }

// NewTally returns an empty tally.
func NewTally() *Tally {
	return &Tally{Levels: map[webhook.Level]int{}, events: map[string]map[webhook.Level]int{}, drifts: map[driftKey]*drift{}}
}

// Add counts an item that was seen at source.
func (t *Tally) Add(source string, item webhook.Item) {
	v := item.Verdict
	t.Items++
	t.Levels[v.Level]++
	name := EventName(v)
	if t.events[name] == nil {
		t.events[name] = map[webhook.Level]int{}
	}
	t.events[name][v.Level]++
	for _, f := range v.Findings {
		if f.Level == webhook.Drift {
			t.addDrift(name, source, item.Pointer, f)
		}
	}
}

func (t *Tally) addDrift(event, source, item string, f webhook.Finding) {
	key := driftKey{event, PlaceOf(item, f.Pointer), f.Rule, ""}
	if f.Rule == webhook.RuleUnlistedValue {
		key.found = f.Found
	}
	if t.drifts[key] == nil && len(t.drifts) >= mostDrifts {
		key = further()
	}
	d := t.drifts[key]
	if d == nil {
		d = &drift{first: source}
		t.drifts[key] = d
	}
	if d.count++; d.last != t.Items {
		d.items, d.last = d.items+1, t.Items
	}
}

// PlaceOf writes a pointer with indexes as "*", so that one drift in many
// items is one row.
func PlaceOf(item, pointer string) string {
	if pointer == "" {
		pointer = item + "/"
	}
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if _, err := strconv.Atoi(token); err == nil {
			tokens[i] = "*"
		}
	}
	return Middle(strings.Join(tokens, "/"), mostPlace)
}

// EventName names what a verdict is about, as far as it is known.
func EventName(v webhook.Verdict) string {
	switch {
	case v.Event != "":
		return v.Event
	case len(v.Candidates) > 1 && v.Level != webhook.Error:
		return fmt.Sprintf("%s (or %d alike)", v.Candidates[0], len(v.Candidates)-1)
	case v.Provider != "":
		return v.Provider + " (unrecognised)"
	}
	return "(unrecognised)"
}

// shown are the levels in the order of the table's columns.
func shown() []webhook.Level {
	return []webhook.Level{webhook.OK, webhook.Drift, webhook.Error, webhook.Unknown, webhook.Inconclusive}
}

// Text prints the tally: events by type and level, then drift by pointer.
func (t *Tally) Text(s Style) string {
	var b strings.Builder
	b.WriteString(t.eventTable(s))
	if len(t.drifts) > 0 {
		b.WriteString("\n" + t.driftTable(s))
	}
	return b.String()
}

func (t *Tally) eventTable(s Style) string {
	table := Table{Head: []string{"event"}}
	var levels []webhook.Level
	for _, l := range shown() {
		if t.Levels[l] > 0 {
			levels = append(levels, l)
			table.Head = append(table.Head, ">"+l.String())
		}
	}
	for _, name := range sortedKeys(t.events) {
		row := []string{name}
		for _, l := range levels {
			row = append(row, count(t.events[name][l]))
		}
		table.Rows = append(table.Rows, row)
	}
	total := []string{plural(t.Items, "item", "items") + " in " + plural(t.Bodies, "body", "bodies")}
	for _, l := range levels {
		total = append(total, count(t.Levels[l]))
	}
	table.Rows = append(table.Rows, total)
	return table.Text(s, func(row, column int, cell string) string {
		switch {
		case row == len(table.Rows)-1:
			return s.Bold(cell)
		case column > 0:
			return s.LevelText(levels[column-1], cell)
		}
		return cell
	})
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func count(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// A Drift is one row of the table of drift.
type Drift struct {
	Event   string `json:"event"`
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
	// Found is the value that nobody has listed; empty for an unknown field.
	Found string `json:"found,omitempty"`
	First string `json:"first_seen"`
	Count int    `json:"count"`
	// Share is the part of the event's items that drift so, from 0 to 1.
	Share float64 `json:"share"`
}

// Drifts returns the drift by place, the most frequent first.
func (t *Tally) Drifts() []Drift {
	rows := make([]Drift, 0, len(t.drifts))
	for key, d := range t.drifts {
		items := 0
		for _, n := range t.events[key.event] {
			items += n
		}
		if key == further() {
			items = t.Items
		}
		rows = append(rows, Drift{key.event, key.pointer, key.rule, key.found, d.first, d.count, float64(d.items) / float64(items)})
	}
	slices.SortFunc(rows, func(a, b Drift) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Event, b.Event), cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Found, b.Found))
	})
	return rows
}

// driftTable prints each drift on two lines: how often and where, then what
// and since when.
func (t *Tally) driftTable(s Style) string {
	const most = 25
	var b strings.Builder
	rows, room := t.Drifts(), max(s.width()-14, 20)
	b.WriteString(s.Dim("drift  share  where") + "\n")
	for _, d := range rows[:min(most, len(rows))] {
		what := d.Rule
		switch {
		case d.Found != "":
			what = "new value: " + d.Found
		case d.Rule == webhook.RuleUnknownField:
			what = "new field"
		}
		where := Middle(Clean(d.Event+"  "+d.Pointer), room)
		fmt.Fprintf(&b, "%5d  %3.0f %%  %s\n", d.Count, 100*d.Share, s.LevelText(webhook.Drift, where))
		fmt.Fprintf(&b, "              %s\n", s.Dim(Middle(Clean(what+", first seen in "+d.First), room)))
	}
	if len(rows) > most {
		fmt.Fprintf(&b, "… and %d more; --format json lists all\n", len(rows)-most)
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// EventCount is one row of the table of events, for machines.
type EventCount struct {
	Event  string         `json:"event"`
	Levels map[string]int `json:"levels"`
}

// Events returns the counts by event type, sorted by name.
func (t *Tally) Events() []EventCount {
	var rows []EventCount
	for _, name := range sortedKeys(t.events) {
		levels := map[string]int{}
		for l, n := range t.events[name] {
			levels[l.String()] = n
		}
		rows = append(rows, EventCount{name, levels})
	}
	return rows
}
