package generator_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A harness generates the events of one message on one route.
type harness struct {
	t     *testing.T
	g     *generator.Generator
	route *schemas.Route
	seed  uint64
}

func harnessOf(t *testing.T, route string, o generator.Options) harness {
	t.Helper()
	catalog := embedded(t)
	r, err := catalog.Route(route)
	require.NoError(t, err)
	return harness{t, maker(t, catalog, o), r, 7}
}

// generate returns the texts at some pointers of a generated body; "-" for a missing value.
func (k harness) generate(one scenarios.Item, pointers ...string) []string {
	k.t.Helper()
	event, err := k.g.Event(request(k.route, k.seed, one))
	require.NoError(k.t, err)
	root, _, err := document.JSON(event.Body, document.BodyLimits())
	require.NoError(k.t, err)
	var texts []string
	for _, pointer := range pointers {
		n := root.At(document.Tokens(pointer))
		if n == nil {
			texts = append(texts, "-")
			continue
		}
		texts = append(texts, n.Text)
	}
	return texts
}

func itemOf(event string, at time.Duration, m scenarios.Message) scenarios.Item {
	return scenarios.Item{Event: event, At: at, Message: m}
}

// G is the ID in the API's response, W that of WhatsApp: enqueued has both, later events have W
// as id and G as gsId.
func TestEvent_IDsOfGupshupAgree(t *testing.T) {
	t.Parallel()
	const s = time.Second
	k := harnessOf(t, "gupshup/v2", generator.Options{Fill: generator.Full, Variant: "observed"})
	m := scenarios.Message{Name: "m", Enqueued: s / 4, Sent: scenarios.NotYet, Delivered: scenarios.NotYet, Read: scenarios.NotYet}
	enqueued := k.generate(itemOf("message.enqueued", s/4, m), "/payload/id", "/payload/payload/whatsappMessageId", "/payload/gsId")
	g, w := enqueued[0], enqueued[1]
	require.Equal(t, "-", enqueued[2])
	require.True(t, strings.HasPrefix(w, "wamid."))
	m.Sent = s
	require.Equal(t, []string{w, g, "1772359201"}, k.generate(itemOf("message.sent", s, m), "/payload/id", "/payload/gsId", "/payload/payload/ts"))
	m.Delivered = 5 * s
	require.Equal(t, []string{w, g, "1772359205", "1772359205000"}, k.generate(itemOf("message.delivered", 5*s, m), "/payload/id", "/payload/gsId", "/payload/payload/ts", "/timestamp"))
	m.Read = 65 * s
	require.Equal(t, []string{w, g}, k.generate(itemOf("message.read", 65*s, m), "/payload/id", "/payload/gsId"))
	require.Equal(t, []string{w, g}, k.generate(itemOf("billing.deducted", 2*s, m), "/payload/references/id", "/payload/references/gsId"))

	failed := itemOf("message.failed", 3*s, m)
	failed.Stage = "sync"
	require.Equal(t, []string{g, "-"}, k.generate(failed, "/payload/id", "/payload/gsId"))
	failed.Stage = "async"
	require.Equal(t, []string{w, g}, k.generate(failed, "/payload/id", "/payload/gsId"))

	v3 := k
	r, err := embedded(t).Route("gupshup/v3")
	require.NoError(t, err)
	v3.route = r
	ids := v3.generate(itemOf("message.sent", s, m), "/entry/0/changes/0/value/statuses/0/gs_id", "/entry/0/changes/0/value/statuses/0/id", "/entry/0/changes/0/value/statuses/0/timestamp")
	require.Equal(t, []string{g, w, "1772359201"}, ids)
}

func TestEvent_IDsOfOtherProvidersAgree(t *testing.T) {
	t.Parallel()
	for route, pointers := range map[string][]string{
		"netcore":             {"/0/message_id", "/0/requestid", "/0/mobile"},
		"mobtexting/whatsapp": {"/payload/id", "/payload/foreign_id"},
		"tata-omni":           {"/statuses/0/id", "/statuses/0/recipient_id", "/statuses/0/custom_callback_data"},
	} {
		k := harnessOf(t, route, generator.Options{Fill: generator.Full})
		first := k.generate(item("message.sent"), pointers...)
		require.NotContains(t, first, "-", route)
		require.Equal(t, first, k.generate(item("message.delivered"), pointers...), route)
		require.Equal(t, first, k.generate(item("message.read"), pointers...), route)
		other := item("message.sent")
		other.Message.Name = "another"
		require.NotEqual(t, first[0], k.generate(other, pointers[0])[0], route)
	}
}

// Netcore's ID contains the number and the second of submission; a reply to the message contains
// the ID.
func TestEvent_DerivedIDAgreesWithValues(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "netcore", generator.Options{Fill: generator.Full})
	found := k.generate(item("message.sent"), "/0/message_id", "/0/mobile")
	require.Regexp(t, `^api-[1-9][0-9]{2}-`+found[1]+`-[0-9a-f]{32}-1772359200$`, found[0])
	click := k.generate(item("inbound.click"), "/0/message_details/suggestionResponse/metadata")
	require.Contains(t, click[0], `{"msgId":"api-`)
}

func TestEvent_ReplyHasIDOfMessage(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v2", generator.Options{Fill: generator.Full})
	m := read()
	sent := k.generate(itemOf("message.sent", time.Second, m), "/payload/id", "/payload/gsId")
	reaction := itemOf("inbound.reaction", time.Minute, scenarios.Message{Name: "in", Submitted: time.Minute, Enqueued: scenarios.NotYet, Sent: scenarios.NotYet, Delivered: scenarios.NotYet, Read: scenarios.NotYet})
	reaction.Reply = &m
	require.Equal(t, sent, k.generate(reaction, "/payload/payload/id", "/payload/payload/gsId"))
	reaction.Reply = nil
	_, err := k.g.Event(request(k.route, 1, reaction))
	require.ErrorContains(t, err, "does not exist; add reply_to to the step")
}

func TestEvent_OmitsFutureSteps(t *testing.T) {
	t.Parallel()
	m := read()
	m.Delivered, m.Read = scenarios.NotYet, scenarios.NotYet
	k := harnessOf(t, "mobtexting/whatsapp", generator.Options{Fill: generator.Full})
	require.Equal(t, []string{"2026-03-01T10:00:00.000000Z", "", ""},
		k.generate(itemOf("message.sent", time.Second, m), "/payload/processed_at", "/payload/delivered_at", "/payload/read_at"))
	read := k.generate(item("message.read"), "/payload/processed_at", "/payload/delivered_at", "/payload/read_at")
	require.Equal(t, []string{"2026-03-01T10:00:00.000000Z", "2026-03-01T10:00:05.000000Z", "2026-03-01T10:01:05.000000Z"}, read)
}

func TestEvent_ReasonUsesProviderError(t *testing.T) {
	t.Parallel()
	failed := item("message.failed")
	failed.Stage = "async"
	failed.With = []scenarios.Setting{{Name: "error", Text: "not-on-whatsapp"}}
	k := harnessOf(t, "gupshup/v2", generator.Options{})
	require.Equal(t, []string{"1002", "Number Does Not Exist On WhatsApp"}, k.generate(failed, "/payload/payload/code", "/payload/payload/reason"))
	k.seed = 8
	require.Equal(t, []string{"1002"}, k.generate(failed, "/payload/payload/code"), "for every seed")
	failed.With[0].Text = "bad-weather"
	_, err := k.g.Event(request(k.route, 1, failed))
	require.ErrorContains(t, err, `gupshup/v2 has no error "bad-weather"`)

	// A mapping with a status has the status of the reason.
	undelivered := item("message.undelivered")
	sms := harnessOf(t, "mobtexting/sms", generator.Options{})
	require.Equal(t, []string{"UNDELIV"}, sms.generate(undelivered, "/status"))
	undelivered.With = []scenarios.Setting{{Name: "error", Text: "dnd"}}
	require.Equal(t, []string{"DNDNUMB"}, sms.generate(undelivered, "/status"))
	undelivered.With[0].Text = "blacklisted"
	require.Equal(t, []string{"blacklist"}, harnessOf(t, "mobtexting/rcs", generator.Options{}).generate(undelivered, "/payload/status"))
}

// Each canonical event is recognized again: the locations that a mapping writes also identify it.
func TestEvent_MappingDeterminesBody(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	g := maker(t, catalog, generator.Options{})
	for _, p := range catalog.Providers {
		for _, route := range p.Routes {
			for _, event := range []string{"message.delivered", "template.paused", "account.restricted", "inbound.button", "contact.opted-out", "call.ended"} {
				mappings, none := route.Mappings(event)
				if none != "" {
					continue
				}
				for seed := range uint64(12) {
					made, err := g.Event(request(route, seed, item(event)))
					require.NoError(t, err)
					root, _, err := document.JSON(made.Body, document.BodyLimits())
					require.NoError(t, err)
					found := false
					for _, way := range mappings {
						fits := way.Type.Name == made.Type
						for _, place := range way.Where {
							n := root.At(document.Tokens(place.Pointer))
							fits = fits && n != nil && n.Compact(100) == place.JSON
						}
						found = found || fits
					}
					require.True(t, found, "%s on %s: %s", event, route.Name, made.Body)
				}
			}
		}
	}
}

func TestEvent_PricesAgree(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v3", generator.Options{Fill: generator.Full})
	const pricing, ends = "/entry/0/changes/0/value/statuses/0/pricing", "/entry/0/changes/0/value/statuses/0/conversation/expiration_timestamp"
	old := item("message.sent")
	old.With = []scenarios.Setting{{Name: "pricing.model", Text: "CBP"}}
	categories, withEnd, oldWithEnd := map[string]bool{}, 0, 0
	for seed := range uint64(30) {
		k.seed = seed
		sent := k.generate(item("message.sent"), pricing+"/category", pricing+"/pricing_model", pricing+"/type", pricing+"/billable", ends)
		categories[sent[0]] = true
		require.Equal(t, "PMP", sent[1])
		require.Equal(t, sent[0] == "service", sent[2] == "free_customer_service", sent)
		require.Equal(t, sent[0] == "service", sent[3] == "false", sent)
		if sent[4] != "-" {
			withEnd++
			require.Equal(t, strconv.FormatInt(start().Add(time.Second).Unix(), 10), sent[4], "a priced message opens no conversation")
		}
		require.Equal(t, sent[:2], k.generate(item("message.delivered"), pricing+"/category", pricing+"/pricing_model"))
		before := k.generate(old, pricing+"/pricing_model", pricing+"/type", ends)
		require.Equal(t, []string{"CBP", "-"}, before[:2])
		if before[2] != "-" {
			oldWithEnd++
			end, err := strconv.Atoi(before[2])
			require.NoError(t, err)
			require.Zero(t, end%60, "whole minutes")
			require.InDelta(t, start().Add(24*time.Hour).Unix(), end, 60)
		}
	}
	require.Len(t, categories, 4)
	require.NotZero(t, withEnd)
	require.NotZero(t, oldWithEnd)
}

func TestEvent_SameRequestSameBytes(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	var requests []generator.Request
	for i, e := range catalog.Types() {
		requests = append(requests, request(routeOf(t, e), uint64(i), item(e.Name)))
	}
	make1 := func(g *generator.Generator) []string {
		bodies := make([]string, len(requests))
		for i, r := range requests {
			event, err := g.Event(r)
			require.NoError(t, err)
			bodies[i] = string(event.Body)
		}
		return bodies
	}
	want := make1(maker(t, catalog, generator.Options{}))
	shared := maker(t, catalog, generator.Options{})
	got := make([][]string, 8)
	var all sync.WaitGroup
	for i := range got {
		all.Go(func() { got[i] = make1(shared) })
	}
	all.Wait()
	for _, bodies := range got {
		require.Equal(t, want, bodies)
	}
}

func TestSubscriber_NumbersAreFictionalAndDistinct(t *testing.T) {
	t.Parallel()
	k := harnessOf(t, "gupshup/v2", generator.Options{})
	seen, home := map[string]bool{}, 0
	for n := range 2000 {
		r := request(k.route, 3, item("inbound.text"))
		r.Conversation = n
		event, err := k.g.Event(r)
		require.NoError(t, err)
		root, _, err := document.JSON(event.Body, document.BodyLimits())
		require.NoError(t, err)
		phone := root.At(document.Tokens("/payload/source")).Text
		if strings.HasPrefix(phone, "919000") {
			home++
			require.False(t, seen[phone], "Indian numbers do not come twice")
		}
		seen[phone] = true
	}
	require.InDelta(t, 1700, home, 100)
}

// An optional list without a value is empty, and other values may be empty strings.
func TestEvent_ListWithoutValueIsEmpty(t *testing.T) {
	t.Parallel()
	one := itemOf("message.sent", time.Second, read())
	one.With = []scenarios.Setting{{Name: "message.tags", Absent: true}, {Name: "message.foreign_id", Literal: true}}
	netcore := harnessOf(t, "netcore", generator.Options{})
	event, err := netcore.g.Event(request(netcore.route, 1, one))
	require.NoError(t, err)
	require.Contains(t, string(event.Body), `"tags":[]`)
	require.Contains(t, string(event.Body), `"callbackdata":""`)
}
