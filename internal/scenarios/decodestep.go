package scenarios

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

const always = 1_000_000

// stepKinds returns the keys that determine the kind of a step, in the order of [kind].
func stepKinds() []string {
	return []string{"send", "batch", "choose", "repeat", "parallel", "await", "do"}
}

// declaredTiming has the keys of every step.
type declaredTiming struct {
	After       *prng.Distribution `key:"after" doc:"the delay after the previous step (default: the event's own)"`
	At          *time.Duration     `key:"at" doc:"the time since the start of the conversation; never before the end of the previous step"`
	Probability *probability       `key:"probability" was:"chance" doc:"the probability that the step happens"`
}

// declaredContent has the keys of an event to send.
type declaredContent struct {
	Send    event    `key:"send,required"`
	Message name     `key:"message" doc:"the message that the event is about (default: m; for an inbound event, a message of its own)"`
	ReplyTo name     `key:"reply_to" doc:"the message that this one replies to"`
	With    values   `key:"with"`
	Set     pointers `key:"set"`
	Illegal bool     `key:"illegal" oneof:"true" doc:"the event can't follow the steps before it, on purpose"`
}

type declaredSend struct {
	declaredTiming
	declaredContent
	Faults faults         `key:"faults" was:"fault"`
	Expect declaredExpect `key:"expect" doc:"how the consumer must handle the event"`
}

// A declaredItem is an event in a batch. The batch has the time, the faults and the expectations.
type declaredItem struct {
	declaredContent
	Probability *probability `key:"probability" was:"chance"`
}

type declaredBatch struct {
	declaredTiming
	Batch  []batchItem    `key:"batch,required" want:"a list of events to send"`
	With   values         `key:"with"`
	Faults faults         `key:"faults" was:"fault"`
	Expect declaredExpect `key:"expect" doc:"how the consumer must handle the event"`
}

type declaredChoose struct {
	declaredTiming
	Choose []struct {
		Weight int    `key:"weight" max:"1000000" default:"1"`
		Steps  []step `key:"steps,present"`
	} `key:"choose,required" want:"a list of {weight, steps}"`
}

type declaredRepeat struct {
	declaredTiming
	Repeat struct {
		Count int                `key:"count,required" min:"1" max:"10000"`
		Every *prng.Distribution `key:"every" doc:"the time from the start of one round to the start of the next"`
		Steps []step             `key:"steps,present"`
	} `key:"repeat,required"`
}

type declaredParallel struct {
	declaredTiming
	Parallel [][]step `key:"parallel,required" want:"a list of lists of steps"`
}

type declaredAwait struct {
	declaredTiming
	Await struct {
		Call    name          `key:"call,required"`
		Within  time.Duration `key:"within" default:"30s"`
		Message name          `key:"message" doc:"the name for the message that the call sends, for later steps"`
		Hold    bool          `key:"hold" oneof:"true" doc:"delays the response until all other events of the conversation were sent"`
	} `key:"await,required"`
}

type declaredDo struct {
	declaredTiming
	Do   command `key:"do,required"`
	With values  `key:"with"`
}

// An event is checked with the provider.
type event struct{ document.Node }

func (e *event) UnmarshalNode(_ *document.Decoder, n *document.Node) { e.Node = *n }

// UnmarshalNode reads a mapping with one of the keys of [stepKinds] and the keys of that kind.
func (s *step) UnmarshalNode(d *document.Decoder, n *document.Node) {
	*s = step{node: n, probability: always}
	if n.Kind != document.Object {
		d.Errorf(n, "expected a step (for example {send: message.delivered}), found %s", n.Describe())
		return
	}
	words := stepKinds()
	if !slices.ContainsFunc(words, func(word string) bool { return n.Get(word) != nil }) {
		for i := range n.Members { // the key itself most likely has the typing error
			m := &n.Members[i]
			if !slices.Contains(document.Keys(declaredSend{}), m.Key) {
				d.Errorf(&document.Node{Start: m.KeyStart}, "unknown key %s; %s", document.Quote(m.Key), document.OneOf(m.Key, words))
			}
		}
	}
	word := d.OneKey(n, words...)
	if word == "" {
		return
	}
	s.kind = kind(slices.Index(words, word))
	switch s.kind {
	case send:
		var declared declaredSend
		d.Decode(n, &declared)
		s.content(declared.declaredContent)
		s.timing(d, n, declared.declaredTiming)
		s.faults, s.expect = declared.Faults.List, declared.Expect.expect()
	case batch:
		s.batch(d, n)
	case choose:
		s.choose(d, n)
	case repeat:
		var declared declaredRepeat
		d.Decode(n, &declared)
		s.timing(d, n, declared.declaredTiming)
		s.count, s.steps = max(declared.Repeat.Count, 1), declared.Repeat.Steps
		if every := declared.Repeat.Every; every != nil {
			s.every, s.hasEvery = *every, true
		}
	case parallel:
		var declared declaredParallel
		d.Decode(n, &declared)
		s.timing(d, n, declared.declaredTiming)
		for _, steps := range declared.Parallel {
			s.branches = append(s.branches, branch{steps: steps})
		}
	case await:
		s.await(d, n)
	case do:
		var declared declaredDo
		d.Decode(n, &declared)
		s.timing(d, n, declared.declaredTiming)
		s.target, s.with = string(declared.Do), declared.With
	}
}

func (s *step) content(c declaredContent) {
	s.event, s.message, s.replyTo, s.with, s.set, s.illegal = c.Send.Text, string(c.Message), string(c.ReplyTo), c.With, c.Set, c.Illegal
}

func (s *step) timing(d *document.Decoder, n *document.Node, t declaredTiming) {
	if t.Probability != nil {
		s.probability = int(*t.Probability)
	}
	if t.After != nil {
		s.after, s.hasAfter = *t.After, true
	}
	if t.At != nil {
		s.at, s.hasAt = *t.At, true
	}
	if s.hasAfter && s.hasAt {
		d.Errorf(n.Get("at"), "keys after and at exclude each other: after counts from the step before, at from the start; keep one")
	}
}

// A batchItem is a step of a batch.
type batchItem step

// UnmarshalNode reads an event to send.
func (b *batchItem) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var declared declaredItem
	d.Decode(n, &declared)
	s := step{node: n, kind: send, probability: always}
	s.content(declared.declaredContent)
	s.timing(d, n, declaredTiming{Probability: declared.Probability})
	*b = batchItem(s)
}

func (s *step) batch(d *document.Decoder, n *document.Node) {
	var declared declaredBatch
	d.Decode(n, &declared)
	s.timing(d, n, declared.declaredTiming)
	s.with, s.faults, s.expect = declared.With, declared.Faults.List, declared.Expect.expect()
	for _, item := range declared.Batch {
		s.steps = append(s.steps, step(item))
	}
}

func (s *step) choose(d *document.Decoder, n *document.Node) {
	var declared declaredChoose
	d.Decode(n, &declared)
	s.timing(d, n, declared.declaredTiming)
	total := 0
	for _, option := range declared.Choose {
		total += option.Weight
		s.branches = append(s.branches, branch{weight: option.Weight, steps: option.Steps})
	}
	if s.branches != nil && total == 0 {
		d.Errorf(n.Get("choose"), "one of the weights must be above 0")
	}
}

func (s *step) await(d *document.Decoder, n *document.Node) {
	var declared declaredAwait
	d.Decode(n, &declared)
	s.timing(d, n, declared.declaredTiming)
	s.target, s.message, s.hold, s.within = string(declared.Await.Call), string(declared.Await.Message), declared.Await.Hold, declared.Await.Within
}

// faults is one fault or a list of them.
type faults struct{ fault.List }

// CheckNode limits the copies of an event.
func (f *faults) CheckNode(d *document.Decoder, n *document.Node) {
	if err := checkCopies(f.List); err != nil {
		d.Errorf(n, "%v", err)
	}
}

// A command changes the provider's state.
type command string

// UnmarshalNode reads one of [commands].
func (c *command) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind != document.String || !slices.Contains(commands(), n.Text) {
		d.Errorf(n, "unknown command %s; %s", n.Compact(60), document.OneOf(n.Text, commands()))
	}
	*c = command(n.Text)
}

// commands returns the commands that a scenario may run.
func commands() []string {
	return []string{
		"contact.opt-in", "contact.opt-out",
		"template.approve", "template.reject", "template.pause", "template.disable", "template.delete", "template.recategorize",
		"account.restrict", "account.verify", "account.disable", "account.reinstate",
		"window.open", "window.close",
	}
}
