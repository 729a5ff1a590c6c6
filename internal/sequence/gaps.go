package sequence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// An account is one business on a route, as far as items show it.
type account struct {
	// clock is the newest time of its items.
	clock int64
	// firstSent and lastSent are the first and last sent item.
	firstSent, lastSent spot
	// distances are those between inbound messages, and silence is the longest.
	distances   []int64
	lastInbound moment
	silence     int64
	from, to    moment
	tuple       [len(tupleNames)]string
}

// An accountKey is the name or number of an account.
type accountKey struct{ route, name string }

// A moment is an item and its time.
type moment struct {
	spot
	at int64
}

func (m moment) describe() Side { return m.side(stamp(m.at)) }

// accountOf returns the account of an item.
func (a *Analyzer) accountOf(item *Item) *account {
	name := ""
	for _, key := range [...]string{nameApp, nameAppID, namePhoneID, nameAccount, nameAppPhone, nameBot} {
		if name = item.text(key); key == nameAppPhone {
			name = item.business()
		}
		if name != "" {
			break
		}
	}
	key := accountKey{item.Route, name}
	if found, ok := a.accounts.get(key); ok {
		return found
	}
	made := &account{}
	if gone, full := a.accounts.put(accountKey{a.intern(item.Route), a.intern(name)}, made); full {
		a.silenceOf(gone)
	}
	return made
}

// hasSent reports whether a message of the account has sent.
func (c *account) hasSent() bool { return c.firstSent.kind != nil }

// status counts a status of a message of the account.
func (c *account) status(s *status) {
	if s.event() != "message.sent" {
		return
	}
	if !c.hasSent() {
		c.firstSent = s.spot
	}
	c.lastSent = s.spot
}

// maxDistances are the distances that decide what is usual.
const maxDistances = 512

// inbound notes the distance from the last inbound message.
func (c *account) inbound(here spot, at int64) {
	if at == 0 {
		return
	}
	last := moment{here, at}
	if distance := at - c.lastInbound.at; c.lastInbound.at != 0 && distance > 0 {
		if len(c.distances) < maxDistances {
			c.distances = append(c.distances, distance)
		}
		if distance > c.silence {
			c.silence, c.from, c.to = distance, c.lastInbound, last
		}
	}
	if at > c.lastInbound.at {
		c.lastInbound = last
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
		Type: c.to.kind.typeName, Text: fmt.Sprintf("no inbound message for %s; the median distance is %s", rounded(c.silence), rounded(median)),
		First: c.from.describe(), Second: c.to.describe(),
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
	first, last moment
}

// finish judges a message that no further item is expected of.
func (a *Analyzer) finish(m *message) {
	enqueued, sent := m.find("message.enqueued"), m.find("message.sent")
	after := m.find("message.delivered", "message.read", "message.played", "message.clicked")
	if len(m.statuses) == 0 || !strings.HasPrefix(m.statuses[0].event(), "message.") {
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
	if enqueued == nil || !c.hasSent() || c.firstSent.number > enqueued.number || c.lastSent.number < after.number {
		a.count("D15")
		return
	}
	a.report("D15", Note, Finding{
		Type: after.kind.typeName, Text: "enqueued and " + after.event() + ", without sent; other messages of the account have it",
		First: enqueued.describe(), Second: after.describe(),
	})
}

// alone counts a sent message for its hour, once an hour has passed.
func (a *Analyzer) alone(m *message, sent *status) {
	if sent == nil || sent.at == 0 || m.account.clock-sent.at <= int64(time.Hour) {
		return
	}
	key := hourKey{m.account, sent.at / int64(time.Hour)}
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
		if event := m.statuses[i].event(); event != "message.sent" && event != "message.enqueued" {
			return
		}
	}
	here := moment{sent.spot, sent.at}
	if h.alone == 0 || here.number < h.first.number {
		h.first = here
	}
	if here.number > h.last.number {
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
			Type: h.first.kind.typeName, Text: fmt.Sprintf("%d of %d messages that were sent in the same hour have nothing after it", h.alone, h.sent),
			First: h.first.describe(), Second: h.last.describe(),
		})
	}
	slices.SortFunc(a.found[ruleOf("D17")], func(a, b Finding) int { return a.First.Number - b.First.Number })
}

// stuck reports a message that was enqueued and no more, if the account's messages have sent, and 10
// minutes have passed.
func (a *Analyzer) stuck(c *account, enqueued *status) {
	const patience = int64(10 * time.Minute)
	if !c.hasSent() || c.lastSent.number < enqueued.number || enqueued.at == 0 || c.clock-enqueued.at <= patience {
		return
	}
	a.report("D18", "", Finding{
		Type: enqueued.kind.typeName, Text: "enqueued, and neither sent nor failed within 10 minutes; other messages of the account were sent later",
		First: enqueued.describe(), Second: c.lastSent.side("sent"),
	})
}

// reference counts an inbound message that answers a message outside of the capture.
func (a *Analyzer) reference(item *Item) {
	replied := false
	for _, names := range [...][2]string{{nameReply, nameMessage}, {nameChannelReply, nameChannel}} {
		if id := item.text(names[0]); id != "" {
			replied = true
			if a.byID[a.idHash(item.Route, names[1], id)] != nil {
				return
			}
		}
	}
	if replied {
		a.count("D20")
	}
}
