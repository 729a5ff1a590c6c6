package document_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func TestForm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source string
		want   string
		rules  []string
	}{
		"fields":               {"id=4-1&status=SUCCESS", `{"id": "4-1", "status": "SUCCESS"}`, nil},
		"escapes":              {"text=a+b%20c%26%3D%25&n=%E2%82%B9", `{"text": "a b c&=%", "n": "₹"}`, nil},
		"no value":             {"a&b=&=c", `{"a": "", "b": "", "": "c"}`, nil},
		"nothing between":      {"&&a=1&", `{"a": "1"}`, nil},
		"an equals sign":       {"a=b=c", `{"a": "b=c"}`, nil},
		"a list in place":      {"response=%5B%7B%22n%22%3A1%7D%5D", `{"response": [{"n": 1}]}`, nil},
		"an object in place":   {"x=%7B%7D&response=+%7B%22a%22%3A%22%26%22%7D", `{"x": "{}", "response": {"a": "&"}}`, nil},
		"a text in place":      {"response=none", `{"response": "none"}`, nil},
		"a repeated field":     {"a=1&a=2", `{"a": "1", "a": "2"}`, []string{"duplicate-key "}},
		"a repeated key below": {"response=%7B%22a%22%3A1%2C%22a%22%3A2%7D", `{"response": {"a": 1, "a": 2}}`, []string{"duplicate-key /response/a"}},
		"empty":                {"", `{}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, defects, err := document.Form([]byte(c.source), []string{"response"}, document.BodyLimits())
			require.NoError(t, err)
			require.Equal(t, c.want, root.Compact(1000))
			var rules []string
			for _, d := range defects {
				rules = append(rules, d.Rule+" "+d.Pointer)
			}
			require.Equal(t, c.rules, rules)
		})
	}
}

func TestForm_Rejects(t *testing.T) {
	t.Parallel()
	few := document.Limits{Bytes: 1000, Depth: 3, Nodes: 10}
	for source, want := range map[string]struct {
		offset  int
		message string
	}{
		"a=1&b=100%":              {9, "'%' is not followed by two hexadecimal digits; write a percent sign as %25"},
		"a=%zz":                   {2, "'%' is not followed by two hexadecimal digits; write a percent sign as %25"},
		"a=%4":                    {2, "'%' is not followed by two hexadecimal digits; write a percent sign as %25"},
		"a=b%E9c":                 {3, "the form is not UTF-8"},
		"a=1&response=%5B1%2C%5D": {20, `the field "response" has invalid JSON: comma before the closing ']' of an array`},
		"response=%5B":            {12, `the field "response" has invalid JSON: the JSON ends where a value should begin`},
	} {
		_, _, err := document.Form([]byte(source), []string{"response"}, few)
		var syntax *document.SyntaxError
		require.ErrorAs(t, err, &syntax, source)
		require.Equal(t, want.message, syntax.Message, source)
		require.Equal(t, want.offset, syntax.Offset, source)
	}
	for name, source := range map[string]string{
		"bytes": strings.Repeat("a", 1001), "fields": strings.Repeat("a&", 11), "depth": "response=[[[[1]]]]", "values": "a=1&response=[1,2,3,4,5,6,7,8,9,0]",
	} {
		_, _, err := document.Form([]byte(source), []string{"response"}, few)
		var limit *document.LimitError
		require.ErrorAs(t, err, &limit, name)
	}
}

// Offsets lead to the bytes of the source, also those of a value inside a field.
func TestForm_Offsets(t *testing.T) {
	t.Parallel()
	source := "a=%20x&response=%7B%22key%22%3A%22v%22%7D"
	root, _, err := document.Form([]byte(source), []string{"response"}, document.BodyLimits())
	require.NoError(t, err)
	text := func(n *document.Node) string { return source[n.Start:n.End] }
	require.Equal(t, "%20x", text(root.Get("a")))
	require.Equal(t, "%7B%22key%22%3A%22v%22%7D", text(root.Get("response")))
	inner := root.Get("response")
	require.Equal(t, "%22v%22", text(inner.Get("key")))
	require.Equal(t, "%22key", source[inner.Members[0].KeyStart:][:6])
	require.Equal(t, "response", source[root.Members[1].KeyStart:][:8])
}

// What AppendForm writes, Form reads.
func TestForm_RoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-zA-Z%& ₹.\[\]+]{1,8}`), 0, 6, rapid.ID).Draw(t, "names")
		body := "{"
		for i, name := range fields {
			if i > 0 {
				body += ","
			}
			value := document.Quote(rapid.String().Draw(t, "value"))
			if rapid.Bool().Draw(t, "nested") {
				value = fmt.Sprintf(`{"a": [%s, -1.5e3, true, null]}`, value)
			}
			body += document.Quote(name) + ":" + value
		}
		body += "}"
		before, _, err := document.JSON([]byte(body), document.BodyLimits())
		require.NoError(t, err)
		form, ok := document.AppendForm(nil, []byte(body), &before)
		require.True(t, ok)
		var inPlace []string
		for _, m := range before.Members {
			if m.Value.Kind == document.Object {
				inPlace = append(inPlace, m.Key)
			}
		}
		after, defects, err := document.Form(form, inPlace, document.BodyLimits())
		require.NoError(t, err, string(form))
		require.Empty(t, defects)
		require.True(t, before.Equal(&after), "%s became %s", body, after.Compact(500))
	})
}

func TestAppendForm_OnlyObjects(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"[]", `"a"`, "1", "null"} {
		root, _, err := document.JSON([]byte(body), document.BodyLimits())
		require.NoError(t, err)
		_, ok := document.AppendForm(nil, []byte(body), &root)
		require.False(t, ok, body)
	}
}

func TestIsForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"a=1": true, "a=1&b=": true, "response=%5B%7B%7D%5D": true, "a[0]=1&b.c=2": true,
		"": false, "a": false, "a=": false, "aGVsbG8=": false, `{"a":"b=c"}`: false, "a = 1": false, "a=1\nb=2": false, "<a href=x>": false,
	} {
		require.Equal(t, want, document.IsForm([]byte(text)), text)
	}
}

func FuzzForm(f *testing.F) {
	for _, source := range []string{"a=1&b=%20", "response=%5B%7B%22a%22%3A1%7D%5D", "a=%", "&&=&", "response={}", "response=%5B%5B"} {
		f.Add([]byte(source))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		root, _, err := document.Form(source, []string{"response"}, document.BodyLimits())
		if err != nil {
			return
		}
		var within func(n *document.Node)
		within = func(n *document.Node) {
			require.True(t, n.Start >= 0 && n.Start <= n.End && n.End <= len(source), "%d to %d of %d", n.Start, n.End, len(source))
			for i := range n.Members {
				within(&n.Members[i].Value)
			}
			for i := range n.Items {
				within(&n.Items[i])
			}
		}
		within(&root)
	})
}
