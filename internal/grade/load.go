package grade

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// load sends many conversations at the same time. It checks the response times or, for a burst,
// the recovery.
func (g *grader) load(ctx context.Context, p *Probe) (finding, error) {
	hello, err := g.greetingBaseline(ctx)
	if err != nil {
		return finding{}, err
	}
	if hello.base.reason != "" {
		return inconclusive("%s", hello.base.reason), nil
	}
	switch {
	case p.budget > 0 && p.parallel > 1:
		return g.latency(ctx, p)
	case p.budget > 0:
		s := loadPlan{count: p.count, within: maxLoad, limit: p.budget}
		observations, _, err := g.runLoad(ctx, p, s)
		if err != nil {
			return finding{}, err
		}
		return s.check(p, observations), nil
	}
	observations, rejected, err := g.runLoad(ctx, p, loadPlan{count: p.count, within: maxLoad})
	if err != nil {
		return finding{}, err
	}
	if err := sleep(ctx, maxQuiet/2); err != nil { // the burst's work ends some time after its last request
		return finding{}, err
	}
	found, bad, err := g.checkRecovery(ctx, hello)
	if err != nil || bad {
		return found, err
	}
	return passed("it recovered; of %d webhooks in the burst, it rejected %d and didn't respond to %d", p.count, rejected, p.count-len(observations)), nil
}

// maxLoad is the maximum duration of a load without another limit.
const maxLoad = 10 * time.Second

// A loadPlan is the number of webhooks, the time for all of them, and the limit of one response.
type loadPlan struct {
	count         int
	within, limit time.Duration
}

// loadPlanOf is the load for a consumer that needs the time alone for a single webhook. Twice as
// fast as one after the other is enough on any machine, and so is the probe's own budget.
func loadPlanOf(p *Probe, alone time.Duration) loadPlan {
	s := loadPlan{count: p.count, limit: max(p.budget, alone*time.Duration(p.parallel)/2)}
	if alone > p.budget {
		s.count = min(p.count, p.parallel) // more would take minutes
	}
	s.within = max(maxLoad, s.limit) + time.Second // a late response is still observed
	return s
}

// latency checks that concurrent webhooks get their responses about as fast as a single one. A
// failure is tried once more: another program may have used the CPU.
func (g *grader) latency(ctx context.Context, p *Probe) (finding, error) {
	var first finding
	alone := maxLoad
	for n := range 2 {
		one, err := g.measureSolo(ctx, p)
		if err != nil {
			return first, err
		}
		alone = min(alone, one) // the first load can slow the second measurement down
		s := loadPlanOf(p, alone)
		observations, _, err := g.runLoad(ctx, p, s)
		if err != nil {
			return first, err
		}
		found := s.check(p, observations)
		if found.outcome == webhook.OutcomeFailed {
			found.reason += "; a single one takes " + alone.Round(time.Millisecond).String()
			if n == 0 {
				first = found
			}
			continue
		}
		if found.outcome == webhook.OutcomePassed && alone > p.budget {
			found = failed(observations[0], "a single webhook takes %s; want %s", alone.Round(time.Millisecond), p.budget)
			found.evidence = []webhook.Evidence{deliveryEvidence(&observations[0].Deliveries[0])}
			found.severity = webhook.SeverityWarning
		}
		return found, nil
	}
	return first, nil
}

// measureSolo is the time that the consumer needs for a webhook without other load: the median of
// a few.
func (g *grader) measureSolo(ctx context.Context, p *Probe) (time.Duration, error) {
	const few, timeout = 5, 3 * time.Second
	var duration []time.Duration
	for startedAt := time.Now(); len(duration) < few && time.Since(startedAt) < timeout; {
		r, err := g.play(ctx, p.scenario, playing{random: uint64(500 + len(duration)), skipEffects: true})
		if err != nil {
			return 0, err
		}
		duration = append(duration, r.Deliveries[0].last().Timing.Total)
	}
	slices.Sort(duration)
	return duration[len(duration)/2], nil
}

// runLoad sends webhooks with the probe's concurrency. It returns the observations of those that
// ended in time, and how many were rejected.
func (g *grader) runLoad(ctx context.Context, p *Probe, s loadPlan) (ended []*Observation, rejected int, err error) {
	bounded, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	var mu sync.Mutex
	var working sync.WaitGroup
	next := make(chan int)
	for range p.parallel {
		working.Go(func() {
			for i := range next {
				r, err := g.play(bounded, p.scenario, playing{random: uint64(1000 + i), skipEffects: true})
				if err != nil { // the time is up
					continue
				}
				mu.Lock()
				ended = append(ended, r)
				if !r.Deliveries[0].Accepted {
					rejected++
				}
				mu.Unlock()
			}
		})
	}
	for i := range s.count {
		select {
		case next <- i:
		case <-bounded.Done():
		}
	}
	close(next)
	working.Wait()
	return ended, rejected, ctx.Err()
}

// check checks that 95% of the responses are within the limit.
func (s loadPlan) check(p *Probe, observations []*Observation) finding {
	duration := func(r *Observation) time.Duration { return r.Deliveries[0].last().Timing.Total }
	if len(observations) == 0 {
		return failed(nil, "no response within %s", s.within)
	}
	slices.SortFunc(observations, func(a, b *Observation) int { return cmp.Compare(duration(a), duration(b)) })
	at := observations[(len(observations)*95-1)/100]
	found, bad := checkResponses(at, "accepted")
	switch {
	case duration(at) > s.limit:
		f := failed(at, "95%% of the responses took up to %s; want %s, with %d concurrent webhooks", duration(at).Round(time.Millisecond), s.limit.Round(time.Millisecond), p.parallel)
		f.evidence = []webhook.Evidence{deliveryEvidence(&at.Deliveries[0])}
		return f
	case bad:
		return found
	case len(observations) < s.count:
		return failed(at, "only %[2]d of %[3]d webhooks got a response within %[1]s", s.within, len(observations), s.count)
	}
	return passed("95%% of the responses took up to %s, with %d concurrent webhooks", duration(at).Round(time.Millisecond), p.parallel)
}
