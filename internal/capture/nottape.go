package capture

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// IsRecord reports whether a line is meant as one of a tape.
func IsRecord(line []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(line, []byte(mark)), space), []byte(`{"ringback":`))
}

// NotTape says what a file is whose first line is not a record of a tape, by its first
// lines that are not blank: "NDJSON, one JSON value on each line".
func NotTape(lines ...[]byte) string {
	if len(lines) == 0 {
		return "empty"
	}
	first := bytes.Trim(bytes.TrimPrefix(lines[0], []byte(mark)), space)
	begins := len(first) > 0 && (first[0] == '{' || first[0] == '[')
	switch {
	case begins && json.Valid(first) && len(lines) > 1 && json.Valid(lines[1]):
		return "NDJSON, one JSON value on each line"
	case begins && first[0] == '[':
		return "a JSON array"
	case begins:
		return "a JSON document"
	case !utf8.Valid(first) || bytes.IndexByte(first, 0) >= 0:
		return "a file that is not text"
	}
	return "text that is not JSON"
}
