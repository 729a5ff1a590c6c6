package server_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/server"
	"github.com/ringback-dev/ringback/webhook"
)

// A world is a mock provider and a consumer of its webhooks, on the loopback.
type world struct {
	t        *testing.T
	server   *server.Server
	provider *httptest.Server
	control  *httptest.Server
	consumer *httptest.Server
	mail     *mail
}

// newWorld starts one that plays at once and from a seed, and delivers one after
// the other, unless changed.
func newWorld(t *testing.T, change func(*server.Options)) *world {
	t.Helper()
	w := &world{t: t, mail: &mail{}}
	w.consumer = httptest.NewServer(w.mail)
	t.Cleanup(w.consumer.Close)
	o := server.Options{Seed: 1, Speed: server.Immediate, Concurrency: 1}
	if change != nil {
		change(&o)
	}
	var err error
	w.server, err = server.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { w.server.Close() })
	w.provider, w.control = httptest.NewServer(w.server.Provider()), httptest.NewServer(w.server.Control())
	t.Cleanup(w.provider.Close)
	t.Cleanup(w.control.Close)
	return w
}

// An answer is that of one of the sides.
type response struct {
	status int
	header http.Header
	body   string
}

// field reads a string of a JSON body by the way to it.
func (a response) field(t testing.TB, way ...any) string {
	t.Helper()
	var at any
	require.NoError(t, json.Unmarshal([]byte(a.body), &at), "%d %s", a.status, a.body)
	for _, step := range way {
		switch step := step.(type) {
		case string:
			object, ok := at.(map[string]any)
			require.True(t, ok, a.body)
			at = object[step]
		case int:
			list, ok := at.([]any)
			require.True(t, ok && len(list) > step, a.body)
			at = list[step]
		}
	}
	text, ok := at.(string)
	require.True(t, ok, "no text at %v of %s", way, a.body)
	return text
}

// A sending is a request; its header is NAME, VALUE, and so on.
type sending struct {
	method, path string
	header       []string
	form         url.Values
	json         string
}

func (w *world) ask(side *httptest.Server, s sending) response {
	w.t.Helper()
	var body io.Reader
	if s.form != nil {
		body = strings.NewReader(s.form.Encode())
	} else if s.json != "" {
		body = strings.NewReader(s.json)
	}
	request, err := http.NewRequestWithContext(w.t.Context(), s.method, side.URL+s.path, body)
	require.NoError(w.t, err)
	if s.form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else if s.json != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(s.header); i += 2 {
		request.Header.Set(s.header[i], s.header[i+1])
		if s.header[i] == "Host" {
			request.Host = s.header[i+1]
		}
	}
	client := *side.Client() // a copy: tests ask in parallel
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	got, err := client.Do(request)
	require.NoError(w.t, err)
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	require.NoError(w.t, err)
	return response{got.StatusCode, got.Header, string(text)}
}

func (w *world) call(s sending) response { w.t.Helper(); return w.ask(w.provider, s) }

func (w *world) steer(method, path, json string) response {
	w.t.Helper()
	return w.ask(w.control, sending{method: method, path: path, json: json})
}

// validated are the types of webhooks that came to one path, which are all found
// valid.
func (w *world) validated(path string, count int) (types []string, bodies []string) {
	w.t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(w.t, err)
	for _, one := range w.mail.await(w.t, path, count) {
		validator, err := catalog.Validator(schemas.Scope{})
		require.NoError(w.t, err)
		items := validator.Body([]byte(one.body), time.Now())
		for _, item := range items {
			require.Equal(w.t, webhook.LevelOK, item.Verdict.Level, "%s\n%v", one.body, item.Verdict.Findings)
			types = append(types, item.Verdict.Type)
		}
		bodies = append(bodies, one.body)
	}
	return types, bodies
}

// Mail keeps the webhooks that come, by path, and answers 200. It answers challenges, too.
type mail struct {
	mu      sync.Mutex
	letters map[string][]letter
	came    chan struct{} // closed when the next one comes
}

type letter struct {
	header http.Header
	body   string
}

func (m *mail) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	var asked struct{ Challenge string }
	if json.Unmarshal(body.Bytes(), &asked) == nil && asked.Challenge != "" {
		_ = json.NewEncoder(w).Encode(map[string]string{"challenge": asked.Challenge})
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.letters == nil {
		m.letters = map[string][]letter{}
	}
	m.letters[r.URL.Path] = append(m.letters[r.URL.Path], letter{r.Header.Clone(), body.String()})
	if m.came != nil {
		close(m.came)
		m.came = nil
	}
}

// await waits until so many have come to a path.
func (m *mail) await(t *testing.T, path string, count int) []letter {
	t.Helper()
	timeout := time.NewTimer(20 * time.Second)
	defer timeout.Stop()
	for {
		m.mu.Lock()
		have := m.letters[path]
		if m.came == nil {
			m.came = make(chan struct{})
		}
		came := m.came
		m.mu.Unlock()
		if len(have) >= count {
			return have
		}
		select {
		case <-came:
		case <-timeout.C:
			t.Fatalf("%d webhooks came to %s, not %d: %v", len(have), path, count, have)
		}
	}
}
