package document

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// form is a body of application/x-www-form-urlencoded, or a query: pairs of a name and a
// value, in which everything but letters, digits and a few signs is escaped.
var form = regexp.MustCompile(`^[\w.%+*\[\]-]+=[^\s&="{}<>\\]*(&[\w.%+*\[\]-]+=[^\s&="{}<>\\]*)*$`)

// formValue is a pair with a value: Base64 ends in "=", too.
var formValue = regexp.MustCompile(`=[^&=]`)

// IsForm reports whether a text is a form (application/x-www-form-urlencoded). A form has one line.
func IsForm(text []byte) bool { return formValue.Match(text) && form.Match(text) }

// Form decodes the fields of a form, or of a query, into an object of strings. The value of a field
// that inPlace names is JSON text: an object or array is decoded in its place, and any other text
// stays a string. Offsets are those of the source, also inside a field. A repeated name is a Defect.
// The error is a *[SyntaxError] or a *[LimitError].
func Form(source []byte, inPlace []string, limits Limits) (Node, []Defect, error) {
	f := formParser{source: source, inPlace: inPlace, limits: limits, root: Node{Kind: Object, End: len(source)}, seen: map[string]bool{}}
	if len(source) > limits.Bytes {
		return Node{}, nil, &LimitError{limits.Bytes, fmt.Sprintf("the form has %d bytes; the limit is %d", len(source), limits.Bytes)}
	}
	for at := 0; at < len(source); {
		end := at + len(source[at:])
		if i := slices.Index(source[at:], '&'); i >= 0 {
			end = at + i
		}
		if end > at {
			if err := f.field(at, end); err != nil {
				return Node{}, nil, err
			}
		}
		at = end + 1
	}
	return f.root, f.defects, nil
}

type formParser struct {
	source  []byte
	inPlace []string
	limits  Limits
	root    Node
	nodes   int
	seen    map[string]bool
	defects []Defect
}

// field decodes the pair at source[start:end].
func (f *formParser) field(start, end int) error {
	middle := end
	if i := slices.Index(f.source[start:end], '='); i >= 0 {
		middle = start + i
	}
	name, _, err := f.text(start, middle)
	if err != nil {
		return err
	}
	value := Node{Kind: String, Start: min(middle+1, end), End: end}
	var places []int
	if value.Text, places, err = f.text(value.Start, end); err != nil {
		return err
	}
	if f.seen[name] {
		f.defects = append(f.defects, Defect{"duplicate-key", "", start, "duplicate field " + Quote(Shorten(name, 40))})
	}
	f.seen[name] = true
	if f.nodes++; f.nodes > f.limits.Nodes || len(f.defects) > maxDefects {
		return &LimitError{start, fmt.Sprintf("the form has more than %d fields or repeated names", min(f.limits.Nodes, maxDefects))}
	}
	if slices.Contains(f.inPlace, name) {
		if err := f.json(name, &value, places); err != nil {
			return err
		}
	}
	f.root.Members = append(f.root.Members, Member{Key: name, KeyStart: start, Value: value})
	return nil
}

// json decodes a value in place if it is the text of an object or array.
func (f *formParser) json(name string, value *Node, places []int) error {
	if text := strings.TrimLeft(value.Text, " \t\r\n"); text == "" || text[0] != '{' && text[0] != '[' {
		return nil
	}
	limits := f.limits
	limits.Nodes -= f.nodes
	inner, defects, err := JSON([]byte(value.Text), limits)
	switch e := err.(type) { //nolint:errorlint // JSON returns these types themselves
	case *SyntaxError:
		return &SyntaxError{places[min(e.Offset, len(places)-1)], fmt.Sprintf("the field %s has invalid JSON: %s", Quote(Shorten(name, 40)), e.Message)}
	case *LimitError:
		return &LimitError{places[min(e.Offset, len(places)-1)], e.Message}
	}
	f.nodes += inner.Count() - 1
	for _, d := range defects {
		f.defects = append(f.defects, Defect{d.Rule, Pointer(name) + d.Pointer, places[d.Offset], d.Message})
	}
	inner.relocate(places)
	*value = inner
	return nil
}

// relocate replaces offsets in a decoded text by those in its source.
func (n *Node) relocate(places []int) {
	n.Start, n.End = places[n.Start], places[n.End]
	for i := range n.Items {
		n.Items[i].relocate(places)
	}
	for i := range n.Members {
		m := &n.Members[i]
		m.KeyStart = places[m.KeyStart]
		m.Value.relocate(places)
	}
}

// text decodes source[start:end]. places has the offset in the source of each decoded byte, and of the
// end.
func (f *formParser) text(start, end int) (text string, places []int, err error) {
	decoded := make([]byte, 0, end-start)
	places = make([]int, 0, end-start+1)
	for at := start; at < end; {
		places = append(places, at)
		switch c := f.source[at]; c {
		case '+':
			decoded = append(decoded, ' ')
			at++
		case '%':
			if at+2 >= end || unhex(f.source[at+1]) < 0 || unhex(f.source[at+2]) < 0 {
				return "", nil, &SyntaxError{at, "'%' is not followed by two hexadecimal digits; write a percent sign as %25"}
			}
			decoded = append(decoded, byte(unhex(f.source[at+1])<<4|unhex(f.source[at+2])))
			at += len("%00")
		default:
			decoded = append(decoded, c)
			at++
		}
	}
	if !utf8.Valid(decoded) {
		return "", nil, &SyntaxError{places[firstInvalid(decoded)], "the form is not UTF-8"}
	}
	return string(decoded), append(places, end), nil
}

// firstInvalid returns the offset of the first byte that isn't UTF-8.
func firstInvalid(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// AppendForm appends an object as a form or query, the inverse of [Form]: a string, number or boolean is
// its text, null is an empty text, and an object or array is its JSON text, as in source. It returns
// false if the node isn't an object.
func AppendForm(dst, source []byte, n *Node) ([]byte, bool) {
	if n.Kind != Object {
		return dst, false
	}
	for i := range n.Members {
		if i > 0 {
			dst = append(dst, '&')
		}
		m := &n.Members[i]
		dst = append(AppendEscaped(dst, m.Key), '=')
		text := m.Value.Text
		if m.Value.Kind == Object || m.Value.Kind == Array {
			text = string(source[m.Value.Start:m.Value.End])
		}
		dst = AppendEscaped(dst, text)
	}
	return dst, true
}

// AppendEscaped appends a text as a part of a form or query: letters, digits and -._~* stay, a space is
// a plus sign, and each other byte is a percent sign with two hexadecimal digits.
func AppendEscaped(dst []byte, text string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-._~*", c) >= 0:
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&0xf])
		}
	}
	return dst
}
