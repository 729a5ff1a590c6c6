package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// A Counts counts verdicts: by event type and level, and findings by kind. Its
// size is bounded by the number of event types and of different kinds.
type Counts struct {
	Bodies int
	Items  int
	Levels map[webhook.Level]int
	events map[string]map[webhook.Level]int
	kinds  map[webhook.Level]map[Kind]*counted
}

// A Kind is what findings have in common that are counted together: findings of
// one rule at one place of one event type.
type Kind struct {
	Level                webhook.Level
	Type, Pointer, Rule string
	// Found tells kinds apart where the rule says little: a value that isn't
	// listed, what an unknown event looks like, why a text isn't JSON.
	Found string
}

// KindOf is the kind of a finding of an item.
func KindOf(item webhook.Item, f webhook.Finding) Kind {
	k := Kind{Level: f.Level, Type: TypeName(item.Verdict), Pointer: PointerPattern(item.Pointer, f.Pointer), Rule: f.Rule}
	switch f.Rule {
	case webhook.RuleUnlistedValue, webhook.RuleUnrecognized, webhook.RuleSyntax:
		k.Found = f.Found
	}
	return k
}

// Findings of a kind were seen count times, in some items; last is the number of
// the last. The finding is the first.
type counted struct {
	source             string
	finding            webhook.Finding
	count, items, last int
}

// maxKinds bounds, for each level, the kinds that are told apart. Beyond it they
// are counted together, as further. mostPlace bounds a pointer in characters:
// its keys are captured.
const (
	maxKinds = 1000
	maxPlace = 400
)

func further(l webhook.Level) Kind {
	return Kind{Level: l, Type: "…", Pointer: "(further " + l.String() + ")"}
}

// NewCounts returns an empty tally.
func NewCounts() *Counts {
	return &Counts{Levels: map[webhook.Level]int{}, events: map[string]map[webhook.Level]int{}, kinds: map[webhook.Level]map[Kind]*counted{}}
}

// Add counts an item that was seen at source.
func (t *Counts) Add(source string, item webhook.Item) {
	v := item.Verdict
	t.Items++
	t.Levels[v.Level]++
	name := TypeName(v)
	if t.events[name] == nil {
		t.events[name] = map[webhook.Level]int{}
	}
	t.events[name][v.Level]++
	for _, f := range v.Findings {
		t.addFinding(source, KindOf(item, f), f)
	}
}

func (t *Counts) addFinding(source string, kind Kind, f webhook.Finding) {
	kinds := t.kinds[f.Level]
	if kinds == nil {
		kinds = map[Kind]*counted{}
		t.kinds[f.Level] = kinds
	}
	c := kinds[kind]
	if c == nil && len(kinds) >= maxKinds {
		kind, f = further(f.Level), webhook.Finding{Level: f.Level}
		c = kinds[kind]
	}
	if c == nil {
		c = &counted{source: source, finding: f}
		kinds[kind] = c
	}
	if c.count++; c.last != t.Items {
		c.items, c.last = c.items+1, t.Items
	}
}

// PointerPattern writes a pointer with indexes as "*", so that one drift in many
// items is one row.
func PointerPattern(item, pointer string) string {
	if pointer == "" {
		pointer = item + "/"
	}
	if !strings.ContainsAny(pointer, "0123456789") {
		return Middle(pointer, maxPlace)
	}
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if _, err := strconv.Atoi(token); err == nil {
			tokens[i] = "*"
		}
	}
	return Middle(strings.Join(tokens, "/"), maxPlace)
}

// TypeName names what a verdict is about, as far as it is known.
func TypeName(v webhook.Verdict) string {
	switch {
	case v.Type != "":
		return v.Type
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

// summarized are the levels whose findings are counted by kind, the worst first.
func summarized() []webhook.Level {
	return []webhook.Level{webhook.Error, webhook.Unknown, webhook.Inconclusive, webhook.Drift}
}

// Text prints the tally: events by type and level, then the findings of each
// level by kind.
func (t *Counts) Text(s Style) string {
	var b strings.Builder
	b.WriteString(t.eventTable(s))
	for _, l := range summarized() {
		if len(t.kinds[l]) > 0 {
			b.WriteString("\n" + t.findingTable(s, l))
		}
	}
	return b.String()
}

func (t *Counts) eventTable(s Style) string {
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

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// TypeCount is one row of the table of events, for machines.
type TypeCount struct {
	Type  string         `json:"event"`
	Levels map[string]int `json:"levels"`
}

// Types returns the counts by event type, sorted by name.
func (t *Counts) Types() []TypeCount {
	var rows []TypeCount
	for _, name := range sortedKeys(t.events) {
		levels := map[string]int{}
		for l, n := range t.events[name] {
			levels[l.String()] = n
		}
		rows = append(rows, TypeCount{name, levels})
	}
	return rows
}
