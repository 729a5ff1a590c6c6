package scenarios_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/scenarios"
)

func TestPlan_TimesOfSteps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ steps, want string }{
		"default time of each event": {`
- send: message.enqueued
- send: message.sent
- send: message.delivered
- send: message.read`, `
100ms 0/1 message.enqueued m
1s 0/2 message.sent m
6s 0/3 message.delivered m
1m6s 0/4 message.read m`},
		"after": {`
- send: message.enqueued
- send: message.delivered
  after: 3s
  illegal: true
- send: message.read
  after: {fixed: 7d}`, `
100ms 0/1 message.enqueued m
3.1s 0/2 message.delivered m
168h0m3.1s 0/3 message.read m`},
		"at": {`
- send: message.sent
- send: message.delivered
  at: 1m
- send: message.read
  at: 2h`, `
1s 0/1 message.sent m
1m0s 0/2 message.delivered m
2h0m0s 0/3 message.read m`},
		"at before the end of the previous step": {`
- send: message.delivered
  after: 10s
- send: inbound.text
  at: 2s`, `
10s 0/1 message.delivered m
10s 0/2 inbound.text in:2`},
		"default pause without a known time": {`
- send: account.tier
- send: inbound.text
- send: contact.opted-out`, `
1s 0/1 account.tier
2s 0/2 inbound.text in:2
3s 0/3 contact.opted-out`},
		"default delay after an event that has not happened": {`
- send: message.sent
- send: message.read`, `
1s 0/1 message.sent m
1m1s 0/2 message.read m`},
		"each message starts at its submission": {`
- send: message.sent
- send: message.sent
  message: other
- send: message.delivered
- send: message.delivered
  message: other`, `
1s 0/1 message.sent m
2s 0/2 message.sent other
6s 0/3 message.delivered m
7s 0/4 message.delivered other`},
		"pause before the first event of a message": {`
- send: message.enqueued
  after: 1m
- send: message.sent
- send: message.failed
  message: other
  after: 3s`, `
1m0s 0/1 message.enqueued m
1m0.9s 0/2 message.sent m
1m3.9s 0/3 message.failed (sync) other`},
		"billing after its message": {`
- send: message.sent
- send: billing.deducted`, `
1s 0/1 message.sent m
3s 0/2 billing.deducted m`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, strings.TrimSpace(c.want), strings.Join(shown(plan(t, c.steps, everything(), scenarios.Options{})), "\n"))
		})
	}
}

func TestPlan_NestedSteps(t *testing.T) {
	t.Parallel()
	batches := everything()
	batches.maxItems = 2
	for name, c := range map[string]struct {
		route       scenarios.Route
		steps, want string
	}{
		"choose": {everything(), `
- choose:
    - {weight: 0, steps: [{send: inbound.text}]}
    - {weight: 3, steps: [{send: message.sent}, {send: message.read}]}
  after: 2s
- choose: [{steps: []}]
- send: inbound.audio`, `
3s 0/1.b.1 message.sent m
1m3s 0/1.b.2 message.read m
1m4s 0/3 inbound.audio in:3`},
		"repeat": {everything(), `
- repeat: {count: 3, steps: [{send: message.delivered, after: 2s}]}
- send: account.tier`, `
2s 0/1.1#1 message.delivered m:1#1
4s 0/1.1#2 message.delivered m:1#2
6s 0/1.1#3 message.delivered m:1#3
7s 0/2 account.tier`},
		"repeat with every": {everything(), `
- repeat: {count: 2, every: 10s, steps: [{send: message.sent}, {send: message.delivered}]}`, `
1s 0/1.1#1 message.sent m:1#1
6s 0/1.2#1 message.delivered m:1#1
11s 0/1.1#2 message.sent m:1#2
16s 0/1.2#2 message.delivered m:1#2`},
		"every shorter than a round": {everything(), `
- repeat: {count: 2, every: 1s, steps: [{send: account.tier, after: 5s}]}`, `
5s 0/1.1#1 account.tier
10s 0/1.1#2 account.tier`},
		"nested repeat": {everything(), `
- repeat: {count: 2, steps: [{send: message.sent}, {repeat: {count: 2, steps: [{send: inbound.text, reply_to: m}, {send: message.read, message: x}]}}]}`, `
1s 0/1.1#1 message.sent m:1#1
2s 0/1.2.1#1#1 inbound.text in:1.2.1#1#1 to m:1#1
1m2s 0/1.2.2#1#1 message.read x:1.2#1#1
1m3s 0/1.2.1#1#2 inbound.text in:1.2.1#1#2 to m:1#1
2m3s 0/1.2.2#1#2 message.read x:1.2#1#2
2m4s 0/1.1#2 message.sent m:1#2
2m5s 0/1.2.1#2#1 inbound.text in:1.2.1#2#1 to m:1#2
3m5s 0/1.2.2#2#1 message.read x:1.2#2#1
3m6s 0/1.2.1#2#2 inbound.text in:1.2.1#2#2 to m:1#2
4m6s 0/1.2.2#2#2 message.read x:1.2#2#2`},
		"message from before the repeat": {everything(), `
- send: message.sent
- repeat: {count: 2, steps: [{send: message.clicked, after: 1s, illegal: true}]}`, `
1s 0/1 message.sent m
2s 0/2.1#1 message.clicked m
3s 0/2.1#2 message.clicked m`},
		"message from before the conversation": {everything(), `
- repeat: {count: 2, steps: [{send: inbound.click}]}
- send: message.clicked`, `
1s 0/1.1#1 inbound.click in:1.1#1 to m
2s 0/1.1#2 inbound.click in:1.1#2 to m
3s 0/2 message.clicked m`},
		"parallel": {everything(), `
- send: message.sent
- parallel:
    - [{send: message.delivered}, {send: message.read}]
    - [{send: inbound.text, after: 1s}, {send: inbound.image, after: 7s}]
  after: 4s
- send: account.tier`, `
1s 0/1 message.sent m
6s 0/2.a.1 message.delivered m
6s 0/2.b.1 inbound.text in:2.b.1
13s 0/2.b.2 inbound.image in:2.b.2
1m6s 0/2.a.2 message.read m
1m7s 0/3 account.tier`},
		"batch": {batches, `
- batch: [{send: message.sent, message: a}, {send: message.sent, message: b}, {send: message.delivered, message: a}]
- batch: [{send: message.read, message: a}, {send: message.read, message: b}]
  after: 5s`, `
6s 0/1 message.sent a of 1s + message.sent b of 1s
6s 0/1 message.delivered a
11s 0/2 message.read a + message.read b`},
		"batch where a body has one item": {everything(), `
- batch: [{send: message.sent, message: a}, {send: message.sent, message: b}]`, `
1s 0/1 message.sent a
1s 0/1 message.sent b`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, strings.TrimSpace(c.want), strings.Join(shown(plan(t, c.steps, c.route, scenarios.Options{})), "\n"))
		})
	}
}

func TestReply_FindsMessage(t *testing.T) {
	t.Parallel()
	const s = time.Second
	sent := plan(t, `
- {send: message.sent}
- {send: inbound.button}
- {send: inbound.text, reply_to: m}
- {send: inbound.text}
- {send: inbound.edited}`, everything(), scenarios.Options{})
	require.Equal(t, []string{
		"1s 0/1 message.sent m", "2s 0/2 inbound.button in:2 to m", "3s 0/3 inbound.text in:3 to m",
		"4s 0/4 inbound.text in:4", "5s 0/5 inbound.edited in:5 to in:4",
	}, shown(sent))
	require.Equal(t, &scenarios.Message{Name: "m", Enqueued: scenarios.NotYet, Sent: s, Delivered: scenarios.NotYet, Read: scenarios.NotYet}, planned(sent)[1].Items[0].Reply)

	before := planned(plan(t, "- {send: inbound.list}\n- {send: message.read}\n- {send: message.failed, illegal: true}", everything(), scenarios.Options{}))
	require.Equal(t, &scenarios.Message{Name: "m", Submitted: -60 * s, Enqueued: -60 * s, Sent: -59 * s, Delivered: -58 * s, Read: scenarios.NotYet},
		before[0].Items[0].Reply, "a message from before the conversation was sent a minute earlier")
	require.Equal(t, "async", before[2].Items[0].Stage)

	alone := planned(plan(t, "- {send: inbound.deleted}", everything(), scenarios.Options{}))
	require.Equal(t, "in", alone[0].Items[0].Reply.Name, "only an inbound message can be deleted")
}

func TestItem_HasStateOfItsMessage(t *testing.T) {
	t.Parallel()
	const never, ms, s = scenarios.NotYet, time.Millisecond, time.Second
	var messages []scenarios.Message
	for c := range plan(t, `
- send: message.enqueued
- parallel:
    - [{send: message.read, at: 10s}]
    - [{send: message.sent, at: 3s}, {send: message.failed, at: 20s}]
- send: account.tier`, everything(), scenarios.Options{}).PlannedEvents {
		messages = append(messages, c.Items[0].Message)
	}
	require.Equal(t, []scenarios.Message{
		{Name: "m", Enqueued: 100 * ms, Sent: never, Delivered: never, Read: never},
		{Name: "m", Enqueued: 100 * ms, Sent: 3 * s, Delivered: never, Read: never},
		{Name: "m", Enqueued: 100 * ms, Sent: 3 * s, Delivered: never, Read: 10 * s},
		{Name: "m", Enqueued: 100 * ms, Sent: 3 * s, Delivered: never, Read: 10 * s},
		{Submitted: 21 * s, Enqueued: never, Sent: never, Delivered: never, Read: never},
	}, messages)
}

// The times in a late event show that it is late.
func TestItem_LateEventKeepsEarlierTime(t *testing.T) {
	t.Parallel()
	p := plan(t, "- {send: message.delivered, after: 2s}\n- {send: message.sent, after: 1s, illegal: true}\n- {send: message.delivered, after: 1s}", everything(), scenarios.Options{})
	require.Equal(t, []string{"2s 0/1 message.delivered m", "3s 0/2 message.sent m of 2s", "4s 0/3 message.delivered m"}, shown(p))
	require.Equal(t, 2*time.Second, planned(p)[2].Items[0].Message.Delivered, "what has been stays what it was")
}

func TestItem_StageOfFailures(t *testing.T) {
	t.Parallel()
	for steps, c := range map[string]struct {
		route scenarios.Route
		want  string
	}{
		"- {send: message.failed}":                                                                             {everything(), "sync"},
		"- {send: message.undelivered}":                                                                        {everything(), "async"},
		"- {send: message.enqueued}\n- {send: message.failed}":                                                 {everything(), "async"},
		"- {send: message.sent, message: other}\n- {send: message.failed}":                                     {everything(), "sync"},
		"- {send: message.enqueued}\n- {send: message.failed} # the first event is unsupported":                {without("message.enqueued"), "async"},
		"- {send: message.enqueued, probability: 0}\n- {send: message.failed} # the first event never happens": {everything(), "sync"},
	} {
		all := planned(plan(t, steps, c.route, scenarios.Options{}))
		require.Equal(t, c.want, all[len(all)-1].Items[0].Stage, steps)
	}
}

func TestPlan_SkipsUnsupportedEvents(t *testing.T) {
	t.Parallel()
	p := plan(t, `
- send: message.enqueued
- await: {call: send, within: 5s}
- send: message.sent
  after: 4s
- choose: [{steps: [{send: inbound.sticker, after: 1h}]}]
- do: contact.opt-out
- send: message.delivered`, without("message.sent", "inbound.sticker"), scenarios.Options{})
	require.Equal(t, []scenarios.Skip{
		{Step: "2", Event: "await send", Cause: "it needs calls of a consumer, which play does not receive"},
		{Step: "3", Event: "message.sent", Cause: "unknown"},
		{Step: "4.a.1", Event: "inbound.sticker", Cause: "unknown"},
		{Step: "5", Event: "do contact.opt-out", Cause: "it needs the provider's state, which play does not have"},
	}, p.Skipped)
	require.Equal(t, []string{"100ms 0/1 message.enqueued m", "9.1s 0/6 message.delivered m"}, shown(p),
		"the unsupported event happens, delivered follows 5 s later; the sticker causes no delay")
	require.Equal(t, 4100*time.Millisecond, planned(p)[1].Items[0].Message.Sent)
}

func TestPlan_ActionsNeedMock(t *testing.T) {
	t.Parallel()
	p := plan(t, `
- send: message.sent
- await: {call: send, within: 5s}
- do: contact.opt-out
  after: 2s
  with: {recipient.phone: "919000000003"}
- send: message.delivered
  at: 9s`, everything(), scenarios.Options{
		HasMock: true, With: []scenarios.Setting{{Name: "message.text", Text: "x"}}, Faults: faults(t, "duplicate", "reorder:window=2"),
	})
	require.Empty(t, p.Skipped)
	var steps []scenarios.Action
	var at []time.Duration
	for _, planned := range planned(p) {
		if planned.Action != nil {
			require.Empty(t, planned.Items)
			require.Empty(t, planned.Faults)
			steps, at = append(steps, *planned.Action), append(at, planned.At)
		}
	}
	require.Equal(t, []scenarios.Action{
		{Call: "send", Within: 5 * time.Second},
		{Command: "contact.opt-out", With: []scenarios.Setting{{Name: "recipient.phone", Text: "919000000003"}, {Name: "message.text", Text: "x"}}},
	}, steps)
	require.Equal(t, 2*time.Second, at[1]-at[0], "what is done has its time as what is sent has")
}

func TestSettings_Precedence(t *testing.T) {
	t.Parallel()
	text := `
with: {message.tags: root, message.type: root, error: [unheard-of, window-closed]}
steps:
  - send: message.sent
    with: {message.type: step, message.text: step}
  - batch: [{send: message.failed, with: {message.tags: item, error: unheard-of}}]
    with: {message.tags: batch, message.text: null}
`
	p := plan(t, text, everything(), scenarios.Options{})
	require.Equal(t, []string{
		"1s 0/1 message.sent m message.tags=root error=window-closed message.type=step message.text=step",
		"10s 0/2 message.failed (async) m message.type=root error=window-closed message.text=none message.tags=item",
	}, shown(p))
	p = plan(t, text, everything(), scenarios.Options{
		With: []scenarios.Setting{{Name: "message.type", Text: "option"}, {Name: "error", Text: "not-on-whatsapp"}},
		Set:  []scenarios.Setting{{Name: "/a", Text: "1"}, {Name: "/b", Text: "2"}, {Name: "/a", Text: "3"}},
	})
	require.Equal(t, "1s 0/1 message.sent m message.tags=root message.text=step message.type=option error=not-on-whatsapp /b=2 /a=3", shown(p)[0])
}

func TestSet_OptionsOverrideFile(t *testing.T) {
	t.Parallel()
	p := plan(t, "provider: made-up\nset: {/a: root, /b: root, /c: root}\nsteps: [{send: made-up/event, set: {/b: [1, null], /c: x}}]",
		everything(), scenarios.Options{Set: []scenarios.Setting{{Name: "/c", Text: "{}"}}})
	require.Equal(t, []string{`1s 0/1 made-up/event in:1 /a="root" /b=[1, null] /c={}`}, shown(p))
}

func TestPlan_StartsConversationsAtRate(t *testing.T) {
	t.Parallel()
	p := plan(t, "conversations: 4\nrate: 0.6/s\nsteps: [{send: account.tier, after: 0s}]", everything(), scenarios.Options{})
	require.Equal(t, []string{"0s 0/1 account.tier", "1.666666s 1/1 account.tier", "3.333333s 2/1 account.tier", "5s 3/1 account.tier"}, shown(p))
	require.Equal(t, 4, p.Conversations)
	p = plan(t, "- {send: account.tier, after: 0s}", everything(), scenarios.Options{Conversations: 3})
	require.Equal(t, []string{"0s 0/1 account.tier", "20ms 1/1 account.tier", "40ms 2/1 account.tier"}, shown(p))
	p = plan(t, "conversations: 9\nsteps: [{send: account.tier}]", everything(), scenarios.Options{Conversations: 2, Rate: 1})
	require.Equal(t, []string{"1s 0/1 account.tier", "16m41s 1/1 account.tier"}, shown(p))
}

func TestPlan_MergesConversationsByTime(t *testing.T) {
	t.Parallel()
	p := plan(t, "conversations: 3\nrate: 1/s\nsteps: [{send: message.sent, after: 0s}, {send: message.delivered, after: 2s}]", everything(), scenarios.Options{})
	require.Equal(t, []string{
		"0s 0/1 message.sent m", "1s 1/1 message.sent m", "2s 0/2 message.delivered m", "2s 2/1 message.sent m",
		"3s 1/2 message.delivered m", "4s 2/2 message.delivered m",
	}, shown(p))
	for i, c := range planned(p) {
		require.Equal(t, i, c.Number)
	}
}

func TestPlan_RejectsInvalidInput(t *testing.T) {
	t.Parallel()
	const sends = "- {send: message.sent}\n"
	other, lacking := everything(), without("message.sent", "message.read")
	other.provider = "other"
	for name, c := range map[string]struct {
		text    string
		route   scenarios.Route
		options scenarios.Options
		want    string
	}{
		"route of another provider": {"provider: gupshup\nsteps:\n" + sends, everything(), scenarios.Options{},
			"plan gupshup/test: it is a scenario of gupshup, and made-up/one is a route of made-up"},
		"other route": {"provider: made-up\nroutes: [made-up/two, made-up/three]\nsteps:\n" + sends, everything(), scenarios.Options{},
			"plan made-up/test: it is for made-up/two, made-up/three, not for the route made-up/one"},
		"no supported event": {sends + "- {send: message.read}\n- {send: message.sent, illegal: true}\n", lacking, scenarios.Options{},
			"plan test: the route made-up/one supports none of its events (message.sent, message.read); " +
				"run `ringback scenario table` to find a route that does"},
		"no event":               {"- choose: [{steps: []}]", everything(), scenarios.Options{}, "plan test: it sends no event"},
		"too many conversations": {sends, everything(), scenarios.Options{Conversations: 20_000_000}, "plan test: expected 1 to 10000000 conversations, found 20000000"},
		"negative conversations": {sends, everything(), scenarios.Options{Conversations: -1}, "plan test: expected 1 to 10000000 conversations, found -1"},
		"negative rate":          {sends, everything(), scenarios.Options{Rate: -1}, "plan test: expected a rate from 0.001/s to 1000000/s, found -1 thousandths"},
		"rate too low":           {sends, everything(), scenarios.Options{Rate: 1, Conversations: 400_000}, "plan test: starting 400000 conversations at this rate takes more than ten years; raise the rate"},
		"unknown value":          {sends, everything(), scenarios.Options{With: []scenarios.Setting{{Name: "mesage.id"}}}, `plan test: with mesage.id: unknown value "mesage.id"; did you mean "message.id"?`},
		"unknown reason":         {sends, everything(), scenarios.Options{With: []scenarios.Setting{{Name: "error", Text: "full-moon"}}}, `plan test: the route made-up/one has no error for the reason "full-moon"`},
		"invalid JSON Pointer":   {sends, everything(), scenarios.Options{Set: []scenarios.Setting{{Name: "id", Text: "1"}}}, `plan test: set: expected a JSON Pointer (for example /payload/id), found "id"`},
		"invalid JSON":           {sends, everything(), scenarios.Options{Set: []scenarios.Setting{{Name: "/id", Text: "x"}}}, `plan test: set /id: expected JSON, found "x"`},
		"too many copies":        {sends, everything(), scenarios.Options{Faults: faults(t, "duplicate:copies=1001")}, "plan test: 1001 copies of one event are too many; the limit is 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scenario(t, c.text).Plan(c.route, c.options)
			require.EqualError(t, err, c.want)
		})
	}
	_, err := scenario(t, "provider: made-up\nroutes: [made-up]\nsteps:\n"+sends).Plan(everything(), scenarios.Options{})
	require.NoError(t, err, "a provider selects all its routes")
}

func TestPlan_TimesDoNotOverflow(t *testing.T) {
	t.Parallel()
	p := plan(t, "- repeat: {count: 400, steps: [{send: account.tier, after: 366d}]}", everything(), scenarios.Options{Faults: faults(t, "delay:366d")})
	last := time.Duration(-1)
	for c := range p.PlannedEvents {
		require.GreaterOrEqual(t, c.At, last)
		last = c.At
	}
	require.Equal(t, 200*366*24*time.Hour, last)
}
