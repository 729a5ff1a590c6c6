package capture

import (
	"bytes"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A layout is the arrangement of the bodies in a file.
type layout int

const (
	// values are JSON values one after another, or one array of them. The common case is
	// a single body, on one line or many.
	values layout = iota
	// lines are one body per line, so that an invalid line doesn't affect others.
	lines
)

const (
	mark  = "\xef\xbb\xbf" // the byte order mark
	space = " \t\r\n"
)

// sniff detects the layout from the start of a file; whole means that the window is the
// whole file.
func sniff(window []byte, whole bool) layout {
	text := bytes.TrimLeft(bytes.TrimPrefix(window, []byte(mark)), space)
	if len(text) == 0 {
		return values
	}
	first, after, _ := bytes.Cut(text, []byte("\n"))
	first, rest := bytes.TrimRight(first, space), bytes.TrimLeft(after, space)
	if len(rest) == 0 && document.IsForm(first) {
		return lines
	}
	if len(rest) == 0 {
		// A pretty-printed document has shorter lines.
		return linesIf(!whole && first[0] != '[')
	}
	if document.IsForm(first) {
		return lines
	}
	closed := closing(first)
	begins := closed == 0 && (first[0] == '{' || first[0] == '[')
	ends := !bytes.ContainsAny(first[len(first)-1:], "{[,:")
	switch {
	case closed == len(first):
		return linesIf(!continues(rest))
	case begins && ends && first[0] == rest[0]:
		return lines // the first line is invalid: no pretty-printed document looks like this
	case begins && (first[0] == '[' || rest[0] != '{'):
		return values
	}
	return linesIf(hasBodyLine(after))
}

// isSettled reports whether more of the file can't change the result of sniff: the first
// line is a body, and text follows.
func isSettled(window []byte) bool {
	first, after, found := bytes.Cut(bytes.TrimLeft(bytes.TrimPrefix(window, []byte(mark)), space), []byte("\n"))
	first = bytes.TrimRight(first, space)
	return found && len(bytes.TrimLeft(after, space)) > 0 && closing(first) == len(first)
}

// linesIf returns lines or values.
func linesIf(yes bool) layout {
	if yes {
		return lines
	}
	return values
}

// hasBodyLine reports whether a line of a text is a body of its own, rather than part of a
// pretty-printed document.
func hasBodyLine(text []byte) bool {
	for line := range bytes.Lines(text) {
		text = text[len(line):]
		line = bytes.TrimRight(line, space)
		if len(line) > 0 && closing(line) == len(line) && !continues(bytes.TrimLeft(text, space)) {
			return true
		}
	}
	return false
}

// continues reports whether a text continues a value that started before it.
func continues(text []byte) bool { return len(text) > 0 && strings.IndexByte(",]}", text[0]) >= 0 }

// closing returns the length of the object or array at the start of a text; 0 without one
// or without its end.
func closing(text []byte) int {
	if text[0] != '{' && text[0] != '[' {
		return 0
	}
	var b brackets
	for i, c := range text {
		if b.take(c); b.depth <= 0 && !b.quoted {
			return i + 1
		}
	}
	return 0
}

// brackets counts the nesting of JSON byte by byte, without validating it.
type brackets struct {
	depth           int
	quoted, escaped bool
}

// take counts the next byte.
func (b *brackets) take(c byte) {
	switch {
	case b.escaped:
		b.escaped = false
	case b.quoted && c == '\\':
		b.escaped = true
	case c == '"':
		b.quoted = !b.quoted
	case b.quoted:
	case c == '{' || c == '[':
		b.depth++
	case c == '}' || c == ']':
		b.depth--
	}
}
