package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// A Summary is a [Counts] in JSON.
type Summary struct {
	Bodies       int            `json:"bodies"`
	Items        int            `json:"items"`
	Levels       map[string]int `json:"levels"`
	Types        []TypeCount    `json:"types"`
	Drift        []FindingCount `json:"drift"`
	Errors       []FindingCount `json:"errors"`
	Unknown      []FindingCount `json:"unknown"`
	Inconclusive []FindingCount `json:"inconclusive"`
	// Sequence is what was found in the capture as a whole.
	Sequence *sequence.Summary `json:"sequence,omitempty"`
}

// Summary returns the counts. A list without elements is empty, not nil.
func (t *Counts) Summary() Summary {
	s := Summary{
		Bodies: t.Bodies, Items: t.Items, Levels: map[string]int{}, Types: append([]TypeCount{}, t.Types()...),
		Drift: t.Findings(webhook.LevelDrift), Errors: t.Findings(webhook.LevelError), Unknown: t.Findings(webhook.LevelUnknown), Inconclusive: t.Findings(webhook.LevelInconclusive),
		Sequence: t.Sequence,
	}
	for level, n := range t.Levels {
		s.Levels[level.String()] = n
	}
	return s
}

// A FindingCount is the number of findings of one kind.
type FindingCount struct {
	Type    string `json:"type"`
	Pointer string `json:"pointer"`
	Rule    string `json:"rule"`
	// Found separates the kind from others of the same rule and pointer; else empty.
	Found string `json:"found,omitempty"`
	// Sample is the first value found, with phone numbers masked, and Expected the
	// expectation there.
	Sample   string `json:"sample,omitempty"`
	Expected string `json:"expected,omitempty"`
	First    string `json:"first_seen"`
	Count    int    `json:"count"`
	// Share is the part of the event's items with such a finding, from 0 to 1.
	Share float64 `json:"share"`
}

// Findings returns the findings of a level by kind, the most frequent first.
func (t *Counts) Findings(l webhook.Level) []FindingCount {
	rows := make([]FindingCount, 0, len(t.kinds[l]))
	for kind, c := range t.kinds[l] {
		items := 0
		for _, n := range t.types[kind.Type] {
			items += n
		}
		if kind == further(l) {
			items = t.Items
		}
		rows = append(rows, FindingCount{
			Type: kind.Type, Pointer: kind.Pointer, Rule: kind.Rule, Found: kind.Found, Sample: c.finding.Found, Expected: c.finding.Expected,
			First: c.source, Count: c.count, Share: float64(c.items) / float64(items),
		})
	}
	slices.SortFunc(rows, func(a, b FindingCount) int {
		return cmp.Or(b.Count-a.Count, cmp.Compare(a.Type, b.Type), cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Found, b.Found))
	})
	return rows
}

// findingTable formats each kind of a level's findings: a line with its number, share and
// location, and below it a sample and the first source.
func (t *Counts) findingTable(s Style, l webhook.Level) string {
	const maxCount = 25
	var b strings.Builder
	head := l.String()
	indent := max(len(head), 5) + len("  100 %  ")
	rows, room := t.Findings(l), max(s.width()-indent, 20)
	b.WriteString(s.Dim(head+"  share  where") + "\n")
	for _, row := range rows[:min(maxCount, len(rows))] {
		where := Middle(Clean(row.Type+"  "+row.Pointer), room)
		fmt.Fprintf(&b, "%*d  %3.0f %%  %s\n", indent-len("  100 %  "), row.Count, 100*row.Share, s.LevelText(l, where))
		lines := wrap(Clean(row.what(l)), room)
		if last, seen := lines[len(lines)-1], "first seen in "+Clean(row.First); Width(last+", "+seen) <= room {
			lines[len(lines)-1] = last + ", " + seen
		} else {
			lines = append(lines, seen)
		}
		for _, line := range lines {
			fmt.Fprintf(&b, "%*s%s\n", indent, "", s.Dim(Middle(line, room)))
		}
	}
	if len(rows) > maxCount {
		fmt.Fprintf(&b, "… and %d more; --format json lists all\n", len(rows)-maxCount)
	}
	return b.String()
}

// what describes the kind, with a sample.
func (c FindingCount) what(l webhook.Level) string {
	const longest, maxSample = 60, 120
	what, sample := c.Rule, document.Shorten(c.Sample, maxSample)
	switch {
	case c.Rule == webhook.RuleUnlistedValue:
		what = "new value"
	case c.Rule == webhook.RuleUnknownField:
		what = "new field"
	case c.Rule == webhook.RuleImplausible && c.Found != "":
		return what + ": " + sample + ", which " + c.Found
	case l == webhook.LevelError && c.Rule != webhook.RuleSyntax && c.Expected != "":
		return fmt.Sprintf("%s: expected %s, found %s", what, document.Shorten(c.Expected, longest), cmp.Or(sample, "nothing"))
	case what == "":
		return "other kinds"
	}
	if sample == "" {
		return what
	}
	return what + ": " + sample
}
