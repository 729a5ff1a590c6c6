package contracttest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// load sends many conversations at once, and wants their responses in time, or at
// least what follows to be handled as usual.
func (g *grader) load(ctx context.Context, p *Probe) (finding, error) {
	hello, err := g.hello(ctx)
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
		s := storming{count: p.count, within: maxLoad, limit: p.budget}
		records, _, err := g.storm(ctx, p, s)
		if err != nil {
			return finding{}, err
		}
		return s.validator(p, records), nil
	}
	records, rejected, err := g.storm(ctx, p, storming{count: p.count, within: maxLoad})
	if err != nil {
		return finding{}, err
	}
	if err := sleep(ctx, maxQuiet/2); err != nil { // a burst is over some time after its last request
		return finding{}, err
	}
	found, bad, err := g.goesOn(ctx, hello)
	if err != nil || bad {
		return found, err
	}
	return passed("it recovered; of %d in the burst it refused %d and left %d unanswered", p.count, rejected, p.count-len(records)), nil
}

// longestLoad bounds how long a load lasts that has no other limit.
const maxLoad = 10 * time.Second

// A storming is how many webhooks come, within what time all of them, and within what
// each is to have its response.
type storming struct {
	count         int
	within, limit time.Duration
}

// stormOf is the load for a consumer that needs so long for one webhook alone. Twice as
// fast as one after the other is enough, whatever the machine, and so is the probe's own
// budget.
func stormOf(p *Probe, alone time.Duration) storming {
	s := storming{count: p.count, limit: max(p.budget, alone*time.Duration(p.parallel)/2)}
	if alone > p.budget {
		s.count = min(p.count, p.parallel) // more would take minutes
	}
	s.within = max(maxLoad, s.limit) + time.Second // what is too late is still seen
	return s
}

// latency wants many webhooks at the same time to have their responses about as fast as
// one alone. What fails is tried once more: another program may have kept the machine
// busy.
func (g *grader) latency(ctx context.Context, p *Probe) (finding, error) {
	var first finding
	alone := maxLoad
	for n := range 2 {
		one, err := g.aloneTime(ctx, p)
		if err != nil {
			return first, err
		}
		alone = min(alone, one) // the second time, what is left of the first may slow it down
		s := stormOf(p, alone)
		records, _, err := g.storm(ctx, p, s)
		if err != nil {
			return first, err
		}
		found := s.validator(p, records)
		if found.outcome == webhook.OutcomeFailed {
			found.reason += "; one alone takes " + alone.Round(time.Millisecond).String()
			if n == 0 {
				first = found
			}
			continue
		}
		if found.outcome == webhook.OutcomePassed && alone > p.budget {
			found = failed(records[0], "a webhook has its response after %s, even alone; want %s", alone.Round(time.Millisecond), p.budget)
			found.evidence = []webhook.Evidence{deliveryEvidence(&records[0].Deliveries[0])}
			found.severity = webhook.SeverityWarning
		}
		return found, nil
	}
	return first, nil
}

// aloneTime is how long the consumer needs for a webhook while nothing else is to be
// done: the median of a few.
func (g *grader) aloneTime(ctx context.Context, p *Probe) (time.Duration, error) {
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

// storm sends webhooks, as many at the same time as the probe says, and returns the
// records of those that ended in time, and how many of them were rejected.
func (g *grader) storm(ctx context.Context, p *Probe, s storming) (ended []*Observation, rejected int, err error) {
	bounded, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	var mu sync.Mutex
	var working sync.WaitGroup
	next := make(chan int)
	for range p.parallel {
		working.Go(func() {
			for i := range next {
				r, err := g.play(bounded, p.scenario, playing{random: uint64(1000 + i), skipEffects: true})
				if err != nil { // the time was up
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

// check wants 95 of 100 responses within the limit.
func (s storming) validator(p *Probe, records []*Observation) finding {
	duration := func(r *Observation) time.Duration { return r.Deliveries[0].last().Timing.Total }
	if len(records) == 0 {
		return failed(nil, "no response came within %s", s.within)
	}
	slices.SortFunc(records, func(a, b *Observation) int { return cmp.Compare(duration(a), duration(b)) })
	at := records[(len(records)*95-1)/100]
	found, bad := judgeResponses(at, "accepted")
	switch {
	case duration(at) > s.limit:
		f := failed(at, "95 of 100 responses took up to %s; want %s, with %d at the same time", duration(at).Round(time.Millisecond), s.limit.Round(time.Millisecond), p.parallel)
		f.evidence = []webhook.Evidence{deliveryEvidence(&at.Deliveries[0])}
		return f
	case bad:
		return found
	case len(records) < s.count:
		return failed(at, "within %s only %d of %d had a response", s.within, len(records), s.count)
	}
	return passed("95 of 100 responses took up to %s, with %d at the same time", duration(at).Round(time.Millisecond), p.parallel)
}
