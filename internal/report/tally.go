package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// A Counts counts verdicts by event type and level, and findings by kind. Its size is
// bounded by the number of event types and of different kinds.
type Counts struct {
	Bodies int
	Items  int
	Levels map[webhook.Level]int
	// Sequence is what was found in the capture as a whole; nil if that is off.
	Sequence *sequence.Summary
	types    map[string]map[webhook.Level]int
	kinds    map[webhook.Level]map[Kind]*counted
}

// A Kind is what findings that are counted together have in common: the rule, the
// pointer and the event type.
type Kind struct {
	Level               webhook.Level
	Type, Pointer, Rule string
	// Found separates kinds of some rules: by the unlisted value, by what an unknown
	// event resembles, by the reason why a text isn't JSON, by the unit or format that a
	// value fits.
	Found string
}

// KindOf returns the kind of a finding of an item.
func KindOf(item webhook.Item, f webhook.Finding) Kind {
	k := Kind{Level: f.Level, Type: TypeName(item.Verdict), Pointer: PointerPattern(item.Pointer, f.Pointer), Rule: f.Rule}
	switch f.Rule {
	case webhook.RuleUnlistedValue, webhook.RuleUnrecognized, webhook.RuleSyntax:
		k.Found = f.Found
	case webhook.RuleImplausible, webhook.RuleFormat:
		k.Found = f.Hint
	}
	return k
}

// A counted is the first finding of a kind, with the number of such findings and of the
// items that have one. last is the number of the last of these items.
type counted struct {
	source             string
	finding            webhook.Finding
	count, items, last int
}

// maxKinds bounds the kinds of each level; all others are counted together, as further.
// maxPointer bounds a pointer in characters, because its keys come from captured traffic.
const (
	maxKinds   = 1000
	maxPointer = 400
)

func further(l webhook.Level) Kind {
	return Kind{Level: l, Type: "…", Pointer: "(further " + l.String() + ")"}
}

// NewCounts returns an empty Counts.
func NewCounts() *Counts {
	return &Counts{Levels: map[webhook.Level]int{}, types: map[string]map[webhook.Level]int{}, kinds: map[webhook.Level]map[Kind]*counted{}}
}

// Add counts an item and its findings; source is where it comes from.
func (t *Counts) Add(source string, item webhook.Item) {
	v := item.Verdict
	t.Items++
	t.Levels[v.Level]++
	name := TypeName(v)
	if t.types[name] == nil {
		t.types[name] = map[webhook.Level]int{}
	}
	t.types[name][v.Level]++
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

// PointerPattern returns a pointer with * for each index, so that the same drift in many items
// is one kind.
func PointerPattern(item, pointer string) string {
	if pointer == "" {
		pointer = item + "/"
	}
	if !strings.ContainsAny(pointer, "0123456789") {
		return Middle(pointer, maxPointer)
	}
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if _, err := strconv.Atoi(token); err == nil {
			tokens[i] = "*"
		}
	}
	return Middle(strings.Join(tokens, "/"), maxPointer)
}

// TypeName returns the event type of a verdict, or a text about what is known of it.
func TypeName(v webhook.Verdict) string {
	switch {
	case v.Type != "":
		return v.Type
	case len(v.Candidates) > 1 && v.Level != webhook.LevelError:
		return fmt.Sprintf("%s (or %d alike)", v.Candidates[0], len(v.Candidates)-1)
	case v.Provider != "":
		return v.Provider + " (unrecognized)"
	}
	return "(unrecognized)"
}

// shown returns the levels in the order of the table's columns.
func shown() []webhook.Level {
	return []webhook.Level{webhook.LevelOK, webhook.LevelDrift, webhook.LevelError, webhook.LevelUnknown, webhook.LevelInconclusive}
}

// summarized returns the levels whose findings are counted by kind, the worst first.
func summarized() []webhook.Level {
	return []webhook.Level{webhook.LevelError, webhook.LevelUnknown, webhook.LevelInconclusive, webhook.LevelDrift}
}

// Text formats the counts: items by type and level, then the findings of each level by
// kind.
func (t *Counts) Text(s Style) string {
	var b strings.Builder
	b.WriteString(t.typeTable(s))
	for _, l := range summarized() {
		if len(t.kinds[l]) > 0 {
			b.WriteString("\n" + t.findingTable(s, l))
		}
	}
	if t.Sequence != nil && t.Sequence.Notable() {
		b.WriteString("\n" + wholeText(s, t.Sequence))
	}
	return b.String()
}

func (t *Counts) typeTable(s Style) string {
	table := Table{Head: []string{"type"}}
	var levels []webhook.Level
	for _, l := range shown() {
		if t.Levels[l] > 0 {
			levels = append(levels, l)
			table.Head = append(table.Head, ">"+l.String())
		}
	}
	for _, name := range sortedKeys(t.types) {
		row := []string{name}
		for _, l := range levels {
			row = append(row, count(t.types[name][l]))
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

// TypeCount is one row of the table of event types, in JSON.
type TypeCount struct {
	Type   string         `json:"type"`
	Levels map[string]int `json:"levels"`
}

// Types returns the counts by event type, sorted by name.
func (t *Counts) Types() []TypeCount {
	var rows []TypeCount
	for _, name := range sortedKeys(t.types) {
		levels := map[string]int{}
		for l, n := range t.types[name] {
			levels[l.String()] = n
		}
		rows = append(rows, TypeCount{name, levels})
	}
	return rows
}
