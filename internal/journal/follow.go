package journal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
)

// A follower waits for entries that match a query.
type follower struct {
	query Query
	wake  chan struct{} // holds one token
	// busy means that the follower was woken or hasn't read all entries yet, so that it
	// need not be woken.
	busy bool
}

// wake wakes the followers whose query may match an entry. They look into it themselves, outside the
// lock.
func (l *Log) wake(e *Entry) {
	for _, f := range l.followers {
		if f.busy || !f.query.mayMatch(e) {
			continue
		}
		f.busy = true
		select {
		case f.wake <- struct{}{}:
		default: // the channel has a token already
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

// chunk is the number of entries to copy under the lock at once.
const chunk = 256

// since appends entries that were added or changed after a Seq, in the order of their
// Seq. If it appends nothing, the follower has read everything and will be woken.
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

// Follow returns the entries that match: first the existing ones that were added or
// changed after a Seq, in the order of their Seq, then future ones, until the context ends
// or the loop breaks. It returns existing entries even if the context has reached its deadline, but
// none after it was canceled.
//
// A follower never blocks the Log. A slow one sees only the last of several changes of an
// entry, and misses what was evicted meanwhile. A Seq beyond the last one belongs to
// another Log: Follow then returns all entries. It ignores the query's Cursor and Limit.
func (l *Log) Follow(ctx context.Context, q Query, after uint64) iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		f := &follower{query: q, wake: make(chan struct{}, 1), busy: true}
		last := l.join(f)
		defer l.leave(f)
		if after > last {
			after = 0
		}
		m := newMatcher(q)
		var buffer [chunk]*Entry
		for ctx.Err() == nil || after < last {
			entries := l.since(f, after, buffer[:0])
			for _, e := range entries {
				if errors.Is(ctx.Err(), context.Canceled) {
					return
				}
				if after = e.Seq; m.matches(e) && !yield(*e) {
					return
				}
			}
			if len(entries) > 0 {
				continue
			}
			clear(buffer[:]) // a waiting follower keeps no evicted entry in memory
			select {
			case <-ctx.Done():
				return
			case <-f.wake:
			}
		}
	}
}

// Wait returns n entries that match, in the order of their Seq, as soon as there are so
// many; existing ones count. If the context ends first, it returns the entries so far and
// an error that wraps that of the context. It ignores the query's Cursor and Limit.
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
	return found, fmt.Errorf("wait for %d entries: got %d: %w", n, len(found), context.Cause(ctx))
}
