package state_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
)

// A caller gives commands at random, of few people, names and ids, so that
// they meet.
type caller struct {
	*rand.Rand
	*state.State
	now time.Time
}

func (c *caller) one(from ...string) string { return from[c.IntN(len(from))] }

func (c *caller) command() state.Command {
	values := map[string]string{}
	choices := map[string][]string{
		"recipient.phone": {"919000000002", "+919000000003", "919000000004", "none"}, "app.id": {"a1", "a2"},
		"subscription.url": {url, url + "/2", "x"}, "subscription.tag": {"one", "two"}, "subscription.modes": {"SENT", "ALL,SENT", "NONE", "?"},
		"subscription.version": {"2", "3", "4"}, "subscription.secret": {"hidden-secret"}, "subscription.headers": {`{"A": "hidden-header"}`, "{"},
		"subscription.active": {"true", "false"}, "template.name": {"t1", "t2", "t3"}, "template.language": {"en", "hi"},
		"template.category": {"UTILITY"}, "template.quality": {"RED"}, "message.id": {"m1", "m2", "m3"}, "message.text": {"hello"},
	}
	for _, name := range slices.Sorted(maps.Keys(choices)) {
		if c.IntN(2) == 0 {
			values[name] = c.one(choices[name]...)
		}
	}
	snap := c.Export(true)
	if len(snap.Subscriptions) > 0 && c.IntN(2) == 0 {
		values["subscription.id"] = snap.Subscriptions[c.IntN(len(snap.Subscriptions))].ID
	}
	if len(snap.Templates) > 0 && c.IntN(3) == 0 {
		values["template.id"] = snap.Templates[c.IntN(len(snap.Templates))].ID
	}
	if len(snap.Media) > 0 {
		values["media.id"] = snap.Media[c.IntN(len(snap.Media))].ID
	}
	name := c.one(state.Commands()...)
	if c.IntN(3) == 0 { // so that there come to be many
		name = "subscription.create"
	}
	return state.Command{
		Name: name, Route: c.one("gupshup", "gupshup/v2", "gupshup/v3", "mobtexting/sms", "netcore"),
		Values: values, Body: make([]byte, c.IntN(60)), At: c.now, Seed: c.Uint64N(50),
	}
}

func TestState_AnyCommandsKeepBoundsAndRoundTrip(t *testing.T) {
	t.Parallel()
	r := rules(t)
	r.MediaBytes = 200
	r.Limit = func(string, string) int { return 2 }
	failures := map[string]bool{}
	for seed := range uint64(60) {
		c := &caller{Rand: rand.New(rand.NewPCG(seed, 1)), State: state.New(r), now: begin()}
		for range 60 {
			before := c.Export(true)
			command := c.command()
			o := c.Do(command)
			if failures[o.Failure] = true; o.Failure != "" {
				require.Equal(t, before, c.Export(true), "%s failed and changed something", command.Name)
				require.Empty(t, o.Events)
			}
			if c.IntN(4) == 0 {
				c.RecordEvent(command.Route, c.one("message.sent", "inbound.text", "template.paused", "account.restricted"), lookup(command.Values), c.now)
			}
			c.now = c.now.Add(time.Duration(c.IntN(3)) * time.Hour)
			c.requireBounds(t)
		}
		c.requireRoundTrip(t, r)
	}
	for _, reason := range []string{"", "unknown-id", "limit-reached", "tag-taken", "url-invalid", "mode-unknown", "template-exists", "number-invalid", "template-disabled"} {
		require.True(t, failures[reason], "the commands are too tame: none ended by %q", reason)
	}
}

func (c *caller) requireBounds(t *testing.T) {
	t.Helper()
	snap := c.Export(true)
	var size int
	for _, m := range snap.Media {
		size += len(m.Bytes)
	}
	require.LessOrEqual(t, size, 200)
	counts := map[string]int{}
	for _, sub := range snap.Subscriptions {
		counts[sub.Provider+" "+sub.App+" "+sub.Kind]++
	}
	for name, count := range counts {
		require.LessOrEqual(t, count, 2, name)
	}
}

func (c *caller) requireRoundTrip(t *testing.T, r state.Rules) {
	t.Helper()
	snap := c.Export(true)
	encoded, err := json.Marshal(snap)
	require.NoError(t, err)
	var decoded state.Snapshot
	require.NoError(t, json.Unmarshal(encoded, &decoded))
	again, err := state.Import(r, decoded)
	require.NoError(t, err)
	require.Equal(t, snap, again.Export(true))

	shown, err := json.Marshal(c.Export(false))
	require.NoError(t, err)
	require.NotContains(t, string(shown), "hidden")

	later := c.now.Add(time.Hour)
	values := pairs("recipient.phone", phone, "template.name", "t1")
	require.Equal(t, c.Facts("", "gupshup/v2", values, later), again.Facts("", "gupshup/v2", values, later))
	next := c.command()
	next.At = later
	next.Values["template.name"] = "new"
	delete(next.Values, "template.id")
	next.Name = "template.create"
	require.Equal(t, c.Do(next).Objects, again.Do(next).Objects)
	c.Reset()
	require.Equal(t, state.New(r).Export(true), c.Export(true))
}

func TestState_EvictsOldest(t *testing.T) {
	t.Parallel()
	const maxCount = 10_000
	d := on(t, "gupshup/v2", rules(t))
	for i := range maxCount + 1 {
		n := strconv.Itoa(i)
		d.now = d.now.Add(time.Second)
		number := fmt.Sprintf("91900%07d", i)
		d.must("contact.opt-in", "recipient.phone", number)
		d.must("window.open", "recipient.phone", number)
		d.must("message.send", "message.id", n)
		d.must("template.create", "template.name", n)
		d.upload(nil)
		d.must("token.issue")
	}
	snap := d.Export(true)
	require.Len(t, snap.Contacts, maxCount)
	require.Len(t, snap.ServiceWindows, maxCount)
	require.Len(t, snap.Messages, maxCount)
	require.Len(t, snap.Templates, maxCount)
	require.Len(t, snap.Media, maxCount)
	require.Len(t, snap.Tokens, maxCount)
	require.Equal(t, "1", snap.Messages[0].ID)
	require.Equal(t, "1", snap.Templates[0].Name)
	require.Equal(t, "false", d.facts("recipient.phone", "919000000000")["recipient.opted_in"])
	require.Equal(t, "approved", d.facts("template.name", "0")["template.status"], "nothing is known of it any more")
	again, err := state.Import(rules(t), snap)
	require.NoError(t, err)
	require.Equal(t, snap, again.Export(true))
}

func TestImport_RejectsInvalidSnapshot(t *testing.T) {
	t.Parallel()
	for want, snap := range map[string]state.Snapshot{
		"import state: /subscriptions/0: missing or duplicate id":            {Subscriptions: []state.Subscription{{URL: url}}},
		"import state: /subscriptions/1: missing or duplicate id":            {Subscriptions: []state.Subscription{{ID: "1", URL: url}, {ID: "1", URL: url}}},
		"import state: /subscriptions/0: invalid URL; want http://":          {Subscriptions: []state.Subscription{{ID: "1", URL: "ftp://user:hidden@x"}}},
		"import state: /templates/0: invalid status; want pending, approved": {Templates: []state.Template{{ID: "1", Status: "new"}}},
		"import state: /media/0: missing or duplicate id":                    {Media: []state.Media{{}}},
		"import state: /media/0: exceeds the limit of all media":             {Media: []state.Media{{ID: "1", Bytes: make([]byte, 101)}}},
		"import state: /accounts/x: invalid status; want active":             {Accounts: map[string]state.Account{"x": {Status: "gone"}}},
		"import state: /messages/0: missing id":                              {Messages: []state.Message{{}}},
	} {
		r := rules(t)
		r.MediaBytes = 100
		_, err := state.Import(r, snap)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hidden")
	}
}

func BenchmarkFacts(b *testing.B) {
	s := state.New(rules(b))
	for i := range 10_000 {
		s.Do(state.Command{
			Name: "template.create", Route: "gupshup/v2", At: begin(), Seed: uint64(i),
			Values: pairs("template.name", strconv.Itoa(i)),
		})
	}
	values := pairs("recipient.phone", phone, "template.name", "5000")
	for b.Loop() {
		s.Facts("gupshup", "gupshup/v2", values, begin())
	}
}
