package journal_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func full() journal.Entry {
	return journal.Entry{
		ID: "d", Kind: journal.KindDelivery, Session: "s", Run: "r", Route: "gupshup/v2", CanonicalEvent: "message.delivered",
		Type: "gupshup/v2/message-event.delivered", At: noon(), Status: 204, State: journal.StateSucceeded, Endpoint: "sub-1", Text: "Note",
		Values: map[string]string{"message.id": "m-1", "recipient.phone": "919000000001", "message.text": "919000000002"},
		Delivery: &webhook.Delivery{
			ID: "planned", Event: webhook.Event{Body: []byte(`{"text":"Grüße"}`)},
			Attempts: []webhook.Attempt{{ResponseBody: []byte("Thanks")}, {Error: "connection refused"}},
		},
	}
}

func TestQuery_Matches(t *testing.T) {
	t.Parallel()
	call := journal.Entry{Kind: journal.KindCall, Call: &journal.Call{Operation: "send", Path: "/wa/Msg", Body: []byte("src.name=x"), Response: []byte(`{"status":"ok"}`)}}
	tests := map[string]struct {
		query journal.Query
		entry journal.Entry
		fits  bool
	}{
		"empty query":                  {journal.Query{}, full(), true},
		"session":                      {journal.Query{Session: "s"}, full(), true},
		"another session":              {journal.Query{Session: "t"}, full(), false},
		"kind":                         {journal.Query{Kind: journal.KindCall}, full(), false},
		"run":                          {journal.Query{Run: "r"}, full(), true},
		"route":                        {journal.Query{Route: "gupshup/v2"}, full(), true},
		"provider":                     {journal.Query{Route: "gupshup"}, full(), true},
		"part of a route":              {journal.Query{Route: "gup"}, full(), false},
		"event":                        {journal.Query{Event: "message.delivered"}, full(), true},
		"events":                       {journal.Query{Event: "message.*"}, full(), true},
		"another event":                {journal.Query{Event: "message.deliver"}, full(), false},
		"types":                        {journal.Query{Type: "gupshup/*/message-event.*"}, full(), true},
		"star excludes slash":          {journal.Query{Type: "gupshup/*"}, full(), false},
		"operation":                    {journal.Query{Operation: "send"}, call, true},
		"operation of a delivery":      {journal.Query{Operation: "send"}, full(), false},
		"id of the entry":              {journal.Query{ID: "d"}, full(), true},
		"id of the delivery":           {journal.Query{ID: "planned"}, full(), true},
		"id of the message":            {journal.Query{ID: "m-1"}, full(), true},
		"id of the subscription":       {journal.Query{ID: "sub-1"}, full(), true},
		"another id":                   {journal.Query{ID: "m"}, full(), false},
		"phone":                        {journal.Query{Phone: "919000000001"}, full(), true},
		"phone in another format":      {journal.Query{Phone: "+91 90000-00001"}, full(), true},
		"phone without country code":   {journal.Query{Phone: "9000000001"}, full(), true},
		"end of a phone":               {journal.Query{Phone: "0000001"}, full(), false},
		"digits outside a phone":       {journal.Query{Phone: "919000000002"}, full(), false},
		"a phone without digits":       {journal.Query{Phone: "nobody"}, full(), false},
		"state":                        {journal.Query{State: journal.StateSucceeded}, full(), true},
		"status":                       {journal.Query{Status: "204"}, full(), true},
		"class":                        {journal.Query{Status: "2xx"}, full(), true},
		"another status":               {journal.Query{Status: "200"}, full(), false},
		"another class":                {journal.Query{Status: "4xx"}, full(), false},
		"class without a status":       {journal.Query{Status: "2xx"}, journal.Entry{}, false},
		"text of the body":             {journal.Query{Text: "grüße"}, full(), true},
		"text of the response":         {journal.Query{Text: "THANKS"}, full(), true},
		"text of the error":            {journal.Query{Text: "refused"}, full(), true},
		"text of the note":             {journal.Query{Text: "note"}, full(), true},
		"text of a call":               {journal.Query{Text: "NAME=X"}, call, true},
		"text of a path":               {journal.Query{Text: "/wa/msg"}, call, true},
		"text of a response to a call": {journal.Query{Text: `"OK"`}, call, true},
		"a text that begins twice":     {journal.Query{Text: "nnot"}, journal.Entry{Text: "nnnnot"}, true},
		"a text in any case":           {journal.Query{Text: "ÜbEr"}, journal.Entry{Text: "hin Übergabe"}, true},
		"the case of other letters":    {journal.Query{Text: "ü"}, journal.Entry{Text: "Ü"}, false},
		"another text":                 {journal.Query{Text: "thankss"}, full(), false},
		"since":                        {journal.Query{Since: noon()}, full(), true},
		"since later":                  {journal.Query{Since: noon().Add(1)}, full(), false},
		"until":                        {journal.Query{Until: noon()}, full(), false},
		"until later":                  {journal.Query{Until: noon().Add(1)}, full(), true},
		"after":                        {journal.Query{After: 1}, full(), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, test.query.Check())
			l := journal.New(journal.Limit{})
			l.Add(test.entry)
			found, next, err := l.Find(t.Context(), test.query)
			require.NoError(t, err)
			require.Equal(t, test.fits, len(found) == 1)
			require.Empty(t, next)
		})
	}
}

func TestCheck_RejectsInvalidQueries(t *testing.T) {
	t.Parallel()
	for want, query := range map[string]journal.Query{
		`unknown kind "deliverys"; did you mean "delivery"?`:      {Kind: "deliverys"},
		`unknown state "droped"; did you mean "dropped"?`:         {State: "droped"},
		`unknown state "delivered"; it is now "succeeded"`:        {State: "delivered"},
		`unknown kind "arrival"; it is now "received"`:            {Kind: "arrival"},
		`read status: "2x" is neither`:                            {Status: "2x"},
		`read status: "600" is neither`:                           {Status: "600"},
		`read event: "message.[" is not a valid pattern`:          {Event: "message.["},
		"read cursor: \"2\" is not the `next` of a previous page": {Cursor: "2"},
	} {
		require.ErrorContains(t, query.Check(), want)
	}
	_, _, err := journal.New(journal.Limit{}).Find(t.Context(), journal.Query{Cursor: "2"})
	require.ErrorContains(t, err, "is not the `next` of a previous page")
}

func TestFind_PagesAreStable(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	var want []string
	for n := range 700 {
		e := l.Add(journal.Entry{Status: 200 + n%2})
		if n%2 == 0 {
			want = append([]string{e.ID}, want...)
		}
	}
	q := journal.Query{Status: "200", Limit: 35}
	var got []string
	pages := 0
	for {
		found, next, err := l.Find(t.Context(), q)
		require.NoError(t, err)
		pages++
		require.Len(t, found, 35)
		got = append(got, ids(found)...)
		if q.Cursor = next; next == "" {
			break
		}
		l.Add(journal.Entry{Status: 200})
		l.Update(want[0], func(e *journal.Entry) { e.Text = fmt.Sprint(pages) })
	}
	require.Equal(t, want, got)
	require.Equal(t, 10, pages, "the last page has no cursor")
}

// A search ends when its client has gone.
func TestFind_EndsWithContext(t *testing.T) {
	t.Parallel()
	l := journal.New(journal.Limit{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	searched := 0
	for range 600 {
		l.Add(deferredEntry(func() (webhook.Event, map[string]string, error) {
			searched++
			cancel()
			return webhook.Event{}, nil, nil
		}))
	}
	_, _, err := l.Find(ctx, journal.Query{Text: "nowhere"})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, searched)
	for range l.Follow(ctx, journal.Query{Text: "nowhere"}, 0) {
		require.Fail(t, "nothing matches")
	}
	require.Equal(t, 1, searched)
}

// A follower that waits is woken without a search under the lock: the search below reads the log, so
// that it would never end.
func TestFollow_SearchesOutsideTheLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := journal.New(journal.Limit{})
		found := make(chan []journal.Entry, 1)
		go func() {
			entries, err := l.Wait(t.Context(), journal.Query{ID: "1"}, 1)
			assert.NoError(t, err)
			found <- entries
		}()
		synctest.Wait()
		l.Add(deferredEntry(func() (webhook.Event, map[string]string, error) {
			return webhook.Event{}, map[string]string{"message.id": strconv.FormatUint(l.Last(), 10)}, nil
		}))
		require.Len(t, <-found, 1)
	})
}
