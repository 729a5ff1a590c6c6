package server

import (
	"cmp"
	"slices"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
)

// A release has the deliveries that are released together, by their endpoint.
type release []endpointJobs

type endpointJobs struct {
	endpoint *engine.Endpoint
	jobs     []script.Job
}

// add adds a delivery to an endpoint.
func (o *release) add(e *engine.Endpoint, job script.Job) {
	for i := range *o {
		if one := &(*o)[i]; one.endpoint == e {
			one.jobs = append(one.jobs, job)
			return
		}
	}
	*o = append(*o, endpointJobs{e, []script.Job{job}})
}

// put hands the deliveries to their endpoints, which it returns. Those to an endpoint that closed
// just now are canceled.
func (o release) put(speed engine.Speed) (fed []*engine.Endpoint) {
	for _, one := range o {
		fed = append(fed, one.endpoint)
		if one.endpoint.Put(speed, one.jobs...) {
			continue
		}
		for _, job := range one.jobs {
			job.Ref.(entryRef).ended(engine.Result{}, engine.ErrCanceled)
		}
	}
	return fed
}

// An entryRef is the run of a delivery in progress, and its entry in the journal.
type entryRef struct {
	run   *activeRun
	entry string
}

// watcher writes what becomes of deliveries into the journal.
func watcher() engine.Watcher {
	return engine.Watcher{
		Retrying: func(r engine.Result) { r.Ref.(entryRef).attempted(journal.StateRetrying, r) },
		Ended:    func(r engine.Result, err error) { r.Ref.(entryRef).ended(r, err) },
	}
}

// attempted writes down what is known of a delivery with attempts.
func (e entryRef) attempted(state string, r engine.Result) {
	delivery := r.Delivery
	delivery.Attempts = slices.Clone(r.Attempts) // the journal keeps no more of the result
	e.run.session.journal.Update(e.entry, func(one *journal.Entry) {
		one.State, one.Text, one.Delivery = state, cmp.Or(r.Failure, r.Warning), &delivery
		one.Status, one.At = r.Attempts[len(r.Attempts)-1].Status, r.Attempts[0].At.UTC()
	})
}

// ended writes down how a delivery ended. One that was never attempted, because it was canceled or
// Ringback failed, for example to sign it, keeps the event that was to be sent.
func (e entryRef) ended(r engine.Result, err error) {
	defer e.run.session.busy.Add(-1)
	switch {
	case len(r.Attempts) == 0:
		e.run.session.journal.Update(e.entry, func(one *journal.Entry) { one.State, one.Text = journal.StateCanceled, err.Error() })
		e.run.note(func(v *counts) { v.canceled++ })
		e.run.session.unsent.addOf(e.run, 1)
	case r.Canceled:
		e.attempted(journal.StateCanceled, r)
		e.run.note(func(v *counts) { v.canceled++ })
		e.run.session.unsent.addOf(e.run, 1)
	case r.Accepted:
		e.attempted(journal.StateSucceeded, r)
		e.run.note(func(v *counts) { v.succeeded++ })
	default:
		e.attempted(journal.StateFailed, r)
		e.run.note(func(v *counts) { v.failed++ })
	}
}
