package contracttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/webhook"
)

// An Application is a consumer that can be started again.
type Application interface {
	// Ended says how it ended; "" while it runs.
	Ended() string
	// Restart stops what is left of it, and starts it again.
	Restart(ctx context.Context) error
	// Output is the end of what it printed.
	Output() string
}

// ended says how the consumer ended; "" if it runs, or nobody knows.
func (g *grader) ended() string {
	if g.options.Application == nil {
		return ""
	}
	return g.options.Application.Ended()
}

// longestCheck bounds the check after a probe, and mostReserved what of a probe's budget
// is left for it, and for the response that is under way when its time is over.
const (
	maxCheck    = 10 * time.Second
	maxReserved = maxCheck + 2*engine.Grace + time.Second
)

// afterwards finds out whether the consumer still responds after a probe. If it does
// not, that is a failure of this probe, and nothing more can be told of a consumer that
// nobody starts again.
func (g *grader) afterwards(ctx context.Context, p *Probe, found finding, limit time.Duration) (finding, error) {
	if g.spent() != "" || limit <= 0 {
		return found, nil
	}
	ill, err := g.illness(ctx, limit)
	if err != nil || ill == "" {
		return found, err
	}
	if found.outcome != webhook.OutcomeFailed {
		before := found
		found = finding{outcome: webhook.OutcomeFailed, record: before.record, severity: webhook.SeverityError, place: p.scenarioName() + ", afterwards"}
		found.reason = "afterwards the application no longer responds: " + ill
	}
	if a := g.options.Application; a != nil && a.Output() != "" {
		found.evidence = append(found.evidence, webhook.Evidence{Title: "the end of what the application printed", Text: a.Output()})
	}
	return found, g.recover(ctx, p)
}

// scenarioName is what a probe plays, for the location of a finding.
func (p *Probe) scenarioName() string {
	if p.scenario != nil {
		return p.scenario.Name
	}
	return p.Name
}

// illness says how the consumer fails to respond to a webhook without faults, tried
// twice within a limit; "" if it responds, or if the limit is too short to tell.
func (g *grader) illness(ctx context.Context, limit time.Duration) (string, error) {
	one, err := g.greeting()
	if err != nil {
		return "", err
	}
	within, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	why := ""
	for n := range 2 {
		if ended := g.ended(); ended != "" {
			return "it has ended: " + ended, nil
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
		why = spokenResponse(a, fmt.Sprintf("status %d", a.Status))
	}
	return why, nil
}

// patience is how long a consumer is given before it counts as one that no longer
// responds: a multiple of what it took for the first webhook.
func (g *grader) timeout() time.Duration { return min(max(4*g.alone, longQuiet), maxCheck) }

// recover starts the consumer again, if somebody can: what it did before is no baseline
// of what it does now. A grade whose time is over ends without it.
func (g *grader) recover(ctx context.Context, p *Probe) error {
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
		return nil // the budget is used up, and what is left says so
	case unreachable, err == nil && first.Deliveries[0].last().Failure != "":
		g.gone = p.Name
		return nil
	}
	g.mu.Lock()
	clear(g.bases)
	g.mu.Unlock()
	return err
}
