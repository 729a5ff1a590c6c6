package capture_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
)

const (
	limit = 64
	mark  = "\ufeff"
)

// options returns options that take an array as one body if its first element has the key
// "item".
func options() capture.Options {
	return capture.Options{Limit: limit, IsBody: func(array []byte) bool { return bytes.HasPrefix(array, []byte(`[{"item"`)) }}
}

// readAll reads paths and formats each body as "source line:column bytes"; a problem starts
// with "!", a too large body with "#", an error with "error".
func readAll(o capture.Options, paths ...string) []string {
	var got []string
	for b, err := range capture.Read(paths, o) {
		what := string(b.Bytes)
		switch {
		case err != nil:
			got = append(got, "error "+err.Error())
			continue
		case b.Problem != "":
			what = "!" + b.Problem
		case b.Size > 0:
			what = fmt.Sprintf("#%d", b.Size)
		}
		if b.Bytes != nil && b.Problem+what != string(b.Bytes) {
			what += " beside bytes"
		}
		got = append(got, fmt.Sprintf("%s %d:%d %s", b.Source, b.Line, b.Column, what))
	}
	return got
}

// readText reads a text as the file "f".
func readText(t *testing.T, text string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	got := readAll(options(), path)
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], path, "f")
	}
	return got
}

type reading struct {
	name, text string
	want       []string
}

func requireReadings(t *testing.T, rows []reading) {
	t.Helper()
	for _, c := range rows {
		require.Equal(t, c.want, readText(t, c.text), c.name)
	}
}

func TestRead_OneBody(t *testing.T) {
	t.Parallel()
	printed := "{\n  \"a\": {\n    \"b\": [1]\n  }\n}"
	requireReadings(t, []reading{
		{"compact", `{"a":1}`, []string{`f 1:1 {"a":1}`}},
		{"with a line end", "{\"a\":1}\r\n", []string{`f 1:1 {"a":1}`}},
		{"printed on many lines", printed + "\n", []string{"f 1:1 " + printed}},
		{"after spaces", "\r\n\n  {\"a\":1}", []string{`f 3:3 {"a":1}`}},
		{"after a byte order mark", mark + " {\"a\":1}\n", []string{"f 1:1 " + mark + ` {"a":1}`}},
		{"only a byte order mark", mark, []string{"f 1:1 " + mark}},
		{"a quoted bracket", `{"a":"\\\"}{"}`, []string{`f 1:1 {"a":"\\\"}{"}`}},
		{"a string", `"text"`, []string{`f 1:1 "text"`}},
		{"empty", "", []string{"f 1:1 "}},
		{"only spaces", " \n\t", []string{"f 2:2 "}},
		{"truncated", `{"a":[1,`, []string{`f 1:1 {"a":[1,`}},
		{"truncated in a text", `{"a":"b}`, []string{`f 1:1 {"a":"b}`}},
		{"mismatched bracket", `{"a":1]`, []string{`f 1:1 {"a":1]`}},
		{"not JSON", "<html>\n<p>{}</p>\n", []string{"f 1:1 <html>\n<p>{}</p>\n"}},
		{"a bracket after it", "{\"a\":1}\n]\n", []string{"f 1:1 {\"a\":1}\n]\n"}},
		{"not UTF-8", "{\"a\":\"\xff\xe9\"}", []string{"f 1:1 {\"a\":\"\xff\xe9\"}"}},
		{"NUL", "{\"\x00\":1}\x00", []string{"f 1:1 {\"\x00\":1}\x00"}},
		{"a lone surrogate", `{"a":"\ud83d"}`, []string{`f 1:1 {"a":"\ud83d"}`}},
		{"as large as the limit", `{"a":"` + strings.Repeat("x", limit-8) + `"}`, []string{`f 1:1 {"a":"` + strings.Repeat("x", limit-8) + `"}`}},
		{"larger than the limit", `{"a":"` + strings.Repeat("x", limit-7) + `"}`, []string{"f 1:1 #65"}},
		{"text beyond the limit", `{"a":1} ` + strings.Repeat("x", limit), []string{"f 1:1 #72"}},
	})
}

func TestRead_ContinuesAfterInvalidLine(t *testing.T) {
	t.Parallel()
	long := `{"a":"` + strings.Repeat("x", limit) + `"}` // 72 bytes
	requireReadings(t, []reading{
		{"two lines", "{\"a\":1}\n{\"b\":2}\n", []string{`f:1 1:1 {"a":1}`, `f:2 2:1 {"b":2}`}},
		{"no end on the last", "{\"a\":1}\n{\"b\":2}", []string{`f:1 1:1 {"a":1}`, `f:2 2:1 {"b":2}`}},
		{"CRLF", "{\"a\":1}\r\n{\"b\":2}\r\n", []string{`f:1 1:1 {"a":1}`, `f:2 2:1 {"b":2}`}},
		{"blank lines", "\n{\"a\":1}\n\r\n \t\n{\"b\":2}\n\n", []string{`f:2 2:1 {"a":1}`, `f:5 5:1 {"b":2}`}},
		{"spaces around", " {\"a\":1} \n\t{\"b\":2}\n", []string{`f:1 1:1  {"a":1} `, "f:2 2:1 \t{\"b\":2}"}},
		{"a byte order mark", mark + "{\"a\":1}\n{\"b\":2}", []string{"f:1 1:1 " + mark + `{"a":1}`, `f:2 2:1 {"b":2}`}},
		{"arrays", "[{\"item\":1}]\n[{\"b\":2},{\"c\":3}]\n", []string{`f:1 1:1 [{"item":1}]`, `f:2 2:1 [{"b":2},{"c":3}]`}},
		{"the first is broken", "{\"a\":1,\"b\n{\"c\":3}\n{\"d\":4}\n", []string{`f:1 1:1 {"a":1,"b`, `f:2 2:1 {"c":3}`, `f:3 3:1 {"d":4}`}},
		{"one in the middle is broken", "{\"a\":1}\n{\"b\":[\n{\"c\":3}\n", []string{`f:1 1:1 {"a":1}`, `f:2 2:1 {"b":[`, `f:3 3:1 {"c":3}`}},
		{"the last is broken", "{\"a\":1}\n{\"b\":", []string{`f:1 1:1 {"a":1}`, `f:2 2:1 {"b":`}},
		{"the first is text", "listening\n{\"a\":1}\n", []string{"f:1 1:1 listening", `f:2 2:1 {"a":1}`}},
		{"the first ones are text", "[INFO] a\nb\n{\"a\":1}\n", []string{"f:1 1:1 [INFO] a", "f:2 2:1 b", `f:3 3:1 {"a":1}`}},
		{"text in the middle", "{\"a\":1}\n\x00\xff\n{\"b\":2}\n", []string{`f:1 1:1 {"a":1}`, "f:2 2:1 \x00\xff", `f:3 3:1 {"b":2}`}},
		{"a vertical tab first", "\v\n{\"a\":1}\n", []string{"f:1 1:1 \v", `f:2 2:1 {"a":1}`}},
		{"the first is too long", long + "\n{\"b\":2}\n", []string{"f:1 1:1 #72", `f:2 2:1 {"b":2}`}},
		{"one in the middle is too long", "{\"a\":1}\n" + long + "\r\n{\"b\":2}\n", []string{`f:1 1:1 {"a":1}`, "f:2 2:1 #72", `f:3 3:1 {"b":2}`}},
		{"the last is too long", "{\"a\":1}\n\n" + long, []string{`f:1 1:1 {"a":1}`, "f:3 3:1 #72"}},
		{"spaces beyond the limit", "{\"a\":1}\n" + strings.Repeat(" ", 70) + "\n{\"b\":2}\n", []string{`f:1 1:1 {"a":1}`, "f:2 2:1 #70", `f:3 3:1 {"b":2}`}},
		{"as long as the limit, with CRLF", long[:limit] + "\r\n{\"b\":2}\r\n", []string{"f:1 1:1 " + long[:limit], `f:2 2:1 {"b":2}`}},
	})
}

// The end of the buffer must not change a line.
func TestRead_LinesAtBufferBoundary(t *testing.T) {
	t.Parallel()
	const buffer = 256 << 10
	path := filepath.Join(t.TempDir(), "f")
	for length := buffer - 3; length <= buffer+3; length++ {
		for _, end := range []string{"\n", "\r\n"} {
			first := `{"a":"` + strings.Repeat("x", length-8) + `"}`
			require.NoError(t, os.WriteFile(path, []byte(first+end+`{"b":2}`+end), 0o600))
			for _, o := range []capture.Options{{Limit: length}, {Limit: length - 1}} {
				var got []capture.Body
				for b, err := range capture.Read([]string{path}, o) {
					require.NoError(t, err)
					got = append(got, b)
				}
				require.Len(t, got, 2)
				require.Equal(t, o.Limit == length, string(got[0].Bytes) == first, "%d bytes, limit %d, end %q", length, o.Limit, end)
				require.Equal(t, o.Limit < length, got[0].Size == int64(length), "%d bytes, limit %d, end %q, size %d", length, o.Limit, end, got[0].Size)
				require.Equal(t, capture.Body{Source: path + ":2", Line: 2, Column: 1, Bytes: []byte(`{"b":2}`)}, got[1])
			}
		}
	}
}

func TestRead_ConcatenatedValues(t *testing.T) {
	t.Parallel()
	one, two := "{\n  \"a\": 1\n}", "{\n  \"b\": \"é\"\n}"
	requireReadings(t, []reading{
		{"printed", one + "\n" + two + "\n", []string{"f:1 1:1 " + one, "f:4 4:1 " + two}},
		{"without anything between", one + two + `{"c":3}`, []string{"f:1 1:1 " + one, "f:3 3:2 " + two, `f:5 5:2 {"c":3}`}},
		{"on one line", `{"é":"😀"} {"b":2}`, []string{`f:1 1:1 {"é":"😀"}`, `f:1 1:11 {"b":2}`}},
		{"objects and arrays", one + "\n[{\"item\":1}]\n[2]", []string{"f:1 1:1 " + one, `f:4 4:1 [{"item":1}]`, "f:5 5:1 [2]"}},
		{"a byte order mark", mark + one + "\n" + two, []string{"f:1 1:1 " + mark + one, "f:4 4:1 " + two}},
		{"the last is truncated", one + "\n{\n  \"b\":", []string{"f:1 1:1 " + one, "f:4 4:1 {\n  \"b\":"}},
		{"one is too large", one + "\n{\n\"a\":\"" + strings.Repeat("x", limit) + "\"\n}\n" + two, []string{"f:1 1:1 " + one, "f:4 4:1 #74", "f:7 7:1 " + two}},
		{"text belongs to the value before it", one + "\nend\nof it\n" + two, []string{"f:1 1:1 " + one + "\nend\nof it\n", "f:6 6:1 " + two}},
		{"text on a value's line", one + " , " + two, []string{"f 1:1 " + one + " , " + two}},
		{"a bracket after a byte that is no character", "\x80{}", []string{"f 1:1 \x80{}"}},
		{"text first", "starting\n" + one, []string{"f:1 1:1 starting\n", "f:2 2:1 " + one}},
	})
}

func TestRead_DeepNesting(t *testing.T) {
	t.Parallel()
	o := capture.Options{Limit: 1 << 20}
	path := filepath.Join(t.TempDir(), "f")
	deep := strings.Repeat(`{"a":[`, 500) + strings.Repeat("]}", 500)
	require.NoError(t, os.WriteFile(path, []byte(deep), 0o600))
	require.Equal(t, []string{path + " 1:1 " + deep}, readAll(o, path))
	open := strings.Repeat("[", 1<<20)
	require.NoError(t, os.WriteFile(path, []byte(open), 0o600))
	require.Equal(t, []string{path + ":1 1:2 " + open[1:], path + ":1 1:1048577 " + noEnd}, readAll(o, path))
}
