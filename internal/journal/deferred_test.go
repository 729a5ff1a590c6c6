package journal_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

func deferredEntry(generate func() (webhook.Event, map[string]string, error)) journal.Entry {
	return journal.Entry{
		Kind: journal.KindDelivery, State: journal.StateDropped, Text: "no subscription", Deferred: journal.Defer(generate),
		Delivery: &webhook.Delivery{ID: "d", Faults: []string{"delay 1s"}},
	}
}

func TestDeferred_GeneratedForReaders(t *testing.T) {
	t.Parallel()
	generated := 0
	event := webhook.Event{Type: "gupshup/v2/a", Body: []byte(`{"id":"m-1"}`)}
	values := map[string]string{"message.id": "m-1", "recipient.phone": "919000000002"}
	l := journal.New(journal.Limit{})
	e := l.Add(deferredEntry(func() (webhook.Event, map[string]string, error) { generated++; return event, values, nil }))
	for _, q := range []journal.Query{{}, {ID: e.ID}, {ID: "d"}, {State: journal.StateDropped}, {Text: "subscription"}} {
		found, _, _ := l.Find(t.Context(), q)
		require.Len(t, found, 1)
	}
	require.Zero(t, generated)
	for _, q := range []journal.Query{{ID: "m-1"}, {ID: "m-1"}, {Phone: "9000000002"}} {
		found, _, _ := l.Find(t.Context(), q)
		require.Len(t, found, 1)
	}
	require.Equal(t, 1, generated)
	found, _, _ := l.Find(t.Context(), journal.Query{Text: `"ID":"M-1"`})
	require.Len(t, found, 1)
	found, _, _ = l.Find(t.Context(), journal.Query{Text: "m-2"})
	require.Empty(t, found)
	require.Equal(t, 3, generated)

	complete := e.Complete()
	require.Equal(t, event, complete.Delivery.Event)
	require.Equal(t, []string{"delay 1s"}, complete.Delivery.Faults)
	require.Equal(t, values, complete.Values)
	require.Equal(t, "no subscription", complete.Text)
	require.Empty(t, e.Delivery.Event.Body, "readers share the delivery")
}

func TestDeferred_ErrorIsShown(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	e := l.Add(deferredEntry(func() (webhook.Event, map[string]string, error) { return webhook.Event{}, nil, errors.New("no value") }))
	require.Equal(t, "no subscription; its event can't be generated: no value", e.Complete().Text)
	found, _, _ := l.Find(t.Context(), journal.Query{Text: "no value"})
	require.Len(t, found, 1)
	found, _, _ = l.Find(t.Context(), journal.Query{ID: "m-1"})
	require.Empty(t, found)
}
