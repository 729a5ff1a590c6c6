package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/journal"
)

// list responds with a page of entries, the newest first.
func (c *control) list(kind journal.Kind) func(http.ResponseWriter, apiRequest) (response, error) {
	return func(_ http.ResponseWriter, a apiRequest) (response, error) {
		q, err := c.query(a, kind)
		if err != nil {
			return response{}, err
		}
		show, err := a.shows()
		if err != nil {
			return response{}, err
		}
		found, next, err := a.search(q)
		return c.longPage(show.rowsOf(found, (*journal.Entry).Cursor), next, a.evicted(kind)), err
	}
}

// search finds entries as long as the client waits for them.
func (a apiRequest) search(q journal.Query) (found []journal.Entry, next string, err error) {
	if found, next, err = a.to.Journal().Find(a.Context(), q); err != nil {
		err = unavailable(err)
	}
	return found, next, err
}

// entry responds with one entry in full.
func (c *control) entry(kind journal.Kind) func(http.ResponseWriter, apiRequest) (response, error) {
	return func(_ http.ResponseWriter, a apiRequest) (response, error) {
		secrets, err := a.params.flag("secrets")
		if err != nil {
			return response{}, err
		}
		e, err := a.find(kind)
		if err != nil {
			return response{}, err
		}
		return c.large(e.Size(), func() (any, error) { return viewOf(e, true, secrets), nil })
	}
}

// find is the entry of the path's id, if it is one of this session and kind.
func (a apiRequest) find(kind journal.Kind) (journal.Entry, error) {
	log := a.to.Journal()
	e, held := log.Get(a.id())
	switch {
	case held && e.Kind == kind && e.Session == a.session:
		return e, nil
	case log.Evicted(kind, a.id()):
		return e, a.gone(string(kind), a.id(), kind)
	}
	return e, reject(http.StatusNotFound, "find %s: %s: unknown ID", kind, document.Quote(document.Shorten(a.id(), maxKnown)))
}

// wasEvicted reports whether a query asks for the ID of something evicted.
func wasEvicted(log *journal.Log, q journal.Query) bool {
	kinds := []journal.Kind{journal.KindDelivery, journal.KindCall, journal.KindReceived, journal.KindNote}
	return log.EvictedEvent(q.ID) || slices.ContainsFunc(kinds, func(k journal.Kind) bool { return (q.Kind == "" || q.Kind == k) && log.Evicted(k, q.ID) })
}

// maxKnown is how much of an ID a message quotes.
const maxKnown = 60

// evicted is the number of entries of the session and a kind that were evicted.
func (a apiRequest) evicted(kind journal.Kind) int {
	return a.to.Journal().Evictions(a.session, kind).Total()
}

// gone says that something of an ID was there once, and why it isn't any more.
func (a apiRequest) gone(what, id string, kind journal.Kind) error {
	const mebi = 1 << 20
	limit, counts := a.to.Journal().Limit(), a.to.Journal().Evictions(a.session, kind)
	entries := "entries"
	if kind != "" {
		entries = "entries of kind " + string(kind)
	}
	gone := reject(http.StatusGone, "find %s: %s was evicted; the journal holds at most %d entries and %d MiB, and forgets those of a session that is reset; "+
		"this session has lost %d %s so far, %d for their number and %d for their memory; start the server with a larger --memory, or look earlier, with a filter in wait or stream",
		what, document.Quote(document.Shorten(id, maxKnown)), limit.Entries, limit.Bytes/mebi, counts.Total(), entries, counts.Entries, counts.Bytes)
	return with(gone, "evicted", counts.Total())
}

// shown says how much of an entry is shown.
type shown struct{ full, secrets bool }

func (a apiRequest) shows() (s shown, err error) {
	if s.full, err = a.params.flag("full"); err == nil {
		s.secrets, err = a.params.flag("secrets")
	}
	return s, err
}

func (s shown) all(entries []journal.Entry) []entryView {
	var views []entryView
	for _, e := range entries {
		views = append(views, viewOf(e, s.full, s.secrets))
	}
	return views
}

const (
	defaultWait = 5 * time.Second
	maxWait     = time.Minute
	maxAwaited  = 1000
)

// wait responds as soon as n entries match. Entries in the journal count; after and since
// leave out what was there before. A time that went by is a 408, which holds the
// entries that came; an ID of something evicted is a 410 at once.
func (c *control) wait(_ http.ResponseWriter, a apiRequest) (response, error) {
	q, err := c.query(a, "")
	if err != nil {
		return response{}, err
	}
	n, err := a.params.number("count", 1, 1, maxAwaited)
	if err != nil {
		return response{}, err
	}
	timeout := defaultWait
	if a.params["timeout"] != "" {
		if timeout, err = document.ParseDuration(a.params["timeout"]); err != nil || timeout > maxWait {
			return response{}, a.params.bad("timeout", "want a duration from 0s to 60s")
		}
	}
	show, err := a.shows()
	if err != nil {
		return response{}, err
	}
	show.full = true
	ctx, cancel := context.WithTimeout(a.Context(), timeout)
	defer cancel()
	log := a.to.Journal()
	if held, _, err := a.search(q); err == nil && len(held) == 0 && wasEvicted(log, q) {
		return response{}, a.gone("entry", q.ID, q.Kind)
	}
	found, err := log.Wait(ctx, q, n)
	switch {
	case err == nil:
		return c.longPage(show.rowsOf(found, seqOf), "", a.evicted(q.Kind)), nil
	case a.Context().Err() != nil:
		return response{}, unavailable(fmt.Errorf("wait for %d entries: the server is shutting down", n))
	}
	late := reject(http.StatusRequestTimeout, "wait for %d entries: got %d within %s; check the filters, or set a longer timeout", n, len(found), timeout)
	late = with(late, "data", orEmpty(show.all(c.fitting(found))))
	if evicted := a.evicted(q.Kind); evicted > 0 {
		late = with(late, "evicted", evicted)
	}
	return response{}, late
}

// seqOf is the `next` of wait, which is passed as `after`.
func seqOf(e *journal.Entry) string { return strconv.FormatUint(e.Seq, 10) }

// fitting are the first entries that fit a page.
func (c *control) fitting(entries []journal.Entry) []journal.Entry {
	var size int64
	for i := range entries {
		if size += entries[i].Size(); i > 0 && size > int64(c.pageBytes) {
			return entries[:i]
		}
	}
	return entries
}

// heartbeat is how often a stream says that it is alive.
const heartbeat = 15 * time.Second

// stream sends entries as they are added or change, as server-sent events. It
// begins after the Last-Event-ID, which is a seq, or the parameter after; without
// both, now.
func (c *control) stream(w http.ResponseWriter, a apiRequest) (response, error) {
	q, err := c.query(a, "")
	if err != nil {
		return response{}, err
	}
	show, err := a.shows()
	if err != nil {
		return response{}, err
	}
	after, err := a.startOfStream(q.After)
	if err != nil {
		return response{}, err
	}
	q.After = 0 // a number of another life would hide all
	s := &sse{w: w, control: http.NewResponseController(w)}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	s.send("retry: 1000\n\n")
	if a.Method == http.MethodHead {
		return response{}, nil
	}
	for s.err == nil && a.Context().Err() == nil {
		beat, cancel := context.WithTimeout(a.Context(), heartbeat)
		for e := range a.to.Journal().Follow(beat, q, after) {
			release, ok := take(c.encoded, copies*show.sizeOf(&e))
			if !ok {
				s.err = errNoMemory // the client continues after a while
				break
			}
			after = e.Seq
			sent := s.entry(viewOf(e, show.full, show.secrets))
			if release(); !sent {
				break
			}
		}
		if cancel(); a.Context().Err() == nil {
			s.send(": alive\n\n")
		}
	}
	return response{}, nil
}

// startOfStream is the seq after which a stream begins.
func (a apiRequest) startOfStream(given uint64) (uint64, error) {
	last := a.to.Journal().Last()
	if id := a.Header.Get("Last-Event-ID"); id != "" {
		seq, err := strconv.ParseUint(id, 10, 64)
		if err != nil {
			return 0, reject(http.StatusBadRequest, "read Last-Event-ID: not an ID of this stream; leave it out to start now")
		}
		if seq > last {
			seq = 0 // the server has begun again since
		}
		return seq, nil
	}
	if _, begun := a.params["after"]; begun && given <= last {
		return given, nil
	}
	return last, nil
}

// An sse writes server-sent events until its client no longer reads them.
type sse struct {
	w       http.ResponseWriter
	control *http.ResponseController
	err     error
}

// send writes texts and flushes them. Each piece of them has the deadline of every response.
func (s *sse) send(texts ...string) {
	for _, text := range texts {
		if s.err == nil {
			_, s.err = s.w.Write([]byte(text))
		}
	}
	if s.err == nil {
		s.err = s.control.Flush()
	}
}

// entry sends an entry, and reports whether the client still listens.
func (s *sse) entry(v entryView) bool {
	data, err := json.Marshal(v)
	if err != nil {
		s.err = err
		return false
	}
	s.send(fmt.Sprintf("id: %d\nevent: %s\ndata: ", v.Seq, v.Kind), string(data), "\n\n")
	return s.err == nil
}
