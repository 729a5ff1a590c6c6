package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// Rules are those in force, the oldest first.
func (s *session) Rules() []activeRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(time.Now())
	var all []activeRule
	for _, r := range s.rules {
		all = append(all, *r)
	}
	return all
}

// expire takes away the rules whose time is over, or that have done what they should.
func (s *session) expire(now time.Time) {
	s.rules = slices.DeleteFunc(s.rules, func(r *activeRule) bool {
		return !r.Until.IsZero() && !now.Before(r.Until) || r.Times > 0 && r.Applied >= r.Times
	})
}

// AddRule puts a rule into force.
func (s *session) AddRule(r activeRule) (activeRule, error) {
	if err := s.checkRule(r); err != nil {
		return activeRule{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(time.Now())
	if err := s.ruleQuota(r); err != nil {
		return activeRule{}, err
	}
	s.calls++
	r.ID, r.CreatedAt = fmt.Sprintf("rule-%d", s.calls), time.Now().UTC()
	s.rules = append(s.rules, &r)
	return r, nil
}

// checkRule rejects what a rule can never do.
func (s *session) checkRule(r activeRule) error {
	for i, spoiler := range r.Faults {
		if spoiler.Name() == "reorder" {
			return withPointer(document.Pointer("faults", strconv.Itoa(i)), errors.New("add rule: reorder needs several deliveries, and a rule applies to one at a time; use it in a run"))
		}
	}
	var known []string
	for _, a := range s.apis.APIs {
		known = append(known, a.Name)
	}
	if r.Operation != "" && !slices.Contains(known, r.Operation) {
		return withPointer("/match/operation", fmt.Errorf("add rule: unknown operation %s; %s", document.Quote(document.Shorten(r.Operation, 60)), nearOf(r.Operation, known, "docs/apis.md lists them")))
	}
	return nil
}

// RemoveRule reports false if there is no such rule.
func (s *session) RemoveRule(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.rules)
	s.rules = slices.DeleteFunc(s.rules, func(r *activeRule) bool { return r.ID == id })
	return len(s.rules) < before
}

// fires returns the rules that befall something, each as often as it says. Of
// those on calls it is the first alone, because a call has one response; the others
// keep what they have for the next.
func (s *session) fires(on string, fits func(*activeRule) bool) []activeRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(time.Now())
	var fired []activeRule
	for _, r := range s.rules {
		if r.On != on || !fits(r) {
			continue
		}
		if r.Matched++; r.Every > 1 && r.Matched%r.Every != 0 {
			continue
		}
		r.Applied++
		if fired = append(fired, *r); on == onCalls {
			break
		}
	}
	return fired
}

func matchesRoute(said, route, provider string) bool {
	return said == "" || said == route || said == provider
}

// matchRules lets the rules for deliveries befall what was made, and says what is to
// become of its sending.
func (s *session) matchRules(r *activeRun, job *script.Job, made *outgoing) (ruleEffects, error) {
	f := ruleEffects{}
	route, event := r.script.Route, ""
	if job.Cue != nil && len(job.Cue.Items) > 0 {
		event = job.Cue.Items[0].Event
	}
	fired := s.fires(onDeliveries, func(one *activeRule) bool {
		return matchesRoute(one.Route, route.Name, route.Provider.Name) && (one.Event == "" || one.Event == event) && (one.Type == "" || one.Type == made.Event.Type)
	})
	for _, one := range fired {
		for _, spoiler := range one.Faults {
			random := prng.New(prng.Seed(job.Seed, prng.SeedOf(one.ID), uint64(one.Applied)))
			if !spoiler.Fires(one.Matched-1, one.Applied-1, 0, random) {
				continue
			}
			if spoiler.Stage() == fault.StagePlan {
				f.add(spoiler, random)
				made.Faults = append(slices.Clip(made.Faults), spoiler.Name())
				continue
			}
			if err := made.complete(r.script); err != nil {
				return f, err
			}
			if err := r.script.SignatureFault(&made.Prepared, scenarios.InjectedFault{Fault: spoiler, Nth: one.Applied - 1, Seed: random.Uint64()}); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// ruleEffects are what the faults of rules do to a delivery that is due.
type ruleEffects struct {
	dropped bool
	delay   time.Duration
	// copies are sent so long after the original; 0 is at the same moment.
	copies []time.Duration
}

func (f *ruleEffects) add(spoiler fault.Fault, random *prng.Source) {
	switch spoiler.Name() {
	case "drop":
		f.dropped = true
	case "delay":
		f.delay += spoiler.Delay().Sample(random)
	}
	after := time.Duration(0)
	for range spoiler.Copies() {
		after += spoiler.After().Sample(random)
		f.copies = append(f.copies, after)
	}
}

// A callRule is what rules do to a call.
type callRule struct {
	rule *activeRule
}

// matchCallRule finds the rule that befalls a call, if one does.
func (c *calling) matchCallRule(a *callspec.Operation, route string) *callRule {
	fired := c.fires(onCalls, func(one *activeRule) bool {
		return matchesRoute(one.Route, route, a.Provider.Name) && (one.Operation == "" || one.Operation == a.Name)
	})
	if len(fired) == 0 {
		return &callRule{}
	}
	return &callRule{&fired[0]}
}

// reply is the response of a rule in place of the default one; nil without a rule.
func (s *callRule) reply(c *callspec.Call) *callspec.Reply {
	if s.rule == nil || s.rule.Response == nil || s.rule.Response.Status == 0 {
		return nil
	}
	var header [][2]string
	if after := s.rule.Response.RetryAfter; after > 0 {
		header = append(header, [2]string{"Retry-After", seconds(after)})
	}
	return c.Instead(s.rule.Response.Status, header, s.rule.Response.Body)
}

// wait delays the response as the rule requires: for a time, or until the
// first webhook of the call has come to its end.
func (s *callRule) wait(ctx context.Context, c *calling) {
	if s.rule == nil || s.rule.Response == nil {
		return
	}
	if delay := s.rule.Response.Delay; delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-c.running.Done():
		}
	}
	if !s.rule.Response.WebhooksFirst || len(c.runs) == 0 || c.runs[0].ID == "" {
		return
	}
	waiting, cancel := context.WithTimeout(ctx, maxWebhooksFirst)
	defer cancel()
	for e := range c.journal.Follow(waiting, journal.Query{Session: c.name, Kind: journal.KindDelivery, Run: c.runs[0].ID}, 0) {
		if e.State != journal.StateScheduled && e.State != journal.StateRetrying {
			return
		}
	}
}

// maxWebhooksFirst bounds how long a response waits for its webhooks.
const maxWebhooksFirst = 5 * time.Second
