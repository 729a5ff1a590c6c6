package scenarios_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/scenarios"
)

func ExampleScenario_Plan() {
	scenario, err := scenarios.New(scenarios.Definition{
		Name: "opt-out", Description: "The end user reads a message and opts out.",
		Steps: []scenarios.Step{
			{Send: "message.sent"},
			{Send: "message.read", After: 2 * time.Second},
			{Send: "inbound.text", Message: "reply", After: time.Minute, With: map[string]string{"message.text": "STOP"}},
		},
	})
	if err != nil {
		panic(err)
	}
	events, err := scenario.Plan(scenarios.Options{Route: "gupshup/v2", Seed: 7})
	if err != nil {
		panic(err)
	}
	for _, event := range events {
		fmt.Println(event.At-events[0].At, event.Events)
	}
	// Output:
	// 0s [message.sent]
	// 2s [message.read]
	// 1m2s [inbound.text]
}

func ExampleLoad() {
	library, err := scenarios.Load()
	if err != nil {
		panic(err)
	}
	scenario, err := library.Scenario("message-delivered")
	if err != nil {
		panic(err)
	}
	fmt.Println(scenario.Description(), scenario.Events())
	// Output: A message is sent, delivered and read. [message.delivered message.enqueued message.read message.sent]
}

func TestPlan_SameSeedSamePlan(t *testing.T) {
	t.Parallel()
	library, err := scenarios.Load()
	require.NoError(t, err)
	require.Contains(t, library.Names(), "message-delivered")
	scenario, err := library.Scenario("message-delivered")
	require.NoError(t, err)
	options := scenarios.Options{Route: "gupshup", Seed: 1, Conversations: 3}
	first, err := scenario.Plan(options)
	require.NoError(t, err)
	require.Len(t, first, 12)
	again, err := scenario.Plan(options)
	require.NoError(t, err)
	require.Equal(t, first, again)
	options.Seed++
	other, err := scenario.Plan(options)
	require.NoError(t, err)
	require.NotEqual(t, first, other)
}

func TestParse_SameAsNew(t *testing.T) {
	t.Parallel()
	parsed, err := scenarios.Parse("read.yaml", []byte("name: read\ndescription: A test.\nsteps:\n  - send: message.sent\n  - send: message.read\n    after: 2s\n"))
	require.NoError(t, err)
	made, err := scenarios.New(scenarios.Definition{Name: "read", Description: "A test.", Steps: []scenarios.Step{
		{Send: "message.sent"}, {Send: "message.read", After: 2 * time.Second},
	}})
	require.NoError(t, err)
	options := scenarios.Options{Route: "netcore", Seed: 1}
	want, err := parsed.Plan(options)
	require.NoError(t, err)
	got, err := made.Plan(options)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestScenarios_RejectUnknownNames(t *testing.T) {
	t.Parallel()
	_, err := scenarios.Parse("bad.yaml", []byte("name: bad\ndescription: A test.\nsteps:\n  - send: message.sennt\n"))
	require.ErrorContains(t, err, "bad.yaml:4:11: ")
	_, err = scenarios.New(scenarios.Definition{Name: "bad", Description: "A test.", Steps: []scenarios.Step{{Send: "message.sennt"}}})
	require.ErrorContains(t, err, `did you mean "message.sent"?`)
	made, err := scenarios.New(scenarios.Definition{Name: "good", Description: "A test.", Steps: []scenarios.Step{{Send: "message.sent"}}})
	require.NoError(t, err)
	_, err = made.Plan(scenarios.Options{Route: "gupshop"})
	require.ErrorContains(t, err, "no provider or route")
	_, err = made.Plan(scenarios.Options{Route: "gupshup", With: map[string]string{"message.colour": "red"}})
	require.ErrorContains(t, err, "message.colour")
}
