package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
)

// start stands for the state of a message or template about which no event came yet: what
// happened before the scenario is unknown.
const start = ""

// lifecycles maps each event of a message or template to the states that it may follow, in the order
// of what happens. The state is the latest event; quality and category updates and billing don't
// change it. Sources: the documents of the four providers; Meta docs: Cloud API status messages,
// message_template_status_update, Template pausing.
var lifecycles = map[string][]string{
	"message.enqueued":    {start, "message.mismatch"},
	"message.mismatch":    {start, "message.enqueued"},
	"message.sent":        {start, "message.enqueued", "message.mismatch"},
	"message.delivered":   {start, "message.sent"},
	"message.read":        {start, "message.sent", "message.delivered"},
	"message.played":      {start, "message.read"},
	"message.clicked":     {start, "message.delivered", "message.read", "message.clicked"},
	"message.failed":      {start, "message.enqueued", "message.mismatch", "message.sent"},
	"message.undelivered": {start, "message.enqueued", "message.mismatch", "message.sent"},
	"message.deleted":     {start, "message.sent", "message.delivered", "message.read"},
	"billing.deducted":    {start, "message.sent", "message.delivered", "message.read", "message.played", "message.clicked"},

	// An edited template is decided again: the state in between has no event.
	"template.approved":      {start, "template.approved", "template.rejected", "template.appealed", "template.paused"},
	"template.rejected":      {start, "template.approved", "template.rejected", "template.appealed"},
	"template.appealed":      {start, "template.rejected", "template.disabled"},
	"template.paused":        {start, "template.approved"},
	"template.disabled":      {start, "template.approved"},
	"template.deleted":       {start, "template.approved", "template.rejected", "template.paused"},
	"template.quality":       {start, "template.approved", "template.paused"},
	"template.recategorized": {start, "template.approved", "template.paused"},
}

// maxTimes limits how often an event comes about one message or template.
var maxTimes = map[string]int{"billing.deducted": 1, "template.paused": 2}

// keepsState reports whether an event leaves the state of its message or template as it is.
func keepsState(event string) bool {
	return event == "billing.deducted" || event == "template.quality" || event == "template.recategorized"
}

// A life has what may have happened to one message or template: its possible states, and how often
// limited events came at most.
type life struct {
	states []string
	times  map[string]int
}

// lives are the lives of all messages and templates, by subject. A life is never changed in place.
type lives map[string]life

func (l lives) of(subject string) life {
	if one, ok := l[subject]; ok {
		return one
	}
	return life{states: []string{start}}
}

// either returns what may have happened if one of several branches ran.
func either(branches ...lives) lives {
	joined := lives{}
	for _, b := range branches {
		for subject := range b {
			if _, done := joined[subject]; done {
				continue
			}
			one := life{times: map[string]int{}}
			for _, other := range branches {
				one.add(other.of(subject))
			}
			joined[subject] = one
		}
	}
	return joined
}

func (l *life) add(o life) {
	for _, state := range o.states {
		if !slices.Contains(l.states, state) {
			l.states = append(l.states, state)
		}
	}
	for event, n := range o.times {
		l.times[event] = max(l.times[event], n)
	}
}

// checkLifecycles reports each step that can't follow the steps before it, unless it is marked as
// illegal, and each marked step that can.
func checkLifecycles(steps []step, report func(s *step, text string)) {
	c := lifecycleChecker{illegal: map[*step]string{}}
	c.run(steps, lives{})
	walk(steps, func(s *step) {
		switch problem := c.illegal[s]; {
		case problem != "" && !s.illegal:
			report(s, problem+`. If that is what the scenario shows, set "illegal: true"`)
		case problem == "" && s.illegal:
			report(s, s.event+` can follow the steps before it; leave "illegal" out`)
		}
	})
}

// Follows reports whether an event can follow earlier ones about the same message or template, so
// that its step needs no "illegal: true".
func Follows(event string, earlier []string) bool {
	steps := make([]step, 0, len(earlier)+1)
	for _, one := range append(slices.Clone(earlier), event) {
		steps = append(steps, step{kind: send, event: one, probability: always})
	}
	c := lifecycleChecker{illegal: map[*step]string{}}
	c.run(steps, lives{})
	return c.illegal[&steps[len(earlier)]] == ""
}

// A lifecycleChecker finds illegal steps, with the first reason of each.
type lifecycleChecker struct{ illegal map[*step]string }

func (c *lifecycleChecker) run(steps []step, before lives) lives {
	now := before
	for i := range steps {
		after := c.step(&steps[i], now)
		if steps[i].probability < always {
			after = either(now, after)
		}
		now = after
	}
	return now
}

func (c *lifecycleChecker) step(s *step, before lives) lives {
	switch s.kind {
	case send:
		return c.send(s, before)
	case batch:
		return c.run(s.steps, before)
	case repeat:
		return c.repeat(s, before)
	case choose:
		var branches []lives
		for _, b := range s.branches {
			branches = append(branches, c.run(b.steps, before))
		}
		return either(branches...)
	case parallel:
		return c.parallel(s, before)
	}
	return before
}

func (c *lifecycleChecker) send(s *step, before lives) lives {
	allowed, known := lifecycles[s.event]
	if !known {
		return before
	}
	subject := s.subject()
	was := before.of(subject)
	for _, state := range was.states {
		if !slices.Contains(allowed, state) && c.illegal[s] == "" {
			c.illegal[s] = fmt.Sprintf("%s can't follow %s; it follows %s", s.event, state, strings.Join(slices.DeleteFunc(slices.Clone(allowed), func(state string) bool { return state == start }), ", "))
		}
	}
	is := life{states: []string{s.event}, times: maps.Clone(was.times)}
	if keepsState(s.event) {
		is.states = was.states
	}
	if limit := maxTimes[s.event]; limit > 0 {
		if is.times == nil {
			is.times = map[string]int{}
		}
		if is.times[s.event]++; is.times[s.event] > limit && c.illegal[s] == "" {
			c.illegal[s] = fmt.Sprintf("%s comes %d times about one %s; the limit is %d",
				s.event, is.times[s.event], map[bool]string{true: "template", false: "message"}[canonical.Family(s.event) == "template"], limit)
		}
	}
	after := maps.Clone(before)
	after[subject] = is
	return after
}

// repeat runs enough rounds to reach every limit. Messages that start in a round end with it.
func (c *lifecycleChecker) repeat(s *step, before lives) lives {
	const rounds = 3
	now := before
	for range min(s.count, rounds) {
		now = c.run(s.steps, now)
		for subject := range now {
			if _, known := before[subject]; !known && !strings.HasPrefix(subject, templateSubject) {
				delete(now, subject) // now is never before: it has a subject more
			}
		}
	}
	return now
}

// parallel checks each branch. What several branches are about has no known state: their events come
// in the order of their times.
func (c *lifecycleChecker) parallel(s *step, before lives) lives {
	branches := map[string]int{}
	for _, b := range s.branches {
		for subject := range subjectsOf(b.steps) {
			branches[subject]++
		}
	}
	now := maps.Clone(before)
	for subject, n := range branches {
		if n > 1 {
			now[subject] = life{states: []string{start}, times: before.of(subject).times}
		}
	}
	after := maps.Clone(now)
	for _, b := range s.branches {
		for subject, is := range c.run(b.steps, now) {
			switch branches[subject] {
			case 0:
			case 1:
				if subjectsOf(b.steps)[subject] {
					after[subject] = is
				}
			default:
				joined := life{states: []string{start}, times: map[string]int{}}
				joined.add(life{times: after[subject].times})
				joined.add(life{times: is.times})
				after[subject] = joined
			}
		}
	}
	return after
}

// subjectsOf returns the messages and templates whose life steps are about.
func subjectsOf(steps []step) map[string]bool {
	subjects := map[string]bool{}
	walk(steps, func(s *step) {
		if _, known := lifecycles[s.event]; known {
			subjects[s.subject()] = true
		}
	})
	return subjects
}

// templateSubject begins the subjects that are templates; messages have the names of the file.
const templateSubject = "template "

// subject returns the message or template that a step is about. Templates differ by the values that
// the step sets.
func (s *step) subject() string {
	if canonical.Family(s.event) != "template" {
		if s.message == "" {
			return mainMessage
		}
		return s.message
	}
	var own []string
	for _, one := range s.with {
		if one.Name == "template.id" || one.Name == "template.name" || one.Name == "template.language" {
			own = append(own, one.Name+"="+one.Text)
		}
	}
	return templateSubject + strings.Join(own, " ")
}
