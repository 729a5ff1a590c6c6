package grade

import (
	"context"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// grade runs the probes one after the other, as the effects of one must not be observed in
// another.
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
		startedAt, ran := time.Now(), g.rejected == nil || p.kind == "baseline"
		found, err := g.try(ctx, p)
		if err != nil && ctx.Err() == nil {
			return results, fmt.Errorf("probe %s: %w", p.Name, err)
		}
		r := g.result(p, found)
		r.Duration = time.Since(startedAt)
		results = append(results, r)
		if ran && g.options.Ended != nil { // the error covers the probes that don't run
			g.options.Ended(r, i+1, len(g.probes))
		}
	}
	if g.rejected != nil && ctx.Err() == nil {
		return results, g.rejection()
	}
	return results, ctx.Err()
}

// reach waits until the consumer can be reached, and measures how fast it reacts.
func (g *grader) reach(ctx context.Context) (*Observation, error) {
	first, err := g.greetingScenario()
	if err != nil {
		return nil, err
	}
	for startedAt := time.Now(); ; {
		r, err := g.play(ctx, first, playing{random: 1, maxDelay: 0})
		if err != nil {
			return nil, err
		}
		unreachable, starting := r.unreached()
		if ended := g.ended(); ended != "" {
			return nil, &Unreachable{"the application has exited: " + ended}
		}
		if unreachable == nil {
			g.quietTime, g.soloTime = r.reaction(), r.Deliveries[0].last().Timing.Total
			return r, nil
		}
		if !starting || time.Since(startedAt) >= g.options.Wait {
			return nil, unreachable
		}
		if err := sleep(ctx, tryEvery); err != nil {
			return nil, err
		}
	}
}

// tryEvery is the interval of attempts to reach a consumer that is starting.
const tryEvery = 200 * time.Millisecond

// unreached explains why the consumer couldn't be reached, and whether it may still be starting;
// nil if it was reached.
func (r *Observation) unreached() (unreachable error, starting bool) {
	for _, d := range r.Deliveries {
		if a := d.last(); delivery.IsUnreachable(a) {
			return &Unreachable{a.Error}, a.Failure != webhook.FailureDenied && a.Failure != webhook.FailureTLS
		}
	}
	return nil, false
}

// The time without calls after which a consumer counts as finished: four times its first reaction,
// within limits.
const (
	shortQuiet = 120 * time.Millisecond
	longQuiet  = time.Second
	maxQuiet   = 2 * time.Second
)

// reaction is the time to wait for further calls of the consumer.
func (r *Observation) reaction() time.Duration {
	slowest := time.Duration(0)
	for _, c := range r.Calls {
		slowest = max(slowest, c.At.Sub(r.StartedAt))
	}
	return min(max(4*slowest, shortQuiet), maxQuiet)
}

// try runs a probe, if it applies to the route.
func (g *grader) try(ctx context.Context, p *Probe) (finding, error) {
	if why := g.notApplicableReason(p); why != "" {
		return finding{outcome: webhook.OutcomeNotApplicable, reason: why}, nil
	}
	switch {
	case g.rejected != nil && p.kind == "baseline":
		return *g.rejected, nil
	case g.rejected != nil:
		return inconclusive("not run: the consumer rejects a webhook without faults: %s", g.rejected.reason), nil
	case g.gone != "":
		return inconclusive("the consumer has not recovered from the probe %s", g.gone), nil
	case g.spent() != "":
		return inconclusive("%s", g.spent()), nil
	case p.holdsCall && g.provider.elsewhere():
		return inconclusive("it delays a response of the API, which isn't possible with --server"), nil
	case ctx.Err() != nil:
		return inconclusive("canceled"), ctx.Err()
	}
	sent, startedAt := g.deliveries.Load(), time.Now()
	found, err := g.bounded(ctx, p)
	if ctx.Err() != nil {
		return inconclusive("canceled"), ctx.Err()
	}
	if err != nil || g.deliveries.Load() == sent {
		return found, err
	}
	if p.kind == "baseline" && found.outcome == webhook.OutcomeFailed {
		g.rejected = &found
		return found, nil
	}
	return g.checkAfterwards(ctx, p, found, g.checkTime(startedAt))
}

// bounded runs a probe within its budget. A failure that was found before its end counts;
// otherwise the probe is inconclusive.
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

// limit is the maximum duration of the next probe, and the reason if it takes longer; 0 is no
// limit.
func (g *grader) limit() (time.Duration, string) {
	limit, why := g.options.ProbeTime, fmt.Sprintf("it exceeded its budget of %s", g.options.ProbeTime)
	if reserved := g.reserved(); reserved > 0 {
		limit -= reserved
		why += fmt.Sprintf(", of which %s is for the final check", reserved)
	}
	if left := time.Until(g.ends); !g.ends.IsZero() && (limit == 0 || left < limit) {
		limit, why = max(left, time.Nanosecond), fmt.Sprintf("the total budget of %s ran out during this probe", g.options.Time)
	}
	return limit, why
}

// reserved is the part of a probe's budget for the check after it.
func (g *grader) reserved() time.Duration { return min(g.options.ProbeTime/4, maxReserved) }

// checkTime is the limit of the check after a probe: the rest of its budget, and of the grade's.
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
		return fmt.Sprintf("the budget of %d webhooks is used up", g.options.Calls)
	case !g.ends.IsZero() && !time.Now().Before(g.ends):
		return fmt.Sprintf("the total budget of %s is used up", g.options.Time)
	}
	return ""
}
