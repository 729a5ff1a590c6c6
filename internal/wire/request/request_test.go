package request_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

const form = "application/x-www-form-urlencoded"

// variables are those of a provider.
func variables(t *testing.T) request.Variables {
	t.Helper()
	file, err := document.ReadYAML("variables.yaml", []byte(`{"%0": /id, "%2": /status, "%ca": /short, "%car": /carrier, "{status}": /status}`))
	require.NoError(t, err)
	var vs request.Variables
	require.NoError(t, file.Decode(&file.Root, &vs))
	return vs
}

func TestEncoding_ForURL(t *testing.T) {
	t.Parallel()
	const body = `{"id": "4-1", "status": "A&B", "carrier": "Example Telecom", "n": 2, "of": {"a": [1, "x"]}, "none": null}`
	const query = "id=4-1&status=A%26B&carrier=Example+Telecom&n=2&of=%7B%22a%22%3A+%5B1%2C+%22x%22%5D%7D&none="
	const at = "http://127.0.0.1:1/dlr"
	get, post := request.Encoding{Method: "GET"}, request.Encoding{Method: "POST", ContentType: form}
	for name, c := range map[string]struct {
		encoding request.Encoding
		url      string
		want     request.Request
	}{
		"a query":                  {get, at, request.Request{Method: "GET", URL: at + "?" + query}},
		"a query after another":    {get, at + "?key=k", request.Request{Method: "GET", URL: at + "?key=k&" + query}},
		"a fragment is not sent":   {get, at + "#top", request.Request{Method: "GET", URL: at + "?" + query}},
		"variables of a provider":  {get, at + "?i=%0&s=%2&c=%car", request.Request{Method: "GET", URL: at + "?i=4-1&s=A%26B&c=Example+Telecom"}},
		"escapes are no variables": {get, at + "?x=a%20b&y=%2F&s=%2", request.Request{Method: "GET", URL: at + "?x=a%20b&y=%2F&s=A%26B"}},
		"keys":                     {get, at + "?a={{of.a.1}}&b={{status}}&c={status}&d={{none}}", request.Request{Method: "GET", URL: at + "?a=x&b=A%26B&c=A%26B&d="}},
		"a form":                   {post, at, request.Request{Method: "POST", URL: at, ContentType: form, Body: []byte(query)}},
		"a form and a variable":    {post, at + "?i=%0", request.Request{Method: "POST", URL: at + "?i=4-1", ContentType: form, Body: []byte(query)}},
		"JSON and a variable": {
			request.Encoding{Method: "POST", ContentType: "application/json"}, at + "?i={{id}}",
			request.Request{Method: "POST", URL: at + "?i=4-1", ContentType: "application/json", Body: []byte(body)},
		},
	} {
		c.encoding.Variables = variables(t)
		encode := c.encoding.ForURL(c.url)
		require.NotNil(t, encode, name)
		require.Equal(t, c.want, encode(webhook.Event{Body: []byte(body)}), name)
	}
	require.Nil(t, request.Encoding{Method: "POST", ContentType: "application/json"}.ForURL(at), "JSON is sent as it is")
}

// A body that a fault has broken goes out as it is.
func TestEncoding_BrokenBody(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"id":`, `[1]`, ""} {
		got := request.Encoding{Method: "POST", ContentType: form}.ForURL("http://127.0.0.1:1/")(webhook.Event{Body: []byte(body)})
		require.Equal(t, body, string(got.Body))
	}
}

func TestVariables_Reject(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{"%0": id}`:  `"id" is not a JSON Pointer`,
		`{"%0": ""}`:  `"" is not a JSON Pointer`,
		`{"{}": /id}`: `variable "{}" has no name`,
	} {
		file, err := document.ReadYAML("variables.yaml", []byte(source))
		require.NoError(t, err)
		var vs request.Variables
		require.ErrorContains(t, file.Decode(&file.Root, &vs), want)
	}
}

// readTemplate reads a template of the type a/b, which has no variable {{unknown}}.
func readTemplate(t *testing.T, source string) (*request.Template, error) {
	t.Helper()
	file, err := document.ReadYAML("template.yaml", []byte(source))
	require.NoError(t, err)
	return request.ReadTemplate(file, func(name string) (request.Variables, func([][]string) error, error) {
		if name != "a/b" {
			return nil, nil, errUnknown("find event type: unknown type " + name)
		}
		return variables(t), func(paths [][]string) error {
			for _, path := range paths {
				if path[0] == "unknown" {
					return errUnknown("the variable {{unknown}} is not a value of a/b")
				}
			}
			return nil
		}, nil
	})
}

type errUnknown string

func (e errUnknown) Error() string { return string(e) }

// What a template writes, it reads.
func TestTemplate_RoundTrip(t *testing.T) {
	t.Parallel()
	event := webhook.Event{Type: "a/b", Body: []byte(`{"id": "4-1", "status": "say \"hi\" & ₹", "payload": {"to": "919000000042", "n": 2}}`)}
	for name, c := range map[string]struct {
		source string
		want   request.Request
		values string
	}{
		"a query": {
			"type: a/b\nmethod: GET\nquery: i=%0&to={{payload.to}}&shop=7",
			request.Request{Method: "GET", URL: "http://127.0.0.1:1/x?i=4-1&to=919000000042&shop=7"},
			`{"id": "4-1", "payload": {"to": "919000000042"}}`,
		},
		"a form": {
			"type: a/b\nquery: key=k\ncontent_type: " + form + "\nbody: i={{id}}&s={{status}}\nheaders: {X-Status: '{{payload.n}}'}",
			request.Request{
				Method: "POST", URL: "http://127.0.0.1:1/x?key=k", ContentType: form, Body: []byte("i=4-1&s=say+%22hi%22+%26+%E2%82%B9"),
				Headers: []webhook.Header{{Name: "X-Status", Value: "2"}},
			},
			`{"id": "4-1", "status": "say \"hi\" & ₹"}`,
		},
		"JSON": {
			"type: a/b\nmethod: PUT\nbody: '{\"a\": {\"s\": \"{{status}}\"}, \"list\": [\"{{id}}\"], \"shop\": \"7\"}'",
			request.Request{
				Method: "PUT", URL: "http://127.0.0.1:1/x", ContentType: "application/json",
				Body: []byte(`{"a": {"s": "say \"hi\" & ₹"}, "list": ["4-1"], "shop": "7"}`),
			},
			`{"status": "say \"hi\" & ₹", "id": "4-1"}`,
		},
	} {
		template, err := readTemplate(t, c.source)
		require.NoError(t, err, name)
		got := request.Encoding{Method: "POST", Template: template}.ForURL("http://127.0.0.1:1/x")(event)
		require.Equal(t, c.want, got, name)
		content, err := request.Content(webhook.Event{Method: got.Method, URL: got.URL, Body: got.Body})
		require.NoError(t, err)
		root, _, err := template.Decode(content)
		require.NoError(t, err, name)
		require.Equal(t, c.values, root.Compact(1000), name)
	}
}

// An event of another type goes out as the contract says.
func TestTemplate_OtherType(t *testing.T) {
	t.Parallel()
	template, err := readTemplate(t, "type: a/b\nmethod: GET\nquery: i={{id}}")
	require.NoError(t, err)
	got := request.Encoding{Method: "POST", ContentType: "application/json", Template: template}.ForURL("http://127.0.0.1:1/")(webhook.Event{Type: "a/c", Body: []byte("{}")})
	require.Equal(t, request.Request{Method: "POST", URL: "http://127.0.0.1:1/", ContentType: "application/json", Body: []byte("{}")}, got)
}

func TestTemplate_Mismatch(t *testing.T) {
	t.Parallel()
	template, err := readTemplate(t, "type: a/b\nmethod: GET\nquery: i={{id}}&shop=7")
	require.NoError(t, err)
	for query, want := range map[string]string{
		"shop=7":     "read request: found nothing at /i, expected the field /i of the request template",
		"i=1&shop=8": `read request: found "8" at /shop, expected "7", as in the request template`,
	} {
		_, _, err := template.Decode([]byte(query))
		var mismatch *request.MismatchError
		require.ErrorAs(t, err, &mismatch)
		require.EqualError(t, err, want)
	}
}

func TestReadTemplate_Rejects(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"method: GET\nquery: a=1":                       `template.yaml:1:1: missing key "type"`,
		"type: a/c\nmethod: GET\nquery: a=1":            "template.yaml:1:7: find event type: unknown type a/c",
		"type: a/b\nmethod: GET":                        "template.yaml:1:1: missing key query",
		"type: a/b\nmethod: GET\nquery: a=1\nbody: a=1": "a GET has no body",
		"type: a/b":                                    "missing key body: a POST has one",
		"type: a/b\nbody: a={{id}}":                    "template.yaml:2:7: the template can't be read as JSON; for a form, set content_type",
		"type: a/b\nbody: '[1]'":                       "the template has no keys",
		"type: a/b\nbody: a=%x\ncontent_type: " + form: "the template can't be read as a form",
		"type: a/b\nmethod: GET\nquery: a=1\nheaders: {X: '{{unknown}}'}":  "template.yaml:4:11: the variable {{unknown}} is not a value of a/b",
		"type: a/b\nmethod: GET\nquery: a={{unknown}}":                     "template.yaml:3:8: the variable {{unknown}} is not a value of a/b",
		"type: a/b\nmethod: DELETE\nbody: a=1\ncontent_type: " + form:      "POST",
		"type: a/b\nbody: a=1\ncontent_type: " + form + "\nheader: {a: b}": `unknown key "header"`,
	} {
		_, err := readTemplate(t, source)
		require.ErrorContains(t, err, want, source)
	}
}

func FuzzTemplateDecode(f *testing.F) {
	f.Add("i=4-1&s=%20&shop=7")
	f.Add("i=4-1")
	f.Add("%")
	f.Fuzz(func(t *testing.T, query string) {
		template, err := readTemplate(t, "type: a/b\nmethod: GET\nquery: i={{id}}&s={{payload.status}}&shop=7")
		require.NoError(t, err)
		root, _, err := template.Decode([]byte(query))
		require.True(t, err != nil || root.At([]string{"id"}) != nil && root.At([]string{"payload", "status"}) != nil)
	})
}
