package coverage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/schemas"
)

const sent = "netcore/event.sent"

func summed(t *testing.T, bodies ...string) coverage.Summary {
	t.Helper()
	catalog, err := schemas.Embedded()
	require.NoError(t, err)
	c := coverage.New(catalog)
	for _, body := range bodies {
		require.True(t, c.Add(coverage.Seen, sent, "", []byte(body)))
	}
	return c.Type(sent)
}

func missing(s coverage.Summary) (texts []string) {
	for _, m := range s.Missing[coverage.Seen] {
		texts = append(texts, m.String())
	}
	return texts
}

// What no body had is found, whatever it is: an event, a property, a property's
// absence, a value.
func TestWhatNobodyMetIsMissing(t *testing.T) {
	t.Parallel()
	nothing := summed(t)
	require.Contains(t, missing(nothing), "the event")
	require.Zero(t, nothing.Total[coverage.Seen].Met)

	one := summed(t, `[{"message_id":"a","channel":"RCS","status":"Sent","click_data":[],"last_channel":"SMS"}]`)
	require.NotContains(t, missing(one), "the event")
	require.NotContains(t, missing(one), "/*/channel = RCS")
	require.NotContains(t, missing(one), "/*/nc_bot_id absent")
	require.Contains(t, missing(one), "/*/channel = SMS")
	require.Contains(t, missing(one), "/*/click_data absent")
	require.Contains(t, missing(one), "/*/nc_bot_id")
	require.Equal(t, 1, one.Bodies[coverage.Seen])
	require.Zero(t, one.Total[coverage.Emitted].Met, "another direction is another count")

	two := summed(t, `[{"channel":"RCS"}]`, `[{"channel":"SMS","nc_bot_id":"1"}]`)
	require.NotContains(t, missing(two), "/*/channel = SMS")
	require.NotContains(t, missing(two), "/*/nc_bot_id")
}

func TestWhatIsNoEventMeetsNothing(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Embedded()
	require.NoError(t, err)
	c := coverage.New(catalog)
	require.False(t, c.Add(coverage.Seen, "netcore/event.nothing", "", []byte(`{}`)))
	require.True(t, c.Add(coverage.Seen, sent, "", []byte(`{`)))
	require.Zero(t, c.Type(sent).Bodies[coverage.Seen])
	require.Zero(t, c.Type(sent).Total[coverage.Seen].Percent())
	require.Equal(t, 100, coverage.Share{}.Percent(), "of nothing, nothing is missed")
}

func TestARouteIsTheSumOfItsEvents(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Embedded()
	require.NoError(t, err)
	c := coverage.New(catalog)
	c.Add(coverage.Accepted, sent, "", []byte(`[{"channel":"RCS"}]`))
	route := c.Route("netcore")
	require.Len(t, route.Events, 14)
	sum := coverage.Share{}
	for _, e := range route.Events {
		sum.Met += e.Total[coverage.Accepted].Met
		sum.All += e.Total[coverage.Accepted].All
	}
	require.Equal(t, sum, route.Total[coverage.Accepted])
	require.Len(t, c.Routes("mobtexting"), 7)
	require.Len(t, c.Routes("netcore", "gupshup/v2"), 2)
	page, err := coverage.HTML(c.Routes("netcore"))
	require.NoError(t, err)
	require.Contains(t, string(page), "netcore/event.sent")
	require.NotContains(t, string(page), "<script")
}
