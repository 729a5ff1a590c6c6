package generator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Each variant of each type can be selected. The body then matches this variant, or several.
func TestEvent_HonorsVariant(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	makers := map[string]*generator.Generator{}
	for _, e := range catalog.Types() {
		validator, err := catalog.Validator(schemas.Scope{Type: e.Name})
		require.NoError(t, err)
		for _, form := range coherentVariants(t, e) {
			if makers[form] == nil {
				makers[form] = maker(t, catalog, generator.Options{Variant: form})
			}
			seen := map[string]bool{}
			for seed := range uint64(12) {
				one := item(e.Name)
				if form == "sync" {
					one.Stage = "sync"
				}
				r := request(routeOf(t, e), seed, one)
				if form == "cbp" {
					r.Start = beforePerMessagePrices()
				}
				event, err := makers[form].Event(r)
				require.NoError(t, err)
				items := validator.Body(event.Body, event.At)
				if f := items[0].Verdict.Variant; f != "" {
					seen[f] = true
				}
			}
			require.Contains(t, []string{"", form}, strings.Join(slices.Collect(keysOf(seen)), " "), "%s asked for %s", e.Name, form)
		}
	}
}

// beforePerMessagePrices is a time at which WhatsApp's prices were those of conversations.
func beforePerMessagePrices() time.Time { return time.Date(2025, 3, 1, 10, 0, 0, 0, time.UTC) }

// coherentVariants are the variants that have an example which keeps the rules: a sample of the
// documentation that shows all keys at once is never sent.
func coherentVariants(t *testing.T, e *schemas.EventType) []string {
	var kept []string
	examples, err := e.Examples()
	require.NoError(t, err)
	for _, one := range examples {
		root, _, err := document.JSON(one.Body, document.BodyLimits())
		require.NoError(t, err)
		if variant, coherent := e.Coherent(&root); coherent {
			kept = append(kept, variant)
		}
	}
	return slices.DeleteFunc(generator.Variants(e), func(form string) bool { return !slices.Contains(kept, form) })
}

func keysOf(m map[string]bool) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range m {
			if !yield(key) {
				return
			}
		}
	}
}

// With enough seeds, every variant and every optional key of a type occurs.
func TestEvent_ReachesEveryBranch(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	g := maker(t, catalog, generator.Options{})
	full := maker(t, catalog, generator.Options{Fill: generator.Full})
	for _, e := range catalog.Types() {
		validator, err := catalog.Validator(schemas.Scope{Type: e.Name})
		require.NoError(t, err)
		forms, typical, complete := map[string]bool{}, map[string]bool{}, map[string]bool{}
		route := routeOf(t, e)
		generate := func(g *generator.Generator, seed uint64) []byte {
			one := item(e.Name)
			one.Stage = []string{"", "sync", "async"}[seed%3]
			reply := one.Reply
			if seed%2 == 1 {
				one.Reply = nil
			}
			r := request(route, seed, one)
			if seed%4 == 3 {
				r.Start = beforePerMessagePrices()
			}
			event, err := g.Event(r)
			if err != nil && one.Reply == nil { // it needs a message to reply to
				one.Reply = reply
				event, err = g.Event(request(route, seed, one))
			}
			require.NoError(t, err)
			return event.Body
		}
		for seed := range uint64(60) {
			places(t, generate(full, seed), complete)
			items := validator.Body(generate(g, seed), time.Time{})
			forms[items[0].Verdict.Variant] = true
		}
		const maxCount = 10_000
		for seed := uint64(0); seed < maxCount && len(missing(complete, typical)) > 0; seed++ {
			places(t, generate(g, seed), typical)
		}
		require.Empty(t, missing(complete, typical), "%s: full has keys that never come", e.Name)
		for _, form := range coherentVariants(t, e) {
			asked := maker(t, catalog, generator.Options{Variant: form})
			for seed := uint64(0); seed < 60 && !forms[form]; seed++ { // of another time, it comes only on request
				forms[validator.Body(generate(asked, seed), time.Time{})[0].Verdict.Variant] = true
			}
			require.True(t, forms[form] || forms[""], "%s: the form %s never comes", e.Name, form)
		}
	}
}

func missing(wanted, seen map[string]bool) []string {
	var left []string
	for pointer := range wanted {
		if !seen[pointer] {
			left = append(left, pointer)
		}
	}
	return left
}

// places collects the JSON Pointers of a body, with * for array indexes.
func places(t *testing.T, body []byte, into map[string]bool) {
	t.Helper()
	root, _, err := document.JSON(body, document.BodyLimits())
	require.NoError(t, err)
	var walk func(n *document.Node, at string)
	walk = func(n *document.Node, at string) {
		into[at] = true
		for i := range n.Members {
			walk(&n.Members[i].Value, at+document.Pointer(n.Members[i].Key))
		}
		for i := range n.Items {
			walk(&n.Items[i], at+"/*")
		}
	}
	walk(&root, "")
}

func TestEvent_HonorsFill(t *testing.T) {
	t.Parallel()
	size := map[generator.Fill]int{}
	for _, fill := range generator.Fills() {
		k := harnessOf(t, "netcore", generator.Options{Fill: fill})
		event, err := k.g.Event(request(k.route, 1, item("message.delivered")))
		require.NoError(t, err)
		seen := map[string]bool{}
		places(t, event.Body, seen)
		size[fill] = len(seen)
		require.Equal(t, fill == generator.Empty, strings.Contains(string(event.Body), `"nc_bot_id":""`), "%s", event.Body)
	}
	require.Less(t, size[generator.Minimal], size[generator.Full])
	require.LessOrEqual(t, size[generator.Typical], size[generator.Full])
}

func TestEvent_HasGivenValues(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v2", generator.Options{})
	one := item("inbound.text")
	one.With = []scenarios.Setting{
		{Name: "recipient.phone", Text: "+919000000042"}, {Name: "message.text", Text: `STOP, {{recipient.name}} "{{recipient.phone|e164}}"`},
		{Name: "recipient.name", Text: "Asha"},
	}
	require.Equal(t, []string{"919000000042", `STOP, Asha "+919000000042"`},
		k.generate(scenarios.Item{Event: one.Event, At: one.At, Message: one.Message, With: []scenarios.Setting{one.With[2], one.With[0], one.With[1]}}, "/payload/source", "/payload/payload/text"))

	one.With = []scenarios.Setting{{Name: "app.name", Text: "{{recipient.phone}}"}}
	require.Equal(t, k.generate(one, "/payload/source"), k.generate(one, "/app"), "a template may contain another value")

	one.With = []scenarios.Setting{{Name: "recipient.phone", Absent: true}}
	_, err := k.g.Event(request(k.route, 1, one))
	require.ErrorContains(t, err, "generate gupshup/v2/message.text: required value recipient.phone")
	one.With = []scenarios.Setting{{Name: "recipient.phone", Text: "someone"}}
	_, err = k.g.Event(request(k.route, 1, one))
	require.ErrorContains(t, err, "with recipient.phone: read phone number")
	require.NotContains(t, err.Error(), "someone")
}

func TestEvent_SetOverridesLocation(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v2", generator.Options{Fill: generator.Minimal})
	one := item("inbound.text")
	one.Set = []scenarios.Setting{
		{Name: "/payload/payload/text", Text: `"to {{recipient.name}}"`}, {Name: "/payload/context/id", Text: `"{{message.id}}"`},
		{Name: "/timestamp", Text: `"{{event.at|unix_ms}}"`}, {Name: "/payload/sender/name", Text: `"{{recipient.name}}"`},
	}
	found := k.generate(one, "/payload/payload/text", "/payload/context/id", "/timestamp", "/payload/sender/name")
	require.Equal(t, "to "+found[3], found[0])
	require.NotEqual(t, "-", found[1], "what is set is there, and what is around it")
	require.Equal(t, "1772359265000", found[2], "a string that is one template takes the value's own type")

	one.Set = []scenarios.Setting{{Name: "/payload/destinaton", Text: `"1"`}}
	_, err := k.g.Event(request(k.route, 1, one))
	require.ErrorContains(t, err, "set /payload/destinaton: unknown location; ")
	require.ErrorContains(t, err, "/payload/source")
	one.Set = []scenarios.Setting{{Name: "/payload/source", Text: `17`}}
	_, err = k.g.Event(request(k.route, 1, one))
	require.ErrorContains(t, err, "the verdict is error: /payload/source: type: found number")
	require.ErrorContains(t, err, "use a fault")
	one.Set = []scenarios.Setting{{Name: "/payload/source", Text: `{`}}
	_, err = k.g.Event(request(k.route, 1, one))
	require.ErrorContains(t, err, "set /payload/source")
}

func TestEvent_BatchHasOneEnvelope(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for route, c := range map[string]struct {
		events []string
		want   []string // item pointers
	}{
		"netcore":    {[]string{"message.sent", "message.delivered", "message.read"}, []string{"/0", "/1", "/2"}},
		"gupshup/v3": {[]string{"message.sent", "message.delivered"}, []string{"/entry/0/changes/0/value/statuses/0", "/entry/0/changes/0/value/statuses/1"}},
	} {
		r, err := catalog.Route(route)
		require.NoError(t, err)
		g := maker(t, catalog, generator.Options{})
		var items []scenarios.Item
		for i, event := range c.events {
			one := item(event)
			one.Message.Name = string(rune('a' + i))
			items = append(items, one)
		}
		event, err := g.Event(request(r, 5, items...))
		require.NoError(t, err)
		validator, err := catalog.Validator(schemas.Scope{})
		require.NoError(t, err)
		found := validator.Body(event.Body, event.At)
		var pointers []string
		for i, f := range found {
			pointers = append(pointers, f.Pointer)
			mappings, _ := r.Mappings(c.events[i])
			require.Equal(t, mappings[0].Type.Name, f.Verdict.Type)
		}
		require.Equal(t, c.want, pointers)
	}
	// Statuses and messages are in arrays one level higher.
	r, err := catalog.Route("gupshup/v3")
	require.NoError(t, err)
	event, err := maker(t, catalog, generator.Options{}).Event(request(r, 5, item("message.sent"), item("inbound.text")))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(event.Body), `"field":"messages"`))

	// A body with a single item has no array for a second one.
	r, err = catalog.Route("gupshup/v2")
	require.NoError(t, err)
	_, err = maker(t, catalog, generator.Options{}).Event(request(r, 5, item("message.sent"), item("message.read")))
	require.ErrorContains(t, err, "no array contains both")
}

func TestEvent_RejectsImpossibleRequest(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	_, err := generator.New(catalog, generator.Options{Variant: "observd"})
	require.ErrorContains(t, err, `no event type has the variant "observd"; did you mean "observed"?`)
	_, err = generator.New(catalog, generator.Options{Fill: "ful"})
	require.ErrorContains(t, err, `unknown fill "ful"; did you mean "full"?`)
	k := harnessOf(t, "netcore", generator.Options{})
	_, err = k.g.Event(request(k.route, 1, item("message.enqueued")))
	require.ErrorContains(t, err, "generate message.enqueued on netcore: the first event of a message is event.sent")
	_, err = k.g.Event(request(k.route, 1))
	require.ErrorContains(t, err, "a request has at least one item")
	_, err = k.g.Event(request(k.route, 1, item("netcore/event.snt")))
	require.ErrorContains(t, err, `did you mean "netcore/event.sent"?`)
}

func TestEvent_HasHeadersOfContract(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v2", generator.Options{})
	event, err := k.g.Event(request(k.route, 1, item("message.sent")))
	require.NoError(t, err)
	require.Equal(t, "application/json; charset=utf-8", event.Headers[0].Value)
	require.Equal(t, "gupshup/v2", event.Route)
	require.Equal(t, "gupshup/v2/message-event.sent", event.Type)
	require.Equal(t, start().Add(item("").At), event.At)
}
