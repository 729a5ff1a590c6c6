package capture

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// IsRecord reports whether a line starts like a record of a tape.
func IsRecord(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(line, []byte(mark)), space), []byte(`{"ringback":`))
}

// NotTape describes a file whose first line isn't a record of a tape, by its start: "NDJSON,
// one JSON value on each line", "gzip".
func NotTape(start []byte) string {
	if f, ok := formatOf(start, nil); ok {
		return f.name
	}
	text := bytes.Trim(bytes.TrimPrefix(start, []byte(mark)), space)
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	second, _, _ := bytes.Cut(bytes.TrimLeft(rest, space), []byte("\n"))
	begins := len(first) > 0 && (first[0] == '{' || first[0] == '[')
	switch {
	case len(text) == 0:
		return "empty"
	case begins && json.Valid(first) && json.Valid(second):
		return "NDJSON, one JSON value on each line"
	case begins && first[0] == '[':
		return "a JSON array"
	case begins:
		return "a JSON document"
	case !utf8.Valid(first) || bytes.IndexByte(first, 0) >= 0:
		return "a binary file"
	}
	return "text that is not JSON"
}
