package state_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

// A wish is a subscription and what it should get of the events at hand.
type wish struct {
	name   string
	route  string
	values []string
}

func TestTargets_MatchSubscriptions(t *testing.T) {
	t.Parallel()
	gupshup := []wish{
		{"all", "gupshup/v2", nil},
		{"ALL", "gupshup/v2", []string{"subscription.modes", "ALL"}},
		{"sent", "gupshup/v2", []string{"subscription.modes", "SENT"}},
		{"template", "gupshup/v2", []string{"subscription.modes", "TEMPLATE"}},
		{"word", "gupshup/v2", []string{"subscription.modes", "message.read"}},
		{"none", "gupshup/v2", []string{"subscription.modes", "NONE"}},
		{"asleep", "gupshup/v2", []string{"subscription.active", "false"}},
		{"three", "gupshup/v2", []string{"subscription.version", "3", "subscription.modes", "SENT,TEMPLATE"}},
		{"both", "gupshup", []string{"subscription.modes", "SENT"}},
	}
	mobtexting := []wish{
		{"all", "mobtexting", nil},
		{"default", "mobtexting/whatsapp", nil},
		{"sms", "mobtexting/sms", nil},
		{"in", "mobtexting", []string{"subscription.modes", "whatsapp:message:in"}},
		{"report", "mobtexting", []string{"subscription.modes", "sms:message:status"}},
	}
	netcore := []wish{{"any", "netcore", nil}, {"incoming", "netcore", []string{"subscription.kind", "incoming"}}, {"events", "netcore", []string{"subscription.kind", "events"}}}
	tata := []wish{
		{"any", "tata-omni", nil},
		{"messages", "tata-omni", []string{"subscription.kind", "messages"}},
		{"statuses", "tata-omni", []string{"subscription.kind", "statuses"}},
		{"read", "tata-omni", []string{"subscription.kind", "statuses", "subscription.modes", "message.read"}},
	}
	for _, c := range []struct {
		wishes             []wish
		route, event, word string
		want               []string
	}{
		{gupshup, "gupshup/v2", "gupshup/v2/message-event.sent", "message.sent", []string{"all", "ALL", "sent", "both"}},
		{gupshup, "gupshup/v2", "gupshup/v2/message-event.read", "message.read", []string{"all", "ALL", "word"}},
		{gupshup, "gupshup/v2", "gupshup/v2/template-event.status-update", "template.approved", []string{"all", "ALL", "template"}},
		{gupshup, "gupshup/v2", "gupshup/v2/message-event.failed", "message.failed", []string{"all", "ALL", "sent", "template", "word", "none", "both"}},
		{gupshup, "gupshup/v2", "gupshup/v2/message.text", "inbound.text", []string{"all", "ALL", "sent", "template", "word", "none", "both"}},
		{gupshup, "gupshup/v2", "gupshup/v2/referral", "", []string{"all", "ALL"}},
		{gupshup, "gupshup/v3", "gupshup/v3/status.sent", "message.sent", []string{"three", "both"}},
		{gupshup, "gupshup/v3", "gupshup/v3/status.read", "message.read", nil},
		{gupshup, "gupshup/v3", "gupshup/v2/billing-event", "billing.deducted", []string{"three", "both"}},
		{gupshup, "gupshup/v3", "v3/message_template_status_update", "template.paused", []string{"three"}},
		{gupshup, "netcore", "netcore/event.sent", "message.sent", nil},
		{mobtexting, "mobtexting/whatsapp", "mobtexting/whatsapp.message.in", "inbound.text", []string{"all", "default", "in"}},
		{mobtexting, "mobtexting/whatsapp", "mobtexting/whatsapp.message.status", "message.sent", []string{"all", "default", "in", "report"}},
		{mobtexting, "mobtexting/sms", "mobtexting/sms.message.status", "message.delivered", []string{"all", "default", "sms", "in", "report"}},
		{mobtexting, "mobtexting/sms", "mobtexting/sms.unsubscription", "contact.opted-out", []string{"all", "default", "sms"}},
		{netcore, "netcore", "netcore/incoming.text", "inbound.text", []string{"any", "incoming"}},
		{netcore, "netcore", "netcore/event.delivered", "message.delivered", []string{"any", "events"}},
		{tata, "tata-omni", "tata-omni/message.text", "inbound.text", []string{"any", "messages"}},
		{tata, "tata-omni", "tata-omni/status.delivered", "message.delivered", []string{"any", "statuses"}},
		{tata, "tata-omni", "tata-omni/status.read", "message.read", []string{"any", "statuses", "read"}},
	} {
		require.Equal(t, c.want, getters(t, c.wishes, c.route, c.event, c.word), "%s on %s", c.event, c.route)
	}
}

// getters are the names of those who get an event, in the order of the wishes.
func getters(t *testing.T, wishes []wish, route, event, word string) []string {
	t.Helper()
	r := rules(t)
	r.Limit = func(string, string) int { return 0 }
	d := on(t, "", r)
	for _, w := range wishes {
		d.route = w.route
		d.must("subscription.create", append([]string{"subscription.url", url, "subscription.name", w.name}, w.values...)...)
	}
	on, err := catalog(t).Route(route)
	require.NoError(t, err)
	var names []string
	for _, sub := range d.Targets(on, event, word, begin()) {
		names = append(names, sub.Name)
	}
	return names
}

func TestTargets_ReturnCopies(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	d.must("subscription.create", "subscription.url", url, "subscription.modes", "SENT", "subscription.headers", `{"A": "b"}`)
	route, err := catalog(t).Route("gupshup/v2")
	require.NoError(t, err)
	get := func() []state.Subscription { return d.Targets(route, "gupshup/v2/message-event.sent", "", begin()) }
	get()[0].Modes[0], get()[0].Header[0][1] = "ALL", "c"
	require.Equal(t, []string{"SENT"}, get()[0].Modes)
	require.Equal(t, [][2]string{{"A", "b"}}, get()[0].Header)
}
