package scenarios

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

// A conversation is one conversation that is being planned. It runs all steps in order; after
// that, the state of each message at any time is known. Parallel branches run one after the
// other, too.
type conversation struct {
	plan        *Plan
	number      int
	start       time.Duration
	seed        uint64
	messages    []*message
	occurrences []occurrence
	drafts      []draftEvent
	inbound     *message // the latest inbound message
}

// An occurrence is an Item without the state of its message.
type occurrence struct {
	step           *compiledStep
	at             time.Duration
	subject, reply *message
}

// A draftEvent is a PlannedEvent without its Items, which are the occurrences from first to last.
type draftEvent struct {
	PlannedEvent
	step        *compiledStep
	first, last int
	// injected has the plan faults that fire.
	injected []InjectedFault
}

// A round locates a step in its repeats. The zero round is outside all repeats.
type round struct {
	suffix, place string
	seed          uint64
}

// Each random decision has its own source, so that a change in one step keeps the others.
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

// usualEvents is how many events most conversations have: a message is enqueued, sent, delivered
// and read.
const usualEvents = 4

// planConversation plans one conversation and returns its events in the order of time.
func (p *Plan) planConversation(number int) []draftEvent {
	t := conversation{plan: p, number: number, start: p.start(number), seed: p.Seed(uint64(number)), drafts: make([]draftEvent, 0, usualEvents)}
	t.play(p.compiled, t.start, round{})
	return t.finish()
}

// play runs steps from a time on and returns when the last one ends.
func (t *conversation) play(steps []compiledStep, now time.Duration, r round) time.Duration {
	for i := range steps {
		a := &steps[i]
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

// startOf returns when a step starts by its own after or at, and whether it has one. A step never
// starts before the previous one ends.
func (t *conversation) startOf(a *compiledStep, now time.Duration, r round) (time.Duration, bool) {
	switch {
	case a.hasAt:
		return max(now, addTime(t.start, a.step.at)), true
	case a.hasAfter:
		return addTime(now, a.after.Sample(t.random(a, r, drawTime))), true
	}
	return now, false
}

// addTime adds a delay to a time, up to maxOffset.
func addTime(at, delay time.Duration) time.Duration { return min(at+delay, maxOffset) }

// playParallel runs branches that start at the same time, and ends with the last one.
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

// repeat runs rounds. Messages that start in a round end with it.
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

// send plans one event. An unsupported event still changes its message, but the next step doesn't
// wait for it.
func (t *conversation) send(a *compiledStep, now time.Duration, r round) time.Duration {
	at, ok := t.planEvent(a, a, now, r)
	if !ok {
		return now
	}
	t.addPlanned(a, r, at, len(t.occurrences)-1, len(t.occurrences), 0)
	return at
}

// do plans a command or a wait.
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

// planEvent plans one event at the time of timing and returns when it can be sent; false for an
// unsupported event.
func (t *conversation) planEvent(a, timing *compiledStep, now time.Duration, r round) (time.Duration, bool) {
	if !a.supported && a.about != aboutMain {
		return now, false
	}
	about, started := t.subject(a, now, r)
	at, given := t.startOf(timing, now, r)
	switch {
	case !given:
		at = t.defaultTime(a, about, now, r)
	case started && a.about == aboutMain:
		about.at[submitted] = t.submission(a, at, now, r)
	}
	if about == nil {
		t.occurrences = append(t.occurrences, occurrence{a, at, nil, t.replied(a)})
		return at, true
	}
	if started && a.about == aboutOwn {
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

// defaultTime returns the time of an event without after and at.
func (t *conversation) defaultTime(a *compiledStep, about *message, now time.Duration, r round) time.Duration {
	from := now
	if about != nil && a.since != none && about.at[a.since] != NotYet {
		from = about.at[a.since]
	}
	return max(now, addTime(from, a.fallback.Sample(t.random(a, r, drawTime))))
}

// submission returns when a message was submitted whose first event has a time in the file:
// earlier by the default delay, so that a pause before the event is a pause before the message.
func (t *conversation) submission(a *compiledStep, at, now time.Duration, r round) time.Duration {
	switch {
	case a.since == submitted:
		return max(now, at-a.fallback.Sample(t.random(a, r, drawTime)))
	case a.lifecycle == enqueued:
		return at
	}
	return now
}

// subject finds or adds the message that an event is about; nil without one.
func (t *conversation) subject(a *compiledStep, now time.Duration, r round) (m *message, started bool) {
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

// replied finds the message that an event replies to; nil without one.
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

// past adds a message from before the conversation, sent and delivered a minute earlier.
func (t *conversation) past(name string) *message {
	before := t.start - time.Minute
	m := t.add(name, before)
	m.declaredName, m.past = name, true
	m.at[enqueued], m.at[sent], m.at[delivered] = before, before+time.Second, before+2*time.Second
	return m
}

// batch plans the items of a batch: at its time, or when the last item happens.
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

// addPlanned adds a planned event. If a batch needs several bodies, the keys after the first end
// with the part.
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

// finish makes the Items and sorts the planned events by time.
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

// noMessage is the message of an event without a subject.
func noMessage(at time.Duration) Message { return Message{"", at, NotYet, NotYet, NotYet, NotYet} }

// stage returns the stage of a failure; see [Item].
func (l occurrence) stage(i int) string {
	switch {
	case l.step.event == "message.failed" && l.subject.firstOccurrence == i && !l.subject.past:
		return "sync"
	case l.step.event == "message.failed" || l.step.event == "message.undelivered":
		return "async"
	}
	return ""
}
