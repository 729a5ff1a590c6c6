package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Figure is what one work costs Ringback and, unless it is absolute, the reference.
type Figure struct {
	Work      string  `json:"work"`
	Unit      string  `json:"unit"`
	Ours      float64 `json:"ours"`
	Reference float64 `json:"reference,omitempty"`
	// Ratio is the median of ours/reference of the pairs, 0 for an absolute figure.
	Ratio float64 `json:"ratio,omitempty"`
	// Limit is what an absolute figure must not exceed.
	Limit float64 `json:"limit,omitempty"`
}

// A Report is one run of the benchmarks. Only ratios and limits are compared; the rest is
// information about the machine.
type Report struct {
	Machine string   `json:"machine"`
	Go      string   `json:"go"`
	Pairs   int      `json:"pairs"`
	Load    string   `json:"load"`
	Figures []Figure `json:"figures"`
}

// A pair is one measurement of both sides, one right after the other.
type pair struct{ ours, reference float64 }

// median returns the middle value, or the mean of the two middle ones; 0 of no values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// figureOf summarizes pairs. The ratio is the median of the pairs' ratios, not the ratio of the
// medians: both sides of a pair ran under the same load.
func figureOf(work, unit string, pairs []pair) Figure {
	var ours, references, ratios []float64
	for _, p := range pairs {
		ours = append(ours, p.ours)
		if p.reference > 0 {
			references = append(references, p.reference)
			ratios = append(ratios, p.ours/p.reference)
		}
	}
	return Figure{Work: work, Unit: unit, Ours: median(ours), Reference: median(references), Ratio: median(ratios)}
}

// regressions returns a line for each ratio that exceeds the stored one by more than the
// tolerance (0.25 is 25 %), and for each absolute figure that exceeds its limit.
func regressions(now, stored []Figure, tolerance float64) []string {
	var lines []string
	for _, f := range now {
		if f.Limit > 0 && f.Ours > f.Limit {
			lines = append(lines, fmt.Sprintf("%s: got %s %s, limit %s %s", f.Work, number(f.Ours), f.Unit, number(f.Limit), f.Unit))
		}
		if before := storedRatio(stored, f.Work); before > 0 && f.Ratio > before*(1+tolerance) {
			lines = append(lines, fmt.Sprintf("%s: got ratio %s, stored %s: %.0f %% more, allowed %.0f %%",
				f.Work, number(f.Ratio), number(before), 100*(f.Ratio/before-1), 100*tolerance))
		}
	}
	return lines
}

func storedRatio(stored []Figure, work string) float64 {
	for _, f := range stored {
		if f.Work == work {
			return f.Ratio
		}
	}
	return 0
}

// table aligns the figures in lines of at most 80 characters. It has the stored ratios if there
// are any.
func table(now, stored []Figure) string {
	rows := [][]string{{"work", "ours", "reference", "ratio", "stored"}}
	for _, f := range now {
		reference := quantity(f.Reference, f.Unit)
		if f.Limit > 0 {
			reference = "limit " + number(f.Limit)
		}
		rows = append(rows, []string{f.Work, quantity(f.Ours, f.Unit), reference, ratio(f.Ratio), ratio(storedRatio(stored, f.Work))})
	}
	if len(stored) == 0 {
		for i := range rows {
			rows[i] = rows[i][:4]
		}
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString(cell + space)
			} else {
				line.WriteString("  " + space + cell)
			}
		}
		b.WriteString(line.String() + "\n")
	}
	return b.String()
}

func quantity(v float64, unit string) string {
	if v == 0 {
		return "-"
	}
	return number(v) + " " + unit
}

func ratio(v float64) string {
	if v == 0 {
		return "-"
	}
	return number(v)
}

// number has three significant digits, at least.
func number(v float64) string {
	switch {
	case v < 1:
		return fmt.Sprintf("%.3f", v)
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// merge replaces the stored figures that were measured again, and keeps the others.
func merge(stored, now []Figure) []Figure {
	merged := slices.Clone(stored)
	for _, f := range now {
		at := slices.IndexFunc(merged, func(s Figure) bool { return s.Work == f.Work })
		if at < 0 {
			merged = append(merged, f)
		} else {
			merged[at] = f
		}
	}
	return merged
}

// readReport reads a stored report. One that doesn't exist is empty.
func readReport(path string) (Report, error) {
	var r Report
	content, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(content, &r); err != nil {
		return r, fmt.Errorf("read %s: %w", path, err)
	}
	return r, nil
}

func writeReport(path string, r Report) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}
