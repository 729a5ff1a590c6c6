package journal

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
)

// A follower is somebody who waits for entries that fit a query.
type follower struct {
	query Query
	wake  chan struct{} // holds one token
	// busy: it was woken, or has not yet seen all that there is. Who is busy need
	// not be woken.
	busy bool
}

// wake wakes the followers that an entry fits.
func (l *Log) wake(e *Entry) {
	for _, f := range l.followers {
		if f.busy || !f.query.matches(e) {
			continue
		}
		f.busy = true
		select {
		case f.wake <- struct{}{}:
		default: // a token from before is still there
		}
	}
}

func (l *Log) join(f *follower) (last uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followers = append(l.followers, f)
	return l.seq
}

func (l *Log) leave(f *follower) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followers = slices.DeleteFunc(l.followers, func(other *follower) bool { return other == f })
}

// chunk is how many entries are taken from under the lock at once.
const chunk = 256

// since appends entries that were added or changed after a Seq, in the order
// of their Seq. None says that the follower has seen all and will be woken.
func (l *Log) since(f *follower, after uint64, entries []*Entry) []*Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, _ := slices.BinarySearchFunc(l.changes, after+1, func(c change, seq uint64) int { return cmp.Compare(c.seq, seq) })
	for ; i < len(l.changes) && len(entries) < chunk; i++ {
		if c := l.changes[i]; !c.stale() {
			entries = append(entries, c.slot.entry)
		}
	}
	f.busy = len(entries) > 0
	return entries
}

// Follow gives the entries that fit: first those that are held and were added or
// changed after a Seq, in the order of their Seq, then those to come, until the
// context ends or the loop is left. What is held comes even if the context has
// ended.
//
// Nobody waits for a follower. One that is slow sees an entry that changed
// several times once, as it is then, and misses what went over the limit
// meanwhile. A Seq that was never given is one of another Log's, and everything
// that is held comes. The query's Cursor and Limit do not count.
func (l *Log) Follow(ctx context.Context, q Query, after uint64) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		f := &follower{query: q, wake: make(chan struct{}, 1), busy: true}
		last := l.join(f)
		defer l.leave(f)
		if after > last {
			after = 0
		}
		var room [chunk]*Entry
		for ctx.Err() == nil || after < last {
			entries := l.since(f, after, room[:0])
			for _, e := range entries {
				if after = e.Seq; q.matches(e) && !yield(*e) {
					return
				}
			}
			if len(entries) > 0 {
				continue
			}
			clear(room[:]) // who waits keeps no entry that is over the limit
			select {
			case <-ctx.Done():
				return
			case <-f.wake:
			}
		}
	}
}

// Wait returns n entries that fit, in the order of their Seq, as soon as there
// are so many: held ones count. If the context ends before, it returns those that
// there are and an error that wraps the context's. The query's Cursor and Limit do
// not count.
func (l *Log) Wait(ctx context.Context, q Query, n int) ([]Entry, error) {
	n = max(n, 1)
	var found []Entry
	seen := map[string]bool{}
	for e := range l.Follow(ctx, q, q.After) {
		if seen[e.ID] {
			found = slices.DeleteFunc(found, func(other Entry) bool { return other.ID == e.ID })
		}
		seen[e.ID] = true
		if found = append(found, e); len(found) == n {
			return found, nil
		}
	}
	return found, fmt.Errorf("wait for %d entries: %d came: %w", n, len(found), context.Cause(ctx))
}
