package journal_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

func TestEvict_KeepsOpenEntries(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]journal.Limit{"by number": {Entries: 5}, "by bytes": {Bytes: 5 * 420}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := journal.New(limit)
			l.Add(journal.Entry{ID: "p", State: journal.StateScheduled})
			l.Add(journal.Entry{ID: "r", State: journal.StateRetrying})
			l.Add(journal.Entry{ID: "again", State: journal.StateFailed})
			l.Update("again", func(e *journal.Entry) { e.State = journal.StateRetrying })
			for n := range 10 {
				l.Add(journal.Entry{ID: fmt.Sprint(n)})
			}
			got := held(l)
			require.Contains(t, got, "p")
			require.Contains(t, got, "r")
			require.Contains(t, got, "again")
			require.Contains(t, got, "9", "the entry that ended last stays")
			require.LessOrEqual(t, len(got), 5)
			l.Update("p", func(e *journal.Entry) { e.State = journal.StateFailed })
			l.Update("r", func(e *journal.Entry) { e.State = journal.StateSucceeded })
			for n := range 10 {
				l.Add(journal.Entry{ID: fmt.Sprint("later ", n)})
			}
			require.NotContains(t, held(l), "p", "an ended entry is evicted like any other")
			require.NotContains(t, held(l), "r")
		})
	}
}

// A plain list is the model.
func TestEvict_InOrderOfEnding(t *testing.T) {
	t.Parallel()
	const maxCount = 20
	l := journal.New(journal.Limit{Entries: maxCount})
	random := rand.New(rand.NewPCG(1, 2))
	var order, open, ended []string
	drop := func(list []string, id string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(other string) bool { return other == id })
	}
	for n := range 20_000 {
		id := fmt.Sprint(n)
		switch roll := random.IntN(10); {
		case roll < 4:
			l.Add(journal.Entry{ID: id})
			order, ended = append(order, id), append(ended, id)
		case roll < 6 && !l.Full():
			l.Add(journal.Entry{ID: id, State: journal.StateScheduled})
			order, open = append(order, id), append(open, id)
		case len(open) > 0:
			chosen := open[random.IntN(len(open))]
			state := []string{journal.StateRetrying, journal.StateSucceeded}[random.IntN(2)]
			require.True(t, l.Update(chosen, func(e *journal.Entry) { e.State = state }), chosen)
			if state == journal.StateSucceeded {
				open, ended = drop(open, chosen), append(ended, chosen)
			}
		}
		for len(ended) > 1 && len(order) > maxCount {
			order, ended = drop(order, ended[0]), ended[1:]
		}
		require.Equal(t, len(open) >= maxCount, l.Full())
		if n%97 == 0 {
			want := append([]string{}, order...)
			slices.Reverse(want)
			require.Equal(t, want, held(l))
		}
	}
}

func TestFull_UntilHalfIsFree(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 4})
	called := 0
	room := func() { called++; l.Last() } // the log isn't locked
	for n := range 4 {
		require.False(t, l.WhenRoom("s", room), "there is room")
		require.False(t, l.Full())
		l.Add(journal.Entry{ID: fmt.Sprint(n), Session: "s", State: journal.StateScheduled})
	}
	require.True(t, l.Full())
	require.True(t, l.WhenRoom("s", room))
	require.True(t, l.WhenRoom("s", room))
	l.Update("0", func(e *journal.Entry) { e.State = journal.StateRetrying })
	require.True(t, l.Full(), "a delivery with a retry hasn't ended")
	l.Update("0", func(e *journal.Entry) { e.State = journal.StateCanceled })
	require.False(t, l.Full())
	require.Zero(t, called)
	l.Update("1", func(e *journal.Entry) { e.State = journal.StateCanceled })
	require.Equal(t, 2, called)
	l.Update("2", func(e *journal.Entry) { e.State = journal.StateCanceled })
	require.Equal(t, 2, called, "each once")
	l = journal.New(journal.Limit{Entries: 1})
	l.Add(journal.Entry{ID: "a", Session: "s", State: journal.StateScheduled})
	require.True(t, l.WhenRoom("s", room))
	l.Reset("s")
	require.Equal(t, 3, called, "a reset makes room")
	require.False(t, l.Full())
}

func TestFull_CountsBytesOfOpenEntries(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Bytes: 10_000})
	large := &webhook.Delivery{Event: webhook.Event{Body: make([]byte, 10_000)}}
	l.Add(journal.Entry{ID: "ended", State: journal.StateSucceeded, Delivery: large})
	require.False(t, l.Full())
	l.Add(journal.Entry{ID: "open", State: journal.StateScheduled})
	require.False(t, l.Full())
	l.Update("open", func(e *journal.Entry) { e.State, e.Delivery = journal.StateRetrying, large })
	require.True(t, l.Full())
	l.Update("open", func(e *journal.Entry) { e.Delivery = nil })
	require.False(t, l.Full())
}

func TestEvicted_OnlyIssuedIDs(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 2})
	for n := range 5 {
		l.Add(journal.Entry{Kind: journal.KindDelivery, Delivery: &webhook.Delivery{ID: fmt.Sprint("event ", n)}})
	}
	l.Add(journal.Entry{Kind: journal.KindCall, Session: "s"})
	l.Reset("s")
	for id, want := range map[string]bool{
		"delivery-1": true, "delivery-4": true, "delivery-5": false, "delivery-6": false, "delivery-0": false, "delivery-01": false, "delivery-+1": false,
		"delivery--1": false, "delivery-": false, "delivery": false, "call-1": false, "": false, "delivery-99999999999999999999": false,
	} {
		require.Equal(t, want, l.Evicted(journal.KindDelivery, id), id)
	}
	require.True(t, l.Evicted(journal.KindCall, "call-1"), "a reset evicts")
	require.False(t, l.Evicted(journal.KindCall, "call-2"))
	require.True(t, l.EvictedEvent("event 0"))
	require.False(t, l.EvictedEvent("event 4"))
	require.False(t, l.EvictedEvent("event 5"))
}

func TestEvicted_RemembersNewestCallerIDs(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 1})
	const maxCount = 1 << 16
	for n := range maxCount + 3 {
		l.Add(journal.Entry{ID: fmt.Sprint("own ", n)})
		l.Add(journal.Entry{ID: fmt.Sprint("own ", n)}) // gets another ID
	}
	require.True(t, l.Evicted(journal.KindNote, fmt.Sprint("own ", maxCount)))
	require.False(t, l.Evicted(journal.KindNote, "own 0"), "the memory is bounded")
}

// One session leaves room for the others, and its functions wait for its own room.
func TestFull_ShareOfASession(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 8, Share: 75})
	var called []string
	room := func(session string) func() { return func() { called = append(called, session) } }
	open := func(n int, session string) {
		for range n {
			l.Add(journal.Entry{ID: fmt.Sprint(session, l.Last()), Session: session, State: journal.StateScheduled})
		}
	}
	end := func(id string) { l.Update(id, func(e *journal.Entry) { e.State = journal.StateCanceled }) }
	open(6, "a")
	require.False(t, l.Full())
	require.True(t, l.FullFor("a"))
	require.False(t, l.FullFor("b"))
	require.True(t, l.WhenRoom("a", room("a")))
	require.False(t, l.WhenRoom("b", room("b")))
	open(2, "b")
	require.True(t, l.Full())
	require.True(t, l.FullFor("b"))
	require.True(t, l.WhenRoom("b", room("b")))
	end("a0")
	end("a1")
	end("a2")
	require.Empty(t, called, "the log is more than half full")
	end("b6")
	require.Equal(t, []string{"a", "b"}, called, "both have room")
	called = nil

	open(3, "a") // 6 again
	require.True(t, l.WhenRoom("a", room("a")))
	end("b7")
	end("a3")
	end("a4")
	require.Empty(t, called, "session a has more than half of its share")
	end("a5")
	require.Equal(t, []string{"a"}, called)
	called = nil

	open(5, "a") // 6 again
	require.True(t, l.WhenRoom("a", room("a")))
	open(2, "b")
	l.Reset("")
	require.Equal(t, []string{"a"}, called)
	require.False(t, l.FullFor("a"))
}

// A session that has room itself waits for the others.
func TestFull_ASessionWaitsForOthers(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 8, Share: 50})
	for n := range 8 {
		session := []string{"a", "b"}[n/4]
		if n == 7 {
			session = "c"
		}
		l.Add(journal.Entry{ID: fmt.Sprint(n), Session: session, State: journal.StateScheduled})
		if n == 3 {
			require.True(t, l.WhenRoom("a", func() { session = "called" }))
			t.Cleanup(func() { require.Equal(t, "called", session) })
		}
	}
	for n := range 8 { // those of a first
		l.Update(fmt.Sprint(n), func(e *journal.Entry) { e.State = journal.StateCanceled })
	}
}
