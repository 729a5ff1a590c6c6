package server

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// bounds are how much a server holds beside its journal.
type bounds struct {
	// sessions are those beside the default one, runs those of a session that are over, and
	// messages those of a session that the platform remembers.
	sessions, runs, messages int
	// ongoing are the runs in progress of all sessions: each keeps its planned events.
	ongoing int64
	// Of one session: runs in progress, rules with the bytes of their responses, and subscriptions.
	sessionOngoing                  int64
	rules, ruleBytes, subscriptions int
}

// defaultBounds depend on the bytes of the journal, so that the rest takes little more.
func defaultBounds(journalBytes int64) bounds {
	const ofRun, ofMessage, ofRunOver = 4 << 10, 4 << 10, 16 << 10
	of := func(size int64, most int) int { return max(1, int(min(cmp.Or(journalBytes, 1<<40)/size, int64(most)))) }
	ongoing := int64(of(ofRun, 100_000))
	return bounds{
		sessions: 1000, runs: of(ofRunOver, 1000), messages: of(ofMessage, 10_000), ongoing: ongoing, sessionOngoing: (ongoing*sessionShare + 99) / 100,
		rules: 1000, ruleBytes: 4 << 20, subscriptions: 1000,
	}
}

// retryLater is the Retry-After of what is rejected because there is no room.
const retryLater = time.Second

// full reports whether there is no room for what has not ended: nothing that would
// begin more of it is taken then.
func (s *Server) full() bool { return s.journal.Full() || s.ongoing.Load() >= s.bounds.ongoing }

// room rejects what would begin something, if there is no room for it or the server
// ends.
func (s *Server) room(verb string) error {
	switch {
	case !s.Ready():
		return unavailable(fmt.Errorf("%s: the server is shutting down", verb))
	case s.full():
		return unavailable(fmt.Errorf("%s: the journal is full of deliveries or runs that have not ended; retry later, or reset sessions that are done", verb))
	}
	return nil
}

// unavailable is an error that is over in a while.
func unavailable(err error) error {
	return &problem{status: http.StatusServiceUnavailable, err: err, retryAfter: retryLater}
}
