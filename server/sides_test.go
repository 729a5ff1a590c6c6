package server_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

func TestProvider_MergesSlashes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{"//wa/api/v1/msg", "/wa//api/v1///msg", "/gupshup/wa/api/v1/msg", "/gupshup//v2/wa/api/v1/msg", "/s/one//wa/api/v1/msg"} {
		s := text(userPhone)
		s.path = path
		assert.Equal(t, http.StatusAccepted, w.call(s).status, path)
	}
}

func TestProvider_NotFoundAndMethodNotAllowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	got := w.call(sending{method: "GET", path: "/nothing/at/all"})
	assert.Equal(t, http.StatusNotFound, got.status)
	assert.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
	got = w.call(sending{method: "POST", path: "/wa/app/42/subscriptions", json: `{"a":1}`})
	assert.Equal(t, http.StatusNotFound, got.status)
	assert.Contains(t, got.field(t, "detail"), `did you mean "POST /wa/app/42/subscription"?`)
	seen := w.steer("GET", "/api/v1/calls?status=404&full=true", "")
	assert.Contains(t, seen.body, `"/wa/app/42/subscriptions"`, "who calls a wrong path is seen")
	got = w.call(sending{method: "GET", path: "/wa/api/v1/msg"})
	assert.Equal(t, http.StatusMethodNotAllowed, got.status)
	assert.Equal(t, "POST", got.header.Get("Allow"))
	assert.Equal(t, http.StatusNotFound, w.call(sending{method: "POST", path: "/s/a b/wa/api/v1/msg"}).status)
}

func TestProvider_RejectsLargeBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := text(userPhone)
	s.form, s.json = nil, strings.Repeat(" ", 16<<20+1)
	assert.Equal(t, http.StatusRequestEntityTooLarge, w.call(s).status)
}

func TestSession_Isolated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.subscribe("/s/one/wa/app/123/subscription", "2", "ALL").status)
	other := w.call(sending{method: "GET", path: "/s/two/wa/app/123/subscription", header: []string{"apikey", "k"}})
	assert.JSONEq(t, `{"status":"success","subscriptions":[]}`, other.body)
	mine := w.call(sending{method: "GET", path: "/s/one/wa/app/123/subscription", header: []string{"apikey", "k"}})
	assert.Contains(t, mine.body, w.consumer.URL)
}

func TestControl_ChecksTokenHostAndOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Token, o.Hosts = "secret-token", []string{"mock"} })
	const path = "/api/v1/runs"
	token := []string{"Authorization", "Bearer secret-token"}
	for name, one := range map[string]struct {
		header []string
		status int
	}{
		"nobody":                    {nil, http.StatusUnauthorized},
		"a wrong token":             {[]string{"Authorization", "Bearer x"}, http.StatusUnauthorized},
		"the token":                 {token, http.StatusOK},
		"the cookie":                {[]string{"Cookie", "ringback_token=secret-token"}, http.StatusOK},
		"a stranger's name":         {append([]string{"Host", "evil.example"}, token...), http.StatusMisdirectedRequest},
		"a name that was given":     {append([]string{"Host", "mock:80"}, token...), http.StatusOK},
		"a page of another origin":  {append([]string{"Origin", "http://evil.example"}, token...), http.StatusForbidden},
		"a page of another site":    {append([]string{"Sec-Fetch-Site", "cross-site"}, token...), http.StatusForbidden},
		"a page of the control API": {append([]string{"Sec-Fetch-Site", "same-origin"}, token...), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.ask(w.control, sending{method: "GET", path: path, header: one.header})
			assert.Equal(t, one.status, got.status, got.body)
			assert.NotContains(t, got.body, "secret-token")
		})
	}
	for _, path := range []string{"/livez", "/readyz"} {
		assert.Equal(t, http.StatusOK, w.ask(w.control, sending{method: "GET", path: path, header: []string{"Host", "10.1.2.3:8081"}}).status, "who probes has an address only")
	}
}

func TestProvider_RejectsCrossOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, one := range map[string]struct {
		method, path string
		header       []string
		status       int
	}{
		"an application":        {"POST", "/in/gupshup", nil, http.StatusOK},
		"a page of this origin": {"POST", "/in/gupshup", []string{"Sec-Fetch-Site", "same-origin"}, http.StatusOK},
		"a page of another":     {"POST", "/in/gupshup", []string{"Origin", "http://evil.example"}, http.StatusForbidden},
		"a form of another":     {"POST", "/api/v2/developer/webhooks?access_token=a", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"a picture of another":  {"GET", "/api/v2/sms/send?access_token=a&to=919000000002&message=hi", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"a page in a session":   {"POST", "/s/one/in/gupshup", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"a file for another":    {"POST", "/media/gupshup/one", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusForbidden},
		"a link in a session":   {"GET", "/s/one/livez", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusOK},
		"a link of another":     {"GET", "/livez", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusOK},
	} {
		got := w.call(sending{method: one.method, path: one.path, header: one.header, json: "{}"})
		assert.Equal(t, one.status, got.status, "%s: %s", name, got.body)
	}
}

func TestServer_CloseReportsUnsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Speed = server.RealTime })
	require.Equal(t, http.StatusOK, w.subscribe("/wa/app/123/subscription", "2", "ALL").status)
	s := text("919000000050") // is delivered after an hour
	require.Equal(t, http.StatusAccepted, w.call(s).status)
	assert.Regexp(t, `^[0-9]+ events? of [0-9]+ runs? (was|were) not sent$`, w.server.Close())
	assert.Equal(t, http.StatusServiceUnavailable, w.call(sending{method: "GET", path: "/readyz"}).status)
	assert.Equal(t, http.StatusServiceUnavailable, w.call(sending{method: "POST", path: "/s/new/wa/api/v1/msg"}).status)
}

// What is delivered to an API of the mock itself could be a message again.
func TestProvider_OnlyInboxGetsWebhooks(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	own := netip.MustParseAddrPort(listener.Addr().String())
	w := newWorld(t, func(o *server.Options) { o.ProviderAddrs = []netip.AddrPort{own} })
	provider := &http.Server{Handler: w.server.Provider()}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = provider.Serve(listener) // it is closed below
	}()
	t.Cleanup(func() {
		_ = provider.Close()
		<-served
	})
	for path, state := range map[string]string{
		"/in/gupshup": "succeeded", "//s/other//in/gupshup": "succeeded",
		"/wa/api/v1/msg": "failed", "/s/in/wa/api/v1/msg": "failed", "/media/in/x": "failed",
	} {
		order := `{"event":"inbound.text","route":"gupshup/v2","to":"http://` + own.String() + path + `"}`
		got := w.steer("POST", "/api/v1/events", order)
		require.Equal(t, http.StatusAccepted, got.status, got.body)
		seen := w.steer("GET", "/api/v1/wait?kind=delivery&timeout=20s&state="+state+"&run="+got.field(t, "data", 0, "run"), "")
		require.Equal(t, http.StatusOK, seen.status, "%s %s", path, seen.body)
		if state == "failed" {
			assert.Contains(t, seen.body, "a listener of Ringback itself", path)
		}
	}
}

func TestSession_ListAndRemove(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	names := func() string {
		var list struct {
			Data []struct {
				Name string
				Busy bool
				Runs int
			}
		}
		require.NoError(t, json.Unmarshal([]byte(w.steer("GET", "/api/v1/sessions", "").body), &list))
		var all []string
		for _, one := range list.Data {
			all = append(all, fmt.Sprint(one.Name, " ", one.Runs))
		}
		return strings.Join(all, ", ")
	}
	require.Equal(t, "default 0", names())
	require.Equal(t, http.StatusOK, w.subscribe("/s/one/wa/app/123/subscription", "2", "ALL").status)
	require.Equal(t, http.StatusCreated, w.steer("POST", "/s/two/api/v1/runs", `{"scenario":"message-delivered","route":"netcore"}`).status)
	require.Equal(t, "default 0, one 0, two 1", names())

	require.Equal(t, http.StatusNoContent, w.steer("DELETE", "/api/v1/sessions/two", "").status)
	require.Equal(t, "default 0, one 0", names())
	require.JSONEq(t, `{"data":[]}`, w.steer("GET", "/s/two/api/v1/deliveries", "").body)
	require.Equal(t, http.StatusNotFound, w.steer("DELETE", "/api/v1/sessions/two", "").status)
	got := w.steer("DELETE", "/api/v1/sessions/default", "")
	require.Equal(t, http.StatusConflict, got.status)
	require.Contains(t, got.body, "POST /api/v1/reset empties it")
}
