// Package play is the one engine behind every command that sends: it takes
// Jobs in the order of their time, makes their Events, hands them over by
// their target's contract, and gives the Deliveries back.
//
// [Run] sends over the network, by a [Pace]; [Virtual] only makes what would be
// sent, with the plan's times, and never waits. Neither has an opinion about
// the Events: judging is somebody else's, and later.
package play

import (
	"context"
	"iter"
	"time"

	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A Job is one Event that is to be delivered.
type Job struct {
	// ID is the delivery's; it stays the same over all attempts.
	ID string
	// Due is when the first attempt is planned, since the run began.
	Due time.Duration
	// Target is the index of the one that it goes to.
	Target int
	// Release, if above 0, ties jobs that follow each other: those of one number
	// are made first and then released together.
	Release int
	// Make makes the Event, and says how it was spoilt on the way. It is called
	// once, from any goroutine. An error of it ends the run: it is ours.
	Make func() (Made, error)
	// Seed decides the luck of the retries.
	Seed uint64
}

// Made is what is sent.
type Made struct {
	Event webhook.Event
	// Faults are those of [webhook.Delivery].
	Faults []string
	// Spoil says how the signature is spoilt; "" if it is not.
	Spoil string
}

// A Target is a consumer's URL, and the contract by which it is called.
type Target struct {
	Method, URL string
	Schedule    delivery.Schedule
	// Sign makes the header lines of one attempt; nil signs nothing.
	Sign func(Signing) ([]webhook.Field, error)
	// Outgoing turns the body into what goes over the wire, for schemes that wrap
	// it; nil leaves it.
	Outgoing func(Signing) Signing
	// Concurrency is how many attempts are under way at once; 0 means 1.
	Concurrency int
}

// A Signing is what a signature is about.
type Signing struct {
	ID    string
	At    time.Time
	URL   string
	Body  []byte
	Spoil string
}

// A Result is a Delivery that has come to its end.
type Result struct {
	webhook.Delivery
	Target int
	// Due is when the first attempt was planned; zero if it was to go at once.
	Due time.Time
	// Accepted says that the last attempt kept the contract, Why why it did not.
	Accepted bool
	Why      string

	// seed and spoil are those of the Job, for the attempts to come.
	seed  uint64
	spoil string
}

// An Attempter makes one attempt; [delivery.Client] is one.
type Attempter interface {
	Attempt(ctx context.Context, r delivery.Request) webhook.Attempt
}

// Virtual makes what would be sent, in the order of the jobs, and gives each
// Delivery without an attempt, at its planned time.
func Virtual(ctx context.Context, jobs iter.Seq2[Job, error], start time.Time) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		for job, err := range jobs {
			if ctx.Err() != nil {
				return
			}
			var made Made
			if err == nil {
				made, err = job.Make()
			}
			if err != nil {
				yield(Result{}, err)
				return
			}
			r := resultOf(job, made)
			r.Due = start.Add(job.Due)
			r.Event.At = r.Due
			if !yield(r, nil) {
				return
			}
		}
	}
}

func resultOf(job Job, made Made) Result {
	return Result{Delivery: webhook.Delivery{ID: job.ID, Event: made.Event, Faults: made.Faults}, Target: job.Target}
}
