package report

import (
	"strings"
)

// A Table is a list of rows under a head, in aligned columns.
type Table struct {
	// Head names the columns; a name that begins with ">" is right-aligned.
	Head []string
	Rows [][]string
	// Below puts the last column below each row if the terminal is too narrow. Without
	// it, the first column is shortened in its middle, because names differ at their
	// ends.
	Below bool
}

const gap = "  "

// Text formats the table. Cells are plain text; paint, if set, colors a cell after
// padding, so that escapes don't count as columns.
func (t Table) Text(s Style, paint func(row, column int, cell string) string) string {
	if paint == nil {
		paint = func(_, _ int, cell string) string { return cell }
	}
	widths := t.widths(s.Width)
	var b strings.Builder
	names := make([]string, len(t.Head))
	for j, head := range t.Head {
		names[j] = strings.TrimPrefix(head, ">")
	}
	b.WriteString(line(t.Head, widths, names, func(_ int, cell string) string { return s.Dim(cell) }))
	for i, row := range t.Rows {
		b.WriteString(line(t.Head, widths, row, func(j int, cell string) string { return paint(i, j, cell) }))
		for _, cell := range row[len(widths):] {
			if cell != "" {
				b.WriteString(s.Dim(Indent(s, 4, cell)) + "\n")
			}
		}
	}
	return b.String()
}

// line formats one row, padded to the widths.
func line(head []string, widths []int, row []string, paint func(column int, cell string) string) string {
	cells := make([]string, len(widths))
	for j, width := range widths {
		cell := Middle(row[j], width)
		padding := strings.Repeat(" ", max(0, width-Width(cell)))
		if strings.HasPrefix(head[j], ">") {
			cells[j] = padding + paint(j, cell)
		} else {
			cells[j] = paint(j, cell) + padding
		}
	}
	return strings.TrimRight(strings.Join(cells, gap), " ") + "\n"
}

// widths returns the widths of the columns in a row; total is the width for all, 0 if
// there is no limit.
func (t Table) widths(total int) []int {
	widths := make([]int, len(t.Head))
	sum := len(gap) * (len(widths) - 1)
	for j, head := range t.Head {
		widths[j] = Width(strings.TrimPrefix(head, ">"))
		for _, row := range t.Rows {
			widths[j] = max(widths[j], Width(row[j]))
		}
		sum += widths[j]
	}
	over := sum - total
	if total == 0 || over <= 0 {
		return widths
	}
	if t.Below {
		last := len(widths) - 1
		widths, over = widths[:last], over-widths[last]-len(gap)
	}
	const minCount = 12
	widths[0] = min(widths[0], max(widths[0]-over, minCount))
	return widths
}
