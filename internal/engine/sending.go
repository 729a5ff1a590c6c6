package engine

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A sending is a delivery on its way.
type sending struct {
	Result
	seed    uint64
	spoil   string
	speed   Speed
	endUser int
	stopped <-chan struct{} // closed with the run
	passed  bool            // the pass of its end user is its own
	// url and body are what goes over the wire; both are made for the first attempt.
	url  string
	body []byte
	// begun: an attempt was made here, and not only before.
	begun bool
	// skipped is how much of the waiting between the attempts the speed has left
	// out: to the schedule, it has passed.
	skipped time.Duration
	// first is the room for the one attempt that most deliveries need.
	first [1]webhook.Attempt
}

// deliver makes attempts until the delivery ends, or waits for its next one
// without a worker.
func (e *Endpoint) deliver(s *sending) {
	if len(s.Attempts) > 0 && !s.begun && e.continues(s) {
		return
	}
	for e.live(s.stopped) {
		a, err := e.reach(s)
		e.leave(s)
		if err != nil {
			e.end(s, err)
			return
		}
		if len(s.Attempts) == 0 {
			s.Event.At = a.At
		}
		s.begun = true
		s.Attempts = append(s.Attempts, a)
		s.Accepted, s.Failure = e.Schedule.Accepted(a)
		if e.endIfUnreachable(s, a) {
			return
		}
		s.Warning = e.Schedule.Warning(a)
		at, again := e.next(s)
		if !again {
			e.end(s, nil)
			return
		}
		if e.watcher.Retrying != nil {
			e.watcher.Retrying(s.Result)
		}
		if e.parkForRetry(s, at) {
			return
		}
		e.sleep(s, at)
	}
	e.leave(s)
	e.abandon(s)
}

// abandon ends a delivery whose run, or endpoint, has ended before it.
func (e *Endpoint) abandon(s *sending) {
	if s.Canceled = true; len(s.Attempts) == 0 {
		e.end(s, ErrCanceled)
		return
	}
	e.end(s, nil)
}

// live reports whether another attempt may begin.
func (e *Endpoint) live(stopped <-chan struct{}) bool {
	select {
	case <-stopped:
		return false
	default:
		return e.running.Err() == nil
	}
}

// sleep waits until an instant, or until no more attempts may begin.
func (e *Endpoint) sleep(s *sending, at time.Time) {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.running.Done():
	case <-s.stopped:
	}
}

// leave lets the next event of the end user be sent.
func (e *Endpoint) leave(s *sending) {
	if next := e.pass.leave(s); next != nil {
		e.queue.requeue(next)
	}
}

// continues waits for the next attempt of a delivery with attempts of an earlier run. It reports
// true if the delivery waits without a worker, or has ended.
func (e *Endpoint) continues(s *sending) bool {
	e.leave(s)
	s.begun = true
	last := s.Attempts[len(s.Attempts)-1]
	s.Accepted, s.Failure = e.Schedule.Accepted(last)
	at, again := e.next(s)
	if again && e.parkForRetry(s, at) {
		return true
	}
	if !again {
		e.end(s, nil)
		return true
	}
	e.sleep(s, at)
	return false
}

// next says when the next attempt is to begin, if there is one. The schedule
// is asked in the plan's time: a day that the speed makes a minute of has passed.
func (e *Endpoint) next(s *sending) (time.Time, bool) {
	if s.Accepted {
		return time.Time{}, false
	}
	attempts := s.Attempts
	if s.skipped > 0 {
		attempts = slices.Clone(attempts)
		attempts[len(attempts)-1].At = attempts[len(attempts)-1].At.Add(s.skipped)
	}
	planned, again := e.Schedule.Next(attempts, s.seed)
	if !again {
		return time.Time{}, false
	}
	last := s.Attempts[len(s.Attempts)-1]
	end := last.At.Add(last.Timing.Total)
	planWait := planned.Sub(end.Add(s.skipped))
	wait := s.speed.Real(planWait)
	s.skipped += max(0, planWait-wait)
	return end.Add(wait), true
}

// parkForRetry lets a delivery wait without a worker, and without room. It reports false if it has
// to wait in the place of others.
func (e *Endpoint) parkForRetry(s *sending, at time.Time) bool {
	if e.HeadOfLine {
		return false
	}
	select {
	case e.retries <- struct{}{}:
	default:
		return false
	}
	e.Room.Done()
	go func() {
		e.sleep(s, at)
		<-e.retries
		if e.Room.Add(1); e.live(s.stopped) {
			e.queue.requeue(s)
		} else {
			e.abandon(s)
		}
	}()
	return true
}

// attempt signs afresh and sends: a signature is about the moment of the
// attempt and the bytes that go out.
func (e *Endpoint) attempt(s *sending) (webhook.Attempt, error) {
	header := s.Event.Headers
	wraps := s.url == ""
	if wraps {
		s.url, s.body = e.URL, s.Event.Body
	}
	if len(e.Header) > 0 {
		header = slices.Concat(header, e.Header)
	}
	if e.Sign != nil {
		signing := Signing{ID: s.ID, At: time.Now(), URL: e.URL, ContentType: contentType(header), Body: s.Event.Body, Spoil: s.spoil}
		lines, err := e.Sign(signing)
		if err != nil {
			return webhook.Attempt{}, err
		}
		header = slices.Concat(header, lines)
		if e.Outgoing != nil && wraps {
			out := e.Outgoing(signing)
			s.url, s.body = out.URL, out.Body
		}
	}
	return e.attempter.Attempt(e.sending, delivery.Request{
		Method: e.Method, URL: s.url, Header: header, Body: s.body, Timeout: e.Schedule.TimeAllowed,
	}), nil
}

func contentType(header []webhook.Header) string {
	for _, f := range header {
		if strings.EqualFold(f.Name, "Content-Type") {
			return f.Value
		}
	}
	return ""
}
