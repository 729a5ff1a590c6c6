package grade

import (
	"context"
	"time"

	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

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
