package capture_test

import (
	"strings"
	"testing"
)

const (
	noComma = "!missing comma between two bodies of the list"
	noBody  = "!missing body after a comma of the list"
	noEnd   = "!the file ends inside the list of bodies"
	marked  = "!byte order mark before the list of bodies; most JSON parsers reject it"
)

func TestRead_Array(t *testing.T) {
	t.Parallel()
	printed := "[\n  {\"item\": 1},\n  {\"item\": 2}\n]"
	requireReadings(t, []reading{
		{"one body", `[{"item":1},{"item":2}]`, []string{`f 1:1 [{"item":1},{"item":2}]`}},
		{"one body, printed", printed + "\n", []string{"f 1:1 [\n  {\"item\": 1},\n  {\"item\": 2}\n]"}},
		{"one body after spaces and a mark", mark + " [ {\"item\":1} ]", []string{"f 1:1 " + mark + ` [ {"item":1} ]`}},
		{"one body that is truncated", `[{"item":1},{"it`, []string{`f 1:1 [{"item":1},{"it`}},
		{"one body that is too large", `[{"item":1},"` + strings.Repeat("x", limit) + `"]`, []string{"f 1:1 #79"}},
		{"a list", `[{"a":1}, {"b":2}]`, []string{`f:1 1:2 {"a":1}`, `f:1 1:11 {"b":2}`}},
		{"a list, printed", "[\n  {\n    \"a\": 1\n  },\n  {\"é\": \"😀\"},{\"c\":3}\n]\n", []string{"f:2 2:3 {\n    \"a\": 1\n  }", `f:5 5:3 {"é": "😀"}`, `f:5 5:14 {"c":3}`}},
		{"a list of arrays", `[[1],[{"item":2}],[]]`, []string{"f:1 1:2 [1]", `f:1 1:6 [{"item":2}]`, "f:1 1:19 []"}},
		{"a list of a body", `[{"a":1}]`, []string{`f:1 1:2 {"a":1}`}},
		{"an empty array", " [ ]\n", []string{"f 1:2 [ ]"}},
		{"an array of scalars", `[1,{"a":1}]`, []string{`f 1:1 [1,{"a":1}]`}},
		{"a list after a mark", mark + `[{"a":1},{"b":2}]`, []string{"f:1 1:1 " + marked, `f:1 1:3 {"a":1}`, `f:1 1:11 {"b":2}`}},
		{"lists one after the other", "[{\"a\":1},\n{\"b\":2}] [{\"item\":1}]\n[{\"c\":3}]",
			[]string{`f:1 1:2 {"a":1}`, `f:2 2:1 {"b":2}`, `f:2 2:10 [{"item":1}]`, `f:3 3:2 {"c":3}`}},
	})
}

func TestRead_ContinuesAfterInvalidElement(t *testing.T) {
	t.Parallel()
	a, b := `f:1 1:2 {"a":1}`, `{"b":2}`
	requireReadings(t, []reading{
		{"a missing comma", `[{"a":1} {"b":2}]`, []string{a, "f:1 1:10 " + noComma, "f:1 1:10 " + b}},
		{"missing commas in a printed list", "[\n{\"a\":1}\n{\"b\":2}\n]", []string{`f:2 2:1 {"a":1}`, "f:3 3:1 " + noComma, "f:3 3:1 " + b}},
		{"a trailing comma", `[{"a":1},{"b":2},]`, []string{a, "f:1 1:10 " + b, "f:1 1:18 " + noBody}},
		{"two commas", `[{"a":1},,{"b":2}]`, []string{a, "f:1 1:10 " + noBody, "f:1 1:11 " + b}},
		{"scalars", `[{"a":1}, "x, ]\" y",17 ,null,{"b":2}]`,
			[]string{a, `f:1 1:11 "x, ]\" y"`, "f:1 1:22 17", "f:1 1:26 null", "f:1 1:31 " + b}},
		{"a text that is truncated", "[{\"a\":1}, \"x,\n{\"b\":2}]", []string{a, `f:1 1:11 "x,`, "f:2 2:1 " + noComma, "f:2 2:1 " + b}},
		{"a bracket too many", `[{"a":1}},{"b":2}]`, []string{a, "f:1 1:9 " + noComma, "f:1 1:9 }", "f:1 1:11 " + b}},
		{"the end is missing", `[{"a":1},{"b":2}`, []string{a, "f:1 1:10 " + b, "f:1 1:17 " + noEnd}},
		{"the end is missing after a comma", "[{\"a\":1},\n", []string{a, "f:2 2:1 " + noEnd}},
		{"the last body is truncated", `[{"a":1},{"b":`, []string{a, `f:1 1:10 {"b":`, "f:1 1:15 " + noEnd}},
		{"the first body is truncated", `[{"a":`, []string{`f:1 1:2 {"a":`, "f:1 1:7 " + noEnd}},
		{"only its bracket", "[\n", []string{"f 1:1 [\n"}},
		{"a body that is too large", `[{"a":1},{"x":"` + strings.Repeat("x", limit) + `"},{"b":2}]`, []string{a, "f:1 1:10 #72", "f:1 1:83 " + b}},
		{"the first body is too large", `[{"x":"` + strings.Repeat("x", limit) + `"},{"b":2}]`, []string{"f:1 1:2 #72", "f:1 1:75 " + b}},
		{"an object after it", "[{\"a\":1}\n]\n{\"b\":2}", []string{a, "f:3 3:1 " + b}},
		{"text after it", `[{"a":1}] end`, []string{a, "f:1 1:11 end"}},
		{"a bracket after it", "[{\"a\":1},\n{\"b\":2}]]\n", []string{a, "f:2 2:1 " + b, "f:2 2:9 ]\n"}},
		{"a comma first", `[,{"a":1}]`, []string{`f 1:1 [,{"a":1}]`}},
		{"not UTF-8", "[{\"a\":1},\xff\x80\xe9,{\"b\":2}]", []string{a, "f:1 1:10 \xff\x80\xe9", "f:1 1:14 " + b}},
	})
}
