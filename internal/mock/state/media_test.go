package state_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

func (d *doer) upload(body []byte) state.Outcome {
	d.seed++
	return d.Do(state.Command{
		Name: "media.put", Route: d.route, Values: pairs("media.type", "image/png", "media.name", "a.png"), Body: body, At: d.now, Seed: d.seed,
	})
}

func TestMedia_ExpiresAfterSevenDays(t *testing.T) {
	t.Parallel()
	r := rules(t)
	d := on(t, "gupshup/v2", r)
	put := d.upload([]byte("abc")).Objects[0]
	id := text(put["media.id"])
	require.Equal(t, "/media/"+id, text(put["media.url"]))
	require.Equal(t, "3", text(put["media.size"]))
	require.Equal(t, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", text(put["media.sha256"]))
	require.Equal(t, begin().AddDate(0, 0, 7), put["media.expires_at"].Time())
	d.now = begin().AddDate(0, 0, 7).Add(-1)
	o := d.must("media.get", "media.id", id)
	require.Equal(t, "abc", string(o.Body))
	require.Equal(t, put, o.Objects[0])
	d.now = begin().AddDate(0, 0, 7)
	require.Equal(t, "expired", d.try("media.get", "media.id", id).Failure)
	require.Equal(t, "unknown-id", d.try("media.get", "media.id", "none").Failure)
	d.route = "netcore"
	require.Equal(t, "unknown-id", d.try("media.get", "media.id", id).Failure, "it is another's")
	d.route = "gupshup/v3"
	d.must("media.delete", "media.id", id)
	require.Equal(t, "unknown-id", d.try("media.delete", "media.id", id).Failure)
	require.Regexp(t, "^[0-9]{16}$", d.upload(nil).Objects[0]["media.id"].Text(), "as this route spells it")

	r.MediaURL = func(provider, id string) string { return "https://files.example/" + provider + "/" + id }
	d = on(t, "gupshup/v2", r)
	put = d.upload(nil).Objects[0]
	require.Equal(t, "https://files.example/gupshup/"+text(put["media.id"]), text(put["media.url"]))
}

func TestMedia_EvictsOldest(t *testing.T) {
	t.Parallel()
	r := rules(t)
	r.MediaBytes = 100
	d := on(t, "gupshup/v2", r)
	require.Equal(t, "too-large", d.upload(make([]byte, 101)).Failure)
	var ids []string
	for range 4 {
		ids = append(ids, text(d.upload(bytes.Repeat([]byte("x"), 30)).Objects[0]["media.id"]))
	}
	require.Equal(t, "unknown-id", d.try("media.get", "media.id", ids[0]).Failure)
	require.Len(t, d.must("media.get", "media.id", ids[1]).Body, 30)
	d.must("media.delete", "media.id", ids[2])
	require.Empty(t, d.upload(make([]byte, 40)).Failure)
	require.Len(t, d.must("media.get", "media.id", ids[1]).Body, 30)
	require.Empty(t, d.upload(make([]byte, 100)).Failure)
	require.Len(t, d.Export(false).Media, 1)
}

func TestMessage_StatusOnlyAdvances(t *testing.T) {
	t.Parallel()
	for want, events := range map[string][]string{
		"submitted":   nil,
		"enqueued":    {"enqueued"},
		"read":        {"enqueued", "delivered", "sent", "read", "delivered"},
		"failed":      {"enqueued", "failed", "delivered"},
		"undelivered": {"sent", "undelivered"},
		"sent":        {"sent", "clicked", "mismatch"},
	} {
		d := on(t, "mobtexting/whatsapp", rules(t))
		d.must("message.send", "message.id", "m1", "recipient.phone", phone, "message.foreign_id", "f1", "message.status", "queued")
		for _, word := range events {
			d.now = d.now.Add(time.Second)
			d.RecordEvent(d.route, "message."+word, lookup(pairs("message.id", "m1")), d.now)
		}
		o := d.must("message.status", "message.id", "m1")
		require.Equal(t, []string{want}, texts(o, "message.status"))
		require.Equal(t, []string{"f1"}, texts(o, "message.foreign_id"))
		require.Equal(t, begin(), o.Objects[0]["message.submitted_at"].Time())
		if want == "read" {
			require.Equal(t, begin().Add(4*time.Second), o.Objects[0]["message.read_at"].Time())
		}
	}
}

func TestMessage_FindByRecipient(t *testing.T) {
	t.Parallel()
	d := on(t, "mobtexting/whatsapp", rules(t))
	d.must("message.send", "message.id", "m1", "recipient.phone", "+"+phone)
	d.must("message.send", "message.id", "m2", "recipient.phone", other)
	d.must("message.send", "recipient.phone", phone)
	d.RecordEvent(d.route, "message.delivered", lookup(pairs("message.id", "m3", "recipient.phone", phone)), d.now)
	require.Equal(t, []string{"m1", "m3"}, texts(d.must("message.status", "recipient.phone", phone), "message.id"))
	require.Equal(t, []string{"submitted", "delivered"}, texts(d.must("message.status", "recipient.phone", phone), "message.status"))
	require.Equal(t, "unknown-id", d.try("message.status", "message.id", "m4").Failure)
	require.Equal(t, "number-missing", d.try("message.status").Failure)
	d.route = "gupshup"
	require.Equal(t, "unknown-id", d.try("message.status", "message.id", "m1").Failure)
}

func TestMessage_OldestIsForgotten(t *testing.T) {
	t.Parallel()
	bounded := rules(t)
	bounded.Messages = 2
	d := on(t, "mobtexting/whatsapp", bounded)
	for _, id := range []string{"m1", "m2", "m3"} {
		d.must("message.send", "message.id", id, "recipient.phone", phone)
	}
	require.Equal(t, "unknown-id", d.try("message.status", "message.id", "m1").Failure)
	d.must("message.status", "message.id", "m2")
	d.must("message.status", "message.id", "m3")
}
