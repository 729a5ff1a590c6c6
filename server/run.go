package server

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A activeRun is a scenario that is being played, or was.
type activeRun struct {
	ID        string
	Scenario  string
	Route     string
	Seed      uint64
	StartedAt time.Time

	session      *session
	script       *script.Script // it has the outline of the plan
	speed        engine.Speed   // of the steps
	retrySpeed   engine.Speed   // of the waits between attempts
	to           string
	subscription string  // the one that alone gets it all; "" for those that want it
	only         *target // the one that gets it all; nil for those who want it
	// deferrable: events that no endpoint gets need not be generated.
	deferrable bool
	next       func() (script.Job, error, bool)
	stop       func()
	ahead      *script.Job  // the one that was looked at and not yet sent
	pending    []script.Job // what is due next
	// delayed is how long calls were waited for, and heard the last of them in the
	// journal.
	late  time.Duration
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
	scenario     *scenarios.Scenario
	route        *schemas.Route
	options      scenarios.Options
	messages     uint64
	endUser      int
	speed        engine.Speed // of the steps, and of retries unless only is set
	to           string
	start        time.Time // zero for now
	only         string    // the one event that is sent; "" for all
	subscription string    // the subscription that alone gets it; "" for those that want it
	deferrable   bool      // the scenario is of the library, and no value is set by hand
}

// play begins a run. Its events are made and sent when they are due.
func (s *session) play(p playing) (*activeRun, error) {
	p.options.HasMock = true
	plan, err := p.scenario.Plan(script.RouteOf(p.route), p.options)
	if err != nil {
		return nil, err
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
	r := &activeRun{
		Scenario: p.scenario.Name, Route: p.route.Name, Seed: p.options.Seed, StartedAt: startedAt, session: s, script: &source, speed: p.speed, retrySpeed: p.speed,
		to: p.to, subscription: p.subscription, deferrable: p.deferrable,
	}
	if p.only != "" { // its steps only lead up to the event
		r.retrySpeed = s.options.Speed
	}
	r.heard = s.journal.Last()
	r.next, r.stop = pulled(source.Jobs())
	source.Plan = plan.Outline() // what waits in the run, and what the journal defers, keeps no more of it
	s.remember(r)
	if !s.step(r) {
		r.end()
		return nil, unavailable(errors.New("play: the server is shutting down"))
	}
	return r, nil
}

// step puts the next events of a run down for their time: one, or those that are
// released together. It reports false if the server ends.
func (s *session) step(r *activeRun) bool {
	var group []script.Job
	if !r.isStopped() {
		group = r.pull()
	}
	r.pending = group
	if len(group) == 0 {
		r.end()
		return true
	}
	goOn := func() {
		if !s.step(r) {
			r.end()
		}
	}
	added := s.scheduler.addOf(r, r.StartedAt.Add(r.late+r.speed.Real(group[0].Due)), func() {
		switch first := group[0].Cue; {
		case r.isStopped():
			r.end()
		case first != nil && first.Action != nil:
			s.act(r, first, goOn)
		default:
			s.whenRoom(r, func() {
				full := s.dispatch(r, group)
				if full == nil || !full.whenRoom(goOn) {
					goOn()
				}
			}, r.end)
		}
	}, r.end)
	if added && r.isStopped() { // Stop may have looked just before
		s.scheduler.remove(r)
	}
	return added
}

// pull takes the next job, and those that are released with it.
func (r *activeRun) pull() []script.Job {
	var group []script.Job
	for {
		job, ok := r.one()
		switch {
		case !ok:
			return group
		case len(group) > 0 && (job.Release == 0 || job.Release != group[0].Release):
			ahead := job
			r.ahead = &ahead
			return group
		}
		if group = append(group, job); job.Release == 0 {
			return group
		}
	}
}

func (r *activeRun) one() (script.Job, bool) {
	if r.ahead != nil {
		job := *r.ahead
		r.ahead = nil
		return job, true
	}
	job, err, ok := r.next()
	if err != nil {
		r.session.note(r.ID, r.Route, err.Error())
		return job, false
	}
	return job, ok
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

// dispatch makes the events of a group and gives them to who gets them. What is
// released together goes to each lane as one. It returns a lane that they wait in.
func (s *session) dispatch(r *activeRun, group []script.Job) (last *endpointSender) {
	now := time.Now().UTC()
	r.pending = nil
	used := map[*endpointSender]bool{}
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
		for _, l := range s.applyRules(r, job, made, f, now) {
			used[l] = true
		}
	}
	for l := range used {
		l.mark()
		last = l
	}
	return last
}

// fail writes down that an event of a run can't be generated.
func (s *session) fail(r *activeRun, err error) {
	s.note(r.ID, r.Route, err.Error())
	r.note(func(v *counts) { v.err = err.Error() })
}

// applyRules does with an event what rules want: it is lost, late, or sent again.
func (s *session) applyRules(r *activeRun, job script.Job, made outgoing, f ruleEffects, now time.Time) []*endpointSender {
	if f.dropped {
		entry := s.entry(r, &job, made.Event, now)
		entry.State, entry.Text = journal.StateDropped, "dropped by a rule"
		entry.Delivery, entry.Deferred = &webhook.Delivery{ID: job.ID, Event: made.Event, Faults: made.Faults}, s.deferred(made, r.script)
		s.journal.Add(entry)
		r.note(func(v *counts) { v.planned++; v.dropped++ })
		return nil
	}
	if f.delay == 0 && len(f.copies) == 0 {
		return s.hand(r, job, made, now)
	}
	s.sendLater(r, job, made, f, now)
	if f.delay > 0 {
		return nil
	}
	return s.hand(r, job, made, now)
}

// sendLater sends the copies of an event, and the event itself if it is delayed, at times of their own.
func (s *session) sendLater(r *activeRun, job script.Job, made outgoing, f ruleEffects, now time.Time) {
	alone := job
	alone.Release = 0 // what comes at a time of its own is released with nothing
	later := func(after time.Duration) {
		r.note(func(v *counts) { v.delayed++ })
		arrived := func() { r.note(func(v *counts) { v.delayed-- }) }
		s.scheduler.addOf(r, now.Add(r.speed.Real(after)), func() {
			s.whenRoom(r, func() {
				s.hand(r, alone, made, time.Now().UTC())
				arrived()
			}, arrived)
		}, arrived)
	}
	for _, after := range f.copies {
		later(f.delay + after)
	}
	if f.delay > 0 {
		later(f.delay)
	}
}

// hand passes an event to the senders of its endpoints. One without an endpoint is
// written down as lost, with the reason.
func (s *session) hand(r *activeRun, job script.Job, made outgoing, now time.Time) []*endpointSender {
	targets := s.endpoints(r, &job, made.Event.Type, now)
	if len(targets) > 0 { // there may be one by now
		if err := made.complete(r.script); err != nil {
			s.fail(r, err)
			return nil
		}
	}
	entry := s.entry(r, &job, made.Event, now)
	entry.Delivery, entry.Deferred = &webhook.Delivery{ID: job.ID, Event: made.Event, Faults: made.Faults}, s.deferred(made, r.script)
	if len(targets) == 0 {
		entry.State, entry.Text = journal.StateDropped, s.noEndpoint(r.script.Route)
		s.journal.Add(entry)
		r.note(func(v *counts) { v.planned++; v.dropped++ })
		return nil
	}
	return s.handTo(targets, r, job, made.Prepared, entry)
}

// handTo passes an event with its entry to the senders of some endpoints, each with an entry of its own.
func (s *session) handTo(targets []target, r *activeRun, job script.Job, made script.Prepared, entry journal.Entry) []*endpointSender {
	var lanes []*endpointSender
	for _, t := range targets {
		one := entry
		one.ID, one.Endpoint = "", t.name
		r.note(func(v *counts) { v.planned++ })
		l, err := s.sender(r.script.Route, t)
		if err != nil {
			one.State, one.Text = journal.StateDropped, err.Error()
			s.journal.Add(one)
			r.note(func(v *counts) { v.dropped++ })
			continue
		}
		one = s.journal.Add(one)
		r.trackEntry(one.ID)
		sent := job
		sent.Due, sent.Target = 0, 0
		sent.Prepare = func() (script.Prepared, error) { return made, nil }
		s.busy.Add(1)
		l.put(entryRef{run: r, entry: one.ID}, sent, r.retrySpeed)
		lanes = append(lanes, l)
	}
	return lanes
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
	targets := s.targets(r.script.Route, eventType, event, r.to, now)
	if r.subscription != "" {
		targets = slices.DeleteFunc(targets, func(t target) bool { return t.id != r.subscription && t.id != "" })
	}
	return targets
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

// retrying writes down the attempts so far of a delivery that waits for another.
func (s *session) retrying(e entryRef, r engine.Result) { s.attempted(e, journal.StateRetrying, r) }

// attempted writes down what is known of a delivery now.
func (s *session) attempted(e entryRef, state string, r engine.Result) {
	delivery := r.Delivery
	delivery.Attempts = slices.Clone(r.Attempts) // the journal keeps no more of the result
	s.journal.Update(e.entry, func(one *journal.Entry) {
		one.State, one.Text, one.Delivery = state, cmp.Or(r.Failure, r.Warning), &delivery
		if n := len(r.Attempts); n > 0 {
			one.Status, one.At = r.Attempts[n-1].Status, r.Attempts[0].At.UTC()
		}
	})
}

// delivered writes down how a delivery ended.
func (s *session) delivered(e entryRef, r engine.Result) {
	state := journal.StateFailed
	switch {
	case r.Accepted:
		state = journal.StateSucceeded
	case len(r.Attempts) == 0:
		state = journal.StateCanceled
		s.unsent.add(e.run, 1)
	}
	s.attempted(e, state, r)
	defer s.busy.Add(-1)
	e.run.note(func(v *counts) {
		switch state {
		case journal.StateSucceeded:
			v.succeeded++
		case journal.StateFailed:
			v.failed++
		default:
			v.canceled++
		}
	})
}
