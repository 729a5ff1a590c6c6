package document_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func decode(t *testing.T, source string) (document.Node, []document.Defect) {
	t.Helper()
	root, defects, err := document.JSON([]byte(source), document.BodyLimits())
	require.NoError(t, err, "%.200q", source)
	return root, defects
}

func TestJSON_KeepsOffsets(t *testing.T) {
	t.Parallel()
	source := " {\"😀é\": [1, \"ü\\n\", {\"b\" : true}],\n\t\"c\":null , \"d\":-1.5e+3}\r\n"
	root, defects := decode(t, source)
	require.Empty(t, defects)
	require.Equal(t, []string{"😀é", "c", "d"}, root.Keys())
	for pointer, want := range map[string]string{
		"":        source[1 : len(source)-2],
		"/😀é":     `[1, "ü\n", {"b" : true}]`,
		"/😀é/0":   `1`,
		"/😀é/1":   `"ü\n"`,
		"/😀é/2":   `{"b" : true}`,
		"/😀é/2/b": `true`,
		"/c":      `null`,
		"/d":      `-1.5e+3`,
	} {
		node := root.At(document.Tokens(pointer))
		require.NotNil(t, node, pointer)
		require.Equal(t, want, source[node.Start:node.End], pointer)
	}
	for _, m := range root.Members {
		require.True(t, strings.HasPrefix(source[m.KeyStart:], document.Quote(m.Key)), m.Key)
	}
}

func TestAny_EqualsEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`null`, `true`, `false`, `0`, `-0`, `9007199254740993`, `1E400`, `""`, `[]`, `{}`, "\t[ ]\r\n", `{"":{"":[[],{}]}}`,
		`"\"\\\/\b\f\n\r\t"`, `"\u00e9\u00E9\ud83d\uDE00\u0000"`, `"é😀"`, `"é\n😀"`,
		`{"status":"sent","Status":"x","STATUS":"failed"}`, `{"a":{"b":1},"a":{"c":2}}`,
	} {
		root, _ := decode(t, source)
		require.Equal(t, standard(t, source), root.Any(), source)
	}
}

func TestJSON_SyntaxErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source  string
		offset  int
		message string
	}{
		{``, 0, "the JSON ends where a value should begin"},
		{" \r\n", 0, "the JSON ends where a value should begin"},
		{`{"a":`, 5, "the JSON ends where a value should begin"},
		{`[1,`, 3, "the JSON ends where a value should begin"},
		{`[`, 1, "the JSON ends where a value should begin"},
		{"\x00", 0, "unexpected byte 0x00 where a value should begin"},
		{"\xff\xfe{\x00}\x00", 0, "unexpected byte 0xff where a value should begin"},
		{"\xfe\xff\x00{\x00}", 0, "unexpected byte 0xfe where a value should begin"},
		{"{\x00}\x00", 1, "unexpected byte 0x00 where a quoted key should stand"},
		{"\xef\xbb\xbf\xef\xbb\xbf{}", 3, "unexpected byte 0xef where a value should begin"},
		{"\ufeff", 3, "the JSON ends where a value should begin"},
		{"\xef\xbb{}", 0, "unexpected byte 0xef where a value should begin"},
		{`<html>`, 0, "unexpected '<' where a value should begin"},
		{`'a'`, 0, `unexpected '\'' where a value should begin`},
		{`a=1`, 0, "unexpected 'a' where a value should begin"},
		{`[,1]`, 1, "unexpected ',' where a value should begin"},
		{`[1,,2]`, 3, "unexpected ',' where a value should begin"},
		{`{"a":}`, 5, "unexpected '}' where a value should begin"},
		{`[NaN]`, 1, "unexpected 'N' where a value should begin"},
		{"[\u00a01]", 1, "unexpected byte 0xc2 where a value should begin"},
		{`tru`, 0, `unexpected word where "true", a number or a quoted text should stand`},
		{`[fals]`, 1, `unexpected word where "false", a number or a quoted text should stand`},
		{`nil`, 0, `unexpected word where "null", a number or a quoted text should stand`},

		{`{`, 1, "unexpected the end where a quoted key should stand"},
		{`{"a":1,`, 7, "unexpected the end where a quoted key should stand"},
		{`{a:1}`, 1, "unexpected 'a' where a quoted key should stand"},
		{`{,}`, 1, "unexpected ',' where a quoted key should stand"},
		{`{1:2}`, 1, "unexpected '1' where a quoted key should stand"},
		{`{"a"`, 4, `unexpected the end where ':' should follow the key "a"`},
		{`{"a" "b"}`, 5, `unexpected '"' where ':' should follow the key "a"`},
		{`{"` + strings.Repeat("k", 50) + `"}`, 53, `unexpected '}' where ':' should follow the key "` + strings.Repeat("k", 39) + `…"`},
		{`{"a":1`, 6, "the JSON ends inside an object"},
		{`[1 `, 2, "the JSON ends inside an array"},
		{`[1 2]`, 3, "unexpected '2' where ',' or ']' should stand in an array"},
		{`[1}`, 2, "unexpected '}' where ',' or ']' should stand in an array"},
		{`{"a":1;`, 6, "unexpected ';' where ',' or '}' should stand in an object"},
		{`{"a":[1],"b"`, 12, `unexpected the end where ':' should follow the key "b"`},
		{`[1, ]`, 4, "comma before the closing ']' of an array"},
		{"{\"a\":1,\n}", 8, "comma before the closing '}' of an object"},

		{`{"a":1} garbage`, 8, "unexpected 'g' after the JSON value"},
		{`{}{}`, 2, "unexpected '{' after the JSON value"},
		{`1 2`, 2, "unexpected '2' after the JSON value"},
		{`truee`, 4, "unexpected 'e' after the JSON value"},
		{"{}\x00", 2, "unexpected byte 0x00 after the JSON value"},
		{"{}\u00a0", 2, "unexpected byte 0xc2 after the JSON value"},
		{`[]]`, 2, "unexpected ']' after the JSON value"},

		{`"a`, 2, "the JSON ends inside a quoted text"},
		{`"a\n`, 4, "the JSON ends inside a quoted text"},
		{`"a\`, 3, "the JSON ends inside a quoted text"},
		{`"a\u00`, 6, "the JSON ends inside a quoted text"},
		{`"\ud83d\u`, 9, "the JSON ends inside a quoted text"},
		{`{"a`, 3, "the JSON ends inside a quoted text"},
		{"\"a\nb\"", 2, "byte 0x0a inside a quoted text must be escaped"},
		{"\"\\t\t\"", 3, "byte 0x09 inside a quoted text must be escaped"},
		{"\"\x00\"", 1, "byte 0x00 inside a quoted text must be escaped"},
		{`"\q"`, 2, "unexpected 'q' after a backslash"},
		{`"\'"`, 2, `unexpected '\'' after a backslash`},
		{"\"\\é\"", 2, "unexpected byte 0xc3 after a backslash"},
		{`"\u12g4"`, 5, `unexpected 'g' in a \u escape`},
		{`"\u"`, 3, `unexpected '"' in a \u escape`},
		{`"\ud83d\u12x4"`, 11, `unexpected 'x' in a \u escape`},
		{"\"\xff\xfe\"", 1, "byte 0xff is not UTF-8"},
		{"{\"é\xc3\":1}", 4, "byte 0xc3 is not UTF-8"},
		{"\"\\té\xed\xa0\x80\"", 5, "byte 0xed is not UTF-8"},
		{"\"\xf4\x90\x80\x80\"", 1, "byte 0xf4 is not UTF-8"},
		{"\"\xc0\x80\"", 1, "byte 0xc0 is not UTF-8"},

		{`01`, 0, "number begins with a zero"},
		{`-01`, 1, "number begins with a zero"},
		{`[00]`, 1, "number begins with a zero"},
		{`-`, 1, "unexpected the end where a digit should stand"},
		{`[-]`, 2, "unexpected ']' where a digit should stand"},
		{`-Infinity`, 1, "unexpected 'I' where a digit should stand"},
		{`1.`, 2, "unexpected the end where a digit should follow the point"},
		{`1.e3`, 2, "unexpected 'e' where a digit should follow the point"},
		{`.5`, 0, "unexpected '.' where a value should begin"},
		{`+1`, 0, "unexpected '+' where a value should begin"},
		{`1e`, 2, "unexpected the end where a digit of the exponent should stand"},
		{`1E+`, 3, "unexpected the end where a digit of the exponent should stand"},
		{`1e--1`, 3, "unexpected '-' where a digit of the exponent should stand"},
		{`0x1F`, 1, "unexpected 'x' after the JSON value"},
		{`1_000`, 1, "unexpected '_' after the JSON value"},
	} {
		_, defects, err := document.JSON([]byte(c.source), document.BodyLimits())
		require.Empty(t, defects, "%q", c.source)
		require.Equal(t, &document.SyntaxError{Offset: c.offset, Message: c.message}, err, "%q", c.source)
		require.EqualError(t, err, c.message)
	}
}

func TestJSON_RejectsTruncatedBody(t *testing.T) {
	t.Parallel()
	source := `{"a":[1.5e3,true,null,"\ud83d\ude00é"],"b":{"c":-0}}`
	for cut := range source {
		var syntax *document.SyntaxError
		_, _, err := document.JSON([]byte(source[:cut]), document.BodyLimits())
		require.ErrorAs(t, err, &syntax, source[:cut])
		require.LessOrEqual(t, syntax.Offset, cut, source[:cut])
	}
}

func TestJSON_Defects(t *testing.T) {
	t.Parallel()
	lone := func(pointer string, offset int, escape string) document.Defect {
		return document.Defect{Rule: "lone-surrogate", Pointer: pointer, Offset: offset, Message: escape + " has no partner; parsers read it differently"}
	}
	twice := func(pointer string, offset int, key string) document.Defect {
		return document.Defect{Rule: "duplicate-key", Pointer: pointer, Offset: offset, Message: "duplicate key " + key + " in one object"}
	}
	for _, c := range []struct {
		source, want string // want is the value as Compact renders it
		defects      []document.Defect
	}{
		{"\ufeff{}", `{}`, []document.Defect{{Rule: "byte-order-mark", Message: "byte order mark before the JSON"}}},
		{`"\ud83d\ude00 \uD83D\uDE00"`, `"😀 😀"`, nil},
		{`"\\ud83d"`, `"\\ud83d"`, nil},
		{`"\\\ud83d\\ude00"`, `"\\�\\ude00"`, []document.Defect{lone("", 3, `\ud83d`)}},
		{`["x", "\ud83d"]`, `["x", "�"]`, []document.Defect{lone("/1", 7, `\ud83d`)}},
		{`{"a":"x\ude00y"}`, `{"a": "x�y"}`, []document.Defect{lone("/a", 7, `\ude00`)}},
		{`"\ude00\ud83d"`, `"��"`, []document.Defect{lone("", 1, `\ude00`), lone("", 7, `\ud83d`)}},
		{`"\ud83d\ud83d\ude00"`, `"�😀"`, []document.Defect{lone("", 1, `\ud83d`)}},
		{`"\ud83d\u0041"`, `"�A"`, []document.Defect{lone("", 1, `\ud83d`)}},
		{`"\ud83d\n"`, `"�\n"`, []document.Defect{lone("", 1, `\ud83d`)}},
		{`"\uDBFFé"`, `"�é"`, []document.Defect{lone("", 1, `\udbff`)}},
		{`{"é":{"\ud83d":1}}`, `{"é": {"�": 1}}`, []document.Defect{lone("/é", 8, `\ud83d`)}},
		{`{"a":1,"\ude00":2}`, `{"a": 1, "�": 2}`, []document.Defect{lone("", 8, `\ude00`)}},
		{`{"a":1,"b":2,"a":3}`, `{"a": 1, "b": 2, "a": 3}`, []document.Defect{twice("/a", 13, `"a"`)}},
		{`{"a":1,"\u0061":2,"a":3}`, `{"a": 1, "a": 2, "a": 3}`, []document.Defect{twice("/a", 7, `"a"`), twice("/a", 18, `"a"`)}},
		{`[{"x":{"~/":1,"~/":2}}]`, `[{"x": {"~/": 1, "~/": 2}}]`, []document.Defect{twice("/0/x/~0~1", 14, `"~/"`)}},
		{`{"a":{"a":1},"b":[{"a":1},{"a":1}],"A":1}`, `{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}], "A": 1}`, nil},
	} {
		root, defects := decode(t, c.source)
		require.Equal(t, c.want, root.Compact(100), c.source)
		require.Equal(t, c.defects, defects, c.source)
	}
}

func TestJSON_RepeatedKeyInLargeObject(t *testing.T) {
	t.Parallel()
	for _, size := range []int{15, 16, 17, 40} {
		var b strings.Builder
		for i := range size {
			fmt.Fprintf(&b, `"k%d":%d,`, i, i)
		}
		for _, again := range []string{"k0", fmt.Sprintf("k%d", size-1)} {
			root, defects := decode(t, "{"+b.String()+`"`+again+`":"last","`+again+`":"very last"}`)
			require.Len(t, defects, 2, "%s of %d", again, size)
			require.Equal(t, "/"+again, defects[0].Pointer)
			require.Equal(t, "very last", root.Get(again).Text)
			require.Len(t, root.Members, size+2)
		}
	}
}

func TestJSON_NumbersKeepText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0", "-0", "0.0", "10", "9007199254740993", "-1.50", "1e3", "1E+3", "0e-7", "1e400", "1e-400", "1e0000400",
		strings.Repeat("9", 400), "0." + strings.Repeat("1", 398),
	} {
		root, defects := decode(t, text)
		require.Empty(t, defects, text)
		require.Equal(t, document.Node{Kind: document.Number, Text: text, End: len(text)}, root)
	}
}

func TestJSON_HugeNumberIsDefect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, shown string }{
		{"1e5000000", "1e5000000"},
		{"-1E+401", "-1E+401"},
		{"1e401", "1e401"},
		{"1e-401", "1e-401"},
		{"0e18446744073709551617", "0e18446744073709551617"},
		{"1e" + strings.Repeat("9", 100_000), "1e" + strings.Repeat("9", 37) + "…"},
		{strings.Repeat("9", 401), strings.Repeat("9", 39) + "…"},
		{"0." + strings.Repeat("1", 1_000_000), "0." + strings.Repeat("1", 37) + "…"},
	} {
		root, defects := decode(t, `{"n": `+c.text+`}`)
		require.Equal(t, []document.Defect{
			{Rule: "number", Pointer: "/n", Offset: 6, Message: "number " + c.shown + " is too large or too long to hold"},
		}, defects)
		require.Equal(t, `{"n": 0}`, root.Compact(100))
		require.Equal(t, 6+len(c.text), root.Get("n").End)
	}
}

func TestJSON_LimitErrors(t *testing.T) {
	t.Parallel()
	limits := document.Limits{Bytes: 20, Depth: 3, Nodes: 5}
	for _, c := range []struct {
		source string
		want   error
	}{
		{`[[[1]]]`, nil},
		{`{"a":[{}]}`, nil},
		{`[[[[1]]]]`, &document.LimitError{Offset: 3, Message: "the JSON is nested more than 3 levels deep"}},
		{`[{"a":[{}]}]`, &document.LimitError{Offset: 7, Message: "the JSON is nested more than 3 levels deep"}},
		{`[1,2,3,4]`, nil},
		{`[1,2,3,4,5]`, &document.LimitError{Offset: 9, Message: "the JSON has more than 5 values"}},
		{`[1,2,3]` + strings.Repeat(" ", 13), nil},
		{`[1,2,3]` + strings.Repeat(" ", 14), &document.LimitError{Offset: 20, Message: "the JSON has 21 bytes; the limit is 20"}},
	} {
		_, _, err := document.JSON([]byte(c.source), limits)
		if c.want == nil {
			require.NoError(t, err, c.source)
			continue
		}
		require.Equal(t, c.want, err, c.source)
		require.EqualError(t, err, c.want.Error())
	}
}

// It is not parallel, because it measures what it allocates.
func TestJSON_RejectsHostileBodies(t *testing.T) {
	for name, source := range map[string]string{
		"1,000 arrays deep":      strings.Repeat("[", 1000) + strings.Repeat("]", 1000),
		"10,001 arrays deep":     strings.Repeat("[", 10_001),
		"1,000 objects deep":     strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000),
		"a million values":       "[" + strings.Repeat("[],", 1_000_000) + "[]]",
		"10 MiB":                 "[" + strings.Repeat("[],", 10<<20/3) + "[]]",
		"99,000 repeated keys":   `{` + strings.Repeat(`"":0,`, 99_000) + `"":0}`,
		"600,000 surrogates":     `"` + strings.Repeat(`\ud800`, 600_000) + `"`,
		"defects below 2 MB key": `{"` + strings.Repeat("k", 2_000_000) + `":{` + strings.Repeat(`"":0,`, 90_000) + `"":0}}`,
	} {
		var limit *document.LimitError
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, defects, err := document.JSON([]byte(source), document.BodyLimits())
		require.ErrorAs(t, err, &limit, name)
		require.Empty(t, defects, name)
		runtime.ReadMemStats(&after)
		const maxCount = 64 << 20
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(maxCount), name)
	}
}

func TestJSON_TooManyDefects(t *testing.T) {
	t.Parallel()
	surrogates := func(n int) []byte { return []byte(`"` + strings.Repeat(`\udc00`, n) + `"`) }
	_, defects, err := document.JSON(surrogates(1000), document.BodyLimits())
	require.NoError(t, err)
	require.Len(t, defects, 1000)
	_, _, err = document.JSON(surrogates(1002), document.BodyLimits())
	require.Equal(t, &document.LimitError{Offset: 6001, Message: "the JSON has more defects than can be listed"}, err)
}

func TestRootText_ReadsTheBeginning(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]struct {
		text  string
		found bool
	}{
		`{"a": [1, {"title": "x"}], "title": "A \"b\"", `: {`A "b"`, true},
		` {"title":"A"`:            {"A", true},
		`{"title": "A`:             {"", false},
		`{"a": {"title": "x"}}`:    {"", false},
		`{"a": 1 "title": "A"}`:    {"", false},
		`{"a": tru, "title": "A"}`: {"", false},
		`["title", "A"]`:           {"", false},
		`{}`:                       {"", false},
		``:                         {"", false},
	} {
		text, found := document.RootText([]byte(source), "title")
		require.Equal(t, want.found, found, source)
		require.Equal(t, want.text, text, source)
	}
}
