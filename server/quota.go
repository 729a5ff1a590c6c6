package server

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

// sessionShare is how much of what all sessions share one may use, in percent: of the runs in
// progress, and of the journal's room for deliveries that haven't ended. The rest is for others.
const sessionShare = 75

// overQuota is an error about a session that has as much as it may, until somebody removes some.
func overQuota(format string, args ...any) error {
	return &problem{status: http.StatusTooManyRequests, err: fmt.Errorf(format, args...), retryAfter: retryLater}
}

// mayBegin rejects what would begin something in a session, if there is no room for it in the
// server or the session, or if the server ends.
func (s *session) mayBegin(verb string) error {
	return cmp.Or(s.room(verb), s.backlogQuota(verb), s.runQuota(verb))
}

func (s *session) backlogQuota(verb string) error {
	if !s.journal.FullFor(s.name) {
		return nil
	}
	return unavailable(fmt.Errorf("%s: the deliveries of this session that have not ended use %d %% of the journal, which is the limit of a session; "+
		"retry later, cancel runs, or reset the session", verb, sessionShare))
}

func (s *session) runQuota(verb string) error {
	if s.inProgress.Load() < s.bounds.sessionOngoing {
		return nil
	}
	return unavailable(fmt.Errorf("%s: this session has %d runs in progress, which is the limit of a session; retry later, or cancel some", verb, s.bounds.sessionOngoing))
}

// commandQuota rejects a command that would store more than a session may have. The caller holds mu.
func (s *session) commandQuota(c state.Command) error {
	if c.Name == "media.put" && !s.files.Fits(len(c.Body)) {
		return unavailable(errors.New("store media: the files of all sessions reach the limit; retry later, delete some, or reset sessions"))
	}
	if n := s.state.Subscriptions(); s.state.Resolve(c).Name == "subscription.create" && n >= s.bounds.subscriptions {
		return overQuota("create subscription: this session has %d, which is the limit of a session; delete some, or reset the session", n)
	}
	return nil
}

// do carries out a command, unless the quota of the session rejects it.
func (s *session) do(c state.Command) (state.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.commandQuota(c); err != nil {
		return state.Outcome{}, err
	}
	return s.state.Do(c), nil
}

// holdMedia counts the bytes that a command reads of an upload, until they were sent.
func (s *session) holdMedia(c state.Command) (release func(), err error) {
	if c.Name != "media.get" {
		return func() {}, nil
	}
	s.mu.Lock()
	size := s.state.MediaBytes(c.Values["media.id"])
	s.mu.Unlock()
	release, ok := take(s.mediaOut, size)
	if !ok {
		return nil, unavailable(errors.New("get media: other large files are being read; retry later"))
	}
	return release, nil
}

// ruleQuota rejects a rule beyond what a session may have. The caller holds mu.
func (s *session) ruleQuota(r activeRule) error {
	if len(s.rules) >= s.bounds.rules {
		return overQuota("add rule: this session has %d, which is the limit of a session; remove some", len(s.rules))
	}
	size := r.size()
	for _, one := range s.rules {
		size += one.size()
	}
	if size > s.bounds.ruleBytes {
		return overQuota("add rule: the responses of this session's rules would have %d bytes, and %d is the limit of a session; remove some rules, or use shorter bodies", size, s.bounds.ruleBytes)
	}
	return nil
}

// size is the number of bytes of a rule that its author chose.
func (r *activeRule) size() int {
	size := 0
	if r.Response != nil {
		size = len(r.Response.Body)
	}
	for _, f := range r.faults {
		size += len(f)
	}
	return size
}

// unavailableNow reports whether an error is over in a while: there is no room, or a session has
// used its quota.
func unavailableNow(err error) bool {
	p, ok := errors.AsType[*problem](err)
	return ok && (p.status == http.StatusServiceUnavailable || p.status == http.StatusTooManyRequests)
}
