package server

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// platformRules are what the platform must know of the providers.
func (s *Server) platformRules() state.Rules {
	return state.Rules{Route: s.options.Catalog.Route, Modes: s.apis.Modes, WindowsShut: s.options.TrackWindow, Messages: s.bounds.messages, Files: s.files, MediaURL: mediaPath}
}

// recordEvent updates the provider's state with an event of a scenario, so that later calls and
// events see it: an inbound message opens a window, and an end user who opted out gets no more
// messages.
func (s *session) recordEvent(r *activeRun, job *script.Job, now time.Time) {
	if job.Cue == nil {
		return
	}
	request := r.script.Request(job.Cue)
	for i := range request.Items {
		one := request
		one.Items = request.Items[i : i+1]
		lookup := func(name string) (string, bool) {
			found, ok := s.generator.Value(one, name)
			if !ok {
				return "", false
			}
			return found.Text(), true
		}
		s.mu.Lock()
		s.state.RecordEvent(r.script.Route.Name, one.Items[0].Event, lookup, now)
		s.mu.Unlock()
	}
}

// sendFollowing plays the events that follow a command: the approval of a template comes
// after its review, if nothing has changed by then.
func (s *session) sendFollowing(events []state.Event, seed uint64) {
	for i, e := range events {
		at := time.Now().Add(s.options.Speed.Real(e.After))
		s.busy.Add(1)
		settled := func() { s.busy.Add(-1) }
		turn := s.lane.Add(at, func() {
			defer settled()
			s.mu.Lock()
			stands := s.state.StillValid(e, time.Now().UTC())
			s.mu.Unlock()
			if !stands {
				return
			}
			route, err := s.options.Catalog.Route(e.Route)
			if err == nil {
				_, err = s.emit(route, e.Event, scenarios.Options{Seed: prng.Seed(seed, uint64(i)), With: mock.Settings(e.With)}, emission{at: at})
			}
			if err != nil {
				s.note("", e.Route, err.Error())
			}
		}, func() { s.unsent.add(1); settled() })
		if turn == nil {
			settled()
		}
	}
}

// isIssued reports whether a key is a token that a provider's API has given out.
func (s *session) isIssued(provider, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Issued(provider, key, time.Now().UTC())
}

// An emission says when one event is sent, and to which URL; the zero emission is now, and
// to those that want it.
type emission struct {
	at time.Time
	to string
}

// emit plays one event.
func (s *session) emit(route *schemas.Route, event string, o scenarios.Options, e emission) (*activeRun, error) {
	one, err := script.Single(route, event)
	if err != nil {
		return nil, err
	}
	p := playing{scenario: one, route: route, options: o, messages: o.Seed, speed: engine.Immediate(), start: e.at, to: e.to, only: event}
	for _, w := range o.With {
		if w.Name == "recipient.phone" {
			p.endUser = endUser(w.Text)
		}
	}
	return s.play(p)
}
