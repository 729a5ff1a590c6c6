package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A registration is a call that sets a URL, and one that lists what was set.
type registration struct {
	create, list sending
	rejected     int // the status of the provider's own error
	message      string
}

// registrations are the calls by which an application sets a URL, by name.
func registrations(hook string) map[string]registration {
	apikey, raw, bearer := []string{"apikey", "k"}, []string{"Authorization", "k"}, []string{"Authorization", "Bearer k"}
	gupshup := func(path string, header []string, version string) registration {
		form := url.Values{"modes": {"ALL"}, "tag": {"t"}, "url": {hook}, "version": {version}}
		return registration{
			sending{method: "POST", path: path, header: header, form: form}, sending{method: "GET", path: path, header: header},
			http.StatusBadRequest, "The callback URL did not answer with 2xx",
		}
	}
	const webhooks = "/api/v2/developer/webhooks"
	return map[string]registration{
		"self-serve, version 2": gupshup("/wa/app/123/subscription", apikey, "2"),
		"self-serve, version 3": gupshup("/wa/app/123/subscription", apikey, "3"),
		"partner, version 2":    gupshup("/partner/app/123/subscription", raw, "2"),
		"partner, version 3":    gupshup("/partner/app/123/subscription", raw, "3"),
		"mobtexting": {
			sending{method: "POST", path: webhooks, header: bearer, json: `{"name":"n","uri":"` + hook + `","token":"key-7"}`},
			sending{method: "GET", path: webhooks, header: bearer}, http.StatusUnprocessableEntity, "The webhook could not be verified.",
		},
	}
}

// The consumers that no provider accepts: each rejects what checks its URL.
func TestHandshake_RejectedOverHTTP(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, respond := range map[string]http.HandlerFunc{
		"not found":           func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"an error":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"a redirect":          func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"a closed door":       nil,
		"a closed connection": func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			hook := gone.URL
			if respond != nil {
				consumer := httptest.NewServer(respond)
				defer consumer.Close()
				hook = consumer.URL
			}
			for name, r := range registrations(hook) {
				before := w.call(r.list)
				got := w.call(r.create)
				require.Equal(t, r.rejected, got.status, "%s: %s", name, got.body)
				require.Equal(t, r.message, got.field(t, "message"))
				require.Equal(t, before.body, w.call(r.list).body, name)
			}
			failed := w.await(5, "kind=delivery&state=failed&text=handshake")
			require.Len(t, failed, 5)
			calls := w.await(5, "kind=call&text=handshake")
			require.Len(t, calls, 5)
		})
	}
}

// A response that isn't the challenge is no response to a challenge.
func TestHandshake_WrongChallengeOverHTTP(t *testing.T) {
	t.Parallel()
	for _, response := range []string{``, `{"challenge":"other"}`, `{"challenge":1}`, `other`} {
		w := newWorld(t, nil)
		consumer := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(out, response) }))
		got := w.call(registrations(consumer.URL)["mobtexting"].create)
		consumer.Close()
		require.Equal(t, http.StatusUnprocessableEntity, got.status, response)
		require.JSONEq(t, `{"subscriptions":[],"contacts":[],"service_windows":[],"templates":[],"media":[],"messages":[],"accounts":{}}`, w.steer("GET", "/api/v1/state", "").body)
	}
}

// A consumer that accepts is active in the state and in the provider's own list, and gets the
// token and the headers of its subscription. The server's own inbox accepts, too.
func TestHandshake_AcceptedOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	asked := make(chan *http.Request, 1)
	consumer := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.Clone(r.Context()):
		default:
		}
		w.mail.ServeHTTP(out, r)
	}))
	defer consumer.Close()
	for name, r := range registrations(consumer.URL + "/hook") {
		r.create.path, r.list.path = "/s/one"+r.create.path, "/s/one"+r.list.path
		if r.create.form != nil {
			r.create.form.Set("tag", name)
			r.create.form.Set("meta", `{"headers":{"X-Shop":"42"}}`)
		}
		got := w.call(r.create)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", name, got.body)
		first := <-asked
		if r.create.form != nil {
			assert.Equal(t, "42", first.Header.Get("X-Shop"))
			assert.Contains(t, w.call(r.list).body, `"active":true`)
		} else {
			assert.Equal(t, "key-7", first.URL.Query().Get("token"))
			assert.Contains(t, w.call(r.list).body, `"status":"1"`)
		}
	}
	state := w.steer("GET", "/s/one/api/v1/state?secrets=true", "").body
	assert.Equal(t, 5, strings.Count(state, `"status":"active"`), state)
	assert.Contains(t, state, "key-7")
	assert.NotContains(t, w.steer("GET", "/s/one/api/v1/state", "").body, "key-7")

	for name, r := range registrations("") {
		route := map[bool]string{true: "gupshup", false: "mobtexting"}[r.create.form != nil]
		r = registrations(w.provider.URL + "/s/inbox/in/" + route)[name]
		r.create.path = "/s/two" + r.create.path
		if r.create.form != nil {
			r.create.form.Set("tag", name)
		}
		got := w.call(r.create)
		assert.Equal(t, http.StatusOK, got.status, "%s: %s", name, got.body)
	}
}

// A call that asks for no check gets a subscription, whatever its consumer says.
func TestHandshake_NotAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	consumer := httptest.NewServer(http.NotFoundHandler())
	defer consumer.Close()
	for version, first := range map[string]string{"2": "user-event.sandbox-start", "3": "status.set-callback"} {
		r := registrations(consumer.URL)["self-serve, version "+version]
		r.create.form.Set("doCheck", "false")
		r.create.form.Set("tag", version)
		require.Equal(t, http.StatusOK, w.call(r.create).status)
		w.await(1, "kind=delivery&state=failed&type=gupshup/v"+version+"/"+first)
	}
}
