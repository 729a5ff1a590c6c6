package script

import (
	"context"
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// maxProven limits the conversations of a scenario that [Prove] generates.
const maxProven = 200

// A Proven is the result of [Prove].
type Proven struct {
	Routes, Claims int
	// Problems are the claims that are false, and those that can't be checked on any route.
	Problems []error
}

// Prove generates what a scenario sends on all routes of a catalog that have its events, reads it
// back and checks the scenario's proofs, with the seeds 1 to seeds. The error is one of generating.
func Prove(ctx context.Context, catalog *schemas.Catalog, g Generator, one *scenarios.Scenario, seeds int) (Proven, error) {
	result := Proven{}
	if err := CheckProofs(catalog, one); err != nil {
		return result, err
	}
	checked := map[string]bool{}
	var claims []string
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
				for _, claim := range seen {
					key := claim.Where + ": " + claim.Text
					if _, known := checked[key]; !known {
						claims = append(claims, key)
					}
					checked[key] = checked[key] || claim.Checked
					if claim.Problem != "" {
						result.Problems = append(result.Problems, fmt.Errorf("%s: %s on %s with seed %d", key, claim.Problem, route.Name, seed+1))
					}
				}
			}
		}
	}
	result.Claims = len(claims)
	for _, claim := range claims {
		if !checked[claim] {
			result.Problems = append(result.Problems, fmt.Errorf("%s: no body on any route has what it is about, with %d seeds; leave it out", claim, seeds))
		}
	}
	return result, nil
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
