package capture

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSniff_Layout(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       layout
	}{
		{"an empty file", "", values},
		{"only spaces", " \r\n\t\n", values},
		{"only a byte order mark", mark, values},
		{"one line", `{"a":1}`, values},
		{"one line with an end", "{\"a\":1}\n", values},
		{"one broken line", "{\"a\":\n", values},
		{"a printed object", "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", values},
		{"an object whose braces stand on their own lines", "{\"a\":\n{\n\"b\":1\n}\n}\n", values},
		{"an object that holds a printed list", "{\"events\": [\n{\"a\":1},\n{\"b\":2}\n]}\n", values},
		{"a printed list of compact objects", "[\n{\"a\":1},\n{\"b\":2}\n]\n", values},
		{"a list with leading commas", "[{\"a\":1}\n,{\"b\":2}]\n", values},
		{"a list on one line", `[{"a":1},{"b":2}]`, values},
		{"a list without commas", "[\n{\"a\":1}\n{\"b\":2}\n]\n", values},
		{"a list that is cut off", "[\n{\"a\":1},\n{\"b\":2}", values},
		{"a printed list of lists", "[\n[1],\n[2]\n]\n", values},
		{"concatenated printed objects", "{\n  \"a\": 1\n}\n{\n  \"b\": 2\n}\n", values},
		{"printed objects before compact ones", "{\n  \"a\": 1\n}\n{\"b\":2}\n{\"c\":3}\n", values},
		{"a compact object before a comma", "{\"a\":1}\n,{\"b\":2}\n", values},
		{"a page of HTML", "<html>\n<body>\n</body>\n</html>\n", values},
		{"a text", "1\n2\n3\n", values},
		{"a log before a printed object", "starting\n{\n  \"a\": 1\n}\n", values},
		{"UTF-16", "\xff\xfe{\x00\n\x00}\x00", values},

		{"two lines", "{\"a\":1}\n{\"b\":2}", lines},
		{"two lines after a byte order mark", mark + "{\"a\":1}\n{\"b\":2}", lines},
		{"lines with blank ones between", "\n{\"a\":1}\r\n\r\n \n{\"b\":2}\r\n", lines},
		{"lines that are arrays", "[{\"a\":1}]\n[{\"b\":2}]\n", lines},
		{"brackets and line ends in quoted texts", `{"a":"}\"{\\\n"}` + "\n{\"b\":2}\n", lines},
		{"a first line that is cut off", "{\"a\":1,\"b\n{\"c\":3}\n", lines},
		{"a first line that is cut off after a colon", "{\"a\":\n{\"c\":3}\n{\"d\":4}\n", lines},
		{"a first line that is an array cut off", "[{\"a\":1\n[{\"b\":2}]\n", lines},
		{"a first line with something after its object", "{\"a\":1} end\n{\"b\":2}\n", lines},
		{"a garbage line first", "Listening on :8080\n{\"a\":1}\n", lines},
		{"garbage lines first", "one\n\ntwo\n{\"a\":1}\n{\"b\":2}\n", lines},
		{"a log line that begins with a bracket", "[INFO] listening\n{\"a\":1}\n{\"b\":2}\n", lines},
		{"a line of a vertical tab first", "\v\n{\"a\":1}\n", lines},
		{"a garbage line after the first", "{\"a\":1}\ngarbage\n", lines},
		{"a byte order mark on the second line", "{\"a\":1}\n" + mark + "{\"b\":2}\n", lines},
	} {
		require.Equal(t, c.want, sniff([]byte(c.text), true), c.name)
	}
}

func TestSniff_LineLongerThanWindow(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100)
	for _, c := range []struct {
		text string
		want layout
	}{
		{`{"a":"` + long, lines},
		{long, lines},
		{"{\"a\":\"" + long + "\"}\n", lines},
		{`[{"a":"` + long, values},
		{"{\n\"a\":\"" + long, values},
	} {
		require.Equal(t, c.want, sniff([]byte(c.text), false), c.text)
	}
}
