package engine

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// An endpointQueue sends to one endpoint, so that a slow endpoint does not delay others.
type endpointQueue struct {
	*engine
	*Target
	queue   *queue
	waiting chan struct{} // has a place for each delivery that waits for its next attempt
	// responded: some attempt got a response.
	responded atomic.Bool
}

// A sending is a delivery on its way.
type sending struct {
	Result
	seed  uint64
	spoil string
	speed Speed
	// url and body are what goes over the wire, from the first attempt on.
	url  string
	body []byte
	// skipped is how much of the waiting between the attempts the pace has left
	// out: to the schedule, it has passed.
	skipped time.Duration
	// first is the room for the one attempt that most deliveries need.
	first [1]webhook.Attempt
}

// newEndpointQueue makes one that holds so many units at most, when whoever puts waits.
func newEndpointQueue(e *engine, t *Target, maxCount int, workers *sync.WaitGroup) *endpointQueue {
	l := &endpointQueue{engine: e, Target: t, waiting: make(chan struct{}, maxRetries)}
	l.queue = newQueue(maxCount, l.prepare, l.workers(), func() { workers.Go(l.work) })
	return l
}

func (l *endpointQueue) workers() int {
	if l.HeadOfLine {
		return 1
	}
	return max(1, l.Concurrency)
}

// work makes attempts, first ones and further ones, until none is left. Those
// of one release begin at one moment.
func (l *endpointQueue) work() {
	for {
		g, ok := l.queue.take()
		switch {
		case !ok:
			return
		case len(g) == 1:
			l.deliver(g[0])
		case len(g) > 1:
			var sent sync.WaitGroup
			for _, s := range g {
				sent.Go(func() { l.deliver(s) })
			}
			sent.Wait()
		}
	}
}

// prepare makes the Events of a unit. What fails, or comes after the run has been
// stopped, is left out; what is dropped ends here.
func (l *endpointQueue) prepare(u *releaseGroup) deliveries {
	var g deliveries
	for i := range 1 + len(u.more) {
		job := &u.Job
		if i > 0 {
			job = &u.more[i-1]
		}
		if s := l.make(job, u.speed); s == nil {
			l.open.Done()
		} else if s.Dropped {
			l.onResult(&s.Result, nil)
			l.open.Done()
		} else {
			g = append(g, s)
		}
	}
	return g
}

// make makes the Event of a job, unless it is dropped; nil if it cannot.
func (l *endpointQueue) make(job *script.Job, speed Speed) *sending {
	if l.running.Err() != nil {
		return nil
	}
	if job.Dropped {
		s := &sending{Result: droppedOf(job)}
		s.Due = l.dueOf(job)
		return s
	}
	made, err := job.Prepare()
	if err == nil && made.SignatureFault != "" && l.Sign == nil {
		err = fmt.Errorf("inject signature fault %s: the endpoint has no signature", made.SignatureFault)
	}
	if err != nil {
		r := resultOf(job)
		l.fail(&r, err)
		return nil
	}
	s := &sending{Result: resultOf(job), seed: job.Seed, spoil: made.SignatureFault, speed: speed}
	s.Event, s.Faults, s.Due, s.Attempts = made.Event, made.Faults, l.dueOf(job), s.first[:0]
	return s
}

// deliver makes attempts until the delivery ends, or has to wait for its next
// one and can do so elsewhere.
func (l *endpointQueue) deliver(s *sending) {
	for l.running.Err() == nil {
		a, err := l.reach(s)
		if err != nil {
			l.fail(&s.Result, err)
			l.open.Done()
			return
		}
		if len(s.Attempts) == 0 {
			s.Event.At = a.At
		}
		s.Attempts = append(s.Attempts, a)
		s.Accepted, s.Failure = l.Schedule.Accepted(a)
		if l.endIfUnreachable(s, a) {
			return
		}
		s.Warning = l.Schedule.Warning(a)
		at, again := l.next(s)
		if !again || l.running.Err() != nil {
			break
		}
		l.retrying(&s.Result)
		if l.parkForRetry(s, at) {
			return
		}
		if !newTimer().sleepUntil(l.running, at) {
			break
		}
	}
	l.end(s)
}

// end gives a delivery back, if any attempt of it was made.
func (l *endpointQueue) end(s *sending) {
	if len(s.Attempts) > 0 {
		l.onResult(&s.Result, nil)
	}
	l.open.Done()
}

// next says when the next attempt is to begin, if there is one. The schedule
// is asked in the plan's time: a day that the pace makes a minute of has passed.
func (l *endpointQueue) next(s *sending) (time.Time, bool) {
	if s.Accepted {
		return time.Time{}, false
	}
	attempts := s.Attempts
	if s.skipped > 0 {
		attempts = slices.Clone(attempts)
		attempts[len(attempts)-1].At = attempts[len(attempts)-1].At.Add(s.skipped)
	}
	planned, again := l.Schedule.Next(attempts, s.seed)
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

// parkForRetry lets a delivery wait without a worker. It reports false if it has
// to wait in the place of others.
func (l *endpointQueue) parkForRetry(s *sending, at time.Time) bool {
	if l.HeadOfLine {
		return false
	}
	select {
	case l.waiting <- struct{}{}:
	default:
		return false
	}
	go func() {
		newTimer().sleepUntil(l.running, at)
		<-l.waiting
		l.queue.requeue(s)
	}()
	return true
}

// attempt signs afresh and sends: a signature is about the moment of the
// attempt and the bytes that go out.
func (l *endpointQueue) attempt(s *sending) (webhook.Attempt, error) {
	header := s.Event.Headers
	if len(s.Attempts) == 0 {
		s.url, s.body = l.URL, s.Event.Body
	}
	if len(l.Header) > 0 {
		header = slices.Concat(header, l.Header)
	}
	if l.Sign != nil {
		signing := Signing{ID: s.ID, At: time.Now(), URL: l.URL, ContentType: contentType(header), Body: s.Event.Body, Spoil: s.spoil}
		lines, err := l.Sign(signing)
		if err != nil {
			return webhook.Attempt{}, err
		}
		header = slices.Concat(header, lines)
		if l.Outgoing != nil && len(s.Attempts) == 0 {
			out := l.Outgoing(signing)
			s.url, s.body = out.URL, out.Body
		}
	}
	return l.attempter.Attempt(l.sending, delivery.Request{
		Method: l.Method, URL: s.url, Header: header, Body: s.body, Timeout: l.Schedule.TimeAllowed,
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
