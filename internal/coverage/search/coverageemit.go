// Package search generates events until a contract is covered, or everything is tried.
package search

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// DefaultSeeds is the number of seeds with which everything that is shipped is emitted.
const DefaultSeeds = 1000

// maxConversations bounds the conversations of a scenario: thousands cover no more than
// some dozens with several seeds.
const maxConversations = 40

// seedsBefore is the number of random seeds before the search for missing points.
const seedsBefore = 24

// seedsOfScenario is the number of seeds of each scenario.
const seedsOfScenario = 2

// seedsOfSetting is the number of seeds for each setting: only some variants of an event
// may have the value.
const seedsOfSetting = 2

// Emit adds to the coverage what Ringback sends on the routes with these names, several
// routes in parallel, in virtual time. The notes are errors of events with default
// settings. Calls of progress do not overlap.
func Emit(ctx context.Context, catalog *schemas.Catalog, library *scenarios.Library, all *coverage.Coverage, seeds int, names []string, progress func(done, total int)) (notes []string, err error) {
	var routes []*schemas.Route
	for _, p := range catalog.Providers {
		for _, r := range p.Routes {
			if len(names) == 0 || slices.Contains(names, r.Name) || slices.Contains(names, p.Name) {
				routes = append(routes, r)
			}
		}
	}
	count := &typeCount{progress: progress}
	for _, r := range routes {
		count.total += len(r.Types())
	}
	found, failed := make([][]string, len(routes)), make([]error, len(routes))
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	var running sync.WaitGroup
	for i, r := range routes {
		running.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			found[i], failed[i] = emitRoute(ctx, catalog, library, all, seeds, r, count)
		})
	}
	running.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// emitRoute adds one route. Its generators, which are large, are garbage at the end.
func emitRoute(ctx context.Context, catalog *schemas.Catalog, library *scenarios.Library, all *coverage.Coverage, seeds int, r *schemas.Route, count *typeCount) (notes []string, err error) {
	e, err := newEmitter(catalog, all, r)
	if err != nil {
		return nil, err
	}
	err = e.run(ctx, library, seeds, count)
	return e.notes, err
}

// A typeCount counts the event types that are done, of all routes.
type typeCount struct {
	mu          sync.Mutex
	done, total int
	progress    func(done, total int)
}

func (c *typeCount) add() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.progress(c.done, c.total)
}

// An emitter generates events of one route and adds them to the coverage.
type emitter struct {
	catalog   *schemas.Catalog
	all       *coverage.Coverage
	route     *schemas.Route
	validator *schemas.Validator
	// fills are a generator for each fill, the default first; forms are two for each variant.
	fills []*generator.Generator
	forms map[string][]*generator.Generator
	notes []string
}

func newEmitter(catalog *schemas.Catalog, all *coverage.Coverage, r *schemas.Route) (*emitter, error) {
	validator, err := catalog.Validator(schemas.Scope{Route: r.Name})
	if err != nil {
		return nil, err
	}
	e := &emitter{catalog: catalog, all: all, route: r, validator: validator, forms: map[string][]*generator.Generator{}}
	for _, o := range []generator.Options{
		{}, {Account: &schemas.Account{}}, // with the keys of any example, whatever the account
		{Fill: generator.Minimal}, {Fill: generator.Full}, {Fill: generator.Empty},
	} {
		g, err := generator.New(catalog, o)
		if err != nil {
			return nil, err
		}
		e.fills = append(e.fills, g)
	}
	for _, t := range r.Types() {
		for _, form := range generator.Variants(t) {
			if e.forms[form] != nil {
				continue
			}
			for _, fill := range []generator.Fill{generator.Typical, generator.Full} {
				g, err := generator.New(catalog, generator.Options{Variant: form, Fill: fill})
				if err != nil {
					return nil, err
				}
				e.forms[form] = append(e.forms[form], g)
			}
		}
	}
	return e, nil
}

// run plays the scenarios of the route, and then generates events of each type until the
// type is covered.
func (e *emitter) run(ctx context.Context, library *scenarios.Library, seeds int, count *typeCount) error {
	for _, scenario := range library.All() {
		if scenario.Fits(script.RouteOf(e.route)) != nil {
			continue
		}
		o := scenarios.Options{Conversations: min(scenario.Conversations(), maxConversations)}
		for o.Seed = 1; o.Seed <= seedsOfScenario; o.Seed++ {
			if err := e.play(ctx, e.fills[0], scenario, "", o); err != nil {
				return err
			}
		}
	}
	for _, t := range e.route.Types() {
		if err := e.emit(ctx, t, seeds); err != nil {
			return err
		}
		count.add()
	}
	return nil
}

// generators are the generators that differ for a type.
func (e *emitter) generators(t *schemas.EventType) []*generator.Generator {
	all := slices.Clone(e.fills)
	for _, form := range generator.Variants(t) {
		all = append(all, e.forms[form]...)
	}
	return all
}

// A telling is an event and a scenario that leads to it.
type telling struct {
	scenario *scenarios.Scenario
	event    string
}

// tellings are those of a type: by its own name and by each canonical event, as it is and
// as a reply.
func (e *emitter) tellings(t *schemas.EventType) ([]telling, error) {
	var all []telling
	for _, event := range append([]string{t.Name}, t.CanonicalEvents()...) {
		one, err := script.Single(e.route, event)
		if err != nil {
			continue // it comes by another route of the provider
		}
		reply, err := scenarios.New(scenarios.Definition{Name: "reply", Description: "A reply.", Provider: e.route.Provider.Name, Steps: []scenarios.Step{
			{Send: "message.sent", Message: "before"},
			{Send: event, ReplyTo: "before", After: scenarios.Delay(time.Second)},
		}})
		if err != nil {
			return nil, err
		}
		all = append(all, telling{one, event}, telling{reply, event})
	}
	return all, nil
}

// emit generates events of a type until it is covered, or everything is tried:
// each fill and variant, what a scenario can set, and then random seeds, for what is rare.
func (e *emitter) emit(ctx context.Context, t *schemas.EventType, seeds int) error {
	all, err := e.tellings(t)
	if err != nil {
		return err
	}
	for _, g := range e.generators(t) {
		for _, one := range all {
			if err := e.play(ctx, g, one.scenario, one.event, scenarios.Options{Seed: 1}); err != nil {
				return err
			}
		}
	}
	fallback := min(seeds, seedsBefore)
	if err := e.random(ctx, t, all, 2, fallback); err != nil {
		return err
	}
	for _, m := range e.missing(t) {
		for _, o := range settingsFor(e.route, t, m) {
			if err := e.make(ctx, t, all, m, o); err != nil {
				return err
			}
		}
	}
	return e.random(ctx, t, all, fallback+1, seeds)
}

// random generates events of a type with seeds from first to last, until it is covered.
func (e *emitter) random(ctx context.Context, t *schemas.EventType, all []telling, first, last int) error {
	for seed := first; seed <= last; seed++ {
		for _, one := range all {
			if len(e.missing(t)) == 0 {
				return nil
			}
			if err := e.play(ctx, e.fills[0], one.scenario, one.event, scenarios.Options{Seed: uint64(seed)}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *emitter) missing(t *schemas.EventType) []coverage.Point {
	return e.all.Missing(coverage.Emitted, e.route.Name, t.Name)
}

// make generates events of a type with settings for a point, until the point is covered.
func (e *emitter) make(ctx context.Context, t *schemas.EventType, all []telling, m coverage.Point, o scenarios.Options) error {
	for o.Seed = 1; o.Seed <= seedsOfSetting; o.Seed++ {
		for _, g := range e.generators(t) {
			for _, one := range all {
				if !slices.Contains(e.missing(t), m) {
					return nil
				}
				if err := e.play(ctx, g, one.scenario, one.event, o); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// settingsFor are the settings of a scenario for a missing point: by the name of the value
// or by the reason of a failure, and else by the JSON Pointer.
func settingsFor(r *schemas.Route, t *schemas.EventType, m coverage.Point) []scenarios.Options {
	var all []scenarios.Options
	with := func(one scenarios.Setting) { all = append(all, scenarios.Options{With: []scenarios.Setting{one}}) }
	set := func(place, text string) {
		all = append(all, scenarios.Options{Set: []scenarios.Setting{{Name: strings.ReplaceAll(place, "*", "0"), Text: text}}})
	}
	field := fieldAt(t, m.Pointer)
	name := nameOf(field)
	switch {
	case m.Kind == coverage.Absent && name != "":
		with(scenarios.Setting{Name: name, Absent: true})
	case m.Kind == coverage.Value && name != "":
		with(scenarios.Setting{Name: name, Text: m.Value, Literal: true})
	}
	switch {
	case m.Kind == coverage.Absent: // what holds it is there for another member's sake
		for _, f := range besides(t, m.Pointer) {
			set(f.Pointer, document.Quote("{{"+strings.Replace(f.Value, " as ", "|", 1)+"}}"))
			if kind, _ := value.KindOf(nameOf(f)); kind == value.ID {
				set(f.Pointer, document.Quote("{{random|hex 32}}")) // of an unknown message
			}
		}
	case m.Kind == coverage.Value && slices.Contains(field.Types, "string"):
		set(m.Pointer, document.Quote(m.Value))
	case m.Kind == coverage.Value:
		set(m.Pointer, m.Value)
	}
	if strings.HasPrefix(name, "error.") {
		for _, reason := range r.Reasons() {
			with(scenarios.Setting{Name: "error", Text: reason.Name})
		}
	}
	return all
}

// besides are the other fields of the object around a JSON Pointer that have a value of
// the run.
func besides(t *schemas.EventType, place string) []schemas.Field {
	around := place[:strings.LastIndexByte(place, '/')+1]
	return slices.DeleteFunc(t.Fields(), func(f schemas.Field) bool {
		own, beside := strings.CutPrefix(f.Pointer, around)
		return !beside || strings.Contains(own, "/") || f.Pointer == place || nameOf(f) == ""
	})
}

// nameOf is the name of the value of a field; "" without one.
func nameOf(f schemas.Field) string {
	name, _, _ := strings.Cut(f.Value, " ")
	if strings.HasPrefix(name, "fake.") {
		return ""
	}
	return name
}

func fieldAt(t *schemas.EventType, place string) schemas.Field {
	for _, f := range t.Fields() {
		if f.Pointer == place {
			return f
		}
	}
	return schemas.Field{}
}

// play generates the events of a scenario, or only one of them. It skips events that the
// route does not support, settings that the generator rejects, and faulty deliveries.
func (e *emitter) play(ctx context.Context, g *generator.Generator, one *scenarios.Scenario, event string, o scenarios.Options) error {
	plan, err := one.Plan(script.RouteOf(e.route), o)
	if err != nil {
		return nil
	}
	if event != "" {
		script.Only(plan, event)
	}
	asked := len(o.With)+len(o.Set) > 0
	script := script.Script{Catalog: e.catalog, Generator: g, Route: e.route, Plan: plan, Start: time.Unix(1_790_000_000, 0).UTC()}
	for result, err := range engine.Virtual(ctx, script.Jobs(), script.Start) {
		switch {
		case err != nil && asked:
			return nil
		case err != nil:
			if note := err.Error(); !slices.Contains(e.notes, note) {
				e.notes = append(e.notes, note)
			}
			return nil
		case result.Dropped || result.Faulty():
			continue
		}
		if err := e.show(&result); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// show counts a body. The generator has validated it, so only the
// types of a batch have to be recognized.
func (e *emitter) show(r *engine.Result) error {
	items := []webhook.Item{{Verdict: webhook.Verdict{Type: r.Event.Type}}}
	if len(r.Cue.Items) > 1 {
		items = e.validator.Body(r.Event.Body, r.Event.At)
	}
	_, err := e.all.Add(coverage.Emitted, e.route.Name, r.Event.Body, items)
	return err
}
