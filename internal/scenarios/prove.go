package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// A prover checks one proof on a route.
type prover struct {
	proof  *Proof
	route  Route
	where  string
	claims []Claim
}

// claim returns the claim with a text, and adds it if it is new.
func (p *prover) claim(text string) *Claim {
	for i := range p.claims {
		if p.claims[i].Text == text {
			return &p.claims[i]
		}
	}
	p.claims = append(p.claims, Claim{Where: p.where, Text: text})
	return &p.claims[len(p.claims)-1]
}

// result records the result of a check; the first problem of a claim stays.
func (p *prover) result(text string, ok bool, format string, args ...any) {
	c := p.claim(text)
	c.Checked = true
	if !ok && c.Problem == "" {
		c.Problem = fmt.Sprintf(format, args...)
	}
}

func (p *prover) supports(event string) bool { ok, _ := p.route.Supports(event); return ok }

func (p *prover) prove(conversations [][]Observation) {
	if p.proof.order != nil {
		p.claim("order")
		for _, seen := range conversations {
			p.order(seen)
		}
		return
	}
	p.declare()
	if !slices.ContainsFunc(p.proof.events, func(event located) bool { return p.supports(event.name) }) {
		return
	}
	with := 0
	for _, seen := range conversations {
		found := p.selected(seen)
		if len(found) > 0 {
			with++
		}
		p.counted(len(found))
		if p.proof.nth > 0 && len(found) >= p.proof.nth {
			found = found[p.proof.nth-1 : p.proof.nth]
		} else if p.proof.nth > 0 {
			found = nil
		}
		for i := range found {
			p.values(&found[i])
			p.follows(&found[i], seen)
		}
		p.compare(found)
	}
	if share := p.proof.share; share != nil {
		got := with * always / max(1, len(conversations))
		p.result("share", got >= share.min && got <= share.max, "%s is in %d of %d conversations", p.proof.names(), with, len(conversations))
	}
}

// declare adds the claims, so that those that can't be checked on the route are among them.
func (p *prover) declare() {
	for _, one := range p.proof.with {
		p.claim("with " + one.name)
	}
	for _, one := range p.proof.same {
		p.claim("same " + one.name)
	}
	for _, one := range p.proof.differs {
		p.claim("differs " + one.name)
	}
	for _, one := range p.proof.rises {
		p.claim("rises " + one.name)
	}
	if p.proof.after.name != "" {
		p.claim("after " + p.proof.after.name)
	}
}

// is reports whether an observation is of an event: its canonical event or its event type.
func (o *Observation) is(event string) bool { return o.Event == event || o.Type == event }

// isAbout reports whether an observation is about a message of the file; "" is any.
func (o *Observation) isAbout(message string) bool {
	return message == "" || o.Message == message || strings.HasPrefix(o.Message, message+":")
}

func (p *prover) selected(seen []Observation) []Observation {
	var found []Observation
	for _, one := range seen {
		if one.isAbout(p.proof.message) && slices.ContainsFunc(p.proof.events, func(event located) bool { return one.is(event.name) }) {
			found = append(found, one)
		}
	}
	return found
}

// order compares the events of a conversation that the proof lists with the list, without the
// events that the route doesn't have.
func (p *prover) order(seen []Observation) {
	var want, got []string
	for _, event := range p.proof.order {
		if p.supports(event.name) {
			want = append(want, event.name)
		}
	}
	if want == nil {
		return
	}
	for _, one := range seen {
		at := slices.IndexFunc(p.proof.order, func(event located) bool { return one.is(event.name) })
		if at >= 0 && one.isAbout(p.proof.message) {
			got = append(got, p.proof.order[at].name)
		}
	}
	p.result("order", slices.Equal(want, got), "want %s; got %s", strings.Join(want, ", "), cmp.Or(strings.Join(got, ", "), "none of them"))
}

func (p *prover) counted(n int) {
	want := p.proof.count
	if want == nil && p.proof.share != nil {
		return
	}
	if want == nil {
		want = &limits{max(1, p.proof.nth), maxCalls}
	}
	about := ""
	if p.proof.message != "" {
		about = " about " + p.proof.message
	}
	p.result("count", n >= want.min && n <= want.max, "want %s %s%s; got %d", want, p.proof.names(), about, n)
}

// String returns "2", "at least 1" or "1 to 3".
func (l *limits) String() string {
	switch {
	case l.min == l.max:
		return fmt.Sprint(l.min)
	case l.max == maxCalls:
		return fmt.Sprintf("at least %d", l.min)
	}
	return fmt.Sprintf("%d to %d", l.min, l.max)
}

// values checks the values of one event. A value that the route's event doesn't have is not
// checked, and neither is an optional one that the body leaves out.
func (p *prover) values(o *Observation) {
	for _, want := range p.proof.with {
		text := "with " + want.name
		switch got, ok := o.Values[want.name]; {
		case want.name == reason:
			if slices.ContainsFunc(want.texts, p.route.HasReason) && o.Reasons != nil {
				p.result(text, slices.ContainsFunc(want.texts, func(one string) bool { return slices.Contains(o.Reasons, one) }),
					"step %s: want reason %s; got %s", o.Step, strings.Join(want.texts, " or "), strings.Join(o.Reasons, " or "))
			}
		case !p.has(o, want.name):
		case want.absent:
			p.result(text, !ok, "step %s: want no %s; got %s", o.Step, want.name, textOf(got))
		case ok:
			p.result(text, slices.Contains(want.texts, textOf(got)), "step %s: want %s; got %s", o.Step, strings.Join(want.texts, " or "), textOf(got))
		}
	}
}

func (p *prover) has(o *Observation, name string) bool { return p.route.HasValue(o.Type, name) }

// textOf returns a value as with has it.
func textOf(v value.Value) string {
	switch v.Kind() {
	case value.Time:
		return v.Time().Format(time.RFC3339Nano)
	case value.Duration:
		return v.Duration().String()
	case value.Bool:
		return fmt.Sprint(v.Bool())
	case value.Money:
		return fmt.Sprintf("%d.%04d", v.Money()/10_000, v.Money()%10_000)
	}
	return v.Text()
}

// follows checks how long before an event the latest other one was, of the same message if there is
// one.
func (p *prover) follows(o *Observation, seen []Observation) {
	event := p.proof.after.name
	if event == "" || !p.supports(event) {
		return
	}
	var before *Observation
	for i := range seen {
		one := &seen[i]
		if one.At > o.At || one.Step == o.Step || !one.is(event) {
			continue
		}
		if before == nil || one.Message == o.Message || before.Message != o.Message {
			before = one
		}
	}
	text := "after " + event
	if before == nil {
		p.result(text, false, "step %s: want %s before it; got none", o.Step, event)
		return
	}
	gap, want := o.At-before.At, p.proof.gap
	p.result(text, gap >= want.min && (want.max == 0 || gap <= want.max), "step %s: it comes %s after %s", o.Step, gap, event)
}

// compare compares the values of the events with each other.
func (p *prover) compare(found []Observation) {
	for i := range found {
		for j := range i {
			a, b := &found[j], &found[i]
			for _, one := range p.proof.same {
				p.pair("same "+one.name, one.name, a, b, func(x, y value.Value) bool { return x == y })
			}
			for _, one := range p.proof.differs {
				p.pair("differs "+one.name, one.name, a, b, func(x, y value.Value) bool { return x != y })
			}
			for _, one := range p.proof.rises {
				p.pair("rises "+one.name, one.name, a, b, notLower)
			}
		}
	}
}

func (p *prover) pair(claim, name string, a, b *Observation, holds func(x, y value.Value) bool) {
	x, known := a.Values[name]
	y, also := b.Values[name]
	if known && also {
		p.result(claim, holds(x, y), "steps %s and %s: %s and %s", a.Step, b.Step, textOf(x), textOf(y))
	}
}

// rising are the kinds of values that can rise.
func rising() []value.Kind {
	return []value.Kind{value.Time, value.Duration, value.Money, value.Number}
}

// notLower reports whether y is x or more.
func notLower(x, y value.Value) bool {
	switch x.Kind() {
	case value.Time:
		return !y.Time().Before(x.Time())
	case value.Duration:
		return y.Duration() >= x.Duration()
	case value.Money:
		return y.Money() >= x.Money()
	}
	lower, errX := strconv.ParseFloat(x.Text(), 64)
	higher, errY := strconv.ParseFloat(y.Text(), 64)
	return errX == nil && errY == nil && lower <= higher
}
