package server

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// An outgoing event is generated at once if an endpoint gets it. Otherwise it is deferred: the
// journal keeps what it is generated from, and generates it for whoever asks.
type outgoing struct {
	script.Prepared
	// planned is what a deferred event is generated from; nil if the event is generated.
	planned *scenarios.PlannedEvent
}

// A step identifies a step of a scenario of the library on a route.
type step struct{ route, scenario, step string }

// outgoing is the event of a job. The first event of each step is always generated, so that a
// scenario whose events can't be generated fails now, and not when someone looks.
func (s *session) outgoing(r *activeRun, job *script.Job, now time.Time) (outgoing, error) {
	if !r.deferrable || job.Cue == nil {
		made, err := job.Prepare()
		return outgoing{Prepared: made}, err
	}
	base, _, _ := strings.Cut(job.Cue.Step, "#")
	key := step{r.Route, r.Scenario, base}
	if _, known := s.generated.Load(key); known {
		if eventType, ok := s.deferrable(r, job, now); ok {
			job.Cue.Items = slices.Clone(job.Cue.Items) // without the others of the conversation
			return outgoing{script.Prepared{Event: webhook.Event{Route: r.Route, Type: eventType}, Faults: slices.Clone(job.Cue.Notes)}, job.Cue}, nil
		}
	}
	made, err := job.Prepare()
	if err == nil {
		s.generated.Store(key, true)
	}
	return outgoing{Prepared: made}, err
}

// deferrable reports whether no endpoint gets an event, and its plan shows no reason why it
// can't be generated; with its event type.
func (s *session) deferrable(r *activeRun, job *script.Job, now time.Time) (eventType string, ok bool) {
	if len(job.Cue.Faults) > 0 { // they say what they did to the body
		return "", false
	}
	request := r.script.Request(job.Cue)
	t, err := s.generator.Type(request)
	if err != nil || len(s.endpoints(r, job, t.Name, now)) > 0 {
		return "", false
	}
	for i := range request.Items {
		one := request
		one.Items = request.Items[i : i+1]
		if _, ok := s.generator.Value(one, "recipient.phone"); !ok { // a setting is invalid
			return "", false
		}
	}
	return t.Name, true
}

// complete generates a deferred event.
func (o *outgoing) complete(script *script.Script) error {
	if o.planned == nil {
		return nil
	}
	made, err := script.Prepare(o.planned)
	o.Event, o.planned = made.Event, nil
	return err
}

// deferred is what the journal keeps of a deferred event; nil if it is generated.
func (s *session) deferred(o outgoing, script *script.Script) *journal.Deferred {
	if o.planned == nil {
		return nil
	}
	planned, server := o.planned, s.Server
	return journal.Defer(func() (webhook.Event, map[string]string, error) {
		made, err := script.Prepare(planned)
		if err != nil {
			return webhook.Event{}, nil, err
		}
		return made.Event, server.idsOf(made.Event), nil
	})
}
