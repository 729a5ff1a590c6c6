package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// act does what a scenario has in the place of a sending. What follows a call that was waited for is
// late by as long.
func (r *activeRun) act(planned *scenarios.PlannedEvent, resume func(late time.Duration)) {
	s := r.session
	if planned.Action.Call == "" {
		s.command(r, planned)
		resume(0)
		return
	}
	s.working.Go(func() { // the schedule must not wait
		startedAt := time.Now()
		s.await(r, planned.Action)
		resume(time.Since(startedAt))
	})
}

// await waits for the application's next call of an API since the run began, or
// since the one that was waited for before.
func (s *session) await(r *activeRun, act *scenarios.Action) {
	waiting, cancel := context.WithTimeout(s.running, act.Within)
	defer cancel()
	calls, err := s.journal.Wait(waiting, journal.Query{Session: s.name, Kind: journal.KindCall, Operation: act.Call, After: r.heard}, 1)
	switch {
	case len(calls) > 0:
		r.heard = calls[0].Seq
	case err != nil && s.running.Err() == nil:
		s.note(r.ID, r.Route, fmt.Sprintf("await %s: no such call came within %s; the scenario goes on", act.Call, act.Within))
	}
}

// command gives a command to the platform, about the person and the template of
// the run unless the scenario names others, and plays what follows from it.
func (s *session) command(r *activeRun, planned *scenarios.PlannedEvent) {
	request := r.script.Request(planned)
	request.Items = []scenarios.Item{{At: planned.At, With: planned.Action.With}}
	names := []string{"recipient.phone"}
	if strings.HasPrefix(planned.Action.Command, "template.") {
		names = []string{"template.id", "template.name", "template.language", "template.category"}
	}
	for _, one := range planned.Action.With {
		names = append(names, one.Name)
	}
	values := map[string]string{}
	for _, name := range names {
		if found, ok := s.generator.Value(request, name); ok {
			values[name] = found.Text()
		}
	}
	s.mu.Lock()
	o := s.state.Do(state.Command{Name: planned.Action.Command, Route: r.Route, Values: values, At: time.Now().UTC(), Seed: planned.Seed})
	s.mu.Unlock()
	if o.Failure != "" {
		s.note(r.ID, r.Route, fmt.Sprintf("do %s: %s", planned.Action.Command, o.Detail))
		return
	}
	s.after(planned.Action.Command, o, planned.Seed)
}
