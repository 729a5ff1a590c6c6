package server

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/schemas"
)

func TestNearestOperation_FindsSimilarPath(t *testing.T) {
	t.Parallel()
	all := newServer(t, nil).everything.mounts
	for _, c := range []struct {
		method, path string
		called       []string
		want         string
	}{
		{"POST", "/wa/app/42/subscriptions", nil, "POST /wa/app/42/subscription"},
		{"PUT", "/wa/api/v1/msgs", nil, "POST /wa/api/v1/msg"},
		{"POST", "/gupshup/wa/api/v1/msgs", nil, "POST /gupshup/wa/api/v1/msg"},
		{"POST", "/gupshup/v2/wa/api/v1/mgs", nil, "POST /gupshup/v2/wa/api/v1/msg"},
		{"POST", "/gupshop/wa/api/v1/msg", nil, "POST /gupshup/wa/api/v1/msg"},
		{"POST", "/api/v2/whatsap/message/send", nil, "POST /api/v2/whatsapp/message/send"},
		{"POST", "/soip/rcs/v2/messages", nil, "POST /soip/rcs/v2/message"},
		{"POST", "/soip/rcs/v2/messages", []string{"netcore"}, "POST /soip/rcs/v2/message"},
		{"POST", "/soip/rcs/v2/messages", []string{"gupshup", "netcore"}, "POST /soip/rcs/v2/message"},
		{"POST", "/soip/rcs/v2/messages", []string{"gupshup"}, ""},
		{"POST", "/gupshup/soip/rcs/v2/messages", []string{"netcore"}, ""},
		{"POST", "/netcore/soip/rcs/v2/messages", []string{"gupshup"}, "POST /netcore/soip/rcs/v2/message"},
		{"GET", "/nothing/at/all", nil, ""},
		{"GET", "/", nil, ""},
		{"POST", "/wa/app/" + strings.Repeat("4", 100) + "/subscriptions", nil, "POST /wa/app/" + strings.Repeat("4", 100) + "/subscription"},
		{"POST", "/wa/app/" + strings.Repeat("4", 110) + "/subscriptions", nil, ""},
	} {
		called := map[string]bool{}
		for _, name := range c.called {
			called[name] = true
		}
		require.Equal(t, c.want, nearestOperation(all, called, c.method, c.path), "%s %s", c.method, c.path)
	}
}

func TestNearestOperation_OfPathsThatNoShippedProviderHas(t *testing.T) {
	t.Parallel()
	operation := func(provider, method, path string) *callspec.Operation {
		return &callspec.Operation{Provider: &schemas.Provider{Name: provider}, Method: method, Path: path, Vars: map[string][]string{"channel": {"sms", "whatsapp"}}}
	}
	var all []mount
	for _, name := range []string{"a", "b"} {
		all = append(all, mount{operation(name, "POST", "/send"), "/" + name}) // at the root it is nobody's
	}
	all = append(all, mount{operation("b", "GET", "/{channel}/messages"), ""})
	require.Equal(t, "POST /a/send", nearestOperation(all, nil, "POST", "/send"))
	require.Equal(t, "POST /b/send", nearestOperation(all, map[string]bool{"b": true}, "POST", "/send"))
	require.Equal(t, "GET /whatsapp/messages", nearestOperation(all, nil, "GET", "/whatsap/messages"))
	require.Equal(t, "GET /sms/messages", nearestOperation(all, nil, "GET", "/rcs/messages"), "not what was asked for")
	require.Equal(t, "GET /sms/messages", nearestOperation(all, nil, "POST", "/sms/messages"), "only the method is another")
}

// Whatever is wrong with a path of a provider: the hint is another operation of that
// provider, which is there.
func TestNearestOperation_IsOfTheSameProviderAndAnother(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	provider := s.Provider()
	there := map[string]string{} // the provider, by operation
	for _, m := range s.everything.mounts {
		there[m.api.Method+" "+fitted(m.prefix+m.api.Path, m.api.Vars, strings.Split(m.example(), "/"))] = m.api.Provider.Name
	}
	hints := 0
	for _, m := range s.everything.mounts {
		if m.prefix == "" {
			continue
		}
		for _, path := range []string{m.example() + "s", m.example()[:len(m.example())-1], strings.Replace(m.example(), "/", "/x", 1), m.example() + "/x"} {
			near := nearestOperation(s.everything.mounts, nil, m.api.Method, path)
			if near == "" {
				continue
			}
			hints++
			require.NotEqual(t, m.api.Method+" "+path, near)
			method, at, _ := strings.Cut(near, " ")
			w := asked(t, provider, method, at, "application/json", strings.NewReader("{}"))
			require.NotContains(t, w.Body.String(), "find operation", "%s for %s", near, path)
			if strings.HasPrefix(path, m.prefix+"/") {
				require.True(t, strings.HasPrefix(at, "/"+m.api.Provider.Name), "%s for %s", near, path)
			}
		}
	}
	require.Greater(t, hints, 100)
}

// A call with a method that a path doesn't have is in the journal, and its hint names
// one that it has.
func TestProvider_NoSuchPathOrMethod(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	provider := s.Provider()
	for _, c := range []struct {
		method, path, session, at string
		status                    int
		text                      string
	}{
		{"GET", "/wa/api/v1/msg", "default", "/wa/api/v1/msg", 405, `find operation: GET /wa/api/v1/msg: the path has no such method; did you mean "POST /wa/api/v1/msg"?`},
		{"POST", "/s/one/wa/api/v1/mgs", "one", "/wa/api/v1/mgs", 404, `find operation: POST /wa/api/v1/mgs: no operation has this path; did you mean "POST /wa/api/v1/msg"?`},
		{"POST", "/nothing", "default", "/nothing", 404, "find operation: POST /nothing: no operation has this path; the base URL of a provider's API is that of this server, and nothing else"},
		{"POST", "/s/a$b/wa/api/v1/msg", "default", "/s/a$b/wa/api/v1/msg", 404, "find session: invalid name; want 1 to 64 letters, digits, dots, dashes and underscores"},
		{"POST", strings.Repeat("/", 1<<20) + "wa/api/v1/msg", "default", strings.Repeat("/", maxTracedPath) + "…", 404, "find operation: no operation has a path of 1048589 bytes"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, "/", strings.NewReader("the body"))
		r.URL.Path = c.path
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		require.Equal(t, c.status, w.Code, c.path[:min(len(c.path), 40)])
		e := newest(t, s)
		require.Equal(t, []any{c.session, c.at, c.status, "", c.text, "the body"}, []any{e.Session, e.Call.Path, e.Status, e.Call.Operation, e.Text, string(e.Call.Body)})
		require.Equal(t, w.Body.String(), string(e.Call.Response))
		require.Equal(t, c.status == http.StatusMethodNotAllowed, w.Header().Get("Allow") != "")
	}
	require.Len(t, s.sessions, 1, "to ask for what isn't there starts no session")
}

// BenchmarkUnknownPath is a call to a path that no operation has.
func BenchmarkUnknownPath(b *testing.B) {
	s := newServer(b, nil)
	provider := s.Provider()
	for _, size := range []int{30, 120, 2 << 10, 1 << 20} {
		path := "/wa/app/" + strings.Repeat("4", size-len("/wa/app//subscriptionsx")) + "/subscriptionsx"
		b.Run(fmt.Sprint(size, "-bytes"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/", nil)
				r.URL.Path = path
				w := httptest.NewRecorder()
				provider.ServeHTTP(w, r)
				_, _ = io.Copy(io.Discard, w.Body)
				if w.Code != http.StatusNotFound {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
