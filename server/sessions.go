package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
)

// A session that has been idle for idleSession is removed; how often that is looked
// for is sweepEvery.
const (
	idleSession = 24 * time.Hour
	sweepEvery  = 10 * time.Minute
)

// enter gives a request the session of a name. One that hasn't started is empty, and
// not shared yet: inspecting it doesn't start it. The caller must call leave.
func (s *Server) enter(name string) (one *session, leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.sessions[name]; one != nil {
		return one, one.enter()
	}
	return newSession(s, name), func() {}
}

// start gives an action the session of a name, which starts with its first action.
// Where there are too many, the one that has been idle longest is removed. Whoever gets
// it calls leave, and says whether something was done: else it hasn't started.
func (s *Server) start(name string) (one *session, leave func(done bool), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, unavailable(errors.New("start session: the server is shutting down"))
	}
	if one := s.sessions[name]; one != nil {
		return one, one.acts(), nil
	}
	if len(s.sessions) > s.bounds.sessions && !s.remove(s.idlest()) {
		return nil, nil, unavailable(fmt.Errorf("start session: %d sessions are busy; retry later, or reset unused ones", s.bounds.sessions))
	}
	one = newSession(s, name)
	s.sessions[name] = one
	return one, one.acts(), nil
}

// acts is enter for an action.
func (s *session) acts() (leave func(done bool)) {
	left := s.enter()
	return func(done bool) {
		s.Server.mu.Lock()
		defer s.Server.mu.Unlock()
		left()
		if s.started = s.started || done; !s.started && s.busy.Load() == 0 && s.sessions[s.name] == s && s.name != defaultSession {
			delete(s.sessions, s.name)
		}
	}
}

// enter counts a request to a session. The caller holds the server's mu, so that it
// isn't removed meanwhile.
func (s *session) enter() (leave func()) {
	s.busy.Add(1)
	return func() {
		s.used.Store(time.Now().UnixNano())
		s.busy.Add(-1)
	}
}

// idlest is the session that has been idle longest; nil if there is none. The caller
// holds mu.
func (s *Server) idlest() *session {
	var found *session
	for name, one := range s.sessions {
		if name != defaultSession && one.busy.Load() == 0 && (found == nil || one.used.Load() < found.used.Load()) {
			found = one
		}
	}
	return found
}

// remove removes a session in which nothing is in flight. What the journal holds of
// it stays there. The caller holds mu.
func (s *Server) remove(one *session) bool {
	if one == nil {
		return false
	}
	delete(s.sessions, one.name)
	s.evicted++
	one.mu.Lock()
	one.gone = true
	one.state.Reset() // it removes files
	one.mu.Unlock()
	one.closeEndpoints()
	s.log.Info("removed an idle session", "session", one.name)
	return true
}

// sweep removes sessions that have been idle for long, until the context ends.
func (s *Server) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.removeIdle(now.Add(-idleSession))
		}
	}
}

// removeIdle removes the sessions that haven't been used since a time.
func (s *Server) removeIdle(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := s.idlest(); one != nil && one.used.Load() < since.UnixNano(); one = s.idlest() {
		s.remove(one)
	}
}

// errNothingDone ends an action that changed nothing.
var errNothingDone = errors.New("nothing was done")

// A named session is one as the control API has it: it starts with its first action.
type named struct {
	*Server
	name string
}

var _ backend = named{}

// Journal holds what happened in all sessions.
func (n named) Journal() *journal.Log { return n.journal }

// inspect calls at with a session.
func inspect[T any](n named, at func(*session) T) T {
	one, leave := n.enter(n.name)
	defer leave()
	return at(one)
}

// change does something in a session.
func change[T any](n named, do func(*session) (T, error)) (T, error) {
	one, leave, err := n.start(n.name)
	if err != nil {
		var none T
		return none, err
	}
	done := false
	defer func() { leave(done) }()
	got, err := do(one)
	done = err == nil
	return got, err
}

func (n named) Play(ctx context.Context, o playOrder) (RunStatus, error) {
	return change(n, func(s *session) (RunStatus, error) { return s.Play(ctx, o) })
}

func (n named) Runs() []RunStatus { return inspect(n, (*session).Runs) }

func (n named) Stop(id string) (view RunStatus, known bool) {
	return inspect(n, func(s *session) RunStatus { view, known = s.Stop(id); return view }), known
}

func (n named) Evicted() (runs, sessions int) {
	runs = inspect(n, func(s *session) int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.evictedRuns
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	return runs, n.evicted
}

func (n named) Played(id string) bool { return n.forgotten(id) }

func (n named) Emit(ctx context.Context, o emitOrder) ([]journal.Entry, error) {
	return change(n, func(s *session) ([]journal.Entry, error) { return s.Emit(ctx, o) })
}

func (n named) Redeliver(ctx context.Context, id string) (journal.Entry, error) {
	return change(n, func(s *session) (journal.Entry, error) { return s.Redeliver(ctx, id) })
}

func (n named) Rules() []activeRule { return inspect(n, (*session).Rules) }

func (n named) AddRule(r activeRule) (activeRule, error) {
	return change(n, func(s *session) (activeRule, error) { return s.AddRule(r) })
}

func (n named) RemoveRule(id string) bool {
	return inspect(n, func(s *session) bool { return s.RemoveRule(id) })
}

func (n named) State(secrets bool) state.Snapshot {
	return inspect(n, func(s *session) state.Snapshot { return s.State(secrets) })
}

func (n named) SetState(snapshot state.Snapshot) error {
	_, err := change(n, func(s *session) (struct{}, error) { return struct{}{}, s.SetState(snapshot) })
	return err
}

func (n named) Command(ctx context.Context, c state.Command) (state.Outcome, error) {
	var failed state.Outcome
	outcome, err := change(n, func(s *session) (o state.Outcome, err error) {
		if o, err = s.Command(ctx, c); err == nil && o.Failure != "" {
			failed, err = o, errNothingDone
		}
		return o, err
	})
	if errors.Is(err, errNothingDone) {
		return failed, nil
	}
	return outcome, err
}

func (n named) Reset() {
	inspect(n, func(s *session) struct{} { s.Reset(); return struct{}{} })
}

func (n named) Sessions() []sessionView {
	n.mu.Lock()
	sessions := slices.Collect(maps.Values(n.sessions))
	n.mu.Unlock()
	slices.SortFunc(sessions, func(a, b *session) int { return strings.Compare(a.name, b.name) })
	var all []sessionView
	for _, one := range sessions {
		all = append(all, one.status())
	}
	return all
}

func (s *session) status() sessionView {
	s.mu.Lock()
	runs := len(s.runs)
	s.mu.Unlock()
	status := sessionView{Name: s.name, Busy: s.busy.Load() > 0, Runs: runs, InProgress: int(s.inProgress.Load()), Backlog: s.journal.Open(s.name)}
	if used := s.used.Load(); used != 0 {
		at := time.Unix(0, used).UTC()
		status.UsedAt = &at
	}
	return status
}

func (n named) RemoveSession(name string) bool {
	n.mu.Lock()
	one := n.sessions[name]
	n.mu.Unlock()
	if one == nil {
		return false
	}
	one.Reset()
	return true
}
