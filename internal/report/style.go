// Package report formats results: tables, code frames and counts for the terminal, and
// reports of a run of checks for people and machines. It is pure, except for [Files],
// which writes.
package report

import (
	"strings"
	"unicode"

	"github.com/ringback-dev/ringback/webhook"
)

// A Style is how text is formatted. The zero Style is plain, 80 columns wide.
type Style struct {
	Color bool
	// Width is the number of columns of the terminal. 0 means that there is no
	// terminal: text is wrapped at 80, and tables are as wide as necessary.
	Width int
}

const defaultWidth = 80

func (s Style) width() int {
	if s.Width <= 0 {
		return defaultWidth
	}
	return s.Width
}

func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bold makes a text more prominent.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Dim makes a text less prominent.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Level returns a level's name in its color.
func (s Style) Level(l webhook.Level) string { return s.LevelText(l, l.String()) }

// LevelText returns a text in a level's color.
func (s Style) LevelText(l webhook.Level, text string) string {
	switch l {
	case webhook.LevelOK:
		return s.paint("32", text)
	case webhook.LevelDrift:
		return s.paint("33", text)
	case webhook.LevelUnknown, webhook.LevelInconclusive:
		return s.paint("35", text)
	}
	return s.paint("31", text)
}

// Clean makes captured text safe to show: it replaces what a terminal or a log would
// interpret (control characters, escapes, direction marks) by "·".
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
			return '·'
		}
		return r
	}, text)
}
