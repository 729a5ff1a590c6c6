package engine

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A Result is a Delivery that has come to its end.
type Result struct {
	webhook.Delivery
	// Ref and Cue are those of the Job.
	Ref    any
	Cue    *scenarios.PlannedEvent
	Target int
	// Due is when the first attempt was planned; zero if it was to go at once.
	Due time.Time
	// Dropped says that it was lost as planned: it has no Event and no attempt.
	Dropped bool
	// Canceled says that its run or its endpoint ended first.
	Canceled bool
	// Accepted says that the last attempt kept the contract, Failure why it did not. Warning
	// says what the provider's documentation asks for and an accepted response lacks.
	Accepted         bool
	Failure, Warning string
}

// Play delivers the jobs, which come in the order of their Due, and gives each
// delivery when it has come to its end.
//
// It ends when all deliveries have, at the first error, which is an [*Unreachable]
// if a target that must respond is not there, or when the context
// does: jobs that have not begun are then left out, attempts in progress get a
// short grace, and no more are made. A loop that breaks waits for them as well.
// It leaves no goroutine behind.
func Play(ctx context.Context, jobs iter.Seq2[script.Job, error], targets []Target, attempter Attempter, speed Speed) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		running, stop := context.WithCancel(ctx)
		p := &player{stop: stop, results: make(chan outcome, 64), speed: speed}
		for _, t := range targets {
			p.endpoints = append(p.endpoints, Open(running, t, attempter, Watcher{Ended: p.ended}))
		}
		go p.play(running, jobs)
		defer func() { // also when the loop's body panics or ends its goroutine
			stop()
			for range p.results {
			}
		}()
		for o := range p.results {
			if !yield(o.result, o.err) || o.err != nil {
				return
			}
		}
	}
}

// A player is the strategy of Play: each job goes to its target, and the first error ends it.
type player struct {
	endpoints []*Endpoint
	speed     Speed
	stop      context.CancelFunc
	results   chan outcome
}

type outcome struct {
	result Result
	err    error
}

// play runs the jobs until all deliveries have ended.
func (p *player) play(running context.Context, jobs iter.Seq2[script.Job, error]) {
	defer close(p.results)
	schedule, ended := NewSchedule(), make(chan struct{})
	run := &Run{StartedAt: time.Now(), Speed: p.speed, Strategy: Strategy{
		Ready: func(group []script.Job, resume func()) bool { return !p.endpoints[group[0].Target].Room.Wait(resume) },
		Act:   func(_ *scenarios.PlannedEvent, resume func(time.Duration)) { resume(0) },
		Send:  func(group []script.Job) { p.endpoints[group[0].Target].Put(p.speed, group...) },
		End: func(err error) {
			if err != nil {
				p.fail(outcome{err: err})
			}
			close(ended)
		},
	}}
	run.Next, run.Close = iter.Pull2(jobs)
	schedule.Lane().Start(run)
	unstop := context.AfterFunc(running, run.Stop)
	<-ended
	unstop()
	schedule.Close()
	for _, e := range p.endpoints {
		e.Drain()
	}
}

// ended passes a delivery on. One that was never attempted because the run was stopped is left out.
func (p *player) ended(r Result, err error) {
	var absent *Unreachable
	switch {
	case errors.Is(err, ErrCanceled):
	case errors.As(err, &absent):
		p.fail(outcome{result: r}, outcome{err: err})
	case err != nil:
		p.fail(outcome{err: err})
	default:
		p.results <- outcome{result: r}
	}
}

// fail passes an error on, with what is known of it, and ends the run.
func (p *player) fail(all ...outcome) {
	for _, o := range all {
		p.results <- o
	}
	p.stop()
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
	r := resultOf(j)
	if r.Due = due; j.Dropped {
		return r, nil
	}
	made, err := j.Prepare()
	r.Event, r.Faults = made.Event, made.Faults
	r.Event.At = due
	return r, err
}

// resultOf is the beginning of a job's Result. A dropped one has no more.
func resultOf(j *script.Job) Result {
	r := Result{Delivery: webhook.Delivery{ID: j.ID}, Ref: j.Ref, Cue: j.Cue, Target: j.Target, Due: j.At, Dropped: j.Dropped}
	if j.Dropped && j.Cue != nil {
		r.Faults = j.Cue.Notes
	}
	return r
}
