package contracttest

import (
	"context"
	"fmt"
	"time"

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

// cheap is how fast a consumer responds that is looked after at the end of each probe.
// A slower one is where a webhook got no response, or the probe failed.
const cheap = time.Second

// afterwards finds out whether the consumer still responds after a probe. If it does
// not, that is a failure of this probe, and nothing more can be told of a consumer that
// nobody starts again.
func (g *grader) afterwards(ctx context.Context, p *Probe, found finding, lost bool) (finding, error) {
	if g.spent() != "" || !lost && found.outcome != webhook.Failed && g.alone > cheap && g.ended() == "" {
		return found, nil
	}
	ill, err := g.illness(ctx)
	if err != nil || ill == "" {
		return found, err
	}
	if found.outcome != webhook.Failed {
		before := found
		found = finding{outcome: webhook.Failed, record: before.record, severity: webhook.SeverityError, place: p.scenarioName() + ", afterwards"}
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
// twice; "" if it responds.
func (g *grader) illness(ctx context.Context) (string, error) {
	one, err := g.greeting()
	if err != nil {
		return "", err
	}
	why := ""
	for n := range 2 {
		if ended := g.ended(); ended != "" {
			return "it has ended: " + ended, nil
		}
		if n > 0 {
			if err := sleep(ctx, longQuiet); err != nil {
				return "", err
			}
		}
		r, err := g.play(ctx, one, playing{hasty: true})
		if err != nil {
			return "", err
		}
		a := r.Deliveries[0].last()
		limited := a.Status == 503 && headerOf(a, "Retry-After") != ""
		if a.Class == "" && (a.Status < 500 || limited) {
			return "", nil
		}
		why = spokenAnswer(a, fmt.Sprintf("status %d", a.Status))
	}
	return why, nil
}

// recover starts the consumer again, if somebody can: what it did before is no baseline
// of what it does now.
func (g *grader) recover(ctx context.Context, p *Probe) error {
	if g.options.Application == nil {
		g.gone = p.Name
		return nil
	}
	if err := g.options.Application.Restart(ctx); err != nil {
		return err
	}
	_, err := g.reach(ctx)
	if _, nobody := err.(*Unreachable); nobody { //nolint:errorlint // reach wraps nothing
		g.gone = p.Name
		return nil
	}
	g.mu.Lock()
	clear(g.bases)
	g.mu.Unlock()
	return err
}
