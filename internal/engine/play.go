// Package engine is the one engine behind every command that sends: it takes
// Jobs in the order of their time, makes their Events, hands them over by
// their target's contract, and gives the Deliveries back.
//
// [Run] sends over the network, by a [Speed]; [Virtual] only makes what would be
// sent, with the plan's times, and never waits. Neither has an opinion about
// the Events, and does not validate or grade anything.
//
// Jobs come from a [Script], which plays a plan, or a [Replay] of a tape; a
// [Stats] of the Results is the summary.
package engine

import (
	"context"
	"iter"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// A Target is a consumer's URL, and the contract by which it is called.
// [TargetOf] makes one.
type Target struct {
	Method, URL string
	// Header are lines beside those of the Event.
	Header   []webhook.Header
	Schedule contract.Schedule
	// Sign makes the header lines of one attempt; nil signs nothing.
	Sign func(Signing) ([]webhook.Header, error)
	// Outgoing turns what is signed into what goes over the wire, for schemes that
	// wrap it; nil leaves it. It is called once for a delivery, not for each attempt.
	Outgoing func(Signing) Signing
	// Concurrency is how many attempts are under way at once; 0 means 1.
	Concurrency int
	// HeadOfLine: a delivery that waits for its next attempt holds up those
	// behind it, so that there is one at a time, whatever the Concurrency.
	HeadOfLine bool
	// MustRespond: a [Run] ends with an [*Unreachable] when an attempt does not reach
	// the target and the target has not responded in this run.
	MustRespond bool
	// Notices say what a user should know of the target, such as that it is not signed.
	Notices []string

	// scheme is the name of what signs, spoils are the ways to make that wrong,
	// signed the names of its lines; unsigned says why nothing signs.
	scheme, unsigned string
	spoils           []signature.Corruption
	signed           []string
}

// A Signing is what a signature is about.
type Signing struct {
	ID          string
	At          time.Time
	URL         string
	ContentType string
	Body        []byte
	Spoil       string
}

// A Result is a Delivery that has come to its end.
type Result struct {
	webhook.Delivery
	// Ref and Cue are those of the Job.
	Ref    string
	Cue    *scenarios.PlannedEvent
	Target int
	// Due is when the first attempt was planned; zero if it was to go at once.
	Due time.Time
	// Dropped says that it was lost as planned: it has no Event and no attempt.
	Dropped bool
	// Accepted says that the last attempt kept the contract, Failure why it did not. Warning
	// says what the provider's documentation asks for and an accepted response lacks.
	Accepted         bool
	Failure, Warning string
}

// An Attempter makes one attempt; [delivery.Client] is one.
type Attempter interface {
	Attempt(ctx context.Context, r delivery.Request) webhook.Attempt
}

// Virtual makes what would be sent, in the order of the jobs, and gives each
// Delivery without an attempt, at its planned time.
func Virtual(ctx context.Context, jobs iter.Seq2[script.Job, error], start time.Time) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		for job, err := range jobs {
			if ctx.Err() != nil {
				return
			}
			var r Result
			if err == nil {
				r, err = virtual(&job, start.Add(job.Due))
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// virtual is the Result of a job that is only made.
func virtual(j *script.Job, due time.Time) (Result, error) {
	if j.Dropped {
		r := droppedOf(j)
		r.Due = due
		return r, nil
	}
	made, err := j.Prepare()
	r := resultOf(j)
	r.Event, r.Faults, r.Due = made.Event, made.Faults, due
	r.Event.At = due
	return r, err
}

// result is the beginning of a job's Result.
func resultOf(j *script.Job) Result {
	return Result{Delivery: webhook.Delivery{ID: j.ID}, Ref: j.Ref, Cue: j.Cue, Target: j.Target, Dropped: j.Dropped}
}

// dropped is the Result of a job that is dropped.
func droppedOf(j *script.Job) Result {
	r := resultOf(j)
	if j.Cue != nil {
		r.Faults = j.Cue.Notes
	}
	return r
}
