package server

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// validate validates the body of the request, whatever it is, as the json format
// of `ringback validate` says it.
func (c *control) validate(_ http.ResponseWriter, a apiRequest) (response, error) {
	if err := a.isJSON(); err != nil {
		return response{}, err
	}
	scope := schemas.Scope{Route: a.params["provider"], Type: a.params["type"]}
	if scope.Route != "" && !slices.Contains(c.catalog.Routes(), scope.Route) {
		_, err := c.catalog.Route(scope.Route)
		return response{}, withParameter("provider", reject(http.StatusBadRequest, "%w", err))
	}
	validator, err := c.catalog.Validator(scope)
	if err != nil {
		return response{}, withParameter("type", reject(http.StatusBadRequest, "%w", err))
	}
	const source = "body"
	tally := report.NewCounts()
	tally.Bodies = 1
	items := validator.Body(a.body, time.Now())
	for _, item := range items {
		tally.Add(source, item)
	}
	return ok(verdictsView{itemViews(source, items), tally.Summary()}), nil
}

type verdictsView struct {
	Items   []itemView     `json:"items"`
	Summary report.Summary `json:"summary"`
}

func (c *control) state(_ http.ResponseWriter, a apiRequest) (response, error) {
	secrets, err := a.params.flag("secrets")
	if err != nil {
		return response{}, err
	}
	if !secrets {
		return ok(a.to.State(false)), nil
	}
	size := int64(0)
	for _, m := range a.to.State(false).Media {
		size += m.Size
	}
	return c.large(size, func() (any, error) { return a.to.State(true), nil })
}

// setState replaces the state of the provider, and responds
// with it. A list that is left out is empty.
func (c *control) setState(_ http.ResponseWriter, a apiRequest) (response, error) {
	var s state.Snapshot
	if err := a.decode(&s); err != nil {
		return response{}, err
	}
	if err := a.to.SetState(s); err != nil {
		return response{}, err
	}
	return ok(a.to.State(false)), nil
}

// A commandRequest asks the platform to do something.
type commandRequest struct {
	Name       string              `json:"name"`
	Provider   string              `json:"provider"`
	Route      string              `json:"route"`
	Values     map[string]string   `json:"values"`
	Lists      map[string][]string `json:"lists"`
	Body       string              `json:"body"`
	BodyBase64 string              `json:"body_base64"`
}

// An outcomeView is what came of a command, with values as texts.
type outcomeView struct {
	Objects    []map[string]string `json:"objects"`
	Events     []followingEvent    `json:"events"`
	Body       string              `json:"body,omitempty"`
	BodyBase64 string              `json:"body_base64,omitempty"`
}

type followingEvent struct {
	Event string            `json:"event"`
	After string            `json:"after"`
	Route string            `json:"route"`
	With  map[string]string `json:"with,omitempty"`
}

func (c *control) command(_ http.ResponseWriter, a apiRequest) (response, error) {
	var r commandRequest
	if err := a.decode(&r); err != nil {
		return response{}, err
	}
	order, err := c.commandOrder(r)
	if err != nil {
		return response{}, err
	}
	out, err := a.to.Command(a.Context(), order)
	if err != nil {
		return response{}, err
	}
	if out.Failure != "" {
		failure := reject(http.StatusUnprocessableEntity, "%s: %s", r.Name, out.Detail)
		if out.Detail == "" {
			failure = reject(http.StatusUnprocessableEntity, "%s: %s", r.Name, out.Failure)
		}
		return response{}, with(failure, "reason", out.Failure)
	}
	return ok(outcomeOf(out)), nil
}

func (c *control) commandOrder(r commandRequest) (state.Command, error) {
	o := state.Command{Name: r.Name, Provider: r.Provider, Route: r.Route, Values: r.Values, Lists: r.Lists, Body: []byte(r.Body), At: time.Now().UTC()}
	if !slices.Contains(state.Commands(), r.Name) {
		return o, withPointer("/name", reject(http.StatusUnprocessableEntity, "find command: unknown command %s; %s",
			document.Quote(document.Shorten(r.Name, 60)), document.OneOf(r.Name, state.Commands())))
	}
	if r.Route == "" && r.Provider == "" {
		return o, withPointer("/provider", reject(http.StatusBadRequest, "read body: provider is missing; set provider or route"))
	}
	for field, name := range map[string]string{"/provider": r.Provider, "/route": r.Route} {
		if name == "" {
			continue
		}
		if _, err := c.catalog.Route(name); err != nil {
			return o, withPointer(field, err)
		}
	}
	for name := range r.Values {
		if _, known := value.KindOf(name); !known {
			return o, withPointer(document.Pointer("values", name), reject(http.StatusUnprocessableEntity, "find value: unknown name %s; %s",
				document.Quote(document.Shorten(name, 60)), nearOf(name, value.Names(), "docs/data.md lists all")))
		}
	}
	if r.BodyBase64 == "" {
		return o, nil
	}
	body, err := base64.StdEncoding.DecodeString(r.BodyBase64)
	if err != nil || r.Body != "" {
		return o, withPointer("/body_base64", reject(http.StatusBadRequest, "read body_base64: not Base64, or body is set, too"))
	}
	o.Body = body
	return o, nil
}

func outcomeOf(out state.Outcome) outcomeView {
	v := outcomeView{Objects: []map[string]string{}, Events: []followingEvent{}}
	for _, object := range out.Objects {
		texts := map[string]string{}
		for name, one := range object {
			if texts[name] = textOf(one); isSecret(name) && texts[name] != "" {
				texts[name] = mask
			}
		}
		v.Objects = append(v.Objects, texts)
	}
	for _, e := range out.Events {
		v.Events = append(v.Events, followingEvent{e.Event, e.After.String(), e.Route, e.With})
	}
	v.Body, v.BodyBase64 = textOrBase64(out.Body)
	return v
}

// textOf is a value as people write it.
func textOf(v value.Value) string {
	switch v.Kind() {
	case value.Time:
		return v.Time().Format(time.RFC3339Nano)
	case value.Duration:
		return v.Duration().String()
	case value.Money:
		const whole = 10_000
		return strconv.FormatFloat(float64(v.Money())/whole, 'f', -1, 64)
	case value.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return v.Text()
}

// reset forgets everything of the session.
func (c *control) reset(_ http.ResponseWriter, a apiRequest) (response, error) {
	if err := a.empty(); err != nil {
		return response{}, err
	}
	a.to.Reset()
	return noContent(), nil
}

// A sessionView is what the control API shows of a session.
type sessionView struct {
	Name string `json:"name"`
	// Busy is true if runs, deliveries or requests are in progress.
	Busy bool `json:"busy"`
	// Runs are those that are still known, and InProgress those of them that go on.
	Runs       int `json:"runs"`
	InProgress int `json:"runs_in_progress"`
	// Backlog is the number of deliveries that have not ended.
	Backlog int `json:"backlog"`
	// UsedAt is when the last request ended; nil before that.
	UsedAt *time.Time `json:"used_at"`
}

func (c *control) sessions(_ http.ResponseWriter, a apiRequest) (response, error) {
	_, evicted := a.to.Evicted()
	return namedPage(c, a, a.to.Sessions(), func(s sessionView) string { return s.Name }, strings.Compare, evicted)
}

func (c *control) removeSession(_ http.ResponseWriter, a apiRequest) (response, error) {
	if err := a.empty(); err != nil {
		return response{}, err
	}
	if a.id() == defaultSession {
		return response{}, reject(http.StatusConflict, "remove session: %s always exists; POST %s/reset empties it", defaultSession, controlPrefix)
	}
	if !a.to.RemoveSession(a.id()) {
		return response{}, reject(http.StatusNotFound, "remove session: %s: unknown name", document.Quote(document.Shorten(a.id(), maxKnown)))
	}
	return noContent(), nil
}
