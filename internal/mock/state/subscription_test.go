package state_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

const url = "https://consumer.example/hook"

func TestSubscription_Lifecycle(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup/v2", rules(t))
	o := d.must("subscription.create", "subscription.url", url, "subscription.tag", "one", "subscription.version", "3", "subscription.modes", "SENT,ALL",
		"subscription.headers", `{"X-Key": "secret", "Authorization": "Bearer x"}`, "app.id", "a1", "subscription.secret", "s")
	created := o.Objects[0]
	require.Equal(t, []string{url, "one", "3", "SENT,ALL", "s", "a1", "gupshup/v3"}, []string{
		text(created["subscription.url"]), text(created["subscription.tag"]), text(created["subscription.version"]), text(created["subscription.modes"]),
		text(created["subscription.secret"]), text(created["app.id"]), text(created["subscription.route"]),
	})
	require.True(t, created["subscription.active"].Bool())
	require.Equal(t, begin(), created["subscription.created_at"].Time())
	id := text(created["subscription.id"])
	require.Len(t, id, 36)

	d.now = begin().Add(time.Hour)
	changed := d.must("subscription.update", "subscription.id", id, "subscription.url", url+"/2", "subscription.active", "false", "app.id", "a1").Objects[0]
	require.Equal(t, url+"/2", text(changed["subscription.url"]))
	require.Equal(t, "SENT,ALL", text(changed["subscription.modes"]), "what is not given stays")
	require.False(t, changed["subscription.active"].Bool())
	require.Equal(t, d.now, changed["subscription.modified_at"].Time())

	sub := d.Export(true).Subscriptions[0]
	require.Equal(t, [][2]string{{"Authorization", "Bearer x"}, {"X-Key", "secret"}}, sub.Header)
	require.Equal(t, []string{id}, texts(d.must("subscription.get", "subscription.id", id), "subscription.id"))
	require.Equal(t, "unknown-id", d.try("subscription.get", "subscription.id", id, "app.id", "a2").Failure, "it belongs to another app")
	require.Empty(t, d.must("subscription.list", "app.id", "a2").Objects)
	require.Equal(t, []string{id}, texts(d.must("subscription.list"), "subscription.id"))
	require.Equal(t, []string{id}, texts(d.must("subscription.delete", "subscription.id", id), "subscription.id"))
	require.Equal(t, "unknown-id", d.try("subscription.delete", "subscription.id", id).Failure)
	require.Empty(t, d.must("subscription.delete").Objects, "all of none are deleted")
}

func TestSubscription_RejectsInvalid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want   string
		values []string
	}{
		{"url-invalid", nil},
		{"url-invalid", []string{"subscription.url", "ftp://user:password@consumer.example"}},
		{"url-invalid", []string{"subscription.url", "http:///path"}},
		{"url-invalid", []string{"subscription.url", "://"}},
		{"mode-unknown", []string{"subscription.url", url, "subscription.modes", "SENNT"}},
		{"version-unknown", []string{"subscription.url", url, "subscription.version", "7"}},
		{"value-invalid", []string{"subscription.url", url, "subscription.check", "maybe"}},
		{"kind-unknown", []string{"subscription.url", url, "subscription.kind", "evens"}},
		{"headers-invalid", []string{"subscription.url", url, "subscription.headers", `{"a": 1}`}},
		{"headers-invalid", []string{"subscription.url", url, "subscription.headers", `{"a b": "c"}`}},
		{"headers-invalid", []string{"subscription.url", url, "subscription.headers", `{"a": "secret\r\nb: c"}`}},
		{"value-invalid", []string{"subscription.url", url, "subscription.active", "perhaps"}},
		{"value-invalid", []string{"subscription.url", url + strings.Repeat("x", 9000)}},
		{"value-invalid", []string{"subscription.url", url, "subscription.modes", strings.Repeat("SENT,", 200)}},
		{"tag-taken", []string{"subscription.url", url, "subscription.tag", "taken"}},
	} {
		d := on(t, "gupshup/v2", rules(t))
		id := d.id("subscription.create", "subscription.url", url, "subscription.tag", "taken")
		o := d.try("subscription.create", c.values...)
		require.Equal(t, c.want, o.Failure, c.values)
		require.NotEmpty(t, o.Detail)
		require.NotContains(t, o.Detail, "password")
		require.NotContains(t, o.Detail, "secret")
		require.Equal(t, []string{id}, texts(d.must("subscription.list"), "subscription.id"), "nothing was kept")
	}
}

func TestSubscription_ExtendModes(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup", rules(t))
	id := d.id("subscription.create", "subscription.url", url)
	modes := func(name string) string {
		return text(d.must("subscription.extend", "subscription.id", id, "subscription.modes", name).Objects[0]["subscription.modes"])
	}
	require.Equal(t, "SENT", modes("SENT"), "it had none, and got everything")
	require.ElementsMatch(t, []string{"SENT", "message.read"}, strings.Split(modes("message.read"), ","))
	require.ElementsMatch(t, []string{"SENT", "message.read"}, strings.Split(modes("message.read"), ","))
	require.Equal(t, "mode-unknown", d.try("subscription.extend", "subscription.id", id, "subscription.modes", "NO").Failure)
	require.Equal(t, "unknown-id", d.try("subscription.extend", "subscription.id", "x", "subscription.modes", "SENT").Failure)
}

func TestSubscription_UniqueTag(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup", rules(t))
	id := d.id("subscription.create", "subscription.url", url, "subscription.tag", "one", "app.id", "a1")
	d.must("subscription.create", "subscription.url", url, "subscription.tag", "one", "app.id", "a2")
	d.must("subscription.update", "subscription.id", id, "subscription.tag", "one")
	d.must("subscription.create", "subscription.url", url, "app.id", "a1")
	d.must("subscription.create", "subscription.url", url, "app.id", "a1")
}

func TestSubscription_Limit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		route, kind string
		limit       int
	}{{"gupshup", "", 5}, {"gupshup/v3", "events", 5}, {"netcore", "incoming", 3}, {"netcore", "events", 5}} {
		d := on(t, c.route, rules(t))
		var last string
		for range c.limit {
			last = d.id("subscription.create", "subscription.url", url, "subscription.kind", c.kind)
		}
		require.Equal(t, "limit-reached", d.try("subscription.create", "subscription.url", url, "subscription.kind", c.kind).Failure)
		d.must("subscription.create", "subscription.url", url, "subscription.kind", c.kind, "app.id", "another")
		d.must("subscription.delete", "subscription.id", last)
		d.must("subscription.create", "subscription.url", url, "subscription.kind", c.kind)
	}
	free := rules(t)
	free.Limit = func(provider, kind string) int { return 0 }
	d := on(t, "gupshup", free)
	for range 20 {
		d.must("subscription.create", "subscription.url", url)
	}
}

func TestSubscription_DeterministicUniqueIDs(t *testing.T) {
	t.Parallel()
	ids := func() []string {
		s := state.New(rules(t))
		var ids []string
		for i := range 4 {
			o := s.Do(state.Command{Name: "subscription.create", Route: "gupshup", Values: pairs("subscription.url", url), At: begin(), Seed: uint64(i / 2)})
			ids = append(ids, texts(o, "subscription.id")...)
		}
		return ids
	}
	first := ids()
	require.Equal(t, first, ids())
	seen := map[string]bool{}
	for _, id := range first {
		require.False(t, seen[id])
		seen[id] = true
	}
}

func TestDo_RejectsUnknownCommand(t *testing.T) {
	t.Parallel()
	d := on(t, "gupshup", rules(t))
	require.Equal(t, `unknown command "template.pauze"; did you mean "template.pause"?`, d.try("template.pauze").Detail)
	o := d.Do(state.Command{Name: "account.show", Route: "gupshop"})
	require.Equal(t, "unknown-route", o.Failure)
	require.Equal(t, "unknown-route", d.Do(state.Command{Name: "account.show", Provider: "netcore", Route: "gupshup/v2"}).Failure)
	require.Contains(t, state.Commands(), "subscription.create")
	for _, name := range state.Commands() {
		require.NotEqual(t, "unknown-command", d.try(name).Failure, name)
	}
}

func TestSubscription_EvictsOldest(t *testing.T) {
	t.Parallel()
	d := on(t, "tata-omni", state.Rules{})
	var ids []string
	for i := range 10_002 {
		ids = append(ids, d.id("subscription.create", "subscription.url", url+strconv.Itoa(i)))
	}
	require.Equal(t, ids[2:], texts(d.must("subscription.list"), "subscription.id"))
}
