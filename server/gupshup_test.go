package server_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

const (
	appPhone  = "919000000001"
	userPhone = "919000000002"
)

// subscribe makes a Gupshup subscription to the consumer's path.
func (w *world) subscribe(path string, version, modes string) response {
	w.t.Helper()
	return w.call(sending{
		method: "POST", path: path, header: []string{"apikey", "k"},
		form: url.Values{"modes": {modes}, "tag": {"t" + version + modes}, "url": {w.consumer.URL + "/hook"}, "version": {version}},
	})
}

func text(to string) sending {
	return sending{method: "POST", path: "/wa/api/v1/msg", header: []string{"apikey", "k"}, form: url.Values{
		"channel": {"whatsapp"}, "source": {appPhone}, "destination": {to}, "src.name": {"DemoApp"}, "message": {`{"type":"text","text":"hi"}`},
	}}
}

func TestSend_WebhooksHaveMessageID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.subscribe("/wa/app/123/subscription", "2", "ALL")
	require.Equal(t, http.StatusOK, got.status, got.body)

	sent := w.call(text(userPhone))
	require.Equal(t, http.StatusAccepted, sent.status, sent.body)
	id := sent.field(t, "messageId")

	types, bodies := w.validated("/hook", 5)
	assert.Equal(t, []string{
		"gupshup/v2/user-event.sandbox-start", "gupshup/v2/message-event.enqueued", "gupshup/v2/message-event.sent",
		"gupshup/v2/message-event.delivered", "gupshup/v2/message-event.read",
	}, types)
	assert.Contains(t, bodies[0], `"appId":"123"`)
	for _, body := range bodies[1:] {
		assert.Contains(t, body, id)
		assert.Contains(t, body, userPhone)
	}
}

func TestSend_PartnerAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	token := w.call(sending{method: "GET", path: "/partner/app/app-1/token", header: []string{"Authorization", "partner-token"}})
	require.Equal(t, http.StatusOK, token.status, token.body)
	header := []string{"Authorization", token.field(t, "token", "token")}
	made := w.call(sending{
		method: "POST", path: "/partner/app/app-1/subscription", header: header,
		form: url.Values{"modes": {"SENT,DELIVERED,READ,ENQUEUED"}, "tag": {"t"}, "url": {w.consumer.URL + "/hook"}, "version": {"3"}},
	})
	require.Equal(t, http.StatusOK, made.status, made.body)
	sent := w.call(sending{
		method: "POST", path: "/partner/app/app-1/v3/message", header: header,
		json: `{"messaging_product":"whatsapp","recipient_type":"individual","to":"` + userPhone + `","type":"text","text":{"body":"hi"}}`,
	})
	require.Equal(t, http.StatusOK, sent.status, sent.body)
	id := sent.field(t, "messages", 0, "id")
	types, bodies := w.validated("/hook", 5)
	assert.Equal(t, []string{
		"gupshup/v3/status.set-callback", "gupshup/v3/status.enqueued", "gupshup/v3/status.sent", "gupshup/v3/status.delivered", "gupshup/v3/status.read",
	}, types)
	for _, body := range bodies[1:] {
		assert.Contains(t, body, id)
	}
}

// Of an end user whom the application knows by a user id alone, no webhook has a phone
// number; where a call gives both, the number counts.
func TestSend_ToUserID(t *testing.T) {
	t.Parallel()
	const userID, number = "IN.4614498218826880", `"(wa_id|recipient_id|recipient_participant_id)":"[0-9]`
	for name, c := range map[string]struct {
		to     string
		status int
		input  string
		byID   bool
	}{
		"a user id alone":        {`"recipient":"` + userID + `"`, http.StatusOK, userID, true},
		"a number and a user id": {`"to":"` + userPhone + `","recipient":"IN.1"`, http.StatusOK, userPhone, false},
		"neither":                {`"recipient_type":"individual"`, http.StatusBadRequest, "", false},
		"an empty user id":       {`"recipient":""`, http.StatusBadRequest, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			header := []string{"Authorization", "k"}
			made := w.call(sending{
				method: "POST", path: "/partner/app/app-1/subscription", header: header,
				form: url.Values{"modes": {"SENT,DELIVERED,READ,ENQUEUED"}, "tag": {"t"}, "url": {w.consumer.URL + "/hook"}, "version": {"3"}},
			})
			require.Equal(t, http.StatusOK, made.status, made.body)
			sent := w.call(sending{
				method: "POST", path: "/partner/app/app-1/v3/message", header: header,
				json: `{"messaging_product":"whatsapp",` + c.to + `,"type":"text","text":{"body":"hi"}}`,
			})
			require.Equal(t, c.status, sent.status, sent.body)
			if c.status != http.StatusOK {
				return
			}
			require.Equal(t, c.input, sent.field(t, "contacts", 0, "input"))
			require.Equal(t, !c.byID, strings.Contains(sent.body, `"wa_id"`), sent.body)
			_, bodies := w.validated("/hook", 5)
			for _, body := range bodies[1:] {
				assert.Contains(t, body, sent.field(t, "messages", 0, "id"))
				if c.byID {
					assert.Contains(t, body, `"recipient_user_id":"`+userID+`"`)
					assert.NotRegexp(t, number, body)
				} else {
					assert.Contains(t, body, userPhone)
					assert.NotContains(t, body, `"IN.1"`)
				}
			}
			calls := w.await(1, "kind=call&operation=partner.send")
			known, other := "recipient.phone", "recipient.user_id"
			if c.byID {
				known, other = other, known
			}
			assert.Equal(t, c.input, calls[0].Values[known])
			assert.NotContains(t, calls[0].Values, other)
		})
	}
}

func TestSubscription_FiltersByModeAndAddsHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	made := w.call(sending{
		method: "POST", path: "/wa/app/123/subscription", header: []string{"apikey", "k"},
		form: url.Values{
			"modes": {"DELIVERED"}, "tag": {"t"}, "url": {w.consumer.URL + "/hook"}, "version": {"2"},
			"meta": {`{"headers":{"X-Shop":"42"}}`},
		},
	})
	require.Equal(t, http.StatusOK, made.status, made.body)
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	types, _ := w.validated("/hook", 3)
	assert.Equal(t, []string{
		"gupshup/v2/user-event.sandbox-start", "gupshup/v2/message-event.enqueued", "gupshup/v2/message-event.delivered",
	}, types, "what needs no subscription comes beside what is subscribed")
	assert.Equal(t, "42", w.mail.await(t, "/hook", 3)[2].header.Get("X-Shop"))
}

func TestSend_OptedOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.subscribe("/wa/app/123/subscription", "2", "FAILED,SENT,DELIVERED").status)
	out := w.call(sending{method: "POST", path: "/wa/api/v1/app/opt/out/DemoApp", header: []string{"apikey", "k"}, form: url.Values{"user": {userPhone}}})
	require.Equal(t, http.StatusAccepted, out.status, out.body)
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	types, _ := w.validated("/hook", 3)
	assert.ElementsMatch(t, []string{
		"gupshup/v2/user-event.sandbox-start", "gupshup/v2/user-event.opted-out", "gupshup/v2/message-event.failed",
	}, types)
}

func TestSend_MagicRecipient(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		phone string
		types []string // some of those that come
	}{
		"fails at once": {"919000000010", []string{"failed"}},
		"fails later":   {"919000000021", []string{"enqueued", "failed"}},
		"is never read": {"919000000001", []string{"enqueued", "sent", "delivered"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			require.Equal(t, http.StatusOK, w.subscribe("/wa/app/123/subscription", "2", "ALL").status)
			require.Equal(t, http.StatusAccepted, w.call(text(one.phone)).status)
			types, _ := w.validated("/hook", 1+len(one.types))
			for _, word := range one.types {
				assert.Contains(t, types, "gupshup/v2/message-event."+word)
			}
		})
	}
}

func TestSend_ProviderErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Keys = []string{"good"} })
	good, bad, none := text(userPhone), text(userPhone), text(userPhone)
	good.header, bad.header, none.header = []string{"apikey", "good"}, []string{"apikey", "k"}, nil
	assert.Equal(t, http.StatusAccepted, w.call(good).status)
	assert.Equal(t, http.StatusUnauthorized, w.call(bad).status)
	assert.Equal(t, http.StatusUnauthorized, w.call(none).status)

	wrong := good
	wrong.form = url.Values{"channel": {"whatsapp"}, "message": {"hi"}}
	got := w.call(wrong)
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Equal(t, "error", got.field(t, "status"))

	media := good
	media.form, media.json = nil, `{}`
	assert.Equal(t, http.StatusUnsupportedMediaType, w.call(media).status)
}

func TestSend_EverySubscribedVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for version, path := range map[string]string{"2": "/two", "3": "/three"} {
		made := w.call(sending{
			method: "POST", path: "/wa/app/123/subscription", header: []string{"apikey", "k"},
			form: url.Values{"modes": {"DELIVERED,READ"}, "tag": {version}, "url": {w.consumer.URL + path}, "version": {version}},
		})
		require.Equal(t, http.StatusOK, made.status, made.body)
	}
	sent := w.call(text(userPhone))
	require.Equal(t, http.StatusAccepted, sent.status, sent.body)
	id := sent.field(t, "messageId")
	two, bodies := w.validated("/two", 4)
	assert.Equal(t, []string{"gupshup/v2/message-event.delivered", "gupshup/v2/message-event.read"}, two[2:])
	assert.Contains(t, bodies[3], id)
	three, bodies := w.validated("/three", 4)
	assert.Equal(t, []string{"gupshup/v3/status.enqueued", "gupshup/v3/status.delivered", "gupshup/v3/status.read"}, three[1:])
	assert.Contains(t, bodies[3], id)
}

func TestSend_OmitsUnsetFields(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{`,"meta":{"foreign_id":"order-7"}`: `"foreign_id":"order-7"`, "": `"foreign_id":null`} {
		w := newWorld(t, nil)
		hook := w.call(sending{
			method: "POST", path: "/api/v2/developer/webhooks", header: []string{"Authorization", "Bearer k"},
			json: `{"name":"demo","uri":"` + w.consumer.URL + `/hook"}`,
		})
		require.Equal(t, http.StatusOK, hook.status, hook.body)
		sent := w.call(sending{
			method: "POST", path: "/api/v2/whatsapp/message/send", header: []string{"Authorization", "Bearer k"},
			json: `{"channels":[{"name":"whatsapp","from":"` + appPhone + `"` + said + `}],"recipient":{"to":["` + userPhone + `"]},"message":{"type":"text","payload":{"text":"hi"}}}`,
		})
		require.Equal(t, http.StatusOK, sent.status, sent.body)
		assert.Contains(t, sent.body, want)
		_, bodies := w.validated("/hook", 3)
		for _, body := range bodies {
			if said != "" {
				assert.Contains(t, body, want)
			} else {
				assert.NotRegexp(t, `"foreign_id":"`, body)
			}
		}
	}
}

func TestSubscription_HandshakeGoesToItsEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"/one", "/two"} {
		made := w.call(sending{
			method: "POST", path: "/wa/app/123/subscription", header: []string{"apikey", "k"},
			form: url.Values{"modes": {"READ"}, "tag": {path}, "url": {w.consumer.URL + path}, "version": {"2"}},
		})
		require.Equal(t, http.StatusOK, made.status, made.body)
	}
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	for _, path := range []string{"/one", "/two"} {
		types, _ := w.validated(path, 3)
		assert.Equal(t, []string{
			"gupshup/v2/user-event.sandbox-start", "gupshup/v2/message-event.enqueued", "gupshup/v2/message-event.read",
		}, types)
	}
}
