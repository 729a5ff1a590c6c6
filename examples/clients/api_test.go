package clients_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/server"
)

// An outcome is the result of a library's attempt to send a message: the response that it
// returned, or the error that it threw.
type outcome struct {
	Response struct{ Messages []struct{ ID string } }
	Rejected string
}

// id is the ID of the message; "" if it was not sent.
func (o outcome) id() string {
	if len(o.Response.Messages) == 0 {
		return ""
	}
	return o.Response.Messages[0].ID
}

func send(t *testing.T, client, kind string) (o outcome) {
	t.Helper()
	call(t, http.MethodPost, client+"/send", map[string]string{"kind": kind, "to": "919000000002"}, &o)
	return o
}

// observeSending sends a message of each type to Ringback's mock of Gupshup's partner API.
func observeSending(t *testing.T, l library) []observation {
	t.Helper()
	provider := contracttest.ProviderFor(t, "gupshup/v3")
	served := httptest.NewServer(provider)
	defer served.Close()
	all := observeRejection(t, l.start(t, "PROVIDER_URL="+served.URL), provider)
	client := l.start(t, "PROVIDER_URL="+served.URL, "AUTHORIZATION=key-of-the-test")
	for _, kind := range []string{"text", "image", "document", "location", "contacts", "reaction", "buttons", "list", "template"} {
		o := send(t, client, kind)
		calls := provider.Calls()
		last := calls[len(calls)-1]
		if o.id() == "" {
			require.Equal(t, http.StatusBadRequest, last.Status, string(last.Response))
			all = append(all, observation{symptom: "sends `" + kind + "` as " + shape(t, last.Body, kind)})
			continue
		}
		require.Equal(t, "partner.send", last.Operation)
		require.Equal(t, "919000000002", last.Values["recipient.phone"])
		require.Equal(t, last.Values["message.id"], o.id())
	}
	return all
}

// observeRejection observes how the library sends its token, and what it makes of a 401.
func observeRejection(t *testing.T, client string, provider *contracttest.Provider) (all []observation) {
	t.Helper()
	o := send(t, client, "text")
	rejected := provider.Calls()[0]
	require.Equal(t, http.StatusUnauthorized, rejected.Status)
	require.Empty(t, o.id())
	for _, f := range rejected.Header {
		if f.Name == "Authorization" && strings.HasPrefix(f.Value, "Bearer ") {
			all = append(all, observation{symptom: "sends `Authorization: Bearer …`"})
		}
	}
	if o.Rejected == "" {
		all = append(all, observation{symptom: "returns a rejection of the API as a response, and throws nothing"})
	}
	return all
}

// shape describes a part of a call.
func shape(t *testing.T, body []byte, key string) string {
	t.Helper()
	var parts map[string]any
	require.NoError(t, json.Unmarshal(body, &parts))
	if _, text := parts[key].(string); text {
		return "a string with JSON"
	}
	return "something else"
}

// A message that a library sends has the ID of its statuses, and the library parses them.
func TestClients_SendMessagesAndHandleStatuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		library  library
		statuses []string
	}{
		"kapso":   {ofNode(t, kapso, "kapso.mjs"), []string{"enqueued", "sent", "delivered", "read"}},
		"express": {ofNode(t, secreto, "express.mjs"), []string{"sent", "delivered", "read"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.library.needed(t)
			mock, provider := serve(t)
			client := c.library.start(t, "PROVIDER_URL="+provider, "AUTHORIZATION=key-of-the-test")
			subscribe(t, provider, client+"/webhooks")
			o := send(t, client, "text")
			require.NotEmpty(t, o.id(), o.Rejected)
			awaitDelivered(t, mock, o.id(), len(c.statuses))
			var understood []string
			for _, v := range state(t, client) {
				if v.Rejected == "" && !strings.Contains(string(v.Result), `"set-callback"`) { // the check of the URL is about no message
					understood = append(understood, statusOf(t, c.library, v, o.id()))
				}
			}
			require.ElementsMatch(t, c.statuses, understood, "in any order")
		})
	}
}

// statusOf is the status that a library passed on for a message, which has the ID of the API's
// response.
func statusOf(t *testing.T, l library, v view, id string) string {
	t.Helper()
	if l.name == secreto {
		var result struct{ Status, ID string }
		require.NoError(t, json.Unmarshal(v.Result, &result))
		require.True(t, strings.HasPrefix(result.ID, "wamid."), "it has only WhatsApp's own ID")
		return result.Status
	}
	var result struct {
		Statuses []struct{ Status, GsID string }
	}
	require.NoError(t, json.Unmarshal(v.Result, &result))
	require.Len(t, result.Statuses, 1)
	require.Equal(t, id, result.Statuses[0].GsID)
	return result.Statuses[0].Status
}

// serve is `ringback serve` at immediate speed.
func serve(t *testing.T) (mock *server.Server, provider string) {
	t.Helper()
	mock, err := server.New(server.Options{Keys: []string{"key-of-the-test"}, Seed: 1, Speed: server.Immediate})
	require.NoError(t, err)
	served := httptest.NewServer(mock.Provider())
	t.Cleanup(func() {
		mock.Close()
		served.Close()
	})
	return mock, served.URL
}

// subscribe sets Gupshup's URL for webhooks, as its documentation shows, but without the check
// of the URL: not every library responds to it with 2xx (docs/interop.md).
func subscribe(t *testing.T, provider, to string) {
	t.Helper()
	form := url.Values{"modes": {"ENQUEUED,SENT,DELIVERED,READ"}, "tag": {"test"}, "version": {"3"}, "doCheck": {"false"}, "url": {to}}
	request, err := http.NewRequest(http.MethodPost, provider+"/partner/app/example/subscription", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Close = true
	request.Header.Set("Authorization", "key-of-the-test")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// awaitDelivered waits until n webhooks about a message were accepted.
func awaitDelivered(t *testing.T, mock *server.Server, id string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	q := server.Query{Kind: "delivery", ID: id, State: "succeeded"}
	for seen := map[string]bool{}; len(seen) < n; {
		e, err := mock.Session("").Wait(ctx, q)
		require.NoError(t, err)
		seen[e.ID], q.After = true, e.Seq
	}
}
