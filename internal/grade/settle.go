package grade

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

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
