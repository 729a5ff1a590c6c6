package server_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/server"
)

// arrives posts a body to the inbox, which answers it with 200, and returns how
// it was kept.
func (w *world) arrives(route, body string) item {
	w.t.Helper()
	before := len(w.find("/inbox?limit=500"))
	got := w.call(sending{method: "POST", path: "/in/" + route, json: body, header: []string{"X-Odd", "  a\tb", "Authorization", "secret-key"}})
	require.Equal(w.t, http.StatusOK, got.status, got.body)
	assert.Empty(w.t, got.body)
	return w.await(before+1, "kind=received")[before]
}

// example is a body of an event type.
func example(t *testing.T, name string) string {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	one, err := catalog.Type(name)
	require.NoError(t, err)
	all, err := one.Examples()
	require.NoError(t, err)
	return string(all[0].Body)
}

func TestInbox_KeepsBytesAndValidates(t *testing.T) {
	t.Parallel()
	sent := example(t, "netcore/event.sent")
	w := newWorld(t, nil)
	for name, one := range map[string]struct{ route, body, level, kind string }{
		"what is as it should be":     {"netcore", sent, "ok", "netcore/event.sent"},
		"by the provider's name":      {"gupshup", example(t, "gupshup/v2/message-event.read"), "ok", "gupshup/v2/message-event.read"},
		"by a route":                  {"gupshup/v3", example(t, "gupshup/v3/status.read"), "ok", "gupshup/v3/status.read"},
		"by a route that is encoded":  {"gupshup%2Fv3", example(t, "gupshup/v3/status.sent"), "ok", "gupshup/v3/status.sent"},
		"what has a wrong type":       {"netcore", strings.Replace(sent, `"event`, `"oddly":1,"event`, 1), "drift", "netcore/event.sent"},
		"what nobody knows":           {"netcore", `{"hello":1}`, "unknown", ""},
		"what another provider sends": {"gupshup/v2", sent, "unknown", ""},
		"what is no JSON":             {"netcore", "\xff{\x00", "error", ""},
		"nothing":                     {"netcore", "", "error", ""},
	} {
		kept := w.arrives(one.route, one.body)
		body := kept.Delivery.Body
		if kept.Delivery.Base64 != "" {
			plain, err := base64.StdEncoding.DecodeString(kept.Delivery.Base64)
			require.NoError(t, err)
			body = string(plain)
		}
		assert.Equal(t, one.body, body, name)
		assert.Equal(t, one.level, kept.Level, "%s: %v", name, kept.Verdicts)
		assert.Equal(t, one.kind, kept.Type, name)
		assert.Empty(t, kept.State)
		assert.Equal(t, http.StatusOK, kept.Status)
		assert.Equal(t, strings.ReplaceAll(one.route, "%2F", "/"), kept.Route)
		assert.Contains(t, kept.Delivery.Headers, []string{"Authorization", "***"})
	}
}

func TestInbox_FindsByID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	body := example(t, "mobtexting/sms.message.status")
	kept := w.arrives("mobtexting", body)
	require.NotEmpty(t, kept.Values["message.id"])
	assert.Len(t, w.find("/inbox?id="+kept.Values["message.id"]), 1)
	assert.Len(t, w.find("/inbox?route=mobtexting"), 1)
	assert.Empty(t, w.find("/inbox?id=none"))
}

func TestInbox_ConfiguredStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Inbox.Status = http.StatusServiceUnavailable })
	got := w.call(sending{method: "POST", path: "/in/netcore", json: "{}"})
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.Equal(t, http.StatusServiceUnavailable, w.await(1, "kind=received&status=5xx")[0].Status)
}

func TestInbox_RejectsUnknownRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/in/gupshop", "/in/gupshup/v9", "/in/gupshup/"} {
		got := w.call(sending{method: "POST", path: path, json: "{}"})
		assert.Equal(t, http.StatusNotFound, got.status, path)
		assert.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
	}
	assert.Contains(t, w.call(sending{method: "POST", path: "/in/gupshop", json: "{}"}).body, "gupshup")
	got := w.call(sending{method: "OPTIONS", path: "/in/netcore"})
	assert.Equal(t, http.StatusMethodNotAllowed, got.status)
	assert.Equal(t, http.StatusOK, w.call(sending{method: "GET", path: "/in/netcore"}).status, "a person with a browser")
	assert.Empty(t, w.find("/inbox"))
}

// A webhook by GET is kept with its query, recognized and validated.
func TestInbox_AcceptsQuery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const query = "externalId=4180000000000000001-1300000000000000042&deliveredTS=1764400500000&status=SUCCESS&cause=SUCCESS&phoneNo=919000000042&errCode=000&noOfFrags=1"
	assert.Equal(t, http.StatusOK, w.call(sending{method: "GET", path: "/in/gupshup/sms?" + query}).status)
	one := w.await(1, "kind=received")[0]
	assert.Equal(t, "gupshup/sms/report", one.Type)
	assert.Equal(t, "GET", one.Delivery.Method)
	assert.Equal(t, "/in/gupshup/sms?"+query, one.Delivery.URL)
}

func TestInbox_RespondsToChallenge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Inbox.VerifyToken = "right" })
	for query, want := range map[string]int{
		"hub.mode=subscribe&hub.challenge=abc-1&hub.verify_token=right":        http.StatusOK,
		"hub.mode=subscribe&hub.challenge=abc-1&hub.verify_token=wrong":        http.StatusForbidden,
		"hub.mode=unsubscribe&hub.challenge=abc-1&hub.verify_token=right":      http.StatusBadRequest,
		"hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=right": http.StatusBadRequest,
	} {
		got := w.call(sending{method: "GET", path: "/in/gupshup/v3?" + query})
		assert.Equal(t, want, got.status, query)
		if want == http.StatusOK {
			assert.Equal(t, "abc-1", got.body)
		}
	}
}

func TestInbox_RejectsLargeBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, size := range []int{4<<20 + 1, 16<<20 + 1} { // over what is validated, over what is read
		got := w.call(sending{method: "POST", path: "/in/netcore", json: strings.Repeat(" ", size)})
		assert.Equal(t, http.StatusRequestEntityTooLarge, got.status)
	}
	for _, kept := range w.await(2, "kind=received&status=413") {
		assert.Empty(t, kept.Delivery.Body)
		assert.Empty(t, kept.Verdicts)
	}
}

// The mock provider's own webhooks come to its own inbox, and are recognized.
func TestInbox_RecognizesOwnWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	count := 0
	for _, p := range catalog.Providers {
		for _, r := range p.Routes {
			for _, one := range r.Types() {
				key, event := "type", one.Name
				if words := one.CanonicalEvents(); len(words) > 0 && strings.HasPrefix(words[0], "message.") {
					key, event = "event", words[0] // it stands in the life of a message
				}
				sent := w.steer("POST", "/api/v1/events", `{"`+key+`":"`+event+`","route":"`+r.Name+`","to":"`+w.provider.URL+"/in/"+r.Name+`"}`)
				if sent.status == http.StatusUnprocessableEntity {
					assert.Contains(t, sent.field(t, "detail"), "reply_to", "only what answers another message cannot stand alone")
					continue
				}
				count++
			}
		}
	}
	require.Greater(t, count, 50)
	for _, arrived := range w.await(count, "kind=received") {
		assert.Equal(t, "ok", arrived.Level, "%s: %s", arrived.Type, arrived.Delivery.Body)
	}
}
