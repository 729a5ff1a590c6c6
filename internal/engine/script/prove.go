package script

import (
	"context"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// maxProven limits the conversations of a scenario that [Prove] generates.
const maxProven = 100

// A Proven is the result of [Prove].
type Proven struct {
	Routes, Claims int
	// Problems are the claims that are false, with the first seed for each route, and those that
	// can't be checked on any route.
	Problems []error
}

// Prove generates what a scenario sends on all routes of a catalog that have its events, reads it
// back and checks the scenario's proofs, with the seeds 1 to seeds. The error is one of generating.
func Prove(ctx context.Context, catalog *schemas.Catalog, g Generator, one *scenarios.Scenario, seeds int) (Proven, error) {
	result := Proven{}
	if err := CheckProofs(catalog, one); err != nil {
		return result, err
	}
	r := claimResults{checked: map[string]bool{}, reported: map[string]bool{}}
	for _, provider := range catalog.Providers {
		for _, route := range provider.Routes {
			if !plays(one, RouteOf(route)) {
				continue
			}
			result.Routes++
			for seed := range uint64(seeds) {
				if ctx.Err() != nil {
					return result, ctx.Err()
				}
				seen, err := proveOnce(catalog, g, one, route, seed+1)
				if err != nil {
					return result, fmt.Errorf("test %s on %s with seed %d: %w", one.Name, route.Name, seed+1, err)
				}
				r.add(seen, route.Name, seed+1)
			}
		}
	}
	for _, claim := range r.claims {
		if !r.checked[claim] {
			r.problems = append(r.problems, fmt.Errorf("%s: no body on any route has what it is about, with %d seeds; leave it out", claim, seeds))
		}
	}
	result.Claims, result.Problems = len(r.claims), r.problems
	return result, nil
}

// claimResults has the results of the claims of one scenario.
type claimResults struct {
	claims            []string
	checked, reported map[string]bool
	problems          []error
}

// add adds the claims of one route and seed.
func (r *claimResults) add(seen []scenarios.Claim, route string, seed uint64) {
	for _, claim := range seen {
		key := claim.Where + ": " + claim.Text
		if _, known := r.checked[key]; !known {
			r.claims = append(r.claims, key)
		}
		r.checked[key] = r.checked[key] || claim.Checked
		if problem := key + " on " + route; claim.Problem != "" && !r.reported[problem] {
			r.reported[problem] = true
			r.problems = append(r.problems, fmt.Errorf("%s: %s on %s with seed %d", key, claim.Problem, route, seed))
		}
	}
}

// plays reports whether a route has an event of a scenario that is for it.
func plays(one *scenarios.Scenario, r scenarios.Route) bool {
	if one.Fits(r) != nil {
		return false
	}
	for _, event := range one.Events() {
		if ok, _ := r.Supports(event); ok {
			return true
		}
	}
	return false
}

func proveOnce(catalog *schemas.Catalog, g Generator, one *scenarios.Scenario, route *schemas.Route, seed uint64) ([]scenarios.Claim, error) {
	conversations := min(one.Conversations(), maxProven)
	plan, err := one.Plan(RouteOf(route), scenarios.Options{Seed: seed, Conversations: conversations})
	if err != nil {
		return nil, err
	}
	seen, err := Script{Catalog: catalog, Generator: g, Route: route, Plan: plan, Start: one.Start(time.Unix(1_772_359_200, 0))}.Observe()
	if err != nil {
		return nil, err
	}
	return one.Prove(plan.Route, conversations, seen), nil
}
