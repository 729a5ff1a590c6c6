package server

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/journal"
)

// newServer makes a server that plays at once and from a seed, unless changed; it ends
// with the test.
func newServer(t testing.TB, change func(*Options)) *Server {
	t.Helper()
	o := Options{Seed: 1, Speed: Immediate, Concurrency: 1}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// asked is what a side responds to a request.
func asked(t testing.TB, side http.Handler, method, path, contentType string, body io.Reader) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, body)
	r.Host = "localhost"
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("apikey", "k")
	r.Header.Set("Authorization", "Bearer k")
	w := httptest.NewRecorder()
	side.ServeHTTP(w, r)
	return w
}

// newest is the entry that the journal got last.
func newest(t testing.TB, s *Server) journal.Entry {
	t.Helper()
	found, _, _ := s.journal.Find(t.Context(), journal.Query{Limit: 1})
	require.NotEmpty(t, found)
	return found[0]
}

// example is a path of a mount.
func (m mount) example() string {
	path := m.prefix + m.api.Path
	for name, words := range m.api.Vars {
		path = strings.ReplaceAll(path, "{"+name+"}", words[0])
	}
	return strings.NewReplacer("{", "", "}", "").Replace(path)
}

// breaks is a body that ends with an error.
func breaks(text string, err error) io.Reader {
	return io.MultiReader(strings.NewReader(text), iotest.ErrReader(err))
}

// errorsAreJSON reports whether an operation rejects calls in JSON; Netcore's SMS has XML, and Gupshup's gateway a text.
func errorsAreJSON(m mount) bool {
	name := m.api.Provider.Name + " " + m.api.Name
	return !strings.HasPrefix(name, "netcore sms.") && !strings.HasPrefix(name, "gupshup gateway.")
}

// Each operation rejects a call that isn't complete in the shape of its own errors,
// does nothing, and leaves a trace.
func TestCall_Incomplete(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	provider := s.Provider()
	for _, broken := range []struct {
		err    error
		status int
	}{{io.ErrUnexpectedEOF, 400}, {errors.New("malformed chunked encoding"), 400}, {fmt.Errorf("read: %w", os.ErrDeadlineExceeded), 408}, {&http.MaxBytesError{Limit: largestCall}, 413}} {
		status, reason := deadline.Unread(broken.err)
		require.Equal(t, broken.status, status)
		for _, m := range s.everything.mounts {
			name := fmt.Sprint(m.api.Method, " ", m.example(), " ", broken.err)
			w := asked(t, provider, m.api.Method, m.example(), "application/json", breaks(`{"to":"919000000002"`, broken.err))
			require.Equal(t, broken.status, w.Code, name)
			require.Equal(t, "close", w.Header().Get("Connection"), name)
			if errorsAreJSON(m) {
				require.True(t, strings.HasPrefix(w.Header().Get("Content-Type"), "application/json"), name)
				var shape map[string]any
				require.NoError(t, json.Unmarshal(w.Body.Bytes(), &shape), "%s: %s", name, w.Body)
				require.NotContains(t, shape, "title", "%s: it is no problem of ours", name)
			} else {
				require.Regexp(t, "^text/(xml|plain)", w.Header().Get("Content-Type"), name)
			}
			require.Contains(t, w.Body.String(), reason, name)
			e := newest(t, s)
			require.Equal(t, []any{journal.KindCall, broken.status, m.api.Name, reason}, []any{e.Kind, e.Status, e.Call.Operation, e.Text}, name)
			require.Equal(t, `{"to":"919000000002"`, string(e.Call.Body), name)
			require.Equal(t, w.Body.String(), string(e.Call.Response), name)
			require.Empty(t, e.Run, name)
		}
	}
	all, _, _ := s.journal.Find(t.Context(), journal.Query{})
	require.Len(t, all, 4*len(s.everything.mounts), "nothing else happened")
	require.Zero(t, s.played.Load())
}

// A multipart body that is cut off is complete for HTTP, and invalid to the operation.
func TestCall_MultipartCutOff(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	const whole = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\nabc\r\n--b--\r\n"
	const unreadable = "the multipart body cannot be read"
	count := 0
	for _, m := range s.everything.mounts {
		send := func(body string) string {
			return asked(t, sidesOf(t, s).provider, m.api.Method, m.example(), "multipart/form-data; boundary=b", strings.NewReader(body)).Body.String()
		}
		if m.prefix != "/"+m.api.Provider.Name || !strings.Contains(send("--b"), unreadable) {
			continue
		}
		count++
		require.NotContains(t, send(whole), unreadable)
		for _, end := range []string{"--\r\n", "--b--\r\n", "\r\n--b--\r\n", "abc\r\n--b--\r\n", "\r\n\r\nabc\r\n--b--\r\n"} {
			require.Contains(t, send(strings.TrimSuffix(whole, end)), unreadable, "%s without %q", m.example(), end)
			e := newest(t, s)
			require.Equal(t, m.api.Name, e.Call.Operation)
			require.Contains(t, []int{400, 422}, e.Status)
		}
	}
	require.Positive(t, count, "some operations take files")
}

// Whatever path and method is asked for with a body that breaks off: there is a
// response, and what is rejected is in the journal.
func TestProvider_RespondsToEverything(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	paths := []string{"/livez", "/readyz", "/in/gupshup", "/in/nobody", "/media/gupshup/none", "/", "/nothing", "/s/a b/x", "/s/one/nothing", "/x%zz", "/" + strings.Repeat("a", 10_000), "//"}
	for _, m := range s.everything.mounts {
		paths = append(paths, m.example(), "/s/one"+m.example())
	}
	provider := s.Provider()
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
			r := httptest.NewRequestWithContext(t.Context(), method, "/", breaks("{", io.ErrUnexpectedEOF))
			r.URL.Path, r.URL.RawPath = path, ""
			before := s.journal.Last()
			w := newUnwritten()
			provider.ServeHTTP(w, r)
			name := method + " " + path[:min(len(path), 60)]
			require.NotZero(t, w.status, name)
			if w.status >= 400 {
				require.Equal(t, before+1, s.journal.Last(), name)
				e := newest(t, s)
				require.Equal(t, w.status, e.Call.Status, name)
				require.Equal(t, w.body.String(), string(e.Call.Response), name)
				require.NotEmpty(t, e.Text, name)
				require.LessOrEqual(t, len(e.Call.Path), 2*maxTracedPath)
			}
			require.Less(t, w.status, 500, name)
		}
	}
}

func TestControl_RespondsToEverything(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	side := s.Control()
	paths := []string{"/livez", "/", "/nothing", "/api/v1/nothing", "/s/a b/x", "/" + strings.Repeat("a", 10_000)}
	for _, e := range (&control{}).paths() {
		if e.path != "/stream" {
			paths = append(paths, controlPrefix+e.example("none"))
		}
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			for _, key := range []string{"", "a-key"} {
				r := httptest.NewRequestWithContext(t.Context(), method, "/", breaks("{", io.ErrUnexpectedEOF))
				r.URL.Path, r.Host = path, "localhost"
				if key != "" {
					r.Header.Set("Idempotency-Key", key)
				}
				w := newUnwritten()
				side.ServeHTTP(w, r)
				require.NotZero(t, w.status, "%s %s", method, path)
				if strings.HasPrefix(path, controlPrefix) {
					require.GreaterOrEqual(t, w.status, 400, "%s %s", method, path)
				}
			}
		}
	}
	require.Zero(t, s.journal.Last())
	require.Zero(t, s.played.Load())
}

// An unwritten response is a ResponseWriter that tells whether somebody wrote.
type unwritten struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newUnwritten() *unwritten { return &unwritten{header: http.Header{}} }

func (u *unwritten) Header() http.Header { return u.header }

func (u *unwritten) WriteHeader(status int) {
	if u.status == 0 {
		u.status = status
	}
}

func (u *unwritten) Write(p []byte) (int, error) {
	u.WriteHeader(http.StatusOK)
	return u.body.Write(p)
}

// Handlers that don't respond are a mistake of ours, and the client and the journal
// see it.
func TestServe_AHandlerThatDoesNotRespond(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"returns": func(http.ResponseWriter, *http.Request) {},
		"reads":   func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) },
		"panics":  func(http.ResponseWriter, *http.Request) { panic("a mistake") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			s := newServer(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
			w := newUnwritten()
			s.traced(handler).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "POST", "/x", strings.NewReader("{}")))
			require.Equal(t, http.StatusInternalServerError, w.status)
			e := newest(t, s)
			require.Equal(t, []any{http.StatusInternalServerError, "/x", "POST"}, []any{e.Status, e.Call.Path, e.Call.Method})
			require.Contains(t, log.String(), "level=ERROR")
			require.Equal(t, name == "panics", strings.Contains(log.String(), "a mistake"))
		})
	}
	s := newServer(t, nil)
	require.Panics(t, func() {
		s.traced(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			panic("a mistake")
		})).ServeHTTP(newUnwritten(), httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	}, "a response that has begun can only be cut off")
}

// hurried is a server with short limits.
func hurried(t *testing.T) *Server {
	t.Helper()
	s := newServer(t, func(o *Options) { o.Token = "t" })
	const soon = 100 * time.Millisecond
	s.limits = deadline.Limits{Header: soon, Body: soon, Write: soon, Idle: soon}
	return s
}

// overTCP serves a side of a server, and returns its address.
func overTCP(t *testing.T, s *Server, side func(*Server) http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	one := s.limits.Server(side(s), nil)
	ended := make(chan error, 1)
	go func() { ended <- one.Serve(l) }()
	t.Cleanup(func() {
		require.NoError(t, one.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	return l.Addr().String()
}

// A client over TCP that sends a part of a request, and then no more or nothing ever
// again.
func TestDeadlines_OverTCP(t *testing.T) {
	t.Parallel()
	sides := map[string]func(*Server) http.Handler{"provider": (*Server).Provider, "control": (*Server).Control}
	for name, c := range map[string]struct {
		side, sent string
		leaves     bool
		want       string
	}{
		"a call that stalls":                        {"provider", "POST /wa/api/v1/msg HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nchannel", false, "408"},
		"a call that is cut off":                    {"provider", "POST /wa/api/v1/msg HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nchannel", true, "400"},
		"a chunk that is no chunk":                  {"provider", "POST /wa/api/v1/msg HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", false, "400"},
		"a chunk that stalls":                       {"provider", "POST /wa/api/v1/msg HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", false, "408"},
		"an unknown path that stalls":               {"provider", "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\na", false, "404"},
		"a page of another origin that stalls":      {"provider", "POST /wa/api/v1/msg HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: 100\r\n\r\na", false, "403"},
		"an arrival that stalls":                    {"provider", "POST /in/gupshup HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{", false, "408"},
		"an arrival that is cut off":                {"provider", "POST /in/gupshup HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{", true, "400"},
		"one byte for the control API, no token":    {"control", "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", false, "401"},
		"one byte of a GET, no token":               {"control", "GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{", false, "401"},
		"one byte for a stranger's host":            {"control", "POST /api/v1/runs HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 100\r\n\r\n{", false, "421"},
		"one byte of another origin":                {"control", "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nOrigin: http://b\r\nContent-Length: 100\r\n\r\n{", false, "403"},
		"one byte with the token":                   {"control", "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\nContent-Length: 100\r\n\r\n{", false, "408"},
		"one byte of a GET with the token":          {"control", "GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\nContent-Length: 100\r\n\r\n{", false, "408"},
		"a body of the control API that is cut off": {"control", "POST /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer t\r\nContent-Length: 100\r\n\r\n{", true, "400"},
		"half a header for the control API":         {"control", "POST /api/v1/runs HTTP/1.1\r\nHo", false, ""},
		"nothing for the control API":               {"control", "", false, ""},
		"half a header for the provider API":        {"provider", "POST /wa", false, ""},
		"no next request":                           {"control", "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n", false, "200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := hurried(t)
			conn, err := net.Dial("tcp", overTCP(t, s, sides[c.side]))
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, c.sent)
			require.NoError(t, err)
			if c.leaves {
				require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			}
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
			text, err := io.ReadAll(conn)
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection stays open")
			if c.want != "" {
				require.True(t, strings.HasPrefix(string(text), "HTTP/1.1 "+c.want+" "), "%s", text)
			}
			if c.side == "provider" && c.want != "" {
				e := newest(t, s)
				assert.Equal(t, c.want, fmt.Sprint(e.Status))
				assert.Equal(t, journal.KindCall, e.Kind)
			}
		})
	}
}

// What takes its time, such as a stream or a response that is held back, isn't cut off.
func TestDeadlines_LeaveStreamsAndHeldResponsesAlone(t *testing.T) {
	t.Parallel()
	s := hurried(t)
	provider, control := "http://"+overTCP(t, s, (*Server).Provider), "http://"+overTCP(t, s, (*Server).Control)
	defer http.DefaultClient.CloseIdleConnections()
	ask := func(method, url, contentType, body string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		require.NoError(t, err)
		r.Header = http.Header{"Authorization": {"Bearer t"}, "Apikey": {"k"}, "Content-Type": {contentType}}
		response, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		return response
	}
	stream := ask("GET", control+"/api/v1/stream?kind=call", "", "")
	defer stream.Body.Close()
	waited := ask("GET", control+"/api/v1/wait?timeout=300ms", "", "")
	require.Equal(t, http.StatusRequestTimeout, waited.StatusCode)
	require.NoError(t, waited.Body.Close())
	ruled := ask("POST", control+"/api/v1/rules", "application/json", `{"on":"calls","response":{"delay":"300ms"}}`)
	require.Equal(t, http.StatusCreated, ruled.StatusCode)
	require.NoError(t, ruled.Body.Close())
	held := ask("POST", provider+"/wa/api/v1/msg", "application/x-www-form-urlencoded",
		"channel=whatsapp&source=919000000001&destination=919000000002&src.name=A&message=%7B%22type%22%3A%22text%22%2C%22text%22%3A%22hi%22%7D")
	require.Equal(t, http.StatusAccepted, held.StatusCode)
	require.NoError(t, held.Body.Close())
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "data: ") {
	}
	require.Contains(t, lines.Text(), `"operation":"send"`, lines.Err())
}

// Bodies beyond the bytes in flight are rejected by both APIs, each in its own format.
func TestInFlight_RejectsOnBothSides(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	s.callBytes, s.controlBytes = deadline.NewInFlight(20), deadline.NewInFlight(20)
	for _, c := range []struct {
		side        http.Handler
		path, media string
		want        string // a part of the response
	}{
		{s.Provider(), "/wa/api/v1/msg", "application/x-www-form-urlencoded", `"status":"error"`},
		{s.Provider(), "/in/netcore", "application/json", "Service Unavailable"},
		{s.Control(), "/api/v1/runs", "application/json", `"title":"Service Unavailable"`},
	} {
		w := asked(t, c.side, "POST", c.path, c.media, strings.NewReader(strings.Repeat(" ", 21)))
		require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s: %s", c.path, w.Body)
		require.Equal(t, "1", w.Header().Get("Retry-After"), c.path)
		require.Contains(t, w.Body.String(), c.want, c.path)
	}
	require.Equal(t, http.StatusUnprocessableEntity, asked(t, s.Control(), "POST", "/api/v1/runs", "application/json", strings.NewReader(`{"scenario":"x"}`)).Code)
}
