package server_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A call that names a provider's host is a call of this provider, at its own path.
func TestProvider_AtItsHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const send, rcs = "/wa/api/v1/msg", "/soip/rcs/v2/message"
	for _, c := range []struct {
		host, path string
		status     int
	}{
		{"api.gupshup.io", send, http.StatusAccepted},
		{"api.gupshup.io:443", send, http.StatusAccepted},
		{"API.Gupshup.io.", send, http.StatusAccepted},
		{"partner.gupshup.io", send, http.StatusAccepted},
		{"api.gupshup.io", "/s/one" + send, http.StatusAccepted},
		{"api.gupshup.io", "/gupshup" + send, http.StatusNotFound},
		{"portal.mobtexting.com", send, http.StatusNotFound},
		{"evil.api.gupshup.io", send, http.StatusAccepted},
		{"ringback:8080", send, http.StatusAccepted},
		{"api.gupshup.io", rcs, http.StatusNotFound},
		{"api.gupshup.io", "/netcore" + rcs, http.StatusNotFound},
	} {
		s := text(userPhone)
		s.path, s.header = c.path, append(s.header, "Host", c.host)
		assert.Equal(t, c.status, w.call(s).status, "%s%s", c.host, c.path)
	}
	for _, path := range []string{"/livez", "/readyz"} {
		assert.Equal(t, http.StatusOK, w.call(sending{method: "GET", path: path, header: []string{"Host", "api.gupshup.io"}}).status)
	}
}

// What is wrong with a call is said of the provider that the host is of, whoever was called before.
func TestProvider_AtItsHostHintsAtItsPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	assert.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	at := func(method, host, path string) response {
		return w.call(sending{method: method, path: path, header: []string{"Host", host}})
	}
	got := at("POST", "soipapi.netcorecloud.com", "/soip/rcs/v2/messages")
	assert.Contains(t, got.field(t, "detail"), `did you mean "POST /soip/rcs/v2/message"?`)
	got = at("POST", "wb.omni.tatatelebusiness.com", "/wa/api/v1/msgs")
	assert.Contains(t, got.field(t, "detail"), "the mock of tata-omni has no such path")
	got = at("GET", "wb.omni.tatatelebusiness.com", "/whatsapp-cloud/messages")
	assert.Equal(t, http.StatusMethodNotAllowed, got.status)
	assert.Equal(t, "POST", got.header.Get("Allow"))
	assert.Equal(t, http.StatusNotFound, at("GET", "wb.omni.tatatelebusiness.com", "/wa/api/v1/msg").status, "another provider's path has no method here")
}

// The URL of an upload leads back to the host by which the server was called.
func TestProvider_AtItsHostServesMedia(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	const host = "wb.omni.tatatelebusiness.com"
	header := []string{"Host", host, "Authorization", "Bearer k"}
	body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\na picture\r\n--b--\r\n"
	put := w.call(sending{method: "POST", path: "/whatsapp-cloud/media", header: append(header, "Content-Type", "multipart/form-data; boundary=b"), json: body})
	got := w.call(sending{method: "GET", path: "/whatsapp-cloud/media/download/" + put.field(t, "id"), header: header})
	path, ok := strings.CutPrefix(got.field(t, "url"), "http://"+host)
	assert.True(t, ok, got.body)
	assert.Equal(t, "a picture", w.call(sending{method: "GET", path: path, header: header}).body)
}
