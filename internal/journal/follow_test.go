package journal_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
)

func TestWait_EndsAtCount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := journal.New(journal.Limit{})
		l.Add(journal.Entry{ID: "held", State: journal.StateSucceeded})
		startedAt := time.Now()
		time.AfterFunc(time.Hour, func() { l.Add(journal.Entry{ID: "a", State: journal.StateScheduled}) })
		time.AfterFunc(2*time.Hour, func() { l.Add(journal.Entry{ID: "b", State: journal.StateFailed}) })
		time.AfterFunc(3*time.Hour, func() { l.Update("held", func(e *journal.Entry) { e.Status = 200 }) })
		time.AfterFunc(4*time.Hour, func() { l.Update("a", func(e *journal.Entry) { e.State = journal.StateSucceeded }) })
		found, err := l.Wait(t.Context(), journal.Query{State: journal.StateSucceeded}, 2)
		require.NoError(t, err)
		require.Equal(t, 4*time.Hour, time.Since(startedAt))
		require.Equal(t, []string{"held", "a"}, ids(found))
		require.Equal(t, 200, found[0].Status, "an entry that changes counts once, in its last version")
	})
}

func TestWait_ReturnsPartialResultAtDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := journal.New(journal.Limit{})
		l.Add(journal.Entry{ID: "a"})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		found, err := l.Wait(ctx, journal.Query{}, 2)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualError(t, err, "wait for 2 entries: got 1: context deadline exceeded")
		require.Equal(t, []string{"a"}, ids(found))
	})
}

func TestWait_FindsHeldEntriesAfterDeadline(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	for range 1000 {
		l.Add(journal.Entry{})
	}
	l.Add(journal.Entry{ID: "a", Run: "r"})
	over, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	found, err := l.Wait(over, journal.Query{Run: "r"}, 1)
	require.NoError(t, err)
	require.Equal(t, []string{"a"}, ids(found))
	_, err = l.Wait(over, journal.Query{Run: "r", After: found[0].Seq}, 1)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestFollow_HeldEntriesThenNewOnes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := journal.New(journal.Limit{})
		for _, id := range []string{"a", "b", "c"} {
			l.Add(journal.Entry{ID: id, Session: "s"})
		}
		l.Update("a", func(e *journal.Entry) { e.Status = 200 })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []string
		go func() {
			for e := range l.Follow(ctx, journal.Query{Session: "s"}, 1) {
				got = append(got, fmt.Sprintf("%d %s", e.Seq, e.ID))
			}
			got = append(got, "end")
		}()
		synctest.Wait()
		require.Equal(t, []string{"2 b", "3 c", "4 a"}, got)
		l.Add(journal.Entry{ID: "other", Session: "t"})
		l.Add(journal.Entry{ID: "d", Session: "s"})
		synctest.Wait()
		l.Update("d", func(e *journal.Entry) { e.Status = 1 })
		synctest.Wait()
		l.Update("d", func(e *journal.Entry) { e.Status = 2 })
		l.Update("d", func(e *journal.Entry) { e.Status = 3 })
		synctest.Wait()
		require.Equal(t, []string{"2 b", "3 c", "4 a", "6 d", "7 d", "9 d"}, got, "a slow follower sees the last change")
		cancel()
		synctest.Wait()
		require.Equal(t, "end", got[len(got)-1])
	})
}

func TestFollow_UnknownSeqReturnsAll(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	l.Add(journal.Entry{ID: "a"})
	for e := range l.Follow(t.Context(), journal.Query{}, 1000) {
		require.Equal(t, "a", e.ID)
		break
	}
}

func TestFollow_SlowFollowerBlocksNothing(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 10})
	l.Add(journal.Entry{})
	seen := []uint64{}
	for e := range l.Follow(t.Context(), journal.Query{}, 0) {
		if seen = append(seen, e.Seq); e.Seq == 1 {
			for range 1000 {
				l.Add(journal.Entry{})
			}
		}
		if e.Seq == 1001 {
			break
		}
	}
	require.Len(t, seen, 11, "it misses evicted entries")
}
