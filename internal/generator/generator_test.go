package generator_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

func embedded(t testing.TB) *schemas.Catalog {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	return catalog
}

func maker(t testing.TB, catalog *schemas.Catalog, o generator.Options) *generator.Generator {
	t.Helper()
	g, err := generator.New(catalog, o)
	require.NoError(t, err)
	return g.WithoutRetries()
}

// start is the start time of all tests.
func start() time.Time { return time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC) }

// read is a message that was sent, delivered and read.
func read() scenarios.Message {
	const s = time.Second
	return scenarios.Message{Name: "m", Submitted: 0, Enqueued: s / 5, Sent: s, Delivered: 5 * s, Read: 65 * s}
}

// item is an event at the end of a message's life.
func item(event string) scenarios.Item {
	reply := scenarios.Message{Name: "before", Submitted: -time.Hour, Enqueued: -time.Hour, Sent: -time.Hour, Delivered: -time.Hour, Read: -time.Hour}
	return scenarios.Item{Event: event, At: 65 * time.Second, Message: read(), Reply: &reply}
}

func routeOf(t testing.TB, e *schemas.EventType) *schemas.Route {
	t.Helper()
	for _, route := range e.Provider.Routes {
		if slices.Contains(route.Types(), e) {
			return route
		}
	}
	require.FailNow(t, "no route has the type", e.Name)
	return nil
}

func request(route *schemas.Route, seed uint64, items ...scenarios.Item) generator.Request {
	return generator.Request{Route: route, Run: seed, Conversation: int(seed), Seed: prng.Seed(seed), Start: start(), Items: items}
}

// Every type is generated with every fill and many seeds. The generator validates each body, and
// recognition must find the type.
func TestEvent_AllTypesAreRecognized(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for _, fill := range generator.Fills() {
		g := maker(t, catalog, generator.Options{Fill: fill})
		for _, e := range catalog.Types() {
			t.Run(fmt.Sprint(fill, "/", e.Name), func(t *testing.T) {
				t.Parallel()
				route := routeOf(t, e)
				validator, err := catalog.Validator(schemas.Scope{Route: e.Provider.Name})
				require.NoError(t, err)
				for seed := range uint64(40) {
					one := item(e.Name)
					one.Stage = []string{"", "sync", "async"}[seed%3]
					event, err := g.Event(request(route, seed, one))
					require.NoError(t, err)
					items := validator.Body(event.Body, event.At)
					require.Len(t, items, 1)
					require.Equal(t, webhook.LevelOK, items[0].Verdict.Level, "%s", event.Body)
					require.Contains(t, items[0].Verdict.Candidates, e.Name, "%s", event.Body)
				}
			})
		}
	}
}
