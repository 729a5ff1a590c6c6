package scenarios

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
)

// A talk is one conversation in the making. It is played from the first step
// to the last; only then is it known what had become of a message by the time
// of each event, for branches that are played at the same time are played here
// one after the other.
type talk struct {
	plan     *Plan
	number   int
	start    time.Duration
	seed     uint64
	messages []*message
	lines    []line
	drafts   []draft
	inbound  *message // the latest of the person's
}

// A line is an Item in the making.
type line struct {
	act          *act
	at           time.Duration
	about, reply *message
}

// A draft is a Cue in the making: what it tells are the lines from first to last.
type draft struct {
	Cue
	act         *act
	first, last int
	// struck are the faults of the plan that befall it.
	struck []Befallen
}

// A round is where in its repeats a step is played. The zero round is outside
// of all.
type round struct {
	suffix, place string
	seed          uint64
}

// Each place where luck is needed has its own, so that a change in one step
// leaves all others as they were.
const (
	luckOfHappening = iota + 1
	luckOfTime
	luckOfChoice
	luckOfRound
	luckOfBody
)

func (t *talk) luck(a *act, r round, of uint64) *chance.Source {
	return chance.New(chance.Seed(t.seed, a.seed, r.seed, of))
}

// converse plans one conversation: its cues, in the order of their time.
func (p *Plan) converse(number int) []draft {
	t := talk{plan: p, number: number, start: p.start(number), seed: p.Seed(uint64(number))}
	t.play(p.acts, t.start, round{})
	return t.write()
}

// play plays steps, the first of them from some time on, and returns when the
// last is over.
func (t *talk) play(acts []act, now time.Duration, r round) time.Duration {
	for i := range acts {
		a := &acts[i]
		if a.chance < certain && t.luck(a, r, luckOfHappening).IntN(certain) >= a.chance {
			continue
		}
		switch a.kind {
		case send:
			now = t.send(a, now, r)
		case batch:
			now = t.batch(a, now, r)
		case choose:
			now, _ = t.begin(a, now, r)
			now = t.play(t.choose(a, r), now, r)
		case repeat:
			now, _ = t.begin(a, now, r)
			now = t.repeat(a, now, r)
		case parallel:
			now, _ = t.begin(a, now, r)
			now = t.together(a, now, r)
		case await, do:
			now = t.do(a, now, r)
		}
	}
	return now
}

// begin is when a step begins by its own after or at, and whether it has one.
// No step begins before the one before it is over.
func (t *talk) begin(a *act, now time.Duration, r round) (time.Duration, bool) {
	switch {
	case a.pinned:
		return max(now, later(t.start, a.step.at)), true
	case a.timed:
		return later(now, a.after.Sample(t.luck(a, r, luckOfTime))), true
	}
	return now, false
}

// later adds a delay to a time, but never leaves what a time can hold.
func later(at, delay time.Duration) time.Duration { return min(at+delay, furthest) }

// together plays branches that begin at once, and ends with the last of them.
func (t *talk) together(a *act, now time.Duration, r round) time.Duration {
	end := now
	for _, w := range a.ways {
		end = max(end, t.play(w.acts, now, r))
	}
	return end
}

func (t *talk) choose(a *act, r round) []act {
	drawn := t.luck(a, r, luckOfChoice).IntN(a.total)
	for _, w := range a.ways {
		if drawn < w.weight {
			return w.acts
		}
		drawn -= w.weight
	}
	return nil
}

// repeat plays rounds. What is first spoken of in a round ends with it.
func (t *talk) repeat(a *act, now time.Duration, r round) time.Duration {
	spacing, next := t.luck(a, r, luckOfRound), now
	for i := range a.count {
		if i > 0 && a.spaced {
			next = later(next, a.every.Sample(spacing))
			now = max(now, next)
		}
		suffix := r.suffix + "#" + strconv.Itoa(i+1)
		known := len(t.messages)
		now = t.play(a.acts, now, round{suffix, a.label + suffix, chance.Seed(r.seed, a.seed, uint64(i))})
		for _, m := range t.messages[known:] {
			m.gone = !m.past
		}
	}
	return now
}

// send plays one sending. One that the route cannot say happens all the same,
// as far as its message is concerned, but what follows does not wait for it.
func (t *talk) send(a *act, now time.Duration, r round) time.Duration {
	at, ok := t.say(a, a, now, r)
	if !ok {
		return now
	}
	t.cue(a, r, at, len(t.lines)-1, len(t.lines), 0)
	return at
}

// do plays a command or a waiting, which tells nothing itself.
func (t *talk) do(a *act, now time.Duration, r round) time.Duration {
	if !t.plan.Options.Platform {
		return now
	}
	at, _ := t.begin(a, now, r)
	t.cue(a, r, at, len(t.lines), len(t.lines), 0)
	last := &t.drafts[len(t.drafts)-1]
	if last.Act = new(Act); a.kind == await {
		last.Act.Call, last.Act.Within = a.need, a.within
		last.Act.Message, last.Act.Hold = a.message, a.hold
	} else {
		last.Act.Command, last.Act.With = a.need, a.settled
	}
	return at
}

// say plays what one event tells, at the time that timing gives, and returns
// when it can be told; false if nobody hears of it.
func (t *talk) say(a, timing *act, now time.Duration, r round) (time.Duration, bool) {
	if !a.heard && a.about != aboutMain {
		return now, false
	}
	about, begun := t.subject(a, now, r)
	at, given := t.begin(timing, now, r)
	switch {
	case !given:
		at = t.usually(a, about, now, r)
	case begun && a.about == aboutMain:
		about.at[submitted] = t.submission(a, at, now, r)
	}
	if about == nil {
		t.lines = append(t.lines, line{a, at, nil, t.replied(a)})
		return at, true
	}
	if begun && a.about == aboutOwn {
		about.at[submitted] = at
	}
	at = max(at, about.earliest(a.moment))
	happened := about.reach(a.moment, at)
	if !a.heard {
		about.speak(at, -1)
		return now, false
	}
	reply := t.replied(a)
	about.speak(at, len(t.lines))
	t.lines = append(t.lines, line{a, happened, about, reply})
	if a.about == aboutOwn {
		t.inbound = about
	}
	return at, true
}

// usually is when an event comes of which the file does not say it.
func (t *talk) usually(a *act, about *message, now time.Duration, r round) time.Duration {
	from := now
	if about != nil && a.since != none && about.at[a.since] != Never {
		from = about.at[a.since]
	}
	return max(now, later(from, a.usual.Sample(t.luck(a, r, luckOfTime))))
}

// submission is when a message was submitted of which the first news come at a
// time that the file gives: as long before as is usual, so that a pause before
// them is one before the message.
func (t *talk) submission(a *act, at, now time.Duration, r round) time.Duration {
	switch {
	case a.since == submitted:
		return max(now, at-a.usual.Sample(t.luck(a, r, luckOfTime)))
	case a.moment == enqueued:
		return at
	}
	return now
}

// subject finds the message that an event is about, or begins it; nil if it is
// about none.
func (t *talk) subject(a *act, now time.Duration, r round) (m *message, begun bool) {
	name := a.message
	switch {
	case name == "" && a.about == aboutNone:
		return nil, false
	case name == "" && a.about == aboutOwn:
		return t.add("in:"+a.label+r.suffix, now), true
	case name == "":
		name = mainMessage
	}
	if m := t.find(name); m != nil {
		return m, false
	}
	m = t.add(name, now)
	if r.place != "" {
		m.name += ":" + r.place
	}
	m.called = name
	return m, true
}

func (t *talk) add(name string, at time.Duration) *message {
	m := newMessage(name, at)
	t.messages = append(t.messages, m)
	return m
}

func (t *talk) find(name string) *message {
	for _, m := range slices.Backward(t.messages) {
		if m.called == name && !m.gone {
			return m
		}
	}
	return nil
}

// replied finds the message that an event replies to, if it replies to one.
func (t *talk) replied(a *act) *message {
	name := a.replyTo
	if name == "" {
		switch a.word {
		case "inbound.edited", "inbound.deleted":
			if t.inbound != nil {
				return t.inbound
			}
			name = "in"
		case "inbound.button", "inbound.list", "inbound.reaction", "inbound.click", "inbound.form":
			name = mainMessage
		default:
			return nil
		}
	}
	if m := t.find(name); m != nil {
		return m
	}
	return t.past(name)
}

// past makes a message of which the conversation has not told: it was sent and
// delivered a minute before.
func (t *talk) past(name string) *message {
	before := t.start - time.Minute
	m := t.add(name, before)
	m.called, m.past = name, true
	m.at[enqueued], m.at[sent], m.at[delivered] = before, before+time.Second, before+2*time.Second
	return m
}

// batch plays sendings that are told together: at the time of the batch, or, if
// it has none, when the last of them has happened.
func (t *talk) batch(a *act, now time.Duration, r round) time.Duration {
	first, end := len(t.lines), now
	for i := range a.acts {
		item := &a.acts[i]
		if item.chance < certain && t.luck(item, r, luckOfHappening).IntN(certain) >= item.chance {
			continue
		}
		if at, ok := t.say(item, a, now, r); ok {
			end = max(end, at)
		}
	}
	most := max(1, t.plan.Route.Most)
	for part := 0; first < len(t.lines); part++ {
		last := min(first+most, len(t.lines))
		t.cue(a, r, end, first, last, part)
		first = last
	}
	return end
}

// cue notes a sending. A batch that needs several has the part behind the
// first in their keys.
func (t *talk) cue(a *act, r round, at time.Duration, first, last, part int) {
	step := a.label + r.suffix
	key := strconv.Itoa(t.number) + "/" + step
	if part > 0 {
		key += "/" + strconv.Itoa(part+1)
	}
	t.drafts = append(t.drafts, draft{
		Cue: Cue{
			At: at, Conversation: t.number, Step: step, Key: key, Expect: a.expect,
			Seed: chance.Seed(t.seed, a.seed, r.seed, luckOfBody, uint64(part)),
		},
		act: a, first: first, last: last,
	})
}

// write makes the Items, now that everything has happened, and puts the cues
// in the order of their time.
func (t *talk) write() []draft {
	items := make([]Item, len(t.lines))
	for i, l := range t.lines {
		item := Item{Event: l.act.event, At: l.at, With: l.act.settled, Set: l.act.pointers, Message: nobody(l.at)}
		if l.about != nil {
			item.Message = l.about.by(l.at)
			item.Stage = l.stage(i)
		}
		if l.reply != nil {
			reply := l.reply.by(l.at)
			item.Reply = &reply
		}
		items[i] = item
	}
	for i := range t.drafts {
		d := &t.drafts[i]
		d.Items = items[d.first:d.last:d.last]
	}
	slices.SortStableFunc(t.drafts, func(a, b draft) int { return cmp.Compare(a.At, b.At) })
	return t.drafts
}

// nobody stands where an event is about no message.
func nobody(at time.Duration) Message { return Message{"", at, Never, Never, Never, Never} }

// stage tells a failure that comes at once from one that comes later, as that
// of a message that could not be delivered always does.
func (l line) stage(i int) string {
	switch {
	case l.act.event == "message.failed" && l.about.line == i && !l.about.past:
		return "sync"
	case l.act.event == "message.failed" || l.act.event == "message.undelivered":
		return "async"
	}
	return ""
}
