package server

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// A backend is one session as the control API sees it. It is called from many
// goroutines at once.
//
// The client gets the text of an error. One made by [reject] has a
// status of its own; any other is a 422: what was asked is understood and cannot
// be done.
type backend interface {
	// Journal holds what happened in this session and maybe in others. Entries of
	// this one carry the name that it was asked for by.
	Journal() *journal.Log

	// Play begins a run and returns it; the run goes on after the request.
	Play(ctx context.Context, p playOrder) (RunStatus, error)
	// Runs are those of the session that are still known, the newest first.
	Runs() []RunStatus
	// Stop ends a run, and returns it as it is then. It reports false if it is not
	// known. To stop one that has ended is no error.
	Stop(id string) (RunStatus, bool)
	// Evicted are the numbers of ended runs of the session, and of idle sessions of the
	// server, that were removed because there were too many, or for their age.
	Evicted() (runs, sessions int)
	// Played reports whether a run had this ID that no session knows any more.
	Played(id string) bool
	// Emit sends one event to each target that gets it, and returns the planned deliveries.
	Emit(ctx context.Context, e emitOrder) ([]journal.Entry, error)
	// Redeliver sends the very bytes of a delivery again, newly signed, and returns
	// the new delivery. The id is one that the Journal holds.
	Redeliver(ctx context.Context, id string) (journal.Entry, error)

	// Rules are those in force, the oldest first.
	Rules() []activeRule
	// AddRule puts a rule into force and returns it with its ID and CreatedAt.
	AddRule(r activeRule) (activeRule, error)
	// RemoveRule reports false if there is no such rule.
	RemoveRule(id string) bool

	// State is what the platform remembers; the secrets of subscriptions are left
	// out unless they are asked for.
	State(secrets bool) state.Snapshot
	// SetState puts another in its place.
	SetState(s state.Snapshot) error
	// Command does one, and plays the events that follow. A failure stands in the
	// Outcome; an error is a command that there is not.
	Command(ctx context.Context, c state.Command) (state.Outcome, error)
	// Reset forgets everything of the session: runs are stopped, and journal,
	// rules and state are as new.
	Reset()

	// Sessions are all sessions of the server, by name.
	Sessions() []sessionView
	// RemoveSession resets and removes a session other than the default one. It reports false
	// if it is not known.
	RemoveSession(name string) bool
}

// A playOrder says what is to be played, to whom, and how.
type playOrder struct {
	Scenario *scenarios.Scenario
	// Route is nil if the client named none.
	Route *schemas.Route
	// Seed is that of the Options; Seeded says that the client gave it.
	Options scenarios.Options
	Seeded  bool
	// Speed is what play.ParsePace reads; "" is real time.
	Speed string
	// To is a URL that gets everything; "" leaves it to subscriptions.
	To string
	// At is the start from which the times in bodies count; zero is now.
	At time.Time
}

// An emitOrder says which event is to be sent, or which body as it is.
type emitOrder struct {
	// Event is a canonical event or an event type; "" for Raw without a type.
	Event string
	Route *schemas.Route
	// Options hold Seed, With, Set and Faults.
	Options scenarios.Options
	Seeded  bool
	// Raw, if IsRaw, is sent as it is.
	IsRaw bool
	Raw   []byte
	To    string
}

// A RunStatus is a run at one moment.
type RunStatus struct {
	ID       string `json:"id"`
	Scenario string `json:"scenario"`
	Route    string `json:"route"`
	Seed     uint64 `json:"seed"`
	// State is running, done, canceled or failed; Error is why it failed.
	State     string     `json:"state"`
	StartedAt time.Time  `json:"started_at"`
	EndedAt   *time.Time `json:"ended_at"`
	// Planned counts the deliveries so far, the others those that have ended.
	Planned   int    `json:"planned"`
	Succeeded int    `json:"succeeded"`
	Failed    int    `json:"failed"`
	Dropped   int    `json:"dropped"`
	Canceled  int    `json:"canceled"`
	Error     string `json:"error,omitempty"`
	// Warnings are for example steps that can't be played.
	Warnings []string `json:"warnings"`
}

// An activeRule injects faults into deliveries, or changes the responses to calls.
type activeRule struct {
	ID string
	// On is onDeliveries or onCalls.
	On string
	// Route is a route or a provider, Event a canonical event, Type an event type,
	// Operation the name of one; "" matches any.
	Route, Event, Type, Operation string
	// Faults are injected into a delivery.
	Faults []fault.Fault
	// Response replaces the default response to a call; nil only with Faults.
	Response *ruleResponse
	// Times is how often the rule applies, 0 without limit. Every is 0, or 2 for each
	// second match, 3 for each third.
	Times, Every int
	// Until is when it goes; zero is never.
	Until     time.Time
	CreatedAt time.Time
	// Matched and Applied count.
	Matched, Applied int

	faults []Fault // as the client wrote them
}

// A ruleResponse is the response that a rule gives to a call.
type ruleResponse struct {
	// Status is 0 if the default response is only delayed.
	Status int
	// Body is JSON, or nil for the default body of the operation with this status, if it
	// has one.
	Body []byte
	// Delay is how long the response waits.
	Delay time.Duration
	// RetryAfter is the header's value in seconds; 0 leaves it out.
	RetryAfter time.Duration
	// WebhooksFirst: the response waits until the webhooks of the call that are due
	// at once were delivered.
	WebhooksFirst bool
}

// What rules are about.
const (
	onDeliveries = "deliveries"
	onCalls      = "calls"
)

// controlPrefix is where the control API's API is mounted.
const controlPrefix = "/api/v1"

// A control is the control API's API: HTTP over a backend for each session.
type control struct {
	catalog   *schemas.Catalog
	scenarios *scenarios.Library
	// session gives the backend of a session's name.
	session func(name string) (backend, error)
	repeats *repeats
	// running ends with the server.
	running context.Context
	// pageBytes is the size of a page, and encoded counts the memory of large responses.
	pageBytes int
	encoded   *deadline.InFlight
}

// newControl makes the control API's API. The session function is called for
// each request; its error is reported like a backend's.
func newControl(catalog *schemas.Catalog, library *scenarios.Library, session func(name string) (backend, error)) *control {
	return &control{
		catalog: catalog, scenarios: library, session: session, repeats: newRepeats(), running: context.Background(), pageBytes: maxPageBytes, encoded: deadline.NewInFlight(maxEncoded),
	}
}

// defaultSession is the session of requests that name none.
const defaultSession = "default"

type sessionKey struct{}

// inSession returns the request as one about a session.
func inSession(r *http.Request, name string) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), sessionKey{}, name))
}

// sessionOf is the session that a request is about.
func sessionOf(r *http.Request) string {
	name, _ := r.Context().Value(sessionKey{}).(string)
	return cmp.Or(name, defaultSession)
}

// An apiRequest is a request that has passed the checks of all paths.
type apiRequest struct {
	*http.Request
	session string
	to      backend
	// params are the query's, each known to the route.
	params params
	body   []byte
}

// id is the {id} of the path.
func (a apiRequest) id() string { return pathVar(a.Request, "id") }

// An apiPath is one method of one path. [control.endpoints] lists all of them.
type apiPath struct {
	method, path string
	// params are the names that the query may have.
	params []string
	// limit is the maximum size of the body in bytes; 0 is the default.
	limit int64
	// lasts: a request that waits or streams ends with the server, which would wait for it
	// otherwise.
	lasts bool
	// serve responds; what it returns is written as JSON, unless it is nil and
	// was written already.
	serve func(http.ResponseWriter, apiRequest) (response, error)
}

// paths are all routes of the control API, below controlPrefix.
func (c *control) paths() []apiPath {
	filters := filterNames()
	page := slices.Concat(filters, []string{"cursor", "limit", "full", "secrets"})
	wait := slices.Concat(filters, []string{"kind", "count", "timeout", "secrets"})
	stream := slices.Concat(filters, []string{"kind", "full", "secrets"})
	secrets, cursor := []string{"secrets"}, []string{"cursor"}
	return []apiPath{
		{method: "POST", path: "/runs", serve: c.play},
		{method: "GET", path: "/runs", params: cursor, serve: c.runs},
		{method: "GET", path: "/runs/{id}", serve: c.run},
		{method: "DELETE", path: "/runs/{id}", serve: c.stop},
		{method: "POST", path: "/events", params: secrets, serve: c.emit},
		{method: "GET", path: "/events", params: page, serve: c.events},
		{method: "GET", path: "/events/{id}", params: secrets, serve: c.oneEvent},
		{method: "GET", path: "/attempts", params: slices.Concat(filters, []string{"cursor", "limit"}), serve: c.attempts},

		{method: "GET", path: "/deliveries", params: page, serve: c.list(journal.KindDelivery)},
		{method: "GET", path: "/deliveries/{id}", params: secrets, serve: c.entry(journal.KindDelivery)},
		{method: "POST", path: "/deliveries/{id}/redeliver", params: secrets, serve: c.redeliver},
		{method: "GET", path: "/calls", params: page, serve: c.list(journal.KindCall)},
		{method: "GET", path: "/calls/{id}", params: secrets, serve: c.entry(journal.KindCall)},
		{method: "GET", path: "/inbox", params: page, serve: c.list(journal.KindReceived)},
		{method: "GET", path: "/inbox/{id}", params: secrets, serve: c.entry(journal.KindReceived)},
		{method: "GET", path: "/wait", params: wait, lasts: true, serve: c.wait},
		{method: "GET", path: "/stream", params: stream, lasts: true, serve: c.stream},

		{method: "GET", path: "/rules", params: cursor, serve: c.rules},
		{method: "POST", path: "/rules", serve: c.addRule},
		{method: "DELETE", path: "/rules/{id}", serve: c.removeRule},
		{method: "POST", path: "/validate", params: []string{"provider", "type"}, serve: c.validate},

		{method: "GET", path: "/state", params: secrets, serve: c.state},
		{method: "PUT", path: "/state", limit: largestState, serve: c.setState},
		{method: "POST", path: "/state/commands", serve: c.command},
		{method: "POST", path: "/reset", serve: c.reset},
		{method: "GET", path: "/sessions", params: cursor, serve: c.sessions},
		{method: "DELETE", path: "/sessions/{id}", serve: c.removeSession},

		{method: "GET", path: "/catalog/routes", serve: c.catalogRoutes},
		{method: "GET", path: "/catalog/event-types", params: []string{"provider"}, serve: c.catalogEvents},
		{method: "GET", path: "/scenarios", params: []string{"provider"}, serve: c.catalogScenarios},
		{method: "GET", path: "/openapi.yaml", serve: openAPI("application/yaml")},
		{method: "GET", path: "/openapi.json", serve: openAPI("application/json")},
	}
}

// mount registers the endpoints below controlPrefix.
func (c *control) mount(r *mux.Router) {
	byPath := map[string]map[string]apiPath{}
	var paths []string
	for _, e := range c.paths() {
		if byPath[e.path] == nil {
			byPath[e.path] = map[string]apiPath{}
			paths = append(paths, e.path)
		}
		byPath[e.path][e.method] = e
	}
	for _, path := range paths {
		r.Handle(controlPrefix+path, c.methods(byPath[path]))
	}
	r.PathPrefix(controlPrefix + "/").HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, reject(http.StatusNotFound, "find path: the control API has no such path; GET %s/openapi.yaml lists all", controlPrefix))
	})
}

// methods selects the handler of a path by the method, and treats HEAD as GET.
func (c *control) methods(byMethod map[string]apiPath) http.Handler {
	var allowed []string
	for method := range byMethod {
		if allowed = append(allowed, method); method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	slices.Sort(allowed)
	allow := strings.Join(allowed, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		e, ok := byMethod[method]
		if !ok {
			w.Header().Set("Allow", allow)
			writeProblem(w, reject(http.StatusMethodNotAllowed, "find path: method %s is not allowed; want %s", shortMethod(r.Method), allow))
			return
		}
		c.serve(w, r, e)
	})
}

// serve checks what applies to all requests, and responds to one.
func (c *control) serve(w http.ResponseWriter, r *http.Request, e apiPath) {
	if e.lasts {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		defer context.AfterFunc(c.running, cancel)()
		r = r.WithContext(ctx)
	}
	a := apiRequest{Request: r, session: sessionOf(r)}
	var err error
	if a.params, err = readParams(r.URL, e.params); err == nil {
		a.body, err = readBody(w, r, cmp.Or(e.limit, largestBody))
	}
	if err == nil {
		a.to, err = c.session(a.session)
	}
	if err != nil {
		writeProblem(w, err)
		return
	}
	run := func(w http.ResponseWriter) {
		response, err := e.serve(w, a)
		if err != nil {
			writeProblem(w, err)
			return
		}
		response.write(w)
	}
	if key := r.Header.Values("Idempotency-Key"); e.method == http.MethodPost && len(key) > 0 {
		c.repeats.serve(w, a, key, run)
		return
	}
	run(w)
}
