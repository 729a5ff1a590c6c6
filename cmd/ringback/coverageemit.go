package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/generator"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
)

// emitAll shows the coverage what Ringback sends: each event of each route, on the
// way that leads to it, for many seeds and in every fill and form.
func emitAll(ctx context.Context, catalog *schemas.Catalog, all *coverage.Coverage, seeds int, names []string) error {
	for _, fill := range generator.Fills() {
		g, err := generator.New(catalog, generator.Options{Fill: fill})
		if err != nil {
			return err
		}
		for _, p := range catalog.Providers {
			for _, r := range p.Routes {
				if len(names) > 0 && !slices.Contains(names, r.Name) && !slices.Contains(names, p.Name) {
					continue
				}
				if err := emitRoute(ctx, catalog, all, g, r, seeds, fill == generator.Typical); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func emitRoute(ctx context.Context, catalog *schemas.Catalog, all *coverage.Coverage, g *generator.Generator, r *schemas.Route, seeds int, values bool) error {
	judge, err := catalog.Judge(schemas.Scope{Route: r.Name})
	if err != nil {
		return err
	}
	e := &emitter{catalog: catalog, all: all, generator: g, route: r, judge: judge, values: values}
	for _, t := range r.Types() {
		for _, event := range append([]string{t.Name}, t.Neutral()...) {
			if err := e.emit(ctx, t, event, seeds); err != nil {
				return err
			}
		}
	}
	return nil
}

// An emitter makes events of one route and shows them.
type emitter struct {
	catalog   *schemas.Catalog
	all       *coverage.Coverage
	generator *generator.Generator
	route     *schemas.Route
	judge     *schemas.Judge
	values    bool // with each listed value, too
}

// emit makes an event with many seeds, as it is and as a reply, and once with each
// value that the schema lists where a scenario can give it.
func (e *emitter) emit(ctx context.Context, t *schemas.EventType, event string, seeds int) error {
	one, err := play.Single(e.route, event)
	if err != nil {
		return nil // it comes by another route of the provider
	}
	reply, err := scenarios.Read("reply.yaml", fmt.Appendf(nil, "name: reply\nabout: A reply.\nprovider: %s\nsteps:\n"+
		"  - {send: message.sent, message: before}\n  - {send: %s, reply_to: before, after: 1s}\n", e.route.Provider.Name, event))
	if err != nil {
		return err
	}
	for seed := range seeds {
		for _, scenario := range []*scenarios.Scenario{one, reply} {
			if err := e.play(ctx, scenario, scenarios.Options{Seed: uint64(seed) + 1}); err != nil {
				return err
			}
		}
	}
	if !e.values {
		return nil
	}
	for i, with := range listedValues(e.route, t) {
		for seed := range seedsOfValue {
			if err := e.play(ctx, one, scenarios.Options{Seed: uint64(i*seedsOfValue+seed) + 1, With: []scenarios.Setting{with}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// seedsOfValue is with how many seeds an event is made to have a value: it may stand in
// one form of the event and not in another.
const seedsOfValue = 2

// listedValues are the settings by which a scenario can give each value that a type's
// schema lists, and each reason of the route's.
func listedValues(r *schemas.Route, t *schemas.EventType) []scenarios.Setting {
	var all []scenarios.Setting
	for _, f := range t.Fields() {
		name, _, _ := strings.Cut(f.Value, " ")
		if name == "" || strings.HasPrefix(name, "fake.") {
			continue
		}
		for _, text := range slices.Concat(f.Is, f.Known) {
			all = append(all, scenarios.Setting{Name: name, Text: text, Literal: true})
		}
	}
	for _, reason := range r.Reasons() {
		all = append(all, scenarios.Setting{Name: "error", Text: reason.Name})
	}
	return all
}

// play makes the events of a scenario. What the route cannot tell, and a value that
// does not suit the event, make none: the generator refuses what a provider never sends.
func (e *emitter) play(ctx context.Context, one *scenarios.Scenario, o scenarios.Options) error {
	plan, err := one.Plan(play.RouteOf(e.route), o)
	if err != nil {
		return nil
	}
	script := play.Script{Catalog: e.catalog, Generator: e.generator, Route: e.route, Plan: plan, Start: time.Unix(1_790_000_000, 0).UTC()}
	for result, err := range play.Virtual(ctx, script.Jobs(), script.Start) {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && len(o.With) > 0:
			return nil
		case err != nil:
			return err
		}
		items, err := e.judge.Body(result.Event.Body)
		if err != nil {
			return err
		}
		e.all.Add(coverage.Emitted, result.Event.Type, items[0].Verdict.Form, result.Event.Body)
	}
	return nil
}
