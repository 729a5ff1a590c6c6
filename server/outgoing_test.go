package server

import (
	"io/fs"
	"net/http"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
)

// unreachable is an endpoint that refuses connections.
const unreachable = "http://127.0.0.1:1/"

// deliveriesAfter returns the deliveries of some equal calls, by their ID and event.
func deliveriesAfter(t *testing.T, s *Server, calls int) map[string]journal.Entry {
	t.Helper()
	for range calls {
		require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
	}
	synctest.Wait()
	all := map[string]journal.Entry{}
	found, _, _ := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery})
	for _, e := range found {
		all[e.Delivery.ID] = e
	}
	return all
}

func TestOutgoing_DeferredAsDelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 3
		want := deliveriesAfter(t, newServer(t, func(o *Options) { o.To = []Destination{{URL: unreachable}} }), calls)
		s := newServer(t, nil)
		got := deliveriesAfter(t, s, calls)
		require.Len(t, got, len(want))
		deferred := 0
		for id, e := range got {
			sent := want[id]
			require.Equal(t, sent.Type, e.Type)
			require.Equal(t, sent.CanonicalEvent, e.CanonicalEvent)
			require.Equal(t, journal.StateDropped, e.State)
			if e.Deferred != nil {
				deferred++
				require.Empty(t, e.Delivery.Event.Body)
			}
			require.Equal(t, e.Complete(), e.Complete())
			e = e.Complete()
			require.Equal(t, string(sent.Delivery.Event.Body), string(e.Delivery.Event.Body))
			require.Equal(t, sent.Delivery.Event.Headers, e.Delivery.Event.Headers)
			require.Equal(t, sent.Delivery.Faults, e.Delivery.Faults)
			require.Equal(t, sent.Values, e.Values)
			require.NotEmpty(t, e.Values)
		}
		require.Equal(t, len(got)/calls*(calls-1), deferred, "only those of the first call are generated at once")
	})
}

// A search and a view find what is in a deferred event.
func TestOutgoing_DeferredIsFound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		var one journal.Entry
		for _, e := range deliveriesAfter(t, s, 2) {
			if e.Deferred != nil {
				one = e
			}
		}
		message := one.Complete().Values["message.id"]
		require.NotEmpty(t, message)
		for name, q := range map[string]journal.Query{"ID": {ID: message}, "text": {Text: message}, "phone": {Phone: "919000000002", Run: one.Run}} {
			q.Kind = journal.KindDelivery
			found, _, _ := s.journal.Find(t.Context(), q)
			require.Greater(t, len(found), 1, name)
			_, err := s.journal.Wait(t.Context(), q, len(found))
			require.NoError(t, err, name)
		}
		for _, path := range []string{"/api/v1/events/" + one.Delivery.ID, "/api/v1/deliveries/" + one.ID, "/api/v1/deliveries", "/api/v1/events?full=true"} {
			require.Contains(t, steer(t, s, "GET", path, "").Body.String(), message, path)
		}
	})
}

// An endpoint that subscribes while a rule holds back an event gets its bytes.
func TestOutgoing_SubscribedMeanwhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, func(o *Options) { o.Speed = RealTime })
		deliveriesAfter(t, s, 1)
		time.Sleep(time.Hour)
		require.Equal(t, http.StatusCreated, steer(t, s, "POST", "/api/v1/rules", `{"on":"deliveries","faults":[{"delay":"2h"}]}`).Code)
		deliveriesAfter(t, s, 1)
		time.Sleep(time.Hour)
		command := `{"name":"subscription.create","route":"gupshup/v2","values":{"subscription.check":"false","subscription.url":"` + unreachable + `"}}`
		require.Equal(t, http.StatusOK, steer(t, s, "POST", "/api/v1/state/commands", command).Code)
		time.Sleep(2 * time.Hour)
		found, _, _ := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery, Type: "gupshup/v2/message-event.delivered"})
		require.Len(t, found, 2)
		require.Empty(t, found[1].Endpoint)
		require.NotEmpty(t, found[0].Endpoint)
		require.Nil(t, found[0].Deferred)
		require.Contains(t, string(found[0].Delivery.Event.Body), `"delivered"`)
	})
}

// A scenario whose event can't be generated fails when it is played.
func TestOutgoing_ImpossibleEventFailsTheRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mine := fstest.MapFS{"mine.yaml": {Data: []byte("name: mine\ndescription: Mine.\nprovider: gupshup\nsteps:\n  - {send: message.sent, set: {/nowhere: 1}}\n")}}
		s := newServer(t, func(o *Options) { o.Scenarios = []fs.FS{mine} })
		for range 2 {
			run, err := s.Session("").Play(t.Context(), RunOptions{Scenario: "mine", Route: "gupshup/v2"})
			require.NoError(t, err)
			synctest.Wait()
			notes, _, _ := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindNote, Run: run.ID, Text: "unknown location"})
			require.Len(t, notes, 1)
			require.Contains(t, s.Session("").Runs()[0].Error, "set /nowhere")
		}
	})
}
