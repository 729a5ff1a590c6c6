// Package report words results: tables, code frames and tallies for people, and
// reports of a run of checks in the formats that people and machines read. It is
// pure: values in, text out; only Files writes.
package report

import (
	"strings"
	"unicode"

	"github.com/ringback-dev/ringback/webhook"
)

// A Style says how text is dressed. The zero Style is plain, 80 columns wide.
type Style struct {
	Color bool
	// Width is the number of columns of the terminal. 0 means that there is no
	// terminal: text is wrapped at 80, and tables are as wide as they need.
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

// Bold, Dim and the like dress a text if the style has colour.
func (s Style) Bold(text string) string { return s.paint("1", text) }

// Dim makes a text less prominent.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Level writes a level's word in its colour.
func (s Style) Level(l webhook.Level) string { return s.LevelText(l, l.String()) }

// LevelText writes a text in a level's colour.
func (s Style) LevelText(l webhook.Level, text string) string {
	switch l {
	case webhook.OK:
		return s.paint("32", text)
	case webhook.Drift:
		return s.paint("33", text)
	case webhook.Unknown, webhook.Inconclusive:
		return s.paint("35", text)
	}
	return s.paint("31", text)
}

// Clean makes captured text safe to show: what a terminal or a log would
// obey (control characters, escapes, direction marks) becomes "·".
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
