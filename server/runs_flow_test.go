package server_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

func TestRun_ToURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := w.order("/runs", `{"scenario":"message-delivered","route":"gupshup/v3","seed":7,"count":2,"to":"`+w.consumer.URL+`/to"}`)
	require.Equal(t, http.StatusCreated, made.status)
	assert.Equal(t, "runs/"+made.field(t, "id"), made.header.Get("Location"))
	types, _ := w.validated("/to", 8)
	for _, word := range []string{"enqueued", "sent", "delivered", "read"} {
		count := 0
		for _, name := range types {
			if name == "gupshup/v3/status."+word {
				count++
			}
		}
		assert.Equal(t, 2, count, word)
	}
	w.await(8, "kind=delivery&state=succeeded&run="+made.field(t, "id"))
	assert.Contains(t, w.steer("GET", "/api/v1/runs/"+made.field(t, "id"), "").body, `"planned":8,"succeeded":8,"failed":0,"dropped":0,"canceled":0`)
}

func TestRun_SameSeedSameIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/one", "/two"} {
		w.order("/runs", `{"scenario":"message-delivered","route":"mobtexting/whatsapp","seed":7,"to":"`+w.consumer.URL+path+`"}`)
	}
	ids := func(path string) (all []string) {
		for _, one := range w.mail.await(t, path, 3) {
			all = append(all, response{body: one.body}.field(t, "payload", "id"))
		}
		return all
	}
	assert.Equal(t, ids("/one"), ids("/two"))
}

func TestRun_FromYAML(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.order("/runs", `{"yaml":"name: mine\ndescription: Mine.\nsteps:\n  - send: message.delivered\n","route":"netcore","to":"`+w.consumer.URL+`/to"}`)
	types, _ := w.validated("/to", 1)
	assert.Equal(t, []string{"netcore/event.delivered"}, types)
	assert.Contains(t, w.steer("GET", "/api/v1/runs", "").body, `"scenario":"mine"`)
}

func TestRun_Cancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Speed = server.RealTime })
	made := w.order("/runs", `{"scenario":"message-slow","route":"gupshup/v2","to":"`+w.consumer.URL+`/to"}`)
	id := made.field(t, "id")
	w.await(1, "kind=delivery&state=succeeded&run="+id) // the next but one is due in an hour
	assert.Equal(t, "running", w.steer("GET", "/api/v1/runs/"+id, "").field(t, "state"))
	stopped := w.steer("DELETE", "/api/v1/runs/"+id, "")
	require.Equal(t, http.StatusOK, stopped.status, stopped.body)
	assert.Equal(t, "canceled", stopped.field(t, "state"))
	assert.Equal(t, http.StatusOK, w.steer("DELETE", "/api/v1/runs/"+id, "").status, "to stop it again is no error")
	assert.Equal(t, http.StatusNotFound, w.steer("DELETE", "/api/v1/runs/none", "").status)
	assert.Equal(t, http.StatusNotFound, w.steer("GET", "/api/v1/runs/none", "").status)
}

func TestRun_ListsNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var ids []string
	for range 3 {
		ids = append(ids, w.order("/runs", `{"scenario":"message-delivered","route":"netcore","to":"`+w.consumer.URL+`/to"}`).field(t, "id"))
	}
	list := w.steer("GET", "/api/v1/runs", "")
	for i, id := range ids {
		assert.Equal(t, id, list.field(t, "data", 2-i, "id"))
	}
	assert.JSONEq(t, `{"data":[]}`, w.steer("GET", "/s/other/api/v1/runs", "").body)
}

func TestRun_RejectsMissingRoute(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.steer("POST", "/api/v1/runs", `{"scenario":"message-delivered"}`)
	assert.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.Equal(t, "/route", got.field(t, "pointer"))
}

func TestEmit_ToEachEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, version := range []string{"2", "3"} {
		require.Equal(t, http.StatusOK, w.subscribe("/wa/app/123/subscription", version, "ALL").status)
	}
	require.Equal(t, http.StatusOK, w.call(sending{
		method: "POST", path: "/wa/app/123/subscription", header: []string{"apikey", "k"},
		form: map[string][]string{"modes": {"ALL"}, "tag": {"second"}, "version": {"2"}, "url": {w.consumer.URL + "/second"}},
	}).status)
	w.await(2, "kind=delivery&state=succeeded&event=sandbox.started&route=gupshup/v2")
	sent := w.order("/events", `{"event":"message.read","route":"gupshup/v2","with":{"recipient.phone":"`+userPhone+`"}}`)
	require.Equal(t, http.StatusAccepted, sent.status)
	planned := sent.items(t)
	require.Len(t, planned, 2, "those that want version 2")
	assert.Contains(t, planned[0].Delivery.Body, userPhone)
	assert.Equal(t, "gupshup/v2/message-event.read", planned[0].Type)
	found := w.await(2, "kind=delivery&state=succeeded&event=message.read")
	assert.ElementsMatch(t, []string{planned[0].ID, planned[1].ID}, []string{found[0].ID, found[1].ID})
}

func TestEmit_ByType(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.order("/events", `{"type":"tata-omni/status.failed","to":"`+w.consumer.URL+`/to"}`)
	types, _ := w.validated("/to", 1)
	assert.Equal(t, []string{"tata-omni/status.failed"}, types)
}

func TestEmit_RejectsUnsupportedEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, event := range map[string]string{
		"it has none such":     `{"event":"template.paused","route":"netcore"}`,
		"no route is named":    `{"event":"message.read"}`,
		"another has the type": `{"type":"netcore/event.sent","route":"gupshup"}`,
	} {
		got := w.steer("POST", "/api/v1/events", event)
		assert.Equal(t, http.StatusUnprocessableEntity/100, got.status/100, "%s: %s", name, got.body)
	}
}

func TestEmit_RawBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	odd := "\xff{ \"a\":1,\n\"a\":2}\x00"
	planned := w.order("/events", `{"route":"gupshup/v2","body_base64":"`+base64.StdEncoding.EncodeToString([]byte(odd))+`","to":"`+w.consumer.URL+`/to"}`).items(t)
	require.Len(t, planned, 1)
	letter := w.mail.await(t, "/to", 1)[0]
	assert.Equal(t, odd, letter.body)
	assert.Equal(t, "application/json; charset=utf-8", letter.header.Get("Content-Type"))
	shown := w.await(1, "kind=delivery&state=succeeded&id="+planned[0].ID)[0]
	assert.Equal(t, base64.StdEncoding.EncodeToString([]byte(odd)), shown.Delivery.Base64)
}

func TestEmit_IdempotencyKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	post := sending{
		method: "POST", path: "/api/v1/runs", header: []string{"Idempotency-Key", "key-1"},
		json: `{"scenario":"message-delivered","route":"netcore","to":"` + w.consumer.URL + `/to"}`,
	}
	first, second := w.ask(w.control, post), w.ask(w.control, post)
	require.Equal(t, http.StatusCreated, first.status, first.body)
	assert.Equal(t, first.body, second.body)
	assert.Equal(t, "true", second.header.Get("Idempotent-Replayed"))
	assert.Equal(t, first.header.Get("Location"), second.header.Get("Location"))
	assert.Equal(t, 1, strings.Count(w.steer("GET", "/api/v1/runs", "").body, `"scenario"`))
	post.json = `{"scenario":"message-delivered","route":"gupshup"}`
	assert.Equal(t, http.StatusUnprocessableEntity, w.ask(w.control, post).status)
	post.path = "/s/other/api/v1/runs"
	assert.Equal(t, http.StatusCreated, w.ask(w.control, post).status, "a key is that of its session")
}

// A run to a consumer that refuses ends nevertheless.
func TestRun_UnreachableEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	to := w.consumer.URL
	w.consumer.Close()
	id := w.order("/runs", `{"scenario":"message-delivered","route":"netcore","to":"`+to+`"}`).field(t, "id")
	one := w.await(3, "kind=delivery&state=failed&run="+id)[0]
	assert.NotEmpty(t, one.Text)
}

// A body in a 2xx response is a warning, and the webhook counts as delivered; for a
// strict server it isn't, so that the next attempt is due when the server ends.
func TestDelivery_WarnsOfABodyInTheResponse(t *testing.T) {
	t.Parallel()
	for strict, want := range map[bool]string{false: "succeeded", true: "canceled"} {
		responded := make(chan struct{}, 2)
		consumer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("OK"))
			responded <- struct{}{}
		}))
		t.Cleanup(consumer.Close)
		w := newWorld(t, func(o *server.Options) { o.StrictResponses, o.Speed = strict, server.RealTime })
		w.order("/events", `{"event":"message.sent","route":"gupshup/v2","to":"`+consumer.URL+`"}`)
		<-responded
		w.server.Close()
		one := w.find("/deliveries?full=true")[0]
		require.Equal(t, want, one.State)
		require.Equal(t, "response has a body; want it empty", one.Text)
		require.Len(t, one.Delivery.Attempts, 1)
	}
}
