package scenarios_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/scenarios"
)

func TestNew_PlansLikeTheSameFile(t *testing.T) {
	t.Parallel()
	with := []scenarios.Setting{{Name: "message.text", Text: "Hello"}}
	expect := scenarios.Expect{Status: []string{"2xx"}}
	defined, err := scenarios.New(scenarios.Definition{
		Name: "test", Description: "A test.", Provider: "made-up", Routes: []string{"made-up/one"}, With: with,
		Set: []scenarios.Setting{{Name: "/a", Text: "1"}},
		Steps: []scenarios.Step{
			{Send: "message.sent", Message: "before", Faults: faults(t, "duplicate")},
			{Send: "made-up/own", ReplyTo: "before", After: scenarios.Delay(3 * time.Second), Expect: expect},
		},
	})
	require.NoError(t, err)
	read := scenario(t, `provider: made-up
routes: [made-up/one]
with: {message.text: Hello}
set: {/a: 1}
steps:
- {send: message.sent, message: before, faults: duplicate}
- {send: made-up/own, reply_to: before, after: 3s, expect: {status: 2xx}}
`)
	require.Equal(t, read.Name, defined.Name)
	require.Equal(t, read.Events(), defined.Events())
	one, err := defined.Plan(everything(), scenarios.Options{Seed: 7})
	require.NoError(t, err)
	other, err := read.Plan(everything(), scenarios.Options{Seed: 7})
	require.NoError(t, err)
	require.Equal(t, planned(other), planned(one))
}

func TestNew_RejectsWhatParseRejects(t *testing.T) {
	t.Parallel()
	sent := []scenarios.Step{{Send: "message.sent"}}
	for want, d := range map[string]scenarios.Definition{
		`define scenario "": name: expected lower-case letters`:                         {Description: "x", Steps: sent},
		`provider: expected a name of lower-case letters, digits and dashes, found "/"`: {Name: "x", Description: "x", Provider: "/", Steps: sent},
		`define scenario "x": missing description`:                                      {Name: "x", Steps: sent},
		`expected 1 to 10000 steps, found 0`:                                            {Name: "x", Description: "x"},
		`routes is allowed only in a scenario that has provider`:                        {Name: "x", Description: "x", Routes: []string{"a"}, Steps: sent},
		`expected a route of a, found "b/c"`:                                            {Name: "x", Description: "x", Provider: "a", Routes: []string{"b/c"}, Steps: sent},
		`with mesage.id: unknown value "mesage.id"; did you mean "message.id"?`:         {Name: "x", Description: "x", With: []scenarios.Setting{{Name: "mesage.id"}}, Steps: sent},
		`set is allowed only in a scenario that has provider`:                           {Name: "x", Description: "x", Set: []scenarios.Setting{{Name: "/a", Text: "1"}}, Steps: sent},
		`set /a: expected JSON, found "x"`:                                              {Name: "x", Description: "x", Provider: "a", Set: []scenarios.Setting{{Name: "/a", Text: "x"}}, Steps: sent},
		`step 1: unknown event "message.sennt"; did you mean "message.sent"?`:           {Name: "x", Description: "x", Steps: []scenarios.Step{{Send: "message.sennt"}}},
		`step 1: "a/b" is an event type of one provider`:                                {Name: "x", Description: "x", Steps: []scenarios.Step{{Send: "a/b"}}},
		`step 1: expected an event type of c, found "a/b"`:                              {Name: "x", Description: "x", Provider: "c", Steps: []scenarios.Step{{Send: "a/b"}}},
		`step 1: message: expected a name`:                                              {Name: "x", Description: "x", Steps: []scenarios.Step{{Send: "message.sent", Message: "A b"}}},
		`step 2: no step is about the message "n"; known: m`:                            {Name: "x", Description: "x", Steps: []scenarios.Step{sent[0], {Send: "inbound.text", ReplyTo: "n"}}},
		`step 1: no step is about the message "k"`:                                      {Name: "x", Description: "x", Steps: []scenarios.Step{{Send: "inbound.text", Expect: scenarios.Expect{State: []scenarios.State{{Message: "k"}}}}}},
		`no step is about the message "c"`:                                              {Name: "x", Description: "x", Steps: sent, Expect: scenarios.Expect{Calls: []scenarios.Calls{{ReplyTo: "c"}}}},
		`step 1: 1001 copies of one event are too many`:                                 {Name: "x", Description: "x", Steps: []scenarios.Step{{Send: "message.sent", Faults: faults(t, "duplicate:1001")}}},
	} {
		_, err := scenarios.New(d)
		require.ErrorContains(t, err, want)
	}
}
