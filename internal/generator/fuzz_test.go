package generator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Whatever the luck, a body is one that its schema allows: Event holds it to that.
func FuzzEvent_AllTypesAndSeeds(f *testing.F) {
	catalog := embedded(f)
	types := catalog.Types()
	var makers []*generator.Generator
	for _, fill := range generator.Fills() {
		makers = append(makers, maker(f, catalog, generator.Options{Fill: fill}))
	}
	f.Add(uint(0), uint64(0), uint(0), true)
	f.Add(uint(17), uint64(1)<<63, uint(3), false)
	f.Fuzz(func(t *testing.T, n uint, seed uint64, fill uint, replies bool) {
		e := types[n%uint(len(types))]
		one := item(e.Name)
		one.Stage = []string{"", "sync", "async"}[seed%3]
		if !replies {
			one.Reply = nil
		}
		r := request(routeOf(t, e), seed, one)
		r.Conversation = int(seed >> 40)
		_, err := makers[fill%uint(len(makers))].Event(r)
		if err != nil && !(one.Reply == nil && strings.Contains(err.Error(), "reply_to")) {
			t.Fatal(err)
		}
	})
}

// A provider of the user's own is played by its data alone.
func TestEvent_UserProvider(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog(schemas.Dir("../../examples/providers"))
	require.NoError(t, err)
	acme, err := catalog.Provider("acme")
	require.NoError(t, err)
	g := maker(t, catalog, generator.Options{})
	for _, e := range acme.Types {
		for seed := range uint64(20) {
			event, err := g.Event(request(routeOf(t, e), seed, item(e.Name)))
			require.NoError(t, err)
			require.Equal(t, e.Name, event.Type)
		}
	}
}
