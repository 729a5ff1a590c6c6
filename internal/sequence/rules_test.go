package sequence_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/sequence"
)

// many repeats items with a number.
func many(n int, one func(i int) sequence.Item) []sequence.Item {
	var all []sequence.Item
	for i := range n {
		all = append(all, one(i))
	}
	return all
}

func list(items ...sequence.Item) []sequence.Item { return items }

// A ruleCase is a capture with a defect, and the same capture without it.
type ruleCase struct {
	rule, name       string
	capture, control []sequence.Item
	want             []string
}

// All captures begin with enqueued, unless a case is about that.
func orderCases() []ruleCase {
	enqueued, sent := item("message.enqueued", 0), item("message.sent", 1)
	delivered, read := item("message.delivered", 2), item("message.read", 9)
	failed := item("message.failed", 3)
	return []ruleCase{
		{"D01", "duplicate", list(enqueued, sent, sent, sent), list(enqueued, sent), []string{"count D01 2"}},
		{"D04", "another body", list(enqueued, sent, item("message.sent", 2)), list(enqueued, sent, sent), []string{"drift D04"}},
		{"D04", "linked devices", list(enqueued, sent, item("message.sent", 2, linked)), list(enqueued, sent, delivered, item("message.delivered", 7, linked)), []string{"drift D04"}},
		{"D04", "two clicks", list(enqueued, sent, item("message.sent", 2)), list(enqueued, sent, delivered, item("message.clicked", 20), item("message.clicked", 30)), []string{"drift D04"}},
		{"D10", "late arrival", list(enqueued, delivered, sent, read), list(enqueued, sent, delivered, read), []string{"count D10 1"}},
		{
			"D11", "very late arrival",
			list(enqueued, item("message.delivered", 2, received(3)), item("message.sent", 1, received(304))),
			list(enqueued, item("message.delivered", 2, received(3)), item("message.sent", 1, received(299))),
			[]string{"note D11", "note D30"},
		},
		{"D13", "sent after delivered", list(enqueued, item("message.sent", 4), delivered), list(enqueued, item("message.sent", 3), delivered), []string{"drift D13"}},
		{"D13", "delivered after read", list(enqueued, sent, item("message.delivered", 11), read), list(enqueued, sent, item("message.delivered", 10), read), []string{"drift D13"}},
		{"D13", "linked devices", list(enqueued, sent, item("message.delivered", 11, linked), read), list(enqueued, sent, delivered, read), []string{"note D13"}},
		{"D14", "sent after read", list(enqueued, item("message.read", 2), item("message.sent", 9)), list(enqueued, sent, read), []string{"drift D14", "count D16 1"}},
		{"D14", "failed after delivered", list(enqueued, sent, delivered, failed), list(enqueued, sent, failed), []string{"drift D14"}},
		{"D14", "delivered after failed", list(enqueued, sent, failed, item("message.delivered", 5)), list(enqueued, sent, failed), []string{"drift D14"}},
		{"D14", "linked devices", list(enqueued, sent, item("message.failed", 3, linked), item("message.delivered", 5, linked)), list(enqueued, sent, item("message.failed", 3, linked)), []string{"drift D14"}},
		{
			"D14", "undeliverable on one of the linked devices", list(enqueued, sent, item("message.failed", 3, linked, undeliverable), item("message.delivered", 5, linked)),
			list(enqueued, sent, item("message.delivered", 5, linked)), []string{"note D14"},
		},
		{"D14", "sent after failed", list(enqueued, failed, item("message.sent", 5)), list(enqueued, item("message.sent", 4), failed), []string{"drift D14"}},
		{
			"D13", "by the time of the event, which is that of the status",
			list(enqueued, eventTime(4), item("message.delivered", 2, alsoEvent(2))), list(enqueued, eventTime(3), item("message.delivered", 2, alsoEvent(2))), []string{"drift D13"},
		},
		{
			"D13", "by the time of the event, which is later",
			list(enqueued, eventTime(63), item("message.delivered", 2, alsoEvent(4))), list(enqueued, eventTime(62), item("message.delivered", 2, alsoEvent(4))), []string{"drift D13"},
		},
		{"D34", "sent before enqueued", list(item("message.enqueued", 5), sent), list(item("message.enqueued", 2), sent), []string{"drift D34"}},
	}
}

func gapCases() []ruleCase {
	sentOf := func(i, seconds int) sequence.Item { return item("message.sent", seconds, message(fmt.Sprint("s", i))) }
	enqueuedOf := func(i, seconds int) sequence.Item {
		return item("message.enqueued", seconds, message(fmt.Sprint("s", i)))
	}
	hour := func(alone int) []sequence.Item { // 10 messages, some of which have nothing after sent
		all := many(10, func(i int) sequence.Item { return enqueuedOf(i, 0) })
		all = append(all, many(10, func(i int) sequence.Item { return sentOf(i, 1) })...)
		all = append(all, many(10-alone, func(i int) sequence.Item { return item("message.delivered", 5, message(fmt.Sprint("s", i))) })...)
		return append(all, item("inbound.text", 3700, message("in")))
	}
	steady := func(last int) []sequence.Item {
		return append(many(60, func(i int) sequence.Item { return item("inbound.text", 10*i, message(fmt.Sprint("i", i))) }), item("inbound.text", last, message("last")))
	}
	return []ruleCase{
		{"D15", "delivered without sent", list(item("message.delivered", 2)), list(item("message.enqueued", 0), item("message.sent", 1), item("message.delivered", 2)), []string{"count D15 1", "count D19 1"}},
		{
			"D15", "while others have sent",
			list(enqueuedOf(1, 0), sentOf(1, 1), enqueuedOf(2, 2), item("message.delivered", 4, message("s2")), enqueuedOf(3, 5), sentOf(3, 6)),
			list(enqueuedOf(1, 0), sentOf(1, 1), enqueuedOf(2, 2), sentOf(2, 3), item("message.delivered", 4, message("s2")), enqueuedOf(3, 5), sentOf(3, 6)),
			[]string{"note D15"},
		},
		{"D16", "read without delivered", list(item("message.enqueued", 0), item("message.sent", 1), item("message.read", 2)), list(item("message.enqueued", 0), item("message.sent", 1), item("message.delivered", 2), item("message.read", 3)), []string{"count D16 1"}},
		{"D17", "nothing after sent", hour(3), hour(2), []string{"note D17"}},
		{
			"D18", "enqueued only", list(enqueuedOf(1, 0), enqueuedOf(2, 1), sentOf(2, 2), enqueuedOf(3, 700), sentOf(3, 701)),
			list(enqueuedOf(1, 0), sentOf(1, 1), enqueuedOf(2, 1), sentOf(2, 2), enqueuedOf(3, 700), sentOf(3, 701)), []string{"note D18"},
		},
		{"D18", "at the end of the capture", list(enqueuedOf(1, 0), enqueuedOf(2, 1), sentOf(2, 2), enqueuedOf(3, 700), sentOf(3, 701)), list(enqueuedOf(1, 0), enqueuedOf(2, 1), sentOf(2, 2)), []string{"note D18"}},
		{"D19", "no send", list(item("message.sent", 1)), list(item("message.enqueued", 0), item("message.sent", 1)), []string{"count D19 1"}},
		{
			"D20", "answer to an unknown message", list(item("message.enqueued", 0), item("inbound.text", 5, message("in"), id("message.reply_to", "m0"))),
			list(item("message.enqueued", 0), item("inbound.text", 5, message("in"), id("message.reply_to", "m1"))), []string{"count D20 1"},
		},
		{"D22", "silence", steady(900), steady(700), []string{"note D22"}},
	}
}

func clockCases() []ruleCase {
	flat := func(seconds int) sequence.Item {
		at := start.Add(time.Duration(seconds) * time.Second)
		return item("inbound.text", 0, without("event.at"), timed("event.at", "datetime", at.Format(time.DateTime), at), received(3))
	}
	unit := func(n int, text string) sequence.Item {
		return item("inbound.text", 40*n, message(fmt.Sprint("u", n)), timed("", "unix_ms", text, time.Time{}))
	}
	return []ruleCase{
		{"D30", "late", list(item("inbound.text", 0, received(301))), list(item("inbound.text", 0, received(300))), []string{"note D30"}},
		{"D30", "early", list(item("inbound.text", 0, received(-61))), list(item("inbound.text", 0, received(-60))), []string{"note D30"}},
		{"D31", "IST read as UTC", list(flat(19_800)), list(flat(0)), []string{"note D31"}},
		{"D31", "UTC read as IST", list(item("inbound.text", -19_800, received(3))), list(item("inbound.text", 0, received(3))), []string{"note D31"}},
		{
			"D32", "milliseconds, then seconds, twice", list(unit(0, "1772359200000"), unit(1, "1772359200"), unit(2, "1772359200000"), unit(3, "1772359200")),
			list(unit(0, "1772359200000"), unit(1, "1772359201000")), []string{"drift D32"},
		},
		{
			"D37", "one second", many(31, func(i int) sequence.Item { return item("inbound.text", 0, message(fmt.Sprint("i", i))) }),
			many(30, func(i int) sequence.Item { return item("inbound.text", 0, message(fmt.Sprint("i", i))) }), []string{"count D37 1"},
		},
	}
}

func identityCases() []ruleCase {
	enqueued := item("message.enqueued", 0)
	sent := func(changes ...change) sequence.Item { return item("message.sent", 1, changes...) }
	inbound := func(n int, changes ...change) sequence.Item {
		return item("inbound.text", 40*n, append([]change{message(fmt.Sprint("i", n))}, changes...)...)
	}
	channel, number, user := "message.channel_id", "app.phone", "recipient.user_id"
	good := list(inbound(1, id(channel, wamid(userPhone))), inbound(2, id(channel, wamid(userPhone)+"=")))
	named := func(n int, name string) sequence.Item { return inbound(n, id("recipient.name", name)) }
	return []ruleCase{
		{
			"D40", "another number", append(slices.Clone(good), inbound(3, id(channel, wamid(userPhone2)))),
			append(slices.Clone(good), inbound(3, id(channel, wamid(userPhone2)), id("recipient.phone", userPhone2))), []string{"drift D40"},
		},
		{
			"D40", "an ID that doesn't decode", append(slices.Clone(good), inbound(3, id(channel, wamid(userPhone2)))), append(slices.Clone(good), inbound(3, id(channel, "wamid.HBgMabcd"))),
			[]string{"drift D40"},
		},
		{
			"D40", "a Brazilian number with a 9", append(slices.Clone(good), inbound(3, id(channel, wamid(userPhone2)))),
			append(slices.Clone(good), inbound(3, id(channel, wamid("551198765432")), id("recipient.phone", "5511998765432"))), []string{"drift D40"},
		},
		{"D40", "masked, numbers readable in IDs", list(inbound(1, id(channel, wamid(userPhone2)))), list(inbound(1, id(channel, wamid(userPhone)))), []string{"note D40"}},
		{"D41", "another constant", list(item("message.enqueued", 0, id("message.foreign_id", "a")), sent(id("message.foreign_id", "b"))), list(item("message.enqueued", 0, id("message.foreign_id", "a")), sent()), []string{"drift D41"}},
		{"D42", "two channel IDs", list(item("message.enqueued", 0, id(channel, "c1")), sent(id(channel, "c2"))), list(enqueued, sent(id(channel, "c1"))), []string{"drift D42"}},
		{
			"D42", "two message IDs", list(item("message.enqueued", 0, id(channel, "c1")), sent(message("m2"), id(channel, "c1"))),
			list(item("message.enqueued", 0, id(channel, "c1")), sent(id(channel, "c1"))), []string{"drift D42"},
		},
		{"D43", "two recipients", list(enqueued, sent(id("recipient.phone", userPhone2))), list(enqueued, sent(id("recipient.phone", "9198XXXX0113"))), []string{"drift D43"}},
		{
			"D41", "at another pointer", list(item("message.enqueued", 0, id("pricing.model", "a")), sent(id("pricing.model", "b"))),
			list(item("message.enqueued", 0, id("pricing.model", "a")), sent(at("/elsewhere", "pricing.model", "b"))), []string{"drift D41"},
		},
		{
			"D44", "two numbers", list(inbound(1, id(user, "IN.1")), inbound(2, id(user, "IN.1"), id("recipient.phone", userPhone2))),
			list(inbound(1, id(user, "IN.1")), inbound(2, id(user, "IN.2"), id("recipient.phone", userPhone2))), []string{"note D44"},
		},
		{
			"D44", "two user IDs", list(inbound(1, id(user, "IN.1")), inbound(2, id(user, "IN.2"))),
			list(inbound(1, id(user, "IN.1")), item("inbound.system", 80, message("s"), id(user, "IN.1")), inbound(3, id(user, "IN.2"))), []string{"note D44"},
		},
		{
			"D45", "two numbers of an app", list(inbound(1, id(number, businessCall)), inbound(2, id(number, "919800000198"))), list(inbound(1, id(number, businessCall)), inbound(2, id(number, businessCall))),
			[]string{"drift D45"},
		},
		{"D47", "four names", list(named(1, "A"), named(2, "B"), named(3, "C"), named(4, "D")), list(named(1, "A"), named(2, "B"), named(3, "C"), named(4, "A")), []string{"note D47"}},
		{
			"D48", "business as end user", list(inbound(1, id(number, businessCall)), inbound(2, id("recipient.phone", businessCall)), inbound(3, id("recipient.phone", businessCall))),
			list(inbound(1, id(number, businessCall)), inbound(2, id("recipient.phone", userPhone2))), []string{"note D48"},
		},
	}
}

// Each rule finds its defect, and nothing in the same capture without it.
func TestRules_DefectAndControl(t *testing.T) {
	t.Parallel()
	cases := slices.Concat(orderCases(), gapCases(), clockCases(), identityCases())
	for _, c := range cases {
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, brief(analyze(sequence.Options{}, c.capture...)))
			for _, found := range brief(analyze(sequence.Options{}, c.control...)) {
				require.NotContains(t, found, c.rule)
				require.NotContains(t, found, "drift")
			}
		})
	}
	for _, r := range sequence.Rules() {
		require.True(t, slices.ContainsFunc(cases, func(c ruleCase) bool { return c.rule == r.ID }), "%s has no case", r.ID)
	}
}

// The documentation lists each rule with its level.
func TestRules_AreDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/recognition.md")
	require.NoError(t, err)
	for _, r := range sequence.Rules() {
		require.Contains(t, string(page), fmt.Sprintf("| `%s` | %s | ", r.ID, r.Level))
	}
	require.Equal(t, len(sequence.Rules()), strings.Count(string(page), "| `D"))
	require.Contains(t, string(page), "the 20,000 messages")
	require.Equal(t, 20_000, sequence.Window)
}

// Strict turns what has a cause that may be innocent into drift, but neither counts nor the note that a
// capture is masked.
func TestStrict_NotesAreDrift(t *testing.T) {
	t.Parallel()
	late := item("inbound.text", 0, received(301))
	require.Equal(t, []string{"note D30"}, brief(analyze(sequence.Options{}, late)))
	require.Equal(t, []string{"drift D30"}, brief(analyze(sequence.Options{Strict: true}, late)))
	masked := item("inbound.text", 0, id("recipient.phone", "9198XXXX0112"))
	require.Equal(t, []string{"note D40"}, brief(analyze(sequence.Options{Strict: true}, masked)))
	twice := item("message.enqueued", 0)
	require.Equal(t, []string{"count D01 1"}, brief(analyze(sequence.Options{Strict: true}, twice, twice)))
}

// One note replaces what masked traffic shows about identity; other rules stay.
func TestMasked_OneNoteInsteadOfIdentity(t *testing.T) {
	t.Parallel()
	capture := func(phone string) []sequence.Item {
		return list(
			item("message.enqueued", 0, id("recipient.phone", phone), id("message.foreign_id", "a")), item("message.sent", 4, id("recipient.phone", phone), id("message.foreign_id", "b")),
			item("message.delivered", 2, id("recipient.phone", phone)),
		)
	}
	require.Equal(t, []string{"drift D13", "drift D41"}, brief(analyze(sequence.Options{}, capture(userPhone)...)))
	for _, phone := range []string{"9198XXXX0112", "+9198xx000112", "91980•••0112", "9198****0112", "9198…12"} {
		s := analyze(sequence.Options{}, capture(phone)...)
		require.True(t, s.Masked, phone)
		require.Equal(t, []string{"drift D13", "note D40"}, brief(s), phone)
	}
}

// The second item is where the unit switches, and its finding has both values.
func TestUnits_SwitchOnce(t *testing.T) {
	t.Parallel()
	unit := func(n int, text string) sequence.Item {
		return item("inbound.text", 40*n, message(fmt.Sprint("u", n)), timed("", "unix_ms", text, time.Time{}))
	}
	s := analyze(sequence.Options{}, unit(0, "1772359200000"), unit(1, "1772359201000"), unit(2, "1772359202"), unit(3, "1772359203000"))
	require.Len(t, s.Drift, 1)
	f := s.Drift[0]
	require.Equal(t, "the time at //unix_ms switches from milliseconds to seconds", f.Text)
	require.Equal(t, []int{2, 3}, []int{f.First.Number, f.Second.Number})
	require.Equal(t, sequence.Place{Number: 3, File: "a.ndjson", Line: 3}, f.Second.Place)
	require.Equal(t, "seconds, 1772359202", f.Second.Value)
}

// A finding has both items and both values, without phone numbers.
func TestFinding_SidesAreMasked(t *testing.T) {
	t.Parallel()
	mask := func(text string) string { return text[:4] + "x" }
	s := analyze(sequence.Options{Mask: mask}, item("message.enqueued", 0), item("message.sent", 1, id("recipient.phone", userPhone2)))
	require.Equal(t, []sequence.Finding{{
		ID: "D43", Level: sequence.Drift, Type: "acme/message.sent", Text: "one x",
		First:  sequence.Side{Place: sequence.Place{Number: 1, File: "a.ndjson", Line: 1}, Value: "9198x"},
		Second: sequence.Side{Place: sequence.Place{Number: 2, File: "a.ndjson", Line: 2}, Value: "9198x"},
	}}, s.Drift)
}

// The messages that were seen last are kept, and what was dropped is counted.
func TestWindow_KeepsWhatWasSeenLast(t *testing.T) {
	t.Parallel()
	of := func(event string, n int) sequence.Item { return item(event, n, message(fmt.Sprint("w", n))) }
	again := []sequence.Item{of("message.sent", 0), of("message.sent", 1), of("message.sent", 0), of("message.sent", 2)}
	s := analyze(sequence.Options{Window: 2}, append(slices.Clone(again), of("message.sent", 0))...)
	require.Equal(t, []int{3, 1, 2}, []int{s.Messages, s.Dropped, s.Window})
	require.Contains(t, brief(s), "count D01 2")
	s = analyze(sequence.Options{Window: 2}, append(slices.Clone(again), of("message.sent", 1))...)
	require.Equal(t, []int{4, 2}, []int{s.Messages, s.Dropped})
	require.Contains(t, brief(s), "count D01 1", "the message was dropped, so its copy is another message")
	require.True(t, s.Notable())
}

// Findings of one rule are bounded; the rest is counted.
func TestFindings_AreBounded(t *testing.T) {
	t.Parallel()
	var all []sequence.Item
	for n := range 130 {
		all = append(all, item("message.sent", 40*n, message(fmt.Sprint("b", n))), item("message.sent", 40*n+1, message(fmt.Sprint("b", n))))
	}
	s := analyze(sequence.Options{}, all...)
	require.Len(t, s.Drift, 100)
	require.Len(t, s.More, 1)
	require.Equal(t, "D04", s.More[0].ID)
	require.Equal(t, 30, s.More[0].Count)
}

// What the capture may lack at its start or end is no finding, in any part of a message's life.
func TestCapture_AnyPartOfALifeIsFine(t *testing.T) {
	t.Parallel()
	var life []sequence.Item
	for n := range 30 {
		for i, event := range []string{"message.enqueued", "message.sent", "message.delivered", "message.read"} {
			life = append(life, item(event, 100*n+i, message(fmt.Sprint("l", n))))
		}
	}
	for from := range 8 {
		for to := range 8 {
			s := analyze(sequence.Options{Strict: true}, slices.Clone(life[from:len(life)-to])...)
			require.Empty(t, s.Drift)
			require.Empty(t, s.Notes)
		}
	}
}

// A long value is compared, but not kept.
func TestValues_LongAreShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("order ", 200_000)
	of := func(text string) sequence.Item {
		return item("message.sent", 1, id("message.foreign_id", text))
	}
	enqueued := item("message.enqueued", 0, id("message.foreign_id", long+"a"))
	require.Empty(t, analyze(sequence.Options{}, enqueued, of(long+"a")).Drift)
	s := analyze(sequence.Options{}, enqueued, of(long+"b"))
	require.Len(t, s.Drift, 1)
	require.Less(t, len(s.Drift[0].First.Value), 200)
	require.NotEqual(t, s.Drift[0].First.Value, s.Drift[0].Second.Value)
}

// The memory for a capture doesn't grow with its length.
func TestAnalyzer_MemoryIsBounded(t *testing.T) {
	t.Parallel()
	heap := func(items int) int {
		a := sequence.New(sequence.Options{Window: 500})
		for n := range items {
			i := item("message.sent", n%5000, message(fmt.Sprint("x", n)), id("recipient.phone", fmt.Sprint(919800000000+n)), id("recipient.user_id", fmt.Sprint("IN.", n)))
			i.Place.Number = n + 1
			a.Add(i)
		}
		return a.Held()
	}
	require.LessOrEqual(t, heap(20_000), heap(10_000))
	require.Positive(t, heap(1))
}
