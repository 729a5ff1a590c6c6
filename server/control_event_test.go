package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

// An event that goes to two targets is one event with two deliveries.
func TestEvents_ShowDeliveries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for i, target := range []string{"shop", "archive"} {
		e := aDelivery()
		delivery := *e.Delivery
		e.ID, e.Endpoint, e.Delivery = []string{"d", "e"}[i], target, &delivery
		delivery.ID = "event-1"
		if target == "archive" {
			delivery.Attempts = append(delivery.Attempts, webhook.Attempt{At: noon(), Failure: webhook.FailureTimeout, Error: "no answer"})
		}
		s.log.Add(e)
	}
	other := aDelivery()
	other.ID, other.CanonicalEvent = "f", "message.read"
	s.log.Add(other)

	list := s.ask(t, "GET", "/events", "").json(t)["data"].([]any)
	require.Len(t, list, 2)
	require.Equal(t, "d", list[0].(map[string]any)["id"], "the newest first")
	require.NotContains(t, list[1], "body", "a list is short, unless all is wanted")
	event := s.ask(t, "GET", "/events/event-1", "").json(t)
	require.Equal(t, `{"a":"<&>"}`, event["body"])
	require.Equal(t, "unknown", event["verdicts"].([]any)[0].(map[string]any)["verdict"], "it is validated now")
	require.Len(t, event["deliveries"], 2)
	require.Equal(t, map[string]any{"id": "e", "endpoint": "archive", "state": "succeeded", "status": 200.0, "attempts": 2.0}, event["deliveries"].([]any)[0])
	require.Len(t, s.ask(t, "GET", "/events?event=message.read", "").json(t)["data"], 1)
	s.ask(t, "GET", "/events/nobody", "").problem(t, 404)

	attempts := s.ask(t, "GET", "/attempts?id=event-1", "").json(t)["data"].([]any)
	require.Len(t, attempts, 3)
	last := attempts[0].(map[string]any)
	require.Equal(t, []any{"e", 2.0, "timeout", "no answer"}, []any{last["delivery"], last["number"], last["failure"], last["error"]})
	s.ask(t, "GET", "/attempts?full=true", "").problem(t, 400)
}

func TestEvents_ScheduledHasNoBody(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.log.Add(journal.Entry{ID: "p", Kind: journal.KindDelivery, Session: defaultSession, Route: "gupshup/v2", CanonicalEvent: "message.sent", At: noon(), State: journal.StateScheduled})
	event := s.ask(t, "GET", "/events/p", "").json(t)
	require.NotContains(t, event, "body")
	require.Equal(t, []any{map[string]any{"id": "p", "state": "scheduled", "attempts": 0.0}}, event["deliveries"])
}
