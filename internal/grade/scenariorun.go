package grade

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A scenarioRun is a running scenario.
type scenarioRun struct {
	*harness
	playing
	script      script.Script
	startedAt   time.Time
	sender      *engine.Sender
	observation *Observation
	// bound has the values of the consumer's messages, by their name in the scenario.
	bound map[string][]scenarios.Setting
	user  endUser
	// release ends the delay of held calls; nil if none is held.
	release func()

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

// run sends the events one after the other, as the consumer is ready for them.
func (s *scenarioRun) run(ctx context.Context) (*Observation, error) {
	s.open, s.after, s.ended = map[string]int{}, map[sendKey]int{}, make(chan struct{})
	s.sender = engine.Open(ctx, s.targetFor(s.playing), s.harness, s.onResult)
	defer s.sender.Close()
	planned := slices.Collect(s.script.Plan.PlannedEvents)
	if s.arrange != nil {
		planned = s.arrange(planned)
	}
	s.learnNames(planned)
	defer s.releaseCalls()
	var last time.Duration
	if len(planned) > 0 {
		last = planned[0].At
	}
	for i := 0; i < len(planned); {
		n := releasedWith(planned[i:])
		if err := s.pause(ctx, planned[i].At-last); err != nil {
			return nil, err
		}
		last = planned[i].At
		if err := s.step(ctx, planned[i:i+n]); err != nil {
			return nil, err
		}
		i += n
	}
	return s.finish(ctx)
}

// releasedWith is the number of events, from the first on, that are released together.
func releasedWith(planned []scenarios.PlannedEvent) int {
	n := 1
	for planned[0].Release > 0 && n < len(planned) && planned[n].Release == planned[0].Release {
		n++
	}
	return n
}

// step sends the events of a release, or executes an action.
func (s *scenarioRun) step(ctx context.Context, planned []scenarios.PlannedEvent) error {
	if act := planned[0].Action; act != nil {
		if act.Call != "" {
			return s.await(ctx, act)
		}
		return nil // an action on the provider's state has no meaning here
	}
	if s.release == nil {
		if err := s.responded(ctx, 0); err != nil {
			return err
		}
	}
	var jobs []script.Job
	for i := range planned {
		jobs = append(jobs, s.job(&planned[i]))
	}
	s.mu.Lock()
	for i, job := range jobs {
		s.open[job.ID]++
		s.after[sendKey{planned[i].Key, planned[i].Copy}] = s.provider.count()
	}
	s.mu.Unlock()
	if s.watched { // between two events, to observe a state that goes back
		s.look(ctx)
	}
	if !s.sender.Put(engine.Speed{}, jobs[0], jobs[1:]...) {
		return fmt.Errorf("run scenario %s: canceled", s.observation.Scenario.Name)
	}
	if s.release != nil { // the held call is waiting, and this event must not
		return s.endedWithin(ctx, jobs, s.timeout)
	}
	return nil
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

// pause waits for the plan's delay, up to maxDelay.
func (s *scenarioRun) pause(ctx context.Context, planned time.Duration) error {
	if s.maxDelay >= 0 {
		planned = min(planned, s.maxDelay)
	}
	return sleep(ctx, planned)
}

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

// await waits for the consumer's next call, and binds a message to it.
func (s *scenarioRun) await(ctx context.Context, act *scenarios.Action) error {
	if s.noWait {
		return nil
	}
	if act.Hold && s.release == nil {
		s.release = s.provider.hold(s.user)
	}
	limit := time.NewTimer(min(act.Within, maxReaction))
	defer limit.Stop()
	for {
		calls, news := s.provider.since(s.user, s.startedAt)
		seen := 0
		for _, c := range calls {
			if !c.is(act.Call) {
				continue
			}
			if seen++; seen <= s.observation.awaited {
				continue
			}
			if c.Responded.IsZero() && !act.Hold {
				break // the message's events come after the consumer has the ID
			}
			s.observation.awaited++
			s.bind(act.Message, c)
			if act.Hold {
				return nil
			}
			return sleep(ctx, breath)
		}
		select {
		case <-news:
		case <-limit.C:
			s.observation.Missed = append(s.observation.Missed, act.Call)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// breath is the time between the response to a call and the first status of its message: no
// provider is faster.
const breath = 30 * time.Millisecond

// maxReaction limits how long to wait for a call.
const maxReaction = 5 * time.Second

// bind sets the values of a scenario's message to those of a call.
func (s *scenarioRun) bind(message string, c Call) {
	if message == "" {
		return
	}
	s.bound[message] = append(mock.Settings(c.Values), mock.UnsetFields(c.Values)...)
	s.observation.names.add(message, c.Values, isIdentity) // the texts of the consumer have no labels, as they are compared
}

// onResult records an ended delivery.
func (s *scenarioRun) onResult(r engine.Result, err error) {
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

// releaseCalls ends the delay of held calls.
func (s *scenarioRun) releaseCalls() {
	if s.release != nil {
		s.release()
		s.observation.Released = time.Now()
		s.release = nil
	}
}

// finish waits for the last responses and until the consumer has finished, and reads its state.
func (s *scenarioRun) finish(ctx context.Context) (*Observation, error) {
	if s.release != nil {
		if err := s.until(ctx, s.timeout, func() bool { return len(s.open) == 0 }); err != nil {
			return nil, err
		}
		s.releaseCalls()
	}
	if err := s.responded(ctx, 0); err != nil {
		return nil, err
	}
	r := s.observation
	r.user = s.user
	slices.SortStableFunc(r.Deliveries, func(a, b Delivered) int { return a.startedAt().Compare(b.startedAt()) })
	if s.skipEffects {
		return r, ctx.Err()
	}
	calls, err := s.settle(ctx)
	if err != nil {
		return nil, err
	}
	r.Calls, r.Others, r.rejectedCalls = calls, s.provider.others(s.startedAt), s.provider.rejected(s.startedAt)
	s.look(ctx)
	r.Duration = time.Since(s.startedAt)
	return r, ctx.Err()
}

// look reads the consumer's state.
func (s *scenarioRun) look(ctx context.Context) {
	r := s.observation
	r.State, r.StateError = s.state(ctx, r.names)
	if r.StateError == nil && r.State != nil && s.watched {
		r.seen = append(r.seen, r.State)
	}
}

// settle waits until the consumer has made no calls for a while.
func (s *scenarioRun) settle(ctx context.Context) ([]Call, error) {
	limit, quiet := time.NewTimer(maxReaction), time.NewTimer(s.quietTime)
	defer limit.Stop()
	defer quiet.Stop()
	for known := 0; ; {
		calls, news := s.provider.since(s.user, s.startedAt)
		if len(calls) > known { // calls about other end users don't count
			known = len(calls)
			quiet.Reset(s.quietTime)
		}
		select {
		case <-news:
		case <-quiet.C:
			return calls, nil
		case <-limit.C:
			return calls, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// learnNames adds the values of the conversation's end users and messages.
func (s *scenarioRun) learnNames(planned []scenarios.PlannedEvent) {
	for i := range planned {
		request := s.script.Request(&planned[i])
		for _, item := range planned[i].Items {
			request.Items = []scenarios.Item{item}
			values := map[string]string{}
			for _, name := range personal() {
				if found, ok := s.generator.Value(request, name); ok {
					values[name] = found.Text()
				}
			}
			for _, name := range mock.Recipients() {
				if text := values[name]; text != "" && planned[i].Conversation == planned[0].Conversation {
					s.provider.known.Store(text, true)
					s.user[name] = cmp.Or(s.user[name], text)
				}
			}
			s.observation.names.add(item.Message.Name, values, isPersonal)
		}
	}
}
