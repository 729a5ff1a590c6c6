package server

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// maxRunSeed is the largest seed that a run gets: the largest whole number that every
// reader of JSON keeps. Runs with equal seeds would repeat the IDs of deliveries.
const maxRunSeed = 1<<53 - 1

// Journal holds what happened in all sessions.
func (s *session) Journal() *journal.Log { return s.journal }

// Play begins a run.
func (s *session) Play(_ context.Context, o playOrder) (RunStatus, error) {
	if s.ongoing.Load() >= s.bounds.ongoing { // a run waits for room in the journal, but takes some itself
		return RunStatus{}, unavailable(errors.New("start run: too many runs are in progress; retry later, or cancel some"))
	}
	if err := s.runQuota("start run"); err != nil {
		return RunStatus{}, err
	}
	route, err := s.routeFor(o.Scenario, o.Route)
	if err != nil {
		return RunStatus{}, err
	}
	if !o.Seeded {
		o.Options.Seed = s.next() & maxRunSeed
	}
	pace := s.options.Speed
	if o.Speed != "" {
		if pace, err = engine.ParseSpeed(o.Speed); err != nil {
			return RunStatus{}, err
		}
	}
	if o.At.IsZero() {
		o.At = o.Scenario.Start(o.At)
	}
	known, _ := s.options.Library.Scenario(o.Scenario.Name)
	r, err := s.play(playing{
		scenario: o.Scenario, route: route, options: o.Options, messages: prng.Seed(o.Options.Seed), speed: pace, to: o.To,
		at: o.At, deferrable: o.Scenario == known && len(o.Options.With)+len(o.Options.Set) == 0,
	})
	if err != nil {
		return RunStatus{}, err
	}
	return r.view(), nil
}

// routeFor is the route that was named, or the one that a provider's own
// scenario is for.
func (s *session) routeFor(one *scenarios.Scenario, named *schemas.Route) (*schemas.Route, error) {
	switch {
	case named != nil:
		return named, nil
	case len(one.Routes) > 0:
		return s.options.Catalog.Route(one.Routes[0])
	case one.Provider != "":
		return s.options.Catalog.Route(one.Provider)
	}
	return nil, withPointer("/route", errors.New("start run: the scenario has no route of its own; set route"))
}

// view is the run as it is now.
func (r *activeRun) view() RunStatus {
	r.mu.Lock()
	defer r.mu.Unlock()
	v := RunStatus{
		ID: r.ID, Scenario: r.Scenario, Route: r.Route, Seed: r.Seed, StartedAt: r.StartedAt, State: "running", Error: r.counts.err,
		Planned: r.counts.planned, Succeeded: r.counts.succeeded, Failed: r.counts.failed, Dropped: r.counts.dropped, Canceled: r.counts.canceled,
	}
	if r.script.Plan != nil {
		for _, skip := range r.script.Plan.Skipped {
			v.Warnings = append(v.Warnings, "step "+skip.Step+" is left out: "+skip.Event+": "+skip.Cause)
		}
	}
	if !r.ended.IsZero() {
		ended := r.ended
		v.EndedAt = &ended
	}
	switch {
	case r.counts.err != "":
		v.State = "failed"
	case r.stopped:
		v.State = "canceled"
	case !r.ended.IsZero() && r.counts.delayed == 0 && r.counts.planned == r.counts.ended():
		v.State = "done"
	}
	return v
}

// Stop ends a run, and its deliveries that have not been attempted or wait for a retry.
func (s *session) Stop(id string) (RunStatus, bool) {
	s.mu.Lock()
	r := s.runs[id]
	s.mu.Unlock()
	if r == nil {
		return RunStatus{}, false
	}
	r.Stop()
	s.mu.Lock()
	opened := slices.Collect(maps.Values(s.opened))
	s.mu.Unlock()
	for _, e := range opened {
		e.CancelStopped()
	}
	return r.view(), true
}

// Emit sends one event to each target that gets it.
func (s *session) Emit(ctx context.Context, e emitOrder) ([]journal.Entry, error) {
	if err := s.mayBegin("emit"); err != nil {
		return nil, err
	}
	if e.Route == nil {
		var err error
		if e.Route, err = s.routeOf(e.Event); err != nil {
			return nil, err
		}
	}
	if !e.Seeded {
		e.Options.Seed = s.next() & maxRunSeed
	}
	if e.IsRaw {
		header := []webhook.Header{{Name: "Content-Type", Value: e.Route.Contract.ContentType}}
		sent := s.send(e.Route, webhook.Event{Route: e.Route.Name, Type: e.Event, Headers: header, Body: e.Raw}, e.Options.Seed, e.To)
		if len(sent) == 0 && !s.Ready() {
			return nil, unavailable(errors.New("emit: the server is shutting down"))
		}
		return sent, nil
	}
	run, err := s.emit(e.Route, e.Event, e.Options, emission{to: e.To})
	if err != nil {
		return nil, err
	}
	if err := s.caughtUp(ctx); err != nil {
		return nil, err
	}
	planned, _, err := s.journal.Find(ctx, journal.Query{Session: s.name, Kind: journal.KindDelivery, Run: run.ID})
	if err != nil {
		return nil, err
	}
	slices.Reverse(planned)
	if v := run.view(); len(planned) == 0 && v.State == "running" { // it waits for room
		run.Stop()
		return nil, unavailable(errors.New("emit: the journal is full of deliveries that have not ended; retry later, or reset sessions that are done"))
	} else if len(planned) == 0 {
		why := cmp.Or(v.Error, strings.Join(v.Warnings, "; "), e.Route.Name+" has no event type for it")
		return nil, reject(http.StatusUnprocessableEntity, "emit %s: %s", e.Event, why)
	}
	return planned, nil
}

// caughtUp waits until everything is done that is due now.
func (s *session) caughtUp(ctx context.Context) error {
	done := make(chan struct{})
	if s.lane.Add(time.Now(), func() { close(done) }, func() { close(done) }) == nil {
		return unavailable(errors.New("emit: the server is shutting down"))
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// routeOf is a route by which an event type comes.
func (s *session) routeOf(eventType string) (*schemas.Route, error) {
	t, err := s.options.Catalog.Type(eventType)
	if err != nil {
		return nil, withPointer("/route", errors.New("emit: a canonical event needs a route; set route"))
	}
	if routes := t.Routes(); len(routes) > 0 {
		return routes[0], nil
	}
	return nil, withPointer("/event", errors.New("emit: no route has this event type"))
}

// send delivers an Event as it is to each target that gets it.
func (s *session) send(route *schemas.Route, e webhook.Event, seed uint64, to string) []journal.Entry {
	r := &activeRun{Route: route.Name, session: s, to: to, retrySpeed: s.options.Speed, script: &script.Script{Catalog: s.options.Catalog, Generator: s.generator, Route: route}}
	now := time.Now().UTC()
	s.handAlone(r, script.Job{ID: script.DeliveryID(seed), Seed: seed}, outgoing{Prepared: script.Prepared{Event: e}}, now)
	var planned []journal.Entry
	for _, id := range r.handed {
		if one, ok := s.journal.Get(id); ok {
			planned = append(planned, one)
		}
	}
	return planned
}

// Redeliver sends the very bytes of a delivery again, newly signed.
func (s *session) Redeliver(_ context.Context, id string) (journal.Entry, error) {
	if err := s.mayBegin("redeliver"); err != nil {
		return journal.Entry{}, err
	}
	one, ok := s.journal.Get(id)
	one = one.Complete()
	if !ok || one.Delivery == nil || len(one.Delivery.Event.Body) == 0 {
		return journal.Entry{}, reject(http.StatusConflict, "redeliver: the delivery has no body")
	}
	if strings.HasPrefix(one.Text, handshakeText) {
		return journal.Entry{}, reject(http.StatusConflict, "redeliver: a handshake can't be redelivered; set the subscription's URL again")
	}
	route, err := s.options.Catalog.Route(one.Route)
	if err != nil {
		return journal.Entry{}, err
	}
	r := &activeRun{ID: one.Run, Route: route.Name, session: s, retrySpeed: s.options.Speed, script: &script.Script{Catalog: s.options.Catalog, Generator: s.generator, Route: route}}
	now := time.Now().UTC()
	for _, t := range s.targets(route, one.Type, one.CanonicalEvent, s.endpointOf(one.Run), now) {
		if t.name == one.Endpoint {
			r.only = &t
		}
	}
	if r.only == nil {
		return journal.Entry{}, reject(http.StatusConflict, "redeliver: endpoint %s no longer exists", cmp.Or(one.Endpoint, "\"\""))
	}
	job := script.Job{ID: one.Delivery.ID, Seed: s.next()}
	if one.CanonicalEvent != "" { // it has the values of the first one
		job.Cue = &scenarios.PlannedEvent{Items: []scenarios.Item{{Event: one.CanonicalEvent}}}
	}
	s.handAlone(r, job, outgoing{Prepared: script.Prepared{Event: one.Delivery.Event, Faults: []string{"redelivered"}}}, now)
	if len(r.handed) == 0 && !s.Ready() {
		return journal.Entry{}, unavailable(errors.New("redeliver: the server is shutting down"))
	}
	if len(r.handed) == 0 {
		return journal.Entry{}, reject(http.StatusConflict, "redeliver: the delivery could not be scheduled")
	}
	again, _ := s.journal.Get(r.handed[0])
	return again, nil
}

// endpointOf is the URL that a run sends everything to; "" if it leaves it to
// subscriptions, or is no longer known.
func (s *session) endpointOf(run string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.runs[run]; r != nil {
		return r.to
	}
	return ""
}

// State is what the platform remembers.
func (s *session) State(secrets bool) state.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Tick(time.Now().UTC())
	return s.state.Export(secrets)
}

// SetState puts another memory in its place.
func (s *session) SetState(snapshot state.Snapshot) error {
	state, err := state.Import(s.platformRules(), snapshot)
	if err != nil {
		return err
	}
	s.mu.Lock()
	before := s.state
	s.state = state
	before.Reset() // it removes files
	s.mu.Unlock()
	s.closeEndpoints()
	return nil
}

// Command does one, and plays the events that follow.
func (s *session) Command(_ context.Context, c state.Command) (state.Outcome, error) {
	if !slices.Contains(state.Commands(), c.Name) {
		return state.Outcome{}, reject(http.StatusUnprocessableEntity, "run command %s: unknown command", document.Quote(document.Shorten(c.Name, 60)))
	}
	c.At, c.Seed = time.Now().UTC(), s.next()
	outcome, err := s.carryOut(c)
	if err != nil {
		return state.Outcome{}, err
	}
	s.after(c.Name, outcome, c.Seed)
	return outcome, nil
}

// after does what a command has for a consequence outside of the memory.
func (s *session) after(command string, o state.Outcome, seed uint64) {
	if o.Failure != "" {
		return
	}
	if command == "subscription.delete" || command == "subscription.update" {
		for _, object := range o.Objects {
			s.closeEndpoint(object["subscription.id"].Text())
		}
	}
	s.sendFollowing(o.Events, seed)
}

// Reset forgets everything of the session. One with a name ends with it: who
// names it again gets another.
func (s *session) Reset() {
	if s.name != defaultSession {
		s.Server.mu.Lock()
		if s.sessions[s.name] == s {
			delete(s.sessions, s.name)
		}
		s.Server.mu.Unlock()
	}
	s.mu.Lock()
	runs := s.runs
	s.runs, s.order, s.over, s.evictedRuns, s.rules = map[string]*activeRun{}, nil, nil, 0, nil
	s.state.Reset()
	s.gone = s.name != defaultSession
	s.mu.Unlock()
	for _, r := range runs {
		r.Stop()
	}
	s.finishTurn()
	s.closeEndpoints()
	s.journal.Reset(s.name)
}

// finishTurn waits for what the schedule is doing, which may belong to a run that was stopped just now.
func (s *session) finishTurn() {
	done := make(chan struct{})
	ended := func() { close(done) }
	if s.lane.Add(time.Time{}, ended, ended) != nil {
		<-done
	}
}

// closeEndpoints stops what is in progress, without waiting for it.
func (s *session) closeEndpoints() {
	s.mu.Lock()
	closing := s.opened
	s.opened = map[string]*engine.Endpoint{}
	s.mu.Unlock()
	for _, e := range closing {
		s.working.Go(e.Close)
	}
}
