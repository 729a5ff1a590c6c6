package generator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Numbers from the small ranges repeat within a few hundred conversations.
func TestDistinctFrom_ConversationsHaveNumbersOfTheirOwn(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	route, err := catalog.Route("gupshup/v2")
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	repeated := func(run uint64, first int) (repeats, abroad int) {
		seen := map[string]bool{}
		for i := range 20_000 {
			phone, ok := g.Value(generator.Request{Route: route, Run: run, Conversation: first + i, Items: []scenarios.Item{{}}}, "recipient.phone")
			require.True(t, ok)
			if seen[phone.Text()] {
				repeats++
			}
			seen[phone.Text()] = true
			if phone.Text()[:2] != "91" {
				abroad++
			}
		}
		return repeats, abroad
	}
	for run := range uint64(3) {
		repeats, abroad := repeated(run+1, generator.DistinctFrom+int(run)*123_457)
		require.Zero(t, repeats)
		require.Equal(t, 1000, abroad)
		repeats, _ = repeated(run+1, 0)
		require.Positive(t, repeats, "numbers below DistinctFrom come from small ranges too")
	}
}
