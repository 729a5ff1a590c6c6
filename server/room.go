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
	// inProgress are the deliveries of a session that have not ended: no session fills the journal
	// alone.
	inProgress int
	// ongoing are the runs in progress of all sessions: each keeps its planned events.
	ongoing int64
}

// defaultBounds depend on the limits of the journal, so that the rest takes little more.
func defaultBounds(journalEntries int, journalBytes int64) bounds {
	const ofRun, ofMessage, ofRunOver, ofDelivery = 4 << 10, 4 << 10, 16 << 10, 2 << 10
	of := func(size int64, most int) int { return max(1, int(min(cmp.Or(journalBytes, 1<<40)/size, int64(most)))) }
	return bounds{
		inProgress: max(1, min(cmp.Or(journalEntries, 10_000), of(ofDelivery, 1<<30))/2),
		sessions:   1000, runs: of(ofRunOver, 1000), messages: of(ofMessage, 10_000), ongoing: int64(of(ofRun, 100_000)),
	}
}

// retryLater is the Retry-After of what is rejected because there is no room.
const retryLater = time.Second

// full reports whether there is no room for what has not ended: nothing that would
// begin more of it is taken then.
func (s *session) full() bool {
	return s.inProgress.Full() || s.journal.Full() || s.ongoing.Load() >= s.bounds.ongoing
}

// waitForRoom calls a function once there is room for more deliveries. It reports false, and does
// not call it, if there is room now.
func (s *session) waitForRoom(resume func()) bool {
	return s.inProgress.Wait(resume) || s.journal.WhenRoom(resume)
}

// room rejects what would begin something, if there is no room for it or the server
// ends.
func (s *session) room(verb string) error {
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
