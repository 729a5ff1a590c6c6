package contracttest

import (
	"context"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/webhook"
)

// Unreachable is the error of a consumer that nobody reaches: it says nothing of
// the consumer.
type Unreachable struct{ Cause string }

func (u *Unreachable) Error() string { return "reach the consumer: " + u.Cause }

// grade runs the probes one after the other: what one does to a consumer must not be
// seen in another.
func (g *grader) grade(ctx context.Context) ([]webhook.Result, error) {
	first, err := g.reach(ctx)
	if err != nil {
		return nil, err
	}
	if err := g.precheck(ctx, first); err != nil && ctx.Err() == nil {
		return nil, err
	}
	var results []webhook.Result
	for i, p := range g.probes {
		if g.options.Begin != nil {
			g.options.Begin(p)
		}
		startedAt, told := time.Now(), g.rejected == nil || p.kind == "plain"
		found, err := g.try(ctx, p)
		if err != nil && ctx.Err() == nil {
			return results, fmt.Errorf("probe %s: %w", p.Name, err)
		}
		r := g.result(p, found)
		r.Duration = time.Since(startedAt)
		results = append(results, r)
		if told && g.options.Ended != nil { // of probes that are not tried it is told once, by the error
			g.options.Ended(r, i+1, len(g.probes))
		}
	}
	if g.rejected != nil && ctx.Err() == nil {
		return results, g.rejection()
	}
	return results, ctx.Err()
}

// reach finds out whether there is anybody, and how fast they react: the answer is
// waited for in all that follows.
func (g *grader) reach(ctx context.Context) (*Observation, error) {
	first, err := g.greeting()
	if err != nil {
		return nil, err
	}
	for startedAt := time.Now(); ; {
		r, err := g.play(ctx, first, playing{random: 1, longest: 0})
		if err != nil {
			return nil, err
		}
		nobody, starting := r.unreached()
		if ended := g.ended(); ended != "" {
			return nil, &Unreachable{"the application has ended: " + ended}
		}
		if nobody == nil {
			g.quiet, g.alone = r.reaction(), r.Deliveries[0].last().Timing.Total
			return r, nil
		}
		if !starting || time.Since(startedAt) >= g.options.Wait {
			return nil, nobody
		}
		if err := sleep(ctx, tryEvery); err != nil {
			return nil, err
		}
	}
}

// tryEvery is how often a consumer is tried that is not there yet.
const tryEvery = 200 * time.Millisecond

// unreached says why nobody was reached, and whether somebody may still be starting;
// nil if somebody was.
func (r *Observation) unreached() (nobody error, starting bool) {
	for _, d := range r.Deliveries {
		if a := d.last(); delivery.IsUnreachable(a) {
			return &Unreachable{a.Error}, a.Failure != webhook.FailureDenied && a.Failure != webhook.FailureTLS
		}
	}
	return nil, false
}

// How long a consumer counts as done after its last call: four times as long as it
// took to react at first, within bounds.
const (
	shortQuiet = 120 * time.Millisecond
	longQuiet  = time.Second
	maxQuiet   = 2 * time.Second
)

// reaction is how long to wait for further calls of a consumer that reacted so.
func (r *Observation) reaction() time.Duration {
	slowest := time.Duration(0)
	for _, c := range r.Calls {
		slowest = max(slowest, c.At.Sub(r.StartedAt))
	}
	return min(max(4*slowest, shortQuiet), maxQuiet)
}

// try runs a probe, if the route can cause what it is about.
func (g *grader) try(ctx context.Context, p *Probe) (finding, error) {
	if why := g.notApplicableReason(p); why != "" {
		return finding{outcome: webhook.OutcomeNotApplicable, reason: why}, nil
	}
	switch {
	case g.rejected != nil && p.kind == "plain":
		return *g.rejected, nil
	case g.rejected != nil:
		return inconclusive("not tried: the consumer does not accept a webhook without faults: %s", g.rejected.reason), nil
	case g.gone != "":
		return inconclusive("the consumer has not recovered from the probe %s", g.gone), nil
	case g.spent() != "":
		return inconclusive("%s", g.spent()), nil
	case p.holds && g.provider.elsewhere():
		return inconclusive("it holds an answer of the API back, which a server that runs already does not"), nil
	case ctx.Err() != nil:
		return inconclusive("it was stopped"), ctx.Err()
	}
	sent, startedAt := g.deliveries.Load(), time.Now()
	found, err := g.bounded(ctx, p)
	if ctx.Err() != nil {
		return inconclusive("it was stopped"), ctx.Err()
	}
	if err != nil || g.deliveries.Load() == sent {
		return found, err
	}
	if p.kind == "plain" && found.outcome == webhook.OutcomeFailed {
		g.rejected = &found
		return found, nil
	}
	return g.afterwards(ctx, p, found, g.checkTime(startedAt))
}

// bounded runs a probe within its budget. What takes longer is stopped: a failure that was
// found until then is kept, and else nothing is said.
func (g *grader) bounded(ctx context.Context, p *Probe) (finding, error) {
	run := g.kinds()[p.kind]
	limit, why := g.limit()
	if limit == 0 {
		return run(ctx, p)
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	found, err := run(within, p)
	if err == nil || within.Err() == nil || ctx.Err() != nil {
		return found, err
	}
	if found.outcome == webhook.OutcomeFailed {
		found.reason += " (" + why + ")"
		return found, nil
	}
	return inconclusive("%s", why), nil
}

// limit is how long the next probe may take, and what to say of one that takes longer;
// 0 is no limit.
func (g *grader) limit() (time.Duration, string) {
	limit, why := g.options.ProbeTime, fmt.Sprintf("it took longer than its budget of %s", g.options.ProbeTime)
	if reserved := g.reserved(); reserved > 0 {
		limit -= reserved
		why += fmt.Sprintf(", of which %s are for the check that follows", reserved)
	}
	if left := time.Until(g.ends); !g.ends.IsZero() && (limit == 0 || left < limit) {
		limit, why = max(left, time.Nanosecond), fmt.Sprintf("the budget of %s was used up while it ran", g.options.Time)
	}
	return limit, why
}

// reserved is how much of a probe's budget is left for the check that follows.
func (g *grader) reserved() time.Duration { return min(g.options.ProbeTime/4, maxReserved) }

// checkTime is how long the check may take that follows a probe which began then: what
// is left of its budget, and of that of the grade.
func (g *grader) checkTime(startedAt time.Time) time.Duration {
	limit := maxCheck
	if g.options.ProbeTime > 0 {
		limit = min(limit, g.options.ProbeTime-time.Since(startedAt)-engine.Grace)
	}
	if !g.ends.IsZero() {
		limit = min(limit, time.Until(g.ends))
	}
	return limit
}

// spent says which budget is used up; "" if none is.
func (g *grader) spent() string {
	switch {
	case g.options.Calls > 0 && int(g.deliveries.Load()) >= g.options.Calls:
		return fmt.Sprintf("the budget of %d calls is used up", g.options.Calls)
	case !g.ends.IsZero() && !time.Now().Before(g.ends):
		return fmt.Sprintf("the budget of %s is used up", g.options.Time)
	}
	return ""
}
