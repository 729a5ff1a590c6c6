package document_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func readYAML(t *testing.T, source string) *document.File {
	t.Helper()
	f, err := document.ReadYAML("f.yaml", []byte(source))
	require.NoError(t, err, "%.200q", source)
	return f
}

func TestReadYAML_PlainScalars(t *testing.T) {
	t.Parallel()
	for kind, texts := range map[document.Kind][]string{
		document.String: {
			"+919900000000", "00123", "017", "0o17", "0x1F", "0b1", "1_000", "1,000", "2026-01-01", "2026-01-01T10:00:00Z", "12:30:45",
			"yes", "no", "on", "off", "y", "N", "True", "TRUE", "False", "Null", "NULL", "~", ".5", "1.", "+1", "-x", "1e", "1e401", "1e5000000",
			".inf", "-.Inf", ".nan", "<<", "=", "1 2", "null null", "a#b", "a:b", strings.Repeat("9", 401), "é😀",
		},
		document.Number: {"0", "-0", "17", "-1.50", "1e3", "1E+3", "9007199254740993", "1e400", "919900000000", strings.Repeat("9", 400)},
		document.Bool:   {"true", "false"},
	} {
		for _, text := range texts {
			node := readYAML(t, "to: "+text+" # comment\n").Root.Get("to")
			require.Equal(t, &document.Node{Kind: kind, Text: text, Start: 4, End: 4}, node, text)
		}
	}
	require.Equal(t, &document.Node{Start: 4, End: 4}, readYAML(t, "to: null").Root.Get("to"))
}

func TestReadYAML_QuotedAndBlockScalars(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`"12"`:             "12",
		`'12'`:             "12",
		`""`:               "",
		`''`:               "",
		`"true"`:           "true",
		`'null'`:           "null",
		`"\u00e9\x00\n"`:   "é\x00\n",
		"|\n  12\n":        "12\n",
		">-\n  12\n":       "12",
		">-\n  1\n  2\n":   "1 2",
		"|\n  a: &x *y !z": "a: &x *y !z",
	} {
		node := readYAML(t, "a: "+source).Root.Get("a")
		require.Equal(t, &document.Node{Kind: document.String, Text: want, Start: 3, End: 3}, node, source)
	}
}

func TestReadYAML_Values(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"a:\n- 1\n- b: x\n  c: []\n":        `{"a": [1, {"b": "x", "c": []}]}`,
		"{a: {b: [1, \"2\"]}, \"c\":3}":     `{"a": {"b": [1, "2"]}, "c": 3}`,
		"- - - 1":                           `[[[1]]]`,
		"---\na: 1\n...\n":                  `{"a": 1}`,
		"%YAML 1.1\n---\na: 1\n":            `{"a": 1}`,
		"true: 1\nnull: 2\n017: 3\n1: 4":    `{"true": 1, "null": 2, "017": 3, "1": 4}`,
		"? a\n: 1\n? \"\"\n: 2\n":           `{"a": 1, "": 2}`,
		"<<: {a: 1}\nb: 2\n":                `{"<<": {"a": 1}, "b": 2}`,
		"/statuses/*: {/a/b: x}":            `{"/statuses/*": {"/a/b": "x"}}`,
		"events: [\"*\", 'whatsapp.*']":     `{"events": ["*", "whatsapp.*"]}`,
		"a: 1\r\nb: 2\r\n":                  `{"a": 1, "b": 2}`,
		"null":                              `null`,
		"x":                                 `"x"`,
		"{\"a\":[1,true,null,\"\\u00e9\"]}": `{"a": [1, true, null, "é"]}`,
	} {
		f := readYAML(t, source)
		require.Equal(t, want, f.Root.Compact(200), source)
		require.Equal(t, "f.yaml", f.Name)
		require.Equal(t, source, string(f.Source))
	}
}

func TestReadYAML_Errors(t *testing.T) {
	t.Parallel()
	const (
		anchors = "anchors and aliases are not allowed: write the value out, or quote it if it is a text"
		tags    = "tags are not allowed: quote the value if it is a text"
		missing = `value is missing; write "" for an empty text`
	)
	for _, c := range []struct{ source, want string }{
		{"a: &x 1", "1:4: " + anchors},
		{"é: 😀\nü: [\"😀\", &x 1]", "2:10: " + anchors},
		{"a: &x\n  b: 1\nc: *x", "1:4: " + anchors},
		{"&x a: 1", "1:1: " + anchors},
		{"a: &x !!str 1", "1:4: " + anchors},
		{"a: *x", "1:4: read YAML: " + anchors},

		{"a: !!str 1", "1:4: " + tags},
		{"a: !!int \"1\"", "1:4: " + tags},
		{"a: !own {b: 1}", "1:4: " + tags},
		{"a: !<tag:yaml.org,2002:str> 1", "1:4: " + tags},
		{"a: ! 12", "1:4: " + tags},
		{"a: ! [12]", "1:4: " + tags},
		{"- a\n- !", "2:3: " + tags},
		{"%TAG ! tag:x,2000:\n---\na: !b 1", "3:4: " + tags},

		{"a: 1\nb: 2\na: 3\n", "3:1: duplicate key \"a\""},
		{"{\"é\": 1, é: 2}", "1:10: duplicate key \"é\""},
		{"x:\n  - {1: a, \"1\": b}\n", "2:12: duplicate key \"1\""},

		{"a:\nb: 1\n", "1:3: " + missing},
		{"b: 1\na:", "2:3: " + missing},
		{"- 1\n-\n", "2:2: " + missing},
		{"{a, b: 1}", "1:3: " + missing},
		{"{a: }", "1:5: " + missing},
		{": 1", "1:1: " + missing},
		{"---\n", "2:1: " + missing},

		{"[1, 2]: x", "1:1: key is no text"},
		{"? {a: 1}\n: x", "1:3: key is no text"},

		{"", "1:1: file holds no value"},
		{"# only this\n", "1:1: file holds no value"},
		{"a: 1\n---\nb: 2\n", "2:1: file holds a second document"},
		{"a: 1\n---\n", "2:1: file holds a second document"},
		{"a: 1\n---\nb: [", "3:5: read YAML: did not find expected node content"},
		{"a: 1\n... x", "2:5: read YAML: found unexpected content after document-end marker"},

		{"a: b: c", "1:5: read YAML: mapping values are not allowed in this context: quote a text that holds a colon"},
		{"😀: b: c", "1:5: read YAML: mapping values are not allowed in this context: quote a text that holds a colon"},
		{"a: [1, 2", "1:9: read YAML: did not find expected ',' or ']', while parsing a flow sequence that begins in line 1"},
		{"x: 1\na: {b: 1,\n  c: [2]\nd", "4:1: read YAML: did not find expected ',' or '}', while parsing a flow mapping that begins in line 2"},
		{"a:\n\t- 1", "2:1: read YAML: found character that cannot start any token: indent with spaces, not with tabs"},
		{"a: @b", "1:4: read YAML: found character that cannot start any token"},
		{"events: *", "1:10: read YAML: did not find expected alphabetic or numeric character"},
		{"a: \"x\n", "2:1: read YAML: found unexpected end of stream, while scanning a quoted scalar that begins in line 1"},
		{"a: \"\\q\"", "1:5: read YAML: found unknown escape character"},
		{"a: \"\\ud83d\"", "1:7: read YAML: found invalid Unicode character escape code"},

		{"a: é\x01", "1:5: read YAML: control characters are not allowed (value: 1)"},
		{"a: \x00", "1:4: read YAML: control characters are not allowed (value: 0)"},
		{"é: 1\nü: \"\xff\"", "2:5: read YAML: byte 0xff is not UTF-8"},
		{"\xff\xfea\x00:\x00 \x001\x00", "1:1: read YAML: byte 0xff is not UTF-8"},
		{"\xfe\xff\x00a\x00:\x00 \x001", "1:1: read YAML: byte 0xfe is not UTF-8"},
		{"\ufeffa: &x 1", "1:4: " + anchors},
		{"\ufeffa: 1\nb: &x 1", "2:4: " + anchors},
		{"a: 1\r\nb: &x 2\r\n", "2:4: " + anchors},
		{"a: 1\rb: &x 2", "1:9: " + anchors},
		{"a: 'é\u2028 \u0085 ü'\nb: &x 2", "2:4: " + anchors},
	} {
		f, err := document.ReadYAML("f.yaml", []byte(c.source))
		require.Nil(t, f, "%q", c.source)
		require.EqualError(t, err, "f.yaml:"+c.want, "%q", c.source)
		var place *document.Error
		require.ErrorAs(t, err, &place)
	}
}

func TestReadYAML_Offsets(t *testing.T) {
	t.Parallel()
	source := "# 😀 comment\n\"ключ\": [😀, {é: -1.5}, 'ü', true]\nb:\n  - x: |\n      tëxt\n    y: 17\n"
	for _, mark := range []string{"", "\ufeff"} {
		marked := mark + source
		root := readYAML(t, marked).Root
		for pointer, want := range map[string]string{
			"/ключ":     "[😀",
			"/ключ/0":   "😀,",
			"/ключ/1":   "{é",
			"/ключ/1/é": "-1.5}",
			"/ключ/2":   "'ü'",
			"/ключ/3":   "true]",
			"/b":        "- x",
			"/b/0":      "x: |",
			"/b/0/x":    "|\n",
			"/b/0/y":    "17\n",
		} {
			node := root.At(document.Tokens(pointer))
			require.NotNil(t, node, pointer)
			require.True(t, strings.HasPrefix(marked[node.Start:], want), "%s: %q", pointer, marked[node.Start:])
			require.Equal(t, node.Start, node.End)
		}
		require.Equal(t, strings.Index(marked, `"ключ"`), root.Members[0].KeyStart)
		require.Equal(t, strings.Index(marked, "b:\n"), root.Members[1].KeyStart)
	}
}

func TestReadYAML_RejectsHostileFiles(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x]\n"
	for i := 1; i < 9; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.Join(slices.Repeat([]string{fmt.Sprintf("*a%d", i-1)}, 9), ", "))
	}
	for source, want := range map[string]string{
		bomb:                           "1:5: anchors and aliases are not allowed: write the value out, or quote it if it is a text",
		"a: 1\n---\n" + bomb:           "2:1: file holds a second document",
		"a: &a [*a]\n":                 "1:4: anchors and aliases are not allowed: write the value out, or quote it if it is a text",
		nested("[", "]", 65):           "1:66: file is nested more than 64 levels deep",
		nested("{a: ", "}", 65):        "1:258: file is nested more than 64 levels deep",
		strings.Repeat("[", 200_000):   "1:10001: read YAML: exceeded max depth of 10000",
		strings.Repeat("- ", 100_000):  "1:20001: read YAML: exceeded max depth of 10000",
		strings.Repeat("x", 256<<10+1): "1:1: file has 262145 bytes; the limit is 262144",
	} {
		_, err := document.ReadYAML("f.yaml", []byte(source))
		require.EqualError(t, err, "f.yaml:"+want, "%.50q", source)
	}
	readYAML(t, nested("[", "]", 64))
}

func nested(open, closing string, depth int) string {
	return strings.Repeat(open, depth) + "1" + strings.Repeat(closing, depth)
}

// BenchmarkLargeYAML reads the largest files of the shapes that were once read
// in quadratic time; "x/10th" is the cost against a tenth of the file, which is
// near 10 if it is linear.
func BenchmarkLargeYAML(b *testing.B) {
	shapes := map[string]func(n int) string{
		"keys": func(n int) string {
			var keys strings.Builder
			for i := range n {
				fmt.Fprintf(&keys, "k%d: 1, ", i)
			}
			return "{" + keys.String() + "}"
		},
		"items": func(n int) string { return "[" + strings.Repeat("é,", 3*n) + "]" },
	}
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			const largest = 20_000
			whole, tenth := []byte(shape(largest)), []byte(shape(largest/10))
			var slow, fast time.Duration
			for b.Loop() {
				start := time.Now()
				if _, err := document.ReadYAML("f.yaml", whole); err != nil {
					b.Fatal(err)
				}
				middle := time.Now()
				if _, err := document.ReadYAML("f.yaml", tenth); err != nil {
					b.Fatal(err)
				}
				slow, fast = slow+middle.Sub(start), fast+time.Since(middle)
			}
			b.ReportMetric(float64(slow)/float64(fast), "x/10th")
		})
	}
}

func FuzzYAML(f *testing.F) {
	for _, seed := range []string{
		"", "# c\n", "a: 1\nb: [2, 'x']\n", "a: &x 1\nb: *x", "a: !!str 1", "a: ! 1", "? [a]\n: 1", "a: |\n  x\n", "\ufeffa: 1", "a: 1\r\nb: 2\r",
		"a: 'x\u2028y'\n\u0085b: 2", "é: {😀: -1.5e3}\n", "a: 1\n---\nb: 2", "%YAML 1.1\n---\n- true", "\xff\xfea\x00", "a: \"\\ud83d\"", "<<: {a: 1}",
		"to: +919900000000\nid: 1_000\nd: 2026-01-01\ncode: 017\n", "- - - 1\n- {a: , b}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		file, err := document.ReadYAML("f.yaml", source)
		if err == nil {
			begins(t, source, &file.Root)
			return
		}
		var place *document.Error
		require.ErrorAs(t, err, &place)
		require.Equal(t, "f.yaml", place.File)
		lines := strings.Split(strings.TrimPrefix(string(source), "\ufeff"), "\n")
		require.LessOrEqual(t, place.Line, len(lines))
		require.LessOrEqual(t, place.Column, len([]rune(lines[place.Line-1]))+1)
		require.Positive(t, place.Line)
		require.Positive(t, place.Column)
	})
}

// begins checks that every value starts at its own text.
func begins(t *testing.T, source []byte, n *document.Node) {
	t.Helper()
	require.LessOrEqual(t, n.Start, len(source))
	if n.Kind == document.Number || n.Kind == document.Bool {
		require.True(t, strings.HasPrefix(string(source[n.Start:]), n.Text), "%s at %d", n.Text, n.Start)
	}
	for i := range n.Items {
		begins(t, source, &n.Items[i])
	}
	for i := range n.Members {
		require.LessOrEqual(t, n.Members[i].KeyStart, n.Members[i].Value.Start)
		begins(t, source, &n.Members[i].Value)
	}
}
