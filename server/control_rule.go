package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
)

// A ruleRequest is a rule as a client writes it.
type ruleRequest struct {
	On       string           `json:"on"`
	Match    ruleMatch        `json:"match"`
	Faults   []string         `json:"faults"`
	Response *responseRequest `json:"answer"`
	Next     int              `json:"next"`
	Every    int              `json:"every"`
	TTL      string           `json:"ttl"`
}

type ruleMatch struct {
	Route string `json:"route,omitempty"`
	Event string `json:"event,omitempty"`
	API   string `json:"api,omitempty"`
}

type responseRequest struct {
	Status        int             `json:"status,omitempty"`
	Body          json.RawMessage `json:"body,omitempty"`
	Delay         string          `json:"delay,omitempty"`
	RetryAfter    string          `json:"retry_after,omitempty"`
	WebhooksFirst bool            `json:"webhooks_first,omitempty"`
}

// A ruleView is a rule as it is shown.
type ruleView struct {
	ID        string           `json:"id"`
	On        string           `json:"on"`
	Match     ruleMatch        `json:"match"`
	Faults    []string         `json:"faults,omitempty"`
	Response  *responseRequest `json:"answer,omitempty"`
	Next      int              `json:"next,omitempty"`
	Every     int              `json:"every,omitempty"`
	Until     *time.Time       `json:"until,omitempty"`
	CreatedAt time.Time        `json:"created_at"`
	// Fitted counts what the rule was about, Fired what it was applied to.
	Fitted int `json:"fitted"`
	Fired  int `json:"fired"`
}

func (r rule) view() ruleView {
	v := ruleView{
		ID: r.ID, On: r.On, Match: ruleMatch{r.Route, r.Event, r.API}, Faults: r.faults, Next: r.Next, Every: r.Every,
		CreatedAt: r.CreatedAt, Fitted: r.Fitted, Fired: r.Fired,
	}
	if !r.Until.IsZero() {
		v.Until = &r.Until
	}
	if a := r.Response; a != nil {
		v.Response = &responseRequest{Status: a.Status, Body: a.Body, WebhooksFirst: a.WebhooksFirst}
		if a.Delay > 0 {
			v.Response.Delay = a.Delay.String()
		}
		if a.RetryAfter > 0 {
			v.Response.RetryAfter = a.RetryAfter.String()
		}
	}
	return v
}

func (c *control) rules(_ http.ResponseWriter, a ask) (response, error) {
	var all []ruleView
	for _, r := range a.to.Rules() {
		all = append(all, r.view())
	}
	return listed(all, ""), nil
}

func (c *control) addRule(_ http.ResponseWriter, a ask) (response, error) {
	var r ruleRequest
	if err := a.decode(&r); err != nil {
		return response{}, err
	}
	one, err := c.rule(r, time.Now().UTC())
	if err != nil {
		return response{}, err
	}
	if one, err = a.to.AddRule(one); err != nil {
		return response{}, err
	}
	return created(one.view(), "rules/"+url.PathEscape(one.ID)), nil
}

func (c *control) removeRule(_ http.ResponseWriter, a ask) (response, error) {
	if err := a.empty(); err != nil {
		return response{}, err
	}
	if !a.to.RemoveRule(a.id()) {
		return response{}, reject(http.StatusNotFound, "find rule: none has this id, or it has done what it should; GET %s/rules lists those in force", controlPrefix)
	}
	return nothing(), nil
}

// rule reads a rule.
func (c *control) rule(r ruleRequest, now time.Time) (rule, error) {
	one := rule{
		On: r.On, Route: r.Match.Route, Event: r.Match.Event, API: r.Match.API, Next: r.Next, Every: r.Every, CreatedAt: now, faults: r.Faults,
	}
	if err := c.checkRule(r); err != nil {
		return one, err
	}
	var err error
	if one.Faults, err = faultsOf(r.Faults); err != nil {
		return one, err
	}
	if r.Response != nil {
		if one.Response, err = r.Response.response(); err != nil {
			return one, err
		}
	}
	ttl, err := span("/ttl", r.TTL)
	if err == nil && r.TTL != "" {
		one.Until = now.Add(ttl)
	}
	return one, err
}

// checkRule wants what belongs together.
func (c *control) checkRule(r ruleRequest) error {
	bad := func(pointer, format string, args ...any) error {
		return at(pointer, reject(http.StatusBadRequest, "read rule: "+format, args...))
	}
	switch {
	case r.On != onDeliveries && r.On != onCalls:
		return bad("/on", "%s is nothing that a rule is about; %s", document.Quote(document.Shorten(r.On, 60)), document.OneOf(r.On, []string{onDeliveries, onCalls}))
	case r.On == onDeliveries && len(r.Faults) == 0:
		return bad("/faults", "a rule on deliveries does something by its faults; name at least one, such as \"drop\"")
	case r.On == onDeliveries && r.Response != nil:
		return bad("/answer", "the consumer answers deliveries itself; a rule on calls has an answer")
	case r.On == onDeliveries && r.Match.API != "":
		return bad("/match/api", "deliveries go by no API; match them by route and event")
	case r.On == onCalls && r.Response == nil:
		return bad("/answer", "a rule on calls says how they are answered; give it a status, a delay or webhooks_first")
	case r.On == onCalls && len(r.Faults) > 0:
		return bad("/faults", "faults are for deliveries; give a rule on calls an answer only")
	case r.On == onCalls && r.Match.Event != "":
		return bad("/match/event", "calls are no events; match them by route and api")
	case r.Next < 0:
		return bad("/next", "%d is less than nothing", r.Next)
	case r.Every < 0:
		return bad("/every", "%d is less than nothing", r.Every)
	}
	if name := r.Match.Route; name != "" && !slices.Contains(c.catalog.Routes(), name) {
		_, err := c.catalog.Route(name)
		return at("/match/route", err)
	}
	if name := r.Match.Event; name != "" && !canonical.Is(name) && !c.catalog.HasType(name) {
		return at("/match/event", reject(http.StatusUnprocessableEntity, "find event: no event is named %s; %s", document.Quote(document.Shorten(name, 60)), document.OneOf(name, canonical.Events())))
	}
	return nil
}

func (r *responseRequest) response() (*ruleResponse, error) {
	a := &ruleResponse{Status: r.Status, Body: r.Body, WebhooksFirst: r.WebhooksFirst}
	bad := func(pointer, format string, args ...any) error {
		return at(pointer, reject(http.StatusBadRequest, "read rule: "+format, args...))
	}
	var err error
	if a.Delay, err = span("/answer/delay", r.Delay); err != nil {
		return nil, err
	}
	if a.RetryAfter, err = span("/answer/retry_after", r.RetryAfter); err != nil {
		return nil, err
	}
	switch {
	case r.Status != 0 && (r.Status < 200 || r.Status > 599):
		return nil, bad("/answer/status", "%s is no status of an answer; write one from 200 to 599", strconv.Itoa(r.Status))
	case r.Body != nil && r.Status == 0:
		return nil, bad("/answer/body", "a body needs a status beside it")
	case r.Status == 0 && a.Delay == 0 && !r.WebhooksFirst:
		return nil, bad("/answer", "it changes nothing; give it a status, a delay or webhooks_first")
	}
	return a, nil
}

// span reads a duration that is not below nothing; "" is none.
func span(pointer, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := document.ParseDuration(text)
	if err != nil {
		return 0, at(pointer, reject(http.StatusBadRequest, "read duration: %s is none; write one such as 500ms, 30s or 10m", document.Quote(document.Shorten(text, 60))))
	}
	return d, nil
}
