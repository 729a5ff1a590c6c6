package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

func TestRead_Lifecycles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ steps, want string }{
		{"{send: message.enqueued}, {send: message.sent}, {send: message.delivered}, {send: message.read}, {send: message.played}", ""},
		{"{send: message.sent}, {send: message.read}", ""},
		{"{send: message.read}", ""}, // what was before is unknown
		{"{send: message.enqueued}, {send: message.failed}, {send: message.sent, message: other}", ""},
		{"{send: message.sent}, {send: message.delivered}, {send: message.clicked}, {send: message.clicked}", ""},
		{"{send: message.sent, probability: 0.5}, {send: message.failed}", ""},
		{"{send: message.failed}, {send: message.delivered}", "message.delivered can't follow message.failed; it follows message.sent. If that"},
		{"{send: message.failed}, {send: message.delivered, illegal: true}, {send: message.read}", ""},
		{"{send: message.sent}, {send: message.delivered, illegal: true}", `message.delivered can follow the steps before it; leave "illegal" out`},
		{"{send: message.delivered}, {send: message.failed}", "message.failed can't follow message.delivered"},
		{"{send: message.delivered}, {send: message.delivered}", "message.delivered can't follow message.delivered"},
		{"{send: message.delivered, probability: 0.1}, {send: message.undelivered}", "message.undelivered can't follow message.delivered"},
		{"{choose: [{steps: [{send: message.read}]}, {steps: []}]}, {send: message.sent}", "message.sent can't follow message.read"},
		{"{batch: [{send: message.deleted}, {send: message.read}]}", "message.read can't follow message.deleted"},
		{"{batch: [{send: message.deleted}, {send: message.read, illegal: true}]}", ""},
		{"{repeat: {count: 2, steps: [{send: message.sent}]}}", ""}, // each round has its own message
		{"{send: message.sent}, {repeat: {count: 2, steps: [{send: message.delivered}]}}", "message.delivered can't follow message.delivered"},
		{"{parallel: [[{send: message.sent}], [{send: message.failed, at: 1m}]]}, {send: message.delivered}", ""}, // in the order of the times
		{"{parallel: [[{send: message.failed}, {send: message.sent}], []]}", "message.sent can't follow message.failed"},
		{"{send: message.sent}, {parallel: [[{send: message.read}], [{send: inbound.text}]]}, {send: message.failed}", "message.failed can't follow message.read"},
		{"{send: message.sent}, {send: billing.deducted}, {send: message.delivered}", ""},
		{"{send: message.failed}, {send: billing.deducted}", "billing.deducted can't follow message.failed"},
		{"{send: billing.deducted}, {send: message.sent}, {send: billing.deducted}", "billing.deducted comes 2 times about one message; the limit is 1"},
		{"{send: template.approved}, {send: template.quality}, {send: template.paused}, {send: template.approved}, {send: template.deleted}", ""},
		{"{send: template.rejected}, {send: template.appealed}, {send: template.approved}", ""},
		{"{send: template.disabled}, {send: template.approved}", "template.approved can't follow template.disabled"},
		{"{send: template.deleted}, {send: template.quality}", "template.quality can't follow template.deleted"},
		{"{send: template.rejected}, {send: template.paused}", "template.paused can't follow template.rejected"},
		{"{repeat: {count: 3, steps: [{send: template.paused}, {send: template.approved}]}}", "template.paused comes 3 times about one template; the limit is 2"},
		{"{repeat: {count: 2, steps: [{send: template.paused}, {send: template.approved}]}}", ""},
		{"{send: template.disabled, with: {template.language: hi}}, {send: template.approved, with: {template.language: en}}", ""},
	} {
		t.Run(c.steps, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.Read("test.yaml", []byte("name: test\ndescription: A test.\nsteps: ["+c.steps+"]\n"))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "load test.yaml:3:")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestNew_RejectsIllegalLifecycle(t *testing.T) {
	t.Parallel()
	d := scenarios.Definition{Name: "test", Description: "A test.", Steps: []scenarios.Step{{Send: "message.read"}, {Send: "message.sent"}}}
	_, err := scenarios.New(d)
	require.ErrorContains(t, err, `define scenario "test": step 2: message.sent can't follow message.read`)
	d.Steps[1].Illegal = true
	_, err = scenarios.New(d)
	require.NoError(t, err)
}

// An event that is marked as illegal is one that can't follow, and no other.
func TestFollows_AgreesWithRead(t *testing.T) {
	t.Parallel()
	rejected := 0
	for _, first := range canonical.Events() {
		for _, second := range canonical.Events() {
			if canonical.Family(first) != canonical.Family(second) {
				continue
			}
			_, err := scenarios.Read("test.yaml", []byte("name: test\ndescription: A test.\nsteps: [{send: "+first+"}, {send: "+second+"}]\n"))
			require.Equal(t, err == nil, scenarios.Follows(second, []string{first}), "%s, %s", first, second)
			if err != nil {
				rejected++
			}
		}
	}
	require.Greater(t, rejected, 50)
}

func TestScenario_Start(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_772_359_200, 0)
	require.Equal(t, now, scenario(t, "- {send: message.sent}").Start(now))
	fixed := scenario(t, "start: 2028-02-29T05:29:55+05:30\nsteps:\n- {send: message.sent}")
	require.True(t, fixed.HasStart())
	require.Equal(t, time.Date(2028, 2, 28, 23, 59, 55, 0, time.UTC), fixed.Start(now))
	for _, wrong := range []string{"2028-02-30T00:00:00Z", "tomorrow", "5"} {
		_, err := scenarios.Read("test.yaml", []byte("name: test\ndescription: A test.\nstart: "+wrong+"\nsteps: [{send: message.sent}]\n"))
		require.ErrorContains(t, err, "test.yaml:3:8: expected a time (for example 2026-03-01T10:00:00Z), found ")
	}
}
