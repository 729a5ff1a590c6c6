package callspec_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
)

func acmeCall(t testing.TB, name string) *callspec.Operation {
	t.Helper()
	found, err := acmeSet(t).Find("acme", name)
	require.NoError(t, err)
	return found[0]
}

// acmeSend is a call that sends a body to two people.
func acmeSend(body string) callspec.Request {
	return callspec.Request{
		Vars:   map[string]string{"channel": "sms"},
		Header: map[string][]string{"Authorization": {"Bearer key"}, "Content-Type": {"application/json; charset=utf-8"}},
		Body:   []byte(body),
	}
}

func nothing(int, string) (value.Value, bool) { return value.Value{}, false }

func TestOperations_FindAndModes(t *testing.T) {
	t.Parallel()
	set := acmeSet(t)
	found, err := set.Find("acme", "subscribe")
	require.NoError(t, err)
	require.Len(t, found, 2, "one for each method")
	require.Equal(t, []string{"POST", "PUT"}, []string{found[0].Method, found[1].Method})
	_, err = set.Find("acme", "sned")
	require.EqualError(t, err, `find operation: acme has no operation "sned"; did you mean "send"?`)
	types, ok := set.Modes("acme", "READ")
	require.True(t, ok)
	require.Equal(t, []string{"message.read"}, types)
	_, ok = set.Modes("acme", "read")
	require.False(t, ok)
	_, ok = set.Modes("nobody", "READ")
	require.False(t, ok)
}

func TestRead_Values(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	require.Equal(t, []string{"/acme", "/acme/sms", "/acme/v3"}, a.Mounts)
	require.Equal(t, map[string][]string{"channel": {"sms", "v3"}}, a.Vars)
	call := a.Read(acmeSend(`{"to": ["+919000000001", 919000000002], "type": "TXT", "ref": "r1", "at": 1617985655, "extra": {"a": 1}}`), nil)
	require.Empty(t, call.Problem)
	require.Equal(t, "acme/sms", call.Route)
	require.Equal(t, map[string]string{"message.type": "text", "message.foreign_id": "r1", "event.at": "2021-04-09T16:27:35Z"}, call.Values)
	require.Equal(t, []map[string]string{
		{"message.type": "text", "message.foreign_id": "r1", "event.at": "2021-04-09T16:27:35Z", "recipient.phone": "919000000001"},
		{"message.type": "text", "message.foreign_id": "r1", "event.at": "2021-04-09T16:27:35Z", "recipient.phone": "919000000002"},
	}, call.Messages)
}

// The values of a call stay as they are when its parser reads another one.
func TestRead_ValuesOutliveTheParser(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	var parser document.Parser
	read := func(body string) *callspec.Call {
		r := acmeSend(body)
		r.Parser = &parser
		return a.Read(r, nil)
	}
	first := read(`{"to": ["+919000000001", "+919000000002"], "type": "TXT", "ref": "r1", "at": 1617985655}`)
	values, messages := fmt.Sprint(first.Values), fmt.Sprint(first.Messages)
	read(`{"at": 1717985655, "ref": "xx", "type": "TXT", "to": ["+918888888888", "+918888888888"]}`)
	require.Equal(t, values, fmt.Sprint(first.Values))
	require.Equal(t, messages, fmt.Sprint(first.Messages))
}

func TestRead_OneMessagePerRecipient(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	for body, want := range map[string]int{
		`{"to": "919000000001"}`:                        1,
		`{"to": 919000000001}`:                          1,
		`{"to": "919000000001, 919000000002"}`:          2,
		`{"to": ["919000000001"]}`:                      1,
		`{"to": []}`:                                    0,
		`{"to": null}`:                                  0,
		`{"to": "919000000001,"}`:                       0,
		`{"to": ["919000000001", null]}`:                0,
		`{"to": ["919000000001", {"to": "x"}]}`:         0,
		`{"to": "somebody"}`:                            0,
		`{"to": [` + strings.Repeat(`1,`, 1000) + `1]}`: 0,
	} {
		call := a.Read(acmeSend(body), nil)
		require.Len(t, call.Messages, want, body)
		require.Equal(t, want == 0, call.Problem != "", body)
		require.NotContains(t, call.Problem, "somebody", "a problem quotes no value")
	}
}

func TestRead_Route(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	for _, row := range [][3]string{
		{"sms", "/acme/v3", "acme/sms"},
		{"v3", "", "acme/v3"},
		{"3", "", "acme/v3"},
		{"fax", "/acme/v3", "acme/v3"},
		{"", "/acme/v3", "acme/v3"},
		{"", "/acme", "acme/sms"},
		{"", "", "acme/sms"},
	} {
		r := acmeSend(`{"to": "919000000001"}`)
		r.Vars["channel"], r.Mount = row[0], row[1]
		require.Equal(t, row[2], a.Read(r, nil).Route, row)
	}
	require.Equal(t, "acme", acmeCall(t, "file").Read(callspec.Request{}, nil).Route, "about all routes")
}

func TestRead_AuthScheme(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	find := func(provider, name string) *callspec.Operation {
		found, err := set.Find(provider, name)
		require.NoError(t, err)
		return found[0]
	}
	header := func(name, text string) callspec.Request {
		return callspec.Request{Header: map[string][]string{name: {text}}}
	}
	good := func(key string) bool { return key == "good" }
	for _, row := range []struct {
		provider, name string
		request        callspec.Request
		want           string
	}{
		{"gupshup", "send", header("Apikey", "good"), "ok"},
		{"gupshup", "send", header("apikey", "bad"), "invalid"},
		{"gupshup", "send", header("apikey", ""), "missing"},
		{"gupshup", "send", header("Authorization", "good"), "missing"},
		{"gupshup", "partner.token", header("Authorization", "good"), "ok"},
		{"gupshup", "partner.token", header("token", "good"), "ok"},
		{"gupshup", "partner.token", header("Authorization", "Bearer good"), "invalid"},
		{"gupshup", "partner.token", callspec.Request{}, "missing"},
		{"gupshup", "partner.login", callspec.Request{}, "ok"},
		{"mobtexting", "auth.me", header("Authorization", "bearer good"), "ok"},
		{"mobtexting", "auth.me", header("Authorization", "good"), "invalid"},
		{"mobtexting", "auth.me", header("Authorization", "Bearer "), "missing"},
		{"mobtexting", "auth.me", callspec.Request{Query: map[string][]string{"access_token": {"good"}}}, "ok"},
		{"mobtexting", "auth.me", callspec.Request{Query: map[string][]string{"access_token": {"bad"}}}, "invalid"},
		{"tata-omni", "typing", header("Authorization", "good"), "ok"},
		{"tata-omni", "typing", header("Authorization", "Bearer good"), "ok"},
		{"netcore", "send", header("Api_key", "good"), "ok"},
	} {
		require.Equal(t, row.want, find(row.provider, row.name).Read(row.request, good).Auth, row)
	}
}

func TestRejected_OrderOfErrors(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	require.Equal(t, []string{"auth.missing", "auth.invalid", "request.pointer", "request.invalid", "account.restricted"}, a.InOrder())
	restricted := map[string]string{"account.restricted": "true"}
	status := func(call *callspec.Call) int {
		reply, rejected := call.Rejected(restricted)
		require.True(t, rejected)
		return reply.Status
	}
	require.Equal(t, 401, status(a.Read(callspec.Request{}, nil)))
	require.Equal(t, 400, status(a.Read(acmeSend(`{}`), nil)))
	require.Equal(t, 409, status(a.Read(acmeSend(`{"to": "919000000001", "ref": 5}`), nil)))
	call := a.Read(acmeSend(`{"to": "919000000001"}`), nil)
	require.Equal(t, 403, status(call))
	_, rejected := call.Rejected(nil)
	require.False(t, rejected)
}

func TestRejected_NamesInvalidPointer(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	for body, want := range map[string]string{
		`{`:                          `no JSON: `,
		``:                           `no JSON: the JSON ends`,
		`{}`:                         `/to: expected the key "to"`,
		`{"to": 1, "meta": 5}`:       `/meta: expected object, found number 5`,
		`{"to": "1", "at": "soon"}`:  `/at: parse time as unix_s: want a whole number`,
		`{"to": "1", "type": "FAX"}`: `/type: the word is not known here`,
		`{"to": "1", "at": {}}`:      `/at: expected a text or a number, found an object`,
	} {
		call := a.Read(acmeSend(body), nil)
		reply, rejected := call.Rejected(nil)
		require.True(t, rejected, body)
		_, text, err := reply.Render(two, anything)
		require.NoError(t, err)
		var response struct{ Error string }
		require.NoError(t, json.Unmarshal(text, &response))
		require.Equal(t, call.Problem, response.Error, "the call's own reason, whatever lookup has")
		require.Contains(t, response.Error, want, body)
	}
}

func TestStart_FirstMatchWins(t *testing.T) {
	t.Parallel()
	a := acmeCall(t, "send")
	call := a.Read(acmeSend(`{"to": "919000000001", "type": "TXT", "ref": "r"}`), nil)
	scenario, with := call.Start(0, map[string]string{"recipient.opted_out": "true"})
	require.Empty(t, scenario)
	require.Empty(t, with)
	scenario, with = call.Start(0, map[string]string{"recipient.magic": "deleted"})
	require.Equal(t, "deleted", scenario)
	require.Equal(t, map[string]string{"message.units": "2"}, with)

	bare := acmeSend(`{"to": "919000000001"}`)
	_, with = a.Read(bare, nil).Start(0, nil)
	require.Equal(t, map[string]string{"error": "spam"}, with, "the first that the route has")
	bare.Vars["channel"] = "v3"
	_, with = a.Read(bare, nil).Start(0, nil)
	require.Equal(t, map[string]string{"error": "barred"}, with)
}

func TestRender_Templates(t *testing.T) {
	t.Parallel()
	call := acmeCall(t, "send").Read(acmeSend(`{"to": ["919000000001", "919000000002"], "ref": "r", "extra": {"b": [1, null]}}`), nil)
	call.Start(0, map[string]string{"recipient.opted_out": "true"})
	call.Start(1, map[string]string{"recipient.magic": "deleted"})
	reply := call.Reply()
	require.Equal(t, 202, reply.Status)
	require.Equal(t, [][2]string{{"X-Kind", "acme"}}, reply.Header)
	contentType, body, err := reply.Render(two, func(item int, name string) (value.Value, bool) {
		switch name {
		case "message.id":
			return value.OfID([]string{"first", "second"}[item]), true
		case "message.tags":
			return value.OfText("a,b"), true
		case "recipient.phone":
			return value.OfText("919000000001"), true // of another kind than its name
		}
		return value.Value{}, false
	})
	require.NoError(t, err)
	require.Equal(t, "application/hal+json", contentType)
	require.Equal(t, `{"number":1,"all":[{"id":"first","status":"no"},{"id":"second","status":"queued"}],"ref":"r",`+
		`"text":"to +919000000001","type":"TXT","tags":["a","b"],"channel":"sms","echo":{"b":[1,null]}}`, string(body))
}

func TestRender_MissingValueIsError(t *testing.T) {
	t.Parallel()
	call := acmeCall(t, "subscribe").Read(callspec.Request{
		Header: map[string][]string{"Authorization": {"Bearer key"}}, Body: []byte("url=https%3A%2F%2Fexample.com&modes=[READ]"),
	}, nil)
	require.Empty(t, call.Problem)
	require.Equal(t, []string{"READ"}, call.Lists["subscription.modes"])
	_, _, err := call.Reply().Render(two, nothing)
	require.EqualError(t, err, "write the response of acme subscribe: subscription.id has no value")
}

func TestRead_RejectsUnknownMode(t *testing.T) {
	t.Parallel()
	call := acmeCall(t, "subscribe").Read(callspec.Request{Body: []byte("url=https%3A%2F%2Fexample.com&modes=REDA")}, nil)
	require.Equal(t, `/modes: unknown mode "REDA"; did you mean "READ"?`, call.Problem)
	require.Equal(t, "/modes", call.Pointer)
}

func TestFailed_UsesProviderResponse(t *testing.T) {
	t.Parallel()
	call := acmeCall(t, "subscribe").Read(callspec.Request{Body: []byte("url=x")}, nil)
	require.Equal(t, "409", render(t, call.Failed("tag-taken")))
	require.Equal(t, "400 text/plain; charset=utf-8 url invalid", render(t, call.Failed("url-invalid")), "other")
	call = acmeCall(t, "file").Read(callspec.Request{}, nil)
	require.Equal(t, "410", render(t, call.Failed("expired")))
	require.Equal(t, "400 text/plain; charset=utf-8 value invalid", render(t, call.Failed("value-invalid")), "no answer in the data")
}

func TestInstead_ReplacesResponse(t *testing.T) {
	t.Parallel()
	call := acmeCall(t, "send").Read(acmeSend(`{"to": "919000000001"}`), nil)
	require.Equal(t, "401 text/plain; charset=utf-8 who are you", render(t, call.Instead(401, nil, nil)))
	require.Equal(t, "429 application/json", render(t, call.Instead(429, [][2]string{{"Retry-After", "1"}}, nil)))
	require.Equal(t, `500 application/json {"no":1}`, render(t, call.Instead(500, nil, []byte(`{"no":1}`))))
	require.Equal(t, `400 application/json {"error":"the request was rejected"}`, render(t, call.Instead(400, nil, nil)))
}

func FuzzRead(f *testing.F) {
	set := embedded(f)
	for _, e := range examples(f, set) {
		for i, a := range set.APIs {
			if a == e.api {
				contentType := ""
				if lines := e.Header["Content-Type"]; lines != nil {
					contentType = lines[0]
				}
				f.Add(i, contentType, e.Body, "id=1", "x")
			}
		}
	}
	f.Fuzz(func(t *testing.T, i int, contentType string, body []byte, query, variable string) {
		a := set.APIs[uint(i)%uint(len(set.APIs))]
		vars := map[string]string{}
		for _, name := range []string{"app", "id", "name", "message", "channel", "number"} {
			vars[name] = variable
		}
		call := a.Read(callspec.Request{
			Vars: vars, Query: map[string][]string{"id": {query}, "to": {query}, "mobile": {query}}, Body: body,
			Header: map[string][]string{"Content-Type": {contentType}, "Authorization": {"Bearer key"}, "Apikey": {"key"}},
		}, nil)
		require.Equal(t, a.Command == "message.send" && call.Problem == "", len(call.Messages) > 0)
		if reply, rejected := call.Rejected(nil); rejected {
			render(t, reply)
			return
		}
		require.Empty(t, call.Problem, "what is invalid is refused")
		for message := range call.Messages {
			call.Start(message, nil)
		}
		contentType, response, err := call.Reply().Render(func(string) int { return 1 }, anything)
		require.NoError(t, err)
		require.True(t, !strings.Contains(contentType, "json") || json.Valid(response))
	})
}
