package engine

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/request"
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
	// request is what goes over the wire; it is made for the first attempt. encoded: it differs from the
	// event.
	request request.Request
	encoded bool
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
	first := s.request.URL == ""
	if first {
		s.request, s.encoded = e.write(s.Event)
	}
	header := s.Event.Headers
	if s.encoded {
		header = withType(header, s.request)
	}
	if len(e.Header) > 0 {
		header = slices.Concat(header, e.Header)
	}
	out := s.request
	if e.Sign != nil {
		signing := Signing{ID: s.ID, At: time.Now(), URL: out.URL, ContentType: contentType(header), Body: out.Body, Spoil: s.spoil}
		lines, err := e.Sign(signing)
		if err != nil {
			return webhook.Attempt{}, err
		}
		header = slices.Concat(header, lines)
		if e.Outgoing != nil && first {
			wrapped := e.Outgoing(signing)
			s.request.URL, s.request.Body = wrapped.URL, wrapped.Body
			out = s.request
		}
	}
	a := e.attempter.Attempt(e.sending, delivery.Request{
		Method: out.Method, URL: out.URL, Header: header, Body: out.Body, Timeout: e.Schedule.TimeAllowed,
	})
	if s.encoded {
		a.RequestMethod, a.RequestURL, a.RequestBody = out.Method, pathOf(out.URL), out.Body
	}
	return a, nil
}

// write makes the request of an event. A captured one is sent as it was received, with its query.
func (e *Endpoint) write(event webhook.Event) (out request.Request, encoded bool) {
	switch {
	case event.Method != "":
		_, query, _ := strings.Cut(event.URL, "?")
		return request.Request{Method: event.Method, URL: request.WithQuery(e.URL, query), Body: event.Body}, false
	case e.Encode != nil:
		return e.Encode(event), true
	}
	return request.Request{Method: e.Method, URL: e.URL, Body: event.Body}, false
}

// withType returns the headers of an event with those of its request, which replace others of the same
// name.
func withType(header []webhook.Header, out request.Request) []webhook.Header {
	added := slices.Clone(out.Headers)
	if contentType(header) != out.ContentType {
		added = slices.Concat([]webhook.Header{{Name: "Content-Type", Value: out.ContentType}}, added)
	}
	if len(added) == 0 {
		return header
	}
	header = slices.DeleteFunc(slices.Clone(header), func(h webhook.Header) bool {
		return slices.ContainsFunc(added, func(a webhook.Header) bool { return strings.EqualFold(a.Name, h.Name) })
	})
	return append(header, slices.DeleteFunc(added, func(h webhook.Header) bool { return h.Value == "" })...)
}

// pathOf returns the path and the query of a URL, without its host and user.
func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.RequestURI()
}

func contentType(header []webhook.Header) string {
	for _, f := range header {
		if strings.EqualFold(f.Name, "Content-Type") {
			return f.Value
		}
	}
	return ""
}
