package fault

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// truncate cuts inside the body, before trailing white space. A body that is a single number
// cannot be cut: the rest would be a number, too.
func truncate(p *target) ([]edit, string) {
	inside := len(bytes.TrimRight(p.body, " \t\r\n"))
	at := p.fault.at
	if at == random {
		if inside < 2 {
			return nil, ""
		}
		at = 1 + p.source.IntN(inside-1)
	}
	if at >= inside || isJSON(p.body[:at]) {
		return nil, ""
	}
	return []edit{{at, len(p.body), ""}}, fmt.Sprintf("after %d of %d bytes", at, len(p.body))
}

func prependBOM(p *target) ([]edit, string) {
	if len(p.body) == 0 || bytes.HasPrefix(p.body, []byte(byteOrderMark)) {
		return nil, ""
	}
	return []edit{{0, 0, byteOrderMark}}, ""
}

// invalidUTF8 inserts the byte at the end of a string, where it cannot break an escape.
func invalidUTF8(p *target) ([]edit, string) {
	pointer, text := p.choose(func(n *document.Node) bool { return n.Kind == document.String })
	if text == nil {
		return nil, ""
	}
	return []edit{{text.End - 1, text.End - 1, "\xff"}}, pointer
}

// malformed removes a byte of the structure. The result may be JSON: [1,2] without the comma is
// [12]. If so, it removes the last byte instead, which closes the body.
func malformed(p *target) ([]edit, string) {
	places := structure(p.body, p.root)
	if len(places) == 0 {
		return nil, ""
	}
	at := places[p.source.IntN(len(places))]
	if isJSON(apply(p.body, []edit{{at, at + 1, ""}})) {
		at = places[len(places)-1]
	}
	return []edit{{at, at + 1, ""}}, fmt.Sprintf("without %q at byte %d", p.body[at], at)
}

// structure returns the offsets of brackets, braces, colons, commas and quotes of a JSON body.
func structure(body []byte, root *document.Node) []int {
	var places []int
	inside := false
	for i := root.Start; i < root.End; i++ {
		switch c := body[i]; {
		case inside && c == '\\':
			i++
		case c == '"':
			inside = !inside
			places = append(places, i)
		case !inside && strings.IndexByte("{}[]:,", c) >= 0:
			places = append(places, i)
		}
	}
	return places
}

// escapeNonASCII escapes all characters beyond ASCII, as Meta does. In JSON, only strings and
// keys have them; it keeps a byte order mark.
func escapeNonASCII(p *target) ([]edit, string) {
	var edits []edit
	for i := p.root.Start; i < p.root.End; {
		r, size := utf8.DecodeRune(p.body[i:])
		if r >= utf8.RuneSelf {
			edits = append(edits, edit{i, i + size, escaped(r)})
		}
		i += size
	}
	if len(edits) == 1 {
		return edits, "1 character"
	}
	return edits, fmt.Sprintf("%d characters", len(edits))
}

func escaped(r rune) string {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
