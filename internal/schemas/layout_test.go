package schemas_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

func anatomyOf(t *testing.T, c *schemas.Catalog, name, body string) fault.Layout {
	t.Helper()
	eventType, err := c.Type(name)
	require.NoError(t, err)
	a, err := eventType.Layout([]byte(body))
	require.NoError(t, err)
	return a
}

func faultOf(t *testing.T, spec string) fault.Fault {
	t.Helper()
	f, err := fault.Parse(spec)
	require.NoError(t, err)
	return f
}

func altered(t *testing.T, spec string, body []byte, a fault.Layout, nth int) []byte {
	t.Helper()
	s, ok := faultOf(t, spec).Body(body, a, nth, prng.New(1))
	require.True(t, ok, "%s of %s", spec, body)
	return s.Body
}

// The validator is the authority: without an optional key, and with another word at a listed value, a
// body is still no error. It may be drift: a rule may say that the key is always sent.
func TestLayout_AgreesWithValidator(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	var optional, known, kinds atomic.Int32
	t.Cleanup(func() {
		require.Greater(t, optional.Load(), int32(1000))
		require.Greater(t, known.Load(), int32(500))
		require.Greater(t, kinds.Load(), int32(100))
	})
	eachExample(t, catalog, func(t *testing.T, eventType *schemas.EventType, e schemas.Example) {
		a := anatomyOf(t, catalog, eventType.Name, string(e.Body))
		validator := validatorOf(t, catalog, schemas.Scope{Type: eventType.Name})
		before := worst(verdictsOn(t, validator, e.Body))
		for i, pointer := range a.Optional {
			left := altered(t, "missing-field", e.Body, a, i)
			require.LessOrEqual(t, worst(verdictsOn(t, validator, left)).Rank(), max(before.Rank(), webhook.LevelDrift.Rank()), "without %s: %s", pointer, left)
			optional.Add(1)
		}
		for i, pointer := range a.Known {
			if s, ok := faultOf(t, "unlisted-value").Body(e.Body, a, i, prng.New(1)); ok {
				require.NotEqual(t, webhook.LevelError, worst(verdictsOn(t, validator, s.Body)), "another %s", pointer)
				known.Add(1)
			}
		}
		if a.Kind != "" {
			require.Contains(t, append(a.Names, ""), a.Kind, "the innermost level of the name")
			for _, spec := range append([]string{"unknown-event"}, fields("unknown-event", a.Names)...) {
				left := altered(t, spec, e.Body, a, 0)
				require.NotEqual(t, webhook.LevelOK, worst(verdictsOn(t, validatorOf(t, catalog, schemas.Scope{Route: eventType.Provider.Name}), left)), spec)
				kinds.Add(1)
			}
		}
	})
}

// fields are the same fault at several places.
func fields(name string, pointers []string) []string {
	var all []string
	for _, pointer := range pointers {
		all = append(all, name+":field="+pointer)
	}
	return all
}

func TestLayout_NamesAreAllLevelsOfTheTypeName(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	const value = "/entry/0/changes/0/value"
	want := map[string][]string{
		"gupshup/v2/message-event.sent": {"/type", "/payload/type"}, "gupshup/v2/message.text": {"/type", "/payload/type"}, "gupshup/v2/billing-event": {"/type"},
		"gupshup/v3/message.text": {"/entry/0/changes/0/field", value + "/messages/0/type"}, "gupshup/v3/status.sent": {"/entry/0/changes/0/field", value + "/statuses/0/status"},
		"mobtexting/whatsapp.message.in": {"/event"}, "netcore/event.sent": {"/0/status"}, "netcore/incoming.text": {"/0/message_type"}, "tata-omni/status.sent": {"/statuses/0/status"},
	}
	for name, names := range want {
		eventType, err := catalog.Type(name)
		require.NoError(t, err)
		examples, err := eventType.Examples()
		require.NoError(t, err)
		require.Equal(t, names, anatomyOf(t, catalog, name, string(examples[0].Body)).Names, name)
	}
}

// The other way round: what is not optional cannot go.
func TestLayout_RequiredKeysAreNotOptional(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	body := `{"app":"A","timestamp":1580227895000,"version":2,"type":"message-event","payload":{"id":"x","gsId":"y","type":"sent","destination":"919000000002","payload":{"ts":1585344475}}}`
	a := anatomyOf(t, catalog, "gupshup/v2/message-event.sent", body)
	require.Equal(t, []string{""}, a.Items)
	require.False(t, a.Batch)
	require.Equal(t, "/payload/type", a.Kind)
	validator := validatorOf(t, catalog, schemas.Scope{Type: "gupshup/v2/message-event.sent"})
	for _, pointer := range []string{"/payload", "/payload/type", "/payload/payload", "/type"} {
		require.NotContains(t, a.Optional, pointer)
		left := altered(t, "missing-field:field="+pointer, []byte(body), a, 0)
		require.Equal(t, webhook.LevelError, worst(verdictsOn(t, validator, left)), pointer)
	}
}

func TestLayout_BatchPointersAreOfTheWholeBody(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	status := func(n int) string {
		return fmt.Sprintf(`{"gs_id":"c3f7a9d1-52be-4e08-8f6a-7d10b9e2435%d","id":"wamid.%d","recipient_user_id":"IN.482190773551826%d","status":"sent","timestamp":"1764564065"}`, n, n, n)
	}
	body := `{"entry":[{"changes":[{"field":"messages","value":{"messaging_product":"whatsapp","statuses":[` + status(1) + `,` + status(2) + `]}}],"id":"1"},` +
		`{"changes":[{"field":"messages","value":{"statuses":[` + status(3) + `]}}]}],"object":"whatsapp_business_account"}`
	a := anatomyOf(t, catalog, "gupshup/v3/status.sent", body)
	const first, second = "/entry/0/changes/0/value", "/entry/1/changes/0/value"
	require.True(t, a.Batch)
	require.Equal(t, []string{first + "/statuses/0", first + "/statuses/1", second + "/statuses/0"}, a.Items)
	require.Equal(t, first+"/statuses/0/status", a.Kind)
	for _, pointer := range []string{
		first + "/messaging_product", first + "/statuses/0/gs_id", first + "/statuses/1/gs_id", "/entry/0/id", second + "/statuses/0/gs_id",
	} {
		require.Contains(t, a.Optional, pointer)
	}
	require.Contains(t, a.Known, first+"/messaging_product")
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(a.Optional))), len(a.Optional), "each place stands there once")
}

// In an array whose elements are not alike, each item is described as the one
// item of its body.
func TestLayout_SeparatesItemsFromSiblings(t *testing.T) {
	t.Parallel()
	status := func(n int) string {
		return fmt.Sprintf(`{"id":"w%d","status":"sent","timestamp":"1687327462","recipient_id":"919000000011","custom_callback_data":"o"}`, n)
	}
	a := anatomyOf(t, embedded(t), "tata-omni/status.sent", `{"statuses":[`+status(1)+`,`+status(2)+`,{"id":"e"}],"id":"e"}`)
	require.Equal(t, []string{"/statuses/0", "/statuses/1"}, a.Items)
	require.Equal(t, []string{"/statuses/0/custom_callback_data", "/statuses/1/custom_callback_data", "/id"}, a.Optional)
	require.Equal(t, "/statuses/0/status", a.Kind)
}

func TestLayout_InvalidJSONIsEmpty(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for _, body := range []string{"", `{"a":`, "\xff"} {
		require.Zero(t, anatomyOf(t, catalog, "netcore/event.read", body))
	}
	require.NotZero(t, anatomyOf(t, catalog, "netcore/event.read", `{"not":"an array"}`))
}
