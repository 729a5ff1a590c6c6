package server_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

// activeRule puts one into force and returns its id.
func (w *world) rule(json string) string {
	w.t.Helper()
	return w.order("/rules", json).field(w.t, "id")
}

// plays plays a message of three webhooks to a path of the consumer.
func (w *world) plays(path string) { w.t.Helper(); w.playsIn("", path) }

func (w *world) playsIn(session, path string) {
	w.t.Helper()
	got := w.steer("POST", session+"/api/v1/runs", `{"scenario":"message-delivered","route":"netcore","to":"`+w.consumer.URL+path+`"}`)
	require.Equal(w.t, http.StatusCreated, got.status, got.body)
}

func TestRule_Every(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"deliveries","match":{"route":"netcore"},"faults":[{"duplicate":{"after":"0s"}}],"every":3}`)
	w.plays("/to")
	w.plays("/to")
	w.await(8, "kind=delivery&state=succeeded")
	count := map[string]int{}
	for _, one := range w.find("/deliveries?full=true") {
		count[one.Delivery.ID]++
		if count[one.Delivery.ID] == 2 {
			assert.Equal(t, []string{"duplicate"}, one.Delivery.Faults)
		}
	}
	assert.Len(t, count, 6, "a copy has the id of what it copies")
	assert.Contains(t, w.steer("GET", "/api/v1/rules", "").body, `"matched":6,"applied":2`)
}

func TestRule_TimesUsedUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.rule(`{"on":"deliveries","match":{"event":"message.sent"},"faults":["drop"],"times":1}`)
	w.plays("/to")
	lost := w.await(1, "kind=delivery&state=dropped")[0]
	assert.Equal(t, "message.sent", lost.Event)
	assert.Equal(t, "dropped by a rule", lost.Text)
	types, _ := w.validated("/to", 2)
	assert.Equal(t, []string{"netcore/event.delivered", "netcore/event.read"}, types)
	assert.JSONEq(t, `{"data":[]}`, w.steer("GET", "/api/v1/rules", "").body)
	assert.Equal(t, http.StatusNotFound, w.steer("DELETE", "/api/v1/rules/"+id, "").status)
	w.plays("/again")
	w.mail.await(t, "/again", 3)
}

func TestRule_Delay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"deliveries","match":{"event":"message.sent"},"faults":[{"delay":"300ms"}]}`)
	w.plays("/to")
	types, _ := w.validated("/to", 3)
	assert.ElementsMatch(t, []string{"netcore/event.sent", "netcore/event.delivered", "netcore/event.read"}, types)
	late := w.await(1, "kind=delivery&state=succeeded&event=message.sent")[0]
	assert.Equal(t, []string{"delay"}, late.Delivery.Faults)
}

func TestRule_FaultyBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"deliveries","match":{"event":"message.delivered"},"faults":["unknown-field"]}`)
	w.plays("/to")
	w.mail.await(t, "/to", 3)
	one := w.await(1, "kind=delivery&state=succeeded&event=message.delivered")[0]
	assert.Equal(t, []string{"unknown-field /0/unknown_field"}, one.Delivery.Faults)
	validated := w.order("/validate?provider=netcore", one.Delivery.Body)
	assert.Equal(t, "drift", validated.field(t, "items", 0, "verdict"))
	for _, other := range w.find("/deliveries?full=true&event=message.read") {
		assert.Empty(t, other.Delivery.Faults)
	}
}

// What cannot be signed cannot be signed wrongly. It is given up, with the
// reason, and nothing else is.
func TestRule_SignatureFaultNeedsSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"deliveries","faults":["wrong-key"],"times":1}`)
	w.plays("/to")
	one := w.await(1, "kind=delivery&state=canceled")[0]
	assert.Contains(t, one.Text, "the target is not signed")
	w.plays("/to")
	w.await(3, "kind=delivery&state=succeeded")
}

func TestRule_RejectsReorder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.steer("POST", "/api/v1/rules", `{"on":"deliveries","faults":["drop","reorder"]}`)
	assert.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.Equal(t, "/faults/1", got.field(t, "pointer"))
}

func TestRule_Matches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"deliveries","match":{"route":"gupshup"},"faults":["drop"]}`)
	w.rule(`{"on":"deliveries","match":{"event":"message.failed"},"faults":["drop"]}`)
	require.Equal(t, http.StatusCreated, w.steer("POST", "/s/other/api/v1/rules", `{"on":"deliveries","faults":["drop"]}`).status)
	w.plays("/to")
	w.mail.await(t, "/to", 3)
	w.playsIn("/s/other", "/other")
	w.steer("GET", "/s/other/api/v1/wait?count=3&state=dropped&timeout=20s", "").items(t)
	w.order("/runs", `{"scenario":"message-delivered","route":"gupshup/v3","to":"`+w.consumer.URL+`/gupshup"}`)
	w.await(4, "kind=delivery&state=dropped")
}

func TestRule_RemovedOrExpired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	id := w.rule(`{"on":"deliveries","faults":["drop"]}`)
	w.rule(`{"on":"deliveries","faults":["drop"],"ttl":"1ns"}`)
	assert.Equal(t, http.StatusNoContent, w.steer("DELETE", "/api/v1/rules/"+id, "").status)
	assert.JSONEq(t, `{"data":[]}`, w.steer("GET", "/api/v1/rules", "").body)
	w.plays("/to")
	w.mail.await(t, "/to", 3)
}

func TestRule_ProviderError(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"calls","match":{"operation":"send"},"response":{"status":429,"retry_after":"29500ms"},"times":2}`)
	w.rule(`{"on":"calls","match":{"route":"gupshup"},"response":{"status":401},"times":1}`)
	for range 2 {
		got := w.call(text(userPhone))
		require.Equal(t, http.StatusTooManyRequests, got.status, got.body)
		assert.Equal(t, "30", got.header.Get("Retry-After"), "a part of a second is no reason to come too early")
	}
	rejected := w.call(text(userPhone))
	assert.Equal(t, http.StatusUnauthorized, rejected.status)
	assert.Contains(t, rejected.body, "Portal User Not Found With APIKey")
	assert.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	assert.Len(t, w.find("/calls?status=429"), 2)
	w.await(4, "kind=delivery")
	assert.Len(t, w.find("/deliveries"), 4, "of a call that was refused nothing follows")
}

func TestRule_OwnBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"calls","match":{"operation":"send"},"response":{"status":500,"body":{"oops":[1,2]}},"every":2}`)
	assert.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	got := w.call(text(userPhone))
	assert.Equal(t, http.StatusInternalServerError, got.status)
	assert.JSONEq(t, `{"oops":[1,2]}`, got.body)
	assert.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
}

func TestRule_DelayedResponse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.rule(`{"on":"calls","response":{"delay":"10ms"},"times":1}`)
	got := w.call(text(userPhone))
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.NotEmpty(t, got.field(t, "messageId"))
	const delay = 10.0
	assert.GreaterOrEqual(t, w.find("/calls?full=true&operation=send")[0].Call.Duration, delay)
}

// The consumer asks, while it gets the first webhook, whether the call that led
// to it has been answered.
func TestRule_WebhooksFirst(t *testing.T) {
	t.Parallel()
	var w *world
	responded := make(chan bool, 10)
	came := make(chan bool, 10)
	consumer := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		select {
		case <-responded:
			came <- false
		default:
			came <- true
		}
	}))
	defer consumer.Close()
	w = newWorld(t, func(o *server.Options) { o.To = []server.Destination{{Route: "gupshup/v2", URL: consumer.URL}} })
	w.rule(`{"on":"calls","match":{"operation":"send"},"response":{"webhooks_first":true}}`)
	got := w.call(text(userPhone))
	responded <- true
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.True(t, <-came)
}

func TestRule_RejectsWithoutEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, rule := range []string{
		`{"on":"calls"}`, `{"on":"deliveries"}`, `{"on":"calls","response":{}}`, `{"on":"calls","response":{"status":99}}`,
		`{"on":"deliveries","faults":["drop"],"ttl":"soon"}`, `{"on":"deliveries","faults":["drop"],"match":{"route":"gupshop"}}`,
		`{"on":"deliveries","faults":["drap"]}`, `{"on":"letters","faults":["drop"]}`, `{"on":"deliveries","faults":["drop"],"times":-1}`,
		`{"on":"calls","match":{"operation":"sent"},"response":{"status":500}}`,
	} {
		got := w.steer("POST", "/api/v1/rules", rule)
		assert.Equal(t, 4, got.status/100, rule)
		assert.True(t, strings.HasPrefix(got.field(t, "pointer"), "/"), got.body)
	}
	assert.JSONEq(t, `{"data":[]}`, w.steer("GET", "/api/v1/rules", "").body)
}
