package server_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/server"
)

// Each path and method of the document is served, on the one side only.
func TestControl_ServesDocumentedPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(w.steer("GET", "/api/v1/openapi.json", "").body))
	require.NoError(t, err)
	count := 0
	for path, one := range doc.Paths.Map() {
		for method := range one.Operations() {
			if path == "/stream" {
				continue // it does not end
			}
			count++
			there := "/api/v1" + strings.ReplaceAll(path, "{id}", "none")
			if path == "/wait" {
				there += "?timeout=0s"
			}
			got := w.steer(method, there, "")
			assert.NotEqual(t, http.StatusMethodNotAllowed, got.status, "%s %s", method, path)
			if !strings.Contains(path, "{id}") {
				assert.NotEqual(t, http.StatusNotFound, got.status, "%s %s", method, path)
			} else {
				assert.Contains(t, got.body, "none", "%s %s", method, path)
				assert.Equal(t, http.StatusNotFound, got.status)
			}
			assert.Equal(t, http.StatusNotFound, w.call(sending{method: method, path: there}).status, "the provider API has no %s %s", method, path)
		}
	}
	require.Greater(t, count, 20)
	assert.Equal(t, http.StatusNotFound, w.steer("GET", "/nothing", "").status)
	assert.Equal(t, http.StatusNotFound, w.steer("GET", "/api/v1/nothing", "").status)
	assert.Equal(t, http.StatusNotFound, w.steer("POST", "/in/gupshup", "").status, "the inbox is on the other side")
}

// An exchange is the example of a request in the data of a provider.
type exchange struct {
	provider *schemas.Provider
	name     string
	sending
}

func exchanges(t *testing.T) []exchange {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	var all []exchange
	for _, p := range catalog.Providers {
		_, folder := p.APIs()
		if folder == nil {
			continue
		}
		names, err := fs.Glob(folder, "examples/*.http")
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			require.NoError(t, err)
			head, body, _ := strings.Cut(string(text), "\n\n")
			lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
			e := exchange{provider: p, name: strings.TrimSuffix(strings.TrimPrefix(name, "examples/"), ".http")}
			e.method, e.path, _ = strings.Cut(lines[0], " ")
			for _, line := range lines[1:] {
				key, value, _ := strings.Cut(line, ": ")
				e.header = append(e.header, key, value)
			}
			e.json = strings.TrimSuffix(body, "\n")
			all = append(all, e)
		}
	}
	require.Greater(t, len(all), 60)
	return all
}

// apisByName are all APIs, by provider and name.
func apisByName(t *testing.T) map[string]*callspec.Operation {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	set, err := callspec.Load(catalog, library)
	require.NoError(t, err)
	all := map[string]*callspec.Operation{}
	for _, a := range set.APIs {
		all[a.Provider.Name+" "+a.Name] = a
	}
	return all
}

// Each API answers its example with success, below its provider's name, its
// routes' and, where it alone has the path, at the root.
func TestProvider_EveryOperationExample(t *testing.T) {
	t.Parallel()
	apis := apisByName(t)
	claims := map[string]int{}
	for _, a := range apis {
		claims[a.Method+" "+a.Path]++
	}
	w := newWorld(t, nil)
	about := []string{"media.get", "message.status", "subscription.get", "subscription.extend", "subscription.update", "subscription.delete", "template.edit", "template.delete",
		"template.get", "media.delete", "object.get", "object.update", "object.delete", "verification.get", "verification.check", "verification.cancel"}
	for i, e := range exchanges(t) {
		a := apis[e.provider.Name+" "+e.name]
		for n := e.name; a == nil && strings.Contains(n, "."); a = apis[e.provider.Name+" "+n] {
			n = n[:strings.LastIndex(n, ".")]
		}
		require.NotNil(t, a, "%s of %s", e.name, e.provider.Name)
		mounts := []string{"/" + e.provider.Name}
		for _, r := range a.Routes {
			mounts = append(mounts, "/"+r.Name)
		}
		if claims[a.Method+" "+a.Path] == 1 {
			mounts = append(mounts, "")
		}
		for n, mount := range mounts {
			s := e.sending
			for _, folder := range []string{"gupshup", "mobtexting"} { // the URLs of the examples are of a world that nobody may call
				hook := "https://example.com/hooks/" + folder
				s.json = strings.NewReplacer(hook, w.consumer.URL, url.QueryEscape(hook), url.QueryEscape(w.consumer.URL)).Replace(s.json)
			}
			s.path = "/s/s" + strings.Repeat("x", n) + string(rune('a'+i%26)) + string(rune('a'+i/26)) + mount + e.path
			got := w.call(s)
			where := e.name + " at " + mount
			if slices.Contains(about, a.Command) { // something that is not there yet
				assert.Contains(t, []int{http.StatusOK, http.StatusBadRequest, http.StatusNotFound}, got.status, "%s: %s", where, got.body)
				assert.NotContains(t, got.body, "find the path", where)
				continue
			}
			assert.Equal(t, (&callspec.Call{Operation: a}).Reply().Status, got.status, "%s: %s", where, got.body)
		}
	}
}

// It stands at HEAD and GET alike, for those who look whether the server lives.
func TestServer_LivezReadyz(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{"/livez", "/readyz"} {
			assert.Equal(t, http.StatusOK, w.steer(method, path, "").status, path)
			assert.Equal(t, http.StatusOK, w.call(sending{method: method, path: path}).status, path)
		}
	}
}

func TestSession_SeparatesWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.subscribe("/s/one/wa/app/123/subscription", "2", "ALL").status)
	s := text(userPhone)
	s.path = "/s/one" + s.path
	id := w.call(s).field(t, "messageId")
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status, "nobody hears of this one")
	w.steer("GET", "/s/one/api/v1/wait?count=4&state=succeeded&timeout=20s&id="+id, "").items(t)
	w.await(4, "kind=delivery&state=dropped")
	assert.Empty(t, w.find("/deliveries?state=succeeded"))
	assert.Empty(t, w.find("/calls?id="+id))
	for _, letter := range w.mail.await(t, "/hook", 5)[1:] {
		assert.Contains(t, letter.body, id)
	}
	one := w.steer("GET", "/s/one/api/v1/deliveries?id="+id, "").items(t)[0]
	assert.Equal(t, "one", one.Session)
	assert.Equal(t, http.StatusNotFound, w.steer("GET", "/api/v1/deliveries/"+one.ID, "").status)
	assert.Equal(t, http.StatusNotFound, w.steer("POST", "/api/v1/deliveries/"+one.ID+"/redeliver", "").status)
}

func TestProvider_IncompleteBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	body, half := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.provider.URL+"/wa/api/v1/msg", body)
	require.NoError(t, err)
	request.Header.Set("apikey", "k")
	gone := make(chan error, 1)
	go func() {
		response, err := w.provider.Client().Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		gone <- err
	}()
	_, err = half.Write([]byte("channel=whatsapp"))
	require.NoError(t, err)
	require.NoError(t, half.CloseWithError(io.ErrUnexpectedEOF))
	require.Error(t, <-gone)
	seen := w.await(1, "kind=call")[0]
	assert.Equal(t, http.StatusBadRequest, seen.Status)
	assert.Equal(t, "send", seen.Operation)
	assert.Equal(t, "channel=whatsapp", seen.Call.Body)
	assert.Empty(t, w.steer("GET", "/api/v1/runs", "").items(t))
}

// Where keys are named, the tokens that the provider's own API gives out for one
// of them are as good, with that provider and in that session.
func TestProvider_AcceptsIssuedToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *server.Options) { o.Keys = []string{"good"} })
	ask := func(session, path, key string) response {
		return w.call(sending{method: "GET", path: session + "/partner/app/123/" + path, header: []string{"Authorization", key}})
	}
	assert.Equal(t, http.StatusUnauthorized, ask("", "token", "other").status)
	given := ask("", "token", "good")
	require.Equal(t, http.StatusOK, given.status, given.body)
	token := given.field(t, "token", "token")
	assert.Equal(t, http.StatusOK, ask("", "subscription", token).status)
	assert.Equal(t, http.StatusUnauthorized, ask("/s/other", "subscription", token).status)
	assert.Equal(t, http.StatusUnauthorized, w.call(sending{method: "GET", path: "/api/v2/developer/webhooks", header: []string{"Authorization", "Bearer " + token}}).status)
}
