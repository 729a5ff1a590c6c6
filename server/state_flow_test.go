package server_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/server"
)

const (
	appPath      = "/wa/app/123"
	templateForm = "elementName=offer&languageCode=en&category=UTILITY&templateType=TEXT&vertical=Orders&content=Hello&example=Hello"
)

// api calls a Gupshup API with a form and a key.
func (w *world) api(method, path, form string) response {
	w.t.Helper()
	s := sending{method: method, path: path, header: []string{"apikey", "k"}}
	if form != "" {
		values, err := url.ParseQuery(form)
		require.NoError(w.t, err)
		s.form = values
	}
	return w.call(s)
}

// template makes one and returns its id.
func (w *world) template() string {
	w.t.Helper()
	got := w.api("POST", appPath+"/template", templateForm)
	require.Equal(w.t, http.StatusOK, got.status, got.body)
	return got.field(w.t, "template", "id")
}

// sendTemplate sends one and returns the message's id.
func (w *world) sendTemplate(id string) string {
	w.t.Helper()
	got := w.api("POST", "/wa/api/v1/template/msg", url.Values{
		"source": {appPhone}, "destination": {userPhone}, "src.name": {"DemoApp"}, "template": {`{"id":"` + id + `"}`},
	}.Encode())
	require.Equal(w.t, http.StatusAccepted, got.status, got.body)
	return got.field(w.t, "messageId")
}

func TestState_PausedTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Speed = 300 }) // a pause takes hours, which at once are over at once
	require.Equal(t, http.StatusOK, w.subscribe(appPath+"/subscription", "2", "ALL").status)
	id := w.template()
	w.order("/state/commands", `{"name":"template.approve","route":"gupshup/v2","values":{"template.id":"`+id+`"}}`)
	approved := w.await(1, "kind=delivery&state=succeeded&event=template.approved")[0]
	assert.Contains(t, approved.Delivery.Body, id)
	fine := w.sendTemplate(id)
	w.await(1, "kind=delivery&state=succeeded&event=message.read&id="+fine)

	w.order("/state/commands", `{"name":"template.pause","route":"gupshup/v2","values":{"template.id":"`+id+`"}}`)
	w.await(1, "kind=delivery&state=succeeded&event=template.paused")
	bad := w.sendTemplate(id)
	failed := w.await(1, "kind=delivery&state=succeeded&event=message.failed&id="+bad)[0]
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	route, err := catalog.Route("gupshup/v2")
	require.NoError(t, err)
	reason, err := route.Reason("template-paused")
	require.NoError(t, err)
	assert.Contains(t, failed.Delivery.Body, `"code":`+reason.Code)

	w.order("/state/commands", `{"name":"template.approve","route":"gupshup/v2","values":{"template.id":"`+id+`"}}`)
	w.await(1, "kind=delivery&state=succeeded&event=message.read&id="+w.sendTemplate(id))
}

func TestState_RestrictedAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.subscribe(appPath+"/subscription", "2", "ALL").status)
	w.order("/state/commands", `{"name":"account.restrict","route":"gupshup/v2"}`)
	w.await(1, "kind=delivery&state=succeeded&event=account.restricted")
	assert.Contains(t, w.steer("GET", "/api/v1/state", "").body, `"status":"restricted"`)
	id := w.call(text(userPhone)).field(t, "messageId")
	w.await(1, "kind=delivery&state=succeeded&event=message.failed&id="+id)
	w.order("/state/commands", `{"name":"account.reinstate","route":"gupshup/v2"}`)
	again := w.call(text(userPhone)).field(t, "messageId")
	w.await(1, "kind=delivery&state=succeeded&event=message.read&id="+again)
	assert.Empty(t, w.find("/deliveries?event=message.delivered&id="+id))
}

func TestState_ServiceWindow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.TrackWindow = true })
	require.Equal(t, http.StatusOK, w.subscribe(appPath+"/subscription", "2", "ALL").status)
	w.await(1, "kind=delivery&state=succeeded&event=message.failed&id="+w.call(text(userPhone)).field(t, "messageId"))
	w.order("/events", `{"event":"inbound.text","route":"gupshup/v2","with":{"recipient.phone":"`+userPhone+`"}}`)
	w.await(1, "kind=delivery&state=succeeded&event=inbound.text")
	w.await(1, "kind=delivery&state=succeeded&event=message.read&id="+w.call(text(userPhone)).field(t, "messageId"))
}

func TestState_MediaExpires(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	bytes := "\x89PNG\r\n\x00\xff"
	body := "--b\r\nContent-Disposition: form-data; name=\"file_type\"\r\n\r\nimage/png\r\n" +
		"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n" + bytes + "\r\n--b--\r\n"
	put := w.call(sending{method: "POST", path: "/wa/api/v1/app/123/media", header: []string{"apikey", "k", "Content-Type", "multipart/form-data; boundary=b"}, json: body})
	require.Equal(t, http.StatusOK, put.status, put.body)
	id := put.field(t, "mediaId")
	get := sending{method: "GET", path: "/wa/123/wa/media/" + id}
	got := w.call(get)
	require.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, bytes, got.body)

	var state map[string]any
	require.NoError(t, json.Unmarshal([]byte(w.steer("GET", "/api/v1/state?secrets=true", "").body), &state))
	media := state["media"].([]any)[0].(map[string]any)
	media["expires_at"] = time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
	aged, err := json.Marshal(state)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, w.steer("PUT", "/api/v1/state", string(aged)).status)
	gone := w.call(get)
	assert.Equal(t, http.StatusNotFound, gone.status)
	assert.Equal(t, "Invalid Media Id", gone.field(t, "message"))
	get.path = "/wa/123/wa/media/none"
	assert.Equal(t, http.StatusBadRequest, w.call(get).status)
}

func TestState_MovesToAnotherSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.call(sending{
		method: "POST", path: appPath + "/subscription", header: []string{"apikey", "k"},
		form: url.Values{"modes": {"ALL"}, "tag": {"t"}, "version": {"2"}, "url": {w.consumer.URL + "/hook"}, "meta": {`{"headers":{"X-Shop":"secret-42"}}`}},
	}).status)
	w.template()
	require.Equal(t, http.StatusAccepted, w.api("POST", "/wa/api/v1/app/opt/out/DemoApp", "user=919000000003").status)
	w.await(2, "kind=delivery&state=succeeded")
	shown, whole := w.steer("GET", "/api/v1/state", ""), w.steer("GET", "/api/v1/state?secrets=true", "")
	assert.NotContains(t, shown.body, "secret-42")
	assert.Contains(t, whole.body, "secret-42")

	require.Equal(t, http.StatusOK, w.steer("PUT", "/s/two/api/v1/state", whole.body).status)
	assert.JSONEq(t, whole.body, w.steer("GET", "/s/two/api/v1/state?secrets=true", "").body)
	before := len(w.mail.await(t, "/hook", 2))
	sent := text(userPhone)
	sent.path = "/s/two" + sent.path
	require.Equal(t, http.StatusAccepted, w.call(sent).status)
	letters := w.mail.await(t, "/hook", before+4)
	assert.Equal(t, "secret-42", letters[len(letters)-1].header.Get("X-Shop"))
	out := text("919000000003")
	out.path = "/s/two" + out.path
	id := w.call(out).field(t, "messageId")
	w.steer("GET", "/s/two/api/v1/wait?state=succeeded&event=message.failed&timeout=20s&id="+id, "").items(t)
}

func TestState_RejectsInvalid(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.template()
	var before string
	require.Eventually(t, func() bool { // its approval follows by itself
		before = w.steer("GET", "/api/v1/state", "").body
		return strings.Contains(before, `"approved"`)
	}, 20*time.Second, 5*time.Millisecond)
	got := w.steer("PUT", "/api/v1/state", `{"subscriptions":[{"id":"a","url":"ftp://x"}],"templates":[{"id":"t","status":"odd"}]}`)
	assert.Equal(t, http.StatusUnprocessableEntity, got.status)
	assert.Contains(t, got.body, "/subscriptions/0")
	assert.Contains(t, got.body, "/templates/0")
	assert.JSONEq(t, before, w.steer("GET", "/api/v1/state", "").body)
}

func TestReset_EmptiesSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	empty := w.steer("GET", "/api/v1/state", "").body
	for _, session := range []string{"", "/s/two"} {
		require.Equal(t, http.StatusOK, w.subscribe(session+appPath+"/subscription", "2", "ALL").status)
		require.Equal(t, http.StatusCreated, w.steer("POST", session+"/api/v1/rules", `{"on":"deliveries","faults":["drop"]}`).status)
		w.playsIn(session, "/to")
		w.steer("GET", session+"/api/v1/wait?count=3&state=dropped&timeout=20s", "").items(t)
	}
	require.Equal(t, http.StatusNoContent, w.steer("POST", "/api/v1/reset", "").status)
	for _, path := range []string{"/runs", "/rules", "/deliveries", "/calls"} {
		assert.JSONEq(t, `{"data":[]}`, w.steer("GET", "/api/v1"+path, "").body, path)
		assert.NotEqual(t, `{"data":[]}`, strings.TrimSpace(w.steer("GET", "/s/two/api/v1"+path, "").body), path)
	}
	assert.JSONEq(t, empty, w.steer("GET", "/api/v1/state", "").body)
	w.plays("/fresh")
	w.mail.await(t, "/fresh", 3)
}

// The limit of each kind of subscription is the provider's.
func TestSubscription_Limit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for n := range 6 {
		got := w.api("POST", appPath+"/subscription", url.Values{
			"modes": {"ALL"}, "tag": {"tag-" + string(rune('a'+n))}, "version": {"2"}, "url": {w.consumer.URL + "/hook"},
		}.Encode())
		if n < 5 {
			require.Equal(t, http.StatusOK, got.status, got.body)
			continue
		}
		assert.Equal(t, http.StatusBadRequest, got.status)
		assert.Equal(t, "error", got.field(t, "status"))
	}
	assert.Equal(t, http.StatusOK, w.subscribe("/wa/app/another/subscription", "2", "ALL").status, "another app has a limit of its own")
	for _, one := range []struct {
		route, kind string
		limit       int
	}{{"netcore", "incoming", 3}, {"netcore", "events", 5}} {
		for n := range one.limit + 1 {
			got := w.steer("POST", "/api/v1/state/commands", `{"name":"subscription.create","route":"`+one.route+`","values":{"subscription.kind":"`+one.kind+`","subscription.url":"`+w.consumer.URL+`/hook"}}`)
			if n < one.limit {
				require.Equal(t, http.StatusOK, got.status, got.body)
				continue
			}
			assert.Equal(t, http.StatusUnprocessableEntity, got.status, one.route+" "+one.kind)
			assert.Equal(t, "limit-reached", got.field(t, "reason"))
		}
	}
}

func TestSubscription_Deleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := w.subscribe(appPath+"/subscription", "2", "ALL")
	w.await(1, "kind=delivery&state=succeeded&event=sandbox.started")
	id := made.field(t, "subscription", "id")
	require.Equal(t, http.StatusOK, w.api("DELETE", appPath+"/subscription/"+id, "").status)
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	w.await(4, "kind=delivery&state=dropped")
	assert.Len(t, w.mail.await(t, "/hook", 1), 1)
}

func TestCommand_ReportsFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for command, reason := range map[string]string{
		`{"name":"template.pause","route":"gupshup/v2"}`:                                                                    "unknown-id",
		`{"name":"subscription.create","route":"gupshup/v2","values":{"subscription.url":"ftp://x"}}`:                       "url-invalid",
		`{"name":"subscription.create","route":"netcore","values":{"subscription.kind":"x","subscription.url":"http://a"}}`: "kind-unknown",
	} {
		got := w.steer("POST", "/api/v1/state/commands", command)
		assert.Equal(t, http.StatusUnprocessableEntity, got.status, command)
		assert.Equal(t, reason, got.field(t, "reason"))
	}
	assert.Equal(t, "/name", w.steer("POST", "/api/v1/state/commands", `{"name":"template.pouse","route":"gupshup/v2"}`).field(t, "pointer"))
}
