package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/server"
)

func newSession(t *testing.T) (session *server.Session, endpoint string) {
	t.Helper()
	mock, err := server.New(server.Options{Speed: server.Immediate, Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { mock.Close() })
	consumer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	t.Cleanup(consumer.Close)
	return mock.Session("one"), consumer.URL
}

func TestSession_PlaysEmitsAndRedelivers(t *testing.T) {
	t.Parallel()
	session, endpoint := newSession(t)
	run, err := session.Play(t.Context(), server.RunOptions{Scenario: "message-delivered", Route: "netcore", Seed: new(uint64), To: endpoint})
	require.NoError(t, err)
	require.Equal(t, []any{"message-delivered", "netcore", uint64(0)}, []any{run.Scenario, run.Route, run.Seed})
	read, err := session.Wait(t.Context(), server.Query{Kind: "delivery", Run: run.ID, Event: "message.read", State: "succeeded"})
	require.NoError(t, err)
	require.Equal(t, "netcore/event.read", read.Type)
	require.Len(t, read.Delivery.Attempts, 1)
	again, err := session.Redeliver(t.Context(), read.ID)
	require.NoError(t, err)
	again, err = session.Wait(t.Context(), server.Query{ID: again.ID, State: "succeeded"})
	require.NoError(t, err)
	require.Equal(t, read.Delivery.Event.Body, again.Delivery.Event.Body)
	scheduled, err := session.Emit(t.Context(), server.EmitOptions{Type: "gupshup/v3/status.sent", With: map[string]*string{"recipient.phone": new("919000000001")}, To: endpoint})
	require.NoError(t, err)
	require.Len(t, scheduled, 1)
	require.Equal(t, "919000000001", scheduled[0].Values["recipient.phone"])
	canceled, err := session.Cancel(run.ID)
	require.NoError(t, err)
	require.Len(t, session.Runs(), 2)
	require.Equal(t, run.ID, canceled.ID)
	deliveries, err := session.Entries(server.Query{Kind: "delivery"})
	require.NoError(t, err)
	require.Greater(t, len(deliveries), 3)
	session.Reset()
	require.Empty(t, session.Runs())
}

func TestSession_RulesApply(t *testing.T) {
	t.Parallel()
	session, endpoint := newSession(t)
	rule, err := session.AddRule(server.Rule{On: "deliveries", Match: server.RuleMatch{Event: "message.sent"}, Faults: []server.Fault{"drop", `{"delay": "1s"}`}, Times: 2})
	require.NoError(t, err)
	scheduled, err := session.Emit(t.Context(), server.EmitOptions{Event: "message.sent", Route: "netcore", To: endpoint})
	require.NoError(t, err)
	require.Equal(t, "dropped", scheduled[0].State)
	rules := session.Rules()
	require.Len(t, rules, 1)
	require.Equal(t, []any{rule.ID, 1, rule.Faults}, []any{rules[0].ID, rules[0].Applied, rules[0].Faults})
	require.NoError(t, session.RemoveRule(rule.ID))
	require.ErrorIs(t, session.RemoveRule(rule.ID), server.ErrNotFound)
}

func TestSession_ErrorsAreTyped(t *testing.T) {
	t.Parallel()
	session, endpoint := newSession(t)
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"route of a run":          {second(session.Play(t.Context(), server.RunOptions{Scenario: "message-delivered", Route: "gupshop"})), server.ErrUnknownRoute},
		"route of a subscription": {second(session.Subscribe(t.Context(), "gupshop", endpoint)), server.ErrUnknownRoute},
		"route of a query":        {second(session.Wait(t.Context(), server.Query{Route: "gupshop"})), server.ErrUnknownRoute},
		"scenario":                {second(session.Play(t.Context(), server.RunOptions{Scenario: "message-deliverd"})), server.ErrUnknownScenario},
		"canonical event":         {second(session.Emit(t.Context(), server.EmitOptions{Event: "message.snt", Route: "netcore"})), server.ErrUnknownType},
		"type":                    {second(session.Emit(t.Context(), server.EmitOptions{Type: "netcore/event.snt"})), server.ErrUnknownType},
		"type of a rule":          {second(session.AddRule(server.Rule{On: "deliveries", Match: server.RuleMatch{Type: "netcore/event.snt"}, Faults: []server.Fault{"drop"}})), server.ErrUnknownType},
		"run":                     {second(session.Cancel("run-99")), server.ErrNotFound},
		"delivery":                {second(session.Redeliver(t.Context(), "delivery-99")), server.ErrNotFound},
	} {
		require.ErrorIs(t, c.err, c.want, name)
		require.NotContains(t, c.err.Error(), "\n", name)
	}
	require.Error(t, second(session.Subscribe(t.Context(), "gupshup/v2", "nowhere")))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, second(session.Wait(ended, server.Query{Kind: "note"})), context.Canceled)
}

func second[T any](_ T, err error) error { return err }

func TestSession_OfAClosedServerIsUnavailable(t *testing.T) {
	t.Parallel()
	mock, err := server.New(server.Options{})
	require.NoError(t, err)
	mock.Close()
	_, err = mock.Session("late").Play(t.Context(), server.RunOptions{Scenario: "message-delivered", Route: "netcore"})
	require.ErrorIs(t, err, server.ErrUnavailable)
}

func TestSpeed_ReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]server.Speed{"1x": server.RealTime, "60x": 60, "0.5x": 0.5, "max": server.Immediate} {
		got, err := server.ParseSpeed(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, text, got.String())
	}
	for _, speed := range []server.Speed{-2, 0.0001, 1e9} {
		_, err := server.New(server.Options{Speed: speed})
		require.Error(t, err, "%v", speed)
	}
}

func TestFault_JSONIsANameOrAMapping(t *testing.T) {
	t.Parallel()
	text := `["drop",{"duplicate":{"copies":2}}]`
	var faults []server.Fault
	require.NoError(t, json.Unmarshal([]byte(text), &faults))
	require.Equal(t, []server.Fault{"drop", `{"duplicate":{"copies":2}}`}, faults)
	got, err := json.Marshal(faults)
	require.NoError(t, err)
	require.JSONEq(t, text, string(got))
}
