package grade

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// maxOrders is how many orders of one lifecycle are tried; if there are more, the seed selects
// them.
const maxOrders = 40

// lifecycle checks that the events of a message, in every order and each twice, lead to the same
// state as in their order of time.
func (g *grader) lifecycle(ctx context.Context, p *Probe) (finding, error) {
	b, err := g.baseline(ctx, p)
	if err != nil {
		return finding{}, err
	}
	if b.reason != "" {
		return inconclusive("%s", b.reason), nil
	}
	if why, err := g.unobservable(ctx, p, b); why != "" || err != nil {
		return inconclusive("%s", why), err
	}
	_, statuses := split(plannedOf(b.observation))
	orders := orders(len(statuses), prng.New(prng.Seed(g.seed, prng.SeedOf("orders"))))
	var playings []playing
	for _, order := range orders {
		playings = append(playings, playing{arrange: inOrder(order, true)})
	}
	observations, cut := g.playAll(ctx, p.scenario, playings)
	if cut != nil && !isTimeUp(ctx, cut) {
		return finding{}, cut
	}
	for i, r := range observations {
		if r == nil {
			continue
		}
		differences, err := g.settleOn(ctx, r, b)
		switch {
		case isTimeUp(ctx, err):
			cut = err
			continue
		case err != nil:
			return finding{}, err
		}
		if len(differences) > 0 {
			found, err := g.shrunk(ctx, p, orders[i], r.differing(differences, b))
			found.subject = strings.Join(eventsOf(statuses), ", ") + ", in any order" // the other orders aren't tried
			return found, err
		}
	}
	if cut != nil {
		return finding{}, cut
	}
	return passed("the same result after all %d orders of %d events", len(orders), len(statuses)), nil
}

// A divergence is the wrong result of a list of events, and the expected one.
type divergence struct {
	finding
	differences      []difference
	baselineScenario effects
}

// shrunk finds the shortest list of events that still leads to another result than the same events
// in their order of time, and whether it does so for a message that the consumer never sent.
func (g *grader) shrunk(ctx context.Context, p *Probe, order []int, first finding) (finding, error) {
	best := divergence{finding: first}
	var broken error
	shows := func(bound bool) func([]int) bool {
		return func(candidate []int) bool {
			if broken != nil || len(candidate) < 2 {
				return false
			}
			found, err := g.diverges(ctx, p, candidate, bound)
			if broken = err; err != nil || found == nil {
				return false
			}
			best = *found
			return true
		}
	}
	shortest := Shrink(order, shows(true), maxShrinking)
	bound := !shows(false)(shortest)
	if broken != nil || best.differences == nil { // it can't be reproduced, or the time is over: the first observation counts
		return first, broken
	}
	v, err := g.violation(ctx, p, shortest, bound, best.differences, best.baselineScenario)
	if err != nil {
		return first, err
	}
	var words []string
	for _, n := range shortest {
		words = append(words, eventNames(p, g)[n])
	}
	f := best.finding
	f.reason = fmt.Sprintf("after %s: %s", strings.Join(words, ", then "), f.reason)
	f.evidence = append(f.evidence, webhook.Evidence{Title: "the shortest list of events, as a scenario", Text: v.Scenario})
	if g.options.Violation != nil {
		err = g.options.Violation(*v)
	}
	return f, err
}

// maxShrinking is how many lists of events are tried to find the shortest one.
const maxShrinking = 200

// diverges runs some events of a lifecycle in an order, and in their order of time; nil if the
// results are equal.
func (g *grader) diverges(ctx context.Context, p *Probe, order []int, bound bool) (*divergence, error) {
	natural := slices.Compact(slices.Sorted(slices.Values(order)))
	observations, err := g.playAll(ctx, p.scenario, []playing{
		{arrange: inOrder(natural, bound)}, {arrange: inOrder(natural, bound)}, {arrange: inOrder(order, bound)},
	})
	if err != nil {
		return nil, err
	}
	b := &baseline{effects: observations[0].effects(), observation: observations[0]}
	var same bool
	if b.noise, same = noiseOf(b.effects, observations[1].effects()); !same {
		return nil, nil
	}
	differences, err := g.settleOn(ctx, observations[2], b)
	if err != nil || len(differences) == 0 {
		return nil, err
	}
	return &divergence{observations[2].differing(differences, b), differences, b.effects}, nil
}

// eventsOf are the canonical events of the first items.
func eventsOf(planned []scenarios.PlannedEvent) []string {
	var words []string
	for _, planned := range planned {
		words = append(words, planned.Items[0].Event)
	}
	return words
}

// plannedOf are the planned events of an observation's deliveries.
func plannedOf(r *Observation) []scenarios.PlannedEvent {
	var all []scenarios.PlannedEvent
	for i := range r.Deliveries {
		if r.Deliveries[i].Cue != nil {
			all = append(all, *r.Deliveries[i].Cue)
		}
	}
	return all
}

// split divides a scenario's events into those before a message and the message's own.
func split(planned []scenarios.PlannedEvent) (before, statuses []scenarios.PlannedEvent) {
	at := slices.IndexFunc(planned, func(c scenarios.PlannedEvent) bool {
		return c.Action == nil && strings.HasPrefix(c.Items[0].Event, "message.")
	})
	if at < 0 {
		return planned, nil
	}
	return planned[:at], planned[at:]
}

// inOrder sends the events of a message in an order; a repeated number is a copy. With bound, the
// message is the consumer's own; without, the events before the message are dropped.
func inOrder(order []int, bound bool) func([]scenarios.PlannedEvent) []scenarios.PlannedEvent {
	return func(planned []scenarios.PlannedEvent) []scenarios.PlannedEvent {
		before, statuses := split(planned)
		if !bound {
			before = nil
		}
		all := slices.Clone(before)
		seen := map[int]int{}
		for _, n := range order {
			if n >= len(statuses) {
				continue
			}
			planned := statuses[n]
			planned.Copy = seen[n]
			seen[n]++
			planned.At = statuses[min(len(all)-len(before), len(statuses)-1)].At
			all = append(all, planned)
		}
		return all
	}
}

// orders are the orders of n events: all permutations, and the order of time with a copy of each
// event at each later position. If there are too many, the random source selects some.
func orders(n int, random *prng.Source) [][]int {
	natural := make([]int, n)
	for i := range natural {
		natural[i] = i
	}
	var all [][]int
	for i := range n {
		for at := i + 1; at <= n; at++ {
			all = append(all, slices.Insert(slices.Clone(natural), at, i))
		}
	}
	if n <= maxPermuted {
		permute(natural, func(order []int) { all = append(all, slices.Clone(order)) })
	} else {
		for range maxOrders {
			order := slices.Clone(natural)
			for i := n - 1; i > 0; i-- {
				j := random.IntN(i + 1)
				order[i], order[j] = order[j], order[i]
			}
			all = append(all, order)
		}
	}
	for i := len(all) - 1; i > 0 && len(all) > maxOrders; i-- {
		j := random.IntN(i + 1)
		all[i], all[j] = all[j], all[i]
	}
	return all[:min(len(all), maxOrders)]
}

// maxPermuted is the maximum number of events of which all permutations are tried.
const maxPermuted = 6

// permute calls give with all permutations, the order of time first.
func permute(items []int, give func([]int)) {
	var from func(k int)
	from = func(k int) {
		if k == len(items) {
			give(items)
			return
		}
		for i := k; i < len(items); i++ {
			items[k], items[i] = items[i], items[k]
			from(k + 1)
			items[k], items[i] = items[i], items[k]
		}
	}
	from(0)
}
