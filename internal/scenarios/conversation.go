package scenarios

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/prng"
)

// A talk is one conversation in the making. It is played from the first step
// to the last; only then is it known what had become of a message by the time
// of each event, for branches that are played at the same time are played here
// one after the other.
type conversation struct {
	plan        *Plan
	number      int
	start       time.Duration
	seed        uint64
	messages    []*message
	occurrences []occurrence
	drafts      []draftEvent
	inbound     *message // the latest of the person's
}

// A line is an Item in the making.
type occurrence struct {
	step           *compiledStep
	at             time.Duration
	subject, reply *message
}

// A draft is a PlannedEvent in the making: what it tells are the lines from first to last.
type draftEvent struct {
	PlannedEvent
	step        *compiledStep
	first, last int
	// injected are the faults of the plan that befall it.
	injected []InjectedFault
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
	drawProbability = iota + 1
	drawTime
	drawOption
	drawInterval
	drawBody
)

func (t *conversation) random(a *compiledStep, r round, of uint64) *prng.Source {
	return prng.New(prng.Seed(t.seed, a.seed, r.seed, of))
}

// planConversation plans one conversation: its cues, in the order of their time.
func (p *Plan) planConversation(number int) []draftEvent {
	t := conversation{plan: p, number: number, start: p.start(number), seed: p.Seed(uint64(number))}
	t.play(p.compiled, t.start, round{})
	return t.finish()
}

// play plays steps, the first of them from some time on, and returns when the
// last is over.
func (t *conversation) play(acts []compiledStep, now time.Duration, r round) time.Duration {
	for i := range acts {
		a := &acts[i]
		if a.probability < always && t.random(a, r, drawProbability).IntN(always) >= a.probability {
			continue
		}
		switch a.kind {
		case send:
			now = t.send(a, now, r)
		case batch:
			now = t.batch(a, now, r)
		case choose:
			now, _ = t.startOf(a, now, r)
			now = t.play(t.choose(a, r), now, r)
		case repeat:
			now, _ = t.startOf(a, now, r)
			now = t.repeat(a, now, r)
		case parallel:
			now, _ = t.startOf(a, now, r)
			now = t.playParallel(a, now, r)
		case await, do:
			now = t.do(a, now, r)
		}
	}
	return now
}

// startOf is when a step begins by its own after or at, and whether it has one.
// No step begins before the one before it is over.
func (t *conversation) startOf(a *compiledStep, now time.Duration, r round) (time.Duration, bool) {
	switch {
	case a.hasAt:
		return max(now, addTime(t.start, a.step.at)), true
	case a.hasAfter:
		return addTime(now, a.after.Sample(t.random(a, r, drawTime))), true
	}
	return now, false
}

// addTime adds a delay to a time, but never leaves what a time can hold.
func addTime(at, delay time.Duration) time.Duration { return min(at+delay, maxOffset) }

// playParallel plays branches that begin at once, and ends with the last of them.
func (t *conversation) playParallel(a *compiledStep, now time.Duration, r round) time.Duration {
	end := now
	for _, w := range a.options {
		end = max(end, t.play(w.steps, now, r))
	}
	return end
}

func (t *conversation) choose(a *compiledStep, r round) []compiledStep {
	drawn := t.random(a, r, drawOption).IntN(a.total)
	for _, w := range a.options {
		if drawn < w.weight {
			return w.steps
		}
		drawn -= w.weight
	}
	return nil
}

// repeat plays rounds. What is first spoken of in a round ends with it.
func (t *conversation) repeat(a *compiledStep, now time.Duration, r round) time.Duration {
	spacing, next := t.random(a, r, drawInterval), now
	for i := range a.count {
		if i > 0 && a.hasEvery {
			next = addTime(next, a.every.Sample(spacing))
			now = max(now, next)
		}
		suffix := r.suffix + "#" + strconv.Itoa(i+1)
		known := len(t.messages)
		now = t.play(a.inner, now, round{suffix, a.label + suffix, prng.Seed(r.seed, a.seed, uint64(i))})
		for _, m := range t.messages[known:] {
			m.roundOver = !m.past
		}
	}
	return now
}

// send plays one sending. One that the route cannot say happens all the same,
// as far as its message is concerned, but what follows does not wait for it.
func (t *conversation) send(a *compiledStep, now time.Duration, r round) time.Duration {
	at, ok := t.planEvent(a, a, now, r)
	if !ok {
		return now
	}
	t.addPlanned(a, r, at, len(t.occurrences)-1, len(t.occurrences), 0)
	return at
}

// do plays a command or a waiting, which tells nothing itself.
func (t *conversation) do(a *compiledStep, now time.Duration, r round) time.Duration {
	if !t.plan.Options.HasMock {
		return now
	}
	at, _ := t.startOf(a, now, r)
	t.addPlanned(a, r, at, len(t.occurrences), len(t.occurrences), 0)
	last := &t.drafts[len(t.drafts)-1]
	if last.Action = new(Action); a.kind == await {
		last.Action.Call, last.Action.Within = a.target, a.within
		last.Action.Message, last.Action.Hold = a.message, a.hold
	} else {
		last.Action.Command, last.Action.With = a.target, a.resolved
	}
	return at
}

// planEvent plays what one event tells, at the time that timing gives, and returns
// when it can be told; false if nobody hears of it.
func (t *conversation) planEvent(a, timing *compiledStep, now time.Duration, r round) (time.Duration, bool) {
	if !a.supported && a.about != aboutMain {
		return now, false
	}
	about, begun := t.subject(a, now, r)
	at, given := t.startOf(timing, now, r)
	switch {
	case !given:
		at = t.defaultTime(a, about, now, r)
	case begun && a.about == aboutMain:
		about.at[submitted] = t.submission(a, at, now, r)
	}
	if about == nil {
		t.occurrences = append(t.occurrences, occurrence{a, at, nil, t.replied(a)})
		return at, true
	}
	if begun && a.about == aboutOwn {
		about.at[submitted] = at
	}
	at = max(at, about.earliest(a.lifecycle))
	happened := about.record(a.lifecycle, at)
	if !a.supported {
		about.recordFirst(at, -1)
		return now, false
	}
	reply := t.replied(a)
	about.recordFirst(at, len(t.occurrences))
	t.occurrences = append(t.occurrences, occurrence{a, happened, about, reply})
	if a.about == aboutOwn {
		t.inbound = about
	}
	return at, true
}

// defaultTime is when an event comes of which the file does not say it.
func (t *conversation) defaultTime(a *compiledStep, about *message, now time.Duration, r round) time.Duration {
	from := now
	if about != nil && a.since != none && about.at[a.since] != NotYet {
		from = about.at[a.since]
	}
	return max(now, addTime(from, a.fallback.Sample(t.random(a, r, drawTime))))
}

// submission is when a message was submitted of which the first news come at a
// time that the file gives: as long before as is usual, so that a pause before
// them is one before the message.
func (t *conversation) submission(a *compiledStep, at, now time.Duration, r round) time.Duration {
	switch {
	case a.since == submitted:
		return max(now, at-a.fallback.Sample(t.random(a, r, drawTime)))
	case a.lifecycle == enqueued:
		return at
	}
	return now
}

// subject finds the message that an event is about, or begins it; nil if it is
// about none.
func (t *conversation) subject(a *compiledStep, now time.Duration, r round) (m *message, begun bool) {
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
	m.declaredName = name
	return m, true
}

func (t *conversation) add(name string, at time.Duration) *message {
	m := newMessage(name, at)
	t.messages = append(t.messages, m)
	return m
}

func (t *conversation) find(name string) *message {
	for _, m := range slices.Backward(t.messages) {
		if m.declaredName == name && !m.roundOver {
			return m
		}
	}
	return nil
}

// replied finds the message that an event replies to, if it replies to one.
func (t *conversation) replied(a *compiledStep) *message {
	name := a.replyTo
	if name == "" {
		switch a.canonicalEvent {
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
func (t *conversation) past(name string) *message {
	before := t.start - time.Minute
	m := t.add(name, before)
	m.declaredName, m.past = name, true
	m.at[enqueued], m.at[sent], m.at[delivered] = before, before+time.Second, before+2*time.Second
	return m
}

// batch plays sendings that are told together: at the time of the batch, or, if
// it has none, when the last of them has happened.
func (t *conversation) batch(a *compiledStep, now time.Duration, r round) time.Duration {
	first, end := len(t.occurrences), now
	for i := range a.inner {
		item := &a.inner[i]
		if item.probability < always && t.random(item, r, drawProbability).IntN(always) >= item.probability {
			continue
		}
		if at, ok := t.planEvent(item, a, now, r); ok {
			end = max(end, at)
		}
	}
	maxCount := max(1, t.plan.Route.MaxItems())
	for part := 0; first < len(t.occurrences); part++ {
		last := min(first+maxCount, len(t.occurrences))
		t.addPlanned(a, r, end, first, last, part)
		first = last
	}
	return end
}

// addPlanned notes a sending. A batch that needs several has the part behind the
// first in their keys.
func (t *conversation) addPlanned(a *compiledStep, r round, at time.Duration, first, last, part int) {
	step := a.label + r.suffix
	key := strconv.Itoa(t.number) + "/" + step
	if part > 0 {
		key += "/" + strconv.Itoa(part+1)
	}
	t.drafts = append(t.drafts, draftEvent{
		PlannedEvent: PlannedEvent{
			At: at, Conversation: t.number, Step: step, Key: key, Expect: a.expect,
			Seed: prng.Seed(t.seed, a.seed, r.seed, drawBody, uint64(part)),
		},
		step: a, first: first, last: last,
	})
}

// finish makes the Items, now that everything has happened, and puts the cues
// in the order of their time.
func (t *conversation) finish() []draftEvent {
	items := make([]Item, len(t.occurrences))
	for i, l := range t.occurrences {
		item := Item{Event: l.step.event, At: l.at, With: l.step.resolved, Set: l.step.pointers, Message: noMessage(l.at)}
		if l.subject != nil {
			item.Message = l.subject.snapshot(l.at)
			item.Stage = l.stage(i)
		}
		if l.reply != nil {
			reply := l.reply.snapshot(l.at)
			item.Reply = &reply
		}
		items[i] = item
	}
	for i := range t.drafts {
		d := &t.drafts[i]
		d.Items = items[d.first:d.last:d.last]
	}
	slices.SortStableFunc(t.drafts, func(a, b draftEvent) int { return cmp.Compare(a.At, b.At) })
	return t.drafts
}

// noMessage stands where an event is about no message.
func noMessage(at time.Duration) Message { return Message{"", at, NotYet, NotYet, NotYet, NotYet} }

// stage tells a failure that comes at once from one that comes later, as that
// of a message that could not be delivered always does.
func (l occurrence) stage(i int) string {
	switch {
	case l.step.event == "message.failed" && l.subject.firstOccurrence == i && !l.subject.past:
		return "sync"
	case l.step.event == "message.failed" || l.step.event == "message.undelivered":
		return "async"
	}
	return ""
}
