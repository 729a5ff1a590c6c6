package state_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

const (
	phone = "919000000002"
	other = "919000000003"
)

// begin is when each test begins.
func begin() time.Time { return time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC) }

func catalog(t testing.TB) *schemas.Catalog {
	t.Helper()
	c, err := shipped.Catalog()
	require.NoError(t, err)
	return c
}

// rules are those of the providers that ship, with a few modes of them.
func rules(t testing.TB) state.Rules {
	t.Helper()
	modes := map[string]map[string][]string{
		"gupshup": {
			"SENT": {"v2/message-event.sent", "v3/status.sent"}, "DELIVERED": {"v2/message-event.delivered", "v3/status.delivered"},
			"TEMPLATE": {"v2/template-event.*", "v3/message_template_*", "v3/template_category_update"}, "ALL": {"*"}, "NONE": {},
		},
		"mobtexting": {"whatsapp:message:in": {"whatsapp.message.in"}, "sms:message:status": {"sms.message.status"}},
		"netcore":    {"incoming": {"incoming.*"}, "events": {"event.*"}},
		"tata-omni":  {"messages": {"message.*", "calls"}, "statuses": {"status.*"}},
	}
	return state.Rules{
		Route: catalog(t).Route,
		Modes: func(provider, mode string) ([]string, bool) {
			types, ok := modes[provider][mode]
			return types, ok
		},
	}
}

// A doer gives commands on a route, each with luck of its own.
type doer struct {
	*testing.T
	*state.State
	route string
	seed  uint64
	now   time.Time
}

func on(t *testing.T, route string, r state.Rules) *doer {
	t.Helper()
	return &doer{T: t, State: state.New(r), route: route, now: begin()}
}

// try does a command with values that are given as name, text, name, text …
func (d *doer) try(name string, values ...string) state.Outcome {
	d.Helper()
	d.seed++
	return d.Do(state.Command{Name: name, Route: d.route, Values: pairs(values...), At: d.now, Seed: d.seed})
}

func (d *doer) must(name string, values ...string) state.Outcome {
	d.Helper()
	o := d.try(name, values...)
	require.Empty(d, o.Failure, "%s: %s", name, o.Detail)
	return o
}

// id does a command that makes something, and returns its id.
func (d *doer) id(name string, values ...string) string {
	d.Helper()
	o := d.must(name, values...)
	require.Len(d, o.Objects, 1)
	for _, id := range []string{"subscription.id", "template.id", "media.id", "message.id"} {
		if v, ok := o.Objects[0][id]; ok {
			return v.Text()
		}
	}
	require.Fail(d, "nothing has an id")
	return ""
}

func (d *doer) facts(values ...string) map[string]string {
	return d.Facts("", d.route, pairs(values...), d.now)
}

func pairs(values ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(values); i += 2 {
		m[values[i]] = values[i+1]
	}
	return m
}

// texts are one value of each object, by its text.
func texts(o state.Outcome, name string) []string {
	var all []string
	for _, object := range o.Objects {
		all = append(all, object[name].Text())
	}
	return all
}

func text(v value.Value) string { return v.Text() }

// told are the events that follow, with how long after.
func told(o state.Outcome) []string {
	var all []string
	for _, e := range o.Events {
		if e.After > 0 {
			all = append(all, e.Event+" after "+e.After.String())
		} else {
			all = append(all, e.Event)
		}
	}
	return all
}

// lookup gives values to RecordEvent.
func lookup(values map[string]string) func(name string) (string, bool) {
	return func(name string) (string, bool) {
		text, ok := values[name]
		return text, ok
	}
}
