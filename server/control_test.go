package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
)

// goodRequests are one for each endpoint, with what is answered.
func goodRequests() map[string]struct {
	path, body string
	status     int
} {
	return map[string]struct {
		path, body string
		status     int
	}{
		"POST /runs":                      {"/runs", `{"scenario":"message-delivered","route":"gupshup/v2","seed":7}`, 201},
		"GET /runs":                       {"/runs", "", 200},
		"GET /runs/{id}":                  {"/runs/run%2F1", "", 200},
		"DELETE /runs/{id}":               {"/runs/run%2F1", "", 200},
		"POST /events":                    {"/events", `{"event":"message.delivered"}`, 202},
		"GET /events":                     {"/events?limit=1&full=true", "", 200},
		"GET /events/{id}":                {"/events/d", "", 200},
		"GET /attempts":                   {"/attempts?limit=1", "", 200},
		"GET /deliveries":                 {"/deliveries?limit=1&full=true", "", 200},
		"GET /deliveries/{id}":            {"/deliveries/d", "", 200},
		"POST /deliveries/{id}/redeliver": {"/deliveries/d/redeliver", "", 202},
		"GET /calls":                      {"/calls?operation=send", "", 200},
		"GET /calls/{id}":                 {"/calls/c?secrets=true", "", 200},
		"GET /inbox":                      {"/inbox?since=5m", "", 200},
		"GET /inbox/{id}":                 {"/inbox/a", "", 200},
		"GET /wait":                       {"/wait?kind=delivery&count=1&timeout=0s", "", 200},
		"GET /stream":                     {"/stream", "", 200},
		"GET /rules":                      {"/rules", "", 200},
		"POST /rules":                     {"/rules", `{"on":"deliveries","faults":["drop"],"times":2}`, 201},
		"DELETE /rules/{id}":              {"/rules/rule-1", "", 204},
		"POST /validate":                  {"/validate", `{"type":"nothing"}`, 200},
		"GET /state":                      {"/state", "", 200},
		"PUT /state":                      {"/state", `{"contacts":[{"scope":"gupshup/whatsapp","phone":"919000000001"}]}`, 200},
		"POST /state/commands":            {"/state/commands", `{"name":"template.approve","route":"gupshup/v2","values":{"template.name":"offer"}}`, 200},
		"POST /reset":                     {"/reset", "", 204},
		"GET /sessions":                   {"/sessions", "", 200},
		"DELETE /sessions/{id}":           {"/sessions/known", "", 204},
		"GET /catalog/routes":             {"/catalog/routes", "", 200},
		"GET /catalog/event-types":        {"/catalog/event-types?provider=netcore", "", 200},
		"GET /scenarios":                  {"/scenarios?provider=netcore", "", 200},
		"GET /openapi.yaml":               {"/openapi.yaml", "", 200},
		"GET /openapi.json":               {"/openapi.json", "", 200},
	}
}

// filled is a stage on which each endpoint has something to answer with.
func filled(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	for id, kind := range map[string]journal.Kind{"d": journal.KindDelivery, "c": journal.KindCall, "a": journal.KindReceived} {
		e := journal.Entry{ID: id, Kind: kind, Session: defaultSession, At: noon()}
		if kind == journal.KindCall {
			e.Call = &journal.Call{Operation: "send", Method: "POST", Path: "/", Status: 200}
		}
		s.log.Add(e)
	}
	s.made = []RunStatus{{ID: "run/1", State: "running", StartedAt: noon()}}
	s.inForce = []activeRule{{ID: "rule-1", On: onDeliveries}}
	return s
}

func TestControl_EveryRouteResponds(t *testing.T) {
	t.Parallel()
	s := filled(t)
	good := goodRequests()
	require.Len(t, good, len(s.control.paths()))
	for _, e := range s.control.paths() {
		if e.path == "/stream" {
			continue // it does not end; it has tests of its own
		}
		one, ok := good[e.method+" "+e.path]
		require.True(t, ok, "%s %s", e.method, e.path)
		r := s.ask(t, e.method, one.path, one.body)
		require.Equal(t, one.status, r.Code, "%s %s: %s", e.method, e.path, r.Body)
		if e.method == http.MethodGet {
			require.Equal(t, one.status, s.ask(t, "HEAD", one.path, "").Code, "HEAD %s", e.path)
		}
	}
	require.Equal(t, 1, s.resets)
}

// example is a path with an id that is there, or one that is not.
func (e apiPath) example(id string) string { return strings.ReplaceAll(e.path, "{id}", id) }

func TestControl_RejectsUnknownInput(t *testing.T) {
	t.Parallel()
	s := filled(t)
	ids := map[string]string{"/runs": "run%2F1", "/deliveries": "d", "/events": "d", "/calls": "c", "/inbox": "a", "/rules": "rule-1", "/sessions": "known"}
	for _, e := range s.control.paths() {
		name := e.method + " " + e.path
		there := e.example(ids["/"+strings.Split(e.path, "/")[1]])
		p := s.ask(t, e.method, there+"?sercets=true", "").problem(t, 400)
		require.Equal(t, "sercets", p["parameter"], name)
		if strings.Contains(e.path, "{id}") {
			s.ask(t, e.method, e.example("none"), "").problem(t, 404)
		}
		if e.method == http.MethodGet {
			continue
		}
		s.askLarge(t, e.method, there, max(e.limit, largestBody)+1).problem(t, 413)
		s.ask(t, e.method, there, "{}", "Content-Encoding: gzip").problem(t, 415)
		s.ask(t, e.method, there, "{}", "Content-Type: text/plain").problem(t, 415)
		if e.path == "/validate" {
			continue // every body may be validated
		}
		require.Equal(t, "/unknown~1field", s.ask(t, e.method, there, `{"unknown/field":1}`).problem(t, 400)["pointer"], name)
		s.ask(t, e.method, there, `{`).problem(t, 400)
		s.ask(t, e.method, there, `[]`).problem(t, 400)
	}
	require.Equal(t, `read query: unknown parameter "sercets"; did you mean "secrets"?`, s.ask(t, "GET", "/calls?sercets=", "").problem(t, 400)["detail"])
	s.ask(t, "GET", "/calls?limit=1&limit=2", "").problem(t, 400)
	s.ask(t, "GET", "/calls?%zz", "").problem(t, 400)
}

// askLarge announces a large body.
func (s *stage) askLarge(t *testing.T, method, path string, size int64) reply {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, controlPrefix+path, strings.NewReader("{}"))
	request.ContentLength = size
	r := reply{httptest.NewRecorder()}
	s.handler.ServeHTTP(r, request)
	return r
}

func TestControl_BoundsBodyWithoutLength(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.ask(t, "POST", "/reset", strings.Repeat(" ", largestBody)+"{}").problem(t, 413)
	request := httptest.NewRequestWithContext(t.Context(), "POST", controlPrefix+"/reset", io.MultiReader(strings.NewReader(strings.Repeat(" ", largestBody)), strings.NewReader("{}")))
	require.Negative(t, request.ContentLength)
	r := reply{httptest.NewRecorder()}
	s.handler.ServeHTTP(r, request)
	r.problem(t, 413)
	request.Body = io.NopCloser(iotest.ErrReader(io.ErrUnexpectedEOF))
	r = reply{httptest.NewRecorder()}
	s.handler.ServeHTTP(r, request)
	r.problem(t, 400)
	require.Zero(t, s.resets)
}

func TestControl_MethodNotAllowed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	allow := map[string][]string{}
	for _, e := range s.control.paths() {
		allow[e.path] = append(allow[e.path], e.method)
		if e.method == http.MethodGet {
			allow[e.path] = append(allow[e.path], http.MethodHead)
		}
	}
	for path, methods := range allow {
		slices.Sort(methods)
		r := s.ask(t, "PATCH", strings.ReplaceAll(path, "{id}", "x"), "")
		r.problem(t, 405)
		require.Equal(t, strings.Join(methods, ", "), r.Header().Get("Allow"), path)
	}
	s.ask(t, "GET", "/nothing", "").problem(t, 404)
	s.ask(t, "GET", "/deliveries/a/b", "").problem(t, 404)
}

func TestOpenAPI_DescribesEveryRoute(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	described := map[string][]string{}
	for path, item := range s.doc.Paths.Map() {
		for method, operation := range item.Operations() {
			described[method+" "+path] = queryNames(item.Parameters, operation.Parameters)
			require.NotEmpty(t, operation.OperationID)
			require.NotNil(t, operation.Responses.Default(), path)
		}
	}
	served := map[string][]string{}
	for _, e := range s.control.paths() {
		served[e.method+" "+e.path] = slices.Sorted(slices.Values(e.params))
	}
	require.Equal(t, served, described)
}

func queryNames(lists ...openapi3.Parameters) []string {
	var names []string
	for _, list := range lists {
		for _, p := range list {
			if p.Value.In == "query" {
				names = append(names, p.Value.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func TestOpenAPI_IsServed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	require.Equal(t, openAPIYAML, s.ask(t, "GET", "/openapi.yaml", "").Body.String())
	doc, err := openapi3.NewLoader().LoadFromData(s.ask(t, "GET", "/openapi.json", "").Body.Bytes())
	require.NoError(t, err)
	require.Equal(t, s.doc.Paths.Len(), doc.Paths.Len())
}

func TestControl_SeparatesSessions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.log.Add(journal.Entry{ID: "mine", Kind: journal.KindCall, Session: "blue"})
	s.log.Add(journal.Entry{ID: "yours", Kind: journal.KindCall, Session: defaultSession})
	for name, want := range map[string]string{"blue": "mine", "": "yours"} {
		for _, path := range []string{"/calls", "/calls/" + want, "/wait"} {
			r := reply{httptest.NewRecorder()}
			s.handler.ServeHTTP(r, inSession(httptest.NewRequestWithContext(t.Context(), "GET", controlPrefix+path, nil), name))
			require.Equal(t, 200, r.Code)
			require.Contains(t, r.Body.String(), want)
			require.Equal(t, 1, strings.Count(r.Body.String(), `"seq"`))
		}
	}
	s.ask(t, "GET", "/calls/mine", "").problem(t, 404)
	s.ask(t, "GET", "/deliveries/yours", "").problem(t, 404)
}

func TestControl_ReportsBackendErrors(t *testing.T) {
	t.Parallel()
	s := filled(t)
	s.fails = errors.New("play: nobody listens")
	require.Equal(t, "play: nobody listens", s.ask(t, "POST", "/runs", `{"scenario":"message-delivered"}`).problem(t, 422)["detail"])
	s.fails = withPointer("/to", fmt.Errorf("play: %w", reject(http.StatusConflict, "the run is over")))
	for _, e := range s.control.paths() {
		one := goodRequests()[e.method+" "+e.path]
		if e.method == http.MethodPost && e.path != "/reset" && e.path != "/validate" || e.method == http.MethodPut {
			p := s.ask(t, e.method, one.path, one.body).problem(t, 409)
			require.Equal(t, "/to", p["pointer"])
			require.Equal(t, "play: the run is over", p["detail"])
		}
	}
	none := newControl(s.control.catalog, s.control.scenarios, func(string) (backend, error) { return nil, reject(http.StatusServiceUnavailable, "the server ends") })
	r := reply{httptest.NewRecorder()}
	none.methods(map[string]apiPath{"GET": {serve: none.runs}}).ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), "GET", "/", nil))
	r.problem(t, 503)
}
