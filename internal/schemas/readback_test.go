package schemas_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A body has the canonical events whose where it matches, and the reasons of its status or code.
func TestRoute_ReadsEventsAndReasonsBack(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for _, c := range []struct {
		route, name, body string
		events, reasons   []string
	}{
		{"mobtexting/sms", "mobtexting/sms.message.status", `{"status": "DELIVRD"}`, []string{"message.delivered"}, nil},
		{"mobtexting/sms", "mobtexting/sms.message.status", `{"status": "EXPIRED"}`, []string{"message.failed", "message.undelivered"}, []string{"expired"}},
		{"mobtexting/sms", "mobtexting/sms.message.status", `{"status": "AWAITING-DLR"}`, nil, nil},
		{"mobtexting/rcs", "mobtexting/rcs.message.status", `{"payload": {"status": "read"}}`, []string{"message.read"}, nil},
		{"netcore", "netcore/event.sent", `[{}]`, []string{"message.sent"}, nil},
		{"gupshup/v2", "gupshup/v2/template-event.status-update", `{"payload": {"status": "paused"}}`, []string{"template.paused"}, nil},
		{
			"gupshup/v2", "gupshup/v2/message-event.failed", `{"payload": {"payload": {"code": 1002, "reason": "Number Does Not Exist On WhatsApp"}}}`,
			[]string{"message.failed"}, []string{"not-on-whatsapp"},
		},
		{"gupshup/v2", "gupshup/v2/message-event.failed", `{"payload": {"payload": {"code": 7}}}`, []string{"message.failed"}, nil},
		{"gupshup/v2", "gupshup/v2/message-event.failed", `{}`, []string{"message.failed"}, nil},
	} {
		r, err := catalog.Route(c.route)
		require.NoError(t, err)
		kind, err := catalog.Type(c.name)
		require.NoError(t, err)
		body, _, err := document.JSON([]byte(c.body), document.BodyLimits())
		require.NoError(t, err)
		require.Equal(t, c.events, r.CanonicalEvents(kind, &body), c.body)
		require.Equal(t, c.reasons, r.ReasonsIn(kind, &body), c.body)
	}
}

func TestEventType_HasValue(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	sent, err := catalog.Type("gupshup/v2/message-event.sent")
	require.NoError(t, err)
	require.True(t, sent.HasValue("message.channel_id"))
	require.False(t, sent.HasValue("template.id"))
	voice, err := catalog.Type("mobtexting/voice.message.out")
	require.NoError(t, err)
	require.False(t, voice.HasValue("fake.phone"), "it can't be read back")
}
