package mock_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

func two(t *testing.T) *mock.Response {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	route, err := catalog.Route("gupshup/v2")
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	request := generator.Request{Route: route, Run: 1, Seed: 1, Messages: 1, Start: at}
	first := mock.NewMessage(g, request, mock.Settings(map[string]string{"recipient.phone": "919000000001"}))
	shared := map[string]string{}
	first.SetValues(shared, "message.request_id")
	request.Seed, request.Messages = 2, 2
	second := mock.NewMessage(g, request, mock.Settings(map[string]string{"recipient.phone": "919000000002"}, shared))
	return &mock.Response{Generator: g, Request: generator.Request{Route: route, Run: 1, Seed: 3, Messages: 3, Start: at}, Messages: []mock.Message{first, second}}
}

func textOf(t *testing.T, a *mock.Response, item int, name string) string {
	t.Helper()
	v, ok := a.Lookup(item, name)
	require.True(t, ok, name)
	return v.Text()
}

func TestResponse_NamesEachMessage(t *testing.T) {
	t.Parallel()
	a := two(t)
	require.Equal(t, 2, a.Count("messages"))
	require.NotEqual(t, textOf(t, a, 0, "message.id"), textOf(t, a, 1, "message.id"))
	require.Equal(t, textOf(t, a, 0, "message.id"), textOf(t, a, -1, "message.id"), "what stands in no list is of the first")
	require.Equal(t, "919000000002", textOf(t, a, 1, "recipient.phone"))
	known := map[string]string{}
	a.Messages[1].SetValues(known, mock.IDs()...)
	require.Equal(t, textOf(t, a, 1, "message.id"), known["message.id"], "the answer tells the ids of the webhooks")
	require.NotEmpty(t, known["message.channel_id"])
}

func TestResponse_StateValuesFirst(t *testing.T) {
	t.Parallel()
	a := two(t)
	a.Messages = nil
	a.Objects = []map[string]value.Value{{"template.name": value.OfID("welcome")}}
	require.Equal(t, 1, a.Count("templates"))
	require.Equal(t, "welcome", textOf(t, a, 0, "template.name"))
	_, ok := a.Lookup(0, "template.language")
	require.False(t, ok, "of what the platform knows, nothing is made up")
	require.NotEmpty(t, textOf(t, a, 0, "app.name"), "the rest is the call's")
	a.Request.Route = nil
	_, ok = a.Lookup(0, "app.name")
	require.False(t, ok)
}

func TestSettings_SortedLastWins(t *testing.T) {
	t.Parallel()
	require.Equal(t, []scenarios.Setting{
		{Name: "error", Text: "not-on-whatsapp"}, {Name: "message.text", Text: "{{hello}}", Literal: true}, {Name: "recipient.phone", Text: "2", Literal: true},
	}, mock.Settings(
		map[string]string{"recipient.phone": "1", "message.text": "{{hello}}", "call.key": "of the call alone"},
		map[string]string{"recipient.phone": "2", "error": "not-on-whatsapp"},
	))
	require.Equal(t, []scenarios.Setting{{Name: "message.tags", Absent: true, Anywhere: true}},
		mock.UnsetFields(map[string]string{"message.foreign_id": "a", "message.metadata": ""}))
}

func TestRecipient_PhoneOrUserID(t *testing.T) {
	t.Parallel()
	both := map[string]string{"recipient.phone": "919000000001", "recipient.user_id": "IN.1", "message.foreign_id": "", "message.tags": "", "message.metadata": ""}
	require.Equal(t, "919000000001", mock.Recipient(both))
	require.Empty(t, mock.UnsetFields(both))
	delete(both, "recipient.phone")
	require.Equal(t, "IN.1", mock.Recipient(both))
	require.Equal(t, []scenarios.Setting{{Name: "recipient.phone", Absent: true, Anywhere: true}}, mock.UnsetFields(both))
	require.Empty(t, mock.Recipient(nil))
}
