package grade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// newConversation is a conversation with a message and a reply to it.
func someone(phone, question, response string) *names {
	n := newNames()
	n.add("question", map[string]string{"message.id": question, "message.text": "Where is my order?", "recipient.phone": phone}, isPersonal)
	n.add("m", map[string]string{"message.id": response, "recipient.phone": phone}, isPersonal)
	return n
}

func project(t *testing.T, n *names, state string) map[string]string {
	t.Helper()
	f, err := document.ReadJSON("state", []byte(state))
	require.NoError(t, err)
	found := map[string]string{}
	n.project(&f.Root, "", false, found)
	return found
}

func TestEffects_StateHasOnlyTheConversation(t *testing.T) {
	t.Parallel()
	n := someone("919000000001", "in-11111", "out-22222")
	for state, want := range map[string]map[string]string{
		`{"received": 7, "by_status": {"read": 3}}`: {},
		`{"messages": {"out-22222": {"status": "read", "to": "+919000000001"}, "out-99999": {"status": "sent"}}}`: {
			"/messages/{{m:message.id}}/status": `"read"`, "/messages/{{m:message.id}}/to": `"{{recipient.phone}}"`,
		},
		`[{"id": "x", "status": "sent"}, {"id": "in-11111", "status": "answered", "tags": ["a", "b"]}]`: {
			"/0/id": `"{{question:message.id}}"`, "/0/status": `"answered"`, "/0/tags/0": `"a"`, "/0/tags/1": `"b"`,
		},
		`{"people": {"9000000001": true, "9000000002": false}}`:   {"/people/{{recipient.phone}}": "true"},
		`{"last": 919000000001, "first": 919000000002}`:           {"/last": "{{recipient.phone}}", "/first": "919000000002"},
		`{"log": ["got in-11111", "got in-2"], "n": {"deep": 1}}`: {"/log/0": `"got {{question:message.id}}"`},
		`null`: {}, `[]`: {}, `"out-22222"`: {"": `"{{m:message.id}}"`},
	} {
		require.Equal(t, want, project(t, n, state), state)
	}
}

func TestNames_ShortNameBetweenWords(t *testing.T) {
	t.Parallel()
	n := newNames()
	n.add("m", map[string]string{"recipient.name": "李 明", "recipient.phone": "919000000001", "message.id": "12345"}, isPersonal)
	for text, want := range map[string]string{
		"Hello 李 明. Received": "Hello {{recipient.name}}. Received", "李 明": "{{recipient.name}}", "Hello 李 明明": "Hello 李 明明", "a李 明 and 李 明!": "a李 明 and {{recipient.name}}!",
		"order 12345": "order 12345", "12345": "{{m:message.id}}", "": "",
	} {
		require.Equal(t, want, n.symbolize(text), text)
	}
}

func TestEffects_CompareConversationsByLabels(t *testing.T) {
	t.Parallel()
	call := func(n *names, phone, text, id string) map[string]string {
		return n.call(Call{Operation: "send", Status: 202, Values: map[string]string{"recipient.phone": phone, "message.text": text, "message.id": id}})
	}
	a, b := someone("919000000001", "in-11111", "out-22222"), someone("919000000002", "in-33333", "out-44444")
	first := effects{calls: []map[string]string{call(a, "919000000001", "Received: Where is my order?", "out-22222")}}
	same := effects{calls: []map[string]string{call(b, "919000000002", "Received: Where is my order?", "out-44444")}}
	n, ok := noiseOf(first, same)
	require.True(t, ok)
	require.Empty(t, n.differs(first, same))

	twice := effects{calls: append(same.calls, same.calls...)}
	found := n.differs(first, twice)
	require.Len(t, found, 1)
	require.Equal(t, "send (Received: {{question:message.text}}) was called twice; in the baseline once", found[0].text)
	require.Equal(t, 1, found[0].call)
	require.Equal(t, []difference{{"the call send (Received: {{question:message.text}}) of the baseline was not made", -1, ""}}, n.differs(first, effects{}))
}

func TestNoiseOf_ValuesThatDifferBetweenRuns(t *testing.T) {
	t.Parallel()
	run := func(ref, seen, status string) effects {
		return effects{
			calls: []map[string]string{{"": "send", "message.foreign_id": ref}},
			state: map[string]string{"/m/seen": seen, "/m/status": status},
		}
	}
	n, ok := noiseOf(run("1", "10:00", "read"), run("2", "10:01", "read"))
	require.True(t, ok)
	require.Empty(t, n.differs(run("1", "10:00", "read"), run("3", "10:02", "read")))
	found := n.differs(run("1", "10:00", "read"), run("3", "10:02", "sent"))
	require.Equal(t, []difference{{"state /m/status is sent; in the baseline it is read", -1, "/m/status"}}, found)

	_, ok = noiseOf(run("1", "", ""), effects{})
	require.False(t, ok, "runs with different calls can't be compared")
}

// A rejected call often has no recipient, so it doesn't belong to the conversation: without it,
// the evidence would claim that no call was made.
func TestDiffering_ShowsTheRejectedCall(t *testing.T) {
	t.Parallel()
	rejected := []Call{{Method: "POST", Path: "/v3/message", Body: []byte(`{"to":"IN.1"}`), Status: 400, Response: []byte("/to: parse phone\n")}}
	missing := []difference{{"the call send of the baseline was not made", -1, ""}}
	r := &Observation{names: newNames(), rejectedCalls: rejected}
	f := r.differing(missing, &baseline{})
	require.Equal(t, "the call send of the baseline was not made; the provider rejected a call with 400: /to: parse phone", f.reason)
	require.Contains(t, f.evidence[0].Text, "POST /v3/message → 400\n{\"to\":\"IN.1\"}")
	f = r.differing([]difference{{"state /a is 1; in the baseline it is 2", -1, "/a"}}, &baseline{})
	require.NotContains(t, f.reason, "refused")
	f = (&Observation{names: newNames()}).differing(missing, &baseline{})
	require.Equal(t, "the call send of the baseline was not made", f.reason)
	require.Empty(t, f.evidence)
}
