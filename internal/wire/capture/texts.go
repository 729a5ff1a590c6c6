package capture

import (
	"bytes"
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// plain detects the format of a text that doesn't start with JSON.
func plain(text []byte) (format, bool) {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	first = bytes.TrimRight(first, space)
	switch {
	case document.IsForm(first):
		return format{}, false
	case multipart().Match(text):
		return format{name: "a form (multipart/form-data)", advice: notJSON}, true
	case flow().Match(first):
		return format{name: "a flow file of mitmproxy", advice: "export it as HAR, and extract the bodies: mitmdump -nr FILE --set hardump=flows.har"}, true
	case requestLine().Match(first):
		return format{name: "HTTP requests as text", advice: saveBodies}, true
	}
	if f, ok := table(text); ok {
		return f, true
	}
	return log(text)
}

const notJSON = "receive it with `ringback listen --tape`, and validate the tape"

// lazily compiles a pattern at its first use: together they take a third of a millisecond, and
// most commands read no capture.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

var (
	multipart   = lazily(`(?i)^--[^\s]+\r?\nContent-Disposition: form-data`)
	flow        = lazily(`^[0-9]+:[0-9]+:[a-z_]+[;,]`)
	requestLine = lazily(`^[A-Z]{3,7} \S+ HTTP/[0-9]`)
)

// table recognizes CSV by its first records, and finds the column with the bodies.
func table(text []byte) (format, bool) {
	for _, t := range []struct {
		name, dialect string
		comma         rune
	}{{"CSV", "", ','}, {"CSV", `, delimiter=";"`, ';'}, {"TSV", `, delimiter="\t"`, '\t'}} {
		r := csv.NewReader(bytes.NewReader(text))
		r.Comma = t.comma
		head, err := r.Read()
		if err != nil || len(head) < 2 {
			continue
		}
		column := jsonColumn(head, nil)
		field := strconv.Itoa(column)
		reader := "reader"
		if column < 0 {
			row, err := r.Read()
			if err != nil || !areNames(head) {
				continue
			}
			if column = columnOf(r, row, head); column >= 0 {
				field, reader = strconv.Quote(head[column]), "DictReader"
			}
		}
		if column < 0 {
			return format{name: t.name, advice: saveBodies}, true
		}
		return format{name: t.name, filter: "python3 -c '" + extractColumn + "[print(r[" + field + "]) for r in csv." + reader + "(sys.stdin" + t.dialect + ")]'"}, true
	}
	return format{}, false
}

// extractColumn is the start of a Python program that reads a table on stdin, with or
// without a byte order mark.
const extractColumn = `import csv, sys; csv.field_size_limit(1 << 30); sys.stdin.reconfigure(encoding="utf-8-sig"); `

// columnOf returns the column of the bodies, by a record and some that follow: a JSON column
// named like a body, else the first JSON column; -1 without one.
func columnOf(r *csv.Reader, row, names []string) int {
	first := -1
	for range maxLogLines {
		column := jsonColumn(row, names)
		if column >= 0 && bodyName().MatchString(names[column]) {
			return column
		}
		if first < 0 {
			first = column
		}
		var err error
		if row, err = r.Read(); err != nil {
			break
		}
	}
	return first
}

// jsonColumn returns such a column by one record; names may be empty.
func jsonColumn(row, names []string) int {
	first := -1
	for i, field := range row {
		if !closes(strings.Trim(field, space)) {
			continue
		}
		if i < len(names) && bodyName().MatchString(names[i]) {
			return i
		}
		if first < 0 {
			first = i
		}
	}
	return first
}

// bodyName matches the name of a column or key of bodies.
var bodyName = lazily(`(?i)body|payload`)

// closes reports whether a text is one JSON object or array, by its brackets.
func closes(text string) bool { return len(text) > 0 && closing([]byte(text)) == len(text) }

var columnName = lazily(`^[A-Za-z_][A-Za-z0-9_ .()/-]{0,60}$`)

// areNames reports whether a record is the head of a table, with unique names.
func areNames(head []string) bool {
	seen := map[string]bool{}
	for _, name := range head {
		if !columnName().MatchString(name) || strings.HasSuffix(name, " ") || seen[name] {
			return false
		}
		seen[name] = true
	}
	return true
}

// stamp matches the start of a log line: a time in a common format, or the prefix of klog.
var stamp = lazily(`^(\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d |[IWEF]\d{4} \d\d:\d\d:\d\d|\[\d\d/[A-Z][a-z]{2}/\d{4}:|\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:|(time|ts|level)=\S+ )`)

// maxLogLines is the number of lines that decide about a log, and of records about a column.
const maxLogLines = 20

// log recognizes the lines of a log. A text with a line that is a body of its own is a file
// of bodies, with other lines between them.
func log(text []byte) (format, bool) {
	stamped, held, n := false, false, 0
	for line := range bytes.Lines(text) {
		if line = bytes.Trim(line, space); len(line) == 0 {
			continue
		}
		stamped = stamped || stamp().Match(line)
		if held = isPrefixed(line); held {
			break
		}
		if n++; n == maxLogLines {
			break
		}
	}
	if !stamped && !held || hasBodyLine(text) {
		return format{}, false
	}
	f := format{name: "a log", advice: saveBodies}
	if held {
		f.filter = unprefix
	}
	return f, true
}

// unprefix extracts the bodies of lines with a prefix: from [{ to the last }], else from {
// to the last }.
const unprefix = `sed -n -e 's/^[^{]*\(\[{.*}\]\)[^}]*$/\1/p' -e t -e 's/^[^{]*\({.*}\)[^}]*$/\1/p'`

// isPrefixed reports whether a line has a body after a prefix.
func isPrefixed(line []byte) bool {
	start := bytes.Index(line, []byte(`{"`))
	if start < 1 || strings.IndexByte(`{"<`, line[0]) >= 0 {
		return false
	}
	if line[start-1] == '[' {
		start--
	}
	return start > 0 && strings.IndexByte(" \t:=|>", line[start-1]) >= 0 && closing(line[start:]) > 0 && bytes.IndexByte(line[:start], '{') < 0
}

// unread returns the error for the start of a file in an unsupported format; nil for a
// supported one. What isBody recognizes is a body, even if it looks like another format.
func unread(path string, start []byte, isBody func([]byte) bool) *UnsupportedError {
	f, ok := formatOf(start, isBody)
	if !ok {
		return nil
	}
	return f.unsupported(path)
}

// formatOf detects an unsupported format by the start of a file.
func formatOf(start []byte, isBody func([]byte) bool) (format, bool) {
	if s, ok := binary(start); ok {
		return s.format, true
	}
	if f, ok := encoded(start); ok {
		return f, true
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(start, []byte(mark)), space)
	if len(text) == 0 {
		return format{}, false
	}
	find := plain
	if beginsJSON(text) {
		find = wrapped
	}
	f, ok := find(text)
	if !ok || beginsJSON(text) && isBody != nil && isBody(text[:closing(text)]) {
		return format{}, false
	}
	return f, true
}

// beginsJSON reports whether a text starts with JSON, rather than with the bracket before
// the time of a log.
func beginsJSON(text []byte) bool {
	if text[0] != '[' {
		return text[0] == '{'
	}
	rest := bytes.TrimLeft(text[1:], space)
	return len(rest) == 0 || strings.IndexByte(`{[]"`, rest[0]) >= 0
}
