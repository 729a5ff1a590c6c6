package journal_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
)

func TestEvictions_ByCauseKindAndSession(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{Entries: 4, Bytes: 10_000})
	add := func(n int, session string, kind journal.Kind, text string) {
		for range n {
			l.Add(journal.Entry{Session: session, Kind: kind, Text: text})
		}
	}
	require.Zero(t, l.Evictions("a", ""))
	add(2, "a", journal.KindCall, "")
	add(3, "a", journal.KindReceived, "")
	add(4, "b", journal.KindCall, "")
	require.Equal(t, journal.Evictions{Entries: 5}, l.Evictions("a", ""))
	require.Equal(t, journal.Evictions{Entries: 2}, l.Evictions("a", journal.KindCall))
	require.Equal(t, journal.Evictions{Entries: 3}, l.Evictions("a", journal.KindReceived))
	require.Zero(t, l.Evictions("b", ""))
	large := string(make([]byte, 4<<10))
	add(4, "b", journal.KindNote, large)
	require.Equal(t, journal.Evictions{Entries: 1, Bytes: 3}, l.Evictions("b", journal.KindCall))
	require.Equal(t, journal.Evictions{Bytes: 2}, l.Evictions("b", journal.KindNote))
	require.Equal(t, 6, l.Evictions("b", "").Total())

	l.Add(journal.Entry{Session: "b", Kind: journal.KindDelivery, State: journal.StateScheduled})
	l.Reset("b")
	require.Zero(t, l.Evictions("b", ""), "a reset is not an eviction, and begins anew")
	require.Equal(t, 5, l.Evictions("a", "").Total())
	l.Reset("")
	require.Zero(t, l.Evictions("a", ""))
}

// Sessions that a stranger names take little memory, and not the counts of one that is in use.
func TestEvictions_BoundedSessions(t *testing.T) {
	t.Parallel()
	const made, known = 20_000, 4096
	l := journal.New(journal.Limit{Entries: 1})
	for n := range made {
		l.Add(journal.Entry{Session: fmt.Sprint(n)})
		if n%known < 2 {
			l.Add(journal.Entry{Session: "used"})
		}
	}
	counted := 0
	for n := range made {
		counted += l.Evictions(fmt.Sprint(n), "").Total()
	}
	require.Equal(t, known-1, counted)
	require.Equal(t, 10, l.Evictions("used", "").Total())
}
