package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTemplate_ReviewedThenApproved(t *testing.T) {
	t.Parallel()
	r := rules(t)
	r.TemplatesChecked = true
	d := on(t, "gupshup/v2", r)
	require.Equal(t, map[string]string{"account.restricted": "false", "template.known": "false"}, d.facts("template.name", "offer"))
	o := d.must("template.create", "template.name", "offer", "template.language", "en", "template.category", "UTILITY", "template.meta_id", "123")
	id := text(o.Objects[0]["template.id"])
	require.Equal(t, []string{"template.approved after 5s"}, told(o))
	require.Equal(t, pairs("template.id", id, "template.name", "offer", "template.language", "en", "template.category", "UTILITY", "template.meta_id", "123"), o.Events[0].With)
	require.Equal(t, "pending", text(o.Objects[0]["template.status"]))

	for _, values := range [][]string{{"template.id", id}, {"template.name", "offer"}, {"message.template", "offer", "template.language", "en"}} {
		require.Equal(t, "pending", d.facts(values...)["template.status"])
	}
	require.Equal(t, "false", d.facts("template.name", "offer", "template.language", "hi")["template.known"])
	d.now = d.now.Add(5*time.Second - 1)
	require.Equal(t, "pending", d.facts("template.id", id)["template.status"])
	d.now = d.now.Add(1)
	require.Equal(t, "approved", d.facts("template.id", id)["template.status"])
	require.True(t, d.StillValid(o.Events[0], d.now))
	require.Equal(t, []string{"approved"}, texts(d.must("template.list"), "template.status"))
	require.Empty(t, d.must("template.list", "template.status", "REJECTED").Objects)

	require.Equal(t, "template-exists", d.try("template.create", "template.name", "offer", "template.language", "en").Failure)
	d.must("template.create", "template.name", "offer", "template.language", "hi")
	require.Equal(t, "name-missing", d.try("template.create").Failure)
	require.Equal(t, "template-exists", d.try("template.create", "template.name", "x", "template.id", id).Failure)
	d.route = "mobtexting/whatsapp"
	require.Equal(t, "false", d.facts("template.name", "offer")["template.known"], "it is another's")
	require.Equal(t, "unknown-id", d.try("template.edit", "template.id", id).Failure)
	require.Equal(t, "unknown-id", d.try("template.pause", "template.id", id).Failure)
}

func TestTemplate_UnknownIsApprovedUnlessChecked(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	require.Equal(t, "approved", d.facts("template.name", "theirs")["template.status"])
	d.must("template.pause", "template.name", "theirs")
	require.Equal(t, "paused", d.facts("template.name", "theirs")["template.status"])
	d.must("template.disable", "template.id", "2a2b")
	require.Equal(t, "disabled", d.facts("template.id", "2a2b")["template.status"])
	require.Equal(t, "unknown-id", d.try("template.pause").Failure, "there are two")
}

func TestTemplate_ThirdPauseDisables(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	status := func() string { return d.facts("template.name", "offer")["template.status"] }
	for _, wait := range []time.Duration{3 * time.Hour, 6 * time.Hour} {
		o := d.must("template.pause", "template.name", "offer")
		require.Equal(t, []string{"template.paused", "template.approved after " + wait.String()}, told(o))
		require.Equal(t, "paused", status())
		d.now = d.now.Add(wait - 1)
		require.Equal(t, "paused", status())
		d.now = d.now.Add(1)
		require.Equal(t, "approved", status())
		require.True(t, d.StillValid(o.Events[1], d.now))
	}
	require.Equal(t, []string{"template.disabled"}, told(d.must("template.pause", "template.name", "offer")))
	d.now = d.now.Add(1000 * time.Hour)
	require.Equal(t, "disabled", status())
	require.Equal(t, "template-disabled", d.try("template.pause", "template.name", "offer").Failure)
}

func TestTemplate_LaterChangeCancelsEvent(t *testing.T) {
	t.Parallel()
	for _, between := range []string{"template.reject", "template.edit", "template.delete", "template.disable", "template.pause", "template.approve"} {
		d := on(t, "gupshup/v2", rules(t))
		o := d.must("template.create", "template.name", "offer")
		require.True(t, d.StillValid(o.Events[0], d.now))
		d.must(between, "template.name", "offer")
		require.False(t, d.StillValid(o.Events[0], d.now), between)
	}
	d := on(t, "gupshup/v2", rules(t))
	o := d.must("template.create", "template.name", "offer")
	d.must("template.quality", "template.name", "offer", "template.quality", "GREEN")
	require.True(t, d.StillValid(o.Events[0], d.now), "the review goes on")
	d.now = d.now.Add(time.Minute)
	d.Tick(d.now)
	require.Equal(t, "approved", d.Export(false).Templates[0].Status)
	require.True(t, d.StillValid(o.Events[0], d.now), "a tick makes nobody tell it")
}

func TestTemplate_ProviderDecides(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v3", rules(t))
	id := d.id("template.create", "template.name", "offer", "template.category", "UTILITY", "template.status", "approved")
	require.Equal(t, "approved", d.facts("template.id", id)["template.status"])
	with := func(command string, values ...string) map[string]string {
		o := d.must(command, append(values, "template.id", id)...)
		require.Len(t, o.Events, 1)
		return o.Events[0].With
	}
	require.Equal(t, pairs("template.id", id, "template.name", "offer", "template.category", "UTILITY", "template.reason", "INVALID_FORMAT"),
		with("template.reject", "template.reason", "INVALID_FORMAT"))
	require.Equal(t, "rejected", d.facts("template.id", id)["template.status"])
	require.Equal(t, "INVALID_FORMAT", texts(d.must("template.list"), "template.reason")[0])
	with("template.approve")
	require.Empty(t, texts(d.must("template.list"), "template.reason")[0])
	require.Equal(t, pairs("template.id", id, "template.name", "offer", "template.category", "UTILITY", "template.new_category", "MARKETING"), with("template.recategorize"))
	require.Equal(t, pairs("template.id", id, "template.name", "offer", "template.category", "MARKETING", "template.quality", "RED"), with("template.quality", "template.quality", "RED"))
	require.Equal(t, []string{"MARKETING"}, texts(d.must("template.list"), "template.category"))

	require.Equal(t, []string{"template.approved after 5s"}, told(d.must("template.edit", "template.id", id, "template.category", "UTILITY")))
	require.Equal(t, "pending", d.facts("template.id", id)["template.status"])
	require.Equal(t, "unknown-id", d.try("template.delete").Failure)
	require.Equal(t, "unknown-id", d.try("template.list", "template.id", "none").Failure)
	d.must("template.create", "template.name", "offer", "template.language", "hi")
	require.Equal(t, []string{"template.deleted", "template.deleted"}, told(d.must("template.delete", "template.name", "offer")))
	require.Empty(t, d.must("template.list").Objects)
	d.must("template.create", "template.name", "offer")
}
