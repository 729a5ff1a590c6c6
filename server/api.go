package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/webhook"
)

// Errors that a caller may want to tell apart, with [errors.Is].
var (
	// ErrUnknownRoute: no provider and no route has the name.
	ErrUnknownRoute = errors.New("unknown route")
	// ErrUnknownType: no event type, and no canonical event, has the name.
	ErrUnknownType = errors.New("unknown event type")
	// ErrUnknownScenario: no scenario has the name.
	ErrUnknownScenario = errors.New("unknown scenario")
	// ErrNotFound: no run, rule or delivery has the ID (any more).
	ErrNotFound = errors.New("not found")
	// ErrUnavailable: the server is shutting down, or it or the session is full of what hasn't
	// ended.
	ErrUnavailable = errors.New("unavailable")
)

// A Speed is scenario time per real time: 60 plays an hour in a minute. 0 is [RealTime].
type Speed float64

const (
	// RealTime plays a scenario in its own time.
	RealTime Speed = 1
	// Immediate sends everything at once.
	Immediate Speed = -1
)

// engine is the engine's own form of a speed.
func (s Speed) engine() (engine.Speed, error) {
	switch {
	case s == 0:
		return engine.Speed{}, nil
	case s == Immediate:
		return engine.Immediate(), nil
	case s < 0 || math.IsNaN(float64(s)):
		return engine.Speed{}, fmt.Errorf("read speed: %v; want 0.001 to 1000000, or Immediate", float64(s))
	}
	return engine.ParseSpeed(s.String())
}

// ParseSpeed reads "1x", "60x", "0.5x" or "max".
func ParseSpeed(text string) (Speed, error) {
	parsed, err := engine.ParseSpeed(text)
	if err != nil {
		return 0, err
	}
	if parsed == engine.Immediate() {
		return Immediate, nil
	}
	return Speed(parsed.Factor()), nil
}

// String is what [ParseSpeed] reads.
func (s Speed) String() string {
	switch s {
	case 0:
		return "1x"
	case Immediate:
		return "max"
	}
	return fmt.Sprintf("%gx", float64(s))
}

// A Fault is the name of a fault ("drop"), or a mapping in JSON from the name to its
// parameters: {"duplicate": {"copies": 2}}.
type Fault string

func (f Fault) json() []byte {
	if strings.HasPrefix(strings.TrimSpace(string(f)), "{") {
		return []byte(f)
	}
	text, _ := json.Marshal(string(f)) // of a string it never fails
	return text
}

// MarshalJSON writes a string or an object.
func (f Fault) MarshalJSON() ([]byte, error) { return f.json(), nil }

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Fault) UnmarshalJSON(text []byte) error {
	var name string
	if json.Unmarshal(text, &name) != nil {
		name = string(text)
	}
	*f = Fault(name)
	return nil
}

// A Session is an isolated copy of the providers: subscriptions, messages, runs and rules.
// [Server.Session] returns it. Its consumers call /s/NAME/… of [Server.Provider]; those of
// the default session call the paths without a prefix. It is safe for concurrent use.
type Session struct{ n named }

// Session returns the session of a name; "" is the default session. It starts with its
// first action. A name has 1 to 64 letters, digits, dots, dashes and underscores.
func (s *Server) Session(name string) *Session {
	return &Session{named{s, cmp.Or(name, defaultSession)}}
}

// control reads options as the control API does.
func (s *Session) control() *control {
	return newControl(s.n.options.Catalog, s.n.options.Library, nil)
}

// Play starts a run of a scenario. It goes on after Play returns.
func (s *Session) Play(ctx context.Context, o RunOptions) (RunStatus, error) {
	order, err := s.control().playOrder(o)
	if err != nil {
		return RunStatus{}, public(err)
	}
	run, err := s.n.Play(ctx, order)
	return run, public(err)
}

// Runs are the known runs, newest first.
func (s *Session) Runs() []RunStatus { return s.n.Runs() }

// Cancel ends a run: what isn't sent yet is canceled.
func (s *Session) Cancel(run string) (RunStatus, error) {
	status, known := s.n.Stop(run)
	if !known {
		return status, fmt.Errorf("cancel run %q: %w", run, ErrNotFound)
	}
	return status, nil
}

// Emit sends one event to each endpoint that gets it, and returns the scheduled deliveries.
func (s *Session) Emit(ctx context.Context, o EmitOptions) ([]Entry, error) {
	order, err := s.control().emitOrder(o)
	if err != nil {
		return nil, public(err)
	}
	scheduled, err := s.n.Emit(ctx, order)
	return entriesOf(scheduled), public(err)
}

// Redeliver sends the same bytes again, with a new signature, and returns the new delivery.
func (s *Session) Redeliver(ctx context.Context, delivery string) (Entry, error) {
	e, ok := s.n.journal.Get(delivery)
	if !ok || e.Kind != journal.KindDelivery || e.Session != s.n.name {
		return Entry{}, fmt.Errorf("redeliver %q: %w", delivery, ErrNotFound)
	}
	again, err := s.n.Redeliver(ctx, delivery)
	return entryOf(again), public(err)
}

// AddRule makes a rule active.
func (s *Session) AddRule(r Rule) (RuleStatus, error) {
	one, err := s.control().rule(r, time.Now().UTC())
	if err == nil {
		one, err = s.n.AddRule(one)
	}
	if err != nil {
		return RuleStatus{}, public(err)
	}
	return one.view(), nil
}

// Rules are the active rules, oldest first.
func (s *Session) Rules() []RuleStatus {
	var all []RuleStatus
	for _, r := range s.n.Rules() {
		all = append(all, r.view())
	}
	return all
}

// RemoveRule deletes a rule.
func (s *Session) RemoveRule(id string) error {
	if !s.n.RemoveRule(id) {
		return fmt.Errorf("remove rule %q: %w", id, ErrNotFound)
	}
	return nil
}

// Reset cancels the runs, and empties journal, rules and state.
func (s *Session) Reset() { s.n.Reset() }

// Subscribe registers an endpoint for all webhooks of a route, and returns the ID of the
// subscription.
func (s *Session) Subscribe(ctx context.Context, route, url string) (id string, err error) {
	r, err := s.control().route(route)
	if err != nil || r == nil {
		return "", public(cmp.Or(err, reject(http.StatusBadRequest, "subscribe: route is missing")))
	}
	command := state.Command{Name: "subscription.create", Provider: r.Provider.Name, Route: r.Name, Values: map[string]string{"subscription.url": url}}
	outcome, err := s.n.Command(ctx, command)
	switch {
	case err != nil:
		return "", public(err)
	case outcome.Failure != "":
		return "", fmt.Errorf("subscribe: %s", cmp.Or(outcome.Detail, outcome.Failure))
	}
	return outcome.Objects[0]["subscription.id"].Text(), nil
}

// A Query selects entries of the journal: those that match every field that is set.
type Query struct {
	// Kind is delivery, call, received or note.
	Kind string
	// Route is a route, or a provider for all its routes.
	Route string
	// Event is a canonical event, Type an event type; * matches any characters but /.
	Event, Type string
	// Operation is the name of the operation that the consumer called.
	Operation string
	// Run is the ID of a run, ID any ID in the entry, for example of a message.
	Run, ID string
	// Phone is a phone number in any format.
	Phone string
	// State is the state of a delivery: scheduled, retrying, succeeded, failed, dropped or canceled.
	State string
	// Status is an HTTP status ("503") or a class ("5xx").
	Status string
	// Text is in a body, path or note.
	Text string
	// After leaves out entries that last changed at this Seq or before.
	After uint64
}

func (s *Session) query(q Query) (journal.Query, error) {
	found := journal.Query{
		Session: s.n.name, Kind: journal.Kind(q.Kind), Route: q.Route, Event: q.Event, Type: q.Type, Operation: q.Operation, Run: q.Run, ID: q.ID,
		Phone: q.Phone, State: q.State, Status: q.Status, Text: q.Text, After: q.After,
	}
	names := params{"route": q.Route, "event": q.Event, "type": q.Type}
	return found, cmp.Or(s.control().names(names), found.Check())
}

// Wait returns the first entry that matches, as soon as there is one. Existing entries
// count; Query.After leaves them out.
func (s *Session) Wait(ctx context.Context, q Query) (Entry, error) {
	query, err := s.query(q)
	if err != nil {
		return Entry{}, public(err)
	}
	found, err := s.n.journal.Wait(ctx, query, 1)
	if err != nil {
		return Entry{}, fmt.Errorf("wait for an entry: %w", err)
	}
	return entryOf(found[0]), nil
}

// Entries are the entries that match, newest first.
func (s *Session) Entries(q Query) ([]Entry, error) {
	query, err := s.query(q)
	if err != nil {
		return nil, public(err)
	}
	found, _, err := s.n.journal.Find(context.Background(), query)
	return entriesOf(found), err
}

// An Entry is one thing in the journal: a delivery, a call of the consumer, a webhook that
// the inbox received, or a note.
type Entry struct {
	// Seq grows with each addition and change.
	Seq uint64
	ID  string
	// Kind is delivery, call, received or note.
	Kind string
	// Session and Run are what the entry belongs to; Run may be "".
	Session, Run string
	// Route is for example gupshup/v2, Event the canonical event, Type the event type.
	Route, Event, Type string
	At                 time.Time
	// Status is the HTTP status of the last response; 0 without one.
	Status int
	// State is that of a delivery. See [Query].
	State string
	// Endpoint is the ID of a subscription, or a URL.
	Endpoint string
	// Values are IDs and phone numbers by their names, for example "message.id".
	Values map[string]string
	// Text is a note, or why a delivery failed or a call was rejected.
	Text string
	// Delivery is that of a delivery and of a received webhook.
	Delivery *webhook.Delivery
	// Call is that of a call.
	Call *Call
	// Verdicts are those of a received webhook.
	Verdicts []webhook.Item
}

// A Call is a request of the consumer, and the response.
type Call struct {
	// Operation is the name in the provider's data; "" if no operation matches.
	Operation, Method, Path string
	Headers                 []webhook.Header
	Body                    []byte
	Status                  int
	ResponseHeaders         []webhook.Header
	Response                []byte
	Duration                time.Duration
}

func entryOf(e journal.Entry) Entry {
	e = e.Complete()
	v := Entry{
		Seq: e.Seq, ID: e.ID, Kind: string(e.Kind), Session: e.Session, Run: e.Run, Route: e.Route, Event: e.CanonicalEvent, Type: e.Type, At: e.At,
		Status: e.Status, State: e.State, Endpoint: e.Endpoint, Values: e.Values, Text: e.Text, Delivery: e.Delivery, Verdicts: e.Verdicts,
	}
	if c := e.Call; c != nil {
		v.Call = &Call{c.Operation, c.Method, c.Path, c.Header, c.Body, c.Status, c.ResponseHeader, c.Response, c.Duration}
	}
	return v
}

func entriesOf(all []journal.Entry) []Entry {
	var entries []Entry
	for _, e := range all {
		entries = append(entries, entryOf(e))
	}
	return entries
}

// public adds the sentinel of an error.
func public(err error) error {
	p, ok := errors.AsType[*problem](err)
	if !ok {
		return err
	}
	name, _ := p.more["pointer"].(string)
	if name == "" {
		name, _ = p.more["parameter"].(string)
	}
	var kind error
	switch {
	case unavailableNow(p):
		kind = ErrUnavailable
	case name == "/route" || name == "/match/route" || name == "route":
		kind = ErrUnknownRoute
	case name == "/type" || name == "/event" || name == "/match/type" || name == "/match/event" || name == "type" || name == "event":
		kind = ErrUnknownType
	case name == "/scenario":
		kind = ErrUnknownScenario
	default:
		return err
	}
	return &tagged{err, kind}
}

// A tagged error has the message of err, and is also kind.
type tagged struct{ err, kind error }

func (e *tagged) Error() string   { return e.err.Error() }
func (e *tagged) Unwrap() []error { return []error{e.err, e.kind} }
