package engine

import (
	"time"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// StartupTime is how long from the start of a run a consumer that must respond may take
// until it listens: it may have been started in the same moment.
const StartupTime = 2 * time.Second

// startupPause is the pause between two attempts at a consumer that starts.
const startupPause = 100 * time.Millisecond

// An Unreachable is why a run ended early: an attempt did not reach a target that must
// respond, and the target had not responded in this run.
type Unreachable struct {
	// Target is its index, Attempt the attempt that ended the run.
	Target  int
	Attempt webhook.Attempt
}

// Error says what came of the attempt.
func (u *Unreachable) Error() string { return u.Attempt.Error }

// reach makes an attempt. While the consumer may still be starting, one that finds
// nothing there is not counted, and made again.
func (e *Endpoint) reach(s *sending) (webhook.Attempt, error) {
	for {
		a, err := e.attempt(s)
		if a.Status != 0 {
			e.responded.Store(true)
		}
		if err != nil || !e.mayStart(a) || !newTimer().sleepUntil(e.running, time.Now().Add(startupPause)) {
			return a, err
		}
	}
}

// mayStart reports whether a consumer that was not there may be there in a moment.
func (e *Endpoint) mayStart(a webhook.Attempt) bool {
	absent := a.Failure == webhook.FailureUnreachable || a.Failure == webhook.FailureDNS
	return absent && e.MustRespond && !e.responded.Load() && time.Since(e.start) < StartupTime
}

// endIfUnreachable ends a delivery after an attempt that did not reach a target that must
// respond and has not. The first one ends with an [*Unreachable], the others as canceled.
func (e *Endpoint) endIfUnreachable(s *sending, a webhook.Attempt) bool {
	if !e.MustRespond || e.responded.Load() || e.running.Err() != nil || !delivery.IsUnreachable(a) {
		return false
	}
	err := ErrCanceled
	e.unreachable.Do(func() { err = &Unreachable{Target: s.Result.Target, Attempt: a} })
	e.end(s, err)
	return true
}
