package callspec_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
)

const formType = "application/x-www-form-urlencoded"

func consent(mediaType, body string) callspec.Request {
	return callspec.Request{Header: map[string][]string{"Content-Type": {mediaType}}, Body: []byte(body)}
}

// Each row is a call that is understood: its key is in the body, and its recipients are in one of two
// places, in one of two codecs.
func TestRead_KeyAndRecipientsInEachForm(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "consent")
	for name, tc := range map[string]struct {
		mediaType, body string
		want            []string
	}{
		"form, one":         {formType, "key=k&user=919000000001", []string{"919000000001"}},
		"form, any case":    {formType, "KEY=k&User=919000000001", []string{"919000000001"}},
		"form, several":     {formType, "key=k&user=919000000001%2C919000000002", []string{"919000000001", "919000000002"}},
		"form, in braces":   {formType, "key=k&user=%7B%7B%2B919000000001%7D%7D", []string{"919000000001"}},
		"XML, one":          {"application/xml", "<data><key>k</key><users><user>919000000001</user></users></data>", []string{"919000000001"}},
		"XML, several":      {"text/xml; charset=utf-8", "<?xml version='1.0'?><data><key> k </key><users><user>919000000001</user><user>919000000002</user></users></data>", []string{"919000000001", "919000000002"}},
		"note is JSON":      {formType, "key=k&user=919000000001&note=%7B%22a%22%3A1%7D", []string{"919000000001"}},
		"note is a text":    {formType, "key=k&user=919000000001&note=hello", []string{"919000000001"}},
		"both, first place": {"text/xml", "<d><key>k</key><user>919000000009</user><users><user>919000000001</user></users></d>", []string{"919000000001"}},
	} {
		call := a.Read(consent(tc.mediaType, tc.body), func(key string) bool { return key == "k" })
		require.Empty(t, call.Problem, name)
		require.Equal(t, "ok", call.Auth, name)
		var got []string
		for _, one := range call.Elements {
			got = append(got, one["recipient.phone"])
		}
		require.Equal(t, tc.want, got, name)
		require.Empty(t, call.Messages, name)
	}
}

func TestRead_InvalidForms(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "consent")
	for name, tc := range map[string]struct{ mediaType, body, auth, problem string }{
		"no key":            {formType, "user=919000000001", "missing", ""},
		"key is an object":  {"text/xml", "<d><key><a>k</a></key><user>919000000001</user></d>", "missing", ""},
		"wrong key":         {formType, "key=x&user=919000000001", "invalid", ""},
		"nobody":            {formType, "key=k", "ok", "/users/user: expected one or more, found none"},
		"note is broken":    {formType, "key=k&user=919000000001&note=%7Ba", "ok", "/note: no JSON"},
		"no XML":            {"text/xml", "hello", "missing", "no XML"},
		"XML that is cut":   {"text/xml", "<d><key>k</key>", "missing", "no XML"},
		"two roots":         {"text/xml", "<d><key>k</key><user>919000000001</user></d><d/>", "ok", "more than one root"},
		"after the root":    {"text/xml", "<d><key>k</key><user>919000000001</user></d><", "ok", "no XML"},
		"only a text":       {"text/xml", "<d>hello</d>", "missing", "/users/user: expected one or more"},
		"too deep":          {"text/xml", strings.Repeat("<d>", 30) + strings.Repeat("</d>", 30), "missing", "too many elements"},
		"too many elements": {"text/xml", "<d>" + strings.Repeat("<a/>", 10_001) + "</d>", "missing", "too many elements"},
	} {
		call := a.Read(consent(tc.mediaType, tc.body), func(key string) bool { return key == "k" })
		require.Equal(t, tc.auth, call.Auth, name)
		if tc.problem == "" {
			require.Empty(t, call.Problem, name)
		} else {
			require.Contains(t, call.Problem, tc.problem, name)
			require.Empty(t, call.Elements, name)
		}
	}
}

// The word of a request chooses the format of a response, also of an error, in any case.
func TestResponse_FormatOfRequest(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "consent")
	phones := func(item int, name string) (value.Value, bool) {
		if name != "recipient.phone" {
			return value.Value{}, false
		}
		v, err := value.OfPhone([]string{"919000000001", "919000000002"}[max(item, 0)])
		return v, err == nil
	}
	for _, tc := range []struct{ query, contentType, body string }{
		{"user=919000000001", "text/plain; charset=utf-8", "ok | 919000000001 | 919000000002"},
		{"user=919000000001&format=text", "text/plain; charset=utf-8", "ok | 919000000001 | 919000000002"},
		{"user=919000000001&format=XML", "text/xml; charset=utf-8", "<ok><user>919000000001</user><user>919000000002</user></ok>"},
		{"user=919000000001&format=json", "application/json", `{"ok":1,"user":"919000000001","format":"json","key":"k","text":"[1,\"919000000001\"]"}`},
		{"format=xml&note=a", "text/plain; charset=utf-8", "error | 101"},
		{"user=x&format=xml", "text/xml; charset=utf-8", "<error>/user: parse phone as msisdn: want 1 to 15 digits that begin with a country code, with or without a plus</error>"},
	} {
		call := a.Read(consent(formType, "key=k&"+tc.query), nil)
		reply, rejected := call.Rejected(nil)
		if !rejected {
			reply = call.Reply()
		}
		contentType, body, err := reply.Render(two, phones)
		require.NoError(t, err, tc.query)
		require.Equal(t, tc.contentType, contentType, tc.query)
		require.Equal(t, tc.body, string(body), tc.query)
	}
}

func TestResponse_XMLIsEscaped(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "consent")
	call := a.Read(consent(formType, "key=k&format=xml"), nil)
	contentType, body, err := call.Malformed(400, nil, "<&>").Render(two, anything)
	require.NoError(t, err)
	require.Equal(t, "text/xml; charset=utf-8", contentType)
	require.Equal(t, "<error>&lt;&amp;&gt;</error>", string(body))
}

// A call is of the operation whose words it has, in any case, or else of the first one with its path.
func TestRead_OperationByWords(t *testing.T) {
	t.Parallel()
	set := acmeSet(t)
	first, err := set.Find("acme", "consent")
	require.NoError(t, err)
	other, err := set.Find("acme", "withdraw")
	require.NoError(t, err)
	require.False(t, first[0].Alternative)
	require.True(t, other[0].Alternative)
	for body, want := range map[string]string{
		"act=out&format=text": "withdraw", "act=STOP&format=Text": "withdraw", "act=in&format=text": "consent", "act=out": "consent", "": "consent", "%": "consent",
	} {
		require.Equal(t, want, first[0].Read(consent(formType, body), nil).Operation.Name, body)
	}
}

// Of an operation that takes a query, the query has what the body lacks.
func TestRead_QueryBesideBody(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	found, err := set.Find("mobtexting", "sms.send")
	require.NoError(t, err)
	call := found[0].Read(callspec.Request{
		Query:  map[string][]string{"to": {"919000000001"}, "message": {"of the query"}, "access_token": {"t"}},
		Header: map[string][]string{"Content-Type": {formType}}, Body: []byte("message=of+the+body&sender=LOTUSS&service=T"),
	}, nil)
	require.Empty(t, call.Problem)
	require.Equal(t, "of the body", call.Messages[0]["message.text"])
	require.Equal(t, "919000000001", call.Messages[0]["recipient.phone"])
}
