package generator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/generator"
)

// The schema that writes a value also reads it: the result is the value that the generator
// returns without writing it.
func TestEvent_ValuesRoundTrip(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	g := maker(t, catalog, generator.Options{})
	read := map[string]int{}
	for _, e := range catalog.Types() {
		for seed := range uint64(20) {
			one := item(e.Name)
			one.Stage = []string{"sync", "async"}[seed%2]
			r := request(routeOf(t, e), seed, one)
			r.Messages = seed
			made, err := g.Event(r)
			require.NoError(t, err)
			kind, err := g.Type(r)
			require.NoError(t, err)
			require.Equal(t, e, kind)
			found := e.Values(made.Body)
			for _, name := range []string{"message.id", "message.channel_id", "message.request_id", "message.foreign_id", "recipient.phone", "event.id", "app.id", "template.id"} {
				if found[name].Kind() == 0 {
					continue
				}
				want, ok := g.Value(r, name)
				require.True(t, ok)
				require.Equal(t, want, found[name], "%s in %s", name, made.Body)
				read[name]++
			}
		}
	}
	for _, name := range []string{"message.id", "message.channel_id", "recipient.phone"} {
		require.Greater(t, read[name], 400, name)
	}
}

func TestEvent_MessagesOfOneEndUserDiffer(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v2", generator.Options{})
	first, second := request(k.route, 1, item("message.sent")), request(k.route, 1, item("message.sent"))
	second.Messages = 2
	of := func(r generator.Request, name string) value.Value {
		v, ok := k.g.Value(r, name)
		require.True(t, ok)
		return v
	}
	require.NotEqual(t, of(first, "message.id"), of(second, "message.id"))
	require.Equal(t, of(first, "recipient.name"), of(second, "recipient.name"))
	require.Equal(t, of(first, "recipient.phone"), of(second, "recipient.phone"))
}
