package server

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
)

// A Rule injects faults into deliveries, or replaces the response to calls.
type Rule struct {
	// On is deliveries or calls.
	On    string    `json:"on"`
	Match RuleMatch `json:"match"`
	// Faults are those of a rule on deliveries, Response is that of a rule on calls.
	Faults   []Fault       `json:"faults"`
	Response *CallResponse `json:"response" was:"answer"`
	// Times is how often the rule applies, 0 without limit. Every is 2 for each second
	// match, 3 for each third.
	Times int `json:"times" was:"next"`
	Every int `json:"every"`
	// TTL is how long the rule is active, for example "10m".
	TTL string `json:"ttl"`
}

// A RuleMatch selects deliveries or calls; an empty field matches any.
type RuleMatch struct {
	Route     string `json:"route,omitempty" was:"provider"`
	Event     string `json:"event,omitempty"`
	Type      string `json:"type,omitempty"`
	Operation string `json:"operation,omitempty" was:"api"`
}

// A CallResponse is the response to a call.
type CallResponse struct {
	// Status is 0 for the default response. Body is JSON; nil is the operation's own.
	Status int             `json:"status,omitempty"`
	Body   json.RawMessage `json:"body,omitempty"`
	// Delay holds the response; RetryAfter is the header: durations, for example "30s".
	Delay      string `json:"delay,omitempty"`
	RetryAfter string `json:"retry_after,omitempty"`
	// WebhooksFirst responds after the first webhook of the call was delivered.
	WebhooksFirst bool `json:"webhooks_first,omitempty"`
}

// A RuleStatus is an active rule.
type RuleStatus struct {
	ID        string        `json:"id"`
	On        string        `json:"on"`
	Match     RuleMatch     `json:"match"`
	Faults    []Fault       `json:"faults,omitempty"`
	Response  *CallResponse `json:"response,omitempty"`
	Times     int           `json:"times,omitempty"`
	Every     int           `json:"every,omitempty"`
	ExpiresAt *time.Time    `json:"expires_at,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
	Matched   int           `json:"matched"`
	Applied   int           `json:"applied"`
}

func (r activeRule) view() RuleStatus {
	v := RuleStatus{
		ID: r.ID, On: r.On, Match: RuleMatch{r.Route, r.Event, r.Type, r.Operation}, Faults: r.faults, Times: r.Times, Every: r.Every,
		CreatedAt: r.CreatedAt, Matched: r.Matched, Applied: r.Applied,
	}
	if !r.Until.IsZero() {
		v.ExpiresAt = &r.Until
	}
	if a := r.Response; a != nil {
		v.Response = &CallResponse{Status: a.Status, Body: a.Body, WebhooksFirst: a.WebhooksFirst}
		if a.Delay > 0 {
			v.Response.Delay = a.Delay.String()
		}
		if a.RetryAfter > 0 {
			v.Response.RetryAfter = a.RetryAfter.String()
		}
	}
	return v
}

func (c *control) rules(_ http.ResponseWriter, a apiRequest) (response, error) {
	var all []RuleStatus
	for _, r := range a.to.Rules() {
		all = append(all, r.view())
	}
	return namedPage(c, a, all, func(r RuleStatus) string { return r.ID }, byNumber, 0)
}

func (c *control) addRule(_ http.ResponseWriter, a apiRequest) (response, error) {
	var r Rule
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

func (c *control) removeRule(_ http.ResponseWriter, a apiRequest) (response, error) {
	if err := a.empty(); err != nil {
		return response{}, err
	}
	if !a.to.RemoveRule(a.id()) {
		return response{}, reject(http.StatusNotFound, "find rule %s: unknown ID, or already used up; GET %s/rules lists the active rules", document.Shorten(a.id(), maxKnown), controlPrefix)
	}
	return noContent(), nil
}

// rule reads a rule.
func (c *control) rule(r Rule, now time.Time) (activeRule, error) {
	one := activeRule{
		On: r.On, Route: r.Match.Route, Event: r.Match.Event, Type: r.Match.Type, Operation: r.Match.Operation, Times: r.Times, Every: r.Every, CreatedAt: now, faults: r.Faults,
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
func (c *control) checkRule(r Rule) error {
	bad := func(pointer, format string, args ...any) error {
		return withPointer(pointer, reject(http.StatusBadRequest, "read rule: "+format, args...))
	}
	switch {
	case r.On != onDeliveries && r.On != onCalls:
		return bad("/on", "on is %s; %s", document.Quote(document.Shorten(r.On, 60)), document.OneOf(r.On, []string{onDeliveries, onCalls}))
	case r.On == onDeliveries && len(r.Faults) == 0:
		return bad("/faults", "a rule on deliveries needs a fault, for example \"drop\"")
	case r.On == onDeliveries && r.Response != nil:
		return bad("/response", "response is allowed only in a rule on calls")
	case r.On == onDeliveries && r.Match.Operation != "":
		return bad("/match/operation", "operation is allowed only in a rule on calls; match deliveries by route, event and type")
	case r.On == onCalls && r.Response == nil:
		return bad("/response", "a rule on calls needs a response; set its status, delay or webhooks_first")
	case r.On == onCalls && len(r.Faults) > 0:
		return bad("/faults", "faults is allowed only in a rule on deliveries; set response")
	case r.On == onCalls && r.Match.Event != "":
		return bad("/match/event", "event is allowed only in a rule on deliveries; match calls by route and operation")
	case r.On == onCalls && r.Match.Type != "":
		return bad("/match/type", "type is allowed only in a rule on deliveries; match calls by route and operation")
	case r.Times < 0:
		return bad("/times", "%d is negative", r.Times)
	case r.Every < 0:
		return bad("/every", "%d is negative", r.Every)
	}
	if name := r.Match.Route; name != "" && !slices.Contains(c.catalog.Routes(), name) {
		_, err := c.catalog.Route(name)
		return withPointer("/match/route", err)
	}
	if name := r.Match.Event; name != "" && !canonical.Is(name) {
		return withPointer("/match/event", unknownEvent(name))
	}
	if name := r.Match.Type; name != "" {
		_, err := c.catalog.Type(name)
		return withPointer("/match/type", err)
	}
	return nil
}

func (r *CallResponse) response() (*ruleResponse, error) {
	a := &ruleResponse{Status: r.Status, Body: r.Body, WebhooksFirst: r.WebhooksFirst}
	bad := func(pointer, format string, args ...any) error {
		return withPointer(pointer, reject(http.StatusBadRequest, "read rule: "+format, args...))
	}
	var err error
	if a.Delay, err = span("/response/delay", r.Delay); err != nil {
		return nil, err
	}
	if a.RetryAfter, err = span("/response/retry_after", r.RetryAfter); err != nil {
		return nil, err
	}
	switch {
	case r.Status != 0 && (r.Status < 200 || r.Status > 599):
		return nil, bad("/response/status", "status is %s; want 200 to 599", strconv.Itoa(r.Status))
	case r.Body != nil && r.Status == 0:
		return nil, bad("/response/body", "a body needs a status beside it")
	case r.Status == 0 && a.Delay == 0 && !r.WebhooksFirst:
		return nil, bad("/response", "response has no effect; set status, delay or webhooks_first")
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
		return 0, withPointer(pointer, reject(http.StatusBadRequest, "read duration: %s is invalid; want for example 500ms, 30s or 10m", document.Quote(document.Shorten(text, 60))))
	}
	return d, nil
}
