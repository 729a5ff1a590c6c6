package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

func TestContact_OptOutAppliesToChannel(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	opted := func() string {
		f := d.facts("recipient.phone", phone)
		return f["recipient.opted_in"] + " " + f["recipient.opted_out"]
	}
	require.Equal(t, "false false", opted())
	o := d.must("contact.opt-out", "recipient.phone", "+"+phone)
	require.Equal(t, []string{"contact.opted-out"}, told(o))
	require.Equal(t, map[string]string{"recipient.phone": phone}, o.Events[0].With)
	require.Equal(t, "gupshup/v2", o.Events[0].Route)
	require.Equal(t, "false true", opted())
	require.Empty(t, told(d.must("contact.opt-out", "recipient.phone", phone)), "nothing has changed")
	d.route = "gupshup/v3"
	require.Equal(t, "false true", opted())
	require.Empty(t, told(d.must("contact.opt-in", "recipient.phone", phone)), "this version has no such event")
	d.route = "gupshup"
	require.Equal(t, "true false", opted())

	d.route = "mobtexting/sms"
	require.Equal(t, []string{"contact.opted-out"}, told(d.must("contact.opt-out", "recipient.phone", phone)))
	d.route = "mobtexting/whatsapp"
	require.Equal(t, "false false", opted(), "another channel has a list of its own")
	require.Equal(t, "number-missing", d.try("contact.opt-out").Failure)
	require.Equal(t, "number-invalid", d.try("contact.opt-in", "recipient.phone", "0x").Failure)
}

func TestServiceWindow_24Hours(t *testing.T) {
	t.Parallel()
	for _, shut := range []bool{false, true} {
		r := rules(t)
		r.WindowsShut = shut
		d := on(t, "gupshup/v2", r)
		open := func(phone string) string { return d.facts("recipient.phone", phone)["window.open"] }
		fallback := map[bool]string{false: "true", true: "false"}[shut]
		require.Equal(t, fallback, open(phone))
		d.Message("gupshup/v3", "+"+phone, d.now)
		d.Message("gupshup/v3", "nobody", d.now)
		require.Equal(t, "true", open(phone))
		d.now = begin().Add(24*time.Hour - 1)
		require.Equal(t, "true", open(phone))
		d.now = begin().Add(24 * time.Hour)
		require.Equal(t, "false", open(phone))
		d.must("window.open", "recipient.phone", phone)
		require.Equal(t, "true", open(phone))
		d.must("window.close", "recipient.phone", phone)
		require.Equal(t, "false", open(phone))
		require.Equal(t, fallback, open(other))
		d.must("window.close")
		require.Equal(t, "false", open(other))
		d.must("window.open")
		require.Equal(t, "true true", open(phone)+" "+open(other))
		d.now = d.now.Add(48 * time.Hour)
		require.Equal(t, "true", open(phone), "for all it is open for good")
		require.Equal(t, "number-invalid", d.try("window.open", "recipient.phone", "x").Failure)
	}
}

func TestAccount_RestrictedAndReinstated(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	restricted := func() string { return d.facts()["account.restricted"] }
	require.Equal(t, "false", restricted())
	require.Equal(t, []string{"account.restricted"}, told(d.must("account.restrict")))
	require.Equal(t, "true", restricted())
	require.Equal(t, []string{"account.reinstated"}, told(d.must("account.reinstate")))
	require.Equal(t, "false", restricted())
	require.Equal(t, []string{"account.disabled"}, told(d.must("account.disable")))
	require.Equal(t, "true", restricted())
	require.Equal(t, []string{"account.verified"}, told(d.must("account.verify")))
	require.Equal(t, []string{"account.tier"}, told(d.must("account.tier", "account.tier", "TIER_1K")))
	shown := d.must("account.show").Objects[0]
	require.Equal(t, "disabled", text(shown["account.status"]))
	require.Equal(t, "TIER_1K", text(shown["account.tier"]))
	require.True(t, shown["account.verified"].Bool())
	d.route = "netcore"
	require.Equal(t, "false", restricted(), "each provider has an account")
}

func TestToken_ExpiresAfterADay(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v3", rules(t))
	token := texts(d.must("token.issue"), "token.value")[0]
	require.NotEmpty(t, token)
	require.True(t, d.Issued("gupshup", token, begin().Add(24*time.Hour-1)))
	require.False(t, d.Issued("gupshup", token, begin().Add(24*time.Hour)))
	require.False(t, d.Issued("netcore", token, begin()))
	require.False(t, d.Issued("gupshup", "another", begin()))
}

func TestRecordEvent_ChangesState(t *testing.T) {
	t.Parallel()
	r := rules(t)
	r.WindowsShut = true
	d := on(t, "gupshup/v2", r)
	tell := func(event string, values ...string) { d.RecordEvent(d.route, event, lookup(pairs(values...)), d.now) }

	tell("inbound.text", "recipient.phone", phone)
	require.Equal(t, "true", d.facts("recipient.phone", phone)["window.open"])
	tell("contact.opted-out", "recipient.phone", phone)
	require.Equal(t, "true", d.facts("recipient.phone", phone)["recipient.opted_out"])
	tell("contact.updated", "recipient.phone", phone)
	require.Equal(t, "true", d.facts("recipient.phone", phone)["recipient.opted_out"])
	tell("account.restricted")
	require.Equal(t, "true", d.facts()["account.restricted"])
	tell("account.live")
	tell("account.reinstated")
	require.Equal(t, "false", d.facts()["account.restricted"])

	id := d.id("template.create", "template.name", "offer")
	tell("template.rejected", "template.id", id)
	d.now = d.now.Add(time.Hour)
	require.Equal(t, "rejected", d.facts("template.name", "offer")["template.status"], "a rejection ends the review")
	tell("template.paused")
	require.Equal(t, "rejected", d.facts("template.name", "offer")["template.status"], "it says of no template")
	tell("template.deleted", "template.name", "offer")
	require.Empty(t, d.must("template.list").Objects)
	for _, odd := range []string{"", "message", "message.sent", "template.quality", "nothing.at-all", "inbound.text"} {
		tell(odd)
	}
	require.Empty(t, d.Export(true).Messages)
}

func TestState_WithoutRules(t *testing.T) {
	t.Parallel()
	d := on(t, "somewhere", state.Rules{})
	d.must("subscription.create", "subscription.url", url, "subscription.modes", "anything", "subscription.version", "9")
	d.must("contact.opt-out", "recipient.phone", phone)
	require.Equal(t, map[string]string{
		"account.restricted": "false", "recipient.opted_in": "false", "recipient.opted_out": "true", "window.open": "true",
	}, d.facts("recipient.phone", phone))
}
