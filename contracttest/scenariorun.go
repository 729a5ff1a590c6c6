package contracttest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A story is one scenario that is being told to the consumer, event by event.
type scenarioRun struct {
	*harness
	playing
	script    engine.Script
	startedAt time.Time
	outlet    *engine.Sender
	record    *Observation
	// bound are the values of messages that the consumer has sent, by their name.
	bound map[string][]scenarios.Setting
	user  endUser
	// release lets calls have their answer; nil while none is held back.
	release func()

	mu     sync.Mutex
	open   map[string]int // deliveries that have not ended, by their id
	after  map[turn]int   // how many calls there were when one was sent
	ended  chan struct{}  // closed when one has, and then another
	broken error
}

// A turn is one sending: an event or a copy of it.
type turn struct {
	key  string
	copy int
}

// notify plays the cues one after the other, as the consumer is ready for them.
func (s *scenarioRun) notify(ctx context.Context) (*Observation, error) {
	s.open, s.after, s.ended = map[string]int{}, map[turn]int{}, make(chan struct{})
	s.outlet = engine.Open(ctx, s.targetFor(s.playing), s.harness, s.given)
	defer s.outlet.Close()
	planned := slices.Collect(s.script.Plan.Cues)
	if s.arrange != nil {
		planned = s.arrange(planned)
	}
	s.know(planned)
	defer s.letGo()
	var told time.Duration
	if len(planned) > 0 {
		told = planned[0].At
	}
	for i := 0; i < len(planned); {
		n := releasedWith(planned[i:])
		if err := s.pause(ctx, planned[i].At-told); err != nil {
			return nil, err
		}
		told = planned[i].At
		if err := s.step(ctx, planned[i:i+n]); err != nil {
			return nil, err
		}
		i += n
	}
	return s.finish(ctx)
}

// releasedWith is how many cues, from the first on, are released together.
func releasedWith(planned []scenarios.PlannedEvent) int {
	n := 1
	for planned[0].Release > 0 && n < len(planned) && planned[n].Release == planned[0].Release {
		n++
	}
	return n
}

// step sends what is released together, or does what stands in its place.
func (s *scenarioRun) step(ctx context.Context, planned []scenarios.PlannedEvent) error {
	if act := planned[0].Act; act != nil {
		if act.Call != "" {
			return s.await(ctx, act)
		}
		return nil // the provider's memory does not judge what a consumer does
	}
	if s.release == nil {
		if err := s.responded(ctx, 0); err != nil {
			return err
		}
	}
	var jobs []engine.Job
	for i := range planned {
		jobs = append(jobs, s.job(&planned[i]))
	}
	s.mu.Lock()
	for i, job := range jobs {
		s.open[job.ID]++
		s.after[turn{planned[i].Key, planned[i].Copy}] = s.provider.count()
	}
	s.mu.Unlock()
	if s.watched { // between two events, so that what goes back is seen
		s.look(ctx)
	}
	if !s.outlet.Put(jobs[0], jobs[1:]...) {
		return fmt.Errorf("play %s: it was stopped", s.record.Scenario.Name)
	}
	if s.release != nil { // what was asked first waits for its answer, and this must not
		return s.endedWithin(ctx, jobs, s.timeout)
	}
	return nil
}

// job is the delivery of a cue, about the messages that the consumer has sent.
func (s *scenarioRun) job(planned *scenarios.PlannedEvent) engine.Job {
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
	plan.Cues = func(yield func(scenarios.PlannedEvent) bool) { yield(own) }
	one.Plan = &plan
	var job engine.Job
	for next, err := range one.Jobs() {
		if job = next; err != nil {
			job.Prepare = func() (engine.Prepared, error) { return engine.Prepared{}, err }
		}
	}
	event := job.Prepare
	job.Release, job.Due = 0, 0
	job.Prepare = func() (engine.Prepared, error) {
		made, err := event()
		if err == nil {
			s.provider.invented.wrote(string(made.Event.Body))
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

// requestID names the HTTP request of a cue: its copies have the same, unless the
// copy is to look like another request.
func (s *scenarioRun) requestID(planned *scenarios.PlannedEvent) string {
	copy := uint64(0)
	if s.freshHeader {
		copy = uint64(planned.Copy)
	}
	return engine.DeliveryID(prng.Seed(s.seed, uint64(s.script.Person), prng.SeedOf(planned.Key), copy))
}

// replyTo gives what replies to a message that the consumer sent its id.
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

// pause waits as long as the plan says, but no longer than is wanted.
func (s *scenarioRun) pause(ctx context.Context, planned time.Duration) error {
	if s.longest >= 0 {
		planned = min(planned, s.longest)
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

// await waits for the consumer's next call, and ties a message to it.
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
			if seen++; seen <= s.record.awaited {
				continue
			}
			if c.Responded.IsZero() && !act.Hold {
				break // what is told of it comes when the consumer can know it
			}
			s.record.awaited++
			s.bind(act.Message, c)
			if act.Hold {
				return nil
			}
			return sleep(ctx, breath)
		}
		select {
		case <-news:
		case <-limit.C:
			s.record.Missed = append(s.record.Missed, act.Call)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// breath lies between the answer of a call and what is told of its message: no
// provider is faster.
const breath = 30 * time.Millisecond

// longestReaction bounds how long a call is waited for.
const maxReaction = 5 * time.Second

// bind makes a message be the one that a call has sent.
func (s *scenarioRun) bind(message string, c Call) {
	if message == "" {
		return
	}
	s.bound[message] = append(mock.Settings(c.Values), mock.UnsetFields(c.Values)...)
	s.record.names.add(message, c.Values, isIdentity) // what the consumer says is not a name: it is what is compared
}

// given takes a delivery that has come to its end.
func (s *scenarioRun) given(r engine.Result, err error) {
	if err == nil {
		s.harness.finished(r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.broken = err
	}
	d := Delivered{Result: r, responded: time.Now()}
	if r.Cue != nil {
		d.after = s.after[turn{r.Cue.Key, r.Cue.Copy}]
	}
	s.record.Deliveries = append(s.record.Deliveries, d)
	if s.open[r.ID]--; s.open[r.ID] <= 0 {
		delete(s.open, r.ID)
	}
	close(s.ended)
	s.ended = make(chan struct{})
}

// answered waits until no more than so many deliveries are under way.
func (s *scenarioRun) responded(ctx context.Context, left int) error {
	return s.until(ctx, 0, func() bool { return len(s.open) <= left })
}

// endedWithin waits until these have come to their end, or for so long.
func (s *scenarioRun) endedWithin(ctx context.Context, jobs []engine.Job, limit time.Duration) error {
	return s.until(ctx, max(limit, time.Nanosecond), func() bool {
		return !slices.ContainsFunc(jobs, func(j engine.Job) bool { return s.open[j.ID] > 0 })
	})
}

// until waits for something to be true of the deliveries; a limit of 0 is none.
func (s *scenarioRun) until(ctx context.Context, limit time.Duration, met func() bool) error {
	var over <-chan time.Time
	if limit > 0 {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		over = timer.C
	}
	for {
		s.mu.Lock()
		done, broken, ended := met(), s.broken, s.ended
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

// letGo lets calls that are held back have their answer.
func (s *scenarioRun) letGo() {
	if s.release != nil {
		s.release()
		s.record.Released = time.Now()
		s.release = nil
	}
}

// finish waits for the last answers and until the consumer is done, and looks at
// its state.
func (s *scenarioRun) finish(ctx context.Context) (*Observation, error) {
	if s.release != nil {
		if err := s.until(ctx, s.timeout, func() bool { return len(s.open) == 0 }); err != nil {
			return nil, err
		}
		s.letGo()
	}
	if err := s.responded(ctx, 0); err != nil {
		return nil, err
	}
	r := s.record
	r.user = s.user
	slices.SortStableFunc(r.Deliveries, func(a, b Delivered) int { return a.startedAt().Compare(b.startedAt()) })
	if s.skipEffects {
		return r, ctx.Err()
	}
	calls, err := s.settle(ctx)
	if err != nil {
		return nil, err
	}
	r.Calls, r.Others, r.rejected = calls, s.provider.others(s.startedAt), s.provider.rejected(s.startedAt)
	s.look(ctx)
	r.Duration = time.Since(s.startedAt)
	return r, ctx.Err()
}

// look looks at the consumer's state.
func (s *scenarioRun) look(ctx context.Context) {
	r := s.record
	r.State, r.stateError = s.state(ctx, r.names)
	if r.stateError == nil && r.State != nil && s.watched {
		r.seen = append(r.seen, r.State)
	}
}

// settle waits until the consumer has made no call for a while.
func (s *scenarioRun) settle(ctx context.Context) ([]Call, error) {
	limit, quiet := time.NewTimer(maxReaction), time.NewTimer(s.quiet)
	defer limit.Stop()
	defer quiet.Stop()
	for known := 0; ; {
		calls, news := s.provider.since(s.user, s.startedAt)
		if len(calls) > known { // those about somebody else are no news
			known = len(calls)
			quiet.Reset(s.quiet)
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

// know learns what the conversation's people and messages are called.
func (s *scenarioRun) know(planned []scenarios.PlannedEvent) {
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
			s.record.names.add(item.Message.Name, values, isPersonal)
		}
	}
}
