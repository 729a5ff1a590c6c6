package grade

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A scenarioRun is a running scenario: the strategy of a run that waits for the consumer between two
// events.
type scenarioRun struct {
	*harness
	playing
	ctx         context.Context
	script      script.Script
	startedAt   time.Time
	run         engine.Run
	endpoint    *engine.Endpoint
	observation *Observation
	// bound has the values of the consumer's messages, by their name in the scenario.
	bound map[string][]scenarios.Setting
	user  endUser
	// release ends the delay of held calls; nil if none is held.
	release func()
	// broken is why the run was stopped.
	broken error

	mu    sync.Mutex
	open  map[string]int  // open deliveries, by ID
	after map[sendKey]int // the number of calls at each sending
	ended chan struct{}   // closed when a delivery ends, and then replaced
	err   error
}

// A sendKey identifies one delivery: an event or a copy of it.
type sendKey struct {
	key  string
	copy int
}

// observe sends the events one after the other, as the consumer is ready for them.
func (s *scenarioRun) observe() (*Observation, error) {
	s.open, s.after, s.ended = map[string]int{}, map[sendKey]int{}, make(chan struct{})
	s.endpoint = engine.Open(s.ctx, s.targetFor(s.playing), s.harness, engine.Watcher{Ended: s.onResult})
	defer s.endpoint.Close()
	planned := slices.Collect(s.script.Plan.PlannedEvents)
	if s.arrange != nil {
		planned = s.arrange(planned)
	}
	s.learnNames(planned)
	defer s.releaseCalls()
	schedule, ended := engine.NewSchedule(), make(chan struct{})
	defer schedule.Close()
	s.run = engine.Run{StartedAt: time.Now(), FromPrevious: true, Strategy: engine.Strategy{
		Ready: s.ready, Act: s.act, Send: s.send, End: func(error) { close(ended) },
	}}
	s.run.Next, s.run.Close = iter.Pull2(s.jobs(planned))
	defer context.AfterFunc(s.ctx, s.run.Stop)()
	schedule.Lane().Start(&s.run)
	if <-ended; s.broken != nil {
		return nil, s.broken
	}
	return s.finish(s.ctx)
}

// jobs are the planned events, with the plan's delays up to maxDelay.
func (s *scenarioRun) jobs(planned []scenarios.PlannedEvent) iter.Seq2[script.Job, error] {
	return func(yield func(script.Job, error) bool) {
		due := time.Duration(0)
		for i := range planned {
			if i > 0 {
				delay := planned[i].At - planned[i-1].At
				if s.maxDelay >= 0 {
					delay = min(delay, s.maxDelay)
				}
				due += max(0, delay)
			}
			if !yield(script.Job{Due: due, Release: planned[i].Release, Cue: &planned[i]}, nil) {
				return
			}
		}
	}
}

// stopIf stops the run at an error.
func (s *scenarioRun) stopIf(err error) {
	if err != nil && s.broken == nil {
		s.broken = err
		s.run.Stop()
	}
}

// ready waits until the consumer has responded to what was sent before, unless it waits itself: for
// the response to a call.
func (s *scenarioRun) ready([]script.Job, func()) bool {
	if s.release == nil {
		s.stopIf(s.responded(s.ctx, 0))
	}
	return true
}

// act waits for a call. An action on the provider's state has no meaning here.
func (s *scenarioRun) act(planned *scenarios.PlannedEvent, resume func(time.Duration)) {
	if planned.Action.Call != "" {
		s.stopIf(s.await(s.ctx, planned.Action))
	}
	resume(0)
}

// send sends the events of a release.
func (s *scenarioRun) send(group []script.Job) {
	if s.broken != nil {
		return
	}
	var jobs []script.Job
	for _, one := range group {
		jobs = append(jobs, s.job(one.Cue))
	}
	s.mu.Lock()
	for i, job := range jobs {
		s.open[job.ID]++
		s.after[sendKey{group[i].Cue.Key, group[i].Cue.Copy}] = s.provider.count()
	}
	s.mu.Unlock()
	if s.watched { // between two events, to observe a state that goes back
		s.look(s.ctx)
	}
	if !s.endpoint.Put(engine.Speed{}, jobs...) {
		s.stopIf(fmt.Errorf("run scenario %s: canceled", s.observation.Scenario.Name))
		return
	}
	if s.release != nil { // the held call is waiting, and this event must not
		s.stopIf(s.endedWithin(s.ctx, jobs, s.timeout))
	}
}

// job is the delivery of an event, with the values of the consumer's own messages.
func (s *scenarioRun) job(planned *scenarios.PlannedEvent) script.Job {
	own := *planned
	own.Items = slices.Clone(planned.Items)
	for i := range own.Items {
		if with := s.bound[own.Items[i].Message.Name]; with != nil {
			own.Items[i].With = append(slices.Clone(own.Items[i].With), with...)
		}
		if reply := own.Items[i].Reply; reply != nil {
			own.Items[i].With = append(slices.Clone(own.Items[i].With), replyTo(s.bound[reply.Name])...)
		}
	}
	one := s.script
	plan := *s.script.Plan
	plan.PlannedEvents = func(yield func(scenarios.PlannedEvent) bool) { yield(own) }
	one.Plan = &plan
	var job script.Job
	for next, err := range one.Jobs() {
		if job = next; err != nil {
			job.Prepare = func() (script.Prepared, error) { return script.Prepared{}, err }
		}
	}
	event := job.Prepare
	job.Release, job.Due = 0, 0
	job.Prepare = func() (script.Prepared, error) {
		made, err := event()
		if err == nil {
			s.provider.invented.addOurs(string(made.Event.Body))
		}
		if err == nil && s.rewrite != nil {
			made.Event.Body = s.rewrite(made.Event.Body)
		}
		if err == nil {
			made.Event.Headers = append(slices.Clone(made.Event.Headers), webhook.Header{Name: "X-Request-Id", Value: s.requestID(planned)})
		}
		return made, err
	}
	return job
}

// requestID is the ID of an event's HTTP request. Its copies have the same, unless they have their
// own headers.
func (s *scenarioRun) requestID(planned *scenarios.PlannedEvent) string {
	copy := uint64(0)
	if s.freshHeader {
		copy = uint64(planned.Copy)
	}
	return script.DeliveryID(prng.Seed(s.seed, uint64(s.script.Person), prng.SeedOf(planned.Key), copy))
}

// replyTo are the settings of an event that replies to a message of the consumer.
func replyTo(bound []scenarios.Setting) []scenarios.Setting {
	var all []scenarios.Setting
	for _, one := range bound {
		switch one.Name {
		case "message.id":
			all = append(all, scenarios.Setting{Name: "message.reply_to", Text: one.Text, Literal: true, Anywhere: true})
		case "message.channel_id":
			all = append(all, scenarios.Setting{Name: "message.reply_channel_id", Text: one.Text, Literal: true, Anywhere: true})
		}
	}
	return all
}

// sleep waits for a while, or until the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// onResult records an ended delivery.
func (s *scenarioRun) onResult(r engine.Result, err error) {
	if errors.Is(err, engine.ErrCanceled) {
		return
	}
	if err == nil {
		s.harness.finished(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.err = err
	}
	d := Delivered{Result: r, responded: time.Now()}
	if r.Cue != nil {
		d.callsBefore = s.after[sendKey{r.Cue.Key, r.Cue.Copy}]
	}
	s.observation.Deliveries = append(s.observation.Deliveries, d)
	if s.open[r.ID]--; s.open[r.ID] <= 0 {
		delete(s.open, r.ID)
	}
	close(s.ended)
	s.ended = make(chan struct{})
}

// responded waits until at most some deliveries are open.
func (s *scenarioRun) responded(ctx context.Context, left int) error {
	return s.until(ctx, 0, func() bool { return len(s.open) <= left })
}

// endedWithin waits until these deliveries have ended, or until a limit.
func (s *scenarioRun) endedWithin(ctx context.Context, jobs []script.Job, limit time.Duration) error {
	return s.until(ctx, max(limit, time.Nanosecond), func() bool {
		return !slices.ContainsFunc(jobs, func(j script.Job) bool { return s.open[j.ID] > 0 })
	})
}

// until waits for a condition on the deliveries; a limit of 0 is none.
func (s *scenarioRun) until(ctx context.Context, limit time.Duration, met func() bool) error {
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	for {
		s.mu.Lock()
		done, broken, ended := met(), s.err, s.ended
		s.mu.Unlock()
		if done || broken != nil {
			return broken
		}
		select {
		case <-ended:
		case <-over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
