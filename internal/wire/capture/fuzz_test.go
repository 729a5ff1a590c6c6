package capture_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
)

// FuzzRead reads any bytes as one file: it ends, every body has its place, and
// what is given out is bounded by what was read.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", " \n", mark, "{\"a\":1}\n{\"b\":2}\n", "{\n\"a\":1\n}\n{}", "[{\"a\":1},{\"item\":2}]", "[{\"item\":1}]\n[]", `[{"a":1} 1,"x",,]]`,
		"\v\n{}", "{\"a\":\n{}\n{}", "[INFO] x\n{}\r\n", "\xff\xfe{\x00}\x00", mark + "[[],{}", "x\n{}\nx\n[", "\xbf[0", "[{}\xe9,\x80 {}",
		"\x1f\x8b\x08", "id=1&mobile=2\n", "2026-03-01 10:00:00 {\"a\":1}", "id,body\n1,\"{\"\"a\"\":1}\"\n", `{"level":30,"time":1,"msg":"x"}`, `{"log":{"version":"1","entries":[`,
		"{\"ringback\":\"delivery/1\",\"body\":\"{}\"}\n{\"ringback\":\"delivery/1\",\"body_base64\":\"/w==\"}\n", `[{"ringback":""}]`,
	} {
		f.Add([]byte(seed), uint8(limit))
		f.Add([]byte(seed), uint8(5))
	}
	f.Fuzz(func(t *testing.T, content []byte, maxCount uint8) {
		o := options()
		o.Limit, o.Stdin = int(maxCount), bytes.NewReader(content)
		bodies, sum := 0, int64(0)
		for b, err := range capture.Read([]string{"-"}, o) {
			if err != nil { // the whole isn't read, and it's said once
				var unsupported *capture.UnsupportedError
				require.ErrorAs(t, err, &unsupported)
				require.Zero(t, bodies)
				bodies, o.Stdin = 1, nil
				continue
			}
			require.NotNil(t, o.Stdin, "nothing follows")
			bodies++
			sum += int64(len(b.Bytes)) + b.Size
			require.LessOrEqual(t, len(b.Bytes), o.Limit)
			require.True(t, b.Size == 0 || b.Size > int64(o.Limit))
			require.False(t, b.Problem != "" && b.Bytes != nil)
			require.Contains(t, []string{"stdin", fmt.Sprint("stdin:", b.Line)}, placed(t, b, content))
		}
		require.Positive(t, bodies+len(bytes.TrimSpace(content)), "an empty file is one empty body")
		require.LessOrEqual(t, sum, int64(len(content)))
	})
}

// placed checks the place of a body and returns its source.
func placed(t *testing.T, b capture.Body, content []byte) string {
	t.Helper()
	if b.Line == 0 {
		require.Zero(t, b.Column)
		require.Contains(t, string(content), `{"ringback":`)
		return "stdin"
	}
	require.Positive(t, b.Column)
	lines := bytes.Split(content, []byte("\n"))
	require.LessOrEqual(t, b.Line, len(lines))
	line := lines[b.Line-1]
	require.LessOrEqual(t, b.Column, len(line)+1)
	if b.Size == 0 && b.Problem == "" {
		require.Contains(t, string(content), string(b.Bytes), "its bytes are those of the file")
		if first, _, _ := bytes.Cut(b.Bytes, []byte("\n")); b.Column == 1 {
			require.True(t, bytes.HasPrefix(line, bytes.TrimSuffix(first, []byte("\r"))), "it begins in its line")
		}
	}
	return b.Source
}

func FuzzReadDelivery(f *testing.F) {
	for _, c := range brokenRecords() {
		f.Add([]byte(c.record))
	}
	f.Add([]byte(`{"ringback":"delivery/1","at":"2026-03-01T10:00:00+05:30","headers":[["a","b"],["a","/w==","base64"]],"body":"\ud83d","faults":[],"attempts":[{},{"request_headers":[],"response":"a","total_ms":-1}]}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		d, err := capture.ReadDelivery(line)
		if err != nil {
			require.Zero(t, d)
			require.True(t, strings.HasPrefix(err.Error(), "read delivery: "))
			return
		}
		var out bytes.Buffer
		require.NoError(t, capture.WriteDelivery(&out, d))
		again, err := capture.ReadDelivery(out.Bytes())
		require.NoError(t, err)
		require.Equal(t, d, again, "what was read is read again")
	})
}

// words are texts that could mislead a reader of lines.
func words() []string {
	return []string{"", "a", "item", "}{", "][", `"`, `\`, "\n", "\r\n", "\u2028", mark, "é😀", " ", ",", "null", "\x00"}
}

func anyValue(r *rand.Rand, depth int) any {
	word := func() string { return words()[r.IntN(len(words()))] + words()[r.IntN(len(words()))] }
	switch kind := r.IntN(6); {
	case kind < 2 && depth > 0:
		object := map[string]any{}
		for range r.IntN(4) {
			object[word()] = anyValue(r, depth-1)
		}
		return object
	case kind < 4 && depth > 0:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, anyValue(r, depth-1))
		}
		return list
	case kind < 5:
		return word()
	}
	return []any{nil, true, -1.5e300}[r.IntN(3)]
}

// Any compact bodies, one on each line, are given back byte for byte, wherever
// blank lines stand and however lines end.
func TestRead_LinesByteForByte(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 0))
		var text bytes.Buffer
		var want []capture.Body
		line := 1
		for range 2 + r.IntN(5) {
			var body any = map[string]any{words()[r.IntN(len(words()))]: anyValue(r, 3)}
			if r.IntN(3) == 0 {
				body = []any{body, anyValue(r, 2)}
			}
			bytes, err := json.Marshal(body)
			require.NoError(t, err)
			want = append(want, capture.Body{Source: fmt.Sprint("stdin:", line), Line: line, Column: 1, Bytes: bytes})
			text.Write(bytes)
			for range 1 + r.IntN(2) {
				text.WriteString([]string{"\n", "\r\n"}[r.IntN(2)])
				line++
			}
		}
		content := text.String()
		if r.IntN(2) == 0 {
			content = strings.TrimRight(content, "\r\n")
		}
		var got []capture.Body
		for b, err := range capture.Read([]string{"-"}, capture.Options{Limit: mebi, Stdin: strings.NewReader(content)}) {
			require.NoError(t, err)
			got = append(got, b)
		}
		require.Equal(t, want, got, "seed %d: %q", seed, content)
	}
}
