package state_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

func TestObject_KeepsWhatItWasGiven(t *testing.T) {
	t.Parallel()
	d := on(t, "mobtexting/sms", rules(t))
	body := func(o state.Outcome) string { return strings.Join(texts(o, "object.body"), " ") }
	made := d.must("object.create", "object.kind", "sender", "object.body", `{"name":"LOTUSS","service":"T"}`)
	id := texts(made, "object.id")[0]
	require.Regexp(t, `^\d{5}$`, id, "as the provider's data has it")
	require.JSONEq(t, `{"name":"LOTUSS","service":"T"}`, body(made))

	d.now = d.now.Add(time.Minute)
	changed := d.must("object.update", "object.kind", "sender", "object.id", id, "object.body", `{"service":"MKT"}`)
	require.JSONEq(t, `{"name":"LOTUSS","service":"MKT"}`, body(changed))
	require.Equal(t, begin().Add(time.Minute), changed.Objects[0]["object.modified_at"].Time())
	require.Equal(t, begin(), changed.Objects[0]["object.created_at"].Time())

	other := d.id2("object.create", "object.kind", "tag", "object.parent", "7", "object.body", `not an object`)
	require.Equal(t, "{}", body(d.must("object.get", "object.kind", "tag", "object.id", other)))
	require.Len(t, d.must("object.list", "object.kind", "sender").Objects, 1)
	require.Len(t, d.must("object.list", "object.kind", "tag", "object.parent", "7").Objects, 1)
	require.Empty(t, d.must("object.list", "object.kind", "tag", "object.parent", "8").Objects)
	require.Empty(t, d.must("object.list", "object.kind", "tag", "object.id", "none").Objects)

	require.Equal(t, "unknown-id", d.try("object.get", "object.kind", "tag", "object.id", id).Failure, "of another kind")
	require.Equal(t, "unknown-id", d.try("object.get", "object.kind", "tag", "object.id", other, "object.parent", "8").Failure)
	require.Equal(t, "unknown-id", d.try("object.delete", "object.kind", "tag").Failure, "without an ID")
	require.Equal(t, "object-exists", d.try("object.create", "object.kind", "tag", "object.id", other).Failure)
	big := strings.Repeat("x", 5000)
	d.must("object.update", "object.kind", "tag", "object.id", other, "object.body", `{"a":"`+big+`"}`)
	require.Equal(t, "value-invalid", d.try("object.update", "object.kind", "tag", "object.id", other, "object.body", `{"b":"`+big+`"}`).Failure)

	d.route = "gupshup/v2"
	require.Equal(t, "unknown-id", d.try("object.get", "object.kind", "sender", "object.id", id).Failure, "of another provider")
	d.route = "mobtexting/rcs"
	d.must("object.delete", "object.kind", "sender", "object.id", id)
	require.Equal(t, "unknown-id", d.try("object.update", "object.kind", "sender", "object.id", id).Failure)
	d.must("object.put", "object.kind", "profile", "object.id", "a", "object.body", `{"city":"Pune"}`)
	require.JSONEq(t, `{"city":"Pune","zip":"1"}`, body(d.must("object.put", "object.kind", "profile", "object.id", "a", "object.body", `{"zip":"1"}`)))
}

// id2 is the ID of an object that a command creates.
func (d *doer) id2(name string, values ...string) string {
	return texts(d.must(name, values...), "object.id")[0]
}

func TestVerification_OnceUntilItExpires(t *testing.T) {
	t.Parallel()
	d := on(t, "mobtexting/sms", rules(t))
	send := func(values ...string) string {
		return texts(d.must("verification.create", append(values, "recipient.phone", phone)...), "verification.id")[0]
	}
	check := func(id, code string) string {
		return d.try("verification.check", "verification.id", id, "verification.code", code).Failure
	}
	first := send()
	require.Equal(t, "code-invalid", check(first, "12345"))
	require.Empty(t, check(first, "123456"))
	require.Equal(t, "already-verified", check(first, "123456"))
	require.Equal(t, "already-verified", d.try("verification.cancel", "verification.id", first).Failure)
	require.Equal(t, "unknown-id", check("none", "123456"))

	require.Empty(t, check(send("verification.code", "48151"), "48151"), "the code of the call")
	require.Empty(t, check(send("verification.length", "4"), "1234"))
	require.Empty(t, d.try("verification.check", "recipient.phone", other, "verification.code", "1").Objects, "nothing was sent to the number")
	send("verification.code", "7")
	require.Empty(t, d.must("verification.check", "recipient.phone", phone, "verification.code", "7").Failure, "the last one of the number")

	canceled := send()
	d.must("verification.cancel", "verification.id", canceled)
	require.Equal(t, "unknown-id", check(canceled, "123456"))
	require.Equal(t, []string{"canceled"}, texts(d.must("verification.get", "verification.id", canceled), "verification.status"))

	late, later := send(), send("verification.timeout", "10m")
	d.now = d.now.Add(2 * time.Minute)
	require.Equal(t, "expired", check(late, "123456"))
	require.Empty(t, check(later, "123456"))
	require.Equal(t, "value-invalid", d.try("verification.create", "recipient.phone", phone, "verification.length", "11").Failure)
	require.Equal(t, "number-missing", d.try("verification.create").Failure)
	d.route = "gupshup/v2"
	require.Equal(t, "unknown-id", d.try("verification.get", "verification.id", first).Failure, "of another provider")
}

func TestContact_ListAndBlock(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	require.Equal(t, []string{"unknown"}, texts(d.must("contact.get", "recipient.phone", phone), "recipient.opt_status"))
	d.must("contact.opt-in", "recipient.phone", phone)
	d.must("contact.opt-out", "recipient.phone", other)
	d.Message("gupshup/v2", phone, d.now)
	all := d.must("contact.list")
	require.Equal(t, []string{phone, other}, texts(all, "recipient.phone"))
	require.Equal(t, []string{"opted-in", "opted-out"}, texts(all, "recipient.opt_status"))
	require.Equal(t, begin(), all.Objects[0]["recipient.last_at"].Time())
	require.Equal(t, phone[2:], all.Objects[0]["recipient.dial_code"].Text())
	require.Equal(t, []string{"opted-out"}, texts(d.must("contact.get", "recipient.phone", other), "recipient.opt_status"))

	d.must("contact.block", "recipient.phone", phone)
	d.must("contact.block", "recipient.phone", phone)
	require.Equal(t, []string{phone}, texts(d.must("contact.blocked"), "recipient.phone"))
	require.Equal(t, "number-missing", d.try("contact.block").Failure)
	d.must("contact.unblock", "recipient.phone", phone)
	require.Empty(t, d.must("contact.blocked").Objects)
	d.route = "mobtexting/whatsapp"
	require.Empty(t, d.must("contact.list").Objects, "of another provider")
}

// A template of which nothing is known is an approved one, as it is to a message.
func TestTemplate_Get(t *testing.T) {
	t.Parallel()
	const unknown = "5b9f6f0e-3c55-4c3c-9b6a-6f1f0a6d2a11"
	for _, checked := range []bool{false, true} {
		r := rules(t)
		r.TemplatesChecked = checked
		d := on(t, "gupshup/v2", r)
		id := d.id("template.create", "template.name", "a", "template.text", "b", "template.buttons", "[]")
		found := d.must("template.get", "template.id", id)
		require.Equal(t, []string{"pending"}, texts(found, "template.status"))
		require.Equal(t, []string{"[]"}, texts(found, "template.buttons"))
		require.Equal(t, "unknown-id", d.try("template.get", "template.id", "a").Failure)
		require.Equal(t, "unknown-id", d.try("template.get").Failure)
		if o := d.try("template.get", "template.id", unknown); checked {
			require.Equal(t, "unknown-id", o.Failure)
		} else {
			require.Equal(t, []string{"approved"}, texts(o, "template.status"))
			require.Equal(t, d.facts("template.id", unknown)["template.status"], texts(o, "template.status")[0])
		}
		require.Len(t, d.must("template.list").Objects, 1, "to look for a template doesn't create it")
	}
}

func TestSubscription_PutKeepsOnePerTag(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	put := func(app, url string) string {
		return d.id("subscription.put", "app.id", app, "subscription.tag", "callbackUrl", "subscription.url", url)
	}
	first := put("a", "http://127.0.0.1/1")
	require.Equal(t, first, put("a", "http://127.0.0.1/2"))
	require.NotEqual(t, first, put("b", "http://127.0.0.1/1"))
	require.Equal(t, []string{"http://127.0.0.1/2"}, texts(d.must("subscription.get", "subscription.id", first, "app.id", "a"), "subscription.url"))
	require.Equal(t, "url-invalid", d.try("subscription.put", "app.id", "a", "subscription.tag", "callbackUrl", "subscription.url", "nowhere").Failure)
}

// What is kept survives a snapshot, and what can't be is rejected with its place.
func TestSnapshot_ObjectsVerificationsBlocked(t *testing.T) {
	t.Parallel()
	d := on(t, "mobtexting/sms", rules(t))
	d.must("object.create", "object.kind", "tag", "object.body", `{"name":"a"}`)
	d.must("verification.create", "recipient.phone", phone)
	d.must("contact.block", "recipient.phone", other)
	exported := d.Export(true)
	text, err := json.Marshal(exported)
	require.NoError(t, err)
	var again state.Snapshot
	require.NoError(t, json.Unmarshal(text, &again))
	imported, err := state.Import(rules(t), again)
	require.NoError(t, err)
	require.Equal(t, exported, imported.Export(true))

	again.Objects = append(again.Objects, again.Objects[0])
	_, err = state.Import(rules(t), again)
	require.ErrorContains(t, err, "/objects/1: missing or duplicate id")
	again.Objects, again.Verifications = nil, append(again.Verifications, state.Verification{})
	_, err = state.Import(rules(t), again)
	require.ErrorContains(t, err, "/verifications/1: missing or duplicate id")
	again.Verifications, again.Blocked = nil, make([]state.Contact, 10_001)
	_, err = state.Import(rules(t), again)
	require.ErrorContains(t, err, "/blocked has 10001 entries")
}
