package shipped_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Every shipped scenario sends what it proves, on every route. `ringback scenario test --seeds 100`
// checks more seeds.
func TestScenarios_SendWhatTheyProve(t *testing.T) {
	t.Parallel()
	const seeds = 5
	library, err := shipped.Library()
	require.NoError(t, err)
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	for _, one := range library.All() {
		t.Run(one.Name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, one.Proofs(), "it has no key proves")
			result, err := script.Prove(t.Context(), catalog, g, one, seeds)
			require.NoError(t, err)
			require.NoError(t, errors.Join(result.Problems...))
		})
	}
}

// The control: what is false, and what no body can show, is a problem.
func TestProve_FindsFalseProofs(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	for _, test := range []struct{ proof, want string }{
		{"{event: message.sent}", ""},
		{"{event: message.sent, count: 2}", "count: want 2 message.sent; got 1 on "},
		{"{event: message.sent, count: 0}", "count: want 0 message.sent; got 1 on "},
		{"{event: message.sent, nth: 2}", "count: want at least 2 message.sent; got 1 on "},
		{"{event: message.sent, message: other}", "count: want at least 1 message.sent about other; got 0 on "},
		{"{event: message.sent, share: {min: 0, max: 0.5}}", "share: message.sent is in 1 of 1 conversations on "},
		{"{order: [message.delivered, message.sent]}", "order: want message.delivered, message.sent; got message.sent, message.delivered on "},
		{"{event: message.failed, with: {error: undeliverable}}", ""},
		{"{event: message.failed, with: {error: window-closed}}", "with error: step 4: want reason window-closed; got undeliverable on gupshup/v2"},
		{"{event: inbound.text, with: {message.text: [STOP, START]}}", ""},
		{"{event: inbound.text, with: {message.text: START}}", "with message.text: step 6: want START; got STOP on "},
		{"{event: message.sent, with: {recipient.phone: null}}", "with recipient.phone: step 1: want no recipient.phone; got 91"},
		{"{event: message.delivered, after: message.sent, min: 1h, max: 1h}", ""},
		{"{event: message.delivered, after: message.sent, min: 2h}", "after message.sent: step 2: it comes 1h0m0s after message.sent on "},
		{"{event: message.delivered, after: message.sent, max: 30m}", "after message.sent: step 2: it comes 1h0m0s after message.sent on "},
		{"{event: message.sent, after: message.delivered, max: 30m}", "after message.delivered: step 1: want message.delivered before it; got none on "},
		{"{event: [message.sent, message.delivered], same: message.id}", ""},
		{"{event: [message.sent, message.delivered], differs: message.id}", "differs message.id: steps 1 and 2: "},
		{"{event: [message.sent, inbound.text], same: message.id}", "same message.id: steps 1 and 6: "},
		{"{event: [message.sent, message.delivered], rises: event.at}", ""},
		{"{event: message.sent, rises: event.at}", "rises event.at: no body on any route has what it is about, with 1 seeds; leave it out"},
	} {
		t.Run(test.proof, func(t *testing.T) {
			t.Parallel()
			one, err := scenarios.Read("test.yaml", []byte(`name: test
description: A test.
steps:
  - send: message.sent
  - send: message.delivered
    after: 1h
  - send: message.sent
    message: other
    probability: 0
  - send: message.failed
    message: failed
    with: {error: undeliverable}
  - send: inbound.image
  - send: inbound.text
    with: {message.text: STOP}
proves:
  - `+test.proof+"\n"))
			require.NoError(t, err)
			result, err := script.Prove(t.Context(), catalog, g, one, 1)
			require.NoError(t, err)
			if err = errors.Join(result.Problems...); test.want == "" {
				require.NoError(t, err)
				require.NotZero(t, result.Claims)
				return
			}
			require.ErrorContains(t, err, "test.yaml:17:5: "+test.want)
		})
	}
}
