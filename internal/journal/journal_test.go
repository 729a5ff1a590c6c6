package journal_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

func ids(entries []journal.Entry) []string {
	all := []string{}
	for _, e := range entries {
		all = append(all, e.ID)
	}
	return all
}

func held(l *journal.Log) []string {
	all, _, _ := l.Find(context.Background(), journal.Query{})
	return ids(all)
}

func TestAdd_AssignsSeqAndID(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	require.Zero(t, l.Last())
	first := l.Add(journal.Entry{Kind: journal.KindCall})
	second := l.Add(journal.Entry{ID: "a"})
	copied := l.Add(journal.Entry{ID: "a"})
	bare := l.Add(journal.Entry{})
	require.Equal(t, []string{"call-1", "a", "a~3", "note-1"}, ids([]journal.Entry{first, second, copied, bare}))
	require.Equal(t, uint64(4), bare.Seq)
	require.Equal(t, uint64(4), l.Last())
	one, ok := l.Get("a~3")
	require.True(t, ok)
	require.Equal(t, copied, one)
	_, ok = l.Get("b")
	require.False(t, ok)
}

func TestUpdate_KeepsPositionAndID(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	before := l.Add(journal.Entry{ID: "a", State: journal.StateScheduled})
	l.Add(journal.Entry{ID: "b"})
	require.True(t, l.Update("a", func(e *journal.Entry) { e.State, e.ID, e.Seq = journal.StateSucceeded, "c", 99 }))
	require.False(t, l.Update("c", func(*journal.Entry) { panic("it is not there") }))
	after, _ := l.Get("a")
	require.Equal(t, journal.Entry{ID: "a", Seq: 3, State: journal.StateSucceeded}, after)
	require.Equal(t, journal.StateScheduled, before.State)
	require.Equal(t, []string{"b", "a"}, held(l))
}

func TestEvict_ByNumber(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 3})
	for _, id := range []string{"a", "b", "c"} {
		l.Add(journal.Entry{ID: id})
	}
	l.Update("a", func(e *journal.Entry) { e.Status = 200 })
	l.Add(journal.Entry{ID: "d"})
	require.Equal(t, []string{"d", "c", "b"}, held(l), "a change keeps the order")
	require.False(t, l.Update("a", func(*journal.Entry) {}))
}

func TestEvict_ByBytes(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Bytes: 10_000})
	large := func(n int) *webhook.Delivery { return &webhook.Delivery{Event: webhook.Event{Body: make([]byte, n)}} }
	l.Add(journal.Entry{ID: "a", Delivery: large(4000)})
	l.Add(journal.Entry{ID: "b"})
	require.Equal(t, []string{"b", "a"}, held(l))
	l.Update("b", func(e *journal.Entry) { e.Call = &journal.Call{Response: make([]byte, 6000)} })
	require.Equal(t, []string{"b"}, held(l), "an update counts, too")
	l.Update("b", func(e *journal.Entry) { e.Call = nil })
	l.Add(journal.Entry{ID: "c", Delivery: large(4000)})
	require.Equal(t, []string{"c", "b"}, held(l), "what is let go counts no more")
	l.Add(journal.Entry{ID: "d", Delivery: large(40_000)})
	require.Equal(t, []string{"d"}, held(l), "the newest is held whatever its size")
}

func TestAdd_TruncatesTextAtCharacter(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	e := l.Add(journal.Entry{Text: strings.Repeat("a", 4095) + "कल"})
	require.Equal(t, strings.Repeat("a", 4095), e.Text)
}

func TestReset_OneSessionOrAll(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	l.Add(journal.Entry{ID: "a", Session: "one"})
	l.Add(journal.Entry{ID: "b", Session: "two"})
	l.Reset("one")
	require.Equal(t, []string{"b"}, held(l))
	require.Equal(t, uint64(3), l.Add(journal.Entry{ID: "a", Session: "one"}).Seq, "numbering continues")
	l.Reset("")
	require.Empty(t, held(l))
}

// The log has the same entries as a plain list that is truncated at the front.
func TestLog_MatchesModel(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 50})
	var model []string
	for n := range 5000 {
		switch id := fmt.Sprint(n); {
		case n%977 == 976:
			l.Reset("")
			model = nil
		case n%3 == 0:
			l.Add(journal.Entry{ID: id})
			model = append([]string{id}, model...)
			model = model[:min(50, len(model))]
		case len(model) > 0:
			require.True(t, l.Update(model[n*7%len(model)], func(e *journal.Entry) { e.Status = n }))
		}
	}
	require.Equal(t, model, held(l))
}

func TestLog_Concurrent(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 100})
	var working sync.WaitGroup
	for range 4 {
		working.Go(func() {
			for range 300 {
				e := l.Add(journal.Entry{At: time.Now(), Values: map[string]string{"message.id": "m"}})
				l.Update(e.ID, func(e *journal.Entry) { e.Values = map[string]string{"message.id": "n"} })
				l.Get(e.ID)
			}
		})
		working.Go(func() {
			for range 100 {
				l.Find(t.Context(), journal.Query{ID: "n", Limit: 10})
			}
			l.Reset("unknown")
		})
		working.Go(func() {
			found, err := l.Wait(t.Context(), journal.Query{ID: "n"}, 100)
			require.NoError(t, err)
			require.Len(t, found, 100)
		})
	}
	working.Wait()
	require.Len(t, held(l), 100)
}
