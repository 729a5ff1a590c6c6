package journal

import "bytes"

// A textSearch looks for a text, ignoring ASCII case. Its time is linear in the length of what it
// searches, whatever the text. It isn't safe for concurrent use.
type textSearch struct {
	want    []byte // in lowercase
	lowered []byte // memory for what is searched
}

func newTextSearch(text string) textSearch {
	return textSearch{want: appendLower(nil, text)}
}

// inEntry reports whether the text occurs in a text or a body of an entry.
func (s *textSearch) inEntry(e *Entry) bool {
	if inText(s, e.Text) {
		return true
	}
	if c := e.Call; c != nil && (inText(s, c.Body) || inText(s, c.Response) || inText(s, c.Path)) {
		return true
	}
	if e.Deferred != nil {
		complete := e.Complete()
		return s.inEntry(&complete)
	}
	if e.Delivery == nil {
		return false
	}
	if inText(s, e.Delivery.Event.Body) {
		return true
	}
	for _, a := range e.Delivery.Attempts {
		if inText(s, a.ResponseBody) || inText(s, a.Error) {
			return true
		}
	}
	return false
}

func inText[T string | []byte](s *textSearch, text T) bool {
	if len(text) < len(s.want) {
		return false
	}
	s.lowered = appendLower(s.lowered[:0], text)
	return bytes.Contains(s.lowered, s.want)
}

// appendLower appends a text with its ASCII letters in lowercase.
func appendLower[T string | []byte](to []byte, text T) []byte {
	start := len(to)
	to = append(to, text...)
	for i, c := range to[start:] {
		if 'A' <= c && c <= 'Z' {
			to[start+i] = c + 'a' - 'A'
		}
	}
	return to
}
