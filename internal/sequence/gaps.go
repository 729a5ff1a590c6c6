package sequence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An account is one business on a route, as far as items show it.
type account struct {
	name, route string
	// clock is the newest time of its items.
	clock time.Time
	// enqueued and sent count such items; lastSent is the newest of the sent.
	sent int
	// firstSent and lastSent are the first and last sent item.
	firstSent, lastSent Place
	// distances are those between inbound messages, and silence is the longest.
	distances   []time.Duration
	lastInbound Side
	lastAt      time.Time
	silence     time.Duration
	from, to    Side
	inboundType string
}

// accountOf returns the account of an item.
func (a *Analyzer) accountOf(item *Item) *account {
	name := ""
	for _, key := range []string{nameApp, nameAppID, namePhoneID, nameAccount, nameAppPhone, "app.bot"} {
		if name = item.text(key); key == nameAppPhone {
			name = item.business()
		}
		if name != "" {
			break
		}
	}
	key := item.Route + "\x00" + name
	if found, ok := a.accounts.get(key); ok {
		return found
	}
	made := &account{name: a.intern(name), route: item.Route}
	if gone, full := a.accounts.put(key, made); full {
		a.silenceOf(gone)
	}
	return made
}

// status counts a status of a message of the account.
func (c *account) status(s *status) {
	if s.event != "message.sent" {
		return
	}
	if c.sent == 0 {
		c.firstSent = s.place
	}
	c.sent++
	c.lastSent = s.place
}

// maxDistances are the distances that decide what is usual.
const maxDistances = 4_096

// inbound notes the distance from the last inbound message.
func (c *account) inbound(a *Analyzer, item *Item, at time.Time) {
	if at.IsZero() {
		return
	}
	here := Side{item.Place, stamp(at)}
	if distance := at.Sub(c.lastAt); !c.lastAt.IsZero() && distance > 0 {
		if len(c.distances) < maxDistances {
			c.distances = append(c.distances, distance)
		}
		if distance > c.silence {
			c.silence, c.from, c.to, c.inboundType = distance, c.lastInbound, here, a.intern(item.Type)
		}
	}
	if at.After(c.lastAt) {
		c.lastAt, c.lastInbound = at, here
	}
}

// silenceOf reports the longest silence of an account whose inbound messages are otherwise steady: at
// least 50 distances, of which nine in ten are at most 5 times the median.
func (a *Analyzer) silenceOf(c *account) {
	const enough, steady, long = 50, 5, 20
	if len(c.distances) < enough {
		return
	}
	slices.Sort(c.distances)
	median, high := c.distances[len(c.distances)/2], c.distances[len(c.distances)*9/10]
	if high > steady*median || c.silence <= long*median {
		return
	}
	a.report("D22", "", Finding{
		Type: c.inboundType, Text: fmt.Sprintf("no inbound message for %s; the median distance is %s", c.silence.Round(time.Second), median.Round(time.Millisecond)),
		First: c.from, Second: c.to,
	})
}

// An hourKey is an hour of an account.
type hourKey struct {
	account *account
	hour    int64
}

// An hour counts the sent messages of an hour, and those with nothing after it.
type hour struct {
	sent, alone int
	first, last Side
	typeName    string
}

// finish judges a message that no further item is expected of.
func (a *Analyzer) finish(m *message) {
	enqueued, sent := m.find("message.enqueued"), m.find("message.sent")
	after := m.find("message.delivered", "message.read", "message.played", "message.clicked")
	if len(m.statuses) == 0 || !strings.HasPrefix(m.statuses[0].event, "message.") {
		return
	}
	supports := func(event string) bool { return slices.Contains(m.supports, event) }
	if enqueued == nil && supports("message.enqueued") {
		a.count("D19")
	}
	if m.has("message.read") && !m.has("message.delivered") && supports("message.delivered") {
		a.count("D16")
	}
	if after != nil && sent == nil && supports("message.sent") {
		a.unsent(m, enqueued, after)
	}
	a.alone(m, sent)
	if enqueued != nil && sent == nil && after == nil && !m.has("message.failed", "message.undelivered", "message.deleted") {
		a.stuck(m.account, enqueued)
	}
}

// unsent counts a message that was delivered or read, without sent. It is a note if the send lies in
// the capture, and other messages have sent before and after it.
func (a *Analyzer) unsent(m *message, enqueued, after *status) {
	c := m.account
	if enqueued == nil || c.sent == 0 || c.firstSent.Number > enqueued.place.Number || c.lastSent.Number < after.place.Number {
		a.count("D15")
		return
	}
	a.report("D15", Note, Finding{
		Type: after.typeName, Text: "enqueued and " + after.event + ", without sent; other messages of the account have it",
		First: Side{enqueued.place, stamp(enqueued.at)}, Second: Side{after.place, stamp(after.at)},
	})
}

// alone counts a sent message for its hour, once an hour has passed.
func (a *Analyzer) alone(m *message, sent *status) {
	if sent == nil || sent.at.IsZero() || m.account.clock.Sub(sent.at) <= time.Hour {
		return
	}
	key := hourKey{m.account, sent.at.Unix() / 3600}
	h := a.hours[key]
	if h == nil {
		if len(a.hours) == maxHours {
			return
		}
		h = &hour{}
		a.hours[key] = h
	}
	h.sent++
	for i := range m.statuses {
		if event := m.statuses[i].event; event != "message.sent" && event != "message.enqueued" {
			return
		}
	}
	here := Side{sent.place, stamp(sent.at)}
	if h.alone == 0 || here.Number < h.first.Number {
		h.first, h.typeName = here, sent.typeName
	}
	if here.Number > h.last.Number {
		h.last = here
	}
	h.alone++
}

// aloneByHour reports the hours in which too many messages have nothing after sent.
func (a *Analyzer) aloneByHour() {
	const enough, percent = 10, 20
	for _, h := range a.hours {
		if h.sent < enough || 100*h.alone <= percent*h.sent {
			continue
		}
		a.report("D17", "", Finding{
			Type: h.typeName, Text: fmt.Sprintf("%d of %d messages that were sent in the same hour have nothing after it", h.alone, h.sent), First: h.first, Second: h.last,
		})
	}
	slices.SortFunc(a.found[ruleOf("D17")], func(a, b Finding) int { return a.First.Number - b.First.Number })
}

// stuck reports a message that was enqueued and no more, if the account's messages have sent, and 10
// minutes have passed.
func (a *Analyzer) stuck(c *account, enqueued *status) {
	const patience = 10 * time.Minute
	if c.sent == 0 || c.lastSent.Number < enqueued.place.Number || enqueued.at.IsZero() || c.clock.Sub(enqueued.at) <= patience {
		return
	}
	a.report("D18", "", Finding{
		Type: enqueued.typeName, Text: "enqueued, and neither sent nor failed within 10 minutes; other messages of the account were sent later",
		First: Side{enqueued.place, stamp(enqueued.at)}, Second: Side{c.lastSent, "sent"},
	})
}

// reference counts an inbound message that answers a message outside of the capture.
func (a *Analyzer) reference(item *Item) {
	replied := false
	for name, to := range map[string]string{nameReply: nameMessage, nameChannelReply: nameChannel} {
		if id := item.text(name); id != "" {
			replied = true
			if a.byID[messageKey{item.Route, to, id}] != nil {
				return
			}
		}
	}
	if replied {
		a.count("D20")
	}
}
