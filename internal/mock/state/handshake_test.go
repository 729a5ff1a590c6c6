package state_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// asyncRules are rules of a provider that checks URLs after the call.
func asyncRules(t *testing.T) state.Rules {
	t.Helper()
	c, err := schemas.Load(os.DirFS("../../../examples/providers"))
	require.NoError(t, err)
	route, err := c.Route("acme/sms")
	require.NoError(t, err)
	route.Contract.Handshake.Async = true
	return state.Rules{Route: c.Route}
}

// A check is needed for a URL that is new, of a command that will succeed, where the provider
// checks URLs.
func TestCheck_NewURL(t *testing.T) {
	t.Parallel()
	const id = "the ID"
	for name, c := range map[string]struct {
		command, route  string
		values          []string
		needed, decides bool
	}{
		"a new one":                       {"subscription.create", "gupshup/v2", []string{"subscription.url", url}, true, true},
		"of another version":              {"subscription.create", "gupshup", []string{"subscription.url", url, "subscription.version", "3"}, true, true},
		"with a check":                    {"subscription.create", "gupshup/v2", []string{"subscription.url", url, "subscription.check", "true"}, true, true},
		"without a check":                 {"subscription.create", "gupshup/v2", []string{"subscription.url", url, "subscription.check", "false"}, true, false},
		"a challenge":                     {"subscription.create", "mobtexting", []string{"subscription.url", url}, true, true},
		"an update of the URL":            {"subscription.update", "gupshup/v2", []string{"subscription.id", id, "subscription.url", url + "/2"}, true, true},
		"an update with the same URL":     {"subscription.update", "gupshup/v2", []string{"subscription.id", id, "subscription.url", url}, false, false},
		"an update of a name":             {"subscription.update", "gupshup/v2", []string{"subscription.id", id, "subscription.name", "n"}, false, false},
		"an update of an unknown one":     {"subscription.update", "gupshup/v2", []string{"subscription.id", "x", "subscription.url", url}, false, false},
		"a tag that is taken":             {"subscription.create", "gupshup/v2", []string{"subscription.url", url, "subscription.tag", "taken"}, false, false},
		"an invalid URL":                  {"subscription.create", "gupshup/v2", []string{"subscription.url", "ftp://x"}, false, false},
		"an invalid check":                {"subscription.create", "gupshup/v2", []string{"subscription.url", url, "subscription.check", "maybe"}, false, false},
		"an unknown route":                {"subscription.create", "gupshop", []string{"subscription.url", url}, false, false},
		"a provider without a handshake":  {"subscription.create", "netcore", []string{"subscription.url", url}, false, false},
		"a command that sets no URL":      {"subscription.delete", "gupshup/v2", []string{"subscription.id", id}, false, false},
		"a URL in a command without URLs": {"account.show", "gupshup/v2", []string{"subscription.url", url}, false, false},
	} {
		d := on(t, "gupshup/v2", rules(t))
		existing := d.id("subscription.create", "subscription.url", url, "subscription.tag", "taken")
		values := pairs(c.values...)
		if values["subscription.id"] == id {
			values["subscription.id"] = existing
		}
		command := state.Command{Name: c.command, Route: c.route, Values: values, At: begin(), Seed: 7}
		before := d.Export(true)
		check, needed := d.Check(command)
		require.Equal(t, c.needed, needed, name)
		require.Equal(t, before, d.Export(true), "%s: a check changes nothing", name)
		if !needed {
			continue
		}
		require.Equal(t, c.decides, check.Decides, name)
		require.Equal(t, values["subscription.url"], check.Subscription.URL, name)
		require.Equal(t, check.Subscription.ID, text(d.Do(command).Objects[0]["subscription.id"]), "%s: the ID is known before", name)
	}
	d := on(t, "gupshup/v2", state.Rules{})
	_, needed := d.Check(state.Command{Name: "subscription.create", Route: "gupshup/v2", Values: pairs("subscription.url", url)})
	require.False(t, needed, "nothing is known of the provider")
}

// A subscription is pending while its URL is checked after the call, then active or refused; only an
// active one gets events.
func TestSettle_ActiveOrRefused(t *testing.T) {
	t.Parallel()
	r := asyncRules(t)
	route, err := r.Route("acme/sms")
	require.NoError(t, err)
	hears := func(d *doer) bool {
		require.Equal(t, d.Hears(route), len(d.Targets(route, "acme/sms.status", "message.sent", begin())) > 0)
		return d.Hears(route)
	}
	for reason, want := range map[string]string{"": "active", "status 404": "refused"} {
		d := on(t, "acme/sms", r)
		created := d.must("subscription.create", "subscription.url", url).Objects[0]
		id := text(created["subscription.id"])
		require.Equal(t, "pending", text(created["subscription.status"]))
		require.False(t, created["subscription.active"].Bool())
		require.False(t, hears(d))

		d.Settle(id, url+"/another", "")
		d.Settle("another", url, "")
		require.Equal(t, "pending", d.Export(true).Subscriptions[0].Status)

		d.Settle(id, url, reason)
		sub := d.Export(true).Subscriptions[0]
		require.Equal(t, []string{want, reason}, []string{sub.Status, sub.Reason})
		require.Equal(t, want == "active", hears(d))
		d.Settle(id, url, "too late")
		require.Equal(t, sub, d.Export(true).Subscriptions[0])

		again, needed := d.Check(state.Command{Name: "subscription.update", Route: "acme/sms", Values: pairs("subscription.id", id, "subscription.url", url), At: begin()})
		require.Equal(t, want == "refused", needed, "a refused URL can be tried again")
		if needed {
			require.Equal(t, "pending", again.Subscription.Status)
		}
	}
	d := on(t, "acme/sms", r)
	require.Equal(t, "active", text(d.must("subscription.create", "subscription.url", url, "subscription.check", "false").Objects[0]["subscription.status"]))
}

func TestImport_Statuses(t *testing.T) {
	t.Parallel()
	snap := func(status, reason string) state.Snapshot {
		return state.Snapshot{Subscriptions: []state.Subscription{{ID: "1", Provider: "gupshup", Route: "gupshup/v2", URL: url, Active: true, Status: status, Reason: reason, Token: "key-7"}}}
	}
	for status, want := range map[string]string{"": "active", "active": "active", "pending": "pending", "refused": "refused"} {
		s, err := state.Import(rules(t), snap(status, ""))
		require.NoError(t, err)
		require.Equal(t, want, s.Export(true).Subscriptions[0].Status)
		require.Equal(t, "key-7", s.Export(true).Subscriptions[0].Token)
		require.Empty(t, s.Export(false).Subscriptions[0].Token)
	}
	_, err := state.Import(rules(t), snap("odd", ""))
	require.EqualError(t, err, "import state: /subscriptions/0: invalid status; want pending, active, refused")
	_, err = state.Import(rules(t), snap("active", "why"))
	require.EqualError(t, err, "import state: /subscriptions/0: only a refused subscription has a reason")
}
