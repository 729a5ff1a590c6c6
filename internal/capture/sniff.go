package capture

import (
	"bytes"
	"strings"
)

// A layout is how a file holds its bodies.
type layout int

const (
	// values: JSON values one after another, or one array of them; a file with
	// a single body, printed on one line or many, is the common case.
	values layout = iota
	// lines: one body on each line, so that a broken line hides no other.
	lines
)

const (
	mark  = "\xef\xbb\xbf" // the byte order mark
	space = " \t\r\n"
)

// sniff tells the layout from the beginning of a file; whole says that the
// window is all of it.
func sniff(window []byte, whole bool) layout {
	text := bytes.TrimLeft(bytes.TrimPrefix(window, []byte(mark)), space)
	if len(text) == 0 {
		return values
	}
	first, after, _ := bytes.Cut(text, []byte("\n"))
	first, rest := bytes.TrimRight(first, space), bytes.TrimLeft(after, space)
	if len(rest) == 0 {
		// A printed document breaks its lines much earlier.
		return linesIf(!whole && first[0] != '[')
	}
	closed := closing(first)
	begins := closed == 0 && (first[0] == '{' || first[0] == '[')
	ends := !bytes.ContainsAny(first[len(first)-1:], "{[,:")
	switch {
	case closed == len(first):
		return linesIf(!goesOn(rest))
	case begins && ends && first[0] == rest[0]:
		return lines // the first line is broken: nothing is printed so
	case begins && (first[0] == '[' || rest[0] != '{'):
		return values
	}
	return linesIf(holdsLine(after))
}

// isSettled reports whether more of the file cannot change what sniff says: the
// first line is a body, and something follows it.
func isSettled(window []byte) bool {
	first, after, found := bytes.Cut(bytes.TrimLeft(bytes.TrimPrefix(window, []byte(mark)), space), []byte("\n"))
	first = bytes.TrimRight(first, space)
	return found && len(bytes.TrimLeft(after, space)) > 0 && closing(first) == len(first)
}

func linesIf(yes bool) layout {
	if yes {
		return lines
	}
	return values
}

// holdsLine reports whether a line of a text is a body of its own, rather than
// a part of a printed document.
func holdsLine(text []byte) bool {
	for line := range bytes.Lines(text) {
		text = text[len(line):]
		line = bytes.TrimRight(line, space)
		if len(line) > 0 && closing(line) == len(line) && !goesOn(bytes.TrimLeft(text, space)) {
			return true
		}
	}
	return false
}

// goesOn reports whether a text goes on with a value that began before it.
func goesOn(text []byte) bool { return len(text) > 0 && strings.IndexByte(",]}", text[0]) >= 0 }

// closing returns the length of the object or array that a text begins with; 0
// if it begins with none, or does not close it.
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

// brackets follows the nesting of JSON byte by byte, without judging it.
type brackets struct {
	depth           int
	quoted, escaped bool
}

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
