package server

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// RunOptions select a scenario, by its name or as YAML, and how it is played.
type RunOptions struct {
	// Scenario is the name of a scenario, YAML the text of one: set either.
	Scenario string `json:"scenario"`
	YAML     string `json:"yaml"`
	// Route is a route, or a provider for its default route; "" is the scenario's own.
	Route string `json:"route" was:"provider"`
	// Seed is the seed; nil is random.
	Seed *uint64 `json:"seed"`
	// With are values by name (nil leaves a value out), Set JSON by JSON Pointer into the bodies.
	With   map[string]*string         `json:"with"`
	Set    map[string]json.RawMessage `json:"set"`
	Faults []Fault                    `json:"faults"`
	// Speed is what [ParseSpeed] reads; "" is the server's.
	Speed string `json:"speed"`
	// Count is the number of conversations; 0 is the scenario's own number.
	Count int `json:"count"`
	// Rate is conversations per second, for example "50/s".
	Rate string `json:"rate"`
	// To is the URL of the only endpoint; "" leaves it to subscriptions and Options.To.
	To string `json:"to"`
	// At is the start of the scenario in the bodies; the zero time is now, or at max speed so long
	// ago that the last event is now.
	At time.Time `json:"at"`
}

func (c *control) play(_ http.ResponseWriter, a apiRequest) (response, error) {
	var r RunOptions
	if err := a.decode(&r); err != nil {
		return response{}, err
	}
	order, err := c.playOrder(r)
	if err != nil {
		return response{}, err
	}
	run, err := a.to.Play(a.Context(), order)
	if err != nil {
		return response{}, err
	}
	return created(run.shown(), "runs/"+url.PathEscape(run.ID)), nil
}

func (c *control) playOrder(r RunOptions) (playOrder, error) {
	o := playOrder{Speed: r.Speed, To: r.To, At: r.At.UTC()}
	var err error
	if o.Scenario, err = c.scenario(r); err != nil {
		return o, err
	}
	if o.Route, err = c.route(r.Route); err != nil {
		return o, err
	}
	if o.Options, o.Seeded, err = optionsOf(r.Seed, r.With, r.Set, r.Faults); err != nil {
		return o, err
	}
	if o.Options.Rate, err = rateOf(r.Rate); err != nil {
		return o, err
	}
	if o.Options.Conversations = r.Count; r.Count < 0 {
		return o, withPointer("/count", reject(http.StatusBadRequest, "read count: %d is negative", r.Count))
	}
	if r.Speed != "" {
		if _, err := engine.ParseSpeed(r.Speed); err != nil {
			return o, withPointer("/speed", reject(http.StatusBadRequest, "%w", err))
		}
	}
	return o, checkTo(r.To)
}

func (c *control) scenario(r RunOptions) (*scenarios.Scenario, error) {
	switch {
	case (r.Scenario == "") == (r.YAML == ""):
		return nil, reject(http.StatusBadRequest, "read body: set either scenario (a name) or yaml (the text of a scenario)")
	case r.YAML != "":
		one, err := inlineScenario([]byte(r.YAML))
		if err == nil {
			err = script.CheckProofs(c.catalog, one)
		}
		return one, withPointer("/yaml", err)
	}
	one, err := c.scenarios.Scenario(r.Scenario)
	return one, withPointer("/scenario", err)
}

// inlineScenario reads a scenario that has no file: it is named as it says itself.
func inlineScenario(text []byte) (*scenarios.Scenario, error) {
	file, err := document.ReadYAML("yaml", text)
	if err != nil {
		return nil, err
	}
	if name := file.Root.Get("name"); name != nil && name.Kind == document.String {
		file.Name = document.Shorten(name.Text, 60) + ".yaml"
	}
	return scenarios.Parse(file)
}

// route finds a route by its name; "" is none.
func (c *control) route(name string) (*schemas.Route, error) {
	if name == "" {
		return nil, nil
	}
	route, err := c.catalog.Route(name)
	return route, withPointer("/route", err)
}

func optionsOf(seed *uint64, with map[string]*string, set map[string]json.RawMessage, faults []Fault) (o scenarios.Options, seeded bool, err error) {
	if seed != nil {
		o.Seed, seeded = *seed, true
	}
	for _, name := range slices.Sorted(maps.Keys(with)) {
		s := scenarios.Setting{Name: name, Absent: with[name] == nil}
		if !s.Absent {
			s.Text = *with[name]
		}
		o.With = append(o.With, s)
	}
	for _, pointer := range slices.Sorted(maps.Keys(set)) {
		if !strings.HasPrefix(pointer, "/") {
			return o, seeded, withPointer(document.Pointer("set", pointer), reject(http.StatusBadRequest, "read set: %s is not a JSON Pointer (for example /payload/id)", document.Quote(document.Shorten(pointer, 60))))
		}
		o.Set = append(o.Set, scenarios.Setting{Name: pointer, Text: string(set[pointer])})
	}
	o.Faults, err = faultsOf(faults)
	return o, seeded, err
}

// faultsOf reads faults as a scenario has them: names, and mappings from a name to its parameters.
func faultsOf(texts []Fault) ([]fault.Fault, error) {
	var all []fault.Fault
	for i, text := range texts {
		file, err := document.ReadJSON("faults", text.json())
		var some []fault.Fault
		if err == nil {
			some, err = fault.Read(file, &file.Root)
		}
		if found, ok := errors.AsType[*document.Error](err); ok {
			err = errors.New("read faults: " + found.Message) // the pointer locates it
		}
		if err != nil {
			return nil, withPointer(document.Pointer("faults", strconv.Itoa(i)), reject(http.StatusBadRequest, "%w", err))
		}
		all = append(all, some...)
	}
	return all, nil
}

// rateOf reads conversations per second into thousandths.
func rateOf(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	rate, err := scenarios.ParseRate(text)
	if err != nil {
		return 0, withPointer("/rate", reject(http.StatusBadRequest, "read rate: %w, found %s", err, document.Quote(document.Shorten(text, 60))))
	}
	return rate, nil
}

// checkTo wants a URL that can be called, and does not quote it: a URL may hold
// a password.
func checkTo(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return withPointer("/to", reject(http.StatusBadRequest, "read to: want a URL with http:// or https:// and a host"))
	}
	return nil
}

// shown is a run with lists that are never null.
func (r RunStatus) shown() RunStatus {
	r.Warnings = orEmpty(r.Warnings)
	return r
}

func (c *control) runs(_ http.ResponseWriter, a apiRequest) (response, error) {
	var all []RunStatus
	for _, r := range a.to.Runs() {
		all = append(all, r.shown())
	}
	evicted, _ := a.to.Evicted()
	return namedPage(c, a, all, func(r RunStatus) string { return r.ID }, func(a, b string) int { return byNumber(b, a) }, evicted)
}

func (c *control) run(_ http.ResponseWriter, a apiRequest) (response, error) {
	all := a.to.Runs()
	i := slices.IndexFunc(all, func(r RunStatus) bool { return r.ID == a.id() })
	if i < 0 {
		return response{}, a.noRun()
	}
	return ok(all[i].shown()), nil
}

// noRun says why there is no run of an ID.
func (a apiRequest) noRun() error {
	id := document.Quote(document.Shorten(a.id(), maxKnown))
	if a.to.Played(a.id()) {
		evicted, _ := a.to.Evicted()
		gone := reject(http.StatusGone, "find run: %s was evicted or removed: only the newest ended runs are kept (this session has evicted %d so far; a larger --memory keeps more), "+
			"and a reset or the removal of a session removes all its runs", id, evicted)
		return with(gone, "evicted", evicted)
	}
	return reject(http.StatusNotFound, "find run: %s: unknown ID; GET %s/runs lists the known ones", id, controlPrefix)
}

func (c *control) stop(_ http.ResponseWriter, a apiRequest) (response, error) {
	if err := a.empty(); err != nil {
		return response{}, err
	}
	run, known := a.to.Stop(a.id())
	if !known {
		return response{}, a.noRun()
	}
	return ok(run.shown()), nil
}

// EmitOptions select one event, or a raw body.
type EmitOptions struct {
	// Event is a canonical event, which needs a Route; Type is an event type: set either.
	Event string `json:"event"`
	Type  string `json:"type"`
	Route string `json:"route" was:"provider"`
	// Seed, With, Set and Faults are as in [RunOptions].
	Seed   *uint64                    `json:"seed"`
	With   map[string]*string         `json:"with"`
	Set    map[string]json.RawMessage `json:"set"`
	Faults []Fault                    `json:"faults"`
	// Body, or BodyBase64, is a raw body to send. It needs a Route or a Type.
	Body       *string `json:"body"`
	BodyBase64 *string `json:"body_base64"`
	// To is the URL of the only endpoint; "" leaves it to subscriptions and Options.To.
	To string `json:"to"`
}

func (c *control) emit(_ http.ResponseWriter, a apiRequest) (response, error) {
	secrets, err := a.params.flag("secrets")
	if err != nil {
		return response{}, err
	}
	var r EmitOptions
	if err := a.decode(&r); err != nil {
		return response{}, err
	}
	order, err := c.emitOrder(r)
	if err != nil {
		return response{}, err
	}
	planned, err := a.to.Emit(a.Context(), order)
	if err != nil {
		return response{}, err
	}
	views := shown{full: true, secrets: secrets}.all(planned)
	return response{status: http.StatusAccepted, value: page[entryView]{orEmpty(views)}}, nil
}

func (c *control) emitOrder(r EmitOptions) (emitOrder, error) {
	o := emitOrder{Event: cmp.Or(r.Event, r.Type), To: r.To}
	if err := r.named(); err != nil {
		return o, err
	}
	var err error
	if o.Raw, o.IsRaw, err = r.raw(); err != nil {
		return o, err
	}
	if o.Route, err = c.route(r.Route); err != nil {
		return o, err
	}
	if err := c.event(&o); err != nil {
		return o, err
	}
	if o.Options, o.Seeded, err = optionsOf(r.Seed, r.With, r.Set, r.Faults); err != nil {
		return o, err
	}
	return o, checkTo(r.To)
}

// raw is the body that is to be sent as it is, if there is one.
func (r EmitOptions) raw() (body []byte, is bool, err error) {
	switch {
	case r.Body != nil && r.BodyBase64 != nil:
		return nil, false, withPointer("/body_base64", reject(http.StatusBadRequest, "read body: body is set, too; set one of the two"))
	case r.Body != nil:
		body = []byte(*r.Body)
	case r.BodyBase64 != nil:
		if body, err = base64.StdEncoding.DecodeString(*r.BodyBase64); err != nil {
			return nil, false, withPointer("/body_base64", reject(http.StatusBadRequest, "read body_base64: not Base64"))
		}
	default:
		return nil, false, nil
	}
	if len(r.With)+len(r.Set) > 0 {
		return nil, false, reject(http.StatusBadRequest, "read body: with and set do not apply to a raw body; leave them out")
	}
	return body, true, nil
}

// named checks which of event and type is set, and what it is.
func (r EmitOptions) named() error {
	switch {
	case r.Event != "" && r.Type != "":
		return withPointer("/type", reject(http.StatusBadRequest, "read body: event is set, too; set one of the two"))
	case strings.Contains(r.Event, "/"):
		return withPointer("/event", reject(http.StatusBadRequest, "read event: %s is an event type; set type instead", document.Quote(document.Shorten(r.Event, 60))))
	case r.Event != "" && !canonical.Is(r.Event):
		return withPointer("/event", unknownEvent(r.Event))
	}
	return nil
}

func unknownEvent(name string) error {
	return reject(http.StatusUnprocessableEntity, "find event: %s is not a canonical event; %s", document.Quote(document.Shorten(name, 60)), document.OneOf(name, canonical.Events()))
}

// event checks that there is enough to send, and finds the route of an event type.
func (c *control) event(o *emitOrder) error {
	switch {
	case o.Event == "" && !o.IsRaw:
		return withPointer("/event", reject(http.StatusBadRequest, "read body: event is missing; set event (for example message.delivered), type or body"))
	case o.Event == "" || canonical.Is(o.Event):
		if o.IsRaw && o.Route == nil {
			return withPointer("/route", reject(http.StatusBadRequest, "read body: route is missing; a raw body needs one"))
		}
		return nil
	}
	t, err := c.catalog.Type(o.Event)
	if err != nil {
		return withPointer("/type", err)
	}
	asked := o.Route
	for _, r := range t.Provider.Routes {
		if slices.Contains(r.Types(), t) && (asked == nil || asked == r) {
			o.Route = r
			return nil
		}
	}
	return withPointer("/type", reject(http.StatusUnprocessableEntity, "find event type: %s has no event type %s", asked.Name, o.Event))
}

// redeliver sends a delivery again.
func (c *control) redeliver(_ http.ResponseWriter, a apiRequest) (response, error) {
	secrets, err := a.params.flag("secrets")
	if err = cmp.Or(err, a.empty()); err != nil {
		return response{}, err
	}
	if _, err := a.find(journal.KindDelivery); err != nil {
		return response{}, err
	}
	again, err := a.to.Redeliver(a.Context(), a.id())
	if err != nil {
		return response{}, err
	}
	return response{status: http.StatusAccepted, value: viewOf(again, true, secrets)}, nil
}
