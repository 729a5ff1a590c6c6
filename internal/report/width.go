package report

import "github.com/mattn/go-runewidth"

// terminal measures text like a terminal, independent of the locale: Devanagari vowel
// signs take no column, and emoji take two.
func terminal() *runewidth.Condition { return &runewidth.Condition{StrictEmojiNeutral: true} }

// Width returns the number of columns of a text in a terminal.
func Width(text string) int { return terminal().StringWidth(text) }

// Middle shortens a text to a number of columns by removing its middle, because names
// differ at their ends.
func Middle(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	if columns < 3 {
		return terminal().Truncate(text, max(columns, 0), "")
	}
	head := (columns - 1) / 2
	return terminal().Truncate(text, head, "") + "…" + terminal().TruncateLeft(text, Width(text)-(columns-1-head), "")
}
