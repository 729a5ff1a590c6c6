package grade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/webhook"
)

// An Application is a consumer that can be restarted.
type Application interface {
	// Ended describes how it exited; "" while it runs.
	Ended() string
	// Restart stops what is left of it, and starts it again.
	Restart(ctx context.Context) error
	// Output is the end of its output.
	Output() string
}

// ended describes how the consumer exited; "" if it runs, or isn't known.
func (g *grader) ended() string {
	if g.options.Application == nil {
		return ""
	}
	return g.options.Application.Ended()
}

// maxCheck limits the check after a probe. maxReserved limits the part of a probe's budget that is
// left for it, and for the response that is under way when its time is over.
const (
	maxCheck    = 10 * time.Second
	maxReserved = maxCheck + 2*engine.Grace + time.Second
)

// checkAfterwards checks whether the consumer still responds after a probe. If it doesn't, this
// probe has failed; without an Application to restart, the rest is inconclusive.
func (g *grader) checkAfterwards(ctx context.Context, p *Probe, found finding, limit time.Duration) (finding, error) {
	if g.spent() != "" || limit <= 0 {
		return found, nil
	}
	ill, err := g.unresponsive(ctx, limit)
	if err != nil || ill == "" {
		return found, err
	}
	if found.outcome != webhook.OutcomeFailed {
		before := found
		found = finding{outcome: webhook.OutcomeFailed, observation: before.observation, severity: webhook.SeverityError, subject: p.scenarioName() + ", afterwards"}
		found.reason = "afterwards, the application no longer responds: " + ill
	}
	if a := g.options.Application; a != nil && a.Output() != "" {
		found.evidence = append(found.evidence, webhook.Evidence{Title: "end of the application's output", Text: a.Output()})
	}
	return found, g.restart(ctx, p)
}

// scenarioName is the name of a probe's scenario, for the location of a finding.
func (p *Probe) scenarioName() string {
	if p.scenario != nil {
		return p.scenario.Name
	}
	return p.Name
}

// unresponsive describes how the consumer fails to respond to a webhook without faults, tried
// twice within a limit; "" if it responds, or if the limit is too short.
func (g *grader) unresponsive(ctx context.Context, limit time.Duration) (string, error) {
	one, err := g.greetingScenario()
	if err != nil {
		return "", err
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	why := ""
	for n := range 2 {
		if ended := g.ended(); ended != "" {
			return "it has exited: " + ended, nil
		}
		if n > 0 {
			err = sleep(within, longQuiet)
		}
		var r *Observation
		if err == nil {
			r, err = g.play(within, one, playing{skipEffects: true})
		}
		switch {
		case err != nil && within.Err() != nil && ctx.Err() == nil && limit < g.timeout():
			return "", nil
		case err != nil && within.Err() != nil && ctx.Err() == nil:
			return cmp.Or(why, fmt.Sprintf("no response within %s", limit.Round(time.Millisecond))), nil
		case err != nil:
			return "", err
		}
		a := r.Deliveries[0].last()
		limited := a.Status == 503 && headerOf(a, "Retry-After") != ""
		if a.Failure == "" && (a.Status < 500 || limited) {
			return "", nil
		}
		why = describeResponse(a, fmt.Sprintf("status %d", a.Status))
	}
	return why, nil
}

// timeout is how long to wait for a consumer before it counts as unresponsive: a multiple of the
// time of the first webhook.
func (g *grader) timeout() time.Duration { return min(max(4*g.soloTime, longQuiet), maxCheck) }

// restart restarts the consumer, if possible, and drops the baselines of the old process. It
// doesn't exceed the grade's budget.
func (g *grader) restart(ctx context.Context, p *Probe) error {
	if g.options.Application == nil {
		g.gone = p.Name
		return nil
	}
	within, cancel := ctx, context.CancelFunc(func() {})
	if !g.ends.IsZero() {
		within, cancel = context.WithDeadline(ctx, g.ends)
	}
	defer cancel()
	err := g.options.Application.Restart(within)
	var first *Observation
	if err == nil {
		first, err = g.reach(within)
	}
	unreachable := errors.As(err, new(*Unreachable))
	switch {
	case err != nil && within.Err() != nil && ctx.Err() == nil:
		return nil // the budget is used up; the next probe reports it
	case unreachable, err == nil && first.Deliveries[0].last().Failure != "":
		g.gone = p.Name
		return nil
	}
	g.mu.Lock()
	clear(g.bases)
	g.mu.Unlock()
	return err
}
