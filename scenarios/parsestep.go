package scenarios

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/neutral"
)

const certain = 1_000_000

// kinds are the words that say what a step is, each with the keys that may
// stand beside it.
func kinds() []kindKeys {
	timing := []string{"after", "at", "chance"}
	with := func(keys ...string) []string { return slices.Concat(keys, timing) }
	return []kindKeys{
		send:     {"send", with("message", "reply_to", "with", "set", "fault", "expect")},
		batch:    {"batch", with("with", "fault", "expect")},
		choose:   {"choose", with()},
		repeat:   {"repeat", with()},
		parallel: {"parallel", with()},
		await:    {"await", with()},
		do:       {"do", with("with")},
	}
}

type kindKeys struct {
	word string
	keys []string
}

// itemKeys are those of a sending in a batch: the batch has the time, the
// faults and the answer.
func itemKeys() []string { return []string{"send", "message", "reply_to", "with", "set", "chance"} }

func repeatKeys() []string { return []string{"count", "every", "steps"} }
func optionKeys() []string { return []string{"weight", "steps"} }
func awaitKeys() []string  { return []string{"call", "within", "message", "hold"} }

// list reads a list of steps, each of which is played so many times.
func (p *parser) list(n *document.Node, depth, times int) []step {
	if n.Kind != document.Array {
		p.fail(n, "expected a list of steps, found %s", n.Describe())
		return nil
	}
	if depth > deepest {
		p.fail(n, "steps are nested more than %d levels deep", deepest)
		return nil
	}
	var steps []step
	for i := range n.Items {
		if p.steps > mostSteps {
			break
		}
		steps = append(steps, p.step(&n.Items[i], depth, times))
	}
	return steps
}

// tally counts a step as often as it is played.
func (p *parser) tally(n *document.Node, times int) {
	before := p.steps
	if p.steps += times; p.steps > mostSteps && before <= mostSteps {
		p.fail(n, "with this step a conversation has %d steps or more, repeats unrolled; the limit is %d", p.steps, mostSteps)
	}
}

func (p *parser) step(n *document.Node, depth, times int) step {
	s := step{chance: certain}
	var words, found []string
	for k, one := range kinds() {
		words = append(words, one.word)
		if n.Get(one.word) != nil {
			s.kind = kind(k)
			found = append(found, one.word)
		}
	}
	switch {
	case n.Kind != document.Object:
		p.fail(n, "expected a step such as {send: message.delivered}, found %s", n.Describe())
		return s
	case len(found) == 0:
		p.note(p.file.Known(n, slices.Concat(words, kinds()[send].keys)...))
		p.fail(n, "a step has one of %s; found none of them", strings.Join(words, ", "))
		return s
	case len(found) > 1:
		p.fail(n, "a step has one of %s; found %s", strings.Join(words, ", "), strings.Join(found, " and "))
		return s
	}
	word := found[0]
	p.keys(n, append(kinds()[s.kind].keys, word)...)
	p.tally(n, times)
	p.timing(&s, n)
	p.settings(&s, n)
	p.content(&s, n, n.Get(word), depth, times)
	return s
}

// content reads what stands behind the word that says what the step is.
func (p *parser) content(s *step, n, v *document.Node, depth, times int) {
	switch s.kind {
	case send:
		p.sending(s, n)
	case batch:
		p.batch(s, v, times)
	case choose:
		p.choose(s, v, depth, times)
	case repeat:
		p.repeat(s, v, depth, times)
	case parallel:
		for _, item := range p.elements(v, "a list of lists of steps") {
			s.branches = append(s.branches, branch{steps: p.list(item, depth+1, times)})
		}
	case await:
		p.await(s, v)
	case do:
		s.need = p.command(v)
	}
}

func (p *parser) timing(s *step, n *document.Node) {
	if v := n.Get("chance"); v != nil {
		s.chance = p.decimal(v, 6, certain, "a number from 0 to 1 with at most 6 decimals")
	}
	if v := n.Get("after"); v != nil {
		s.after, s.timed = p.distribution(v), true
	}
	if v := n.Get("at"); v != nil {
		if s.timed {
			p.fail(v, "a step has after, which counts from the step before, or at, which counts from the start; found both")
		}
		d := p.distribution(v)
		if v.Kind != document.String {
			p.fail(v, "at is a duration from the start of the conversation, such as 10s; found %s", v.Describe())
		}
		s.at, s.pinned = d.Median(), true
	}
}

func (p *parser) distribution(n *document.Node) chance.Distribution {
	var d chance.Distribution
	p.note(p.file.Decode(n, &d))
	return d
}

func (p *parser) settings(s *step, n *document.Node) {
	s.with = p.values(n.Get("with"))
	s.set = p.pointers(n.Get("set"))
	s.expect = p.expect(n.Get("expect"))
	if v := n.Get("fault"); v != nil {
		faults, err := fault.Read(p.file, v)
		p.note(err)
		for _, f := range faults {
			if f.Copies() > mostCopies {
				p.fail(v, "%d copies of one event are too many; the limit is %d", f.Copies(), mostCopies)
			}
		}
		s.faults = faults
	}
}

func (p *parser) sending(s *step, n *document.Node) {
	s.event = p.event(n.Get("send"))
	s.message = p.word(n.Get("message"))
	if v := n.Get("reply_to"); v != nil {
		s.replyTo = p.word(v)
		p.replies = append(p.replies, v)
	}
}

// event reads a neutral word or, in a provider's own scenario, the name of one
// of the provider's event types.
func (p *parser) event(n *document.Node) string {
	_, own, named := strings.Cut(n.Text, "/")
	switch {
	case n.Kind == document.String && neutral.Is(n.Text):
		return n.Text
	case n.Kind != document.String || !named:
		p.fail(n, "unknown event %s; %s", n.Compact(60), document.OneOf(n.Text, neutral.Events()))
	case p.provider == "":
		p.fail(n, "%s is an event type of one provider: say provider at the top, or send one of the neutral events", n.Compact(60))
	case !strings.HasPrefix(n.Text, p.provider+"/") || own == "":
		p.fail(n, "expected an event type of %s, found %s", p.provider, n.Compact(60))
	}
	return n.Text
}

func (p *parser) batch(s *step, v *document.Node, times int) {
	for _, item := range p.elements(v, "a list of sendings, such as [{send: message.delivered, message: m1}]") {
		if !p.keys(item, itemKeys()...) {
			continue
		}
		if item.Get("send") == nil {
			p.fail(item, `key "send" is missing: a batch holds sendings only`)
			continue
		}
		one := step{kind: send, chance: certain}
		p.tally(item, times)
		p.timing(&one, item)
		p.settings(&one, item)
		p.sending(&one, item)
		s.steps = append(s.steps, one)
	}
}

func (p *parser) choose(s *step, v *document.Node, depth, times int) {
	const mostWeight = 1_000_000
	total := 0
	for _, item := range p.elements(v, "a list of {weight, steps}") {
		if !p.keys(item, optionKeys()...) {
			continue
		}
		b := branch{weight: 1}
		if w := item.Get("weight"); w != nil {
			b.weight = p.count(w, 0, mostWeight)
		}
		if inner := item.Get("steps"); inner == nil {
			p.fail(item, `key "steps" is missing; a choice in which nothing happens has steps: []`)
		} else {
			b.steps = p.list(inner, depth+1, times)
		}
		total += b.weight
		s.branches = append(s.branches, b)
	}
	if s.branches != nil && total == 0 {
		p.fail(v, "one of the weights must be above 0")
	}
}

func (p *parser) repeat(s *step, v *document.Node, depth, times int) {
	if !p.keys(v, repeatKeys()...) {
		return
	}
	s.count = 1
	if n := v.Get("count"); n == nil {
		p.fail(v, `key "count" is missing`)
	} else {
		s.count = p.count(n, 1, mostSteps)
	}
	if n := v.Get("every"); n != nil {
		s.every, s.spaced = p.distribution(n), true
	}
	if n := v.Get("steps"); n == nil {
		p.fail(v, `key "steps" is missing`)
	} else {
		s.steps = p.list(n, depth+1, times*s.count)
	}
}

func (p *parser) await(s *step, v *document.Node) {
	if !p.keys(v, awaitKeys()...) {
		return
	}
	s.need, s.within = p.required(v, "call", p.word), chance.Fixed(usualPatience)
	if n := v.Get("within"); n != nil && n.Kind != document.String {
		p.fail(n, `expected a duration such as "10s", found %s`, n.Describe())
	} else if n != nil {
		s.within = p.distribution(n)
	}
	s.message = p.word(v.Get("message"))
	if n := v.Get("hold"); n != nil {
		if n.Kind != document.Bool || n.Text != "true" {
			p.fail(n, "expected true, or no such key, found %s", n.Describe())
		}
		s.hold = true
	}
}

// usualPatience is how long a call is waited for if the file does not say it.
const usualPatience = 30 * time.Second

// commands are what a scenario may tell the platform to do.
func commands() []string {
	return []string{
		"contact.opt-in", "contact.opt-out",
		"template.approve", "template.reject", "template.pause", "template.disable", "template.delete", "template.recategorise",
		"account.restrict", "account.verify", "account.disable", "account.reinstate",
		"window.open", "window.close",
	}
}

func (p *parser) command(n *document.Node) string {
	if n.Kind != document.String || !slices.Contains(commands(), n.Text) {
		p.fail(n, "unknown command %s; %s", n.Compact(60), document.OneOf(n.Text, commands()))
	}
	return n.Text
}
