package server

import (
	"cmp"
	"iter"
	"net/http"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A eventView is an event with the deliveries that brought it to its targets. It is
// made of their entries: the journal holds an event as long as one of them.
type eventView struct {
	ID         string            `json:"id"`
	Run        string            `json:"run,omitempty"`
	Route      string            `json:"route,omitempty"`
	Event      string            `json:"event,omitempty"`
	Type       string            `json:"type,omitempty"`
	At         time.Time         `json:"at"`
	Values     map[string]string `json:"values,omitempty"`
	Faults     []string          `json:"faults,omitempty"`
	Deliveries []eventDelivery   `json:"deliveries"`
	Headers    [][]string        `json:"headers,omitempty"`
	Body       string            `json:"body,omitempty"`
	BodyBase64 string            `json:"body_base64,omitempty"`
	Verdicts   []itemView        `json:"verdicts,omitempty"`
}

// A eventDelivery is one way of an event.
type eventDelivery struct {
	ID       string `json:"id"`
	Endpoint string `json:"endpoint,omitempty"`
	State    string `json:"state,omitempty"`
	Status   int    `json:"status,omitempty"`
	Attempts int    `json:"attempts"`
}

// An attemptView is one try to deliver.
type attemptView struct {
	Delivery   string    `json:"delivery"`
	Number     int       `json:"number"`
	Route      string    `json:"route,omitempty"`
	Event      string    `json:"event,omitempty"`
	Type       string    `json:"type,omitempty"`
	Endpoint   string    `json:"endpoint,omitempty"`
	At         time.Time `json:"at"`
	Status     int       `json:"status,omitempty"`
	Failure    string    `json:"failure,omitempty"`
	Error      string    `json:"error,omitempty"`
	DurationMS float64   `json:"duration_ms"`
}

// eventID is that of the event of a delivery: one for all that it goes to, and for its
// copies.
func eventID(e journal.Entry) string {
	if e.Delivery != nil {
		return cmp.Or(e.Delivery.ID, e.ID)
	}
	return e.ID
}

// events lists events, the newest first. A page is as long as that of deliveries; an
// event whose deliveries stand on two pages stands on both.
func (c *control) events(_ http.ResponseWriter, a apiRequest) (response, error) {
	q, err := c.query(a, journal.KindDelivery)
	if err != nil {
		return response{}, err
	}
	show, err := a.shows()
	if err != nil {
		return response{}, err
	}
	found, next, err := a.search(q)
	if err != nil {
		return response{}, err
	}
	return c.longPage(c.eventRows(found, show), next, a.evicted(journal.KindDelivery)), nil
}

// eventRows are the events of deliveries. The cursor after one is that of the delivery before the
// next event's first, so that no delivery is left out.
func (c *control) eventRows(found []journal.Entry, show shown) iter.Seq[row] {
	return func(yield func(row) bool) {
		groups := byEvent(found)
		before := 0 // the delivery before the first of the next group
		for i, group := range groups {
			if i+1 < len(groups) {
				first := groups[i+1][0].ID
				before += slices.IndexFunc(found[before:], func(e journal.Entry) bool { return e.ID == first }) - 1
			}
			view := func() (any, error) { return c.viewEvent(group, show) }
			if !yield(row{view: view, size: show.sizeOf(&group[0]), cursor: found[before].Cursor()}) {
				return
			}
		}
	}
}

// oneEvent responds with one event in full.
func (c *control) oneEvent(_ http.ResponseWriter, a apiRequest) (response, error) {
	secrets, err := a.params.flag("secrets")
	if err != nil {
		return response{}, err
	}
	log := a.to.Journal()
	found, _, err := a.search(journal.Query{Session: a.session, Kind: journal.KindDelivery, ID: a.id()})
	if err != nil {
		return response{}, err
	}
	for _, group := range byEvent(found) {
		if eventID(group[0]) == a.id() {
			return c.large(group[0].Size(), func() (any, error) { return c.viewEvent(group, shown{full: true, secrets: secrets}) })
		}
	}
	if log.EvictedEvent(a.id()) && len(found) == 0 {
		return response{}, a.gone("event", a.id(), journal.KindDelivery)
	}
	return response{}, reject(http.StatusNotFound, "find event: %s: unknown ID", document.Quote(document.Shorten(a.id(), maxKnown)))
}

// byEvent puts the deliveries of an event together, in the order of their first.
func byEvent(entries []journal.Entry) [][]journal.Entry {
	var groups [][]journal.Entry
	at := map[string]int{}
	for _, e := range entries {
		id := eventID(e)
		if i, known := at[id]; known {
			groups[i] = append(groups[i], e)
			continue
		}
		at[id] = len(groups)
		groups = append(groups, []journal.Entry{e})
	}
	return groups
}

// viewEvent shows the event of some deliveries; in full with its body, validated now.
func (c *control) viewEvent(group []journal.Entry, show shown) (eventView, error) {
	first := group[0].Complete()
	v := eventView{ID: eventID(first), Run: first.Run, Route: first.Route, Event: first.CanonicalEvent, Type: first.Type, At: first.At, Values: first.Values}
	for _, e := range group {
		to := eventDelivery{ID: e.ID, Endpoint: e.Endpoint, State: e.State, Status: e.Status}
		if e.Delivery != nil {
			to.Attempts = len(e.Delivery.Attempts)
		}
		v.Deliveries = append(v.Deliveries, to)
	}
	if first.Delivery == nil {
		return v, nil
	}
	v.Faults = first.Delivery.Faults
	if !show.full {
		return v, nil
	}
	event := first.Delivery.Event
	if !show.secrets {
		event.Headers = masked(event.Headers)
	}
	v.Headers = lines(event.Headers)
	v.Body, v.BodyBase64 = textOrBase64(event.Body)
	if len(event.Body) == 0 {
		return v, nil
	}
	validated, err := c.validated(event)
	v.Verdicts = itemViews(v.ID, validated)
	return v, err
}

// validated validates the body of an event against its event type.
func (c *control) validated(e webhook.Event) ([]webhook.Item, error) {
	scope := schemas.Scope{Route: e.Route}
	if c.catalog.HasType(e.Type) {
		scope = schemas.Scope{Likely: e.Type}
	}
	validator, err := c.catalog.Validator(scope)
	if err != nil {
		return nil, err
	}
	return validator.Body(e.Body, e.At), nil
}

// attempts lists the attempts of a page of deliveries, the newest first.
func (c *control) attempts(_ http.ResponseWriter, a apiRequest) (response, error) {
	q, err := c.query(a, journal.KindDelivery)
	if err != nil {
		return response{}, err
	}
	found, next, err := a.search(q)
	if err != nil {
		return response{}, err
	}
	rows := func(yield func(row) bool) {
		for i := range found {
			all := attemptsOf(&found[i])
			if len(all) > 0 && !yield(row{view: func() (any, error) { return all, nil }, several: true, cursor: found[i].Cursor()}) {
				return
			}
		}
	}
	return c.longPage(rows, next, a.evicted(journal.KindDelivery)), nil
}

// attemptsOf are the attempts of a delivery, the newest first.
func attemptsOf(e *journal.Entry) []attemptView {
	if e.Delivery == nil {
		return nil
	}
	var views []attemptView
	for n := len(e.Delivery.Attempts); n > 0; n-- {
		one := e.Delivery.Attempts[n-1]
		views = append(views, attemptView{
			Delivery: e.ID, Number: n, Route: e.Route, Event: e.CanonicalEvent, Type: e.Type, Endpoint: e.Endpoint, At: one.At, Status: one.Status,
			Failure: string(one.Failure), Error: one.Error, DurationMS: milliseconds(one.Timing.Total),
		})
	}
	return views
}
