package server

import (
	"errors"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// An activeRun is a scenario that is being played, or was: the strategy of a run of the engine.
type activeRun struct {
	engine.Run
	ID       string
	Scenario string
	Route    string
	Seed     uint64

	session    *session
	script     *script.Script // it has the outline of the plan
	retrySpeed engine.Speed   // of the waits between attempts
	to         string
	only       *target // the one that gets it all; nil for those who want it
	// deferrable: events that no endpoint gets need not be generated.
	deferrable bool
	// fed are the endpoints that got the events last; heard is the last call in the journal that
	// was waited for.
	fed   []*engine.Endpoint
	heard uint64

	mu      sync.Mutex
	stopped bool
	ended   time.Time // zero while it goes on
	// through: nothing more of it is planned; over: its deliveries have ended, too.
	through, over bool
	counts        counts
	handed        []string // entries of the journal, of an API's call
}

// counts are the numbers of deliveries of a run by state.
type counts struct {
	planned, succeeded, failed, dropped, canceled int
	// delayed are those that a rule holds back.
	delayed int
	err     string
}

func (c *counts) ended() int { return c.succeeded + c.failed + c.dropped + c.canceled }

// A playing says what is played, and to whom.
type playing struct {
	scenario   *scenarios.Scenario
	plan       *scenarios.Plan // nil if it is not planned yet
	route      *schemas.Route
	options    scenarios.Options
	messages   uint64
	endUser    int
	speed      engine.Speed // of the steps, and of retries unless only is set
	to         string
	start      time.Time // zero for now
	at         time.Time // of what the times in bodies count from; zero for start
	only       string    // the one event that is sent; "" for all
	deferrable bool      // the scenario is of the library, and no value is set by hand
}

// planOf plans a scenario as it is played.
func planOf(one *scenarios.Scenario, p *playing) (*scenarios.Plan, error) {
	p.options.HasMock = true
	return one.Plan(script.RouteOf(p.route), p.options)
}

// play begins a run. Its events are made and sent when they are due.
func (s *session) play(p playing) (*activeRun, error) {
	plan := p.plan
	if plan == nil {
		var err error
		if plan, err = planOf(p.scenario, &p); err != nil {
			return nil, err
		}
	}
	if p.start.IsZero() {
		p.start = time.Now().UTC()
	}
	startedAt := p.start
	if p.only != "" {
		p.start = p.start.Add(-script.Only(plan, p.only))
	}
	source := script.Script{
		Catalog: s.options.Catalog, Generator: s.generator, Route: p.route, Plan: plan, Start: p.start,
		App: s.app(), Messages: p.messages, Person: p.endUser,
	}
	source = p.timed(source)
	r := &activeRun{
		Scenario: p.scenario.Name, Route: p.route.Name, Seed: p.options.Seed, session: s, script: &source, retrySpeed: p.speed,
		to: p.to, deferrable: p.deferrable, heard: s.journal.Last(),
	}
	if p.only != "" { // its steps only lead up to the event
		r.retrySpeed = s.options.Speed
	}
	next, stop := pulled(source.Jobs())
	source.Plan = plan.Outline() // what waits in the run, and what the journal defers, keeps no more of it
	if !s.begin(r, next, stop, startedAt, p.speed) {
		return nil, unavailable(errors.New("play: the server is shutting down"))
	}
	return r, nil
}

// begin starts a run of jobs. It reports false if the server ends.
func (s *session) begin(r *activeRun, next func() (script.Job, error, bool), stop func(), startedAt time.Time, speed engine.Speed) bool {
	r.Run = engine.Run{Next: next, Close: stop, StartedAt: startedAt, Speed: speed, Strategy: engine.Strategy{Ready: r.ready, Act: r.act, Send: r.send, End: r.end}}
	s.remember(r)
	return s.lane.Start(&r.Run)
}

// ready reports whether there is room for the next events.
func (r *activeRun) ready(_ []script.Job, resume func()) bool {
	for _, e := range r.fed {
		if e.Room.Wait(resume) {
			return false
		}
	}
	r.fed = nil
	return !r.session.journal.WhenRoom(r.session.name, resume)
}

// maxHanded is how many deliveries of a run are remembered by their entries.
const maxHanded = 64

func (r *activeRun) trackEntry(entry string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.handed) < maxHanded {
		r.handed = append(r.handed, entry)
	}
}

// send makes the events of a group and gives them to who gets them, what is released together to
// each endpoint as one.
func (r *activeRun) send(group []script.Job) {
	s, now := r.session, time.Now().UTC()
	var out release
	for _, job := range group {
		if job.Dropped {
			entry := s.entry(r, &job, webhook.Event{}, now)
			entry.State = journal.StateDropped
			s.journal.Add(entry)
			r.note(func(v *counts) { v.planned++; v.dropped++ })
			continue
		}
		made, err := s.outgoing(r, &job, now)
		var f ruleEffects
		if err == nil {
			f, err = s.matchRules(r, &job, &made)
		}
		if err != nil {
			s.fail(r, err)
			continue
		}
		s.recordEvent(r, &job, now)
		s.applyRules(r, job, made, f, now, &out)
	}
	r.fed = out.put(r.retrySpeed)
}

// fail writes down that an event of a run can't be generated.
func (s *session) fail(r *activeRun, err error) {
	s.note(r.ID, r.Route, err.Error())
	r.note(func(v *counts) { v.err = err.Error() })
}

// applyRules does with an event what rules want: it is lost, late, or sent again.
func (s *session) applyRules(r *activeRun, job script.Job, made outgoing, f ruleEffects, now time.Time, out *release) {
	if f.dropped {
		entry := s.entry(r, &job, made.Event, now)
		entry.State, entry.Text = journal.StateDropped, "dropped by a rule"
		entry.Delivery, entry.Deferred = &webhook.Delivery{ID: job.ID, Event: made.Event, Faults: made.Faults}, s.deferred(made, r.script)
		s.journal.Add(entry)
		r.note(func(v *counts) { v.planned++; v.dropped++ })
		return
	}
	for _, after := range f.copies {
		s.sendLater(r, job, made, f.delay+after)
	}
	if f.delay > 0 {
		s.sendLater(r, job, made, f.delay)
		return
	}
	s.hand(r, job, made, now, out)
}

// sendLater sends an event at a time of its own.
func (s *session) sendLater(r *activeRun, job script.Job, made outgoing, after time.Duration) {
	r.note(func(v *counts) { v.delayed++ })
	arrived := func() { r.note(func(v *counts) { v.delayed-- }) }
	dropped := func() { s.unsent.addOf(r, 1); arrived() }
	var send func()
	send = func() {
		if s.journal.WhenRoom(s.name, func() { r.After(0, send, dropped) }) {
			return
		}
		s.handAlone(r, job, made, time.Now().UTC())
		arrived()
	}
	r.After(after, send, dropped)
}

// handAlone is hand for an event that is released with no other.
func (s *session) handAlone(r *activeRun, job script.Job, made outgoing, now time.Time) {
	var out release
	s.hand(r, job, made, now, &out)
	out.put(r.retrySpeed)
}

// hand adds an event to what its endpoints get. One without an endpoint is
// written down as lost, with the reason.
func (s *session) hand(r *activeRun, job script.Job, made outgoing, now time.Time, out *release) {
	targets := s.endpoints(r, &job, made.Event.Type, now)
	if len(targets) > 0 { // there may be one by now
		if err := made.complete(r.script); err != nil {
			s.fail(r, err)
			return
		}
	}
	entry := s.entry(r, &job, made.Event, now)
	entry.Delivery, entry.Deferred = &webhook.Delivery{ID: job.ID, Event: made.Event, Faults: made.Faults}, s.deferred(made, r.script)
	if len(targets) == 0 {
		entry.State, entry.Text = journal.StateDropped, s.noEndpoint(r.script.Route)
		s.journal.Add(entry)
		r.note(func(v *counts) { v.planned++; v.dropped++ })
		return
	}
	for _, t := range targets {
		s.handTo(t, r, job, made.Prepared, entry, out)
	}
}

// handTo adds an event to what one endpoint gets, with an entry of its own.
func (s *session) handTo(t target, r *activeRun, job script.Job, made script.Prepared, entry journal.Entry, out *release) {
	entry.ID, entry.Endpoint = "", t.name
	r.note(func(v *counts) { v.planned++ })
	endpoint, err := s.endpoint(r.script.Route, t)
	if err != nil {
		entry.State, entry.Text = journal.StateDropped, err.Error()
		s.journal.Add(entry)
		r.note(func(v *counts) { v.dropped++ })
		return
	}
	entry = s.journal.Add(entry)
	r.trackEntry(entry.ID)
	job.Due, job.Target, job.Ref = 0, 0, entryRef{r, entry.ID}
	job.Prepare = func() (script.Prepared, error) { return made, nil }
	s.busy.Add(1)
	out.add(endpoint, job)
}

// endpoints are those that get an event of a run now.
func (s *session) endpoints(r *activeRun, job *script.Job, eventType string, now time.Time) []target {
	if r.only != nil {
		return []target{*r.only}
	}
	event := ""
	if job.Cue != nil && len(job.Cue.Items) > 0 {
		event = job.Cue.Items[0].Event
	}
	return s.targets(r.script.Route, eventType, event, r.to, now)
}

// entry is what the journal says of a delivery that is to be.
func (s *session) entry(r *activeRun, job *script.Job, e webhook.Event, now time.Time) journal.Entry {
	one := journal.Entry{Kind: journal.KindDelivery, Session: s.name, Run: r.ID, Route: r.Route, Type: e.Type, At: now, State: journal.StateScheduled}
	if job.Cue != nil && len(job.Cue.Items) > 0 {
		one.CanonicalEvent = job.Cue.Items[0].Event
	}
	if len(e.Body) > 0 {
		one.Values = s.idsOf(e)
	}
	return one
}
