package server

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// remember gives a run its ID, and keeps it until it is over, and so many others are.
func (s *session) remember(r *activeRun) {
	s.busy.Add(1)
	s.ongoing.Add(1)
	s.inProgress.Add(1)
	r.ID = fmt.Sprintf("%s%d", runPrefix, s.played.Add(1))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++ // the seeds of what follows depend on it
	s.runs[r.ID] = r
	s.order = append(s.order, r.ID)
}

const runPrefix = "run-"

// retire is called when a run is over.
func (s *session) retire(r *activeRun) {
	s.mu.Lock()
	if s.runs[r.ID] == r {
		s.over = append(s.over, r.ID)
	}
	for len(s.over) > s.bounds.runs {
		delete(s.runs, s.over[0])
		s.over, s.evictedRuns = s.over[1:], s.evictedRuns+1
	}
	if len(s.order) > 2*len(s.runs)+s.bounds.runs {
		s.order = slices.DeleteFunc(s.order, func(id string) bool { return s.runs[id] == nil })
	}
	s.mu.Unlock()
	s.ongoing.Add(-1)
	s.inProgress.Add(-1)
	s.busy.Add(-1)
}

// Runs are those that are still known, the newest first.
func (s *session) Runs() []RunStatus {
	s.mu.Lock()
	var all []*activeRun
	for _, id := range slices.Backward(s.order) {
		if r := s.runs[id]; r != nil {
			all = append(all, r)
		}
	}
	s.mu.Unlock()
	var views []RunStatus
	for _, r := range all {
		views = append(views, r.view())
	}
	return views
}

// forgotten reports whether a run had this ID, and no session knows it any more.
func (s *Server) forgotten(id string) bool {
	number, ok := strings.CutPrefix(id, runPrefix)
	n, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || n < 1 || n > s.played.Load() || strconv.FormatInt(n, 10) != number {
		return false
	}
	s.mu.Lock()
	sessions := slices.Collect(maps.Values(s.sessions))
	s.mu.Unlock()
	return !slices.ContainsFunc(sessions, func(one *session) bool {
		one.mu.Lock()
		defer one.mu.Unlock()
		return one.runs[id] != nil
	})
}

// change changes what is known of a run, and retires it if it is over then.
func (r *activeRun) change(do func()) {
	r.mu.Lock()
	do()
	v := r.counts
	over := r.through && v.delayed == 0 && v.planned == v.ended() && !r.over
	r.over = r.over || over
	r.mu.Unlock()
	if over && r.ID != "" {
		r.session.retire(r)
	}
}

// note changes the counts of a run.
func (r *activeRun) note(do func(*counts)) { r.change(func() { do(&r.counts) }) }

// Stop ends a run before its time: what is not yet sent is not sent.
func (r *activeRun) Stop() {
	r.mu.Lock()
	r.stopped = true
	if r.ended.IsZero() {
		r.ended = time.Now().UTC()
	}
	r.mu.Unlock()
	r.Run.Stop()
}

// end is called when nothing more of a run is planned. An error is that of its plan.
func (r *activeRun) end(err error) {
	if err != nil {
		r.session.note(r.ID, r.Route, err.Error())
	}
	r.session.unsent.addRest(r)
	r.change(func() {
		r.through = true
		if r.ended.IsZero() {
			r.ended = time.Now().UTC()
		}
	})
}
