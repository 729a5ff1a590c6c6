package server

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/gorilla/mux"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A fake is a backend that does nothing but remember what it was asked.
type fake struct {
	log *journal.Log

	mu       sync.Mutex
	session  string
	plays    []playOrder
	emits    []emitOrder
	commands []state.Command
	resets   int
	made     []RunStatus
	inForce  []activeRule
	snapshot state.Snapshot
	outcome  state.Outcome
	// fails is what everything that can fail fails with; nil is nothing.
	fails error
	// during is called while a scenario is begun.
	during func()
}

func (f *fake) Journal() *journal.Log { return f.log }

func (f *fake) Play(_ context.Context, p playOrder) (RunStatus, error) {
	if f.during != nil {
		f.during()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plays = append(f.plays, p)
	run := RunStatus{ID: "run/" + string(rune('0'+len(f.plays))), Scenario: p.Scenario.Name, State: "running", Seed: p.Options.Seed}
	f.made = append(f.made, run)
	return run, f.fails
}

func (f *fake) Runs() []RunStatus {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.made)
}

func (f *fake) Stop(id string) (RunStatus, bool) {
	for _, r := range f.Runs() {
		if r.ID == id {
			r.State = "canceled"
			return r, true
		}
	}
	return RunStatus{}, false
}

func (f *fake) Evicted() (runs, sessions int) { return 0, 0 }

func (f *fake) Played(id string) bool { return id == "run-gone" }

func (f *fake) Emit(_ context.Context, e emitOrder) ([]journal.Entry, error) {
	f.emits = append(f.emits, e)
	return []journal.Entry{{ID: "d", Kind: journal.KindDelivery, Session: f.session, State: journal.StateScheduled}}, f.fails
}

func (f *fake) Redeliver(_ context.Context, id string) (journal.Entry, error) {
	return journal.Entry{ID: id + "~2", Kind: journal.KindDelivery}, f.fails
}

func (f *fake) Rules() []activeRule { return slices.Clone(f.inForce) }

func (f *fake) AddRule(r activeRule) (activeRule, error) {
	r.ID = "rule-1"
	f.inForce = append(f.inForce, r)
	return r, f.fails
}

func (f *fake) RemoveRule(id string) bool {
	n := len(f.inForce)
	f.inForce = slices.DeleteFunc(f.inForce, func(r activeRule) bool { return r.ID == id })
	return len(f.inForce) < n
}

func (f *fake) State(bool) state.Snapshot { return f.snapshot }

func (f *fake) SetState(s state.Snapshot) error {
	f.snapshot = s
	return f.fails
}

func (f *fake) Command(_ context.Context, c state.Command) (state.Outcome, error) {
	f.commands = append(f.commands, c)
	return f.outcome, f.fails
}

func (f *fake) Reset() { f.resets++ }

func (f *fake) Sessions() []sessionView { return []sessionView{{Name: "default"}} }

func (f *fake) RemoveSession(name string) bool { return name == "known" }

// A stage is a control side over a fake. Each answer is held against the
// OpenAPI document.
type stage struct {
	*fake
	control *control
	handler http.Handler
	doc     *openapi3.T
	router  routers.Router
}

func newStage(t testing.TB) *stage {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	s := &stage{fake: &fake{log: journal.New(journal.Limit{})}}
	s.control = newControl(catalog, library, func(name string) (backend, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.session = name
		return s.fake, nil
	})
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	s.control.mount(r)
	s.handler = r
	s.doc = openAPIDocument(t)
	s.router, err = gorillamux.NewRouter(s.doc)
	require.NoError(t, err)
	return s
}

func openAPIDocument(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData([]byte(openAPIYAML))
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context()))
	doc.Servers = openapi3.Servers{{URL: controlPrefix}}
	return doc
}

// A reply is what came back.
type reply struct {
	*httptest.ResponseRecorder
}

// json reads the body into a value of any shape.
func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	require.NoError(t, json.Unmarshal(r.Body.Bytes(), &v), "%s", r.Body)
	return v
}

// first is the first item of a listing.
func (r reply) first(t *testing.T) map[string]any {
	t.Helper()
	items, _ := r.json(t)["data"].([]any)
	require.NotEmpty(t, items, "%s", r.Body)
	one, _ := items[0].(map[string]any)
	return one
}

// problem wants a problem of a status, and returns it.
func (r reply) problem(t *testing.T, status int) map[string]any {
	t.Helper()
	require.Equal(t, status, r.Code, "%s", r.Body)
	require.Equal(t, "application/problem+json", r.Header().Get("Content-Type"))
	p := r.json(t)
	require.Equal(t, "about:blank", p["type"])
	require.Equal(t, http.StatusText(status), p["title"])
	require.InDelta(t, status, p["status"], 0)
	require.NotEmpty(t, p["detail"])
	return p
}

// apiRequest sends a request, as JSON if it has a body; fields are lines such as
// "Idempotency-Key: a".
func (s *stage) ask(t *testing.T, method, path, body string, fields ...string) reply {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, controlPrefix+path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for _, line := range fields {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Set(name, value)
	}
	r := reply{httptest.NewRecorder()}
	s.handler.ServeHTTP(r, request)
	s.fitsDocument(t, request, body, r)
	return r
}

func (s *stage) fitsDocument(t *testing.T, request *http.Request, body string, r reply) {
	t.Helper()
	if request.Method == http.MethodHead {
		return // the document leaves it out, as each GET has it
	}
	request = request.Clone(t.Context())
	request.Body = io.NopCloser(strings.NewReader(body))
	request.URL = &url.URL{Path: request.URL.Path, RawPath: request.URL.RawPath, RawQuery: request.URL.RawQuery}
	route, params, err := s.router.FindRoute(request)
	if err != nil {
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, r.Code, "%s %s is not in the document", request.Method, request.URL)
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
	}}
	if r.Code/100 == 2 && !strings.HasSuffix(route.Path, "/validate") {
		require.NoError(t, openapi3filter.ValidateRequest(t.Context(), in), "%s %s", request.Method, request.URL)
	}
	if kind := r.Header().Get("Content-Type"); kind == "text/event-stream" || kind == "application/yaml" {
		return // no JSON
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: r.Code, Header: r.Header(), Options: in.Options}
	out.SetBodyBytes(bytes.Clone(r.Body.Bytes()))
	require.NoError(t, openapi3filter.ValidateResponse(t.Context(), out), "%s %s", request.Method, request.URL)
}

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }
