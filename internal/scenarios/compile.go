package scenarios

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// mainMessage is the default message of a step.
const mainMessage = "m"

// A compiledStep is a step prepared for one route. All conversations of a plan share it.
type compiledStep struct {
	*step
	label string
	seed  uint64
	// canonicalEvent is the first canonical event of the event.
	canonicalEvent string
	// supported reports whether the route has the event. An unsupported event still changes its
	// message.
	supported bool
	about     messageRef
	// lifecycle is the step of the message's life that the event reports, or none.
	lifecycle lifecycleStep
	// fallback is the default delay of the event, counted from the step since of its message, or
	// from the previous step of the scenario.
	fallback prng.Distribution
	since    lifecycleStep
	// resolved and pointers are the final settings by name and by JSON Pointer.
	resolved, pointers []Setting
	inner              []compiledStep
	options            []compiledBranch
	total              int // of the weights
	faults             []int
}

type compiledBranch struct {
	weight int
	steps  []compiledStep
}

// A messageRef is the default subject of an event.
type messageRef uint8

const (
	aboutNone messageRef = iota
	aboutMain
	aboutOwn // a message of its own
)

// messageRefOf returns the default subject of an event. An event type has its own message.
func messageRefOf(event string) messageRef {
	switch canonical.Family(event) {
	case "message", "billing", "payment", "call":
		return aboutMain
	case "inbound":
		return aboutOwn
	}
	if strings.Contains(event, "/") {
		return aboutOwn
	}
	return aboutNone
}

// defaultPause is the delay of a step without a known time.
func defaultPause() prng.Distribution { return prng.Fixed(1e9) }

// A compiler compiles the steps of a scenario and lists those that it skips.
type compiler struct {
	plan      *Plan
	supported bool
	// with and main are the settings of the options, after the first call of optionSettings.
	with, main []Setting
	ready      bool
}

func (c *compiler) compileSteps(steps []step, before string, with []choice) []compiledStep {
	compiled := make([]compiledStep, len(steps))
	for i := range steps {
		compiled[i] = c.compileStep(&steps[i], before+strconv.Itoa(i+1), with)
	}
	return compiled
}

func (c *compiler) compileStep(s *step, label string, with []choice) compiledStep {
	a := compiledStep{step: s, label: label, seed: prng.SeedOf(label), lifecycle: none, since: none}
	a.faults = c.declareFaults(s.faults, label, s)
	if s.expect.Behavior() && !c.plan.Options.ObservesConsumer {
		c.skip(label, "expect calls or state", unobservedCause)
	}
	switch s.kind {
	case send:
		c.compileSend(&a, with)
	case batch:
		a.inner = c.compileSteps(s.steps, label+".", slices.Concat(with, s.with))
	case repeat:
		a.inner = c.compileSteps(s.steps, label+".", with)
	case choose, parallel:
		for i, b := range s.branches {
			a.total += b.weight
			a.options = append(a.options, compiledBranch{b.weight, c.compileSteps(b.steps, label+"."+letters(i)+".", with)})
		}
	case await, do:
		c.compileAction(&a, with)
	}
	return a
}

// unobservedCause is why an expectation is not checked.
const unobservedCause = "this run does not observe the consumer; `ringback grade` and contracttest do"

// compileAction prepares a command or a wait, if the run has a mock.
func (c *compiler) compileAction(a *compiledStep, with []choice) {
	if (a.hold || a.message != "") && !c.plan.Options.ObservesConsumer {
		c.skip(a.label, "await "+a.target+" with hold or message", unobservedCause)
	}
	switch {
	case c.plan.Options.HasMock:
		c.supported = c.supported || a.kind == do // a command emits an event
		for _, one := range slices.Concat(with, a.with) {
			a.resolved = override(a.resolved, one.Setting)
		}
		for _, one := range c.plan.Options.With {
			a.resolved = override(a.resolved, one)
		}
	case a.kind == await:
		c.skip(a.label, "await "+a.target, "it needs calls of a consumer, which play does not receive")
	default:
		c.skip(a.label, "do "+a.target, "it needs the provider's state, which play does not have")
	}
}

// letters names a branch: a to z, then aa, ab …
func letters(i int) string {
	const alphabet = 26
	last := string(rune('a' + i%alphabet))
	if i < alphabet {
		return last
	}
	return letters(i/alphabet-1) + last
}

func (c *compiler) skip(step, event, cause string) {
	c.plan.Skipped = append(c.plan.Skipped, Skip{step, event, cause})
}

func (c *compiler) compileSend(a *compiledStep, with []choice) {
	r := c.plan.Route
	supported, reason := r.Supports(a.event)
	if a.supported = supported; supported {
		c.supported = true
	} else {
		c.skip(a.label, a.event, reason)
	}
	a.canonicalEvent = a.event
	if strings.Contains(a.event, "/") {
		a.canonicalEvent = cmp.Or(r.CanonicalEvent(a.event), a.event)
	}
	a.lifecycle = lifecycleStepOf(a.canonicalEvent)
	if a.about = messageRefOf(a.event); a.lifecycle != none {
		a.about = aboutMain
	}
	a.fallback = defaultPause()
	if after, delay, ok := r.Timing(a.canonicalEvent); ok {
		a.fallback, a.since = delay, lifecycleStepOf(after)
	}
	a.resolved = c.optionSettings(a.about == aboutMain && (a.message == "" || a.message == mainMessage))
	var own []Setting
	for _, one := range slices.Concat(with, a.with) {
		if settled, ok := settle(r, one); ok {
			own = override(own, settled)
		}
	}
	if own != nil {
		strong := a.resolved
		own = slices.DeleteFunc(own, func(s Setting) bool {
			return slices.ContainsFunc(strong, func(o Setting) bool { return o.Name == s.Name })
		})
		a.resolved = append(own, strong...)
	}
	for _, one := range anywhere(c.plan.Scenario.set) {
		a.pointers = override(a.pointers, one)
	}
	for _, one := range slices.Concat(a.set, anywhere(c.plan.Options.Set)) {
		a.pointers = override(a.pointers, one)
	}
}

// optionSettings returns the settings of the options for events about the main message, or about
// another. They override all others, and the events share them.
func (c *compiler) optionSettings(main bool) []Setting {
	if !c.ready {
		with, main := c.plan.Options.With, c.plan.Options.Main
		c.with = make([]Setting, 0, len(with))
		for _, one := range with {
			c.with = override(c.with, one)
		}
		c.main = append(make([]Setting, 0, len(c.with)+len(main)), c.with...)
		for _, one := range c.plan.Options.Main {
			c.main = override(c.main, one)
		}
		c.with, c.main, c.ready = slices.Clip(c.with), slices.Clip(c.main), true
	}
	if main {
		return c.main
	}
	return c.with
}

// anywhere marks settings for every event.
func anywhere(settings []Setting) []Setting {
	marked := slices.Clone(settings)
	for i := range marked {
		marked[i].Anywhere = true
	}
	return marked
}

// settle takes the first reason that the route has. Without one, the event has no reason, as
// providers allow.
func settle(r Route, c choice) (Setting, bool) {
	if c.Name != reason {
		return c.Setting, true
	}
	for _, text := range append([]string{c.Text}, c.others...) {
		if r.HasReason(text) {
			return Setting{Name: reason, Text: text}, true
		}
	}
	return Setting{}, false
}

// override appends a setting and removes an earlier one of the same name.
func override(all []Setting, one Setting) []Setting {
	all = slices.DeleteFunc(all, func(s Setting) bool { return s.Name == one.Name })
	return append(all, one)
}

// A declaredFault is a fault of the file or of the options.
type declaredFault struct {
	fault fault.Fault
	step  *step // nil applies to all steps
	seed  uint64
}

// declareFaults records faults and returns their indexes. The seed of each depends on its step
// and name only, so that other faults don't change it.
func (c *compiler) declareFaults(faults []fault.Fault, label string, s *step) []int {
	p := c.plan
	named := map[string]uint64{}
	var indexes []int
	for _, f := range faults {
		seed := p.Seed(prng.SeedOf("fault"), prng.SeedOf(label), prng.SeedOf(f.Name()), named[f.Name()])
		named[f.Name()]++
		indexes = append(indexes, len(p.faults))
		p.faults = append(p.faults, declaredFault{f, s, seed})
	}
	return indexes
}
