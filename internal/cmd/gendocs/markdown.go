package main

import (
	"slices"
	"strings"
)

// mdTable is a table in Markdown, with an empty line after it; nothing if it has
// no rows. A column in which nothing stands is left out.
func mdTable(head []string, rows [][]string) string {
	if len(rows) == 0 {
		return ""
	}
	var columns []int
	for i := range head {
		if slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			columns = append(columns, i)
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		for _, i := range columns {
			b.WriteString("| " + strings.ReplaceAll(cells[i], "|", `\|`) + " ")
		}
		b.WriteString("|\n")
	}
	line(head)
	b.WriteString(strings.Repeat("|---", len(columns)) + "|\n")
	for _, row := range rows {
		line(row)
	}
	return b.String() + "\n"
}

// code sets a text as code, and none as nothing.
func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

// codes sets texts as code, with commas between.
func codes(texts []string) string {
	var set []string
	for _, text := range texts {
		set = append(set, code(text))
	}
	return strings.Join(set, ", ")
}

// prose is a text in which nothing is Markdown by accident.
func prose(text string) string {
	return strings.NewReplacer("<", "&lt;", "*", `\*`, "\n", " ").Replace(strings.TrimSpace(text))
}

// inLines are texts below each other in one cell of a table.
func inLines(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), "<br>")
}
